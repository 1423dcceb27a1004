//! Counting pairs: how many playlists have both of two songs, row by row, without a table of all pairs.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

/// Songs that one thread counts before it looks for more: enough to be worth the looking.
const SONGS_AT_A_TIME: usize = 32;

/// Playlists over song numbers, with the index from songs to playlists.
#[derive(Clone, Debug)]
pub struct Incidence {
    /// Where each playlist ends in `songs`.
    basket_ends: Vec<usize>,
    songs: Vec<u32>,
    /// What each playlist adds to the sums of its pairs.
    addends: Vec<u64>,
    packing: Packing,
    /// Where each song's playlists end in `baskets`.
    song_ends: Vec<usize>,
    baskets: Vec<u32>,
}

/// A neighbour of a song.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// The other song.
    pub song: u32,
    /// Playlists with both.
    pub together: u32,
    /// Summed weights of those playlists: c_AB.
    pub weighted: f32,
}

impl Incidence {
    /// Playlists of songs numbered below `songs`, each song once, each playlist with its weight.
    #[must_use]
    pub fn new<'a>(songs: usize, baskets: impl Iterator<Item = (&'a [u32], f32)>) -> Self {
        Self::from_iterators(songs, baskets.map(|(basket, weight)| (basket.iter().copied(), weight)))
    }

    /// The same from playlists that are not in memory as they are wanted here.
    #[must_use]
    pub fn from_iterators<I: Iterator<Item = u32>>(songs: usize, baskets: impl Iterator<Item = (I, f32)>) -> Self {
        let mut incidence = Self {
            basket_ends: Vec::new(),
            songs: Vec::new(),
            addends: Vec::new(),
            packing: Packing::default(),
            song_ends: vec![0; songs],
            baskets: Vec::new(),
        };
        let mut weights = Vec::new();
        for (basket, weight) in baskets {
            let start = incidence.songs.len();
            incidence.songs.extend(basket);
            incidence.songs[start..].sort_unstable();
            incidence.basket_ends.push(incidence.songs.len());
            // The weight of an empty playlist may be anything.
            weights.push(if start < incidence.songs.len() { weight } else { 0.0 });
        }
        for &song in &incidence.songs {
            incidence.song_ends[song as usize] += 1;
        }
        let most = incidence.song_ends.iter().copied().max().unwrap_or(0);
        incidence.packing = Packing::new(most, &weights);
        incidence.addends = weights.into_iter().map(|weight| incidence.packing.pack(weight)).collect();
        let mut start = 0;
        for end in &mut incidence.song_ends {
            // First where the song's playlists begin; moved to where they end as they are put in.
            start += std::mem::replace(end, start);
        }
        incidence.baskets = vec![0; incidence.songs.len()];
        for basket in 0..incidence.basket_ends.len() {
            for at in range(&incidence.basket_ends, basket) {
                let slot = &mut incidence.song_ends[incidence.songs[at] as usize];
                incidence.baskets[*slot] = basket as u32;
                *slot += 1;
            }
        }
        incidence
    }

    /// Number of songs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.song_ends.len()
    }

    /// Whether there are no songs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.song_ends.is_empty()
    }

    /// Playlists with a song.
    #[must_use]
    pub fn support(&self, song: u32) -> u32 {
        range(&self.song_ends, song as usize).len() as u32
    }

    /// The playlists with a song, by position, ascending.
    #[must_use]
    pub fn playlists_of(&self, song: u32) -> &[u32] {
        &self.baskets[range(&self.song_ends, song as usize)]
    }

    /// The songs of a playlist, ascending.
    #[must_use]
    pub fn songs_of(&self, playlist: u32) -> &[u32] {
        &self.songs[range(&self.basket_ends, playlist as usize)]
    }

    /// Pairs of songs in playlists, each as often as a playlist has it.
    #[must_use]
    pub fn pairs(&self) -> usize {
        let lengths = (0..self.playlists()).map(|playlist| range(&self.basket_ends, playlist).len());
        lengths.map(|length| length * length.saturating_sub(1) / 2).sum()
    }

    /// Number of playlists.
    #[must_use]
    pub fn playlists(&self) -> usize {
        self.basket_ends.len()
    }
}

/// Counts the rows of an incidence, on all threads, with buffers that go from one song to the next.
pub struct Counting<'a> {
    incidence: &'a Incidence,
    /// Buffers that no thread uses right now.
    idle: Mutex<Vec<RowCounter<'a>>>,
}

impl<'a> Counting<'a> {
    /// Nothing is counted yet.
    #[must_use]
    pub fn new(incidence: &'a Incidence) -> Self {
        Self { incidence, idle: Mutex::default() }
    }

    /// What is counted.
    #[must_use]
    pub fn incidence(&self) -> &'a Incidence {
        self.incidence
    }

    /// Calls `each` with runs of these songs that together are all of them, and gives the results in the order of
    /// songs.
    pub fn map<T: Send>(
        &self,
        songs: Range<u32>,
        each: impl Fn(&mut RowCounter<'a>, Range<u32>) -> T + Sync,
    ) -> Vec<T> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        songs
            .clone()
            .into_par_iter()
            .step_by(SONGS_AT_A_TIME)
            .map(|first| {
                let unused = idle().pop();
                let mut counter = unused.unwrap_or_else(|| RowCounter::new(self.incidence));
                let result = each(&mut counter, first..songs.end.min(first + SONGS_AT_A_TIME as u32));
                idle().push(counter);
                result
            })
            .collect()
    }
}

/// A count and a sum of weights in one number, so that both grow by one addition: the count in the low bits, as many as
/// the largest needs, and above it the weights in fixed point, as fine as there are bits left.
#[derive(Clone, Copy, Debug, Default)]
struct Packing {
    count_bits: u32,
    /// What one unit of a sum weighs: a power of two.
    unit: f32,
}

impl Packing {
    /// Holds the sum of any `most` of these weights.
    fn new(most: usize, weights: &[f32]) -> Self {
        let count_bits = usize::BITS - most.leading_zeros();
        // One bit stays free: signed numbers are made into floats quicker.
        let weight_bits = i64::BITS - 1 - count_bits;
        let heaviest = weights.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        // Rounding a weight adds half a unit at most, for which there is room in the bit by which this rounds up.
        let largest_sum = libm::ilogbf(heaviest) + 1 + count_bits as i32 + 1;
        Self { count_bits, unit: libm::ldexpf(1.0, largest_sum - weight_bits as i32) }
    }

    /// One playlist of this weight.
    fn pack(self, weight: f32) -> u64 {
        // Dividing by a power of two changes no digit.
        let units = (f64::from(weight) / f64::from(self.unit)).round() as u64;
        units << self.count_bits | 1
    }

    #[inline]
    fn count(self, sum: u64) -> u32 {
        (sum & ((1 << self.count_bits) - 1)) as u32
    }

    #[inline]
    fn weight(self, sum: u64) -> f32 {
        (sum >> self.count_bits) as i64 as f32 * self.unit
    }
}

/// Buffers for counting one row after another.
pub struct RowCounter<'a> {
    incidence: &'a Incidence,
    /// By song.
    sums: Vec<u64>,
    /// Songs whose sum is not zero, and room for one more.
    touched: Vec<u32>,
}

impl<'a> RowCounter<'a> {
    fn new(incidence: &'a Incidence) -> Self {
        let songs = incidence.len();
        Self { incidence, sums: vec![0; songs], touched: vec![0; songs + 1] }
    }

    /// Counts the row of a song.
    #[inline]
    pub fn count(&mut self, song: u32) -> Row<'_> {
        let incidence = self.incidence;
        let mut touched = 0;
        let mut playlists = incidence.playlists_of(song).iter();
        if let Some(&first) = playlists.next() {
            // In the first playlist all songs are new.
            let songs = incidence.songs_of(first);
            self.touched[..songs.len()].copy_from_slice(songs);
            songs.iter().for_each(|&other| self.sums[other as usize] = incidence.addends[first as usize]);
            touched = songs.len();
        }
        for &basket in playlists {
            let addend = incidence.addends[basket as usize];
            for &other in incidence.songs_of(basket) {
                let sum = &mut self.sums[other as usize];
                // Written whether it is the first time or not: nobody could guess which, a branch least of all.
                self.touched[touched] = other;
                touched += usize::from(*sum == 0);
                *sum += addend;
            }
        }
        // Every playlist of the song has the song itself; those of the first are first, in their order.
        if let Some(&first) = incidence.playlists_of(song).first() {
            self.touched[..touched].swap(incidence.songs_of(first).partition_point(|&other| other < song), touched - 1);
        }
        Row { packing: incidence.packing, touched: &self.touched[..touched], sums: &mut self.sums }
    }
}

/// A song's neighbours, counted.
pub struct Row<'a> {
    packing: Packing,
    /// The neighbours, and last the song itself.
    touched: &'a [u32],
    sums: &'a mut [u64],
}

impl Row<'_> {
    /// The neighbours' songs, each once, in no particular order.
    #[must_use]
    pub fn songs(&self) -> &[u32] {
        self.touched.split_last().map_or(&[], |(_, others)| others)
    }

    /// The neighbours, in the order of [`Row::songs`].
    #[inline]
    pub fn neighbours(&self) -> impl ExactSizeIterator<Item = Neighbour> {
        self.songs().iter().map(|&other| {
            let sum = self.sums[other as usize];
            Neighbour { song: other, together: self.packing.count(sum), weighted: self.packing.weight(sum) }
        })
    }

    /// Playlists with the song and another one.
    #[must_use]
    pub fn together(&self, other: u32) -> u32 {
        self.packing.count(self.sums[other as usize])
    }
}

impl Drop for Row<'_> {
    /// Leaves the buffers as they were.
    fn drop(&mut self) {
        for &other in self.touched {
            self.sums[other as usize] = 0;
        }
    }
}

fn range(ends: &[usize], at: usize) -> std::ops::Range<usize> {
    let start = if at == 0 { 0 } else { ends[at - 1] };
    start..ends[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_with_the_weights_of_their_playlists() {
        let baskets: [(&[u32], f32); 3] = [(&[2, 0, 1], 1.0), (&[0, 2], 0.5), (&[1], 4.0)];
        let incidence = Incidence::new(4, baskets.into_iter());
        assert_eq!((0..4).map(|song| incidence.support(song)).collect::<Vec<_>>(), [2, 2, 2, 0]);
        let rows = Counting::new(&incidence).map(0..4, |counter, songs| {
            let row = |song| {
                let mut neighbours: Vec<Neighbour> = counter.count(song).neighbours().collect();
                neighbours.sort_by_key(|neighbour| neighbour.song);
                neighbours
            };
            songs.map(row).collect::<Vec<_>>()
        });
        let rows = rows.concat();
        let neighbour = |song, together, weighted| Neighbour { song, together, weighted };
        assert_eq!(rows[0], [neighbour(1, 1, 1.0), neighbour(2, 2, 1.5)]);
        assert_eq!(rows[1], [neighbour(0, 1, 1.0), neighbour(2, 1, 1.0)]);
        assert_eq!(rows[2], [neighbour(0, 2, 1.5), neighbour(1, 1, 1.0)]);
        assert!(rows[3].is_empty());
    }
}
