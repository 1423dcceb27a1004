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
    /// How much each playlist adds to the weighted count of its pairs.
    basket_weights: Vec<f32>,
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
    /// Summed weights of those playlists: c_AB. In single precision, half as much memory is gone through for each pair.
    pub weighted: f32,
}

impl Incidence {
    /// Playlists of songs numbered below `songs`, each with its weight.
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
            basket_weights: Vec::new(),
            song_ends: vec![0; songs],
            baskets: Vec::new(),
        };
        for (basket, weight) in baskets {
            incidence.songs.extend(basket);
            incidence.basket_ends.push(incidence.songs.len());
            incidence.basket_weights.push(weight);
        }
        for &song in &incidence.songs {
            incidence.song_ends[song as usize] += 1;
        }
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

/// Buffers for counting one row after another.
pub struct RowCounter<'a> {
    incidence: &'a Incidence,
    /// By song: summed weights and count.
    sums: Vec<(f32, u32)>,
    /// Songs whose count is not zero, and room for one more.
    touched: Vec<u32>,
}

impl<'a> RowCounter<'a> {
    fn new(incidence: &'a Incidence) -> Self {
        let songs = incidence.len();
        Self { incidence, sums: vec![(0.0, 0); songs], touched: vec![0; songs + 1] }
    }

    /// Counts the row of a song.
    #[inline]
    pub fn count(&mut self, song: u32) -> Row<'_> {
        let incidence = self.incidence;
        let mut touched = 0;
        // Playlists come in ascending order for both songs of a pair, so its two sums have the same bits.
        for &basket in incidence.playlists_of(song) {
            let weight = incidence.basket_weights[basket as usize];
            for &other in incidence.songs_of(basket) {
                let sum = &mut self.sums[other as usize];
                // Written whether it is the first time or not: nobody could guess which, a branch least of all.
                self.touched[touched] = other;
                touched += usize::from(sum.1 == 0);
                sum.0 += weight;
                sum.1 += 1;
            }
        }
        Row { song, touched: &self.touched[..touched], sums: &mut self.sums }
    }
}

/// A song's neighbours, counted.
pub struct Row<'a> {
    song: u32,
    /// The neighbours, and the song itself.
    touched: &'a [u32],
    sums: &'a mut [(f32, u32)],
}

impl Row<'_> {
    /// The neighbours, each once, in no particular order.
    pub fn neighbours(&self) -> impl Iterator<Item = Neighbour> {
        self.touched.iter().filter(|&&other| other != self.song).map(|&other| {
            let (weighted, together) = self.sums[other as usize];
            Neighbour { song: other, together, weighted }
        })
    }

    /// Playlists with the song and another one.
    #[must_use]
    pub fn together(&self, other: u32) -> u32 {
        self.sums[other as usize].1
    }
}

impl Drop for Row<'_> {
    /// Leaves the buffers as they were.
    fn drop(&mut self) {
        for &other in self.touched {
            self.sums[other as usize] = (0.0, 0);
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
        let baskets: [(&[u32], f32); 3] = [(&[0, 1, 2], 1.0), (&[0, 2], 0.5), (&[1], 4.0)];
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
