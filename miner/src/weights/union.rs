//! Which pairs stay: those that are among the heaviest of either of their songs, as rows come in.

use super::WeighedPairs;
use super::heaviest::{Heaviest, Rank};

/// The heaviest neighbours of some songs that follow one another.
#[derive(Default)]
pub(super) struct HeaviestRows {
    /// The lightest in each row; where the row has everything there is, what comes after all of it.
    lightest: Vec<Rank>,
    /// Where the smaller and where the larger songs of each row end.
    ends: Vec<(u32, u32)>,
    /// In each row first the songs smaller than its own, in any order, then the larger ones, ascending.
    neighbours: Vec<Weighed>,
    /// A buffer for putting ranks in the order of songs.
    by_song: Vec<u64>,
}

/// A neighbour in a row.
#[derive(Clone, Copy)]
struct Weighed {
    song: u32,
    together: u32,
    weight: f32,
}

impl HeaviestRows {
    /// Forgets all rows.
    pub(super) fn clear(&mut self) {
        self.lightest.clear();
        self.ends.clear();
        self.neighbours.clear();
    }

    /// Adds the next row; `together` knows how many playlists a neighbour has in common with its song.
    pub(super) fn push(&mut self, song: u32, row: &mut Heaviest, together: impl Fn(u32) -> u32) {
        let weighed =
            |rank: Rank| Weighed { song: rank.song(), together: together(rank.song()), weight: rank.weight() };
        let found = row.finish();
        let is_smaller = |rank: &Rank| rank.song() < song;
        self.neighbours.extend(found.iter().copied().filter(is_smaller).map(weighed));
        let middle = self.neighbours.len();
        self.by_song.clear();
        self.by_song.extend(found.iter().filter(|rank| !is_smaller(rank)).map(|rank| rank.by_song()));
        self.by_song.sort_unstable();
        self.neighbours.extend(self.by_song.iter().map(|&by_song| weighed(Rank::from_by_song(by_song))));
        self.ends.push((middle as u32, self.neighbours.len() as u32));
        self.lightest.push(row.lightest());
    }
}

/// Pairs that are in the row of either of their songs.
#[derive(Default)]
pub(super) struct Union {
    lightest: Vec<Rank>,
    /// Pairs in the rows of their smaller songs.
    pairs: WeighedPairs,
    /// Pairs in the rows of their larger songs only.
    late: Vec<Late>,
}

/// A pair that is in the row of its larger song only.
struct Late {
    smaller: u32,
    larger: u32,
    together: u32,
    weight: f32,
}

impl Union {
    /// Has room for so many pairs, which takes memory only as they come in: growing step by step would copy them often.
    pub(super) fn with_room(pairs: usize) -> Self {
        let pairs = WeighedPairs {
            ends: Vec::new(),
            others: Vec::with_capacity(pairs),
            together: Vec::with_capacity(pairs),
            weights: Vec::with_capacity(pairs),
        };
        Self { pairs, ..Self::default() }
    }

    /// Adds the rows that come next.
    pub(super) fn add(&mut self, rows: &HeaviestRows) {
        let pairs = &mut self.pairs;
        let mut start = 0;
        for (&(middle, end), &lightest) in rows.ends.iter().zip(&rows.lightest) {
            let larger = pairs.ends.len() as u32;
            let (before, after) =
                (&rows.neighbours[start..middle as usize], &rows.neighbours[middle as usize..end as usize]);
            for &Weighed { song: smaller, together, weight } in before {
                if Rank::new(weight, larger) > self.lightest[smaller as usize] {
                    self.late.push(Late { smaller, larger, together, weight });
                }
            }
            pairs.others.extend(after.iter().map(|neighbour| neighbour.song));
            pairs.together.extend(after.iter().map(|neighbour| neighbour.together));
            pairs.weights.extend(after.iter().map(|neighbour| neighbour.weight));
            pairs.ends.push(pairs.others.len() as u32);
            self.lightest.push(lightest);
            start = end as usize;
        }
    }

    /// Both kinds of pairs in one order.
    pub(super) fn into_pairs(self) -> WeighedPairs {
        let Self { pairs: WeighedPairs { mut ends, mut others, mut together, mut weights }, late, .. } = self;
        let mut order = by_smaller(&late, ends.len());

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
                let before = |at: &mut u32| {
                    let pair = &late[*at as usize];
                    pair.smaller as usize == song && (read == start || pair.larger > others[read - 1])
                };
                if let Some(at) = order.pop_if(before) {
                    let pair = &late[at as usize];
                    write -= 1;
                    (others[write], together[write], weights[write]) = (pair.larger, pair.together, pair.weight);
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

/// The positions of pairs in the order of their smaller songs, of which there are so many; they are in that of their
/// larger songs.
fn by_smaller(late: &[Late], songs: usize) -> Vec<u32> {
    let mut next = vec![0; songs + 1];
    for pair in late {
        next[pair.smaller as usize + 1] += 1;
    }
    for song in 0..songs {
        next[song + 1] += next[song];
    }
    let mut order = vec![0; late.len()];
    for (pair, at) in late.iter().zip(0..) {
        let slot: &mut u32 = &mut next[pair.smaller as usize];
        order[*slot as usize] = at;
        *slot += 1;
    }
    order
}
