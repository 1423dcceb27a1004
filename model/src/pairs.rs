//! The pair table: for each song its neighbours, with one weight for each unordered pair.

use std::ops::Range;

use crate::pace::Pace;
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
    /// Catalogues of less than 65,536 songs.
    Narrow(Vec<u16>),
    /// Larger ones.
    Wide(Vec<u32>),
}

impl Ids {
    fn with_capacity(capacity: usize, songs: usize) -> Self {
        if songs < NARROW {
            Self::Narrow(Vec::with_capacity(capacity))
        } else {
            Self::Wide(Vec::with_capacity(capacity))
        }
    }

    /// Makes it so long by this id.
    fn fill_to(&mut self, len: usize, id: u32) {
        match self {
            // In range by the choice made in `with_capacity`.
            Self::Narrow(ids) => ids.resize(len, id as u16),
            Self::Wide(ids) => ids.resize(len, id),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Narrow(ids) => ids.len(),
            Self::Wide(ids) => ids.len(),
        }
    }

    /// Puts the pairs of a song with larger ones into both rows, and their levels beside them; `next` is where.
    fn put(&mut self, song: usize, others: &[u32], of: &[u8], next: &mut [usize], levels: &mut [u8]) {
        match self {
            Self::Narrow(ids) => put_row(ids, |id| id as u16, song, others, of, next, levels),
            Self::Wide(ids) => put_row(ids, |id| id, song, others, of, next, levels),
        }
    }

    /// Puts the neighbours of the row at `start`, which have these levels, under their levels.
    fn group(&mut self, start: usize, levels: &[u8]) {
        let row = start..start + LEVELS + levels.len();
        match self {
            // A row has fewer neighbours than there are songs.
            Self::Narrow(ids) => group_row(&mut ids[row], levels, |end| end as u16),
            Self::Wide(ids) => group_row(&mut ids[row], levels, |end| end),
        }
    }

    fn get(&self, at: usize) -> u32 {
        match self {
            Self::Narrow(ids) => u32::from(ids[at]),
            Self::Wide(ids) => ids[at],
        }
    }
}

/// Narrow ids are below this, and there are fewer songs that have one.
pub(crate) const NARROW: usize = 1 << u16::BITS;

/// Entries of a row that are read together: rows begin and end with whole chunks. In a browser, less code is worth more.
pub(crate) const CHUNK: usize = if cfg!(target_arch = "wasm32") { 1 } else { 8 };

/// What stands for no song, of so many: the first id that none has.
pub(crate) fn nobody(songs: usize) -> u32 {
    songs as u32
}

/// Entries that are made room for in one step.
const CLEARED_AT_ONCE: usize = 1 << 16;

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

/// For each song its neighbours, those of each level side by side.
#[derive(Clone, Debug)]
pub struct PairTable {
    scale: Scale,
    values: [f64; LEVELS],
    /// The same over the value of the highest level: what scores are summed from.
    shares: [f32; LEVELS],
    /// Where each song's row begins, and the last one ends, in [`CHUNK`]s.
    starts: Vec<u32>,
    /// Number of pairs stored under smaller songs.
    pairs_before: Vec<u32>,
    /// A row for each song: where the neighbours of each level end among its neighbours, then these, of the lowest level
    /// first, ascending in each; then nobody, up to a whole chunk.
    rows: Ids,
    pairs: usize,
}

impl PairTable {
    /// Both directions of pairs that the checked open has proven consistent.
    pub(crate) async fn new(pace: &Pace<'_>, scale: Scale, pairs: &ForwardPairs) -> Self {
        let songs = pairs.ends.len();
        let row = |song: usize| {
            let start = if song == 0 { 0 } else { pairs.ends[song - 1] };
            start as usize..pairs.ends[song] as usize
        };
        let mut counts = vec![0_u32; songs];
        for song in 0..songs {
            count_row(song, &pairs.others[row(song)], &mut counts);
            pace.did(row(song).len()).await;
        }
        let mut starts = Vec::with_capacity(songs + 1);
        // Where the next neighbour of each song goes.
        let mut next = Vec::with_capacity(songs);
        let mut chunks = 0;
        for neighbours in counts {
            starts.push(chunks as u32);
            next.push(chunks * CHUNK + LEVELS);
            chunks += (LEVELS + neighbours as usize).div_ceil(CHUNK);
        }
        starts.push(chunks as u32);
        let entries = chunks * CHUNK;
        let mut rows = Ids::with_capacity(entries, songs);
        let mut levels = Vec::with_capacity(entries);
        // Memory that nobody used yet is slow.
        while rows.len() < entries {
            let more = (entries - rows.len()).min(CLEARED_AT_ONCE);
            rows.fill_to(rows.len() + more, nobody(songs));
            levels.resize(rows.len(), 0);
            pace.did(more).await;
        }
        // Rows come in ascending order, so every song's smaller neighbours are in place before its own row is reached. To
        // put them under their levels at once would write to sixteen places in each row, more than caches hold.
        for song in 0..songs {
            rows.put(song, &pairs.others[row(song)], &pairs.levels[row(song)], &mut next, &mut levels);
            pace.did(4 * row(song).len()).await;
        }
        for (&start, &end) in starts.iter().zip(&next) {
            let start = start as usize * CHUNK;
            let levels = &levels[start + LEVELS..end];
            rows.group(start, levels);
            pace.did(2 * levels.len()).await;
        }
        let pairs_before = (0..songs).map(|song| row(song).start as u32).collect();
        let values = scale.values();
        let shares = values.map(|value| (value / values[LEVELS - 1]) as f32);
        Self { scale, values, shares, starts, pairs_before, rows, pairs: pairs.others.len() }
    }

    /// Number of unordered pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs == 0
    }

    /// What the levels stand for.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// The neighbours of a song with their weights, the lightest first; ascending where these are equal.
    pub fn neighbours(&self, song: SongId) -> impl Iterator<Item = (SongId, f64)> {
        let of_level = move |(level, value): (Range<usize>, f64)| level.map(move |at| (self.id(at), value));
        self.levels(song).zip(self.values).flat_map(of_level)
    }

    /// The row of a song, for the scorer's inner loop.
    pub(crate) fn row(&self, song: SongId) -> Row<'_> {
        let place = self.place(song);
        match &self.rows {
            Ids::Narrow(rows) => Row::Narrow(&rows[place]),
            Ids::Wide(rows) => Row::Wide(&rows[place]),
        }
    }

    /// Where the first neighbour of a song is among those of all songs; the others of its row are behind it.
    pub(crate) fn first_neighbour(&self, song: SongId) -> usize {
        self.start(song.index()) + LEVELS
    }

    /// The neighbour at a place among those of all songs.
    pub(crate) fn neighbour(&self, at: usize) -> SongId {
        self.id(at)
    }

    /// For each level `factor` times its weight over the highest weight there is: never 0.
    pub(crate) fn votes(&self, factor: f32) -> [f32; LEVELS] {
        self.shares.map(|share| (factor * share).max(f32::MIN_POSITIVE))
    }

    /// Reads a little of every piece of these songs' rows: the pieces come into the processor's caches side by side, those of
    /// neighbours that are visited come one after the other.
    pub(crate) fn fetch(&self, songs: &[SongId]) {
        if cfg!(target_arch = "wasm32") {
            return; // One listener's songs are there from one request to the next.
        }
        // First where all rows are, so that none waits for another.
        for song in songs {
            std::hint::black_box(self.start(song.index()));
        }
        for song in songs {
            let start = self.start(song.index());
            match &self.rows {
                Ids::Narrow(rows) => fetch_row(&rows[start..]),
                Ids::Wide(rows) => fetch_row(&rows[start..]),
            }
        }
    }

    /// The weight of a pair, if it was kept.
    #[must_use]
    pub fn weight(&self, one: SongId, other: SongId) -> Option<f64> {
        let has_other = |level: Range<usize>| self.smaller(level.clone(), other.0 + 1) > self.smaller(level, other.0);
        self.levels(one).zip(self.values).find_map(|(level, value)| has_other(level).then_some(value))
    }

    /// The position of an unordered pair among the stored ones.
    #[must_use]
    pub fn pair_index(&self, one: SongId, other: SongId) -> Option<usize> {
        let (small, large) = if one < other { (one, other) } else { (other, one) };
        self.weight(small, large)?;
        let between = |level: Range<usize>| self.smaller(level.clone(), large.0) - self.smaller(level, small.0);
        Some(self.pairs_before[small.index()] as usize + self.levels(small).map(between).sum::<usize>())
    }

    /// The pairs as they are stored.
    #[must_use]
    pub fn forward_pairs(&self) -> ForwardPairs {
        let mut pairs = ForwardPairs::default();
        let mut row: Vec<(u32, u8)> = Vec::new();
        for song in (0..self.pairs_before.len() as u32).map(SongId) {
            row.clear();
            for (level, places) in (0..).zip(self.levels(song)) {
                let larger = places.map(|at| self.id(at)).filter(|&other| other > song);
                row.extend(larger.map(|other| (other.0, level)));
            }
            crate::sort::sort(&mut row);
            pairs.others.extend(row.iter().map(|&(other, _)| other));
            pairs.levels.extend(row.iter().map(|&(_, level)| level));
            pairs.ends.push(pairs.others.len() as u32);
        }
        pairs
    }

    fn place(&self, song: SongId) -> Range<usize> {
        self.start(song.index())..self.start(song.index() + 1)
    }

    fn start(&self, song: usize) -> usize {
        self.starts[song] as usize * CHUNK
    }

    /// Where the neighbours of each level are.
    fn levels(&self, song: SongId) -> impl Iterator<Item = Range<usize>> {
        let row = self.place(song).start;
        let mut start = row + LEVELS;
        (row..start).map(move |end| {
            let end = row + LEVELS + self.rows.get(end) as usize;
            std::mem::replace(&mut start, end)..end
        })
    }

    fn id(&self, at: usize) -> SongId {
        SongId(self.rows.get(at))
    }

    /// How many of these ascending neighbours are smaller than `id`.
    fn smaller(&self, neighbours: Range<usize>, id: u32) -> usize {
        let mut count = 0;
        let mut rest = neighbours.len();
        while rest > 0 {
            let half = rest / 2;
            let is_smaller = self.rows.get(neighbours.start + count + half) < id;
            count += if is_smaller { half + 1 } else { 0 };
            rest = if is_smaller { rest - half - 1 } else { half };
        }
        count
    }
}

// The following are functions of their own because what lives across the rests of `PairTable::new` is in memory, and would
// be looked up there for each neighbour.

#[inline(never)]
fn count_row(song: usize, others: &[u32], counts: &mut [u32]) {
    others.iter().for_each(|&other| counts[other as usize] += 1);
    counts[song] += others.len() as u32;
}

#[inline(never)]
fn put_row<Id>(
    rows: &mut [Id],
    id: impl Fn(u32) -> Id,
    song: usize,
    others: &[u32],
    of: &[u8],
    next: &mut [usize],
    levels: &mut [u8],
) {
    for (&other, &level) in others.iter().zip(of) {
        for (from, to) in [(song, other), (other as usize, song as u32)] {
            let at = next[from];
            rows[at] = id(to);
            levels[at] = level;
            next[from] += 1;
        }
    }
}

#[inline(never)]
fn group_row<Id: Copy>(row: &mut [Id], levels: &[u8], id: impl Fn(u32) -> Id) {
    let (ends, neighbours) = row.split_at_mut(LEVELS);
    let level = |level: u8| usize::from(level) % LEVELS;
    let mut next = [0; LEVELS];
    levels.iter().for_each(|&of| next[level(of)] += 1);
    let mut sum = 0;
    for (next, end) in next.iter_mut().zip(ends) {
        let count = std::mem::replace(next, sum);
        sum += count;
        *end = id(sum);
    }
    let ascending = neighbours.to_vec();
    for (&neighbour, &of) in ascending.iter().zip(levels) {
        let next = &mut next[level(of)];
        neighbours[*next as usize] = neighbour;
        *next += 1;
    }
}

/// Bytes that come into a processor's caches together.
const LINE: usize = 64;

/// Pieces of a row that are read in advance, always as many: how long a row is would have to be waited for.
const FETCHED: usize = 8;

fn fetch_row<Id: Copy>(rows: &[Id]) {
    for piece in 0..FETCHED {
        std::hint::black_box(rows.get(piece * (LINE / size_of::<Id>())).copied());
    }
}

/// The neighbours of a song behind where those of each level end among them, and before [`nobody`] as often as it takes to
/// fill a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Row<'a> {
    Narrow(&'a [u16]),
    Wide(&'a [u32]),
}

impl Row<'_> {
    /// Places for neighbours, those of nobody included.
    pub(crate) fn places(&self) -> usize {
        match self {
            Self::Narrow(row) => row.len() - LEVELS,
            Self::Wide(row) => row.len() - LEVELS,
        }
    }
}

/// The neighbours in a row, nobody included.
pub(crate) fn chunks<Id>(row: &[Id]) -> &[[Id; CHUNK]] {
    row[LEVELS..].as_chunks().0
}

/// Calls `visit` with each neighbour in a row and the vote of its level.
#[inline(always)] // So that what `visit` counts stays in registers.
pub(crate) fn visit_row<Id: Copy + Into<u32>>(row: &[Id], votes: [f32; LEVELS], mut visit: impl FnMut(Id, f32)) {
    let (ends, neighbours) = row.split_at(LEVELS);
    let mut start = 0;
    for (&end, vote) in ends.iter().zip(votes) {
        let end = end.into() as usize;
        for &neighbour in &neighbours[start..end] {
            visit(neighbour, vote);
        }
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::at_once;

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
        let table = at_once(async |pace| PairTable::new(pace, scale, &forward).await);
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
        assert_eq!(of_two, [far, 1], "by weight");
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
