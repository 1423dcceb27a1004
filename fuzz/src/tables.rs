//! Data sets: read, however the bytes arrive, or refused with a reason.

use std::fmt::Debug;
use std::io::{BufRead, BufReader};

use segue_playlists::csv::{Columns, Reader};
use segue_playlists::{dat, lines, mpd};

/// A CSV with one song a row. The first byte chooses the delimiter and the columns needed.
pub fn csv(input: &[u8]) {
    let Some((&choice, file)) = input.split_first() else { return };
    let columns = if choice & 1 == 0 { Columns::Playlists } else { Columns::Songs };
    let delimiter = [b',', b';', b'\t'][usize::from(choice / 2) % 3];
    same_however_it_arrives(file, |input| {
        let mut rows = Vec::new();
        let mut reader = match Reader::delimited(input, columns, delimiter) {
            Ok(reader) => reader,
            Err(error) => return vec![error.to_string()],
        };
        let mut line = 0;
        loop {
            match reader.next_row() {
                Ok(Some(Ok(row))) => {
                    assert!(row.line > line, "lines go back");
                    line = row.line;
                    assert!(!row.title.is_empty());
                    assert!(columns == Columns::Songs || !row.playlist.is_empty());
                    assert!([row.title, row.artist, row.playlist].iter().all(|field| field.trim() == *field));
                    rows.push(said(row));
                }
                Ok(Some(Err(unreadable))) => rows.push(unreadable.to_string()),
                Ok(None) => return rows,
                Err(error) => {
                    rows.push(error.to_string());
                    return rows;
                }
            }
        }
    });
}

/// A slice of the Million Playlist Dataset.
pub fn mpd(input: &[u8]) {
    same_however_it_arrives(input, |input| {
        let mut tracks = Vec::new();
        let mut last = 0;
        let read = mpd::read(input, |track| match track {
            Ok(track) => {
                assert!(track.playlist >= last && !track.title.trim().is_empty());
                last = track.playlist;
                tracks.push(said(track));
            }
            Err(unreadable) => tracks.push(unreadable.to_string()),
        });
        if let Ok(playlists) = read {
            assert!(tracks.is_empty() || last < playlists);
        }
        tracks.push(read.map_or_else(|error| error.to_string(), |playlists| playlists.to_string()));
        tracks
    });
}

/// One basket a line: FIMI numbers, or the fields of a CSV record.
pub fn baskets(input: &[u8]) {
    let whole = input.len().is_multiple_of(2);
    let _ = lines::layout(input, whole);
    same_however_it_arrives(input, |input| {
        let mut baskets = Vec::new();
        let mut reader = dat::Reader::new(input);
        let mut numbers = Vec::new();
        while let Ok(Some(basket)) = reader.next_basket() {
            match basket {
                Ok(basket) => {
                    assert!(basket.items().all(|item| !item.is_empty()));
                    let read = basket.numbers(&mut numbers).is_ok();
                    baskets.push(said((basket.line(), basket.items().collect::<Vec<_>>(), read.then_some(&numbers))));
                }
                Err(unreadable) => baskets.push(unreadable.to_string()),
            }
        }
        baskets
    });
    same_however_it_arrives(input, |input| {
        let mut baskets = Vec::new();
        let Ok(mut reader) = lines::Reader::new(input) else { return baskets };
        while let Ok(Some(basket)) = reader.next_basket() {
            match basket {
                Ok(basket) => {
                    let items: Vec<&str> = basket.items().collect();
                    assert!(!items.is_empty() && items.iter().all(|item| !item.is_empty() && item.trim() == *item));
                    baskets.push(said((basket.line(), items)));
                }
                Err(unreadable) => baskets.push(unreadable.to_string()),
            }
        }
        baskets
    });
}

/// A file read at once and one read a few bytes at a time are the same file.
fn same_however_it_arrives(file: &[u8], read: impl Fn(Box<dyn BufRead + '_>) -> Vec<String>) {
    let at_once = read(Box::new(file));
    let by_and_by = read(Box::new(BufReader::with_capacity(5, file)));
    assert_eq!(at_once, by_and_by);
}

fn said(what: impl Debug) -> String {
    format!("{what:?}")
}
