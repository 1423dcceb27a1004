//! A table of songs, one a row.

use super::{ListedSong, ReadError, SongList};
use crate::csv::{Columns, Reader};

pub(super) fn read(content: &str) -> Result<SongList, ReadError> {
    let failed = |error: crate::csv::Error| ReadError::Csv(error.to_string());
    let mut reader = Reader::delimited(content.as_bytes(), Columns::Songs, delimiter(content)).map_err(failed)?;
    let mut list = SongList::default();
    while let Some(row) = reader.next_row().map_err(failed)? {
        match row {
            Ok(row) => list.songs.push(ListedSong {
                title: row.title.to_owned(),
                artist: row.artist.to_owned(),
                uri: row.uri.unwrap_or_default().to_owned(),
            }),
            Err(_) => list.unreadable += 1,
        }
    }
    Ok(list)
}

/// Whether text without a telling name begins with a header of several columns, one of them for titles.
pub(super) fn has_header(content: &str) -> bool {
    let first = content.lines().next().unwrap_or_default();
    let delimiter = delimiter(content);
    first.as_bytes().contains(&delimiter) && Reader::delimited(first.as_bytes(), Columns::Songs, delimiter).is_ok()
}

pub(super) fn write(list: &SongList) -> String {
    let mut text = String::from("Track URI,Track Name,Artist Name(s)\r\n");
    for song in &list.songs {
        for (field, end) in [(&song.uri, ","), (&song.title, ","), (&song.artist, "\r\n")] {
            text.push('"');
            text.push_str(&field.replace('"', "\"\""));
            text.push('"');
            text.push_str(end);
        }
    }
    text
}

/// What separates the fields of the header: whichever of comma, semicolon and tab it has most of.
fn delimiter(content: &str) -> u8 {
    let header = content.lines().next().unwrap_or_default().as_bytes();
    let count = |wanted: u8| header.iter().filter(|&&byte| byte == wanted).count();
    let mut best = b',';
    for other in [b';', b'\t'] {
        if count(other) > count(best) {
            best = other;
        }
    }
    best
}
