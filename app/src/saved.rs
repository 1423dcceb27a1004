//! The listener's own things between visits: the playlists and the preferences, in the browser's local storage.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::browser::window;
use crate::language::Language;

/// Name of the entry for the playlists.
pub(crate) const LIBRARY: &str = "segue.library";
/// Name of the preferences' entry.
pub(crate) const PREFERENCES: &str = "segue.preferences";
/// Name of the entry for the language, where the listener chose another than the browser's.
pub(crate) const LANGUAGE: &str = "segue.language";

/// What was saved; the default if there is nothing, or nothing that can be read.
pub(crate) fn load<T: DeserializeOwned + Default>(name: &str) -> T {
    let text = window().local_storage().ok().flatten().and_then(|storage| storage.get_item(name).ok().flatten());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Saves a value. Where the browser stores nothing, nothing is stored: the page works without.
pub(crate) fn save<T: Serialize>(name: &str, value: &T) {
    if let (Ok(Some(storage)), Ok(text)) = (window().local_storage(), serde_json::to_string(value)) {
        let _ = storage.set_item(name, &text);
    }
}

/// The language that the listener chose, or else the first of the browser's that the page speaks.
pub(crate) fn language() -> Language {
    let chosen: String = load(LANGUAGE);
    Language::from_tag(&chosen).unwrap_or_else(|| {
        let tags: Vec<String> = window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect();
        Language::first_of(tags.iter().map(String::as_str))
    })
}
