//! The pair table: for each song its neighbours, with one weight for each unordered pair.

use crate::song::SongId;

/// Levels that a weight is quantised to.
pub const LEVELS: usize = 16;

/// The values that the 16 stored levels stand for: a logarithmic scale from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Natural logarithm of the value of level 0.
    pub low: f64,
    /// Natural logarithm of the value of level 15; not below `low`.
    pub high: f64,
}

impl Scale {
    /// The level nearest to a positive weight; weights beyond an end take that end.
    #[must_use]
    pub fn level(&self, weight: f64) -> u8 {
        let steps = (LEVELS - 1) as f64;
        let width = self.high - self.low;
        if width <= 0.0 {
            return LEVELS as u8 - 1;
        }
        // The clamp makes the cast exact.
        ((libm::log(weight) - self.low) / width * steps).round().clamp(0.0, steps) as u8
    }

    /// The weight that each level stands for.
    #[must_use]
    pub fn values(&self) -> [f64; LEVELS] {
        let step = (self.high - self.low) / (LEVELS - 1) as f64;
        std::array::from_fn(|level| libm::exp(self.low + step * level as f64))
    }
}

/// Ids in as few bytes as the catalogue allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ids {
    /// Catalogues of up to 65,536 songs.
    Narrow(Vec<u16>),
    /// Larger ones.
    Wide(Vec<u32>),
}

impl Ids {
    fn zeroed(len: usize, songs: usize) -> Self {
        if songs <= usize::from(u16::MAX) + 1 { Self::Narrow(vec![0; len]) } else { Self::Wide(vec![0; len]) }
    }

    fn set(&mut self, at: usize, id: u32) {
        match self {
            // In range by the choice made in `zeroed`.
            Self::Narrow(ids) => ids[at] = id as u16,
            Self::Wide(ids) => ids[at] = id,
        }
    }

    fn get(&self, at: usize) -> u32 {
        match self {
            Self::Narrow(ids) => u32::from(ids[at]),
            Self::Wide(ids) => ids[at],
        }
    }
}

/// Unordered pairs as they are stored: under the smaller id, ascending by the larger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForwardPairs {
    /// For each song, where its pairs end in the other arrays.
    pub ends: Vec<u32>,
    /// The larger id of each pair.
    pub others: Vec<u32>,
    /// The level of each pair's weight, below [`LEVELS`].
    pub levels: Vec<u8>,
}

/// For each song its neighbours in ascending order with the levels of their weights.
#[derive(Clone, Debug)]
pub struct PairTable {
    scale: Scale,
    values: [f64; LEVELS],
    /// Neighbours of song s are at `starts[s]..starts[s + 1]`.
    starts: Vec<u32>,
    /// Where in its row a song's larger neighbours begin: the pairs stored under it.
    forward: Vec<u32>,
    /// Number of pairs stored under smaller songs.
    pairs_before: Vec<u32>,
    neighbours: Ids,
    levels: Vec<u8>,
}

impl PairTable {
    /// Both directions of pairs that the checked open has proven consistent.
    pub(crate) fn new(scale: Scale, pairs: &ForwardPairs) -> Self {
        let songs = pairs.ends.len();
        let mut starts = vec![0_u32; songs + 1];
        let row = |song: usize| {
            let start = if song == 0 { 0 } else { pairs.ends[song - 1] };
            start as usize..pairs.ends[song] as usize
        };
        for song in 0..songs {
            starts[song + 1] += row(song).len() as u32;
            for &other in &pairs.others[row(song)] {
                starts[other as usize + 1] += 1;
            }
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut neighbours = Ids::zeroed(2 * pairs.others.len(), songs);
        let mut levels = vec![0_u8; 2 * pairs.others.len()];
        let mut forward = vec![0_u32; songs];
        let mut pairs_before = vec![0_u32; songs];
        // Rows come in ascending order, so every song's smaller neighbours are in place before its own row is reached.
        for song in 0..songs {
            forward[song] = next[song];
            pairs_before[song] = row(song).start as u32;
            for at in row(song) {
                let (other, level) = (pairs.others[at], pairs.levels[at]);
                for (from, to) in [(song as u32, other), (other, song as u32)] {
                    let slot = &mut next[from as usize];
                    neighbours.set(*slot as usize, to);
                    levels[*slot as usize] = level;
                    *slot += 1;
                }
            }
        }
        Self { scale, values: scale.values(), starts, forward, pairs_before, neighbours, levels }
    }

    /// Number of unordered pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.levels.len() / 2
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    /// What the levels stand for.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// The neighbours of a song, ascending, with their weights.
    pub fn neighbours(&self, song: SongId) -> impl ExactSizeIterator<Item = (SongId, f64)> {
        self.row(song).map(|at| (SongId(self.neighbours.get(at)), self.value(at)))
    }

    /// Calls `visit` with each neighbour of a song, ascending, and `factor` times its weight: the scorer's inner loop.
    #[inline(always)] // So that what `visit` counts stays in registers.
    pub(crate) fn for_each_neighbour(&self, song: SongId, factor: f64, mut visit: impl FnMut(usize, f64)) {
        let values = self.values.map(|value| factor * value);
        let row = self.row(song);
        let levels = &self.levels[row.clone()];
        match &self.neighbours {
            Ids::Narrow(ids) => {
                for (&id, &level) in ids[row].iter().zip(levels) {
                    visit(usize::from(id), values[usize::from(level) % LEVELS]);
                }
            }
            Ids::Wide(ids) => {
                for (&id, &level) in ids[row].iter().zip(levels) {
                    visit(id as usize, values[usize::from(level) % LEVELS]);
                }
            }
        }
    }

    /// The weight of a pair, if it was kept.
    #[must_use]
    pub fn weight(&self, one: SongId, other: SongId) -> Option<f64> {
        self.position(one, other).map(|at| self.value(at))
    }

    /// The position of an unordered pair among the stored ones.
    #[must_use]
    pub fn pair_index(&self, one: SongId, other: SongId) -> Option<usize> {
        let (small, large) = if one < other { (one, other) } else { (other, one) };
        let at = self.position(small, large)?;
        Some(at - self.forward[small.index()] as usize + self.pairs_before[small.index()] as usize)
    }

    /// The pairs as they are stored.
    #[must_use]
    pub fn forward_pairs(&self) -> ForwardPairs {
        let mut pairs = ForwardPairs::default();
        for song in 0..self.forward.len() {
            for at in self.forward[song] as usize..self.starts[song + 1] as usize {
                pairs.others.push(self.neighbours.get(at));
                pairs.levels.push(self.levels[at]);
            }
            pairs.ends.push(pairs.others.len() as u32);
        }
        pairs
    }

    fn row(&self, song: SongId) -> std::ops::Range<usize> {
        self.starts[song.index()] as usize..self.starts[song.index() + 1] as usize
    }

    fn position(&self, song: SongId, neighbour: SongId) -> Option<usize> {
        let row = self.row(song);
        let found = match &self.neighbours {
            Ids::Narrow(ids) => ids[row.clone()].binary_search(&u16::try_from(neighbour.0).ok()?),
            Ids::Wide(ids) => ids[row.clone()].binary_search(&neighbour.0),
        };
        Some(row.start + found.ok()?)
    }

    fn value(&self, at: usize) -> f64 {
        self.values[usize::from(self.levels[at])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(songs: usize, list: &[(u32, u32, u8)]) -> ForwardPairs {
        let mut pairs = ForwardPairs::default();
        for song in 0..songs as u32 {
            for &(_, other, level) in list.iter().filter(|pair| pair.0 == song) {
                pairs.others.push(other);
                pairs.levels.push(level);
            }
            pairs.ends.push(pairs.others.len() as u32);
        }
        pairs
    }

    fn both_directions_agree(songs: usize, far: u32) {
        let scale = Scale { low: -3.0, high: 0.0 };
        let list = [(0, 1, 15), (0, far, 3), (1, 2, 7), (2, far, 0)];
        let forward = pairs(songs, &list);
        let table = PairTable::new(scale, &forward);
        assert_eq!(table.len(), 4);
        for (index, &(one, other, level)) in list.iter().enumerate() {
            let (one, other) = (SongId(one), SongId(other));
            let value = scale.values()[usize::from(level)];
            assert_eq!(table.weight(one, other), Some(value));
            assert_eq!(table.weight(other, one), Some(value));
            assert_eq!(table.pair_index(one, other), Some(index));
            assert_eq!(table.pair_index(other, one), Some(index));
        }
        assert_eq!(table.weight(SongId(1), SongId(far)), None);
        let of_two: Vec<u32> = table.neighbours(SongId(2)).map(|(song, _)| song.0).collect();
        assert_eq!(of_two, [1, far]);
        assert_eq!(table.forward_pairs(), forward);
    }

    #[test]
    fn both_directions_agree_with_narrow_ids() {
        both_directions_agree(5, 4);
    }

    #[test]
    fn both_directions_agree_with_wide_ids() {
        both_directions_agree(70_000, 69_999);
    }

    #[test]
    fn a_weight_comes_back_within_half_a_step() {
        let scale = Scale { low: -4.0, high: 1.0 };
        let step = 5.0 / 15.0;
        for exponent in -40..=10 {
            let logarithm = f64::from(exponent) / 10.0;
            let back = libm::log(scale.values()[usize::from(scale.level(libm::exp(logarithm)))]);
            assert!((back - logarithm).abs() <= step / 2.0 + 1e-9);
        }
        assert_eq!(scale.level(1e-9), 0);
        assert_eq!(scale.level(1e9), 15);
    }
}
