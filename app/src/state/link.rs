//! A playlist in a link: after the `#`, which browsers keep to themselves. Nothing is stored on a server.
//!
//! `#playlist=` and then, percent-encoded, the name and each song on a line of its own, title and artist with a tab between.

use super::playlist::Playlist;
use super::song::Song;

/// What the part of a link begins with that stands for a playlist.
pub const BEGINNING: &str = "#playlist=";

/// The part of a link that stands for a playlist, from its `#` on.
#[must_use]
pub fn fragment(playlist: &Playlist) -> String {
    let mut lines = field(&playlist.name);
    for song in &playlist.songs {
        lines.push('\n');
        lines.push_str(&field(&song.title));
        if !song.artist.is_empty() {
            lines.push('\t');
            lines.push_str(&field(&song.artist));
        }
    }
    let mut fragment = String::from(BEGINNING);
    for byte in lines.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => fragment.push(char::from(byte)),
            _ => {
                fragment.push('%');
                for half in [byte >> 4, byte & 15] {
                    fragment.push(char::from(b"0123456789ABCDEF"[usize::from(half)]));
                }
            }
        }
    }
    fragment
}

/// The playlist of a link's fragment; `None` if there is no song in it.
#[must_use]
pub fn playlist(fragment: &str) -> Option<Playlist> {
    let lines = decoded(fragment.strip_prefix(BEGINNING)?)?;
    let mut lines = lines.split('\n');
    let name = lines.next()?.to_owned();
    let songs = lines.filter(|line| !line.is_empty()).map(|line| {
        let (title, artist) = line.split_once('\t').unwrap_or((line, ""));
        Song::new(title, artist)
    });
    Some(Playlist::of(name, songs.collect())).filter(|playlist| !playlist.songs.is_empty())
}

/// A name without what separates names.
fn field(name: &str) -> String {
    name.replace(['\n', '\t'], " ")
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let mut half = || char::from(rest.next()?).to_digit(16);
            (half()? * 16 + half()?) as u8
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_link_that_was_cut_off_or_means_something_else_is_none() {
        for bad in ["", "#", "#playlist=", "#playlist=Name%0", "#playlist=%FF%0Aa", "#other=a", "#playlist=Name"] {
            assert_eq!(playlist(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_link_gives_back_its_playlist(
            name in "\\PC{0,20}",
            songs in proptest::collection::vec(("\\PC{1,20}", "\\PC{0,20}"), 1..20),
        ) {
            let songs = songs.into_iter().map(|(title, artist)| Song::new(title, artist)).collect();
            let shared = Playlist::of(name, songs);
            let fragment = fragment(&shared);
            prop_assert!(fragment[1..].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%=".contains(&byte)));
            prop_assert_eq!(playlist(&fragment), Some(shared));
        }
    }
}
