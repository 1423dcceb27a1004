//! Reading: from inputs to baskets, with account of what could not be read.

use std::io;

use segue_playlists::{Format, csv, dat};
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
    let mut builder = BasketsBuilder::default();
    let mut unreadable = Unreadable::default();
    let mut hashes = Vec::new();
    for input in inputs {
        builder.begin_file();
        let mut stream = input.open()?;
        let mut report = |stream: &Stream, rows| report(input, stream.read(), stream.length, rows);
        let failed = |message: String| ReadError::File { name: input.name.clone(), message };
        match input.format {
            Format::Dat => read_dat(&input.name, &mut stream, &mut builder, &mut unreadable, &mut report),
            _ => read_csv(&input.name, &mut stream, &mut builder, &mut unreadable, &mut report),
        }
        .map_err(failed)?;
        hashes.push(stream.sha256().map_err(|error: io::Error| failed(error.to_string()))?);
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
    Ok(Playlists { baskets, sha256, name, unreadable })
}

fn read_csv(
    name: &str,
    stream: &mut Stream,
    builder: &mut BasketsBuilder,
    unreadable: &mut Unreadable,
    report: &mut impl FnMut(&Stream, u64),
) -> Result<(), String> {
    let bytes = std::mem::replace(&mut stream.bytes, Box::new(io::empty()));
    let mut reader = csv::Reader::new(bytes, csv::Columns::Playlists).map_err(|error| error.to_string())?;
    while let Some(row) = reader.next_row().map_err(|error| error.to_string())? {
        match row {
            Ok(row) => builder.add(row.playlist, row.artist, row.title, row.uri),
            Err(row) => unreadable.note(name, &row),
        }
        if builder.rows().is_multiple_of(ROWS_BETWEEN_REPORTS) {
            report(stream, builder.rows());
        }
    }
    Ok(())
}

fn read_dat(
    name: &str,
    stream: &mut Stream,
    builder: &mut BasketsBuilder,
    unreadable: &mut Unreadable,
    report: &mut impl FnMut(&Stream, u64),
) -> Result<(), String> {
    let bytes = std::mem::replace(&mut stream.bytes, Box::new(io::empty()));
    let mut reader = dat::Reader::new(bytes);
    while let Some(basket) = reader.next_basket().map_err(|error| error.to_string())? {
        match basket {
            Ok(basket) => {
                let playlist = basket.line().to_string();
                for item in basket.items() {
                    builder.add(&playlist, "", item, None);
                }
                if basket.line().is_multiple_of(ROWS_BETWEEN_REPORTS / 16) {
                    report(stream, builder.rows());
                }
            }
            Err(line) => unreadable.note(name, &line),
        }
    }
    Ok(())
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
