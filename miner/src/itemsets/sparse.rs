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
use super::lists::{Lists, NEAR, Near, Rank};
use super::processor::Processor;
use super::sharing::Projected;
use super::sink::Sink;
use super::wanted::Layout;

impl<P: Processor, K: Sink, R: Rank> Explorer<'_, P, K, R> {
    /// All sets that extend the present one by items ranked before `end`.
    pub(super) fn explore_ranks(&mut self, lists: &Lists<R>, items: &[u32], end: usize) {
        for rank in (0..end).rev() {
            if self.is_stopped() {
                break;
            }
            if lists.are_worth_giving(rank)
                && self.is_asked()
                && let Some(after) = self.give(rank, || Projected::Lists(lists.clone(), items.to_vec()))
            {
                self.explore_rank(lists, items, rank);
                self.sink.go_on_at(after);
                break;
            }
            self.explore_rank(lists, items, rank);
        }
    }

    /// All sets whose rarest item, beyond the present set, is the one ranked `rank`. `items` has the item of each rank.
    pub(super) fn explore_rank(&mut self, lists: &Lists<R>, items: &[u32], rank: usize) {
        let support = lists.occurrences(rank).len() as u32;
        let perfect_before = self.perfect.len();
        self.set.push(items[rank]);
        let mut extensions = self.extensions();
        let longest = self.set.len() >= self.max_length;
        let walked = if rank > 0 && !longest { self.deliver(lists, items, rank, &mut extensions) } else { 0 };
        self.sink.family(&self.set, &self.perfect, support);
        if extensions.len() < 2 || self.set.len() + 1 >= self.max_length {
            self.finish(&extensions);
        } else {
            self.project(lists, support as usize, &mut extensions, walked);
        }
        self.spare.extensions.push(extensions);
        self.perfect.truncate(perfect_before);
        self.set.pop();
    }

    /// Finds the frequent extensions and the perfect ones. Leaves the baskets walked through in `self.walked`, and returns
    /// where there they begin.
    fn deliver(&mut self, lists: &Lists<R>, items: &[u32], rank: usize, extensions: &mut Vec<Extension>) -> usize {
        let processor = self.processor;
        let places = lists.occurrences(rank);
        let (support, min_support) = (places.len() as u32, self.min_support);
        if self.counts.len() < lists.width() {
            self.counts.resize(lists.width(), 0);
        }
        if self.walked.len() < lists.span() + NEAR {
            // Made anew, so that memory is not touched before it is needed.
            self.walked = vec![R::default(); lists.span() + NEAR];
        }
        let counts = &mut self.counts[..rank];
        let (perfect, walked) = (&mut self.perfect, &mut self.walked[..]);
        processor.run(
            #[inline(always)]
            || {
                let fence = lists.fence();
                let mut begin = walked.len();
                let mut together = [[fence; NEAR]; TOGETHER];
                for places in places.chunks(TOGETHER) {
                    // Baskets lie all over memory: several are fetched at once.
                    for (near, &place) in together.iter_mut().zip(places) {
                        *near = lists.near(place);
                    }
                    for (near, &place) in together.iter().zip(places) {
                        let (mut near, mut place) = (*near, place);
                        loop {
                            // Kept from the back, so that what is too much is written over.
                            if let Some(room) = walked[..begin].last_chunk_mut() {
                                *room = near;
                            }
                            let lower = after_fence(&near, fence);
                            for other in &near[NEAR - lower..] {
                                if let Some(count) = counts.get_mut(other.index()) {
                                    *count += 1;
                                }
                            }
                            if lower < NEAR {
                                // With the fence.
                                begin -= lower + 1;
                                break;
                            }
                            begin -= NEAR;
                            place -= NEAR as u32;
                            near = lists.near(place);
                        }
                    }
                }
                let mut judge = |place: usize, count: u32| {
                    if count == support {
                        perfect.push(items[place]);
                    } else if count >= min_support {
                        extensions.push(Extension { place: place as u32, item: items[place], support: count });
                    }
                };
                let walked = &walked[begin..];
                if walked.len() < rank / CHUNK {
                    // Few of many counters have ticked.
                    for place in walked.iter().map(|rank| rank.index()) {
                        if let Some(count) = counts.get_mut(place) {
                            judge(place, std::mem::take(count));
                        }
                    }
                } else {
                    for (chunk, counts) in counts.chunks_mut(CHUNK).enumerate() {
                        if counts.iter().fold(0, |most, &count| most.max(count)) >= min_support {
                            for (place, &count) in (chunk * CHUNK..).zip(&*counts) {
                                judge(place, count);
                            }
                        }
                        counts.fill(0);
                    }
                }
                begin
            },
        )
    }

    /// Goes on in the projected database: what was walked through, as far as it is frequent.
    fn project(&mut self, lists: &Lists<R>, baskets: usize, extensions: &mut [Extension], walked: usize) {
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
        let (places, walked) = (&self.places[..=lists.width()], &self.walked[walked..]);
        let fence = lists.fence();
        if bits {
            let mut rows = self.spare.rows.pop().unwrap_or_default();
            rows.reset(baskets, extensions);
            if self.marks.len() < walked.len() {
                self.marks.resize(walked.len(), (0, 0));
            }
            let (mut kept, mut column) = (0, u32::MAX);
            // Written before it is known whether it stays: a branch would be guessed wrong every other time.
            for &rank in walked {
                let place = places[rank.index()];
                column = column.wrapping_add(u32::from(rank == fence));
                self.marks[kept] = (place, column);
                kept += usize::from(place != u32::MAX);
            }
            for &(row, column) in &self.marks[..kept] {
                rows.set(row as usize, column as usize);
            }
            self.forget_places(extensions);
            let bytes = rows.bytes(extensions.len());
            if self.take_room(bytes) {
                self.explore_rows(&rows, extensions.len());
                self.leave_room(bytes);
            }
            self.spare.rows.push(rows);
        } else {
            let mut projected = self.spare.lists.pop().unwrap_or_default();
            let supports: Vec<u32> = extensions.iter().map(|extension| extension.support).collect();
            let items: Vec<u32> = extensions.iter().map(|extension| extension.item).collect();
            let mut filling = projected.reset(extensions.len());
            let mut basket = Vec::new();
            for walked in walked.split(|&rank| rank == fence) {
                basket.clear();
                let kept = walked.iter().map(|&rank| places[rank.index()]).filter(|&place| place != u32::MAX);
                basket.extend(kept.map(|place| R::new(place as usize)));
                if !basket.is_empty() {
                    filling.push(&mut basket);
                }
            }
            filling.finish(&supports, 1);
            self.forget_places(extensions);
            let bytes = projected.memory();
            if self.take_room(bytes) {
                self.explore_ranks(&projected, &items, projected.width());
                self.leave_room(bytes);
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

/// Baskets fetched together.
const TOGETHER: usize = 32;

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

/// How many ranks are behind the last fence; all of them if there is none.
#[inline(always)]
fn after_fence<R: Rank>(near: &Near<R>, fence: R) -> usize {
    let mut fences = 0_u32;
    for (at, &rank) in near.iter().enumerate() {
        fences |= u32::from(rank == fence) << at;
    }
    fences.leading_zeros() as usize - (32 - NEAR)
}
