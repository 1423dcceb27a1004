//! Sums of votes, by song.

use std::ops::{Index, IndexMut};

use super::factors::Popularity;
use super::largest::{DEALT, Scored};
use crate::Model;
use crate::catalogue::BLOCK;
use crate::pairs::{CHUNK, LEVELS, NARROW, Row, chunks, visit_row};
use crate::song::SongId;

/// Adds up what songs say about their neighbours. The buffers are kept from one use to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Votes {
    /// By song; 0 between two uses, and for nobody always.
    sums: Vec<f32>,
    /// Songs whose neighbours have votes.
    voters: Vec<SongId>,
    /// What the scores of their neighbours are at most, those of one voter after those of the other; then 0 each time, up to
    /// a whole deal.
    bounds: Vec<f32>,
    /// For each deal where its first neighbour is in the table of pairs.
    deals: Vec<usize>,
}

impl Votes {
    /// Begins, with room for this many songs.
    pub(super) fn begin(&mut self, songs: usize) {
        self.voters.clear();
        // No less than there are narrow ids, which then are places without being compared; memory that nobody writes to costs
        // nothing, but in a browser.
        let places = if cfg!(target_arch = "wasm32") { songs + 1 } else { NARROW.max(songs + 1) };
        if self.sums.len() < places {
            self.sums = vec![0.0; places];
        }
    }

    /// Adds `weight` times the neighbours' weights of `song`.
    pub(super) fn add(&mut self, model: &Model, song: SongId, weight: f32) {
        let votes = model.pairs().votes(weight);
        let Self { sums, voters, .. } = self;
        match model.pairs().row(song) {
            Row::Narrow(row) => match narrow(sums) {
                Some(sums) => add_row(row, votes, sums),
                None => add_row(row, votes, sums.as_mut_slice()),
            },
            Row::Wide(row) => add_row(row, votes, sums.as_mut_slice()),
        }
        voters.push(song);
    }

    /// The sum of a song.
    pub(super) fn of(&self, song: SongId) -> f32 {
        self.sums[song.index()]
    }

    /// The songs with a sum, each scored by its sum and its popularity. The sums are forgotten.
    ///
    /// A song with several votes comes as often, with a score the first time. All else that is no song with a sum has none.
    pub(super) fn score<'a>(&'a mut self, model: &'a Model, popularity: &'a Popularity) -> Scored<'a> {
        let Self { sums, voters, bounds, deals } = self;
        let pairs = model.pairs();
        let factors = popularity.bounds();
        deals.clear();
        let mut start = 0;
        for &voter in voters.iter() {
            let row = pairs.row(voter);
            let end = start + row.places();
            let next = end.next_multiple_of(DEALT);
            if bounds.len() < next {
                bounds.resize(next, 0.0);
            }
            let (theirs, rest) = bounds[start..next].split_at_mut(row.places());
            match row {
                Row::Narrow(row) => match (narrow(sums), factors.first_chunk::<{ NARROW / BLOCK }>()) {
                    (Some(sums), Some(factors)) => take_row(row, sums, factors, theirs),
                    _ => take_row(row, sums.as_mut_slice(), factors, theirs),
                },
                Row::Wide(row) => take_row(row, sums.as_mut_slice(), factors, theirs),
            }
            rest.fill(0.0);
            let first = pairs.first_neighbour(voter);
            deals.extend((0..next - start).step_by(DEALT).map(|place| first + place));
            start = next;
        }
        Scored::at_most(&bounds[..start], Neighbours { deals, model, popularity })
    }
}

/// As many of these as there are narrow ids.
fn narrow<T>(all: &mut [T]) -> Option<&mut [T; NARROW]> {
    // In a browser, less code is worth more.
    if cfg!(target_arch = "wasm32") { None } else { all.first_chunk_mut() }
}

/// Adds the votes of a row.
#[inline(always)]
fn add_row<Id: Copy + Into<u32>>(
    row: &[Id],
    votes: [f32; LEVELS],
    sums: &mut (impl IndexMut<usize, Output = f32> + ?Sized),
) {
    visit_row(row, votes, |neighbour, vote| sums[neighbour.into() as usize] += vote);
}

/// Takes the sums of a row's neighbours, and makes bounds of them by the factors of their blocks.
#[inline(always)]
fn take_row<Id: Copy + Into<u32>>(
    row: &[Id],
    sums: &mut (impl IndexMut<usize, Output = f32> + ?Sized),
    factors: &(impl Index<usize, Output = f32> + ?Sized),
    bounds: &mut [f32],
) {
    // By chunks, which are written at once: what takes longest is writing.
    for (neighbours, bounds) in chunks(row).iter().zip(bounds.as_chunks_mut::<CHUNK>().0) {
        let taken = neighbours.map(|song| std::mem::take(&mut sums[song.into() as usize]));
        let factors = neighbours.map(|song| factors[song.into() as usize / BLOCK]);
        *bounds = std::array::from_fn(|at| taken[at] * factors[at]);
    }
}

/// The neighbours of some songs, and what their scores are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbours<'a> {
    deals: &'a [usize],
    model: &'a Model,
    popularity: &'a Popularity,
}

impl Neighbours<'_> {
    /// The one at a place: a song, where it has a bound.
    pub(super) fn song(&self, at: usize) -> SongId {
        self.model.pairs().neighbour(self.deals[at / DEALT] + at % DEALT)
    }

    /// The score of a song with this bound.
    pub(super) fn score(&self, song: SongId, bound: f32) -> f32 {
        bound * self.popularity.share(self.model.catalogue(), song)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::{CatalogueParts, Names};
    use crate::file::{Parts, TailParts, write};
    use crate::fold::FoldTable;
    use crate::metadata::Metadata;
    use crate::pairs::{ForwardPairs, Scale};
    use crate::rules::RuleTable;
    use crate::scoring::candidate::Candidate;
    use crate::scoring::largest::{Best, better_first};
    use crate::song::{ArtistId, Support};

    /// A model in which each of the first songs has pairs with those of all songs for which `level` gives one.
    fn model(songs: u32, seeds: u32, level: impl Fn(u32, u32) -> Option<u8>) -> Model {
        let mut pairs = ForwardPairs::default();
        for one in 0..songs {
            for other in one + 1..songs {
                if let Some(level) = level(one, other).filter(|_| one < seeds) {
                    pairs.others.push(other);
                    pairs.levels.push(level);
                }
            }
            pairs.ends.push(pairs.others.len() as u32);
        }
        let file = write(Parts {
            metadata: Metadata::default(),
            catalogue: CatalogueParts {
                titles: Names::new((0..songs).map(|song| format!("song {song}"))),
                artists: Names::new([""]),
                song_artists: vec![ArtistId(0); songs as usize],
                // Some blocks have one support, some have several.
                supports: (0..songs)
                    .rev()
                    .map(|song| Support(2 + song / 40 + song.saturating_sub(songs / 2)))
                    .collect(),
                works: (0..songs).map(SongId).collect(),
                fold: FoldTable::default(),
            },
            scale: Scale { low: -2.0, high: 1.0 },
            together: vec![1; pairs.others.len()],
            pairs,
            rules: RuleTable::default(),
            tail: TailParts::default(),
            uris: None,
        });
        Model::open(&file.unwrap()).unwrap()
    }

    proptest! {
        #[test]
        fn the_best_are_those_that_scoring_all_puts_first(
            songs in 60..700_u32, seeds in 1..6_u32, random in any::<u64>(), count in 1..40_usize, exponent in -1.5..1.5_f64,
        ) {
            let bits = |one: u32, other: u32| {
                let bits = random ^ (u64::from(one) << 32 | u64::from(other)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                (bits ^ bits >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40
            };
            let model = &model(songs, seeds, |one, other| {
                let bits = bits(one, other);
                (bits % 4 > 0).then_some((bits >> 8) as u8 % LEVELS as u8)
            });
            let popularity = &Popularity::new(model.catalogue(), exponent);
            let (mut votes, mut best) = (Votes::default(), Best::default());
            for _again in 0..2 {
                votes.begin(songs as usize);
                (0..seeds).map(SongId).for_each(|seed| votes.add(model, seed, 0.3 + seed.0 as f32));
                let mut expected: Vec<Candidate> = model.catalogue().songs()
                    .filter(|&song| votes.of(song) > 0.0)
                    .map(|song| Candidate::new(song, popularity.score(model.catalogue(), song, votes.of(song))))
                    .collect();
                expected.sort_unstable_by(better_first);

                expected.retain(|candidate| candidate.song().0 % 5 > 0);
                expected.truncate(count);
                let scored = votes.score(model, popularity);
                let mut looked_at = count;
                loop {
                    best.gather(scored, looked_at, count, |song| song.0 % 5 > 0);
                    if best.candidates.len() == count || looked_at >= scored.len() {
                        break;
                    }
                    // Not all that are looked at are wanted.
                    looked_at *= 2;
                }
                prop_assert_eq!(&best.candidates, &expected);
            }
        }
    }
}
