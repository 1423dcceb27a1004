//! Which column holds what, by the names in the header.

use std::fmt;

use super::Error;
use super::records::Record;

/// What a reader looks for in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Column {
    /// The playlist the row belongs to: its id, or its name where the file has no ids.
    Playlist,
    /// The artist.
    Artist,
    /// The song's title.
    Title,
    /// The song's URI, such as `spotify:track:…`.
    Uri,
}

/// What a file must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Columns {
    /// Playlists: a playlist and a title in every row.
    Playlists,
    /// Songs: a title in every row. A playlist column is read if there is one.
    Songs,
}

/// The columns of a file, found by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub(super) columns: Columns,
    pub(super) playlist: Option<usize>,
    pub(super) artist: Option<usize>,
    pub(super) title: usize,
    pub(super) uri: Option<usize>,
    /// How many columns the header has.
    pub(super) width: usize,
    /// How many fields a row must have.
    pub(super) needed: usize,
    names: Vec<String>,
}

impl Column {
    /// The names under which this column is found, the preferred first. Where a header has several, the one
    /// earliest in this list is taken; among equal names the leftmost.
    ///
    /// Upper or lower case, white space and punctuation do not matter: `Track Name`, `track_name` and
    /// `TRACKNAME` are one, and so are `Artist Name(s)` and `artist_names`.
    #[must_use]
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Column::Playlist => &["pid", "playlist_id", "playlist_uri", "playlist", "playlist_name"],
            Column::Artist => &["artist_name", "artist_names", "artist", "artists", "track_artist", "track_artists"],
            Column::Title => &["track_name", "track_title", "song_name", "song_title", "title", "track", "song"],
            Column::Uri => &["track_uri", "spotify_uri", "song_uri", "uri"],
        }
    }

    /// Where this column stands among header names already [`simplified`].
    fn position(self, simplified_names: &[String]) -> Option<usize> {
        self.names().iter().find_map(|name| {
            let name = simplified(name);
            simplified_names.iter().position(|found| *found == name)
        })
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Column::Playlist => "playlist",
            Column::Artist => "artist",
            Column::Title => "title",
            Column::Uri => "URI",
        })
    }
}

impl Columns {
    /// What a header must have, for messages.
    pub(super) fn expected(self) -> String {
        match self {
            Columns::Playlists => "a playlist column (such as pid), a title column (such as track_name) and, best, an artist column (such as artist_name)",
            Columns::Songs => "a title column (such as track_name) and, best, an artist column (such as artist_name)",
        }
        .to_owned()
    }
}

impl Header {
    /// The header's name for `column`, if the file has that column.
    #[must_use]
    pub fn name(&self, column: Column) -> Option<&str> {
        let index = match column {
            Column::Playlist => self.playlist?,
            Column::Artist => self.artist?,
            Column::Title => self.title,
            Column::Uri => self.uri?,
        };
        self.names.get(index).map(String::as_str)
    }

    /// Finds the columns in the first record of a file.
    pub(crate) fn find(record: Record<'_>, columns: Columns) -> Result<Header, Error> {
        let names: Vec<String> = record
            .fields()
            .map(|field| std::str::from_utf8(field).map(|name| name.trim().to_owned()))
            .collect::<Result<_, _>>()
            .map_err(|_| Error::HeaderNotUtf8)?;
        let simplified_names: Vec<String> = names.iter().map(|name| simplified(name)).collect();
        let find = |column: Column| column.position(&simplified_names);
        let [playlist, artist, title, uri] = [Column::Playlist, Column::Artist, Column::Title, Column::Uri].map(find);
        if [playlist, artist, title, uri] == [None; 4] {
            return Err(Error::NoHeader { expected: columns.expected(), found: shown(&names) });
        }
        let missing = |column| Error::MissingColumn { column, found: shown(&names) };
        let title = title.ok_or_else(|| missing(Column::Title))?;
        if columns == Columns::Playlists && playlist.is_none() {
            return Err(missing(Column::Playlist));
        }
        let playlist_needed = playlist.filter(|_| columns == Columns::Playlists);
        let needed = [Some(title), artist, playlist_needed].into_iter().flatten().max().unwrap_or(title) + 1;
        Ok(Header { columns, playlist, artist, title, uri, width: names.len(), needed, names })
    }
}

/// A header name without the differences that do not matter.
fn simplified(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Header names for a message: enough to recognise the file by, not all of it.
fn shown(names: &[String]) -> String {
    const MOST: usize = 12;
    let mut shown: Vec<String> =
        names.iter().take(MOST).map(|name| format!("{:?}", name.chars().take(40).collect::<String>())).collect();
    if names.len() > MOST {
        shown.push(format!("and {} more", names.len() - MOST));
    }
    shown.join(", ")
}
