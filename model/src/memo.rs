//! What has been found out about names, kept so that it is found out once.
//!
//! Everything here follows from the model alone, so it does not matter who finds it out first, nor whether two do at
//! once: both find the same. Nobody waits for more than that.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::api::Tier;
use crate::catalogue::{Packing, hash};
use crate::song::SongId;

/// The names of a catalogue's songs, which song has a name, and what titles mean.
#[derive(Debug)]
pub(crate) struct NameMemo {
    names: Box<[OnceLock<Named>]>,
    /// How many there are.
    songs: usize,
    /// Names whose hash ends alike. None unless songs are [looked up](LOOKS_UP).
    buckets: Box<[Bucket]>,
    /// How songs stand in them: behind bits of the hash, beginning with 1 for the first; 0 where there is room.
    packing: Packing,
    /// For each song that is the first of its exact title: the song that the bare title means, and its tier; 0 where
    /// that is not known yet.
    titles: Box<[AtomicU32]>,
}

/// The name of a song.
#[derive(Debug)]
pub(crate) struct Name {
    /// The name.
    pub(crate) text: String,
    /// How it resolves to the song, if it does.
    pub(crate) tier: Option<Tier>,
}

/// The names of songs that follow one another, in one piece of text: what is asked for often then lies together.
#[derive(Debug)]
struct Named {
    text: Box<str>,
    /// Where each ends in the text.
    ends: [u32; NAMED],
    tiers: [Option<Tier>; NAMED],
}

/// Songs that are named together. In a browser each by itself, since few are asked for.
const NAMED: usize = if LOOKS_UP { 16 } else { 1 };

/// Songs under the hashes of their names: as many as come into a processor's caches together.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Bucket([AtomicU32; 16]);

/// Whether names are looked up. Not in a browser, where one listener waits for few of them.
pub(crate) const LOOKS_UP: bool = !cfg!(target_arch = "wasm32");

/// Songs that share a bucket, at most: half of those that it has room for, since some get more than others.
const SONGS_EACH: usize = 8;

/// Tiers that a bare title can be found by.
const TIERS: [Tier; 3] = [Tier::Title, Tier::PlainTitle, Tier::BaseTitle];

impl NameMemo {
    /// Nothing known, for this many songs.
    pub(crate) fn new(songs: usize) -> Self {
        let buckets = if LOOKS_UP { songs.div_ceil(SONGS_EACH).next_power_of_two() } else { 0 };
        Self {
            names: (0..songs.div_ceil(NAMED)).map(|_| OnceLock::new()).collect(),
            songs,
            packing: Packing::for_ids(songs + 1),
            buckets: (0..buckets).map(|_| Bucket::default()).collect(),
            titles: (0..songs).map(|_| AtomicU32::new(0)).collect(),
        }
    }

    /// The name of a song. Those of its neighbours are found out together with it.
    pub(crate) fn name(&self, song: SongId, find_out: impl Fn(SongId) -> Name) -> &str {
        let (piece, at) = place(song);
        let first = song.index() - at;
        let songs = || (first..self.songs.min(first + NAMED)).map(|song| SongId(song as u32));
        let piece = &self.names[piece];
        let named = piece.get().unwrap_or_else(|| {
            let named = piece.get_or_init(|| Named::new(songs().map(find_out)));
            (0..).zip(songs()).for_each(|(at, song)| self.put(hash(named.name(at)), song));
            named
        });
        named.name(at)
    }

    /// The song of this name, and how the name resolves, if the song was named before.
    pub(crate) fn song(&self, text: &str) -> Option<(SongId, Tier)> {
        let hash = hash(text);
        let entries = self.bucket(hash)?.0.iter().map(|entry| entry.load(Ordering::Relaxed));
        // The first places are taken first.
        let taken = entries.take_while(|&entry| entry != 0);
        taken.filter(|&entry| self.packing.may_be(entry, hash)).find_map(|entry| {
            let song = SongId(self.packing.id(entry).wrapping_sub(1));
            let (piece, at) = place(song);
            let named = self.names.get(piece)?.get()?;
            (named.name(at) == text).then_some((song, named.tiers[at]?))
        })
    }

    /// Puts a song under the hash of its name. Where there is no room, which is so for less than one name in a hundred, the name
    /// is resolved each time.
    fn put(&self, hash: u32, song: SongId) {
        let entry = self.packing.pack(hash, song.0.wrapping_add(1));
        let take = |place: &AtomicU32| place.compare_exchange(0, entry, Ordering::Relaxed, Ordering::Relaxed);
        for place in self.bucket(hash).iter().flat_map(|bucket| &bucket.0) {
            // Whoever else had to name the song puts it there too.
            if take(place).map_or_else(|taken| taken == entry, |_| true) {
                break;
            }
        }
    }

    /// What the bare title means whose first song this is.
    pub(crate) fn title(&self, first: SongId) -> Option<(SongId, Tier)> {
        let known = self.titles.get(first.index())?.load(Ordering::Relaxed).checked_sub(1)?;
        let tiers = TIERS.len() as u32;
        Some((SongId(known / tiers), TIERS[(known % tiers) as usize]))
    }

    /// Keeps what the bare title means whose first song this is.
    pub(crate) fn keep_title(&self, first: SongId, song: SongId, tier: Tier) {
        let Some(slot) = self.titles.get(first.index()) else { return };
        let Some(at) = (0..).zip(TIERS).find_map(|(at, known)| (known == tier).then_some(at)) else { return };
        let known = song.0.checked_mul(TIERS.len() as u32).and_then(|known| known.checked_add(at + 1));
        // A catalogue of a thousand million songs would have some that are found out each time.
        slot.store(known.unwrap_or(0), Ordering::Relaxed);
    }

    fn bucket(&self, hash: u32) -> Option<&Bucket> {
        if !LOOKS_UP {
            return None; // Known to the compiler, which leaves out what is done with it.
        }
        // A power of two.
        self.buckets.get(hash as usize & self.buckets.len().wrapping_sub(1))
    }
}

/// In which piece a song's name is, and at which place in it.
fn place(song: SongId) -> (usize, usize) {
    let piece = song.index() / NAMED;
    (piece, song.index() - piece * NAMED)
}

impl Named {
    fn new(names: impl Iterator<Item = Name>) -> Self {
        let (mut text, mut ends, mut tiers) = (String::new(), [0; NAMED], [None; NAMED]);
        for ((name, end), tier) in names.zip(&mut ends).zip(&mut tiers) {
            text.push_str(&name.text);
            (*end, *tier) = (text.len() as u32, name.tier);
        }
        Self { text: text.into(), ends, tiers }
    }

    /// The name at a place among these.
    fn name(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        // Both ends are between two names.
        self.text.get(start as usize..self.ends[at] as usize).unwrap_or_default()
    }
}

impl Clone for NameMemo {
    /// Nothing known, for as many songs.
    fn clone(&self) -> Self {
        Self::new(self.songs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str, tier: Tier) -> Name {
        Name { text: text.into(), tier: Some(tier) }
    }

    #[test]
    fn what_was_found_out_is_not_asked_again() {
        let memo = NameMemo::new(2);
        for first in ["Home", "Dotan - Home"] {
            let find_out = |song: SongId| name(&format!("{first} {}", song.0), Tier::Title);
            assert_eq!(memo.name(SongId(1), find_out), "Home 1");
            assert_eq!(memo.name(SongId(0), find_out), "Home 0");
        }
    }

    #[test]
    fn songs_come_back_by_their_names_once_they_have_one() {
        let memo = NameMemo::new(1_000);
        let songs = || (0..1_000).map(SongId);
        let text = |song: SongId| format!("Song {}", song.0);
        assert!(songs().all(|song| memo.song(&text(song)).is_none()));
        songs().for_each(|song| {
            memo.name(song, |song| name(&text(song), Tier::Title));
        });
        let found = songs().filter(|&song| memo.song(&text(song)) == Some((song, Tier::Title))).count();
        assert!(found >= 990, "{found}: few have no room");
        assert_eq!(memo.song("Song"), None);
        assert_eq!(memo.song(""), None);
    }

    #[test]
    fn a_full_bucket_takes_no_more() {
        let memo = NameMemo::new(24);
        for song in (0..24).map(SongId) {
            memo.put(0, song);
            memo.put(0, song);
        }
        assert_eq!(memo.bucket(0).map(|bucket| bucket.0[15].load(Ordering::Relaxed)), Some(16));
    }

    #[test]
    fn a_titles_meaning_comes_back_with_its_tier() {
        let memo = NameMemo::new(3);
        for (song, tier) in [(SongId(0), Tier::Title), (SongId(2), Tier::BaseTitle), (SongId(1), Tier::PlainTitle)] {
            memo.keep_title(SongId(1), song, tier);
            assert_eq!(memo.title(SongId(1)), Some((song, tier)));
        }
        assert_eq!(memo.title(SongId(0)), None);
    }

    #[test]
    fn what_does_not_fit_is_not_kept() {
        let memo = NameMemo::new(1);
        memo.keep_title(SongId(0), SongId(u32::MAX / 2), Tier::Title);
        assert_eq!(memo.title(SongId(0)), None);
        memo.keep_title(SongId(9), SongId(0), Tier::Title);
        assert_eq!(memo.title(SongId(9)), None);
    }
}
