//! Playlists in and out: lists from files, from the clipboard and from links, and the other way round.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::browser::window;
use crate::components::sheet;
use crate::session::{Session, Sheet};
use crate::state::import::Importing;
use crate::state::library::{Event, Library};
use crate::state::link;
use crate::state::playlist::Playlist;
use crate::{later, phrases, saved};

pub(crate) mod lists;

/// Takes the playlist of the address bar, and from then on what is dropped on the page, linked to, or changed by another
/// window.
pub(crate) fn begin(session: Session) {
    open_link(session);
    let _ = window_event_listener(ev::hashchange, move |_| open_link(session));
    let _ = window_event_listener(ev::dragover, |event| event.prevent_default());
    let _ = window_event_listener(ev::drop, move |event| {
        let file = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0));
        if let Some(file) = file {
            event.prevent_default();
            read_file(session, file);
        }
    });
    let _ = window_event_listener(ev::storage, move |event| {
        if event.key().as_deref() == Some(saved::LIBRARY) {
            session.library.set(saved::library());
        }
    });
}

/// Reads a list from a file.
pub(crate) fn read_file(session: Session, file: web_sys::File) {
    spawn_local(async move {
        if let Ok(bytes) = JsFuture::from(file.array_buffer()).await {
            read(session, file.name(), js_sys::Uint8Array::new(&bytes).to_vec());
        }
    });
}

/// Has a list read from a file's bytes, or from text without a file's name, and shows what it means.
pub(crate) fn read(session: Session, file_name: String, bytes: Vec<u8>) {
    sheet::open(session, Sheet::Import);
    spawn_local(async move {
        match later::load(session).await {
            Some(later) => (later.read_list)(session, &file_name, &bytes),
            None => session.importing.set(Importing::Failed(phrases::part_did_not_come().into())),
        }
    });
}

/// Opens the playlist that the address holds, if it holds one, and takes it out of the address. Whoever follows such a link
/// waits for what goes with it, so this waits for nothing that comes later.
fn open_link(session: Session) {
    let location = window().location();
    let Some(playlist) = link::playlist(&location.hash().unwrap_or_default()) else { return };
    let known = session.library.with_untracked(|library| place_of(library, &playlist));
    session.change_library(known.map_or(Event::Open(playlist), Event::Switch));
    let without = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&without));
    }
}

/// A link that is opened again leads to the playlist that it became.
fn place_of(library: &Library, playlist: &Playlist) -> Option<usize> {
    library.playlists().iter().position(|other| other.name == playlist.name && other.songs == playlist.songs)
}
