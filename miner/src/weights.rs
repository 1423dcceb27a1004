//! Weights: from counts of pairs to the table that suggestions are scored with.

use segue_model::metadata::Mining;
use segue_model::pairs::{ForwardPairs, Scale};

use crate::counts::{Incidence, Neighbour};

/// Share of the kept weights that may fall below the low end of the scale.
const BELOW_SCALE: f64 = 0.002;

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
/// A pair weighs M_AB = √(W_AB · W_BA) with W_AB = n_A^−a · c_AB · n_B^−b, and stays if it is among the `neighbours`
/// heaviest of either song (ties to the smaller id). Rows are counted twice, first for each song's threshold and then
/// for the pairs themselves, so that memory holds only what is kept.
#[must_use]
pub fn weigh(incidence: &Incidence, mining: &Mining) -> WeightedPairs {
    // √(n_A^−a · n_B^−b · n_B^−a · n_A^−b) = (n_A · n_B)^−(a + b)/2
    let exponent = -(mining.antecedent_exponent + mining.consequent_exponent) / 2.0;
    let factors: Vec<f64> =
        (0..incidence.len() as u32).map(|song| libm::pow(f64::from(incidence.support(song)), exponent)).collect();
    let weight = |song: u32, neighbour: &Neighbour| {
        // The smaller id's factor first, so that both rows of a pair see the same bits.
        let (one, other) = (song.min(neighbour.song) as usize, song.max(neighbour.song) as usize);
        neighbour.weighted * (factors[one] * factors[other])
    };
    let heavier_first = |left: &(f64, u32), right: &(f64, u32)| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1));

    let kept = mining.neighbours.max(1) as usize;
    let thresholds: Vec<(f64, u32)> = incidence.map_rows(|song, neighbours| {
        let mut weights: Vec<(f64, u32)> =
            neighbours.iter().map(|neighbour| (weight(song, neighbour), neighbour.song)).collect();
        if weights.len() <= kept {
            return (0.0, u32::MAX);
        }
        *weights.select_nth_unstable_by(kept - 1, heavier_first).1
    });
    let rows: Vec<Vec<(u32, f64, u32)>> = incidence.map_rows(|song, neighbours| {
        let mut row: Vec<(u32, f64, u32)> = neighbours
            .iter()
            .filter(|neighbour| neighbour.song > song)
            .map(|neighbour| (neighbour.song, weight(song, neighbour), neighbour.together))
            .filter(|&(other, weight, _)| {
                heavier_first(&(weight, other), &thresholds[song as usize]).is_le()
                    || heavier_first(&(weight, song), &thresholds[other as usize]).is_le()
            })
            .collect();
        row.sort_unstable_by_key(|&(other, _, _)| other);
        row
    });

    let scale = scale_of(rows.iter().flatten().map(|&(_, weight, _)| weight));
    let mut weighted = WeightedPairs { scale, pairs: ForwardPairs::default(), together: Vec::new() };
    for row in rows {
        for (other, weight, together) in row {
            weighted.pairs.others.push(other);
            weighted.pairs.levels.push(scale.level(weight));
            weighted.together.push(together);
        }
        weighted.pairs.ends.push(weighted.pairs.others.len() as u32);
    }
    weighted
}

/// A scale over these weights, but for the lightest few.
fn scale_of(weights: impl Iterator<Item = f64>) -> Scale {
    let mut logarithms: Vec<f64> = weights.map(libm::log).collect();
    if logarithms.is_empty() {
        return Scale { low: 0.0, high: 0.0 };
    }
    let low = (logarithms.len() as f64 * BELOW_SCALE) as usize;
    let low = *logarithms.select_nth_unstable_by(low, f64::total_cmp).1;
    Scale { low, high: logarithms.iter().copied().fold(low, f64::max) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_pair_is_kept_when_either_song_ranks_it_high(
            lists in prop::collection::vec(prop::collection::btree_set(0_u32..15, 1..10), 1..25),
            neighbours in 1_u32..6,
        ) {
            let lists: Vec<Vec<u32>> = lists.into_iter().map(|list| list.into_iter().collect()).collect();
            let incidence = Incidence::new(15, lists.iter().map(|list| (&list[..], 1.0 / (list.len() as f64).sqrt())));
            let mining = Mining { neighbours, ..Mining::default() };
            let weighted = weigh(&incidence, &mining);

            let count = |one: u32, other: u32| {
                lists.iter().filter(|list| list.contains(&one) && list.contains(&other)).count() as u32
            };
            let weight = |one: u32, other: u32| {
                let both = lists.iter().filter(|list| list.contains(&one) && list.contains(&other));
                let sum: f64 = both.map(|list| 1.0 / (list.len() as f64).sqrt()).sum();
                let exponent = -(0.7 + 0.29) / 2.0;
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
