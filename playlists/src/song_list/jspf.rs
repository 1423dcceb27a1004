//! JSPF: a `playlist` object with a `track` array.

use serde_json::{Value, json};

use super::{ListedSong, ReadError, SongList};

pub(super) fn read(content: &str) -> Result<SongList, ReadError> {
    let value: Value = serde_json::from_str(content).map_err(|error| ReadError::Jspf(error.to_string()))?;
    let playlist = &value["playlist"];
    let Some(tracks) = playlist["track"].as_array() else {
        return Err(ReadError::Jspf("there is no \"playlist\" with a list \"track\" in it".into()));
    };
    let mut list = SongList { name: text(&playlist["title"]), ..SongList::default() };
    for track in tracks {
        let uri = text(&track["identifier"]);
        match text(&track["title"]) {
            title if title.is_empty() => list.unreadable += 1,
            title => list.songs.push(ListedSong { title, artist: text(&track["creator"]), uri }),
        }
    }
    Ok(list)
}

pub(super) fn write(list: &SongList) -> String {
    let track = |song: &ListedSong| {
        let mut track = json!({ "title": song.title });
        if !song.artist.is_empty() {
            track["creator"] = song.artist.clone().into();
        }
        if !song.uri.is_empty() {
            track["identifier"] = json!([song.uri]);
        }
        track
    };
    let tracks: Vec<Value> = list.songs.iter().map(track).collect();
    let mut text = json!({ "playlist": { "title": list.name, "track": tracks } }).to_string();
    text.push('\n');
    text
}

/// A text, or the first of several.
fn text(value: &Value) -> String {
    value.as_str().or_else(|| value[0].as_str()).unwrap_or_default().trim().to_owned()
}
