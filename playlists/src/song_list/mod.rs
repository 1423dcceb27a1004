//! One listener's playlist as other programs keep it: CSV, M3U, JSPF, plain text.
//!
//! Unlike the readers of whole data sets these take all of a file at once, since such a file is small, and are as
//! forgiving as they can be: whatever names a song is taken for one. [`read`] tells the format from the file's name and
//! its beginning; [`SongList::write`] writes any of them.
//!
//! ```
//! use segue_playlists::song_list::{ListFormat, read};
//!
//! let file = "#EXTM3U\n#EXTINF:215,The Lanterns - Harbour Light\n/music/harbour.mp3\n";
//! let list = read("evening.m3u8", file.as_bytes())?;
//! assert_eq!((list.name.as_str(), list.songs[0].title.as_str()), ("evening", "The Lanterns - Harbour Light"));
//! assert_eq!(list.write(ListFormat::Text), "The Lanterns - Harbour Light\n");
//! # Ok::<(), segue_playlists::song_list::ReadError>(())
//! ```

mod csv;
mod decode;
mod jspf;
mod m3u;
mod text;

/// A playlist, as far as a file tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SongList {
    /// Its name; empty where neither the file nor the file's name gives one.
    pub name: String,
    /// Its songs, in order.
    pub songs: Vec<ListedSong>,
    /// Lines or entries that name no song, counted so that nobody misses them unawares.
    pub unreadable: usize,
}

/// A song, as far as a file tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedSong {
    /// The title, never blank. In formats that do not keep them apart, and where `artist` is empty, artist and title.
    pub title: String,
    /// The artist; empty where the file does not tell it from the title.
    pub artist: String,
    /// The song's URI (`spotify:track:…`, or a link), empty where there is none.
    pub uri: String,
}

impl ListedSong {
    /// Artist and title in one line.
    #[must_use]
    pub fn line(&self) -> String {
        if self.artist.is_empty() { self.title.clone() } else { format!("{} - {}", self.artist, self.title) }
    }
}

/// A format for one playlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ListFormat {
    /// Columns for title and artist, found by their names, such as Exportify writes.
    Csv,
    /// Extended M3U, in UTF-8.
    M3u,
    /// [JSPF](https://www.xspf.org/jspf), XSPF in JSON.
    Jspf,
    /// A song a line, "artist - title".
    Text,
}

impl ListFormat {
    /// Every format, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::M3u, Self::Jspf, Self::Csv, Self::Text];

    /// The file name ending that is written, without the dot.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::M3u => "m3u8",
            Self::Jspf => "jspf",
            Self::Text => "txt",
        }
    }

    /// The media type of such a file.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::M3u => "audio/x-mpegurl",
            Self::Jspf => "application/json",
            Self::Text => "text/plain",
        }
    }

    /// The format of a file, by its name's ending where that says it, else by how it begins.
    fn of(file_name: &str, content: &str) -> Self {
        let ending = file_name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("csv" | "tsv") => Self::Csv,
            Some("m3u" | "m3u8") => Self::M3u,
            Some("jspf" | "json") => Self::Jspf,
            Some("txt") => Self::Text,
            _ if content.starts_with("#EXTM3U") => Self::M3u,
            _ if content.trim_start().starts_with('{') && content.contains("\"playlist\"") => Self::Jspf,
            _ if csv::has_header(content) => Self::Csv,
            _ => Self::Text,
        }
    }
}

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The table has no usable header, or a quote in it is never closed. The text says what to mend.
    #[error("{0}")]
    Csv(String),
    /// Its name or beginning says JSPF, but it is no JSON, or has no `playlist` with a list of `track`s.
    #[error("it is no JSPF playlist: {0}")]
    Jspf(String),
    /// There is no song in it.
    #[error("there is no song in it")]
    Empty,
}

/// Reads a playlist from a file of this name, or from text that was pasted (then without a name).
///
/// # Errors
/// There is no song in it, or it cannot be told where they are.
pub fn read(file_name: &str, bytes: &[u8]) -> Result<SongList, ReadError> {
    let content = decode::decode(bytes);
    let mut list = match ListFormat::of(file_name, &content) {
        ListFormat::Csv => csv::read(&content)?,
        ListFormat::M3u => m3u::read(&content),
        ListFormat::Jspf => jspf::read(&content)?,
        ListFormat::Text => text::read(&content),
    };
    if list.songs.is_empty() {
        return Err(ReadError::Empty);
    }
    if list.name.is_empty() {
        file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem).trim().clone_into(&mut list.name);
    }
    Ok(list)
}

impl SongList {
    /// The playlist as a file of this format. Line breaks within names become spaces where the format has no place for
    /// them.
    #[must_use]
    pub fn write(&self, format: ListFormat) -> String {
        match format {
            ListFormat::Csv => csv::write(self),
            ListFormat::M3u => m3u::write(self),
            ListFormat::Jspf => jspf::write(self),
            ListFormat::Text => text::write(self),
        }
    }
}

/// A name on one line.
fn one_line(name: &str) -> String {
    name.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
