//! Sparse baskets: counting along lists.
//!
//! *Occurrence deliver* (Uno, Kiyomi, Arimura, "LCM ver. 2: Efficient mining algorithms for frequent/closed/maximal itemsets",
//! FIMI 2004): the baskets that contain a set are walked through once, and each item met on the way gets a tick; that counts
//! all sets that are one item longer at the price of reading those baskets. What is frequent among them is the *projected
//! database* of the set (Han, Pei, Yin, "Mining frequent patterns without candidate generation", SIGMOD 2000), a smaller
//! problem of the same kind: its baskets are copied without the items that are not frequent there, as [lists](Lists) again, or as
//! [rows of bits](Rows) where those are cheaper.
//!
//! A set is only ever extended by more frequent items. The rarest item of a set comes first, so most projected databases
//! hang from rare items and are small.

use super::explorer::{Explorer, Extension};
use super::lists::{Lists, Rank};
use super::processor::Processor;
use super::sink::Sink;
use super::wanted::Layout;

impl<P: Processor, K: Sink, R: Rank> Explorer<P, K, R> {
    /// All sets whose rarest item, beyond the present set, is the one ranked `rank`. `items` has the item of each rank.
    pub(super) fn explore_rank(&mut self, lists: &Lists<R>, items: &[u32], rank: usize) {
        let support = lists.occurrences(rank).len() as u32;
        let perfect_before = self.perfect.len();
        self.set.push(items[rank]);
        let mut extensions = self.extensions();
        let longest = self.set.len() >= self.max_length;
        if rank > 0 && !longest {
            self.deliver(lists, items, rank, &mut extensions);
        }
        self.sink.family(&self.set, &self.perfect, support);
        if extensions.len() < 2 || self.set.len() + 1 >= self.max_length {
            self.finish(&extensions);
        } else {
            self.project(lists, support as usize, &mut extensions);
        }
        self.spare.extensions.push(extensions);
        self.perfect.truncate(perfect_before);
        self.set.pop();
    }

    /// Finds the frequent extensions and the perfect ones, and leaves the baskets walked through in `self.walked`.
    fn deliver(&mut self, lists: &Lists<R>, items: &[u32], rank: usize, extensions: &mut Vec<Extension>) {
        let processor = self.processor;
        let places = lists.occurrences(rank);
        let (support, min_support) = (places.len() as u32, self.min_support);
        if self.counts.len() < lists.width() {
            self.counts.resize(lists.width(), 0);
        }
        let counts = &mut self.counts[..rank];
        let (perfect, walked) = (&mut self.perfect, &mut self.walked);
        processor.run(
            #[inline(always)]
            || {
                let mut length = 0;
                let mut touched = 0;
                for (at, &place) in places.iter().enumerate() {
                    // What is soon needed is read now, so that it is at hand by then.
                    if let Some(&soon) = places.get(at + AHEAD) {
                        touched ^= lists.before(soon).last().copied().map_or(0, R::index);
                    }
                    if walked.len() < length + rank + 1 {
                        walked.resize((length + rank + 1).next_power_of_two(), R::default());
                    }
                    let room = &mut walked[length..length + rank + 1];
                    for (&other, walked) in lists.before(place).iter().rev().zip(room) {
                        *walked = other;
                        length += 1;
                        // The fence is no lower rank: it ends the basket, here and among those walked through.
                        let Some(count) = counts.get_mut(other.index()) else { break };
                        *count += 1;
                    }
                }
                std::hint::black_box(touched);
                walked.truncate(length);
                for (chunk, counts) in counts.chunks_mut(CHUNK).enumerate() {
                    if counts.iter().fold(0, |most, &count| most.max(count)) >= min_support {
                        for (place, &count) in (chunk * CHUNK..).zip(&*counts) {
                            if count == support {
                                perfect.push(items[place]);
                            } else if count >= min_support {
                                extensions.push(Extension { place: place as u32, item: items[place], support: count });
                            }
                        }
                    }
                    counts.fill(0);
                }
            },
        );
    }

    /// Goes on in the projected database: what was walked through, as far as it is frequent.
    fn project(&mut self, lists: &Lists<R>, baskets: usize, extensions: &mut [Extension]) {
        extensions.sort_by_key(|extension| std::cmp::Reverse(extension.support));
        // One more, for the fence.
        if self.places.len() < lists.width() + 1 {
            self.places.resize(lists.width() + 1, u32::MAX);
        }
        for (place, extension) in (0..).zip(&*extensions) {
            self.places[extension.place as usize] = place;
        }
        let bits = match self.layout {
            Layout::Bits => true,
            Layout::Lists => false,
            Layout::Automatic => bits_are_cheaper(baskets, extensions),
        };
        let (places, walked) = (&self.places[..=lists.width()], &self.walked);
        let fence = lists.fence();
        if bits {
            let mut rows = self.spare.rows.pop().unwrap_or_default();
            rows.reset(baskets, extensions);
            if self.marks.len() < walked.len() {
                self.marks.resize(walked.len(), (0, 0));
            }
            let (mut kept, mut column) = (0, 0);
            // Written before it is known whether it stays: a branch would be guessed wrong every other time.
            for &rank in walked {
                let place = places[rank.index()];
                self.marks[kept] = (place, column);
                kept += usize::from(place != u32::MAX);
                column += u32::from(rank == fence);
            }
            for &(row, column) in &self.marks[..kept] {
                rows.set(row as usize, column as usize);
            }
            self.forget_places(extensions);
            self.explore_rows(&rows);
            self.spare.rows.push(rows);
        } else {
            let mut projected = self.spare.lists.pop().unwrap_or_default();
            let supports: Vec<u32> = extensions.iter().map(|extension| extension.support).collect();
            let items: Vec<u32> = extensions.iter().map(|extension| extension.item).collect();
            let mut filling = projected.reset(&supports);
            let mut basket = Vec::new();
            for walked in walked.split(|&rank| rank == fence) {
                basket.clear();
                let kept = walked.iter().map(|&rank| places[rank.index()]).filter(|&place| place != u32::MAX);
                basket.extend(kept.map(|place| R::new(place as usize)));
                if !basket.is_empty() {
                    filling.push(&mut basket);
                }
            }
            self.forget_places(extensions);
            for rank in (0..projected.width()).rev() {
                if self.sink.is_stopped() {
                    break;
                }
                self.explore_rank(&projected, &items, rank);
            }
            self.spare.lists.push(projected);
        }
    }

    fn forget_places(&mut self, extensions: &[Extension]) {
        for extension in extensions {
            self.places[extension.place as usize] = u32::MAX;
        }
    }
}

/// Counts looked at together.
const CHUNK: usize = 64;

/// Baskets read ahead.
const AHEAD: usize = 8;

/// Whether rows of bits cost less than lists, for that many baskets with these extensions.
///
/// To count all pairs of k rows takes k²/2 intersections of `baskets`/64 words; walking lists takes half the sum of their
/// squared lengths, which is at least (entries)²/baskets. A tick of a counter takes about four times as long as a word of a row,
/// and a list must be copied besides.
pub(super) fn bits_are_cheaper(baskets: usize, extensions: &[Extension]) -> bool {
    let entries: u64 = extensions.iter().map(|extension| u64::from(extension.support)).sum();
    let (width, words) = (extensions.len() as u64, baskets.div_ceil(64) as u64);
    let walk = (u128::from(entries) * u128::from(entries) / baskets.max(1) as u128) as u64;
    width.saturating_mul(width).saturating_mul(words) <= walk.saturating_add(2 * entries).saturating_mul(4)
}
