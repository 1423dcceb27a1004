//! Numbers for songs as they are spelled.

use hashbrown::HashTable;
use segue_model::catalogue::Names;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::interner::{Slot, find_or_insert};

/// Records begin at multiples of this, so that their places fit into 32 bits for 16 GiB of them.
const ALIGNMENT: usize = 4;

/// Bytes of a record before its texts.
const HEADER: usize = 12;

/// Numbers artist and title, as they are spelled, in the order of their first appearance.
///
/// All that a look-up compares is in one place of memory, to which the hash table leads at once: rows come in no order
/// that caches like, and waiting for memory is most of what a look-up takes.
#[derive(Default)]
pub(super) struct Spellings {
    /// Records one after the other: see [`Record`].
    records: Vec<u8>,
    count: u32,
    table: HashTable<Slot>,
}

impl Spellings {
    /// The number of a song.
    pub(super) fn number(&mut self, artist: &str, title: &str) -> u32 {
        let hash = xxh3_64_with_seed(title.as_bytes(), xxh3_64(artist.as_bytes())) as u32;
        let key = (self.records.len() / ALIGNMENT) as u32;
        let record_at = |key: u32| Record::at(&self.records, key as usize * ALIGNMENT);
        let slot = find_or_insert(&mut self.table, Slot { hash, key }, |key| {
            record_at(key).is_some_and(|known| known.title == title.as_bytes() && known.artist == artist.as_bytes())
        });
        if let Some(known) = record_at(slot.key) {
            return known.number;
        }
        let number = self.count;
        self.count += 1;
        for part in [number, artist.len() as u32, title.len() as u32] {
            self.records.extend_from_slice(&part.to_le_bytes());
        }
        self.records.extend_from_slice(artist.as_bytes());
        self.records.extend_from_slice(title.as_bytes());
        self.records.resize(self.records.len().next_multiple_of(ALIGNMENT), 0);
        number
    }

    /// The titles by song.
    pub(super) fn into_titles(self) -> Names {
        drop(self.table);
        let mut titles = Names::with_room(self.count as usize, self.records.len());
        let mut at = 0;
        while let Some(record) = Record::at(&self.records, at) {
            titles.push(&String::from_utf8_lossy(record.title));
            at = (at + HEADER + record.artist.len() + record.title.len()).next_multiple_of(ALIGNMENT);
        }
        titles
    }
}

/// A song: its number, the lengths of artist and title, each in four bytes, and both their texts.
struct Record<'a> {
    number: u32,
    artist: &'a [u8],
    title: &'a [u8],
}

impl<'a> Record<'a> {
    /// The record that begins here, if one does.
    #[inline]
    fn at(records: &'a [u8], at: usize) -> Option<Self> {
        let (header, rest) = records.get(at..)?.split_first_chunk::<HEADER>()?;
        let &[number, artist, title] = header.as_chunks().0 else { return None };
        let (artist, rest) = rest.split_at_checked(u32::from_le_bytes(artist) as usize)?;
        let title = rest.get(..u32::from_le_bytes(title) as usize)?;
        Some(Self { number: u32::from_le_bytes(number), artist, title })
    }
}
