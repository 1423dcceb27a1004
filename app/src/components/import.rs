//! Where a list becomes a playlist: a file or text first, then what its lines mean.

use leptos::ev::{Event as DomEvent, MouseEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::live::{flag, on, text, when};
use super::sheet::close;
use crate::session::Session;
use crate::state::import::{Import, Importing, Verdict};
use crate::state::library;
use crate::state::playlist::{Event, Playlist};
use crate::state::song::Song;
use crate::{phrases, transfer, wording};

/// The way of a list into a playlist.
pub(crate) fn import() -> AnyView {
    let importing = Session::here().importing;
    let is = move |kind: fn(&Importing) -> bool| flag(move || importing.with(kind));
    view! {
        {when(is(|stage| matches!(stage, Importing::Asking | Importing::Failed(_))), form)}
        {when(is(|stage| matches!(stage, Importing::Reading)), || {
            view! { <p role="status">{phrases::reading()}</p> }.into_any()
        })}
        {when(is(|stage| matches!(stage, Importing::Read(_))), report)}
    }
    .into_any()
}

fn form() -> AnyView {
    let session = Session::here();
    let trouble = move || {
        session.importing.with(|stage| match stage {
            Importing::Failed(why) => why.clone(),
            _ => String::new(),
        })
    };
    let chosen = move |event: DomEvent| {
        let input: Option<web_sys::HtmlInputElement> = event.target().and_then(|target| target.dyn_into().ok());
        if let Some(file) = input.and_then(|input| input.files()).and_then(|files| files.get(0)) {
            transfer::read_file(session, file);
        }
    };
    let read = move |_: MouseEvent| {
        let field = document().get_element_by_id("list-text");
        let field: Option<web_sys::HtmlTextAreaElement> = field.and_then(|field| field.dyn_into().ok());
        transfer::read(session, String::new(), field.map(|field| field.value()).unwrap_or_default().into_bytes());
    };
    view! {
        <div class="form">
            <label for="list-file">{phrases::choose_a_file()}</label>
            <input
                id="list-file"
                type="file"
                accept=".csv,.tsv,.m3u,.m3u8,.jspf,.json,.txt"
                on:change=on(chosen)
            />
            <label for="list-text">{phrases::or_paste()}</label>
            <textarea id="list-text" rows="8" spellcheck="false"></textarea>
            <p class="trouble" role="alert">{text(trouble)}</p>
            <p class="buttons">
                <button type="button" id="read-list" class="main" on:click=on(read)>{phrases::read_it()}</button>
                <span class="aside">{phrases::nothing_is_sent()}</span>
            </p>
        </div>
    }
    .into_any()
}

/// What the lines mean, those to look at first.
fn report() -> AnyView {
    let session = Session::here();
    let import = session.importing.with_untracked(|stage| match stage {
        Importing::Read(import) => import.clone(),
        _ => Import::default(),
    });
    let open = |at: &usize| import.rows[*at].verdict != Verdict::Sure;
    let (open, sure): (Vec<usize>, Vec<usize>) = (0..import.rows.len()).partition(open);
    let rows: Vec<AnyView> = open.into_iter().map(|at| open_row(session, &import, at)).collect();
    let no_sure = sure.is_empty();
    let sure_row = |at: usize| {
        let song = import.rows[at].options.first().map(wording::title_and_artist).unwrap_or_default();
        view! { <li>{song}</li> }.into_any()
    };
    let sure: Vec<AnyView> = sure.into_iter().map(sure_row).collect();
    let songs = move || {
        session.importing.with(|stage| match stage {
            Importing::Read(import) => import.songs(),
            _ => Vec::new(),
        })
    };
    let nothing = flag(move || songs().is_empty());
    let add = move |_: MouseEvent| {
        session.change_playlist(Event::AddAll(songs()));
        close();
    };
    let name = import.name.clone();
    let open_new = move |_: MouseEvent| {
        session.change_library(library::Event::Open(Playlist::of(name.clone(), songs())));
        close();
    };
    view! {
        <div class="report">
            <p id="import-summary" role="status">{wording::import_summary(&import)}</p>
            <ul class="lines">{rows}</ul>
            <details hidden=no_sure>
                <summary>{phrases::found_at_once()}</summary>
                <ul>{sure}</ul>
            </details>
            <p class="buttons">
                <button type="button" id="add-list" class="main" disabled=nothing on:click=on(add)>
                    {text(move || wording::add_songs(songs().len()))}
                </button>
                <button type="button" id="open-list" disabled=nothing on:click=on(open_new)>
                    {phrases::as_a_new_playlist()}
                </button>
                <button
                    type="button"
                    class="quiet"
                    on:click=on(move |_: MouseEvent| session.importing.set(Importing::Asking))
                >
                    {phrases::another_list()}
                </button>
            </p>
        </div>
    }
    .into_any()
}

/// A line that means no one song for sure, with what it may mean.
fn open_row(session: Session, import: &Import, at: usize) -> AnyView {
    let row = &import.rows[at];
    let verdict = match row.verdict {
        Verdict::Ambiguous => phrases::may_mean_several(),
        Verdict::ArtistOnly => phrases::known_by_artist_only(),
        _ => phrases::not_known_here(),
    };
    let nearest = row.options.first().filter(|_| row.verdict == Verdict::Unknown && row.options.len() > 1);
    let nearest = nearest.map(|song| wording::nearest(&wording::title_and_artist(song)));
    // The last option of a line that is not understood is the line itself.
    let as_it_is = (row.verdict != Verdict::Ambiguous).then(|| row.options.len() - 1);
    let option = |(option, song): (usize, &Song)| {
        let mut words = wording::title_and_artist(song);
        if as_it_is == Some(option) {
            words = format!("{words} ({})", phrases::as_it_is());
        }
        view! { <option value=option.to_string() prop:selected=row.choice == Some(option)>{words}</option> }.into_any()
    };
    let options: Vec<AnyView> = row.options.iter().enumerate().map(option).collect();
    let choose = move |event: DomEvent| {
        let option = event_target_value(&event).parse().ok();
        session.importing.update(|stage| {
            if let Importing::Read(import) = stage {
                import.choose(at, option);
            }
        });
    };
    let line = row.given.line();
    view! {
        <li>
            <span class="line">{line.clone()}</span>
            " "
            <span class="verdict">{verdict} {nearest}</span>
            <select aria-label=line on:change=on(choose)>
                // First, so that the nearest song is one key away from it.
                <option value="" prop:selected=row.choice.is_none()>{phrases::leave_out()}</option>
                {options}
            </select>
        </li>
    }
    .into_any()
}
