//! What one thread needs to search: where it stands, where it puts what it finds, and memory to use again.

use super::lists::{Lists, Rank};
use super::processor::Processor;
use super::rows::Rows;
use super::sharing::{Gift, Projected, Sharing};
use super::sink::Sink;
use super::wanted::{Layout, Wanted};

/// One thread's search, depth first. It stands at a set of items, together with the perfect extensions met on the way there:
/// items that are in every basket of the set. Each of those may be added to, or left out of, every set found from there on.
#[derive(Debug)]
pub(super) struct Explorer<'a, P, K, R> {
    pub(super) processor: P,
    pub(super) sink: K,
    /// What there is to do with the other threads.
    sharing: &'a Sharing<R>,
    /// Bytes left for projected databases.
    room: usize,
    pub(super) min_support: u32,
    pub(super) max_length: usize,
    pub(super) layout: Layout,
    /// The set's items, as the database has them.
    pub(super) set: Vec<u32>,
    /// Its perfect extensions.
    pub(super) perfect: Vec<u32>,
    /// All 0 between uses.
    pub(super) counts: Vec<u32>,
    /// All `u32::MAX` between uses.
    pub(super) places: Vec<u32>,
    /// At its end the lower ranks of baskets walked through, a fence before each.
    pub(super) walked: Vec<R>,
    /// Rows and columns of bits to set.
    pub(super) marks: Vec<(u32, u32)>,
    pub(super) spare: Spare<R>,
}

/// Memory to use again.
#[derive(Debug, Default)]
pub(super) struct Spare<R> {
    pub(super) extensions: Vec<Vec<Extension>>,
    pub(super) rows: Vec<Rows>,
    pub(super) lists: Vec<Lists<R>>,
}

/// An item that a set may be extended by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extension {
    /// Its number where the set is.
    pub(super) place: u32,
    /// The item, as the database has it.
    pub(super) item: u32,
    /// Baskets with the set and the item.
    pub(super) support: u32,
}

impl<'a, P: Processor, K: Sink, R: Rank> Explorer<'a, P, K, R> {
    /// At the empty set, with so many bytes for projected databases.
    pub(super) fn new(processor: P, sink: K, wanted: &Wanted, sharing: &'a Sharing<R>, room: usize) -> Self {
        Self {
            processor,
            sink,
            sharing,
            room,
            min_support: wanted.min_support,
            max_length: wanted.max_length,
            layout: wanted.layout,
            set: Vec::new(),
            perfect: Vec::new(),
            counts: Vec::new(),
            places: Vec::new(),
            walked: Vec::new(),
            marks: Vec::new(),
            spare: Spare::default(),
        }
    }

    /// Reports sets that are one longer than the present one, without going on from them.
    pub(super) fn finish(&mut self, extensions: &[Extension]) {
        if K::COUNTS_ONLY {
            self.sink.sets(self.set.len() + 1, self.perfect.len(), extensions.len() as u64);
            return;
        }
        for extension in extensions.iter().rev() {
            self.set.push(extension.item);
            self.sink.family(&self.set, &self.perfect, extension.support);
            self.set.pop();
        }
    }

    /// Whether the search should end.
    #[inline(always)]
    pub(super) fn is_stopped(&self) -> bool {
        self.sink.is_stopped() || self.sharing.is_given_up()
    }

    /// Takes room for a projected database; without any left, the search ends.
    #[inline(always)]
    pub(super) fn take_room(&mut self, bytes: usize) -> bool {
        if bytes > self.room {
            self.sharing.give_up();
            return false;
        }
        self.room -= bytes;
        true
    }

    /// Gives room back.
    #[inline(always)]
    pub(super) fn leave_room(&mut self, bytes: usize) {
        self.room += bytes;
    }

    /// Whether another thread waits for work.
    #[inline(always)]
    pub(super) fn is_asked(&self) -> bool {
        self.sharing.is_asked()
    }

    /// Gives away what is left to do at the present set, if another thread still waits for work. Returns the task under
    /// which what is found after all of it is to be recorded.
    #[cold]
    pub(super) fn give(&mut self, end: usize, projected: impl FnOnce() -> Projected<R>) -> Option<usize> {
        if !self.sharing.promise() {
            return None;
        }
        let (task, after) = self.sink.fork();
        let (set, perfect) = (self.set.clone(), self.perfect.clone());
        self.sharing.give(Gift { set, perfect, task, end, projected: projected() });
        Some(after)
    }

    /// Does what another thread gave away.
    pub(super) fn accept(&mut self, gift: Gift<R>) {
        let Gift { set, perfect, task, end, projected } = gift;
        self.sink.go_on_at(task);
        (self.set, self.perfect) = (set, perfect);
        match projected {
            Projected::Lists(lists, items) => self.explore_ranks(&lists, &items, end),
            Projected::Rows(rows, None) => self.explore_rows(&rows, end),
            Projected::Rows(rows, Some(condensed)) => self.condense_rows(&rows, end, condensed),
        }
        self.set.clear();
        self.perfect.clear();
    }

    /// Memory for extensions.
    pub(super) fn extensions(&mut self) -> Vec<Extension> {
        let mut extensions = self.spare.extensions.pop().unwrap_or_default();
        extensions.clear();
        extensions
    }
}
