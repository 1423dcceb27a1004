//! Baskets as they are read: sets of item numbers.

use std::ops::Range;

use crate::baskets::Baskets;

/// Baskets as sets of item numbers.
///
/// Memory grows with the baskets' items and with the largest item number: number items densely from 0.
#[derive(Clone, Debug, Default)]
pub struct Database {
    /// The baskets in pieces: those that several threads read are put together without being moved.
    pieces: Vec<Piece>,
    /// Baskets that contain each item.
    supports: Vec<u32>,
}

/// Some baskets.
#[derive(Clone, Debug, Default)]
pub(super) struct Piece {
    /// The items of all baskets, one basket behind the other.
    items: Vec<u32>,
    /// Where each basket ends in `items`.
    ends: Vec<usize>,
}

impl Piece {
    /// How many baskets there are, empty ones included.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Some of the baskets.
    pub(super) fn range(&self, baskets: Range<usize>) -> impl ExactSizeIterator<Item = &[u32]> {
        baskets.map(|at| {
            let start = if at == 0 { 0 } else { self.ends[at - 1] };
            &self.items[start..self.ends[at]]
        })
    }
}

impl Database {
    /// Adds a basket: its items in any order; repetitions count once. An empty basket holds nothing, but counts.
    pub fn push(&mut self, basket: &[u32]) {
        let mut adding = self.adding();
        for &item in basket {
            adding.add(item);
        }
        adding.end();
    }

    /// Adds many baskets, item by item.
    pub(super) fn adding(&mut self) -> Adding<'_> {
        if self.pieces.is_empty() {
            self.pieces.push(Piece::default());
        }
        let last = self.pieces.len() - 1;
        let piece = &mut self.pieces[last];
        Adding { start: piece.items.len(), next: 0, sorted: true, piece, supports: &mut self.supports }
    }

    /// Takes the baskets, and goes on counting in how many of them each item is.
    pub(super) fn take_pieces(&mut self) -> Vec<Piece> {
        std::mem::take(&mut self.pieces)
    }

    /// Adds baskets that were taken from another database.
    pub(super) fn put_pieces(&mut self, pieces: Vec<Piece>) {
        self.pieces.extend(pieces);
    }

    /// Adds what another database has counted.
    pub(super) fn add_supports(&mut self, more: &Self) {
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
        self.pieces.iter().map(Piece::len).sum()
    }

    /// Whether there is no basket.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.iter().all(|piece| piece.ends.is_empty())
    }

    /// How many items all baskets have together.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.items.len() as u64).sum()
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

    /// The pieces in order.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The baskets in the order they were added, items ascending.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.pieces.iter().flat_map(|piece| piece.range(0..piece.len()))
    }
}

impl PartialEq for Database {
    /// Whether the baskets are the same.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Database {}

/// Adds baskets to a database.
pub(super) struct Adding<'a> {
    piece: &'a mut Piece,
    supports: &'a mut Vec<u32>,
    /// Where the basket begins.
    start: usize,
    /// One more than its last item.
    next: u64,
    /// Whether its items rise.
    sorted: bool,
}

impl Adding<'_> {
    /// Adds an item to the basket.
    #[inline(always)]
    pub(super) fn add(&mut self, item: u32) {
        self.sorted &= u64::from(item) >= self.next;
        self.next = u64::from(item) + 1;
        self.piece.items.push(item);
        match self.supports.get_mut(item as usize) {
            Some(support) => *support += 1,
            None => self.widen(item),
        }
    }

    /// Ends the basket, and begins the next.
    #[inline(always)]
    pub(super) fn end(&mut self) {
        if !self.sorted {
            self.sort();
        }
        self.start = self.piece.items.len();
        self.piece.ends.push(self.start);
        (self.next, self.sorted) = (0, true);
    }

    /// Takes back the basket that was begun. Returns `value`.
    #[cold]
    pub(super) fn abandon<T>(self, value: T) -> T {
        for item in self.piece.items.drain(self.start..) {
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

    /// Sorts the basket, and takes repetitions back.
    #[cold]
    fn sort(&mut self) {
        let items = &mut self.piece.items;
        items[self.start..].sort_unstable();
        let mut kept = self.start;
        for at in self.start..items.len() {
            let item = items[at];
            if at > self.start && item == items[kept - 1] {
                self.supports[item as usize] -= 1;
            } else {
                items[kept] = item;
                kept += 1;
            }
        }
        items.truncate(kept);
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
