//! Baskets as they are read: sets of item numbers.

use std::ops::Range;

use crate::baskets::Baskets;

/// Baskets as sets of item numbers.
///
/// Memory grows with the baskets' items and with the largest item number: number items densely from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Database {
    /// The items of all baskets, one basket behind the other.
    items: Vec<u32>,
    /// Where each basket ends in `items`.
    ends: Vec<usize>,
    /// Baskets that contain each item.
    supports: Vec<u32>,
}

impl Database {
    /// Adds a basket: its items in any order; repetitions count once. An empty basket holds nothing, but counts.
    pub fn push(&mut self, basket: &[u32]) {
        let mut begun = self.begin();
        for &item in basket {
            self.add(&mut begun, item);
        }
        self.end(&mut begun);
    }

    /// Begins a basket.
    pub(super) fn begin(&self) -> Begun {
        Begun { start: self.items.len(), next: 0, sorted: true }
    }

    /// Adds an item to a basket.
    #[inline(always)]
    pub(super) fn add(&mut self, basket: &mut Begun, item: u32) {
        basket.sorted &= u64::from(item) >= basket.next;
        basket.next = u64::from(item) + 1;
        self.items.push(item);
        match self.supports.get_mut(item as usize) {
            Some(support) => *support += 1,
            None => self.widen(item),
        }
    }

    /// Ends a basket, and begins the next.
    #[inline(always)]
    pub(super) fn end(&mut self, basket: &mut Begun) {
        if !basket.sorted {
            self.sort(basket.start);
        }
        self.ends.push(self.items.len());
        *basket = self.begin();
    }

    /// Takes back a basket that was begun. Returns `value`.
    #[cold]
    pub(super) fn abandon<T>(&mut self, basket: Begun, value: T) -> T {
        for item in self.items.drain(basket.start..) {
            self.supports[item as usize] -= 1;
        }
        value
    }

    /// The first basket with an item beyond all others.
    #[cold]
    fn widen(&mut self, item: u32) {
        self.supports.resize(item as usize + 1, 0);
        self.supports[item as usize] = 1;
    }

    /// Sorts the last items, and takes repetitions back.
    #[cold]
    fn sort(&mut self, start: usize) {
        self.items[start..].sort_unstable();
        let mut kept = start;
        for at in start..self.items.len() {
            let item = self.items[at];
            if at > start && item == self.items[kept - 1] {
                self.supports[item as usize] -= 1;
            } else {
                self.items[kept] = item;
                kept += 1;
            }
        }
        self.items.truncate(kept);
    }

    /// Adds the baskets of another database.
    pub(super) fn append(&mut self, more: &Self) {
        let before = self.items.len();
        self.items.extend_from_slice(&more.items);
        self.ends.extend(more.ends.iter().map(|end| before + end));
        if self.supports.len() < more.supports.len() {
            self.supports.resize(more.supports.len(), 0);
        }
        for (support, more) in self.supports.iter_mut().zip(&more.supports) {
            *support += more;
        }
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

    /// One more than the largest item.
    pub(super) fn width(&self) -> u32 {
        self.supports.len() as u32
    }

    /// Some of the baskets.
    pub(super) fn range(&self, baskets: Range<usize>) -> impl ExactSizeIterator<Item = &[u32]> {
        baskets.map(|at| {
            let start = if at == 0 { 0 } else { self.ends[at - 1] };
            &self.items[start..self.ends[at]]
        })
    }

    /// The baskets in the order they were added, items ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        self.range(0..self.len())
    }
}

/// A basket that is being added.
pub(super) struct Begun {
    /// Where it begins.
    start: usize,
    /// One more than its last item.
    next: u64,
    /// Whether its items rise.
    sorted: bool,
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
