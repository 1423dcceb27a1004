//! The search itself.

use std::collections::HashMap;

use super::visitor::Visitor;
use super::{Database, Itemsets, Stopped, Summary, Target, Wanted};

/// A search for frequent itemsets, ready to run.
#[derive(Debug)]
pub struct Search {
    database: Database,
    wanted: Wanted,
}

type Sets = Vec<(Vec<u32>, u32)>;

impl Search {
    /// Prepares a search.
    ///
    /// # Errors
    /// The baskets alone need more memory than wanted.
    pub fn new(database: Database, wanted: Wanted) -> Result<Self, Stopped> {
        Ok(Self { database, wanted })
    }

    /// Counts the sets, without making them.
    ///
    /// # Errors
    /// A bound was met.
    pub fn count(self) -> Result<Summary, Stopped> {
        self.visit(&mut |_: &[u32], _| ())
    }

    /// Hands each set to `visitor`.
    ///
    /// # Errors
    /// A bound was met; what was visited until then is not everything.
    pub fn visit(self, visitor: &mut impl Visitor) -> Result<Summary, Stopped> {
        let mut summary = Summary { method: "Eclat".to_owned(), ..Summary::default() };
        let mut add = |items: &[u32], support| {
            if summary.counts.len() <= items.len() {
                summary.counts.resize(items.len() + 1, 0);
            }
            summary.counts[items.len()] += 1;
            visitor.visit(items, support)
        };
        for (items, support) in self.sets()? {
            if add(&items, support).is_break() {
                break;
            }
        }
        Ok(summary)
    }

    /// Keeps all sets.
    ///
    /// # Errors
    /// A bound was met.
    pub fn collect(self) -> Result<Itemsets, Stopped> {
        let mut sets: Sets = Vec::new();
        self.visit(&mut |items: &[u32], support| sets.push((items.to_vec(), support)))?;
        let sets: Vec<(&[u32], u32)> = sets.iter().map(|(items, support)| (items.as_slice(), *support)).collect();
        Ok(Itemsets::new(&sets))
    }

    fn sets(self) -> Result<Sets, Stopped> {
        let mut occurrences: HashMap<u32, Vec<u32>> = HashMap::new();
        for (basket, items) in self.database.iter().enumerate() {
            for &item in items {
                occurrences.entry(item).or_default().push(basket as u32);
            }
        }
        let min_support = self.wanted.min_support.max(1);
        let mut items: Vec<(u32, Vec<u32>)> =
            occurrences.into_iter().filter(|(_, baskets)| baskets.len() >= min_support as usize).collect();
        // Rare first: their lists are short, and so are all that follow from them.
        items.sort_by_key(|(item, baskets)| (baskets.len(), *item));
        let mut eclat = Eclat { wanted: self.wanted, prefix: Vec::new(), sets: Vec::new() };
        eclat.extend(&items)?;
        let lengths = self.wanted.min_length..=self.wanted.max_length;
        let mut sets = eclat.sets;
        if self.wanted.target != Target::All {
            let supports: HashMap<Vec<u32>, u32> = sets.iter().cloned().collect();
            let mut covered: HashMap<Vec<u32>, ()> = HashMap::new();
            for (items, support) in &sets {
                for leave in 0..items.len() {
                    let mut part = items.clone();
                    part.remove(leave);
                    if self.wanted.target == Target::Maximal || supports.get(&part) == Some(support) {
                        covered.insert(part, ());
                    }
                }
            }
            sets.retain(|(items, _)| !covered.contains_key(items));
        }
        sets.retain(|(items, _)| lengths.contains(&items.len()));
        sets.sort_unstable();
        Ok(sets)
    }
}

struct Eclat {
    wanted: Wanted,
    prefix: Vec<u32>,
    sets: Sets,
}

impl Eclat {
    /// Adds the prefix with each of the items, then what is frequent beyond.
    fn extend(&mut self, items: &[(u32, Vec<u32>)]) -> Result<(), Stopped> {
        let Wanted { min_support, max_length, max_itemsets, target, .. } = self.wanted;
        if self.prefix.len() >= max_length && target == Target::All {
            return Ok(());
        }
        for (at, (item, baskets)) in items.iter().enumerate() {
            if self.sets.len() as u64 >= max_itemsets {
                return Err(Stopped::TooManyItemsets { max_itemsets, min_support });
            }
            self.prefix.push(*item);
            let mut set = self.prefix.clone();
            set.sort_unstable();
            self.sets.push((set, baskets.len() as u32));
            let together: Vec<(u32, Vec<u32>)> = items[at + 1..]
                .iter()
                .map(|(other, theirs)| (*other, intersection(baskets, theirs)))
                .filter(|(_, both)| both.len() >= min_support.max(1) as usize)
                .collect();
            self.extend(&together)?;
            self.prefix.pop();
        }
        Ok(())
    }
}

/// What two ascending lists have in common.
fn intersection(left: &[u32], right: &[u32]) -> Vec<u32> {
    let mut common = Vec::with_capacity(left.len().min(right.len()));
    let mut right = right.iter().peekable();
    for &value in left {
        while right.next_if(|&&other| other < value).is_some() {}
        if right.next_if(|&&other| other == value).is_some() {
            common.push(value);
        }
    }
    common
}
