//! Weights: from counts of pairs to the table that suggestions are scored with.

pub mod distil;
pub mod ials;
mod mix;
pub mod prune;

use segue_model::metadata::Mining;
use segue_model::pairs::{ForwardPairs, LEVELS, Scale};

use crate::build::Report;
use crate::counts::{Counting, Incidence};

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
    pub weights: Vec<f64>,
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
/// stays if it is among the `neighbours` heaviest of either song (ties to the smaller id). Each row is counted once,
/// three times with a learned part; memory holds what is kept, and the rows of a block of songs. `report` is told what
/// goes on while something is learned.
#[must_use]
pub fn weigh(incidence: &Incidence, mining: &Mining, report: Report<'_>) -> WeighedPairs {
    report("counting pairs");
    let songs = incidence.len() as u32;
    let neighbours = mining.neighbours.max(1) as usize;
    let counting = Counting::new(incidence);
    let counted = mix::Counted::new(incidence, mining);
    let mixed = mining.learned.as_ref().map(|learned| mix::Mixed::new(&counting, &counted, learned, report));

    let mut union = Union::default();
    for first in (0..songs).step_by(SONGS_IN_A_BLOCK as usize) {
        let block = first..songs.min(first.saturating_add(SONGS_IN_A_BLOCK));
        let parts = counting.map(block, |counter, songs| {
            let mut heaviest = Heaviest::new(neighbours);
            let mut rows = HeaviestRows::default();
            for song in songs {
                heaviest.clear();
                counter.for_each_neighbour(song, |neighbour| {
                    let weight = match &mixed {
                        None => counted.symmetric(song, &neighbour),
                        Some(mixed) => mixed.symmetric(&counted, song, &neighbour),
                    };
                    heaviest.offer(Weighed { weight, song: neighbour.song, together: neighbour.together });
                });
                rows.push(song, &mut heaviest);
            }
            rows
        });
        parts.iter().for_each(|rows| union.add(rows));
    }
    union.into_pairs()
}

/// A neighbour in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Weighed {
    weight: f64,
    song: u32,
    together: u32,
}

impl Weighed {
    /// Heavier first, ties to the smaller id.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }

    /// A number that rises in this order: numbers are compared without a branch, which would be guessed wrong every other time.
    fn rank(&self) -> u128 {
        // The order of `f64::total_cmp`: that of the bits, but negative numbers the other way round.
        let bits = self.weight.to_bits();
        let falling = if bits >> 63 == 0 { !bits ^ 1 << 63 } else { bits };
        u128::from(falling) << 32 | u128::from(self.song)
    }
}

/// The heaviest of what is offered, in a buffer of twice as many: when that is full, the lighter half goes, and from
/// then on nothing lighter than the rest comes in.
struct Heaviest {
    wanted: usize,
    found: Vec<Weighed>,
    lightest: Option<Weighed>,
}

impl Heaviest {
    fn new(wanted: usize) -> Self {
        Self { wanted, found: Vec::new(), lightest: None }
    }

    fn clear(&mut self) {
        self.found.clear();
        self.lightest = None;
    }

    #[inline]
    fn offer(&mut self, offered: Weighed) {
        if self.lightest.is_some_and(|lightest| offered.weight < lightest.weight) {
            return;
        }
        if self.found.len() == 2 * self.wanted {
            self.shrink();
        }
        self.found.push(offered);
    }

    fn shrink(&mut self) {
        if self.found.len() > self.wanted {
            self.lightest = Some(*self.found.select_nth_unstable_by(self.wanted - 1, Weighed::order).1);
            self.found.truncate(self.wanted);
        }
    }
}

/// The heaviest neighbours of some songs that follow one another.
#[derive(Default)]
struct HeaviestRows {
    /// The lightest in each row; none where the row has everything there is.
    lightest: Vec<Option<Weighed>>,
    /// Where the smaller and where the larger songs of each row end.
    ends: Vec<(u32, u32)>,
    /// In each row first the songs smaller than its own, in any order, then the larger ones, ascending.
    neighbours: Vec<Weighed>,
}

impl HeaviestRows {
    fn push(&mut self, song: u32, row: &mut Heaviest) {
        row.shrink();
        let is_smaller = |neighbour: &&Weighed| neighbour.song < song;
        self.neighbours.extend(row.found.iter().filter(is_smaller));
        let middle = self.neighbours.len();
        self.neighbours.extend(row.found.iter().filter(|neighbour| !is_smaller(neighbour)));
        self.neighbours[middle..].sort_unstable_by_key(|neighbour| neighbour.song);
        self.ends.push((middle as u32, self.neighbours.len() as u32));
        self.lightest.push(row.lightest);
    }
}

/// Pairs that are in the row of either of their songs, as rows come in.
#[derive(Default)]
struct Union {
    lightest: Vec<Option<Weighed>>,
    /// Pairs in the rows of their smaller songs, in columns: where the pairs of each song end, the larger songs, …
    ends: Vec<u32>,
    others: Vec<u32>,
    together: Vec<u32>,
    weights: Vec<f64>,
    /// Pairs in the rows of their larger songs only, with the smaller song; ascending by the larger.
    late: Vec<(u32, Weighed)>,
}

impl Union {
    fn add(&mut self, rows: &HeaviestRows) {
        let mut start = 0;
        for (&(middle, end), &lightest) in rows.ends.iter().zip(&rows.lightest) {
            let song = self.ends.len() as u32;
            let (smaller, larger) =
                (&rows.neighbours[start..middle as usize], &rows.neighbours[middle as usize..end as usize]);
            for neighbour in smaller {
                let mirrored = Weighed { song, ..*neighbour };
                // Everything is in a row without a lightest.
                let missing = |lightest: &Weighed| mirrored.order(lightest).is_gt();
                if self.lightest[neighbour.song as usize].as_ref().is_some_and(missing) {
                    self.late.push((neighbour.song, mirrored));
                }
            }
            self.others.extend(larger.iter().map(|neighbour| neighbour.song));
            self.together.extend(larger.iter().map(|neighbour| neighbour.together));
            self.weights.extend(larger.iter().map(|neighbour| neighbour.weight));
            self.ends.push(self.others.len() as u32);
            self.lightest.push(lightest);
            start = end as usize;
        }
    }

    /// Both kinds of pairs in one order.
    fn into_pairs(self) -> WeighedPairs {
        let Self { mut ends, mut others, mut together, mut weights, mut late, lightest: _ } = self;
        late.sort_unstable_by_key(|&(song, ref pair)| (song, pair.song));

        // The late ones go in from behind: until they are all in their places, there is room between those that are
        // done and those that are to be moved.
        let (mut read, mut write) = (others.len(), others.len() + late.len());
        others.resize(write, 0);
        together.resize(write, 0);
        weights.resize(write, 0.0);
        for song in (0..ends.len()).rev() {
            let start = if song == 0 { 0 } else { ends[song - 1] as usize };
            ends[song] = write as u32;
            loop {
                let before = |(of, pair): &mut (u32, Weighed)| {
                    *of as usize == song && (read == start || pair.song > others[read - 1])
                };
                if let Some((_, pair)) = late.pop_if(before) {
                    write -= 1;
                    (others[write], together[write], weights[write]) = (pair.song, pair.together, pair.weight);
                } else if read > start {
                    (read, write) = (read - 1, write - 1);
                    (others[write], together[write], weights[write]) = (others[read], together[read], weights[read]);
                } else {
                    break;
                }
            }
        }
        WeighedPairs { ends, others, together, weights }
    }
}

impl WeighedPairs {
    /// The weights as so many levels (2 to [`LEVELS`]): evenly spaced logarithms, beginning at the lowest level.
    #[must_use]
    pub fn quantised(self, levels: u32) -> WeightedPairs {
        let Self { ends, others, together, weights } = self;
        let mut scale = scale_of(weights.iter().copied(), weights.len());
        // Where fewer levels are wanted, the file's scale goes on beyond the heaviest weight.
        scale.high = scale.low + (scale.high - scale.low) * (LEVELS - 1) as f64 / f64::from(levels.max(2) - 1);
        let to_level = Levels::of(scale);
        let levels = weights.iter().map(|&weight| to_level.level(weight)).collect();
        WeightedPairs { scale, pairs: ForwardPairs { ends, others, levels }, together }
    }
}

/// A scale over these weights, but for the lightest few.
fn scale_of(weights: impl Iterator<Item = f64>, count: usize) -> Scale {
    if count == 0 {
        return Scale { low: 0.0, high: 0.0 };
    }
    // The lightest few are the heaviest few of the opposites.
    let mut lightest = Heaviest::new((count as f64 * BELOW_SCALE) as usize + 1);
    let mut high = 0.0_f64;
    for weight in weights {
        high = high.max(weight);
        lightest.offer(Weighed { weight: -weight, song: 0, together: 0 });
    }
    lightest.shrink();
    let low = lightest.found.iter().map(|pair| -pair.weight).fold(0.0, f64::max);
    let low = libm::log(low);
    Scale { low, high: libm::log(high).max(low) }
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
        self.begins.partition_point(|&begin| begin <= weight).saturating_sub(1) as u8
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
            weights in prop::collection::vec(1e-3_f64..1e3, 2..60),
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
            let (low, high) = weights.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), &w| (low.min(w), high.max(w)));
            let half_step = (high / low).ln() / f64::from(levels - 1) / 2.0;
            for (&level, weight) in quantised.pairs.levels.iter().zip(&weights) {
                prop_assert!((values[usize::from(level)] / weight).ln().abs() <= half_step + 1e-9);
            }
        }

        #[test]
        fn heavier_comes_first_then_the_smaller_song(weights in any::<(f64, f64)>(), songs in any::<(u32, u32)>(), equal in any::<bool>()) {
            let one = Weighed { weight: weights.0, song: songs.0, together: 0 };
            let other = Weighed { weight: if equal { weights.0 } else { weights.1 }, song: songs.1, together: 0 };
            let expected = other.weight.total_cmp(&one.weight).then(one.song.cmp(&other.song));
            prop_assert_eq!(one.order(&other), expected);
        }

        #[test]
        fn a_pair_is_kept_when_either_song_ranks_it_high(
            lists in prop::collection::vec(prop::collection::btree_set(0_u32..15, 1..10), 1..25),
            neighbours in 1_u32..6,
        ) {
            let lists: Vec<Vec<u32>> = lists.into_iter().map(|list| list.into_iter().collect()).collect();
            let incidence = Incidence::new(15, lists.iter().map(|list| (&list[..], 1.0 / (list.len() as f64).sqrt())));
            let mining = Mining { neighbours, ..Mining::default() };
            let weighted = weigh(&incidence, &mining, &|_| {}).quantised(LEVELS as u32);

            let count = |one: u32, other: u32| {
                lists.iter().filter(|list| list.contains(&one) && list.contains(&other)).count() as u32
            };
            let weight = |one: u32, other: u32| {
                let both = lists.iter().filter(|list| list.contains(&one) && list.contains(&other));
                let sum: f64 = both.map(|list| 1.0 / (list.len() as f64).sqrt()).sum();
                let exponent = -(mining.antecedent_exponent + mining.consequent_exponent) / 2.0;
                let factor = |song| libm::pow(f64::from(incidence.support(song)), exponent);
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
