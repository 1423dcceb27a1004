//! Extended M3U: `#EXTINF:seconds,artist - title` before each location.

use super::{ListedSong, SongList, one_line};

pub(super) fn read(content: &str) -> SongList {
    let mut list = SongList::default();
    let mut described: Option<String> = None;
    for line in content.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("#PLAYLIST:") {
            name.trim().clone_into(&mut list.name);
        } else if let Some(description) = line.strip_prefix("#EXTINF:") {
            // A description without a location is a song all the same.
            finish(&mut list, described.take(), "");
            described = Some(title_of(description).to_owned());
        } else if !line.starts_with('#') {
            finish(&mut list, Some(described.take().unwrap_or_default()), line);
        }
    }
    finish(&mut list, described, "");
    list
}

pub(super) fn write(list: &SongList) -> String {
    let mut text = String::from("#EXTM3U\n");
    if !list.name.is_empty() {
        text.push_str("#PLAYLIST:");
        text.push_str(&one_line(&list.name));
        text.push('\n');
    }
    for song in &list.songs {
        let line = one_line(&song.line());
        text.push_str("#EXTINF:-1,");
        text.push_str(&line);
        text.push('\n');
        // Players want a location. Without one known, the name of the song is what a person can look for; the dot and
        // slash keep a name that begins with # from being a comment, as which no location may be read either.
        let location = one_line(&song.uri);
        if matches!(location.trim_start().chars().next(), None | Some('#')) {
            text.push_str("./");
            text.push_str(&line.replace(['/', '\\'], "_"));
        } else {
            text.push_str(&location);
        }
        text.push('\n');
    }
    text
}

/// Adds the song that a description, a location or both are about.
fn finish(list: &mut SongList, described: Option<String>, location: &str) {
    let Some(described) = described else { return };
    let title = if described.is_empty() { name_of_file(location).to_owned() } else { described };
    let uri = if is_uri_of_song(location) { location.to_owned() } else { String::new() };
    if title.is_empty() && uri.is_empty() {
        list.unreadable += 1;
    } else {
        let title = if title.is_empty() { uri.clone() } else { title };
        list.songs.push(ListedSong { title, artist: String::new(), uri });
    }
}

/// What follows the duration and its attributes, whose quoted values may hold commas.
fn title_of(description: &str) -> &str {
    let mut quoted = false;
    for (at, letter) in description.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => return description[at + 1..].trim(),
            _ => {}
        }
    }
    ""
}

fn is_uri_of_song(location: &str) -> bool {
    location.starts_with("spotify:track:") || location.starts_with("https://open.spotify.com/")
}

/// "/music/The Lanterns - Harbour Light.mp3" is named after its song.
fn name_of_file(location: &str) -> &str {
    if is_uri_of_song(location) {
        return "";
    }
    let name = location.rsplit(['/', '\\']).next().unwrap_or(location);
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && (2..=4).contains(&ending.len()) && !ending.contains(' ') => {
            stem.trim()
        }
        _ => name.trim(),
    }
}
