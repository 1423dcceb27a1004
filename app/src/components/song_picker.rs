//! The field with the songs found below it (above it on a phone): [`crate::state::picker`] drawn.

use leptos::ev::{ClipboardEvent, FocusEvent, KeyboardEvent, MouseEvent};
use leptos::prelude::*;

use super::live::{flag, number, on, pieces, rows, text, when};
use crate::phrases;
use crate::session::Session;
use crate::state::picker::{Event, Hit, Picker};
use crate::{transfer, wording};

/// Longest text that is searched for.
const LONGEST: &str = "200";

/// Picks songs for the playlist.
#[component]
pub(crate) fn SongPicker() -> impl IntoView {
    let session = Session::here();
    let picker = session.picker;
    let is_shown = |picker: &Picker| picker.open && (!picker.options.is_empty() || picker.is_current());
    let active = move || picker.with(|picker| picker.active.map(option_id).unwrap_or_default());
    view! {
        <div class="picker">
            <label for="picker-field">{phrases::add_a_song()}</label>
            <input
                id="picker-field"
                type="text"
                role="combobox"
                aria-autocomplete="list"
                aria-controls="picker-options"
                aria-expanded=text(move || picker.with(is_shown).to_string())
                aria-activedescendant=text(active)
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                enterkeyhint="done"
                maxlength=LONGEST
                placeholder=phrases::title_or_artist()
                prop:value=text(move || picker.with(|picker| picker.text.clone()))
                on:input=on(move |event| session.change_picker(Event::Typed(event_target_value(&event))))
                on:keydown=on(move |event| on_key(session, &event))
                on:paste=on(move |event| on_paste(session, &event))
                on:blur=on(move |_: FocusEvent| session.change_picker(Event::Left))
            />
            <div class="options" hidden=flag(move || !picker.with(is_shown))>
                <ul id="picker-options" role="listbox" aria-label=phrases::songs_found()>
                    {rows(number(move || picker.with(|picker| picker.options.len())), option)}
                </ul>
                {when(flag(move || picker.with(|picker| picker.is_current() && picker.options.is_empty())), nothing_found)}
            </div>
            <p class="unseen" role="status">{text(move || picker.with(announcement))}</p>
        </div>
    }
}

fn nothing_found() -> AnyView {
    view! { <p class="nothing-found">{phrases::no_song_like_that()}</p> }.into_any()
}

fn option(at: usize) -> AnyView {
    let session = Session::here();
    let picker = session.picker;
    let part = move |part: fn(&Hit) -> &Vec<(String, bool)>| {
        pieces(move || picker.with(|picker| picker.options.get(at).map(|hit| part(hit).clone()).unwrap_or_default()))
    };
    let support = move || picker.with(|picker| picker.options.get(at).map_or(0, |hit| hit.support));
    let is_picked = move || {
        picker.with(|picker| {
            let hit = picker.options.get(at);
            hit.is_some_and(|hit| session.of_playlist(|playlist| playlist.songs.contains(&hit.song)))
        })
    };
    view! {
        <li
            id=option_id(at)
            role="option"
            aria-selected=text(move || picker.with(|picker| picker.active == Some(at)).to_string())
            class="option"
            class:first-choice=flag(move || picker.with(|picker| picker.would_take() == Some(at)))
            class:picked=flag(is_picked)
            // The focus stays in the field.
            on:mousedown=on(|event: MouseEvent| event.prevent_default())
            on:click=on(move |_: MouseEvent| session.change_picker(Event::Clicked(at)))
        >
            <span class="names">
                <span class="title">{part(|hit| &hit.title)}</span>
                " "
                <span class="artist">{part(|hit| &hit.artist)}</span>
            </span>
            " "
            <span class="support">{text(move || wording::playlists(support()))}</span>
            <span class="mark">{phrases::in_your_playlist()}</span>
        </li>
    }
    .into_any()
}

/// What someone who does not see the list is told of it.
fn announcement(picker: &Picker) -> String {
    if picker.open && picker.is_current() && !picker.text.is_empty() {
        wording::found(picker.total, picker.options.len())
    } else {
        String::new()
    }
}

/// Several lines are a list, and not a name to search for.
fn on_paste(session: Session, event: &ClipboardEvent) {
    let text = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default();
    if text.trim().contains(['\n', '\r']) {
        event.prevent_default();
        transfer::read(session, String::new(), text.into_bytes());
    }
}

fn option_id(at: usize) -> String {
    format!("picker-option-{at}")
}

fn on_key(session: Session, key: &KeyboardEvent) {
    // Keys pressed while a character is being composed belong to the input method.
    if key.is_composing() {
        return;
    }
    let event = match key.key().as_str() {
        "ArrowDown" if key.alt_key() => Event::Show,
        "ArrowUp" if key.alt_key() => Event::Hide,
        "ArrowDown" => Event::Down,
        "ArrowUp" => Event::Up,
        "Enter" => Event::Enter,
        "Escape" => Event::Escape,
        "Backspace" => Event::Backspace,
        "Home" | "End" | "ArrowLeft" | "ArrowRight" => Event::CursorMoved,
        _ => return,
    };
    if matches!(event, Event::Down | Event::Up | Event::Show | Event::Hide | Event::Enter) {
        key.prevent_default();
    }
    session.change_picker(event);
}
