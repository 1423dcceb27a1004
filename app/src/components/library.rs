//! Which playlist is being continued, and what can be done with it as a whole.

use leptos::ev::{Event as DomEvent, FocusEvent, KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::live::{flag, number, on, rows, text, when};
use super::sheet;
use crate::later;
use crate::session::{Session, Sheet};
use crate::state::library::Event;
use crate::state::playlist::Playlist;
use crate::{phrases, wording};

/// The name of the playlist, the way to the others, and buttons.
#[component]
pub(crate) fn LibraryBar() -> impl IntoView {
    let session = Session::here();
    let renaming = session.renaming;
    let button = |name: &'static str, words: &'static str, action: fn(Session), disabled: Signal<bool>| {
        let act = move |_: MouseEvent| action(session);
        view! {
            <button type="button" class="quiet" id=name disabled=disabled on:click=on(act)>{words}</button>
        }
        .into_any()
    };
    let always = flag(|| false);
    let is_new = flag(move || session.library.with(|library| *library.playlist() == Playlist::default()));
    let is_empty = flag(move || session.of_playlist(|playlist| playlist.songs.is_empty()));
    view! {
        <div class="library">
            {when(flag(move || !renaming.get()), choice)}
            {when(renaming.into(), || later::view(|later| (later.name)()))}
            <p class="buttons">
                {button("new-playlist", phrases::new(), new_playlist, is_new)}
                {button("rename-playlist", phrases::rename(), |session| session.renaming.set(true), always)}
                {button("delete-playlist", phrases::delete(), |session| session.change_library(Event::Delete), is_new)}
                {button("import-playlist", phrases::import(), |session| sheet::open(session, Sheet::Import), always)}
                {button("share-playlist", phrases::share(), |session| sheet::open(session, Sheet::Share), is_empty)}
            </p>
        </div>
    }
}

fn new_playlist(session: Session) {
    session.change_library(Event::Open(Playlist::default()));
    focus("picker-field");
}

/// The playlists by name.
fn choice() -> AnyView {
    let library = Session::here().library;
    let session = Session::here();
    let option = |at: usize| {
        let library = Session::here().library;
        let name = move || library.with(|library| library.playlists().get(at).map(wording::playlist_name));
        let is_current = flag(move || library.with(|library| library.current() == at));
        view! {
            <option value=at.to_string() prop:selected=is_current>{text(move || name().unwrap_or_default())}</option>
        }
        .into_any()
    };
    let switch = move |event: DomEvent| {
        if let Ok(at) = event_target_value(&event).parse() {
            session.change_library(Event::Switch(at));
        }
    };
    view! {
        <select id="playlists" aria-label=phrases::playlist_page() on:change=on(switch)>
            {rows(number(move || library.with(|library| library.playlists().len())), option)}
        </select>
    }
    .into_any()
}

/// The field for another name: Enter or leaving takes it, Escape does not.
pub(crate) fn name() -> AnyView {
    let session = Session::here();
    let before = session.library.with_untracked(|library| library.playlist().name.clone());
    let done = move |event: &web_sys::Event| {
        if session.renaming.get_untracked() {
            session.renaming.set(false);
            session.change_library(Event::Rename(event_target_value(event)));
        }
    };
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.is_composing() => {
            // Otherwise the button that gets the focus would be pressed by it too.
            event.prevent_default();
            done(&event);
            focus("rename-playlist");
        }
        "Escape" => {
            session.renaming.set(false);
            focus("rename-playlist");
        }
        _ => {}
    };
    // As soon as the field is there.
    request_animation_frame(|| focus("playlist-name"));
    view! {
        <input
            id="playlist-name"
            type="text"
            maxlength="100"
            autocomplete="off"
            aria-label=phrases::name_of_the_playlist()
            placeholder=phrases::name_of_the_playlist()
            value=before
            on:keydown=on(on_key)
            on:blur=on(move |event: FocusEvent| done(&event))
        />
    }
    .into_any()
}

fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
