//! Playlist file formats, bytes in and bytes out.
//!
//! Every reader here takes bytes from a [`BufRead`](std::io::BufRead) (a file behind a `BufReader`, a
//! decompressor, or simply `&[u8]`) and hands out one row or basket at a time, borrowed from its own
//! buffer, so that reading costs no allocation per row. Nothing here opens files, looks at a clock or
//! starts threads: the same code runs in the browser.
//!
//! | module | format |
//! |---|---|
//! | [`csv`] | one song of one playlist a row, columns found by header names; also plain song lists |
//! | [`dat`] | FIMI baskets, one a line, items separated by white space |
//! | [`lines`] | one basket a line, its items the fields of a CSV record |
//! | [`mpd`] | slices of the Million Playlist Dataset, JSON |
//! | [`song_list`] | one listener's playlist, read and written: CSV, M3U, JSPF, plain text |
//!
//! [`Format::from_name`] tells from a file's name which of them to use.
//!
//! # Two kinds of errors
//! A reader fails as a whole ([`csv::Error`], [`dat::Error`]) when going on makes no sense: the file is
//! empty, has no usable header, or cannot be read. A single row that cannot be used is handed out as
//! an [`Unreadable`](csv::UnreadableRow) value with its line number between the good rows: the
//! caller counts those and decides how many are too many.
//!
//! ```
//! use segue_playlists::csv::{Columns, Reader};
//!
//! let file = "pid,artist_name,track_name\n1,The Lanterns,Harbour Light\n1,The Lanterns,\n";
//! let mut reader = Reader::new(file.as_bytes(), Columns::Playlists)?;
//! let (mut songs, mut unreadable) = (Vec::new(), Vec::new());
//! while let Some(row) = reader.next_row()? {
//!     match row {
//!         Ok(row) => songs.push(format!("{}: {} - {}", row.playlist, row.artist, row.title)),
//!         Err(row) => unreadable.push(row.to_string()),
//!     }
//! }
//! assert_eq!(songs, ["1: The Lanterns - Harbour Light"]);
//! assert_eq!(unreadable, ["line 3: the title is blank"]);
//! # Ok::<(), segue_playlists::csv::Error>(())
//! ```

pub mod csv;
pub mod dat;
mod format;
pub mod lines;
pub mod mpd;
pub mod song_list;

pub use format::{Format, is_gzip, is_gzip_name};
