//! The search: what is chosen, who works on it, and what stops it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::closed::Condensed;
use super::explorer::{Explorer, Extension};
use super::lists::{Rank, Reduced};
use super::processor::{Processor, on_this_processor};
use super::rows::Rows;
use super::sharing::{LeaveOnPanic, Sharing};
use super::sink::{Ended, Expanding, Limits, Recording, Shared, Sink, Tally, add};
use super::sparse::bits_are_cheaper;
use super::threads::{Delivery, StopOnPanic, thread_count};
use super::visitor::Visitor;
use super::wanted::Layout;
use super::{Database, Itemsets, Stopped, Summary, Target, Wanted};

/// A search for frequent itemsets, ready to run.
#[derive(Debug)]
pub struct Search {
    wanted: Wanted,
    threads: usize,
    space: Space,
}

/// What is searched, with numbers for its items as narrow as they can be: the narrower, the more of it is at hand.
#[derive(Debug)]
enum Space {
    Narrow(Reduced<u16>),
    Wide(Reduced<u32>),
}

/// Does `$body` with `$reduced` as what is searched.
macro_rules! in_space {
    ($space:expr, $reduced:ident => $body:expr) => {
        match $space {
            Space::Narrow($reduced) => $body,
            Space::Wide($reduced) => $body,
        }
    };
}

impl Search {
    /// Prepares a search: leaves out what is not frequent, numbers the rest by support, and frees the database.
    ///
    /// # Errors
    /// What is left needs more memory than wanted.
    pub fn new(database: Database, mut wanted: Wanted) -> Result<Self, Stopped> {
        wanted.min_support = wanted.min_support.max(1);
        let out_of_memory = Stopped::OutOfMemory { max_memory: wanted.max_memory, min_support: wanted.min_support };
        // Places are 32 bits wide.
        if database.rows() + database.len() as u64 >= u64::from(u32::MAX) {
            return Err(out_of_memory);
        }
        let frequent = (0..database.width()).filter(|&item| database.support(item) >= wanted.min_support).count();
        let threads = thread_count(wanted.threads);
        let space = if frequent < usize::from(u16::MAX) {
            Space::Narrow(Reduced::new(&database, wanted.min_support, threads))
        } else {
            Space::Wide(Reduced::new(&database, wanted.min_support, threads))
        };
        let memory = in_space!(&space, reduced => reduced.lists.memory());
        if memory > wanted.max_memory {
            return Err(out_of_memory);
        }
        Ok(Self { wanted, threads, space })
    }

    /// Counts the sets, without making them.
    ///
    /// # Errors
    /// A bound was met.
    pub fn count(self) -> Result<Summary, Stopped> {
        on_this_processor!(processor => in_space!(&self.space, reduced => self.count_on(processor, reduced)))
    }

    /// Hands each set to `visitor`.
    ///
    /// # Errors
    /// A bound was met; what was visited until then is not everything.
    pub fn visit(self, visitor: &mut impl Visitor) -> Result<Summary, Stopped> {
        on_this_processor!(processor => in_space!(&self.space, reduced => self.visit_on(processor, reduced, visitor)))
    }

    /// Keeps all sets.
    ///
    /// # Errors
    /// A bound was met.
    pub fn collect(self) -> Result<Itemsets, Stopped> {
        let mut itemsets = Itemsets::default();
        let Wanted { max_memory, min_support, .. } = self.wanted;
        let mut is_full = false;
        self.visit(&mut |items: &[u32], support| {
            itemsets.push(items, support);
            is_full = itemsets.memory() > max_memory;
            if is_full { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
        })?;
        if is_full {
            return Err(Stopped::OutOfMemory { max_memory, min_support });
        }
        Ok(itemsets.sorted())
    }

    fn limits(&self) -> Limits {
        let Wanted { min_length, max_length, max_itemsets, .. } = self.wanted;
        Limits { min_length, max_length, max_itemsets }
    }

    /// Bytes that a thread has for projected databases.
    fn room<R: Rank>(&self, plan: &Plan<R>) -> usize {
        let rows = plan.rows.as_ref().map_or(0, |rows| rows.bytes(rows.items().len()));
        self.wanted.max_memory.saturating_sub(plan.reduced.lists.memory() + rows) / self.threads
    }

    fn out_of_memory(&self) -> Stopped {
        let Wanted { max_memory, min_support, .. } = self.wanted;
        Stopped::OutOfMemory { max_memory, min_support }
    }

    fn too_many(&self) -> Stopped {
        let Wanted { max_itemsets, min_support, .. } = self.wanted;
        Stopped::TooManyItemsets { max_itemsets, min_support }
    }

    fn count_on<P: Processor, R: Rank>(&self, processor: P, reduced: &Reduced<R>) -> Result<Summary, Stopped> {
        let (limits, shared) = (self.limits(), Shared::default());
        let plan = Plan::new(reduced, &self.wanted);
        let next = AtomicUsize::new(0);
        let threads = self.threads;
        let sharing = Sharing::new(threads);
        let work = || {
            let _guard = LeaveOnPanic(&sharing);
            let sink = Tally::new(limits, &shared);
            let mut explorer = Explorer::new(processor, sink, &self.wanted, &sharing, self.room(&plan));
            loop {
                let task = next.fetch_add(1, Ordering::Relaxed);
                if task >= plan.tasks() || explorer.is_stopped() {
                    break;
                }
                plan.run(task, &mut explorer);
            }
            while let Some(gift) = sharing.take() {
                explorer.accept(gift);
            }
            explorer.sink.report();
            let mut counts = Vec::new();
            explorer.sink.add_to(&mut counts);
            counts
        };
        let mut counts = Vec::new();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mine = work();
            let others = threads.into_iter().flat_map(|thread| match thread.join() {
                Ok(counts) => Some(counts),
                Err(panic) => std::panic::resume_unwind(panic),
            });
            for (length, sets) in others.chain([mine]).flat_map(|counts| counts.into_iter().enumerate()) {
                add(&mut counts, length, sets);
            }
        });
        while counts.pop_if(|sets| *sets == 0).is_some() {}
        let summary = Summary { counts, method: plan.to_string() };
        if sharing.is_given_up() {
            return Err(self.out_of_memory());
        }
        if summary.total() > limits.max_itemsets { Err(self.too_many()) } else { Ok(summary) }
    }

    fn visit_on<P: Processor, R: Rank, V: Visitor>(
        &self,
        processor: P,
        reduced: &Reduced<R>,
        visitor: &mut V,
    ) -> Result<Summary, Stopped> {
        let mut expanding = Expanding::new(visitor, self.limits());
        let plan = Plan::new(reduced, &self.wanted);
        let tasks = plan.tasks();
        let (room, sharing) = (self.room(&plan), Sharing::new(self.threads));
        if self.threads == 1 {
            let mut explorer = Explorer::new(processor, expanding, &self.wanted, &sharing, room);
            for task in 0..tasks {
                if !explorer.is_stopped() {
                    plan.run(task, &mut explorer);
                }
            }
            expanding = explorer.sink;
        } else {
            let (delivery, next) = (Delivery::default(), AtomicUsize::new(0));
            let work = || {
                let (_guard, _other_guard) = (StopOnPanic(&delivery), LeaveOnPanic(&sharing));
                let sink = Recording::new(&delivery);
                let mut explorer = Explorer::new(processor, sink, &self.wanted, &sharing, room);
                loop {
                    let task = next.fetch_add(1, Ordering::Relaxed);
                    if task >= tasks || explorer.is_stopped() {
                        break;
                    }
                    explorer.sink.task = task;
                    plan.run(task, &mut explorer);
                    explorer.sink.deliver(true);
                }
                loop {
                    if sharing.is_given_up() {
                        delivery.stop();
                    }
                    let Some(gift) = sharing.take() else { break };
                    explorer.accept(gift);
                    explorer.sink.deliver(true);
                }
            };
            std::thread::scope(|scope| {
                let _guard = StopOnPanic(&delivery);
                for _ in 0..self.threads {
                    scope.spawn(work);
                }
                while let Some(record) = delivery.take(tasks) {
                    expanding.replay(&record);
                    if expanding.is_stopped() {
                        delivery.stop();
                    }
                }
            });
        }
        if sharing.is_given_up() {
            return Err(self.out_of_memory());
        }
        if expanding.ended == Some(Ended::TooMany) {
            return Err(self.too_many());
        }
        Ok(Summary { counts: expanding.counts, method: plan.to_string() })
    }
}

/// How a space is searched, in tasks that can be done in any order: one for each item, the rarest first, and before them one
/// for the items that are everywhere.
struct Plan<'a, R> {
    reduced: &'a Reduced<R>,
    /// The baskets as rows of bits, if that is the way to search them.
    rows: Option<Rows>,
    condensed: Option<Condensed>,
}

impl<'a, R: Rank> Plan<'a, R> {
    fn new(reduced: &'a Reduced<R>, wanted: &Wanted) -> Self {
        let items: Vec<Extension> = (0..)
            .zip(reduced.items.iter().zip(&reduced.supports))
            .map(|(place, (&item, &support))| Extension { place, item, support })
            .collect();
        let columns = reduced.baskets as usize;
        let bits = match wanted.layout {
            Layout::Bits => true,
            Layout::Lists => false,
            Layout::Automatic => {
                bits_are_cheaper(columns, &items) && columns.div_ceil(8) * items.len() < wanted.max_memory
            }
        };
        let rows = bits.then(|| {
            let mut rows = Rows::default();
            rows.reset(columns, &items);
            for (column, basket) in reduced.lists.baskets().enumerate() {
                for rank in basket {
                    rows.set(rank.index(), column);
                }
            }
            rows
        });
        let condensed = match wanted.target {
            Target::All => None,
            Target::Closed => Some(Condensed::Closed),
            Target::Maximal => Some(Condensed::Maximal),
        };
        Self { reduced, rows, condensed }
    }

    fn tasks(&self) -> usize {
        self.reduced.items.len() + 1
    }

    fn run<P: Processor, K: Sink>(&self, task: usize, explorer: &mut Explorer<'_, P, K, R>) {
        let Reduced { items, lists, everywhere, baskets, .. } = self.reduced;
        let Some(task) = task.checked_sub(1) else {
            match self.condensed {
                None => explorer.sink.family(&[], everywhere, *baskets),
                Some(Condensed::Maximal) if !items.is_empty() => {}
                Some(_) => explorer.sink.family(everywhere, &[], *baskets),
            }
            return;
        };
        let rank = items.len() - 1 - task;
        if self.condensed.is_some() {
            explorer.set.clear();
            explorer.set.extend_from_slice(everywhere);
        } else {
            explorer.perfect.clear();
            explorer.perfect.extend_from_slice(everywhere);
        }
        match (&self.rows, self.condensed) {
            (Some(rows), None) => explorer.explore_row(rows, rank),
            (Some(rows), Some(condensed)) => explorer.condense_row(rows, rank, condensed),
            (None, None) => explorer.explore_rank(lists, items, rank),
            (None, Some(condensed)) => explorer.condense_rank(lists, items, rank, condensed),
        }
    }
}

impl<R: Rank> fmt::Display for Plan<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reduced { items, lists, baskets, everywhere, .. } = self.reduced;
        if items.is_empty() {
            // Either there are none, or each of their sets is in every basket.
            return match everywhere.len() {
                0 => write!(f, "none: no item is frequent"),
                count => write!(f, "none: all {count} frequent items are in every basket"),
            };
        }
        let cells = f64::from(*baskets) * items.len() as f64;
        let filled = 100.0 * lists.entries() as f64 / cells.max(1.0);
        let (search, how) = match self.rows {
            Some(_) => ("Eclat over bit rows", "bits are cheaper to intersect than lists to walk"),
            None => ("occurrence deliver over lists", "lists are shorter to walk than bits to intersect"),
        };
        write!(f, "{search}: the {} frequent items fill {filled:.2} % of {baskets} baskets, {how}", items.len())
    }
}

#[cfg(test)]
mod tests {
    use super::super::processor::Any;
    use super::*;

    #[test]
    fn any_processor_finds_the_same_as_this_one() {
        let mut database = Database::default();
        for basket in 0..500_u32 {
            let items: Vec<u32> = (0..30).filter(|item| (basket * 7 + item * item * 13) % (item + 2) < 2).collect();
            database.push(&items);
        }
        for layout in [Layout::Lists, Layout::Bits] {
            let wanted = Wanted { min_support: 20, layout, threads: 1, ..Wanted::default() };
            let search = Search::new(database.clone(), wanted).unwrap();
            let counts = in_space!(&search.space, reduced => search.count_on(Any, reduced)).unwrap().counts;
            assert!(counts.len() > 4);
            assert_eq!(counts, search.count().unwrap().counts);
        }
    }
}
