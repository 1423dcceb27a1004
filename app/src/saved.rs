//! The listener's own things between visits: the playlist and the preferences, in the browser's local storage.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::browser::window;

/// Name of the playlist's entry.
pub(crate) const PLAYLIST: &str = "segue.playlist";
/// Name of the preferences' entry.
pub(crate) const PREFERENCES: &str = "segue.preferences";

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
