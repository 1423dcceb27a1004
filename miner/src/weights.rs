//! Weights: from counts of pairs to the table that suggestions are scored with.

pub mod distil;
mod heaviest;
pub mod ials;
mod mix;
pub mod prune;
mod union;

use std::sync::{Mutex, PoisonError};

use segue_model::metadata::Mining;
use segue_model::pairs::{ForwardPairs, LEVELS, Scale};

use crate::build::Report;
use crate::counts::{Counting, Incidence};
use heaviest::Heaviest;
use union::{HeaviestRows, Union};

/// Songs whose rows are counted before what is kept of them is put together.
const SONGS_IN_A_BLOCK: u32 = 1 << 12;

/// Share of the kept weights that may fall below the low end of the scale.
const BELOW_SCALE: f64 = 0.002;

/// Unordered pairs with their weights: under the smaller id, ascending by the larger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeighedPairs {
    /// For each song, where its pairs end in the other arrays.
    pub ends: Vec<u32>,
    /// The larger id of each pair.
    pub others: Vec<u32>,
    /// Playlists with both songs of each pair.
    pub together: Vec<u32>,
    /// The weight of each pair.
    pub weights: Vec<f32>,
}

/// A weight table with the exact counts of its pairs.
#[derive(Clone, Debug)]
pub struct WeightedPairs {
    /// What the levels stand for.
    pub scale: Scale,
    /// Pairs and levels.
    pub pairs: ForwardPairs,
    /// Playlists with both songs of each pair.
    pub together: Vec<u32>,
}

/// The kept pairs of all songs.
///
/// A pair weighs M_AB = √(W_AB · W_BA) with W_AB = n_A^−a · c_AB · n_B^−b, to which a learned part may be added; it
/// stays if it weighs anything and is among the `neighbours` heaviest of either song (in single precision, ties to the
/// smaller id).
/// Each row is counted once, three times with a learned part; memory holds what is kept, and the rows of a block of
/// songs. `report` is told what goes on while something is learned.
#[must_use]
pub fn weigh(incidence: &Incidence, mining: &Mining, report: Report<'_>) -> WeighedPairs {
    report("counting pairs");
    let songs = incidence.len() as u32;
    let neighbours = mining.neighbours.max(1) as usize;
    let counting = Counting::new(incidence);
    let counted = mix::Counted::new(incidence, mining);
    let mixed = mining.learned.as_ref().map(|learned| mix::Mixed::new(&counting, &counted, learned, report));

    let mut union = Union::with_room(incidence.pairs().min(incidence.len() * neighbours));
    // Rows that were put together, whose memory is of use to the next block.
    let idle = Mutex::<Vec<HeaviestRows>>::default();
    let idle = || idle.lock().unwrap_or_else(PoisonError::into_inner);
    for first in (0..songs).step_by(SONGS_IN_A_BLOCK as usize) {
        let block = first..songs.min(first.saturating_add(SONGS_IN_A_BLOCK));
        let parts = counting.map(block, |counter, songs| {
            let mut heaviest = Heaviest::new(neighbours);
            let unused = idle().pop();
            let mut rows = unused.unwrap_or_else(HeaviestRows::default);
            rows.clear();
            let mut weights: Vec<f32> = Vec::new();
            for song in songs {
                let row = counter.count(song);
                weights.clear();
                match &mixed {
                    None => weights.extend(row.neighbours().map(|neighbour| counted.symmetric(song, &neighbour))),
                    Some(mixed) => {
                        weights.extend(row.neighbours().map(|neighbour| mixed.symmetric(&counted, song, &neighbour)));
                    }
                }
                heaviest.clear();
                heaviest.offer(&weights, row.songs());
                rows.push(song, &mut heaviest, |other| row.together(other));
            }
            rows
        });
        parts.iter().for_each(|rows| union.add(rows));
        idle().extend(parts);
    }
    union.into_pairs()
}

impl WeighedPairs {
    /// The weights as so many levels (2 to [`LEVELS`]): evenly spaced logarithms, beginning at the lowest level.
    #[must_use]
    pub fn quantised(self, levels: u32) -> WeightedPairs {
        let Self { ends, others, together, weights } = self;
        let mut scale = scale_of(&weights);
        // Where fewer levels are wanted, the file's scale goes on beyond the heaviest weight.
        scale.high = scale.low + (scale.high - scale.low) * (LEVELS - 1) as f64 / f64::from(levels.max(2) - 1);
        let to_level = Levels::of(scale);
        let levels = weights.iter().map(|&weight| to_level.level(f64::from(weight))).collect();
        WeightedPairs { scale, pairs: ForwardPairs { ends, others, levels }, together }
    }
}

/// A scale over these weights, but for the lightest few.
fn scale_of(weights: &[f32]) -> Scale {
    if weights.is_empty() {
        return Scale { low: 0.0, high: 0.0 };
    }
    // The lightest few are the heaviest few of the opposites; which songs they belong to does not matter.
    let mut lightest = Heaviest::of_any((weights.len() as f64 * BELOW_SCALE) as usize + 1);
    let mut high = 0.0_f32;
    for weights in weights.chunks(1 << 10) {
        let opposites: Vec<f32> = weights.iter().map(|weight| -weight).collect();
        lightest.offer(&opposites, &vec![0; weights.len()]);
        high = weights.iter().copied().fold(high, f32::max);
    }
    let low = lightest.finish().iter().map(|rank| -rank.weight()).fold(0.0, f32::max);
    let low = libm::log(f64::from(low));
    Scale { low, high: libm::log(f64::from(high)).max(low) }
}

/// The weights at which the levels of a scale begin: comparing is quicker than taking a logarithm for every pair.
struct Levels {
    begins: [f64; LEVELS],
}

impl Levels {
    fn of(scale: Scale) -> Self {
        let begin_of = |level: usize| {
            // Positive numbers are in the order of their bits.
            let (mut low, mut high) = (0, f64::INFINITY.to_bits());
            while low < high {
                let middle = low + (high - low) / 2;
                if usize::from(scale.level(f64::from_bits(middle))) < level { low = middle + 1 } else { high = middle }
            }
            f64::from_bits(low)
        };
        Self { begins: std::array::from_fn(begin_of) }
    }

    fn level(&self, weight: f64) -> u8 {
        // All of them are compared: that takes no branch.
        let reached: u8 = self.begins.iter().map(|&begin| u8::from(begin <= weight)).sum();
        reached.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn levels_are_those_of_the_scale() {
        for scale in [Scale { low: -4.0, high: 1.0 }, Scale { low: 0.3, high: 0.3 }] {
            let levels = Levels::of(scale);
            for step in -600..=200 {
                let weight = libm::exp(f64::from(step) / 100.0);
                assert_eq!(levels.level(weight), scale.level(weight), "{weight}");
            }
        }
    }

    proptest! {
        #[test]
        fn fewer_levels_are_coarser_and_no_others_are_used(
            weights in prop::collection::vec(1e-3_f32..1e3, 2..60),
            levels in 2_u32..=16,
        ) {
            let songs = weights.len() as u32 + 1;
            let pairs = WeighedPairs {
                ends: vec![songs - 1; songs as usize],
                others: (1..songs).collect(),
                together: vec![1; weights.len()],
                weights: weights.clone(),
            };
            let quantised = pairs.quantised(levels);
            prop_assert!(quantised.pairs.levels.iter().all(|&level| u32::from(level) < levels));
            let values = quantised.scale.values();
            let (low, high) = weights.iter().fold((f32::INFINITY, 0.0_f32), |(low, high), &w| (low.min(w), high.max(w)));
            let half_step = (f64::from(high) / f64::from(low)).ln() / f64::from(levels - 1) / 2.0;
            for (&level, &weight) in quantised.pairs.levels.iter().zip(&weights) {
                prop_assert!((values[usize::from(level)] / f64::from(weight)).ln().abs() <= half_step + 1e-9);
            }
        }

        #[test]
        fn a_pair_is_kept_when_either_song_ranks_it_high(
            lists in prop::collection::vec(prop::collection::btree_set(0_u32..15, 1..10), 1..25),
            neighbours in 1_u32..6,
        ) {
            let lists: Vec<Vec<u32>> = lists.into_iter().map(|list| list.into_iter().collect()).collect();
            // Powers of two, so that sums are exact here and there: rounded otherwise, equal ones would not be equal.
            let of = |list: &[u32]| 1.0 / (1 << (list.len() / 3)) as f32;
            let incidence = Incidence::new(15, lists.iter().map(|list| (&list[..], of(list))));
            let mining = Mining { neighbours, ..Mining::default() };
            let weighted = weigh(&incidence, &mining, &|_| {}).quantised(LEVELS as u32);

            let count = |one: u32, other: u32| {
                lists.iter().filter(|list| list.contains(&one) && list.contains(&other)).count() as u32
            };
            let weight = |one: u32, other: u32| {
                let both = lists.iter().filter(|list| list.contains(&one) && list.contains(&other));
                let sum: f32 = both.map(|list| of(list)).sum();
                let exponent = -(mining.antecedent_exponent + mining.consequent_exponent) / 2.0;
                let factor = |song| libm::pow(f64::from(incidence.support(song)), exponent) as f32;
                sum * (factor(one.min(other)) * factor(one.max(other)))
            };
            let top = |song: u32| {
                let mut others: Vec<u32> = (0..15).filter(|&o| o != song && count(song, o) > 0).collect();
                others.sort_by(|&l, &r| weight(song, r).total_cmp(&weight(song, l)).then(l.cmp(&r)));
                others.truncate(neighbours as usize);
                others
            };
            let mut at = 0;
            for song in 0..15_u32 {
                let end = weighted.pairs.ends[song as usize] as usize;
                let expected: Vec<u32> =
                    (song + 1..15).filter(|o| top(song).contains(o) || top(*o).contains(&song)).collect();
                prop_assert_eq!(&weighted.pairs.others[at..end], &expected[..]);
                for (other, together) in expected.iter().zip(&weighted.together[at..end]) {
                    prop_assert_eq!(*together, count(song, *other));
                }
                at = end;
            }
        }
    }
}
