//! What could come next, each with its reason.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::live::{flag, number, on, rows, text, when};
use super::playlist::cross;
use crate::later;
use crate::phrases;
use crate::session::Session;
use crate::state::answer::{Answer, Rule, Suggestion};
use crate::state::library;
use crate::state::playlist::Event;
use crate::state::song::Song;
use crate::state::status::{AtHand, Server, Status};
use crate::wording;

/// The suggestions, or what is there instead.
#[component]
pub(crate) fn SuggestionsView() -> impl IntoView {
    let session = Session::here();
    // Suggestions that are here stay here, whatever became of the server.
    let stuck = move || {
        let is_shown = session.answer.with(|answer| matches!(answer, Answer::Shown(_)));
        if is_shown { None } else { wording::way_out(session.status.with(Status::summary)) }
    };
    let is = move |kind: fn(&Answer) -> bool| flag(move || stuck().is_none() && session.answer.with(kind));
    view! {
        <p class="instead" role="alert" hidden=flag(move || stuck().is_none())>
            {text(move || stuck().unwrap_or_default().to_owned())}
        </p>
        {when(is(|answer| *answer == Answer::NothingAsked), nothing_asked)}
        {when(is(|answer| *answer == Answer::Waiting), waiting)}
        {when(is(|answer| matches!(answer, Answer::Failed(_))), failed)}
        {when(is(|answer| matches!(answer, Answer::Shown(shown) if shown.rows.is_empty())), nothing_left)}
        {when(is(|answer| matches!(answer, Answer::Shown(shown) if !shown.rows.is_empty())), list)}
    }
}

fn nothing_asked() -> AnyView {
    view! { <p class="instead">{phrases::pick_a_song_or_two()}</p> }.into_any()
}

fn waiting() -> AnyView {
    let session = Session::here();
    let words = move || {
        let only_here = session.preferences.get().only_here;
        if only_here { phrases::waiting_for_the_model() } else { phrases::one_moment() }.to_owned()
    };
    view! { <p class="instead" role="status">{text(words)}</p> }.into_any()
}

fn failed() -> AnyView {
    let session = Session::here();
    let why = move || {
        session.answer.with(|answer| match answer {
            Answer::Failed(why) => wording::no_answer(why),
            _ => String::new(),
        })
    };
    view! {
        <div class="instead" role="alert">
            <p>{text(why)}</p>
            <button type="button" on:click=on(move |_: MouseEvent| session.ask_again())>{phrases::try_again()}</button>
        </div>
    }
    .into_any()
}

fn nothing_left() -> AnyView {
    view! { <p class="instead">{phrases::nothing_left()}</p> }.into_any()
}

fn list() -> AnyView {
    let session = Session::here();
    let answer = session.answer;
    let count = number(move || answer.with(|answer| shown(answer).len()));
    view! {
        <ol class="suggestions" aria-label=phrases::suggestions() on:keydown=on(move |event| on_key(session, &event))>
            {rows(count, row)}
        </ol>
    }
    .into_any()
}

fn shown(answer: &Answer) -> &[Suggestion] {
    match answer {
        Answer::Shown(suggestions) => &suggestions.rows,
        _ => &[],
    }
}

/// A place in the list. The song at a place may change, the place stays: so does the focus.
fn row(at: usize) -> AnyView {
    let session = Session::here();
    let part = move |part: fn(&Suggestion) -> String| {
        move || session.answer.with(|answer| shown(answer).get(at).map(part).unwrap_or_default())
    };
    let title = part(|row| row.song.title.clone());
    let artist = part(|row| row.song.artist.clone());
    let strength = part(|row| row.strength.to_string());
    let source = part(|row| wording::source(row.source).to_owned());
    let reason = move || {
        let reason = session.answer.with(|answer| shown(answer).get(at).and_then(|row| row.reason.clone()));
        reason.unwrap_or_else(|| missing(session))
    };
    let song = move || session.answer.with(|answer| shown(answer).get(at).map(|row| row.song.clone()));
    let is_unfolded = move || session.unfolded.with(|unfolded| unfolded.is_some() && *unfolded == song());
    let unfold = move |_: MouseEvent| {
        session.unfolded.set(if is_unfolded() { None } else { song() });
    };
    let unfolded = Memo::new(move |_| is_unfolded());
    let rules = move || unfolded.get().then(|| later::view_at(at, |later| later.rules_behind));
    let change = move |event: fn(Song) -> Event| {
        on(move |_: MouseEvent| {
            let song = session.answer.with_untracked(|answer| shown(answer).get(at).map(|row| row.song.clone()));
            if let Some(song) = song {
                session.change_playlist(event(song));
            }
        })
    };
    view! {
        <li class="suggestion">
            <p class="names">
                <span class="title">{text(title)}</span>
                " "
                <span class="artist">{text(artist)}</span>
            </p>
            <p class="strength">
                <span class="bar" aria-hidden="true"><span style:width=text(move || format!("{}%", strength()))></span></span>
                <span class="unseen">{phrases::strength()}</span>
                <span class="number">{text(strength)}</span>
            </p>
            <p class="reason">{text(reason)}</p>
            <p class="source">
                <button
                    type="button"
                    class="quiet why"
                    aria-expanded=text(move || is_unfolded().to_string())
                    aria-label=text(move || wording::rules_behind(&source(), &title()))
                    on:click=on(unfold)
                >
                    {text(source)}
                </button>
            </p>
            <div class="actions">
                <button
                    type="button"
                    class="icon add"
                    aria-label=text(move || wording::add_to_playlist(&title(), &artist()))
                    on:click=change(Event::Add)
                >
                    {plus()}
                </button>
                <button
                    type="button"
                    class="icon dismiss"
                    aria-label=text(move || wording::do_not_suggest(&title()))
                    on:click=change(Event::Dismiss)
                >
                    {cross()}
                </button>
            </div>
            {rules}
        </li>
    }
    .into_any()
}

/// The rules behind the suggestion at this place, and what else can be done about it.
pub(crate) fn rules_behind(at: usize) -> AnyView {
    let session = Session::here();
    let rules = session.answer.with(|answer| shown(answer).get(at).map(|row| row.rules.clone()).unwrap_or_default());
    let artist = session
        .answer
        .with_untracked(|answer| shown(answer).get(at).map(|row| row.song.artist.clone()).unwrap_or_default());
    let without_rules = rules.is_empty();
    let without_artist = artist.is_empty();
    let words = wording::block(&artist);
    let block = move |_: MouseEvent| session.change_library(library::Event::Block(artist.clone()));
    view! {
        <div class="rules">
            <p hidden=!without_rules>{phrases::no_rules_here()}</p>
            <table hidden=without_rules>
                <thead>
                    <tr>
                        <th scope="col">{phrases::rule_with()}</th>
                        <th scope="col">{phrases::rule_playlists()}</th>
                        <th scope="col">{phrases::rule_chance()}</th>
                    </tr>
                </thead>
                <tbody>{rules.into_iter().map(rule).collect::<Vec<AnyView>>()}</tbody>
            </table>
            <button type="button" class="quiet block" hidden=without_artist on:click=on(block)>{words}</button>
        </div>
    }
    .into_any()
}

fn rule(rule: Rule) -> AnyView {
    let counts = wording::share_in_numbers(rule.together, rule.support);
    view! {
        <tr>
            <th scope="row">{wording::all(&rule.songs)}</th>
            <td>{counts}</td>
            <td>{wording::times(rule.lift)}</td>
        </tr>
    }
    .into_any()
}

/// What stands for a reason that is not here.
fn missing(session: Session) -> String {
    session.status.with(|status| match (status.at_hand, status.server) {
        (AtHand::Everything, _) => phrases::counts_not_kept().into(),
        (_, Server::Unreachable) => phrases::counts_not_here().into(),
        _ => phrases::counting().into(),
    })
}

/// Arrows go from song to song, Delete turns a song down, and with Shift its artist. Enter on the button in focus adds, as
/// everywhere.
fn on_key(session: Session, event: &KeyboardEvent) {
    let button: Option<web_sys::HtmlElement> = event.target().and_then(|target| target.dyn_into().ok());
    let Some(row) = button.as_ref().and_then(|button| button.closest(".suggestion").ok().flatten()) else { return };
    let column = [".dismiss", ".why"]
        .into_iter()
        .find(|column| button.as_ref().is_some_and(|button| button.matches(column).unwrap_or(false)));
    let other_row = match event.key().as_str() {
        "ArrowDown" => row.next_element_sibling(),
        "ArrowUp" => row.previous_element_sibling(),
        "Delete" => {
            event.prevent_default();
            if event.shift_key() {
                let artist = find(&row, ".artist").and_then(|artist| artist.text_content()).unwrap_or_default();
                session.change_library(library::Event::Block(artist));
            } else if let Some(dismiss) = find(&row, ".dismiss") {
                dismiss.click();
            }
            return;
        }
        _ => return,
    };
    event.prevent_default();
    if let Some(button) = other_row.and_then(|row| find(&row, column.unwrap_or(".add"))) {
        let _ = button.focus();
    }
}

fn find(row: &web_sys::Element, selector: &str) -> Option<web_sys::HtmlElement> {
    row.query_selector(selector).ok().flatten()?.dyn_into().ok()
}

fn plus() -> impl IntoView {
    view! { <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 3v10M3 8h10" /></svg> }
}
