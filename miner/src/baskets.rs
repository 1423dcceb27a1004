//! Baskets: each playlist as a set of songs, songs told apart by artist and title.

use hashbrown::HashTable;
use segue_model::catalogue::Names;
use segue_model::fold::FoldTable;
use segue_model::uris::parse_uri;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::unicode::fold_table;

/// Playlists as sets of songs.
#[derive(Clone, Debug, Default)]
pub struct Baskets {
    /// Artists' names, each artist once.
    pub artists: Names,
    /// Titles by song.
    pub titles: Names,
    /// Artist of each song.
    pub song_artists: Vec<u32>,
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
#[derive(Default)]
pub struct BasketsBuilder {
    artists: Interner,
    /// Under the number of the artist.
    titles: Interner,
    song_artists: Vec<u32>,
    uris: Vec<u128>,
    /// Playlist and song of each row.
    rows: Vec<(u32, u32)>,
    playlists: u32,
    playlist_names: Interner,
    /// The last row's playlist: files come grouped.
    last: Option<u32>,
}

impl BasketsBuilder {
    /// Begins a file: names of playlists are its own.
    pub fn begin_file(&mut self) {
        self.playlists += self.playlist_names.names.len() as u32;
        self.playlist_names = Interner::default();
        self.last = None;
    }

    /// Adds a song to a playlist of the current file.
    pub fn add(&mut self, playlist: &str, artist: &str, title: &str, uri: Option<&str>) {
        let local = match self.last {
            Some(local) if self.playlist_names.names.get(local as usize) == playlist => local,
            _ => self.playlist_names.number(0, playlist),
        };
        self.last = Some(local);
        let artist = self.artists.number(0, artist);
        let song = self.titles.number(artist, title);
        if song as usize == self.song_artists.len() {
            self.song_artists.push(artist);
            self.uris.push(0);
        }
        if let (0, Some(uri)) = (self.uris[song as usize], uri) {
            self.uris[song as usize] = parse_uri(uri).unwrap_or(0);
        }
        self.rows.push((self.playlists + local, song));
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.len() as u64
    }

    /// The baskets: songs whose folded artist and title are equal become one, under the spelling with most rows; a
    /// song repeated in a playlist counts once.
    #[must_use]
    pub fn finish(mut self) -> Baskets {
        let fold = fold_table(self.artists.names.iter().chain(self.titles.names.iter()).flat_map(str::chars));
        let mut weights = vec![0_u32; self.song_artists.len()];
        for &(_, song) in &self.rows {
            weights[song as usize] += 1;
        }
        let mut artist_weights = vec![0_u32; self.artists.names.len()];
        for (&artist, &weight) in self.song_artists.iter().zip(&weights) {
            artist_weights[artist as usize] += weight;
        }
        let artist_keys = self.artists.names.iter().map(|name| (0, fold.exact(name)));
        let artists = Merged::new(artist_keys, &artist_weights);
        let title_keys = self
            .titles
            .names
            .iter()
            .zip(&self.song_artists)
            .map(|(title, &artist)| (artists.new_number[artist as usize], fold.exact(title)));
        let songs = Merged::new(title_keys, &weights);

        for (_, song) in &mut self.rows {
            *song = songs.new_number[*song as usize];
        }
        let read = self.rows.len() as u64;
        self.rows.sort_unstable();
        self.rows.dedup();
        let mut ends = Vec::new();
        for playlist in self.rows.chunk_by(|left, right| left.0 == right.0) {
            ends.push(ends.last().copied().unwrap_or(0) + playlist.len());
        }
        let mut uris = vec![0; songs.spelling.len()];
        for (&uri, &song) in self.uris.iter().zip(&songs.new_number) {
            if uris[song as usize] == 0 {
                uris[song as usize] = uri;
            }
        }
        let spelled = |merged: &Merged, names: &Names| {
            Names::new(merged.spelling.iter().map(|&old| tidy(names.get(old as usize))))
        };
        Baskets {
            artists: spelled(&artists, &self.artists.names),
            titles: spelled(&songs, &self.titles.names),
            song_artists: songs
                .spelling
                .iter()
                .map(|&old| artists.new_number[self.song_artists[old as usize] as usize])
                .collect(),
            uris,
            fold,
            ends,
            songs: self.rows.into_iter().map(|(_, song)| song).collect(),
            rows: read,
        }
    }
}

/// A name with its white space collapsed: tabs and line ends have a meaning of their own in queries.
fn tidy(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is left after names with equal keys were merged.
struct Merged {
    /// The new number of each old one.
    new_number: Vec<u32>,
    /// For each new number the old one whose spelling is kept.
    spelling: Vec<u32>,
}

impl Merged {
    fn new(keys: impl Iterator<Item = (u32, String)>, weights: &[u32]) -> Self {
        let mut interner = Interner::default();
        let new_number: Vec<u32> = keys.map(|(group, key)| interner.number(group, &key)).collect();
        let mut spelling = vec![u32::MAX; interner.names.len()];
        for (&new, old) in new_number.iter().zip(0_u32..) {
            let kept = &mut spelling[new as usize];
            if *kept == u32::MAX || weights[old as usize] > weights[*kept as usize] {
                *kept = old;
            }
        }
        Self { new_number, spelling }
    }
}

/// Numbers names in the order of their first appearance. Keys are always compared, never only their hashes.
#[derive(Default)]
struct Interner {
    names: Names,
    groups: Vec<u32>,
    table: HashTable<u32>,
}

impl Interner {
    /// The number of a name in a group.
    fn number(&mut self, group: u32, name: &str) -> u32 {
        let hash = |group: u32, name: &str| xxh3_64_with_seed(name.as_bytes(), u64::from(group));
        let (names, groups) = (&self.names, &self.groups);
        let same = |&at: &u32| groups[at as usize] == group && names.get(at as usize) == name;
        let key = hash(group, name);
        if let Some(&number) = self.table.find(key, same) {
            return number;
        }
        let number = self.groups.len() as u32;
        self.table.insert_unique(key, number, |&at| hash(groups[at as usize], names.get(at as usize)));
        self.names.push(name);
        self.groups.push(group);
        number
    }
}

#[cfg(test)]
mod tests {
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
