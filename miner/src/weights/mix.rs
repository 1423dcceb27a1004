//! Mixing what was counted with what was learned.
//!
//! The counted part W¹_AB = n_A^−a · c_AB · n_B^−b and the learned part D (see [`distil`](super::distil)) are each
//! divided by the mean of their rows' largest entries, so that a weight between them means the same on every data set:
//! W = W¹ / topmean(W¹) + w · D / topmean(D). Only pairs that some playlist has are weighed: for each there are counts
//! to show for it.

use segue_model::metadata::{Learned, Mining};

use super::distil::Distilled;
use super::ials::{Learning, song_factors};
use crate::build::Report;
use crate::counts::{Counting, Incidence, Neighbour};

/// Largest entries of a row that its scale is taken from.
const TOP: usize = 20;

/// A learned part whose largest entries are smaller on average has learned nothing: where playlists have too little in
/// common, regularization leaves of the factors but noise, which no scale should blow up.
const LEAST_LEARNED: f64 = 1e-5;

/// The part that comes from counts.
pub(super) struct Counted {
    /// n^−a by song.
    antecedent: Vec<f64>,
    /// n^−b by song.
    consequent: Vec<f64>,
    /// n^−(a + b)/2 by song.
    both: Vec<f32>,
}

impl Counted {
    pub(super) fn new(incidence: &Incidence, mining: &Mining) -> Self {
        let powers = |exponent: f64| -> Vec<f64> {
            (0..incidence.len() as u32).map(|song| libm::pow(f64::from(incidence.support(song)), exponent)).collect()
        };
        // √(n_A^−a · n_B^−b · n_B^−a · n_A^−b) = (n_A · n_B)^−(a + b)/2
        let both = powers(-(mining.antecedent_exponent + mining.consequent_exponent) / 2.0);
        let both = both.into_iter().map(|power| power as f32).collect();
        if mining.learned.is_none() {
            return Self { antecedent: Vec::new(), consequent: Vec::new(), both };
        }
        Self { antecedent: powers(-mining.antecedent_exponent), consequent: powers(-mining.consequent_exponent), both }
    }

    /// √(W¹_AB · W¹_BA). A product of two factors has the same bits in either order, and so have both rows of a pair.
    #[inline]
    pub(super) fn symmetric(&self, song: u32, neighbour: &Neighbour) -> f32 {
        neighbour.weighted * (self.both[song as usize] * self.both[neighbour.song as usize])
    }

    /// W¹_AB.
    fn directed(&self, from: u32, to: u32, weighted: f32) -> f64 {
        f64::from(weighted) * (self.antecedent[from as usize] * self.consequent[to as usize])
    }
}

/// Both parts.
pub(super) struct Mixed {
    distilled: Distilled,
    /// What entries of either part are multiplied by.
    counted_factor: f64,
    learned_factor: f64,
}

impl Mixed {
    pub(super) fn new(counting: &Counting<'_>, counted: &Counted, learned: &Learned, report: Report<'_>) -> Self {
        let learning = Learning::from(learned);
        let sweeps = learning.sweeps;
        let progress = |done: usize| report(&format!("learning, sweep {done} of {sweeps}"));
        let factors = song_factors(counting.incidence(), &learning, &progress);
        report("weighing pairs");
        let distilled = Distilled::new(factors, learning.regularization);
        let factor = |mean: f64, weight: f64| if mean > 0.0 { weight / mean } else { 0.0 };
        let counted_mean = top_mean(counting, |song, pair| counted.directed(song, pair.song, pair.weighted));
        let learned_mean = top_mean(counting, |song, pair| distilled.entry(song, pair.song));
        Self {
            counted_factor: factor(counted_mean, 1.0),
            learned_factor: factor(learned_mean, if learned_mean < LEAST_LEARNED { 0.0 } else { learned.weight }),
            distilled,
        }
    }

    /// √(W_AB · W_BA); the same bits in both rows of the pair. Zero where what was learned against a pair outweighs what
    /// was counted for it, in either direction.
    pub(super) fn symmetric(&self, counted: &Counted, song: u32, neighbour: &Neighbour) -> f32 {
        let learned = self.learned_factor * self.distilled.entry(song, neighbour.song);
        let counted = |from: u32, to: u32| self.counted_factor * counted.directed(from, to, neighbour.weighted);
        let (there, back) = (counted(song, neighbour.song) + learned, counted(neighbour.song, song) + learned);
        (there.max(0.0) * back.max(0.0)).sqrt() as f32
    }
}

/// Mean over rows of the mean of their [`TOP`] largest entries.
fn top_mean(counting: &Counting<'_>, entry: impl Fn(u32, &Neighbour) -> f64 + Sync) -> f64 {
    let songs = counting.incidence().len() as u32;
    let sums = counting.map(0..songs, |counter, songs| {
        let mut row: Vec<f64> = Vec::new();
        let of_song = songs.map(|song| {
            row.clear();
            row.extend(counter.count(song).neighbours().map(|pair| entry(song, &pair)));
            if row.len() > TOP {
                row.select_nth_unstable_by(TOP - 1, |left, right| right.total_cmp(left));
                row.truncate(TOP);
            }
            row.iter().sum::<f64>() / TOP as f64
        });
        of_song.sum::<f64>()
    });
    sums.iter().sum::<f64>() / f64::from(songs.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::weigh;

    fn incidence() -> Incidence {
        let lists: Vec<Vec<u32>> =
            (0..60_u32).map(|at| (0..12).filter(|song| (at * 7 + song * (at % 5)) % 3 != 0).collect()).collect();
        Incidence::new(12, lists.iter().map(|list| (&list[..], 1.0 / (list.len() as f32).sqrt())))
    }

    fn mining(learned: Option<Learned>) -> Mining {
        Mining { learned, ..Mining::default() }
    }

    #[test]
    fn both_rows_of_a_pair_give_it_the_same_weight() {
        let incidence = incidence();
        let learned = Learned { factors: 4, regularization: 1.0, ..Learned::default() };
        let mining = mining(Some(learned.clone()));
        let counting = Counting::new(&incidence);
        let counted = Counted::new(&incidence, &mining);
        let mixed = Mixed::new(&counting, &counted, &learned, &|_| {});
        let rows = counting.map(0..12, |counter, songs| {
            let weigh = |song| {
                let row = counter.count(song);
                row.neighbours().map(|pair| (pair.song, mixed.symmetric(&counted, song, &pair))).collect::<Vec<_>>()
            };
            songs.map(weigh).collect::<Vec<_>>()
        });
        let rows: Vec<Vec<(u32, f32)>> = rows.into_iter().flatten().collect();
        for (row, song) in rows.iter().zip(0_u32..) {
            for (other, weight) in row {
                let back = rows[*other as usize].iter().find(|(back, _)| *back == song).unwrap();
                assert_eq!(back.1.to_bits(), weight.to_bits());
            }
        }
    }

    #[test]
    fn what_was_learned_changes_weights_and_not_counts() {
        let incidence = incidence();
        let weighed = |learned| weigh(&incidence, &mining(learned), &|_| {}).quantised(16);
        let counted = weighed(None);
        let learned = weighed(Some(Learned { factors: 4, regularization: 1.0, ..Learned::default() }));
        assert_eq!(counted.pairs.others, learned.pairs.others);
        assert_eq!(counted.together, learned.together);
        assert_ne!(counted.pairs.levels, learned.pairs.levels);
    }

    #[test]
    fn playlists_with_nothing_to_learn_from_are_weighed_by_counts() {
        // Regularization leaves nothing of three playlists.
        let lists: [&[u32]; 3] = [&[0, 1, 2], &[0, 2, 3], &[1, 3]];
        let incidence = Incidence::new(4, lists.iter().map(|&list| (list, 1.0)));
        let weighed = |learned| weigh(&incidence, &mining(learned), &|_| {}).quantised(16);
        let (counted, learned) = (weighed(None), weighed(Some(Learned::default())));
        assert_eq!(counted.pairs.levels, learned.pairs.levels);
    }
}
