//! Sums of votes, by song.

use std::ops::{Index, IndexMut};

use super::factors::Popularity;
use super::largest::Scored;
use crate::Model;
use crate::catalogue::{BLOCK, Catalogue};
use crate::pairs::{LEVELS, NARROW, Row, visit_row};
use crate::song::SongId;

/// Adds up what songs say about their neighbours. The buffers are kept from one use to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Votes {
    /// By song; 0 between two uses.
    sums: Vec<f32>,
    /// Songs with a sum, `count` of them, in the order in which they got it.
    touched: Vec<u32>,
    count: usize,
    /// Their sums.
    counted: Vec<f32>,
    /// What their scores are at most.
    bounds: Vec<f32>,
}

impl Votes {
    /// Makes room for this many songs.
    pub(super) fn fit(&mut self, songs: usize) {
        // One more than there can be: what is no news is written there, and over. And no less than there are narrow ids,
        // which then are places without being compared; memory that nobody writes to costs nothing, but in a browser.
        let places = if cfg!(target_arch = "wasm32") { songs + 1 } else { NARROW.max(songs + 1) };
        if self.sums.len() < places {
            self.sums = vec![0.0; places];
            self.touched = vec![0; places];
        }
    }

    /// Adds `weight` times the neighbours' weights of `song`.
    pub(super) fn add(&mut self, model: &Model, song: SongId, weight: f32) {
        let votes = model.pairs().votes(weight);
        let Self { sums, touched, count, .. } = self;
        *count = match model.pairs().row(song) {
            Row::Narrow(row) => match (narrow(sums), narrow(touched)) {
                // There are fewer songs than narrow ids, so the count is one too.
                (Some(sums), Some(touched)) => add_row(row, votes, sums, touched, *count, |count| count % NARROW),
                _ => add_row(row, votes, sums.as_mut_slice(), touched.as_mut_slice(), *count, |count| count),
            },
            Row::Wide(row) => add_row(row, votes, sums.as_mut_slice(), touched.as_mut_slice(), *count, |count| count),
        };
    }

    /// The sum of a song.
    pub(super) fn of(&self, song: SongId) -> f32 {
        self.sums[song.index()]
    }

    /// The songs with a sum, each scored by its sum times the factor of its popularity. The sums are forgotten.
    pub(super) fn score<'a>(&'a mut self, catalogue: &'a Catalogue, popularity: &'a Popularity) -> Scored<'a> {
        let Self { sums, touched, count, counted, bounds } = self;
        let songs = &touched[..std::mem::take(count)];
        counted.resize(songs.len(), 0.0);
        bounds.resize(songs.len(), 0.0);
        let factors = popularity.bounds();
        match (narrow(sums), factors.first_chunk::<{ NARROW / BLOCK }>()) {
            (Some(sums), Some(factors)) if catalogue.len() < NARROW => {
                take_sums(songs, |song| song % NARROW, sums, factors, counted, bounds);
            }
            _ => take_sums(songs, |song| song, sums.as_mut_slice(), factors, counted, bounds),
        }
        Scored::at_most(songs, bounds, Sums { sums: counted, catalogue, popularity })
    }
}

/// As many of these as there are narrow ids.
fn narrow<T>(all: &mut [T]) -> Option<&mut [T; NARROW]> {
    // In a browser, less code is worth more.
    if cfg!(target_arch = "wasm32") { None } else { all.first_chunk_mut() }
}

/// Adds the votes of a row, and gives the number of songs that have some then; `place` is where the next one goes.
#[inline(always)]
fn add_row<Id: Copy + Into<u32>>(
    row: &[Id],
    votes: [f32; LEVELS],
    sums: &mut (impl IndexMut<usize, Output = f32> + ?Sized),
    touched: &mut (impl IndexMut<usize, Output = u32> + ?Sized),
    mut count: usize,
    place: impl Fn(usize) -> usize,
) -> usize {
    visit_row(row, votes, |neighbour, vote| {
        let neighbour = neighbour.into();
        let sum = &mut sums[neighbour as usize];
        // Without a branch, which would go either way too often to be foreseen.
        touched[place(count)] = neighbour;
        count += usize::from(sum.to_bits() == 0);
        *sum += vote;
    });
    count
}

/// Takes the sums of songs, and makes bounds of them by the factors of their blocks.
#[inline(always)]
fn take_sums(
    songs: &[u32],
    place: impl Fn(usize) -> usize,
    sums: &mut (impl IndexMut<usize, Output = f32> + ?Sized),
    factors: &(impl Index<usize, Output = f32> + ?Sized),
    counted: &mut [f32],
    bounds: &mut [f32],
) {
    for ((&song, counted), bound) in songs.iter().zip(counted).zip(bounds) {
        let song = place(song as usize);
        *counted = std::mem::take(&mut sums[song]);
        *bound = *counted * factors[song / BLOCK];
    }
}

/// What scores at most so high are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums<'a> {
    sums: &'a [f32],
    catalogue: &'a Catalogue,
    popularity: &'a Popularity,
}

impl Sums<'_> {
    /// The score of a song, which is the one at this place.
    pub(super) fn score(&self, at: usize, song: SongId) -> f32 {
        self.sums[at] * self.popularity.of(self.catalogue, song)
    }

    /// What share of its bound a score is at least.
    pub(super) fn least_share(&self) -> f32 {
        self.popularity.least_share()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::{CatalogueParts, Names};
    use crate::pace::at_once;
    use crate::scoring::candidate::Candidate;
    use crate::scoring::largest::{Best, better_first};
    use crate::song::{ArtistId, Support};

    proptest! {
        #[test]
        fn none_that_is_better_is_missing_among_those_gathered_by_bounds(
            sums in prop::collection::vec(0.0..1_f32, 200..900), count in 1..40_usize, exponent in -0.6..0.6_f64,
        ) {
            let songs: Vec<u32> = (0..sums.len() as u32).collect();
            let parts = CatalogueParts {
                titles: Names::new(songs.iter().map(|_| "")),
                artists: Names::new([""]),
                song_artists: vec![ArtistId(0); songs.len()],
                supports: songs.iter().rev().map(|&song| Support(2 + song / 2)).collect(),
                works: songs.iter().map(|&song| SongId(song)).collect(),
                ..CatalogueParts::default()
            };
            let catalogue = at_once(async |pace| Catalogue::new(pace, parts).await);
            let popularity = &Popularity::new(&catalogue, exponent);
            let bounds: Vec<f32> =
                songs.iter().zip(&sums).map(|(&song, sum)| sum * popularity.bounds()[song as usize / BLOCK]).collect();
            let sums = Sums { sums: &sums, catalogue: &catalogue, popularity };
            let mut expected: Vec<Candidate> =
                songs.iter().map(|&song| Candidate::new(SongId(song), sums.score(song as usize, SongId(song)))).collect();
            expected.sort_unstable_by(better_first);

            let mut best = Best::default();
            best.gather(Scored::at_most(&songs, &bounds, sums), count, |_| true);
            let gathered = best.candidates.len();
            prop_assert!(gathered >= count);
            best.keep(gathered);
            prop_assert_eq!(&best.candidates[..], &expected[..gathered]);
        }
    }
}
