//! Dense baskets: intersecting rows of bits.
//!
//! Eclat (Zaki, "Scalable algorithms for association mining", IEEE TKDE 12(3), 2000) over bit vectors (Burdick, Calimlim,
//! Gehrke, "MAFIA: A maximal frequent itemset algorithm for transactional databases", ICDE 2001, whose *parent equivalence
//! pruning* is what is called perfect extensions here): the baskets of a set are the intersection of its items' rows, and
//! counting the bits gives its support. Items are ordered anew by support at every set.

use super::explorer::{Explorer, Extension};
use super::lists::Rank;
use super::processor::Processor;
use super::rows::{Rows, count_shared_on, shared_by_three};
use super::sharing::Projected;
use super::sink::Sink;

impl<P: Processor, K: Sink, R: Rank> Explorer<'_, P, K, R> {
    /// All sets that extend the present one by items of the rows before `end`.
    pub(super) fn explore_rows(&mut self, rows: &Rows, end: usize) {
        for at in (0..end).rev() {
            if self.is_stopped() {
                break;
            }
            if rows.are_worth_giving(at)
                && self.is_asked()
                && let Some(after) = self.give(at, || Projected::Rows(rows.first(at), None))
            {
                self.explore_row(rows, at);
                self.sink.go_on_at(after);
                break;
            }
            self.explore_row(rows, at);
        }
    }

    /// All sets whose rarest item, beyond the present set, is that of row `at`.
    pub(super) fn explore_row(&mut self, rows: &Rows, at: usize) {
        let Extension { item, support, .. } = rows.items()[at];
        self.set.push(item);
        if at == 0 || self.set.len() >= self.max_length {
            self.sink.family(&self.set, &self.perfect, support);
            self.set.pop();
            return;
        }
        let perfect_before = self.perfect.len();
        let mut extensions = self.extensions();
        if self.counts.len() < at {
            self.counts.resize(at, 0);
        }
        let row = rows.row(at);
        let counts = &mut self.counts[..at];
        count_shared_on(self.processor, rows, row, counts);
        for (place, count) in counts.iter_mut().enumerate() {
            let shared = std::mem::take(count);
            if shared < self.min_support {
                continue;
            }
            let item = rows.items()[place].item;
            if shared == support {
                self.perfect.push(item);
            } else {
                extensions.push(Extension { place: place as u32, item, support: shared });
            }
        }
        self.sink.family(&self.set, &self.perfect, support);
        match extensions.as_slice() {
            [] => {}
            extensions if extensions.len() == 1 || self.set.len() + 1 >= self.max_length => self.finish(extensions),
            [one, other] if K::COUNTS_ONLY => {
                self.finish(&[*one, *other]);
                let (processor, one, other) = (self.processor, one.place as usize, other.place as usize);
                let all = processor.run(
                    #[inline(always)]
                    || shared_by_three(row, rows.row(one), rows.row(other)),
                );
                if all >= self.min_support {
                    self.sink.sets(self.set.len() + 2, self.perfect.len(), 1);
                }
            }
            _ => {
                extensions.sort_by_key(|extension| std::cmp::Reverse(extension.support));
                let mut selected = self.spare.rows.pop().unwrap_or_default();
                self.processor.run(
                    #[inline(always)]
                    || selected.select(rows, row, support, &extensions),
                );
                let bytes = selected.bytes(extensions.len());
                if self.take_room(bytes) {
                    self.explore_rows(&selected, extensions.len());
                    self.leave_room(bytes);
                }
                self.spare.rows.push(selected);
            }
        }
        self.spare.extensions.push(extensions);
        self.perfect.truncate(perfect_before);
        self.set.pop();
    }
}
