//! Reading and writing lists: what becomes of a file, or of pasted text, and the other way round.

use leptos::prelude::*;
use leptos::task::spawn_local;
use segue_playlists::song_list::{self, ListFormat, ListedSong, ReadError, SongList};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::browser::{sleep, window};
use crate::session::Session;
use crate::state::import::{Given, Import, Importing};
use crate::state::link;
use crate::state::playlist::Playlist;
use crate::state::route::Route;
use crate::state::song::Song;
use crate::{answering, navigation, phrases, wording};

/// Reads a list from a file's bytes, or from text without a file's name, and says what it means.
pub(crate) fn read(session: Session, file_name: &str, bytes: &[u8]) {
    match song_list::read(file_name, bytes) {
        Ok(list) => {
            session.importing.set(Importing::Reading);
            spawn_local(async move { understand(session, list).await });
        }
        Err(error) => session.importing.set(Importing::Failed(trouble(&error))),
    }
}

async fn understand(session: Session, list: SongList) {
    let given = |song: ListedSong| Given { title: song.title, artist: song.artist, uri: song.uri };
    let mut import = Import::new(list.name, list.songs.into_iter().map(given).collect(), list.unreadable);
    while let Some(request) = import.questions() {
        // A long list asks long questions: the page is drawn in between.
        sleep(0).await;
        match answering::respond(session, &request).await {
            Some(response) => import.answered(&response),
            None => {
                session.importing.set(Importing::Failed(phrases::no_answer_to_read_with().into()));
                return;
            }
        }
    }
    session.importing.set(Importing::Read(import));
}

fn trouble(error: &ReadError) -> String {
    match error {
        ReadError::Empty => phrases::no_song_in_it().into(),
        error => format!("{} ({error})", phrases::not_readable()),
    }
}

/// The playlist in this format, for a file or the clipboard.
pub(crate) fn written(session: Session, playlist: &Playlist, format: ListFormat) -> String {
    let listed = |song: &Song| ListedSong {
        title: song.title.clone(),
        artist: song.artist.clone(),
        uri: session.with_engine(|engine| engine.uri(song)).flatten().unwrap_or_default(),
    };
    let songs = playlist.songs.iter().map(listed).collect();
    SongList { name: wording::playlist_name(playlist), songs, unreadable: 0 }.write(format)
}

/// A link that holds the playlist.
pub(crate) fn link_to(playlist: &Playlist) -> String {
    let origin = window().location().origin().unwrap_or_default();
    format!("{origin}{}{}", navigation::address(&Route::Playlist), link::fragment(playlist))
}

/// Puts text on the clipboard; false where the browser does not let pages do that.
pub(crate) async fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    // Outside of HTTPS and localhost there is no such property.
    if !js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard")).is_ok_and(|clipboard| clipboard.is_object()) {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}
