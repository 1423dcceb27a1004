//! The field with the songs found below it (above it on a phone): [`crate::state::picker`] drawn.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::session::Session;
use crate::state::picker::Event;

/// Longest text that is searched for.
const LONGEST: &str = "200";

/// Picks songs for the playlist.
#[component]
pub(crate) fn SongPicker() -> impl IntoView {
    let session = Session::here();
    let picker = session.picker;
    let shown = move || picker.with(|picker| picker.open && (!picker.options.is_empty() || picker.is_current()));
    let active = move || picker.with(|picker| picker.active.map(option_id));
    let options = Memo::new(move |_| picker.with(|picker| picker.options.len()));
    let nothing_found = move || picker.with(|picker| picker.is_current() && picker.options.is_empty());
    view! {
        <div class="picker">
            <label for="picker-field">"Add a song"</label>
            <input
                id="picker-field"
                type="text"
                role="combobox"
                aria-autocomplete="list"
                aria-controls="picker-options"
                aria-expanded=move || shown().to_string()
                aria-activedescendant=active
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                enterkeyhint="done"
                maxlength=LONGEST
                placeholder="Title or artist"
                prop:value=move || picker.with(|picker| picker.text.clone())
                on:input:target=move |event| session.change_picker(Event::Typed(event.target().value()))
                on:keydown=move |event| on_key(session, &event)
                on:blur=move |_| session.change_picker(Event::Left)
            />
            <div class="options" hidden=move || !shown()>
                <ul id="picker-options" role="listbox" aria-label="Songs found">
                    <For each=move || 0..options.get() key=|at| *at let:at>
                        <SongOption at />
                    </For>
                </ul>
                <Show when=nothing_found>
                    <p class="nothing-found">"No song like that in these playlists. Try fewer letters, or the artist."</p>
                </Show>
            </div>
        </div>
    }
}

#[component]
fn SongOption(at: usize) -> impl IntoView {
    let session = Session::here();
    let song = Memo::new(move |_| session.picker.with(|picker| picker.options.get(at).cloned()));
    let is_active = move || session.picker.with(|picker| picker.active == Some(at));
    let would_be_taken = move || session.picker.with(|picker| picker.would_take() == Some(at));
    let is_picked = move || {
        song.with(|song| song.as_ref().is_some_and(|song| session.playlist.with(|list| list.songs.contains(song))))
    };
    view! {
        <li
            id=option_id(at)
            role="option"
            aria-selected=move || is_active().to_string()
            class="option"
            class:first-choice=would_be_taken
            // The focus stays in the field.
            on:mousedown=|event| event.prevent_default()
            on:click=move |_| session.change_picker(Event::Clicked(at))
        >
            <span class="title">{move || song.with(|song| song.as_ref().map(|song| song.title.clone()))}</span>
            " "
            <span class="artist">{move || song.with(|song| song.as_ref().map(|song| song.artist.clone()))}</span>
            <Show when=is_picked><span class="mark">" in your playlist"</span></Show>
        </li>
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
        "ArrowDown" => Event::Down,
        "ArrowUp" => Event::Up,
        "Enter" => Event::Enter,
        "Escape" => Event::Escape,
        "Backspace" => Event::Backspace,
        "Home" | "End" | "ArrowLeft" | "ArrowRight" => Event::CursorMoved,
        _ => return,
    };
    if matches!(event, Event::Down | Event::Up | Event::Enter) {
        key.prevent_default();
    }
    session.change_picker(event);
}
