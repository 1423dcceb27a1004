//! The listener's own things between visits: the playlists and the preferences, in the browser's local storage. They may
//! have been written by another version of the page, or changed by hand: what is missing or unknown does no harm.

use wasm_bindgen::JsValue;

use crate::browser::window;
use crate::json::{self, Json, object};
use crate::language::Language;
use crate::state::library::Library;
use crate::state::playlist::Playlist;
use crate::state::preferences::Preferences;
use crate::state::song::Song;

/// Name of the entry for the playlists.
pub(crate) const LIBRARY: &str = "segue.library";
/// Name of the preferences' entry.
const PREFERENCES: &str = "segue.preferences";
/// Name of the entry for the language, where the listener chose another than the browser's.
const LANGUAGE: &str = "segue.language";

/// The playlists that were saved.
pub(crate) fn library() -> Library {
    let Some(kept) = load(LIBRARY) else { return Library::default() };
    let songs = |kept: Json| -> Vec<Song> {
        let song =
            |song: &Json| Some(Song::new(song.get("title").text()?, song.get("artist").text().unwrap_or_default()));
        kept.items().iter().filter_map(song).collect()
    };
    let playlist = |kept: &Json| Playlist {
        name: kept.get("name").text().unwrap_or_default(),
        songs: songs(kept.get("songs")),
        dismissed: songs(kept.get("dismissed")),
    };
    let playlists = kept.get("playlists").items().iter().map(playlist).collect();
    let blocked = kept.get("blocked").items().iter().filter_map(Json::text).collect();
    Library::of(playlists, kept.get("current").number().unwrap_or_default() as usize, blocked)
}

/// Saves the playlists.
pub(crate) fn save_library(library: &Library) {
    let songs = |songs: &[Song]| {
        let song = |song: &Song| object(&[("title", (&song.title).into()), ("artist", (&song.artist).into())]);
        json::list(songs.iter().map(song))
    };
    let playlist = |playlist: &Playlist| {
        object(&[
            ("name", (&playlist.name).into()),
            ("songs", songs(&playlist.songs)),
            ("dismissed", songs(&playlist.dismissed)),
        ])
    };
    save(
        LIBRARY,
        &object(&[
            ("playlists", json::list(library.playlists().iter().map(playlist))),
            ("current", (library.current() as u32).into()),
            ("blocked", json::list(library.blocked().iter().map(JsValue::from))),
        ]),
    );
}

/// The preferences that were saved.
pub(crate) fn preferences() -> Preferences {
    let default = Preferences::default();
    let Some(kept) = load(PREFERENCES) else { return default };
    let step = |name: &str, otherwise: u8| kept.get(name).number().map_or(otherwise, |step| step as u8);
    Preferences::of(
        step("limit", default.limit()),
        step("novelty", default.novelty()),
        step("variety", default.variety()),
        step("per_artist", default.per_artist()),
        kept.get("only_here").flag().unwrap_or(default.only_here),
    )
}

/// Saves the preferences.
pub(crate) fn save_preferences(preferences: &Preferences) {
    save(
        PREFERENCES,
        &object(&[
            ("limit", preferences.limit().into()),
            ("novelty", preferences.novelty().into()),
            ("variety", preferences.variety().into()),
            ("per_artist", preferences.per_artist().into()),
            ("only_here", preferences.only_here.into()),
        ]),
    );
}

/// The language that the listener chose, or else the first of the browser's that the page speaks.
pub(crate) fn language() -> Language {
    let chosen = load(LANGUAGE).and_then(|kept| kept.text()).unwrap_or_default();
    Language::from_tag(&chosen).unwrap_or_else(|| {
        let tags: Vec<String> = window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect();
        Language::first_of(tags.iter().map(String::as_str))
    })
}

/// Saves the language.
pub(crate) fn save_language(language: Language) {
    save(LANGUAGE, &language.tag().into());
}

fn load(name: &str) -> Option<Json> {
    let storage = window().local_storage().ok().flatten()?;
    Json::read(&storage.get_item(name).ok().flatten()?)
}

/// Where the browser stores nothing, nothing is stored: the page works without.
fn save(name: &str, value: &JsValue) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(name, &json::write(value));
    }
}
