//! Baskets: each playlist as a set of songs, songs told apart by artist and title.

mod interner;
mod spellings;

use segue_model::catalogue::Names;
use segue_model::fold::{FoldTable, push_collapsed};
use segue_model::uris::parse_uri;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::unicode::fold_table;
use interner::Interner;
use spellings::Spellings;

/// Playlists as sets of songs.
#[derive(Clone, Debug, Default)]
pub struct Baskets {
    /// Artists' names, each artist once.
    pub artists: Names,
    /// Titles by song.
    pub titles: Names,
    /// Artist of each song.
    pub song_artists: Vec<u32>,
    /// Artists' names, exactly folded.
    pub artist_keys: Names,
    /// Titles by song, exactly folded.
    pub title_keys: Names,
    /// Id in the URI of each song, 0 without one.
    pub uris: Vec<u128>,
    /// How the names fold.
    pub fold: FoldTable,
    /// Where each playlist ends in `songs`.
    pub ends: Vec<usize>,
    /// The songs of each playlist, ascending, each once.
    pub songs: Vec<u32>,
    /// Rows that were read.
    pub rows: u64,
}

impl Baskets {
    /// How many playlists there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The songs of each playlist, ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        (0..self.len()).map(|at| {
            let start = if at == 0 { 0 } else { self.ends[at - 1] };
            &self.songs[start..self.ends[at]]
        })
    }

    /// A random sample of `count` playlists, the same for the same seed; all of them if there are no more.
    #[must_use]
    pub fn sample(mut self, count: usize, seed: u64) -> Self {
        if count >= self.len() {
            return self;
        }
        // Each playlist gets a random key; those with the smallest stay.
        let key = |at: usize| (xxh3_64_with_seed(&(at as u64).to_le_bytes(), seed), at);
        let mut keys: Vec<(u64, usize)> = (0..self.len()).map(key).collect();
        keys.select_nth_unstable(count);
        let mut chosen = vec![false; self.len()];
        for &(_, at) in &keys[..count] {
            chosen[at] = true;
        }
        self.retain(|at| chosen[at], |_| true);
        self
    }

    /// Keeps only some playlists (by their position) and only some songs of them; playlists without any song left go
    /// too. Songs keep their numbers.
    pub fn retain(&mut self, playlist: impl Fn(usize) -> bool, song: impl Fn(u32) -> bool) {
        let (mut ends, mut songs) = (Vec::new(), Vec::new());
        for (_, basket) in self.iter().enumerate().filter(|&(at, _)| playlist(at)) {
            let before = songs.len();
            songs.extend(basket.iter().copied().filter(|&number| song(number)));
            if songs.len() > before {
                ends.push(songs.len());
            }
        }
        self.rows = songs.len() as u64;
        (self.ends, self.songs) = (ends, songs);
    }
}

/// Collects rows, then merges what folding makes the same.
///
/// Memory grows with the rows by four bytes each, and with distinct songs; a row of a song that is known costs no
/// allocation.
#[derive(Default)]
pub struct BasketsBuilder {
    artists: Interner,
    /// Songs as they are spelled.
    spellings: Spellings,
    /// Artist of each of them.
    song_artists: Vec<u32>,
    uris: Vec<u128>,
    /// Songs without a URI so far.
    without_uri: usize,
    /// Song of each row.
    rows: Vec<u32>,
    /// Rows that follow each other in one playlist: the playlist, and its first row.
    runs: Vec<(u32, usize)>,
    playlists: u32,
    /// Names of the current file's playlists, and their numbers.
    playlist_names: Interner,
    numbers: Vec<u32>,
    /// The last row's playlist, as in `playlist_names`: files come grouped.
    last: Option<u32>,
}

impl BasketsBuilder {
    /// Begins a file: names of playlists are its own.
    pub fn begin_file(&mut self) {
        self.playlist_names = Interner::default();
        self.numbers.clear();
        self.last = None;
    }

    /// Begins a playlist without a name, to which [`BasketsBuilder::add_song`] adds.
    pub fn begin_playlist(&mut self) {
        self.last = None;
        let playlist = self.new_playlist();
        self.runs.push((playlist, self.rows.len()));
    }

    /// Adds a song to a playlist of the current file.
    pub fn add(&mut self, playlist: &str, artist: &str, title: &str, uri: Option<&str>) {
        let is_last = |last: u32| self.playlist_names.names().get(last as usize) == playlist;
        if !self.last.is_some_and(is_last) {
            let local = self.playlist_names.number(0, playlist);
            if local as usize == self.numbers.len() {
                let number = self.new_playlist();
                self.numbers.push(number);
            }
            self.last = Some(local);
            self.runs.push((self.numbers[local as usize], self.rows.len()));
        }
        self.add_song(artist, title, uri);
    }

    /// Adds a song to the playlist of the last call of [`BasketsBuilder::begin_playlist`] or [`BasketsBuilder::add`].
    pub fn add_song(&mut self, artist: &str, title: &str, uri: Option<&str>) {
        if self.runs.is_empty() {
            self.begin_playlist();
        }
        let song = self.spellings.number(artist, title);
        if song as usize == self.song_artists.len() {
            self.song_artists.push(self.artists.number(0, artist));
            self.uris.push(0);
            self.without_uri += 1;
        }
        // Mostly all songs have theirs, and memory need not be waited for to see it.
        if let Some(uri) = uri.filter(|_| self.without_uri > 0) {
            let known = &mut self.uris[song as usize];
            if *known == 0 {
                *known = parse_uri(uri).unwrap_or(0);
                self.without_uri -= usize::from(*known != 0);
            }
        }
        self.rows.push(song);
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.len() as u64
    }

    fn new_playlist(&mut self) -> u32 {
        self.playlists += 1;
        self.playlists - 1
    }

    /// The baskets: songs whose folded artist and title are equal become one, under the spelling with most rows; a
    /// song repeated in a playlist counts once.
    #[must_use]
    pub fn finish(self) -> Baskets {
        let Self { artists, spellings, song_artists, uris: old_uris, .. } = self;
        // Hash tables can be larger than what they find.
        let (artist_names, titles) = (artists.into_names(), spellings.into_titles());
        drop(self.playlist_names);
        let names = artist_names.iter().chain(titles.iter());
        let fold = fold_table(names.filter(|name| !name.is_ascii()).flat_map(str::chars));
        let mut weights = vec![0_u32; song_artists.len()];
        for &song in &self.rows {
            weights[song as usize] += 1;
        }
        let mut artist_weights = vec![0_u32; artist_names.len()];
        for (&artist, &weight) in song_artists.iter().zip(&weights) {
            artist_weights[artist as usize] += weight;
        }
        let artists = Merged::new(&fold, |_| 0, &artist_names, &artist_weights);
        let group = |&artist: &u32| artists.new_number[artist as usize];
        let songs = Merged::new(&fold, |song| group(&song_artists[song]), &titles, &weights);

        let mut uris = vec![0; songs.spelling.len()];
        for (&uri, &song) in old_uris.iter().zip(&songs.new_number) {
            if uris[song as usize] == 0 {
                uris[song as usize] = uri;
            }
        }
        let read = self.rows.len() as u64;
        let (ends, rows) = grouped(self.rows, &self.runs, self.playlists as usize, &songs.new_number);
        Baskets {
            artists: artists.spelled(&artist_names),
            titles: songs.spelled(&titles),
            song_artists: songs.spelling.iter().map(|&old| group(&song_artists[old as usize])).collect(),
            artist_keys: artists.keys,
            title_keys: songs.keys,
            uris,
            fold,
            ends,
            songs: rows,
            rows: read,
        }
    }
}

/// The songs of each playlist, ascending and each once, and where each playlist that has any ends. `runs` are the
/// playlists of the rows, in any order; `new_number` says what the songs in the rows are now called.
fn grouped(mut rows: Vec<u32>, runs: &[(u32, usize)], playlists: usize, new_number: &[u32]) -> (Vec<usize>, Vec<u32>) {
    for song in &mut rows {
        *song = new_number[*song as usize];
    }
    let run_ends = runs.iter().skip(1).map(|&(_, start)| start).chain([rows.len()]);
    let lengths = runs.iter().zip(run_ends).map(|(&(playlist, start), end)| (playlist as usize, start..end));
    let in_order = runs.is_sorted_by(|left, right| left.0 < right.0);
    let mut ends: Vec<usize> = Vec::with_capacity(playlists);
    if in_order {
        ends.extend(lengths.map(|(_, run)| run.end));
    } else {
        let mut next = vec![0; playlists];
        lengths.clone().for_each(|(playlist, run)| next[playlist] += run.len());
        let mut start = 0;
        for slot in &mut next {
            // First how many rows a playlist has; then where its next rows go, and so in the end where it ends.
            start += std::mem::replace(slot, start);
        }
        let mut moved = vec![0; rows.len()];
        for (playlist, run) in lengths {
            let slot = &mut next[playlist];
            moved[*slot..*slot + run.len()].copy_from_slice(&rows[run.clone()]);
            *slot += run.len();
        }
        (ends, rows) = (next, moved);
    }
    let (mut start, mut kept) = (0, 0);
    for end in &mut ends {
        rows[start..*end].sort_unstable();
        let first = kept;
        for at in start..*end {
            if kept == first || rows[kept - 1] != rows[at] {
                rows[kept] = rows[at];
                kept += 1;
            }
        }
        (start, *end) = (*end, kept);
    }
    rows.truncate(kept);
    // A playlist without songs ends where the one before it ends.
    let mut before = 0;
    ends.retain(|&end| std::mem::replace(&mut before, end) < end);
    (ends, rows)
}

/// What is left after names with equal keys were merged.
struct Merged {
    /// The new number of each old one.
    new_number: Vec<u32>,
    /// For each new number the old one whose spelling is kept.
    spelling: Vec<u32>,
    /// For each new number the folded name.
    keys: Names,
}

impl Merged {
    /// Merges names that are in one group (by their position) and fold to the same key.
    fn new(fold: &FoldTable, group: impl Fn(usize) -> u32, names: &Names, weights: &[u32]) -> Self {
        // Nearly all names are names of their own, of the same length folded.
        let mut interner = Interner::with_room(names.len(), names.text_len());
        let mut key = String::new();
        let numbered = names.iter().enumerate().map(|(at, name)| {
            fold.exact_into(name, &mut key);
            interner.number(group(at), &key)
        });
        let new_number: Vec<u32> = numbered.collect();
        let keys = interner.into_names();
        let mut spelling = vec![u32::MAX; keys.len()];
        for (&new, old) in new_number.iter().zip(0_u32..) {
            let kept = &mut spelling[new as usize];
            if *kept == u32::MAX || weights[old as usize] > weights[*kept as usize] {
                *kept = old;
            }
        }
        Self { new_number, spelling, keys }
    }

    /// The names in their kept spelling, white space collapsed: tabs and line ends have a meaning of their own in
    /// queries.
    fn spelled(&self, names: &Names) -> Names {
        let mut tidy = String::new();
        let mut spelled = Names::with_room(self.spelling.len(), names.text_len());
        for &old in &self.spelling {
            tidy.clear();
            push_collapsed(&mut tidy, names.get(old as usize));
            spelled.push(&tidy);
        }
        spelled
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_song_become_one() {
        let mut builder = BasketsBuilder::default();
        builder.begin_file();
        for (playlist, artist, title) in [
            ("a", "Beyoncé", "Halo"),
            ("a", "BEYONCE\u{301}", "HALO"),
            ("b", "Beyoncé", "Halo"),
            ("b", "Texas", "Halo"),
            ("b", "Beyoncé", " Crazy  in\tLove "),
        ] {
            builder.add(playlist, artist, title, None);
        }
        let baskets = builder.finish();
        assert_eq!(baskets.titles.iter().collect::<Vec<_>>(), ["Halo", "Halo", "Crazy in Love"]);
        assert_eq!(baskets.artists.iter().collect::<Vec<_>>(), ["Beyoncé", "Texas"]);
        assert_eq!(baskets.iter().collect::<Vec<_>>(), [&[0][..], &[0, 1, 2]]);
        assert_eq!(baskets.rows, 5);
    }

    #[test]
    fn playlists_of_two_files_are_apart_and_may_be_scattered() {
        let mut builder = BasketsBuilder::default();
        builder.begin_file();
        builder.add("1", "x", "a", None);
        builder.add("2", "x", "b", None);
        builder.add("1", "x", "b", None);
        builder.begin_file();
        builder.add("1", "x", "c", None);
        let baskets = builder.finish();
        assert_eq!(baskets.iter().collect::<Vec<_>>(), [&[0, 1][..], &[1], &[2]]);
    }

    #[test]
    fn playlists_without_names_are_each_their_own_and_empty_ones_none() {
        let mut builder = BasketsBuilder::default();
        builder.begin_file();
        builder.add("1", "x", "a", None);
        for titles in [&["b", "a", "b"][..], &[], &["b"]] {
            builder.begin_playlist();
            titles.iter().for_each(|title| builder.add_song("x", title, None));
        }
        builder.add("1", "x", "c", None);
        let baskets = builder.finish();
        assert_eq!(baskets.iter().collect::<Vec<_>>(), [&[0, 2][..], &[0, 1], &[1]]);
        assert_eq!(baskets.rows, 6);
    }

    proptest! {
        #[test]
        fn rows_in_any_order_give_the_same_baskets(rows in prop::collection::vec((0_u8..6, "[abAB ]{1,2}", "[aA]"), 0..40)) {
            let mut builder = BasketsBuilder::default();
            builder.begin_file();
            for (playlist, title, artist) in &rows {
                builder.add(&playlist.to_string(), artist, title, None);
            }
            let baskets = builder.finish();
            let key = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            let mut expected: Vec<(u8, BTreeSet<String>)> = Vec::new();
            for (playlist, title, _) in &rows {
                match expected.iter_mut().find(|(known, _)| known == playlist) {
                    Some((_, titles)) => _ = titles.insert(key(title)),
                    None => expected.push((*playlist, BTreeSet::from([key(title)]))),
                }
            }
            let found: Vec<BTreeSet<String>> = baskets
                .iter()
                .map(|songs| songs.iter().map(|&song| baskets.title_keys.get(song as usize).to_owned()).collect())
                .collect();
            let expected: Vec<BTreeSet<String>> = expected.into_iter().map(|(_, titles)| titles).collect();
            prop_assert_eq!(found, expected);
            prop_assert!(baskets.iter().all(|songs| songs.is_sorted_by(|left, right| left < right)));
            prop_assert_eq!(baskets.titles.len(), baskets.title_keys.len());
        }
    }

    #[test]
    fn a_sample_is_the_same_for_the_same_seed() {
        let mut builder = BasketsBuilder::default();
        for playlist in 0..100 {
            builder.add(&playlist.to_string(), "", &playlist.to_string(), None);
        }
        let baskets = builder.finish();
        let sample = |count, seed| baskets.clone().sample(count, seed).songs;
        assert_eq!(sample(10, 1).len(), 10);
        assert_eq!(sample(10, 1), sample(10, 1));
        assert_ne!(sample(10, 1), sample(10, 2));
        assert_eq!(sample(1_000, 1), baskets.songs);
    }
}
