//! Drawing songs by weight without putting them back.

use super::random::Random;

/// Weights that can be drawn from and set to 0, each in O(log n): a Fenwick tree of their sums.
#[derive(Clone, Debug)]
pub(super) struct Urn {
    weights: Vec<u64>,
    /// `sums[i]` is the sum of the `i & -i` weights that end with weight `i - 1`; `sums[0]` is unused.
    sums: Vec<u64>,
    total: u64,
}

impl Urn {
    /// An urn with one weight for each song.
    pub(super) fn new(weights: Vec<u64>) -> Self {
        let mut sums = vec![0; weights.len() + 1];
        for (index, &weight) in weights.iter().enumerate() {
            let node = index + 1;
            sums[node] += weight;
            let parent = node + lowest_bit(node);
            if parent < sums.len() {
                sums[parent] += sums[node];
            }
        }
        let total = weights.iter().sum();
        Self { weights, sums, total }
    }

    /// The weight that a song still has: 0 once it is removed.
    pub(super) fn weight(&self, index: usize) -> u64 {
        self.weights[index]
    }

    /// A song that is still in the urn, each as likely as its weight says; `None` if the urn is empty.
    pub(super) fn draw(&self, random: &mut Random) -> Option<usize> {
        if self.total == 0 {
            return None;
        }
        let mut left = random.below(self.total);
        let mut node = 0;
        let mut step = self.sums.len().next_power_of_two() / 2;
        while step > 0 {
            let next = node + step;
            if next < self.sums.len() && self.sums[next] <= left {
                left -= self.sums[next];
                node = next;
            }
            step /= 2;
        }
        Some(node)
    }

    /// Takes a song out; nothing happens if it is out already.
    pub(super) fn remove(&mut self, index: usize) {
        let weight = std::mem::take(&mut self.weights[index]);
        self.total -= weight;
        let mut node = index + 1;
        while node < self.sums.len() {
            self.sums[node] -= weight;
            node += lowest_bit(node);
        }
    }

    /// How many songs of equal weight would be as varied as these: (Σw)² / Σw².
    pub(super) fn effective_songs(&self) -> usize {
        let squares: u128 = self.weights.iter().map(|&weight| u128::from(weight).pow(2)).sum();
        u128::from(self.total).pow(2).checked_div(squares).unwrap_or(0) as usize
    }
}

/// The value of the lowest bit set in `node`: how many weights its sum covers.
fn lowest_bit(node: usize) -> usize {
    node & node.wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::{Random, Urn};

    #[test]
    fn every_song_with_weight_is_drawn_once_and_no_other() {
        let weights: Vec<u64> = (0..37).map(|index| index % 5).collect();
        let mut urn = Urn::new(weights.clone());
        let mut random = Random::for_playlist(3, 4);
        let mut drawn = Vec::new();
        while let Some(index) = urn.draw(&mut random) {
            urn.remove(index);
            drawn.push(index);
        }
        drawn.sort_unstable();
        let with_weight: Vec<usize> = (0..37).filter(|&index| weights[index] > 0).collect();
        assert_eq!(drawn, with_weight);
    }

    #[test]
    fn songs_are_drawn_as_often_as_their_weights_say() {
        let urn = Urn::new(vec![1, 0, 2, 5, 0, 12]);
        let mut random = Random::for_playlist(1, 1);
        let mut counts = [0_u64; 6];
        for _ in 0..20_000 {
            counts[urn.draw(&mut random).expect("there is weight")] += 1;
        }
        for (index, count) in counts.into_iter().enumerate() {
            let expected = urn.weight(index) * 1_000;
            assert!(count.abs_diff(expected) <= 250, "{counts:?}");
        }
    }

    #[test]
    fn equal_weights_are_as_many_effective_songs_and_one_heavy_song_is_one() {
        assert_eq!(Urn::new(vec![7; 30]).effective_songs(), 30);
        assert_eq!(Urn::new(vec![1_000_000, 1, 1, 1]).effective_songs(), 1);
        assert_eq!(Urn::new(vec![0; 4]).effective_songs(), 0);
    }
}
