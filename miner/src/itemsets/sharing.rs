//! Work that one thread gives to another.
//!
//! Threads first share the items that sets begin with. Where few items make most of the work, some threads run out of it
//! early: they ask, and whoever next comes by a set with much left to do gives what is left of it away.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use super::closed::Condensed;
use super::lists::Lists;
use super::rows::Rows;

/// Steps that what is given away must take at least, as far as can be foreseen: about ten microseconds of work, several times
/// what giving costs. Tests give whatever they can.
pub(super) const WORTH_GIVING: usize = if cfg!(test) { 1 } else { 1 << 14 };

/// What is left to do at a set: to extend it by each item below `end`, the last one first.
#[derive(Debug)]
pub(super) struct Gift<R> {
    /// The set, and its perfect extensions.
    pub(super) set: Vec<u32>,
    pub(super) perfect: Vec<u32>,
    /// Where records of what is found belong.
    pub(super) task: usize,
    pub(super) end: usize,
    pub(super) projected: Projected<R>,
}

/// The baskets of a set.
#[derive(Debug)]
pub(super) enum Projected<R> {
    /// As lists, with the item of each rank.
    Lists(Lists<R>, Vec<u32>),
    /// As rows, and what is wanted if not all sets are.
    Rows(Rows, Option<Condensed>),
}

/// What threads have to do with each other while they search.
#[derive(Debug)]
pub(super) struct Sharing<R> {
    state: Mutex<State<R>>,
    changed: Condvar,
    /// Threads that wait for a gift nobody has promised yet.
    waiting: AtomicUsize,
    /// Whether one of them has no memory left.
    out_of_memory: AtomicBool,
}

#[derive(Debug)]
struct State<R> {
    /// Each promised to a thread that waits.
    gifts: VecDeque<Gift<R>>,
    /// Threads at work.
    busy: usize,
}

impl<R> Sharing<R> {
    /// For so many threads, all of them at work.
    pub(super) fn new(threads: usize) -> Self {
        Self {
            state: Mutex::new(State { gifts: VecDeque::new(), busy: threads }),
            changed: Condvar::new(),
            waiting: AtomicUsize::new(0),
            out_of_memory: AtomicBool::new(false),
        }
    }

    /// Whether a thread has nothing to do.
    #[inline(always)]
    pub(super) fn is_asked(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Promises a gift to a thread that waits; `false` if none does any more. Only a gift that was promised is made: it
    /// is always taken up.
    pub(super) fn promise(&self) -> bool {
        self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| waiting.checked_sub(1)).is_ok()
    }

    /// Gives what was promised.
    pub(super) fn give(&self, gift: Gift<R>) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).gifts.push_back(gift);
        self.changed.notify_all();
    }

    /// Waits for a gift when a thread's work is done; `None` when that of all threads is.
    pub(super) fn take(&self) -> Option<Gift<R>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.busy = state.busy.saturating_sub(1);
        self.waiting.fetch_add(1, Ordering::Relaxed);
        loop {
            if let Some(gift) = state.gifts.pop_front() {
                state.busy += 1;
                return Some(gift);
            }
            if state.busy == 0 {
                self.changed.notify_all();
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A thread has no memory left: nobody goes on.
    #[cold]
    pub(super) fn give_up(&self) {
        self.out_of_memory.store(true, Ordering::Relaxed);
    }

    /// Whether a thread had no memory left.
    pub(super) fn is_given_up(&self) -> bool {
        self.out_of_memory.load(Ordering::Relaxed)
    }
}

/// Counts a thread out when it panics, so that nobody waits for it.
pub(super) struct LeaveOnPanic<'a, R>(pub(super) &'a Sharing<R>);

impl<R> Drop for LeaveOnPanic<'_, R> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.busy = state.busy.saturating_sub(1);
            self.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gift(end: usize) -> Gift<u16> {
        let projected = Projected::Rows(Rows::default(), None);
        Gift { set: Vec::new(), perfect: Vec::new(), task: 0, end, projected }
    }

    #[test]
    fn nothing_is_promised_to_nobody() {
        let sharing = Sharing::<u16>::new(2);
        assert!(!sharing.is_asked() && !sharing.promise());
    }

    #[test]
    fn all_gifts_are_taken_before_anyone_leaves() {
        let sharing = Sharing::new(3);
        let taken = AtomicUsize::new(0);
        let work = || {
            while let Some(gift) = sharing.take() {
                taken.fetch_add(1, Ordering::Relaxed);
                // Whoever is given two gives one of them on.
                if gift.end > 0 {
                    while !sharing.promise() {
                        std::thread::yield_now();
                    }
                    sharing.give(super::tests::gift(gift.end - 1));
                }
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(work);
            scope.spawn(work);
            while !sharing.promise() {
                std::thread::yield_now();
            }
            sharing.give(gift(20));
            work();
        });
        assert_eq!(taken.into_inner(), 21);
    }
}
