//! Playlists as a long CSV: one song of one playlist a row, the columns found by their header names.
//!
//! Two layouts are common, and both are read without being told which it is:
//!
//! ```text
//! track_uri,album_name,album_uri,artist_name,artist_uri,duration_ms,pid,track_name
//! pid,name,album_name,artist_name,duration_ms,track_name
//! ```
//!
//! So is any other order or choice of columns with [the names accepted](Column::names); columns with
//! other names are passed over. With [`Columns::Songs`] the playlist column may be missing: that reads
//! a plain list of songs such as `artist_name,track_name`.
//!
//! What a file may look like:
//! - LF, CRLF or CR line ends; a byte order mark; blank lines, and rows of nothing but blank fields, are passed over;
//! - fields in double quotes hold commas, line breaks and doubled quotes;
//! - fields are handed out without surrounding white space; columns that are not needed may be blank
//!   or hold anything, even bytes that are not text;
//! - rows may be shorter than the header as long as playlist, artist and title are there (where the
//!   header has them). A row *longer* than the header is unreadable unless what is over is blank: it has most
//!   likely an unquoted comma, and its fields are not under their names.
//!
//! Rows of one playlist need not stand together, and playlist ids are handed out as text: grouping is
//! the caller's.

mod header;
mod records;

use std::io::{self, BufRead};

pub use header::{Column, Columns, Header};
pub use records::LONGEST_RECORD;
pub(crate) use records::{Record, Records};

/// Reads rows, one at a time, borrowed from the reader's own buffer.
///
/// The input needs no buffer: the reader has its own, of 64 KiB.
///
/// ```
/// use segue_playlists::csv::{Columns, Reader};
///
/// let file = "Artist Name(s),Track Name\nThe Lanterns,\"Harbour Light, Part 2\"\n";
/// let mut reader = Reader::new(file.as_bytes(), Columns::Songs)?;
/// while let Some(row) = reader.next_row()? {
///     let row = row?;
///     assert_eq!((row.artist, row.title, row.line), ("The Lanterns", "Harbour Light, Part 2", 2));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    records: Records<R>,
    header: Header,
}

/// One song, in one playlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The playlist's id or name as it stands in the file. Never blank with [`Columns::Playlists`];
    /// blank with [`Columns::Songs`] where the file has none.
    pub playlist: &'a str,
    /// The artist; blank where the file has none.
    pub artist: &'a str,
    /// The song's title, never blank.
    pub title: &'a str,
    /// The song's URI, where the file has one that is not blank.
    pub uri: Option<&'a str>,
    /// The line on which the row begins, from 1 (the header is line 1 of most files).
    pub line: u64,
}

/// Why a file is not read, or not any further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing in the file but, perhaps, blank lines. Check where it comes from.
    #[error("the file is empty; expected a header line with {expected}")]
    Empty {
        /// The columns the header should have had.
        expected: String,
    },
    /// No name in the first line is one this reader knows: the file has no header line, or its names are
    /// different, or it is not separated by commas. Put a header line on top.
    #[error("the first line has no column name known here; expected a header line with {expected}; found {found}")]
    NoHeader {
        /// The columns the header should have had.
        expected: String,
        /// The first line's fields.
        found: String,
    },
    /// The header lacks a column that is needed. Rename the column that holds it.
    #[error("the header has no {column} column; expected one named {}; found {found}", .column.names().join(" or "))]
    MissingColumn {
        /// What is missing.
        column: Column,
        /// The header's names.
        found: String,
    },
    /// The first line is not UTF-8 text: UTF-16, Latin-1, a compressed file without `.gz` in its name, or no CSV
    /// at all. Convert or unpack it first.
    #[error("the first line is not UTF-8 text; save the file as UTF-8 CSV (or name it .csv.gz if it is gzipped)")]
    HeaderNotUtf8,
    /// A quote was opened and the file ended before it was closed, so the rows since cannot be
    /// told apart. Close or double that quote.
    #[error(
        "the row beginning on line {line} opens a quote that is never closed; close it, or double it if it is part of a name"
    )]
    UnclosedQuote {
        /// The line on which that row begins, from 1.
        line: u64,
    },
    /// A row is longer than [`LONGEST_RECORD`]: nearly always a quote that was not closed.
    #[error(
        "the row beginning on line {line} is longer than {LONGEST_RECORD} bytes: probably a quote in it is not closed"
    )]
    RecordTooLong {
        /// The line on which that row begins, from 1.
        line: u64,
    },
    /// The bytes could not be had: the disk, the network or a damaged gzip file.
    #[error("near line {line}: the file could not be read further ({source}); check that it is complete")]
    Io {
        /// The line that was being read, from 1.
        line: u64,
        /// What the input said.
        source: io::Error,
    },
}

/// A row that cannot be used; reading goes on with the next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct UnreadableRow {
    /// The line on which the row begins, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A field that is needed is blank. Fill it in, or remove the row.
    #[error("the {column} is blank")]
    Blank {
        /// Which field.
        column: Column,
    },
    /// A field that is needed is not UTF-8. Convert the file.
    #[error("the {column} is not UTF-8 text")]
    NotUtf8 {
        /// Which field.
        column: Column,
    },
    /// The row ends before a column that is needed. Look for a line break that should be in quotes.
    #[error("{found} fields where at least {needed} are needed")]
    TooFewFields {
        /// How many fields the row has.
        found: usize,
        /// How many it takes to reach the last column that is needed.
        needed: usize,
    },
    /// The row has more fields than the header. Quote the field that has a comma in it.
    #[error("{found} fields where the header has {header}: is a comma not in quotes?")]
    TooManyFields {
        /// How many fields the row has.
        found: usize,
        /// How many the header has.
        header: usize,
    },
}

impl<R: BufRead> Reader<R> {
    /// Reads the header of `input` and finds its columns.
    ///
    /// # Errors
    /// When the file is empty, its header lacks what `columns` asks for, or it cannot be read. A file with
    /// a header and no rows is no error: it has no rows.
    pub fn new(input: R, columns: Columns) -> Result<Self, Error> {
        Self::delimited(input, columns, b',')
    }

    /// The same, where another byte than a comma separates the fields: a semicolon, as spreadsheets write it where the
    /// comma is the decimal sign, or a tab.
    ///
    /// # Errors
    /// As [`Reader::new`].
    pub fn delimited(input: R, columns: Columns, delimiter: u8) -> Result<Self, Error> {
        let mut records = Records::delimited(input, delimiter)?;
        if !records.read()? {
            return Err(Error::Empty { expected: columns.expected() });
        }
        let header = Header::find(records.current(), columns)?;
        Ok(Reader { records, header })
    }

    /// Which columns were found.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next row, `None` after the last. Rows that cannot be used come as `Err(UnreadableRow)`
    /// inside: count them and go on.
    ///
    /// # Errors
    /// [`Error`] when the file cannot be read any further.
    pub fn next_row(&mut self) -> Result<Option<Result<Row<'_>, UnreadableRow>>, Error> {
        loop {
            if !self.records.read()? {
                return Ok(None);
            }
            let record = self.records.current();
            if !is_blank(record.field(self.header.title).unwrap_or_default()) || !record.is_blank() {
                break;
            }
        }
        let record = self.records.current();
        let line = record.line();
        Ok(Some(row(&self.header, record).map_err(|problem| UnreadableRow { line, problem })))
    }
}

/// The row in `record`, whose columns stand where `header` says.
fn row<'a>(header: &Header, record: Record<'a>) -> Result<Row<'a>, Problem> {
    let found = record.len();
    if found < header.needed {
        return Err(Problem::TooFewFields { found, needed: header.needed });
    }
    if found > header.width && (header.width..found).any(|index| !is_blank(record.field(index).unwrap_or_default())) {
        return Err(Problem::TooManyFields { found, header: header.width });
    }
    let whole = record.text();
    let text = |column: Column, index: Option<usize>| {
        let field = index.and_then(|index| record.text_field(index, whole)).unwrap_or(Ok(""));
        field.map(trimmed).map_err(|_| Problem::NotUtf8 { column })
    };
    let title = text(Column::Title, Some(header.title))?;
    if title.is_empty() {
        return Err(Problem::Blank { column: Column::Title });
    }
    let playlist = text(Column::Playlist, header.playlist)?;
    if playlist.is_empty() && header.columns == Columns::Playlists {
        return Err(Problem::Blank { column: Column::Playlist });
    }
    let artist = text(Column::Artist, header.artist)?;
    let uri = Some(text(Column::Uri, header.uri)?).filter(|uri| !uri.is_empty());
    Ok(Row { playlist, artist, title, uri, line: record.line() })
}

/// Text without white space around it; mostly there is none, which is seen without taking it apart.
fn trimmed(text: &str) -> &str {
    let is_tight = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    if is_tight(text.as_bytes().first()) && is_tight(text.as_bytes().last()) { text } else { text.trim() }
}

fn is_blank(field: &[u8]) -> bool {
    field.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests;
