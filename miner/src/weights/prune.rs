//! Pruning: which pairs to let go of first.
//!
//! A pair adds its weight to a suggestion's score, whoever of its two songs is the seed. So the light pairs go first,
//! over the whole table, rather than so many of each song: that is what costs the least for a size, as measured in
//! `docs/quality.md`. A few of the heaviest pairs of each song, the *floor*, are spared, or songs whose pairs are all
//! light would have no neighbours left.

use super::WeighedPairs;

/// Pairs in the order in which they are kept.
#[derive(Clone, Debug)]
pub struct Prunable {
    pairs: WeighedPairs,
    /// Positions of pairs, the heaviest first, ties to the smaller position.
    by_weight: Vec<u32>,
    /// For each pair the better of its ranks in the rows of its two songs, from 0.
    ranks: Vec<u16>,
}

impl Prunable {
    /// Puts pairs in order.
    #[must_use]
    pub fn new(pairs: WeighedPairs) -> Self {
        let mut by_weight: Vec<u32> = (0..pairs.weights.len() as u32).collect();
        by_weight.sort_unstable_by(|&left, &right| {
            let weight = |at: u32| pairs.weights[at as usize];
            weight(right).total_cmp(&weight(left)).then(left.cmp(&right))
        });
        // Who comes by in the order of weights comes by in the order of both its rows.
        let smaller = pairs.smaller_songs();
        let mut seen = vec![0_u16; pairs.ends.len()];
        let mut ranks = vec![0; by_weight.len()];
        for &at in &by_weight {
            let mut next = |song: u32| {
                let rank = seen[song as usize];
                seen[song as usize] = rank.saturating_add(1);
                rank
            };
            ranks[at as usize] = next(smaller[at as usize]).min(next(pairs.others[at as usize]));
        }
        Self { pairs, by_weight, ranks }
    }

    /// All of the pairs.
    #[must_use]
    pub fn pairs(&self) -> &WeighedPairs {
        &self.pairs
    }

    /// How many pairs are among the `floor` heaviest of either of their songs.
    #[must_use]
    pub fn in_floor(&self, floor: u16) -> usize {
        self.ranks.iter().filter(|&&rank| rank < floor).count()
    }

    /// `count` of the pairs: those in the floor, which are kept even if they are more, and the heaviest of the others.
    #[must_use]
    pub fn heaviest(&self, count: usize, floor: u16) -> WeighedPairs {
        let mut keep: Vec<bool> = self.ranks.iter().map(|&rank| rank < floor).collect();
        let spared = keep.iter().filter(|&&keep| keep).count();
        let others = self.by_weight.iter().filter(|&&at| self.ranks[at as usize] >= floor);
        for &at in others.take(count.saturating_sub(spared)) {
            keep[at as usize] = true;
        }
        self.pairs.retain(&keep)
    }
}

impl WeighedPairs {
    /// The smaller song of each pair.
    fn smaller_songs(&self) -> Vec<u32> {
        let mut songs = Vec::with_capacity(self.others.len());
        for (&end, song) in self.ends.iter().zip(0..) {
            songs.resize(end as usize, song);
        }
        songs
    }

    /// The pairs for which `keep` is true.
    fn retain(&self, keep: &[bool]) -> Self {
        let mut kept = Self::default();
        let mut start = 0;
        for &end in &self.ends {
            for at in (start..end as usize).filter(|&at| keep[at]) {
                kept.others.push(self.others[at]);
                kept.together.push(self.together[at]);
                kept.weights.push(self.weights[at]);
            }
            kept.ends.push(kept.others.len() as u32);
            start = end as usize;
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pairs of eight songs with these weights; 0 is no pair.
    fn pairs(weights: &[u8]) -> WeighedPairs {
        let mut pairs = WeighedPairs::default();
        let mut weights = weights.iter();
        for song in 0..8_u32 {
            for other in song + 1..8 {
                if let Some(&weight @ 1..) = weights.next() {
                    pairs.others.push(other);
                    pairs.together.push(u32::from(weight) * 2);
                    pairs.weights.push(f32::from(weight));
                }
            }
            pairs.ends.push(pairs.others.len() as u32);
        }
        pairs
    }

    fn listed(pairs: &WeighedPairs) -> Vec<(u32, u32, f32)> {
        let songs = pairs.smaller_songs();
        (0..songs.len()).map(|at| (songs[at], pairs.others[at], pairs.weights[at])).collect()
    }

    proptest! {
        #[test]
        fn what_goes_is_lighter_than_what_stays_and_in_no_floor(
            weights in prop::collection::vec(0_u8..20, 28),
            count in 0_usize..30,
            floor in 0_u16..4,
        ) {
            let all = pairs(&weights);
            let prunable = Prunable::new(all.clone());
            let kept = prunable.heaviest(count, floor);
            prop_assert_eq!(kept.others.len(), count.max(prunable.in_floor(floor)).min(all.others.len()));
            prop_assert_eq!(kept.ends.len(), 8);
            prop_assert!(kept.together.iter().zip(&kept.weights).all(|(&n, &weight)| n as f32 == weight * 2.0));
            let (all, kept) = (listed(&all), listed(&kept));
            let gone: Vec<_> = all.iter().filter(|pair| !kept.contains(pair)).collect();
            prop_assert_eq!(gone.len() + kept.len(), all.len());
            // Heavier pairs in a song's row than this one.
            let heavier = |song: u32, weight: f32| {
                all.iter().filter(|pair| (pair.0 == song || pair.1 == song) && pair.2 > weight).count()
            };
            for &&(_, _, weight) in &gone {
                for &(kept_one, kept_other, kept_weight) in &kept {
                    let spared = heavier(kept_one, kept_weight).min(heavier(kept_other, kept_weight));
                    prop_assert!(kept_weight >= weight || spared < usize::from(floor));
                }
            }
            if floor > 0 {
                for song in 0..8 {
                    let has = |pairs: &[(u32, u32, f32)]| pairs.iter().filter(|pair| pair.0 == song || pair.1 == song).count();
                    prop_assert!(has(&kept) >= has(&all).min(usize::from(floor)));
                }
            }
        }
    }
}
