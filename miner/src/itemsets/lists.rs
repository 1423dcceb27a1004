//! Baskets reduced to what matters, both ways round: the items of each basket, and the baskets of each item.

use std::ops::Range;

use super::Database;
use super::sharing::WORTH_GIVING;

/// A number for an item, as wide as it must be.
pub(super) trait Rank: Copy + Ord + std::fmt::Debug + Send + Sync + Default {
    /// As this number; it must be small enough.
    fn new(rank: usize) -> Self;

    /// As an index.
    fn index(self) -> usize;
}

impl Rank for u16 {
    #[inline(always)]
    fn new(rank: usize) -> Self {
        rank as Self
    }

    #[inline(always)]
    fn index(self) -> usize {
        usize::from(self)
    }
}

impl Rank for u32 {
    #[inline(always)]
    fn new(rank: usize) -> Self {
        rank as Self
    }

    #[inline(always)]
    fn index(self) -> usize {
        self as usize
    }
}

/// Ranks read at a time.
pub(super) const NEAR: usize = 16;

/// Ranks read at a time.
pub(super) type Near<R> = [R; NEAR];

/// Baskets over *ranks*: items that are frequent enough, numbered by falling support, so that 0 is in most baskets.
///
/// Everything lies in three arrays, whatever the number of baskets.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists<R> {
    /// The ranks of each basket, ascending, each basket behind a [`Self::fence`], and before all of them
    /// [`NEAR`] fences, so that as many can always be read.
    ranks: Vec<R>,
    /// Where each rank occurs in `ranks`.
    places: Vec<u32>,
    /// Where the places of each rank begin in `places`; one more than there are ranks.
    starts: Vec<u32>,
}

impl<R: Rank> Lists<R> {
    /// How many ranks there are.
    pub(super) fn width(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Where a rank occurs, in all baskets that have it.
    #[inline(always)]
    pub(super) fn occurrences(&self, rank: usize) -> &[u32] {
        &self.places[self.starts[rank] as usize..self.starts[rank + 1] as usize]
    }

    /// What lies before a place: lower ranks of the same basket and, if it has fewer than [`NEAR`] of them, a fence before
    /// those. Before a fence lies what belongs to other baskets.
    #[inline(always)]
    pub(super) fn near(&self, place: u32) -> Near<R> {
        self.ranks[..place as usize].last_chunk().copied().unwrap_or([self.fence(); NEAR])
    }

    /// The other ranks of the basket at a place.
    pub(super) fn around(&self, place: u32) -> impl Iterator<Item = R> {
        let (fence, place) = (self.fence(), place as usize);
        let below = self.ranks[..place].iter().rev().take_while(move |rank| **rank != fence);
        let above = self.ranks[place + 1..].iter().take_while(move |rank| **rank != fence);
        below.chain(above).copied()
    }

    /// Whether to extend a set by each of the first ranks is so much work that another thread may be given it.
    #[inline(always)]
    pub(super) fn are_worth_giving(&self, ranks: usize) -> bool {
        self.starts[ranks] as usize >= WORTH_GIVING
    }

    /// How many numbers all baskets with their fences take.
    pub(super) fn span(&self) -> usize {
        self.ranks.len()
    }

    /// All ranks of all baskets together.
    pub(super) fn entries(&self) -> usize {
        self.places.len()
    }

    /// The baskets' ranks, ascending.
    pub(super) fn baskets(&self) -> impl Iterator<Item = &[R]> {
        let fence = self.fence();
        self.ranks.split(move |&rank| rank == fence).filter(|basket| !basket.is_empty())
    }

    /// What stands before each basket: higher than all ranks.
    pub(super) fn fence(&self) -> R {
        R::new(self.width())
    }

    /// Bytes it takes.
    pub(super) fn memory(&self) -> usize {
        size_of::<R>() * self.ranks.capacity() + 4 * (self.places.capacity() + self.starts.capacity())
    }

    /// Empties the lists and prepares them for baskets over so many ranks.
    pub(super) fn reset(&mut self, width: usize) -> Filling<'_, R> {
        let fence = R::new(width);
        self.ranks.clear();
        self.ranks.resize(NEAR, fence);
        Filling { lists: self, fence }
    }
}

/// Lists that are being filled.
pub(super) struct Filling<'a, R> {
    lists: &'a mut Lists<R>,
    fence: R,
}

impl<R: Rank> Filling<'_, R> {
    /// Adds a basket; its ranks need not be sorted, and are afterwards.
    pub(super) fn push(&mut self, basket: &mut [R]) {
        push_sorted(&mut self.lists.ranks, self.fence, basket);
    }

    /// All baskets are in. `supports` has the number of baskets of each rank; so many threads share the work.
    pub(super) fn finish(self, supports: &[u32], threads: usize) {
        let Lists { ranks, places, starts } = self.lists;
        starts.clear();
        starts.push(0);
        let mut end = 0;
        for &support in supports {
            starts.push(end);
            end += support;
        }
        places.clear();
        places.resize(end as usize, 0);
        // Until all is done, the entry behind that of a rank says where its next place goes.
        let mut next = &mut starts[1..];
        if threads <= 1 {
            return note_places(ranks, 0, 0, next, places);
        }
        // Each thread has some ranks, with as many places as the others: in a basket they follow each other.
        std::thread::scope(|scope| {
            let (mut rank, mut place, mut left) = (0, 0, places.as_mut_slice());
            for thread in 1..=threads {
                let until = (u64::from(end) * thread as u64 / threads as u64) as u32;
                let width = next.partition_point(|&start| start < until);
                let behind = next.get(width).map_or(end, |&start| start);
                let (these, others) = next.split_at_mut(width);
                let (mine, rest) = left.split_at_mut((behind - place) as usize);
                let (ranks, first, start) = (&*ranks, rank, place);
                if thread < threads {
                    scope.spawn(move || note_places(ranks, first, start, these, mine));
                } else {
                    note_places(ranks, first, start, these, mine);
                }
                (next, left, rank, place) = (others, rest, rank + width, behind);
            }
        });
    }
}

/// Notes where the ranks from `first` on occur: `next` says of each where its next place goes in `places`, which begins
/// with place number `start`.
fn note_places<R: Rank>(ranks: &[R], first: usize, start: u32, next: &mut [u32], places: &mut [u32]) {
    for (place, rank) in (0..).zip(ranks) {
        // There is none for the fence.
        if let Some(at) = next.get_mut(rank.index().wrapping_sub(first)) {
            places[(*at - start) as usize] = place;
            *at += 1;
        }
    }
}

/// Adds a basket behind a fence.
fn push_sorted<R: Rank>(ranks: &mut Vec<R>, fence: R, basket: &mut [R]) {
    basket.sort_unstable();
    ranks.push(fence);
    ranks.extend_from_slice(basket);
}

/// The frequent items of a database, and its baskets in their ranks.
#[derive(Clone, Debug, Default)]
pub(super) struct Reduced<R> {
    /// The item of each rank.
    pub(super) items: Vec<u32>,
    /// The support of each rank, falling.
    pub(super) supports: Vec<u32>,
    /// Items that are in every basket. They have no rank.
    pub(super) everywhere: Vec<u32>,
    /// The baskets that have any rank.
    pub(super) lists: Lists<R>,
    /// How many baskets there were, those without any rank included.
    pub(super) baskets: u32,
}

impl<R: Rank> Reduced<R> {
    /// Leaves out what is in fewer than `min_support` baskets.
    pub(super) fn new(database: &Database, min_support: u32, threads: usize) -> Self {
        let all = database.len() as u32;
        let frequent = (0..database.width()).filter(|&item| database.support(item) >= min_support);
        let (everywhere, mut items): (Vec<u32>, Vec<u32>) = frequent.partition(|&item| database.support(item) == all);
        items.sort_by_key(|&item| std::cmp::Reverse(database.support(item)));
        let supports: Vec<u32> = items.iter().map(|&item| database.support(item)).collect();
        let mut rank_of = vec![u32::MAX; database.width() as usize];
        for (rank, &item) in (0..).zip(&items) {
            rank_of[item as usize] = rank;
        }
        let (fence, threads) = (R::new(items.len()), threads.clamp(1, database.len().max(1)));
        let part = &|thread: usize, into: &mut Vec<R>| {
            let baskets = |thread| database.len() * thread / threads;
            rank_baskets(database, baskets(thread)..baskets(thread + 1), &rank_of, fence, into);
        };
        let mut lists = Lists::default();
        let filling = lists.reset(items.len());
        std::thread::scope(|scope| {
            let other = |thread| {
                scope.spawn(move || {
                    let mut ranks = Vec::new();
                    part(thread, &mut ranks);
                    ranks
                })
            };
            let others: Vec<_> = (1..threads).map(other).collect();
            part(0, &mut filling.lists.ranks);
            for other in others {
                match other.join() {
                    Ok(ranks) => filling.lists.ranks.extend_from_slice(&ranks),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        filling.finish(&supports, threads);
        Self { items, supports, everywhere, lists, baskets: all }
    }
}

/// Adds some baskets in their ranks to `into`, those without any left out.
fn rank_baskets<R: Rank>(database: &Database, baskets: Range<usize>, rank_of: &[u32], fence: R, into: &mut Vec<R>) {
    let mut ranks = Vec::new();
    let mut before = 0;
    for piece in database.pieces() {
        let within = |at: usize| at.saturating_sub(before).min(piece.len());
        for basket in piece.range(within(baskets.start)..within(baskets.end)) {
            if ranks.len() < basket.len() {
                ranks.resize(basket.len(), R::default());
            }
            // Written before it is known whether it stays: a branch would be guessed wrong every other time.
            let mut kept = 0;
            for &item in basket {
                let rank = rank_of[item as usize];
                ranks[kept] = R::new(rank as usize);
                kept += usize::from(rank != u32::MAX);
            }
            if kept > 0 {
                push_sorted(into, fence, &mut ranks[..kept]);
            }
        }
        before += piece.len();
    }
}
