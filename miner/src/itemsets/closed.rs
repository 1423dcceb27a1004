//! Closed and maximal sets.
//!
//! The search is the one of [`dense`](super::dense), with the items that it leaves behind (those for which all sets with the
//! present one were already searched) kept as further rows. If such an item is in all baskets of a set, neither this set nor
//! any that is found from it is closed: the search turns back (as LCM does by prefix-preserving closure extension: Uno,
//! Asai, Uchida, Arimura, "An efficient algorithm for enumerating closed patterns in transaction databases", DS 2004). A
//! set is maximal if no item at all is left that makes a frequent set with it.

use super::explorer::{Explorer, Extension};
use super::lists::{Lists, Rank};
use super::processor::Processor;
use super::rows::{Rows, count_shared_on};
use super::sharing::Projected;
use super::sink::Sink;

/// Which sets are wanted: closed, or only the maximal ones among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condensed {
    Closed,
    Maximal,
}

/// What can be added to a set.
#[derive(Debug, Default)]
struct Additions {
    /// Items to go on with, and behind them items left behind: all that make frequent sets.
    items: Vec<Extension>,
    /// How many of them are to go on with.
    ahead: usize,
}

impl<P: Processor, K: Sink, R: Rank> Explorer<'_, P, K, R> {
    /// All wanted sets whose rarest item, beyond the present set, is the one ranked `rank`.
    pub(super) fn condense_rank(&mut self, lists: &Lists<R>, items: &[u32], rank: usize, wanted: Condensed) {
        let places = lists.occurrences(rank);
        let support = places.len() as u32;
        if self.counts.len() < lists.width() {
            self.counts.resize(lists.width(), 0);
        }
        let mut met = Vec::new();
        for other in places.iter().flat_map(|&place| lists.around(place)) {
            let count = &mut self.counts[other.index()];
            if *count == 0 {
                met.push(other.index() as u32);
            }
            *count += 1;
        }
        met.sort_unstable();
        let min_support = self.min_support;
        let mut counts: Vec<Extension> = met
            .into_iter()
            .map(|place| Extension {
                place,
                item: items[place as usize],
                support: std::mem::take(&mut self.counts[place as usize]),
            })
            .collect();
        counts.retain(|other| other.support >= min_support);
        self.condense(items[rank], support, counts.into_iter(), rank, wanted, |explorer, additions| {
            let mut rows = explorer.spare.rows.pop().unwrap_or_default();
            explorer.places.resize(explorer.places.len().max(lists.width()), u32::MAX);
            for (row, item) in (0..).zip(&additions.items) {
                explorer.places[item.place as usize] = row;
            }
            rows.reset(places.len(), &additions.items);
            for (column, &place) in places.iter().enumerate() {
                for other in lists.around(place) {
                    match explorer.places[other.index()] {
                        u32::MAX => {}
                        row => rows.set(row as usize, column),
                    }
                }
            }
            for item in &additions.items {
                explorer.places[item.place as usize] = u32::MAX;
            }
            rows
        });
    }

    /// All wanted sets that extend the present one by items of the rows before `end`.
    pub(super) fn condense_rows(&mut self, rows: &Rows, end: usize, wanted: Condensed) {
        for at in (0..end).rev() {
            if self.is_stopped() {
                break;
            }
            if rows.are_worth_giving(at)
                && self.is_asked()
                && let Some(after) = self.give(at, || Projected::Rows(rows.clone(), Some(wanted)))
            {
                self.condense_row(rows, at, wanted);
                self.sink.go_on_at(after);
                break;
            }
            self.condense_row(rows, at, wanted);
        }
    }

    /// All wanted sets whose rarest item, beyond the present set, is that of row `at`. Rows are to go on with; those from
    /// `ahead` on were left behind.
    pub(super) fn condense_row(&mut self, rows: &Rows, at: usize, wanted: Condensed) {
        let Extension { item, support, .. } = rows.items()[at];
        let row = rows.row(at);
        let mut counts = vec![0; rows.items().len()];
        count_shared_on(self.processor, rows, row, &mut counts);
        counts[at] = 0;
        let min_support = self.min_support;
        let counts = (0..)
            .zip(&counts)
            .filter(|(_, count)| **count >= min_support)
            .map(|(place, &support)| Extension { place, item: rows.items()[place as usize].item, support });
        self.condense(item, support, counts, at, wanted, |explorer, additions| {
            let mut selected = explorer.spare.rows.pop().unwrap_or_default();
            explorer.processor.run(
                #[inline(always)]
                || selected.select(rows, row, support, &additions.items),
            );
            selected
        });
    }

    /// Adds an item to the set, reports the set it makes if that is wanted, and goes on from there. `others` has what else is
    /// frequent together with it, by rising place; places below `end` are to go on with.
    fn condense(
        &mut self,
        item: u32,
        support: u32,
        others: impl Iterator<Item = Extension>,
        end: usize,
        wanted: Condensed,
        rows: impl FnOnce(&mut Self, &Additions) -> Rows,
    ) {
        let before = self.set.len();
        self.set.push(item);
        let mut additions = Additions::default();
        for other in others {
            match ((other.place as usize) < end, other.support == support) {
                (true, true) => self.set.push(other.item),
                (true, false) => {
                    additions.items.push(other);
                    additions.ahead += 1;
                }
                (false, true) => {
                    self.set.truncate(before);
                    return;
                }
                (false, false) => additions.items.push(other),
            }
        }
        if wanted == Condensed::Closed || additions.items.is_empty() {
            self.sink.family(&self.set, &[], support);
        }
        // Whatever is found from here on is longer.
        if additions.ahead > 0 && self.set.len() < self.max_length {
            additions.items[..additions.ahead].sort_by_key(|extension| std::cmp::Reverse(extension.support));
            let rows = rows(self, &additions);
            let bytes = rows.bytes(additions.items.len());
            if self.take_room(bytes) {
                self.condense_rows(&rows, additions.ahead, wanted);
                self.leave_room(bytes);
            }
            self.spare.rows.push(rows);
        }
        self.set.truncate(before);
    }
}
