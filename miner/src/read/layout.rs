//! Telling a CSV with a song a row from one with a playlist a line.

use std::io::{self, BufRead, Cursor, Read as _};

use segue_playlists::lines::{self, Layout};

use crate::fetch::Input;

/// Bytes of a file that are looked at.
const BEGINNING: u64 = 1 << 16;

/// The layout of a CSV: what the user said, or what its beginning shows. `bytes` are left at the beginning.
///
/// # Errors
/// The beginning cannot be read.
pub(super) fn of(input: &Input, bytes: &mut Box<dyn BufRead>) -> Result<Layout, String> {
    if let Some(layout) = input.layout {
        return Ok(layout);
    }
    let unreadable = |error: io::Error| format!("{error}; check that the file is complete");
    // Nearly always the header is in the first buffer, and nothing has to be put back.
    if lines::layout(bytes.fill_buf().map_err(unreadable)?, false) == Some(Layout::Rows) {
        return Ok(Layout::Rows);
    }
    let mut all = std::mem::replace(bytes, Box::new(io::empty()));
    let mut beginning = Vec::new();
    (&mut all).take(BEGINNING).read_to_end(&mut beginning).map_err(unreadable)?;
    let whole = (beginning.len() as u64) < BEGINNING;
    // The reader of rows says what a header should have; here is not known to be anything better.
    let layout = lines::layout(&beginning, whole).unwrap_or(Layout::Rows);
    *bytes = Box::new(Cursor::new(beginning).chain(all));
    Ok(layout)
}

/// What to say beside an error in the header of a file whose layout was not told.
pub(super) const HINT: &str = "if every line is a playlist and every field a song, say --layout lines";
