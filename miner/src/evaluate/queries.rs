//! Queries: some songs of a held-out playlist as seeds, its other songs as truth.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::restrict::supports;
use super::split::Split;

/// What is asked, and what should come out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The held-out playlist, by position.
    pub playlist: u32,
    /// Songs given, in random order.
    pub seeds: Vec<u32>,
    /// The playlist's other songs, ascending; at least one.
    pub truth: Vec<u32>,
}

/// All queries of a split, and what judging the answers takes.
#[derive(Clone, Debug)]
pub struct Queries {
    /// Grouped by number of seeds, in the order of `seed_counts`; in the order of playlists within.
    pub all: Vec<Query>,
    /// Numbers of seeds asked for, ascending.
    pub seed_counts: Vec<usize>,
    /// In how many training playlists each song is, by its number.
    pub supports: Vec<u32>,
    /// The artist of each song, by its number.
    pub song_artists: Vec<u32>,
    /// Held-out playlists.
    pub held_out: usize,
    /// Places in held-out playlists.
    pub places: usize,
    /// Places in held-out playlists that hold a song which no training playlist has.
    pub unknown_places: usize,
}

impl Queries {
    /// For each number k of seeds and each held-out playlist with more than k known songs, one query: k of them, drawn
    /// at random, are the seeds and the others are the truth. A song is known if a training playlist has it.
    ///
    /// The draw depends on `seed`, the playlist's songs and nothing else; with fewer seeds the same come first.
    #[must_use]
    pub fn new(split: &Split, seed_counts: &[usize], seed: u64) -> Self {
        let supports = supports(&split.training);
        let mut seed_counts = seed_counts.to_vec();
        seed_counts.sort_unstable();
        seed_counts.dedup();
        let known = |songs: &Vec<u32>| -> Vec<u32> {
            let mut known: Vec<u32> = songs.iter().copied().filter(|&song| supports[song as usize] > 0).collect();
            shuffle(&mut known, seed);
            known
        };
        let known: Vec<Vec<u32>> = split.held_out.iter().map(known).collect();
        let mut all = Vec::new();
        for &count in &seed_counts {
            for (songs, playlist) in known.iter().zip(0..).filter(|(songs, _)| songs.len() > count) {
                let (seeds, truth) = songs.split_at(count);
                let mut truth = truth.to_vec();
                truth.sort_unstable();
                all.push(Query { playlist, seeds: seeds.to_vec(), truth });
            }
        }
        let places = split.held_out.iter().map(Vec::len).sum();
        Self {
            all,
            seed_counts,
            supports,
            song_artists: split.training.song_artists.clone(),
            held_out: split.held_out.len(),
            places,
            unknown_places: places - known.iter().map(Vec::len).sum::<usize>(),
        }
    }

    /// Where the queries with so many seeds are in `all`.
    #[must_use]
    pub fn with_seeds(&self, count: usize) -> std::ops::Range<usize> {
        let start = self.all.partition_point(|query| query.seeds.len() < count);
        start..self.all.partition_point(|query| query.seeds.len() <= count)
    }

    /// Held-out playlists with a query.
    #[must_use]
    pub fn playlists(&self) -> usize {
        let mut asked = vec![false; self.held_out];
        for query in &self.all {
            asked[query.playlist as usize] = true;
        }
        asked.iter().filter(|&&asked| asked).count()
    }

    /// Songs that training playlists have.
    #[must_use]
    pub fn known_songs(&self) -> usize {
        self.supports.iter().filter(|&&support| support > 0).count()
    }

    /// A hash of all seeds: rankings belong to queries with the same.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let seeds = self.all.iter().flat_map(|query| query.seeds.iter().chain(&[u32::MAX]));
        xxh3_64(&seeds.flat_map(|song| song.to_le_bytes()).collect::<Vec<u8>>())
    }
}

/// Puts ascending songs into an order that is random, but the same for the same songs and seed.
fn shuffle(songs: &mut [u32], seed: u64) {
    let content: Vec<u8> = songs.iter().flat_map(|song| song.to_le_bytes()).collect();
    let own = xxh3_64_with_seed(&content, seed);
    songs.sort_by_cached_key(|song| (xxh3_64_with_seed(&song.to_le_bytes(), own), *song));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::BasketsBuilder;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn seeds_and_truth_are_the_known_songs_of_a_playlist(
            playlists in prop::collection::vec(prop::collection::vec(0_u32..30, 1..12), 2..30),
            seed in 0_u64..4,
        ) {
            let mut builder = BasketsBuilder::default();
            for (at, songs) in playlists.iter().enumerate() {
                for song in songs {
                    builder.add(&at.to_string(), "", &song.to_string(), None);
                }
            }
            let split = Split::seeded(&builder.finish(), 0.3, seed);
            let queries = Queries::new(&split, &[5, 1, 1], seed);
            prop_assert_eq!(&queries.seed_counts, &[1, 5]);
            let mut asked = 0;
            for &count in &queries.seed_counts {
                for query in &queries.all[queries.with_seeds(count)] {
                    prop_assert_eq!(query.seeds.len(), count);
                    let mut songs = query.seeds.clone();
                    songs.extend(&query.truth);
                    songs.sort_unstable();
                    let mut known = split.held_out[query.playlist as usize].clone();
                    known.retain(|song| split.training.songs.contains(song));
                    prop_assert_eq!(songs, known);
                    asked += 1;
                }
                let enough = |songs: &&Vec<u32>| {
                    songs.iter().filter(|song| split.training.songs.contains(song)).count() > count
                };
                prop_assert_eq!(queries.with_seeds(count).len(), split.held_out.iter().filter(enough).count());
            }
            prop_assert_eq!(asked, queries.all.len());
        }
    }
}
