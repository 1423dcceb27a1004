//! Where a search puts what it finds.

use super::threads::Delivery;
use super::visitor::Visitor;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Where a search puts what it finds: *families*, each of them a set together with every choice among further items that
/// are in all its baskets ("perfect extensions"). All sets of a family have the same support.
pub(super) trait Sink {
    /// Whether only numbers matter, so that [`Self::sets`] may take the place of [`Self::family`].
    const COUNTS_ONLY: bool;

    /// A family.
    fn family(&mut self, set: &[u32], perfect: &[u32], support: u32);

    /// So many families, each of a set of this length and so many perfect extensions.
    fn sets(&mut self, length: usize, perfect: usize, families: u64);

    /// Whether the search should end.
    fn is_stopped(&self) -> bool;

    /// Makes two tasks to come right after the present one: for what is given away, and for what is found after that.
    fn fork(&mut self) -> (usize, usize) {
        (0, 0)
    }

    /// Ends the present task, and goes on at another one.
    fn go_on_at(&mut self, _task: usize) {}
}

/// What all threads of a search share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Sets found, where they are limited.
    pub(super) found: AtomicU64,
    /// Whether to end.
    pub(super) stop: AtomicBool,
}

/// Which sets are counted, and how many may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) min_length: usize,
    pub(super) max_length: usize,
    pub(super) max_itemsets: u64,
}

impl Limits {
    /// How many sets of a family have a wanted length.
    fn size(self, length: usize, perfect: usize) -> u64 {
        (0..=perfect).fold(0, |sum: u64, chosen| sum.saturating_add(self.size_choosing(length, perfect, chosen)))
    }

    /// How many sets of a family are `chosen` longer than its set, if that length is wanted.
    fn size_choosing(self, length: usize, perfect: usize, chosen: usize) -> u64 {
        let wanted = self.min_length.max(1)..=self.max_length;
        if wanted.contains(&(length + chosen)) { choose(perfect, chosen) } else { 0 }
    }
}

/// Binomial coefficient; `u64::MAX` if it is larger.
fn choose(of: usize, chosen: usize) -> u64 {
    let mut ways = 1_u128;
    for step in 0..chosen.min(of - chosen) as u128 {
        // Always whole: the product of n consecutive numbers is a multiple of n!.
        ways = ways * (of as u128 - step) / (step + 1);
        if ways > u128::from(u64::MAX) {
            return u64::MAX;
        }
    }
    ways as u64
}

/// Counts.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    /// Families by number of perfect extensions, then by length of their set.
    families: Vec<Vec<u64>>,
    limits: Limits,
    shared: &'a Shared,
    /// Sets found that `shared` does not yet know.
    unreported: u64,
    stopped: bool,
}

/// Sets found between two looks at what the other threads found.
const SETS_BETWEEN_REPORTS: u64 = 1 << 12;

impl<'a> Tally<'a> {
    pub(super) fn new(limits: Limits, shared: &'a Shared) -> Self {
        Self { families: vec![vec![0; 32]], limits, shared, unreported: 0, stopped: false }
    }

    /// Adds the sets found, by length, to `counts`.
    pub(super) fn add_to(&self, counts: &mut Vec<u64>) {
        for (perfect, by_length) in self.families.iter().enumerate() {
            for (length, &families) in by_length.iter().enumerate().filter(|(_, families)| **families > 0) {
                for chosen in 0..=perfect {
                    let sets = self.limits.size_choosing(length, perfect, chosen).saturating_mul(families);
                    if sets > 0 {
                        add(counts, length + chosen, sets);
                    }
                }
            }
        }
    }

    #[cold]
    fn limit(&mut self, length: usize, perfect: usize, families: u64) {
        let sets = self.limits.size(length, perfect).saturating_mul(families);
        self.unreported = self.unreported.saturating_add(sets);
        if self.unreported >= SETS_BETWEEN_REPORTS {
            self.report();
        }
    }

    /// Tells the other threads.
    pub(super) fn report(&mut self) {
        let more = std::mem::take(&mut self.unreported);
        let before =
            self.shared.found.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |sum| Some(sum.saturating_add(more)));
        if before.unwrap_or_default().saturating_add(more) > self.limits.max_itemsets {
            self.shared.stop.store(true, Ordering::Relaxed);
        }
        self.stopped = self.shared.stop.load(Ordering::Relaxed);
    }
}

/// Adds to the count of a length.
pub(super) fn add(counts: &mut Vec<u64>, length: usize, sets: u64) {
    if counts.len() <= length {
        counts.resize(length + 1, 0);
    }
    counts[length] = counts[length].saturating_add(sets);
}

impl Sink for Tally<'_> {
    const COUNTS_ONLY: bool = true;

    #[inline(always)]
    fn family(&mut self, set: &[u32], perfect: &[u32], _support: u32) {
        self.sets(set.len(), perfect.len(), 1);
    }

    #[inline(always)]
    fn sets(&mut self, length: usize, perfect: usize, families: u64) {
        match self.families.get_mut(perfect).and_then(|by_length| by_length.get_mut(length)) {
            Some(count) => *count += families,
            None => grow(&mut self.families, length, perfect, families),
        }
        if self.limits.max_itemsets != u64::MAX {
            self.limit(length, perfect, families);
        }
    }

    #[inline(always)]
    fn is_stopped(&self) -> bool {
        self.stopped
    }
}

#[cold]
fn grow(families: &mut Vec<Vec<u64>>, length: usize, perfect: usize, more: u64) {
    if families.len() <= perfect {
        families.resize(perfect + 1, Vec::new());
    }
    add(&mut families[perfect], length, more);
}

/// Hands every set of a family to a visitor.
pub(super) struct Expanding<'a, V> {
    visitor: &'a mut V,
    limits: Limits,
    /// Sets by length.
    pub(super) counts: Vec<u64>,
    found: u64,
    set: Vec<u32>,
    sorted: Vec<u32>,
    /// Why it ended, if it did.
    pub(super) ended: Option<Ended>,
}

/// Why visiting ended before everything was visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The visitor wanted no more.
    Enough,
    /// There are more sets than may be.
    TooMany,
}

impl<'a, V: Visitor> Expanding<'a, V> {
    pub(super) fn new(visitor: &'a mut V, limits: Limits) -> Self {
        Self { visitor, limits, counts: Vec::new(), found: 0, set: Vec::new(), sorted: Vec::new(), ended: None }
    }

    /// Visits the set with every choice of the perfect extensions, as far as their lengths are wanted.
    fn expand(&mut self, perfect: &[u32], support: u32) {
        let length = self.set.len();
        if self.ended.is_some() || length > self.limits.max_length || length + perfect.len() < self.limits.min_length {
            return;
        }
        if let Some((&item, perfect)) = perfect.split_first() {
            self.expand(perfect, support);
            self.set.push(item);
            self.expand(perfect, support);
            self.set.pop();
        } else if length > 0 {
            if self.found == self.limits.max_itemsets {
                self.ended = Some(Ended::TooMany);
                return;
            }
            self.found += 1;
            add(&mut self.counts, length, 1);
            self.sorted.clear();
            self.sorted.extend_from_slice(&self.set);
            self.sorted.sort_unstable();
            if self.visitor.visit(&self.sorted, support).is_break() {
                self.ended = Some(Ended::Enough);
            }
        }
    }

    /// Visits what was [recorded](Recording).
    pub(super) fn replay(&mut self, mut record: &[u32]) {
        while let [set, perfect, support, rest @ ..] = record {
            let (items, rest) = rest.split_at(*set as usize);
            let (perfect, rest) = rest.split_at(*perfect as usize);
            self.family(items, perfect, *support);
            record = rest;
        }
    }
}

impl<V: Visitor> Sink for Expanding<'_, V> {
    const COUNTS_ONLY: bool = false;

    fn family(&mut self, set: &[u32], perfect: &[u32], support: u32) {
        self.set.clear();
        self.set.extend_from_slice(set);
        self.expand(perfect, support);
    }

    /// Never called: not only numbers matter.
    fn sets(&mut self, _length: usize, _perfect: usize, _families: u64) {}

    fn is_stopped(&self) -> bool {
        self.ended.is_some()
    }
}

/// Keeps families until it is their turn.
pub(super) struct Recording<'a> {
    /// Families as numbers: how many items, how many perfect extensions, support, items, perfect extensions.
    pub(super) record: Vec<u32>,
    /// The task that is worked on.
    pub(super) task: usize,
    delivery: &'a Delivery,
    stopped: bool,
}

/// Numbers recorded until they are handed on.
const RECORD: usize = 1 << 15;

impl<'a> Recording<'a> {
    pub(super) fn new(delivery: &'a Delivery) -> Self {
        Self { record: Vec::new(), task: 0, delivery, stopped: false }
    }

    /// Hands on what was recorded.
    pub(super) fn deliver(&mut self, last: bool) {
        self.stopped = !self.delivery.put(self.task, std::mem::take(&mut self.record), last);
    }
}

impl Sink for Recording<'_> {
    const COUNTS_ONLY: bool = false;

    fn family(&mut self, set: &[u32], perfect: &[u32], support: u32) {
        self.record.extend([set.len() as u32, perfect.len() as u32, support]);
        self.record.extend_from_slice(set);
        self.record.extend_from_slice(perfect);
        if self.record.len() >= RECORD {
            self.deliver(false);
        }
    }

    /// Never called: not only numbers matter.
    fn sets(&mut self, _length: usize, _perfect: usize, _families: u64) {}

    fn is_stopped(&self) -> bool {
        self.stopped
    }

    fn fork(&mut self) -> (usize, usize) {
        self.delivery.fork(self.task)
    }

    fn go_on_at(&mut self, task: usize) {
        self.deliver(true);
        self.task = task;
    }
}
