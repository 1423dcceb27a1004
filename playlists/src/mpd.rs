//! Million Playlist Dataset slices: JSON of playlists with their tracks.
//!
//! A slice is one object:
//!
//! ```text
//! {
//!   "info": { … },
//!   "playlists": [
//!     { "name": "…", "pid": 0, "tracks": [ { "track_uri": "…", "artist_name": "…", "track_name": "…", … }, … ] },
//!     …
//!   ]
//! }
//! ```
//!
//! It is read as a stream: what is in memory is one track, however long the file. Keys may come in any order, and
//! other keys are passed over. Playlists are told apart by where they stand, so a missing or repeated `pid` does no harm,
//! and a playlist of no tracks counts as a playlist.

use std::fmt;
use std::io::BufRead;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One track of one playlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Track<'a> {
    /// Which playlist of the file it is in, from 0.
    pub playlist: u64,
    /// The artist; blank where the file has none.
    pub artist: &'a str,
    /// The title, never blank.
    pub title: &'a str,
    /// The track's URI, where the file has one that is not blank.
    pub uri: Option<&'a str>,
}

/// Why a file is not read, or not any further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file ends in the middle. Fetch or unpack it again.
    #[error("the file breaks off at line {line}, column {column}; check that it is complete")]
    BreaksOff {
        /// The line, from 1.
        line: usize,
        /// The byte in the line.
        column: usize,
    },
    /// It is JSON, but not of playlists; or no JSON at all.
    #[error(
        "{problem}; expected a slice of the Million Playlist Dataset: {{\"playlists\": [{{\"tracks\": [{{\"track_name\": …, \"artist_name\": …}}]}}]}}"
    )]
    NotASlice {
        /// What was met instead, and where.
        problem: String,
    },
    /// The bytes could not be had: the disk, the network or a damaged gzip file.
    #[error("the file could not be read further ({problem}); check that it is complete")]
    Io {
        /// What the input said.
        problem: String,
    },
}

/// A track that cannot be used; reading goes on with the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("track {track} of playlist {playlist}: {problem}")]
pub struct UnreadableTrack {
    /// Which playlist of the file, from 0.
    pub playlist: u64,
    /// Which of its tracks, from 0.
    pub track: u64,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is no `track_name`, or a blank one, or it is no text.
    #[error("there is no track_name")]
    NoTitle,
}

/// Calls `each` with every track of a slice, in the order of the file, and gives the number of playlists.
///
/// The input should be buffered generously (64 KiB is good for files).
///
/// ```
/// let slice = r#"{"playlists": [{"pid": 7, "tracks": [{"artist_name": "The Lanterns", "track_name": "Harbour Light"}]}]}"#;
/// let mut titles = Vec::new();
/// let playlists = segue_playlists::mpd::read(slice.as_bytes(), |track| {
///     titles.extend(track.map(|track| track.title.to_owned()));
/// })?;
/// assert_eq!((playlists, titles.as_slice()), (1, &["Harbour Light".to_owned()][..]));
/// # Ok::<(), segue_playlists::mpd::Error>(())
/// ```
///
/// # Errors
/// The file is no slice, breaks off, or cannot be read. What `each` was given before is as good as it was.
pub fn read(mut input: impl BufRead, mut each: impl FnMut(Result<Track<'_>, UnreadableTrack>)) -> Result<u64, Error> {
    skip_byte_order_mark(&mut input)?;
    let mut state = State { each: &mut each, playlists: 0, tracks: 0, text: TrackText::default() };
    let mut json = serde_json::Deserializer::from_reader(input);
    Slice(&mut state).deserialize(&mut json).and_then(|()| json.end())?;
    Ok(state.playlists)
}

fn skip_byte_order_mark(input: &mut impl BufRead) -> Result<(), Error> {
    let start = input.fill_buf().map_err(|error| Error::Io { problem: error.to_string() })?;
    if start.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    Ok(())
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        match error.classify() {
            serde_json::error::Category::Eof => Error::BreaksOff { line: error.line(), column: error.column() },
            serde_json::error::Category::Io => Error::Io { problem: error.to_string() },
            _ => Error::NotASlice { problem: error.to_string() },
        }
    }
}

/// What reading carries along.
struct State<'f, F> {
    each: &'f mut F,
    playlists: u64,
    /// Tracks of the current playlist.
    tracks: u64,
    text: TrackText,
}

/// The fields of the current track; the buffers are used again.
#[derive(Default)]
struct TrackText {
    artist: String,
    title: String,
    uri: String,
}

impl<F: FnMut(Result<Track<'_>, UnreadableTrack>)> State<'_, F> {
    fn finish_track(&mut self) {
        let TrackText { artist, title, uri } = &self.text;
        let (playlist, title, uri) = (self.playlists, title.trim(), uri.trim());
        (self.each)(if title.is_empty() {
            Err(UnreadableTrack { playlist, track: self.tracks, problem: Problem::NoTitle })
        } else {
            Ok(Track { playlist, artist: artist.trim(), title, uri: Some(uri).filter(|uri| !uri.is_empty()) })
        });
        self.tracks += 1;
    }
}

/// The whole file.
struct Slice<'s, 'f, F>(&'s mut State<'f, F>);

impl<'de, F: FnMut(Result<Track<'_>, UnreadableTrack>)> DeserializeSeed<'de> for Slice<'_, '_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(Result<Track<'_>, UnreadableTrack>)> Visitor<'de> for Slice<'_, '_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a `playlists` list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut found = false;
        while let Some(is_playlists) = map.next_key_seed(KeyIn(["playlists"]))? {
            if is_playlists.is_some() {
                found = true;
                map.next_value_seed(List(&mut *self.0, PhantomData::<PlaylistLevel>))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if found { Ok(()) } else { Err(A::Error::custom("the object has no `playlists`")) }
    }
}

/// A level of the file at which a list stands: what its elements are.
trait Level {
    /// What to call the list in messages.
    const EXPECTED: &'static str;
    fn element<'de, A, F>(map: A, state: &mut State<'_, F>) -> Result<(), A::Error>
    where
        A: MapAccess<'de>,
        F: FnMut(Result<Track<'_>, UnreadableTrack>);
}

struct PlaylistLevel;
struct TrackLevel;

impl Level for PlaylistLevel {
    const EXPECTED: &'static str = "a list of playlists, each an object with `tracks`";

    fn element<'de, A, F>(mut map: A, state: &mut State<'_, F>) -> Result<(), A::Error>
    where
        A: MapAccess<'de>,
        F: FnMut(Result<Track<'_>, UnreadableTrack>),
    {
        state.tracks = 0;
        while let Some(is_tracks) = map.next_key_seed(KeyIn(["tracks"]))? {
            if is_tracks.is_some() {
                map.next_value_seed(List(&mut *state, PhantomData::<TrackLevel>))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        state.playlists += 1;
        Ok(())
    }
}

impl Level for TrackLevel {
    const EXPECTED: &'static str = "a list of tracks, each an object with `track_name`";

    fn element<'de, A, F>(mut map: A, state: &mut State<'_, F>) -> Result<(), A::Error>
    where
        A: MapAccess<'de>,
        F: FnMut(Result<Track<'_>, UnreadableTrack>),
    {
        let TrackText { artist, title, uri } = &mut state.text;
        artist.clear();
        title.clear();
        uri.clear();
        while let Some(field) = map.next_key_seed(KeyIn(["track_name", "artist_name", "track_uri"]))? {
            let TrackText { artist, title, uri } = &mut state.text;
            match field {
                Some(0) => map.next_value_seed(TextInto(title))?,
                Some(1) => map.next_value_seed(TextInto(artist))?,
                Some(_) => map.next_value_seed(TextInto(uri))?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        state.finish_track();
        Ok(())
    }
}

/// A list whose elements are objects.
struct List<'s, 'f, F, L>(&'s mut State<'f, F>, PhantomData<L>);

impl<'de, F, L: Level> DeserializeSeed<'de> for List<'_, '_, F, L>
where
    F: FnMut(Result<Track<'_>, UnreadableTrack>),
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F, L: Level> Visitor<'de> for List<'_, '_, F, L>
where
    F: FnMut(Result<Track<'_>, UnreadableTrack>),
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(L::EXPECTED)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Element(&mut *self.0, PhantomData::<L>))?.is_some() {}
        Ok(())
    }
}

/// An object in a list.
struct Element<'s, 'f, F, L>(&'s mut State<'f, F>, PhantomData<L>);

impl<'de, F, L: Level> DeserializeSeed<'de> for Element<'_, '_, F, L>
where
    F: FnMut(Result<Track<'_>, UnreadableTrack>),
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F, L: Level> Visitor<'de> for Element<'_, '_, F, L>
where
    F: FnMut(Result<Track<'_>, UnreadableTrack>),
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(L::EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        L::element(map, self.0)
    }
}

/// A key: which of some names it is, if any.
struct KeyIn<const N: usize>([&'static str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for KeyIn<N> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<const N: usize> Visitor<'_> for KeyIn<N> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|name| *name == key))
    }
}

/// A value put into a buffer if it is text; anything else leaves the buffer empty.
struct TextInto<'s>(&'s mut String);

impl<'de> DeserializeSeed<'de> for TextInto<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TextInto<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.clear();
        self.0.push_str(text);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests;
