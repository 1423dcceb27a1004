//! Baskets as they are read: sets of item numbers.

use crate::baskets::Baskets;

/// Baskets as sets of item numbers.
///
/// Memory grows with the baskets' items and with the largest item number: number items densely from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Database {
    /// The items of all baskets, one basket behind the other.
    items: Vec<u32>,
    /// Where each basket ends in `items`.
    ends: Vec<u32>,
    /// Baskets that contain each item.
    supports: Vec<u32>,
}

impl Database {
    /// Adds a basket: its items in any order; repetitions count once. An empty basket holds nothing, but counts.
    pub fn push(&mut self, basket: &[u32]) {
        let start = self.items.len();
        self.items.extend_from_slice(basket);
        if !basket.is_sorted_by(|left, right| left < right) {
            self.items[start..].sort_unstable();
            let mut kept = start;
            for at in start..self.items.len() {
                if at == start || self.items[at] != self.items[kept - 1] {
                    self.items[kept] = self.items[at];
                    kept += 1;
                }
            }
            self.items.truncate(kept);
        }
        for &item in &self.items[start..] {
            if item as usize >= self.supports.len() {
                self.supports.resize(item as usize + 1, 0);
            }
            self.supports[item as usize] += 1;
        }
        self.ends.push(self.items.len() as u32);
    }

    /// How many baskets there are, empty ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no basket.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many items all baskets have together.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.items.len() as u64
    }

    /// Baskets that contain an item.
    #[must_use]
    pub fn support(&self, item: u32) -> u32 {
        self.supports.get(item as usize).copied().unwrap_or(0)
    }

    /// The baskets in the order they were added, items ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        (0..self.ends.len()).map(|at| {
            let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
            &self.items[start..self.ends[at] as usize]
        })
    }
}

impl From<&Baskets> for Database {
    /// The songs of each playlist, under their numbers.
    fn from(baskets: &Baskets) -> Self {
        let mut database = Self::default();
        for songs in baskets.iter() {
            database.push(songs);
        }
        database
    }
}
