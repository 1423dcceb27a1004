//! Holding playlists out: those a recommender is judged on, which it must not be trained on.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::identity::{SongIdentity, of_baskets, of_playlist};
use crate::baskets::Baskets;

/// Playlists to train on, and playlists to judge on.
#[derive(Clone, Debug)]
pub struct Split {
    /// To train on. Songs have the numbers they had.
    pub training: Baskets,
    /// To judge on: the songs of each playlist, ascending, in the same numbers.
    pub held_out: Vec<Vec<u32>>,
}

impl Split {
    /// Holds a random `share` (0 to 1) of the playlists out, rounded to whole playlists; the same for the same seed.
    #[must_use]
    pub fn seeded(baskets: &Baskets, share: f64, seed: u64) -> Self {
        let count = (baskets.len() as f64 * share.clamp(0.0, 1.0)).round() as usize;
        let mut order: Vec<(u64, usize)> =
            (0..baskets.len()).map(|at| (xxh3_64_with_seed(&(at as u64).to_le_bytes(), seed), at)).collect();
        order.sort_unstable();
        let mut held_out = vec![false; baskets.len()];
        for &(_, at) in &order[..count] {
            held_out[at] = true;
        }
        Self::new(baskets, |at| held_out[at])
    }

    /// Holds about a `share` (0 to 1) of the playlists out, chosen by what is in them: the same playlist is on the same
    /// side in every file, whatever the others are.
    #[must_use]
    pub fn by_content(baskets: &Baskets, share: f64) -> Self {
        let held_out = Self::are_held_out(baskets, share);
        Self::new(baskets, |at| held_out[at])
    }

    /// For each playlist whether [`Split::by_content`] holds it out.
    #[must_use]
    pub fn are_held_out(baskets: &Baskets, share: f64) -> Vec<bool> {
        let identities = of_baskets(baskets);
        // The upper half of the hash as a fraction of 1.
        let limit = share * 2_f64.powi(64);
        baskets.iter().map(|songs| ((of_playlist(songs, &identities) >> 64) as f64) < limit).collect()
    }

    /// Trains on one set of playlists and judges on another, whose songs are found by their names. Songs that the
    /// training playlists lack can be neither seed nor truth, so they are left out of the others.
    #[must_use]
    pub fn of_two(training: Baskets, judged: &Baskets) -> Self {
        let numbers: HashMap<SongIdentity, u32> = of_baskets(&training).into_iter().zip(0..).collect();
        let known: Vec<Option<u32>> =
            of_baskets(judged).iter().map(|identity| numbers.get(identity).copied()).collect();
        let held_out = judged
            .iter()
            .map(|songs| {
                let mut songs: Vec<u32> = songs.iter().filter_map(|&song| known[song as usize]).collect();
                songs.sort_unstable();
                songs
            })
            .collect();
        Self { training, held_out }
    }

    /// Holds out the playlists at the positions chosen.
    #[must_use]
    pub fn new(baskets: &Baskets, is_held_out: impl Fn(usize) -> bool) -> Self {
        let held_out = baskets.iter().enumerate().filter(|&(at, _)| is_held_out(at)).map(|(_, songs)| songs.to_vec());
        let held_out = held_out.collect();
        let mut training = baskets.clone();
        training.retain(|at| !is_held_out(at), |_| true);
        Self { training, held_out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::BasketsBuilder;
    use proptest::prelude::*;

    fn baskets(playlists: &[Vec<u32>]) -> Baskets {
        let mut builder = BasketsBuilder::default();
        for (at, songs) in playlists.iter().enumerate() {
            for song in songs {
                builder.add(&at.to_string(), "", &song.to_string(), None);
            }
        }
        builder.finish()
    }

    proptest! {
        #[test]
        fn every_playlist_is_on_one_side(
            playlists in prop::collection::vec(prop::collection::vec(0_u32..30, 1..6), 1..40),
            share in 0.0_f64..=1.0,
            seed in 0_u64..4,
        ) {
            let baskets = baskets(&playlists);
            for split in [Split::seeded(&baskets, share, seed), Split::by_content(&baskets, share)] {
                let mut sides: Vec<Vec<u32>> = split.training.iter().map(<[u32]>::to_vec).collect();
                sides.extend(split.held_out.iter().cloned());
                sides.sort();
                let mut all: Vec<Vec<u32>> = baskets.iter().map(<[u32]>::to_vec).collect();
                all.sort();
                prop_assert_eq!(sides, all);
            }
            let count = Split::seeded(&baskets, share, seed).held_out.len() as f64;
            prop_assert!((count - share * playlists.len() as f64).abs() <= 0.5);
        }

        #[test]
        fn a_playlist_stays_on_its_side_whatever_the_others_are(
            playlists in prop::collection::vec(prop::collection::btree_set(0_u32..30, 1..6), 1..40),
        ) {
            let playlists: Vec<Vec<u32>> = playlists.into_iter().map(|songs| songs.into_iter().collect()).collect();
            let titles = |baskets: &Baskets, songs: &[u32]| {
                let mut titles: Vec<String> =
                    songs.iter().map(|&song| baskets.titles.get(song as usize).to_owned()).collect();
                titles.sort();
                titles
            };
            let all = baskets(&playlists);
            let of_all = Split::by_content(&all, 0.4);
            let half = baskets(&playlists[playlists.len() / 2..]);
            for songs in &Split::by_content(&half, 0.4).held_out {
                let songs = titles(&half, songs);
                prop_assert!(of_all.held_out.iter().any(|other| titles(&all, other) == songs));
                prop_assert!(of_all.training.iter().all(|other| titles(&all, other) != songs));
            }
        }
    }

    #[test]
    fn another_seed_holds_others_out() {
        let baskets = baskets(&(0..100).map(|at| vec![at]).collect::<Vec<_>>());
        let held_out = |seed| Split::seeded(&baskets, 0.2, seed).held_out;
        assert_eq!(held_out(1).len(), 20);
        assert_eq!(held_out(1), held_out(1));
        assert_ne!(held_out(1), held_out(2));
    }

    #[test]
    fn songs_of_another_file_are_found_by_name() {
        let training = baskets(&[vec![1, 2, 3]]);
        let split = Split::of_two(training, &baskets(&[vec![9, 3], vec![2, 1, 7]]));
        assert_eq!(split.held_out, [vec![2], vec![0, 1]]);
    }
}
