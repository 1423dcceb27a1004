//! What one thread needs to search: where it stands, where it puts what it finds, and memory to use again.

use super::lists::{Lists, Rank};
use super::processor::Processor;
use super::rows::Rows;
use super::sink::Sink;
use super::wanted::{Layout, Wanted};

/// One thread's search, depth first. It stands at a set of items, together with the perfect extensions met on the way there:
/// items that are in every basket of the set. Each of those may be added to, or left out of, every set found from there on.
#[derive(Debug)]
pub(super) struct Explorer<P, K, R> {
    pub(super) processor: P,
    pub(super) sink: K,
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

impl<P: Processor, K: Sink, R: Rank> Explorer<P, K, R> {
    /// At the empty set.
    pub(super) fn new(processor: P, sink: K, wanted: &Wanted) -> Self {
        Self {
            processor,
            sink,
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

    /// Memory for extensions.
    pub(super) fn extensions(&mut self) -> Vec<Extension> {
        let mut extensions = self.spare.extensions.pop().unwrap_or_default();
        extensions.clear();
        extensions
    }
}
