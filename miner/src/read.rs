//! Reading: from inputs to baskets, with account of what could not be read.

mod layout;

use std::io::BufRead;
use std::time::{Duration, Instant};

use segue_playlists::lines::{self, Layout};
use segue_playlists::{Format, csv, dat, mpd};
use sha2::{Digest as _, Sha256};

use crate::baskets::{Baskets, BasketsBuilder};
use crate::fetch::{FetchError, Input, Stream};

/// Unreadable rows that are described one by one.
const DESCRIBED: usize = 10;

/// Rows between two reports of progress.
const ROWS_BETWEEN_REPORTS: u64 = 1 << 14;

/// What was read.
#[derive(Clone, Debug)]
pub struct Playlists {
    /// The playlists.
    pub baskets: Baskets,
    /// SHA-256 of the input, in hexadecimal: of the file itself if there is one, otherwise of the files' hashes.
    pub sha256: String,
    /// Names of the inputs.
    pub name: String,
    /// Rows that could not be read.
    pub unreadable: Unreadable,
    /// How long reading took: from the first byte to songs told apart.
    pub took: Duration,
}

impl Playlists {
    /// Rows read in a second, unreadable ones included.
    #[must_use]
    pub fn rows_per_second(&self) -> f64 {
        (self.baskets.rows + self.unreadable.count) as f64 / self.took.as_secs_f64().max(1e-9)
    }
}

/// Rows that could not be read.
#[derive(Clone, Debug, Default)]
pub struct Unreadable {
    /// How many.
    pub count: u64,
    /// The first few, with file and line.
    pub first: Vec<String>,
}

/// Input that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It cannot be had.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It is not what its name says, or breaks off.
    #[error("{name}: {message}")]
    File {
        /// The input.
        name: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// Too many rows cannot be read: probably the file is not what it seems.
    #[error(
        "{count} of {rows} rows cannot be read, more than the {allowed} allowed (see --max-unreadable):\n{}",
        first.join("\n")
    )]
    TooManyUnreadable {
        /// How many.
        count: u64,
        /// Of how many.
        rows: u64,
        /// How many may be.
        allowed: u64,
        /// The first few.
        first: Vec<String>,
    },
    /// There is not one playlist.
    #[error("{name}: no playlists in it: every file has at most a header")]
    NoPlaylists {
        /// The inputs.
        name: String,
    },
}

/// Reads all inputs. `max_unreadable` is the share of rows that may be unreadable, from 0 to 1. `report` is called now
/// and then with the input, the packed bytes read of it, its length where known, and the rows read.
///
/// # Errors
/// An input cannot be read, or too many of its rows cannot.
pub fn read(
    inputs: &[Input],
    max_unreadable: f64,
    mut report: impl FnMut(&Input, u64, Option<u64>, u64),
) -> Result<Playlists, ReadError> {
    let begun = Instant::now();
    let mut builder = BasketsBuilder::default();
    let mut unreadable = Unreadable::default();
    let mut hashes = Vec::new();
    for input in inputs {
        builder.begin_file();
        let Stream { mut bytes, meter } = input.open()?;
        let mut report = |rows| report(input, meter.read(), meter.length(), rows);
        let mut rows = Rows {
            file: &input.name,
            next_report: builder.rows(),
            builder: &mut builder,
            unreadable: &mut unreadable,
            report: &mut report,
        };
        let read = match input.format {
            Format::Dat => read_dat(&mut bytes, &mut rows),
            Format::Mpd => read_mpd(&mut bytes, &mut rows),
            _ => layout::of(input, &mut bytes).and_then(|layout| match layout {
                Layout::Lines => read_lines(&mut bytes, &mut rows),
                _ => read_csv(&mut bytes, &mut rows),
            }),
        };
        let failed = |message: String| ReadError::File { name: input.name.clone(), message };
        read.map_err(failed)?;
        hashes.push(meter.sha256(bytes).map_err(|error| failed(error.to_string()))?);
    }
    let rows = builder.rows() + unreadable.count;
    let allowed = (rows as f64 * max_unreadable) as u64;
    if unreadable.count > allowed {
        let Unreadable { count, first } = unreadable;
        return Err(ReadError::TooManyUnreadable { count, rows, allowed, first });
    }
    let name = inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>().join(", ");
    let baskets = builder.finish();
    if baskets.is_empty() {
        return Err(ReadError::NoPlaylists { name });
    }
    let sha256 = match hashes.as_slice() {
        [hash] => hexadecimal(hash),
        hashes => {
            let all: String = hashes.iter().map(|hash| hexadecimal(hash)).collect();
            hexadecimal(&Sha256::digest(all))
        }
    };
    Ok(Playlists { baskets, sha256, name, unreadable, took: begun.elapsed() })
}

/// Where the formats below put what they read of one file.
struct Rows<'a> {
    file: &'a str,
    builder: &'a mut BasketsBuilder,
    unreadable: &'a mut Unreadable,
    report: &'a mut dyn FnMut(u64),
    next_report: u64,
}

impl Rows<'_> {
    /// A song of a playlist that has a name, for formats whose rows may be scattered.
    fn add(&mut self, playlist: &str, artist: &str, title: &str, uri: Option<&str>) {
        self.builder.add(playlist, artist, title, uri);
        self.progress();
    }

    /// Begins a playlist of its own, for formats that have whole playlists.
    fn begin_playlist(&mut self) {
        self.builder.begin_playlist();
    }

    /// A song of the playlist that was begun last.
    fn add_song(&mut self, artist: &str, title: &str, uri: Option<&str>) {
        self.builder.add_song(artist, title, uri);
        self.progress();
    }

    /// A line that is a playlist of its own, of songs by nobody, or one that cannot be used.
    fn add_basket<'i>(&mut self, basket: Result<impl Iterator<Item = &'i str>, &impl std::fmt::Display>) {
        match basket {
            Ok(items) => {
                self.begin_playlist();
                items.for_each(|item| self.add_song("", item, None));
            }
            Err(line) => self.unreadable(line),
        }
    }

    /// A row that cannot be used, with its place in the file and what is wrong.
    fn unreadable(&mut self, row: &impl std::fmt::Display) {
        self.unreadable.note(self.file, row);
    }

    fn progress(&mut self) {
        let rows = self.builder.rows();
        if rows >= self.next_report {
            (self.report)(rows);
            self.next_report = rows + ROWS_BETWEEN_REPORTS;
        }
    }
}

fn read_csv(bytes: impl BufRead, rows: &mut Rows<'_>) -> Result<(), String> {
    let mut reader = csv::Reader::new(bytes, csv::Columns::Playlists).map_err(|error| match error {
        csv::Error::NoHeader { .. } | csv::Error::MissingColumn { .. } => format!("{error}; {}", layout::HINT),
        _ => error.to_string(),
    })?;
    while let Some(row) = reader.next_row().map_err(|error| error.to_string())? {
        match row {
            Ok(row) => rows.add(row.playlist, row.artist, row.title, row.uri),
            Err(row) => rows.unreadable(&row),
        }
    }
    Ok(())
}

fn read_dat(bytes: impl BufRead, rows: &mut Rows<'_>) -> Result<(), String> {
    let mut reader = dat::Reader::new(bytes);
    while let Some(basket) = reader.next_basket().map_err(|error| error.to_string())? {
        rows.add_basket(basket.as_ref().map(dat::Basket::items));
    }
    Ok(())
}

fn read_lines(bytes: impl BufRead, rows: &mut Rows<'_>) -> Result<(), String> {
    let mut reader = lines::Reader::new(bytes).map_err(|error| error.to_string())?;
    while let Some(basket) = reader.next_basket().map_err(|error| error.to_string())? {
        rows.add_basket(basket.as_ref().map(lines::Basket::items));
    }
    Ok(())
}

fn read_mpd(bytes: impl BufRead, rows: &mut Rows<'_>) -> Result<(), String> {
    let mut playlist = None;
    let read = mpd::read(bytes, |track| match track {
        Ok(track) => {
            if playlist.replace(track.playlist) != Some(track.playlist) {
                rows.begin_playlist();
            }
            rows.add_song(track.artist, track.title, track.uri);
        }
        Err(track) => rows.unreadable(&track),
    });
    read.map(|_| ()).map_err(|error| error.to_string())
}

impl Unreadable {
    fn note(&mut self, name: &str, row: &impl std::fmt::Display) {
        self.count += 1;
        if self.first.len() < DESCRIBED {
            self.first.push(format!("  {name}, {row}"));
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
