//! Several threads, one order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, PoisonError};

/// That many threads, or as many as there are cores for 0.
pub(super) fn thread_count(wanted: usize) -> usize {
    match wanted {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        wanted => wanted,
    }
}

/// Brings what threads record about numbered tasks into the order of the tasks.
///
/// Threads take tasks in order, so the first task that is not yet through is always being worked on: whoever is ahead of it by
/// too much waits, and never for long.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Records by task, and whether the task is through.
    waiting: BTreeMap<usize, (VecDeque<Vec<u32>>, bool)>,
    /// Numbers waiting.
    numbers: usize,
    /// The task whose records come next.
    turn: usize,
    /// Which task comes after another one, where it is not the next number …
    after: BTreeMap<usize, usize>,
    /// … and how many such there are.
    forked: usize,
    stopped: bool,
}

/// Numbers that may wait for their turn.
const WAITING: usize = 1 << 22;

impl Delivery {
    /// Puts a task's record behind its others; `last` says that the task is through. Returns whether to go on.
    pub(super) fn put(&self, task: usize, record: Vec<u32>, last: bool) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.numbers > WAITING && state.turn != task && !state.stopped {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.numbers += record.len();
        let (records, through) = state.waiting.entry(task).or_default();
        records.push_back(record);
        *through |= last;
        self.changed.notify_all();
        !state.stopped
    }

    /// Two tasks that come right after a task, in their order.
    pub(super) fn fork(&self, task: usize) -> (usize, usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Numbered from the end: tasks are never so many.
        let (first, second) = (usize::MAX - state.forked, usize::MAX - state.forked - 1);
        state.forked += 2;
        let after = state.after.insert(task, first).unwrap_or_else(|| task + 1);
        state.after.insert(first, second);
        state.after.insert(second, after);
        (first, second)
    }

    /// The next record in order, `None` after that of the last of so many tasks.
    pub(super) fn take(&self, tasks: usize) -> Option<Vec<u32>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.turn != tasks && !state.stopped {
            let turn = state.turn;
            if let Some((records, through)) = state.waiting.get_mut(&turn) {
                if let Some(record) = records.pop_front() {
                    state.numbers -= record.len();
                    self.changed.notify_all();
                    return Some(record);
                }
                if *through {
                    state.waiting.remove(&turn);
                    state.turn = state.after.remove(&turn).unwrap_or_else(|| turn + 1);
                    self.changed.notify_all();
                    continue;
                }
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    /// Nothing more is wanted.
    pub(super) fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
        self.changed.notify_all();
    }
}

/// Ends a delivery when a thread panics, so that nobody waits for what will not come.
pub(super) struct StopOnPanic<'a>(pub(super) &'a Delivery);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forked_off_comes_right_after_what_it_was_forked_from() {
        let delivery = Delivery::default();
        let (gift, rest) = delivery.fork(0);
        // The giver goes on before its gift, and gives once more.
        let (second_gift, second_rest) = delivery.fork(0);
        for (task, number) in [(1, 9), (rest, 5), (second_rest, 3), (gift, 4), (second_gift, 2), (0, 1)] {
            assert!(delivery.put(task, vec![number], true));
        }
        let records: Vec<Vec<u32>> = std::iter::from_fn(|| delivery.take(2)).collect();
        assert_eq!(records, [[1], [2], [3], [4], [5], [9]]);
    }
}
