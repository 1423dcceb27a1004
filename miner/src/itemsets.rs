//! Frequent itemsets: sets of songs that are together in enough playlists.
//!
//! Eclat (Zaki, "Scalable algorithms for association mining", IEEE TKDE 12(3), 2000): depth first over item sets in
//! ascending order of support, each with the list of playlists that contain it; a set's list is the intersection of
//! the lists of its two parents.

use crate::baskets::Baskets;

/// What is frequent enough, and how much of it is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Playlists that must contain a set; at least 1.
    pub min_support: u32,
    /// Most songs in a set.
    pub max_length: usize,
    /// Most sets: mining stops there. A few playlists that share many songs hold more sets than there are atoms.
    pub max_itemsets: usize,
}

/// A frequent set of items with its support.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Itemset {
    /// Items, ascending.
    pub items: Vec<u32>,
    /// Baskets that contain all of them.
    pub support: u32,
}

/// The sets found, ordered by items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Itemsets {
    sets: Vec<Itemset>,
}

/// There are more frequent itemsets than wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "more than {max_itemsets} sets of songs are in {min_support} playlists or more: raise the minimum support, lower the maximum length, or allow more sets"
)]
pub struct TooMany {
    /// How many were wanted.
    pub max_itemsets: usize,
    /// The minimum support.
    pub min_support: u32,
}

impl Itemsets {
    /// All frequent itemsets of some baskets, exactly.
    ///
    /// # Errors
    /// There are more than `bounds.max_itemsets`.
    pub fn mine(baskets: &Baskets, bounds: Bounds) -> Result<Self, TooMany> {
        let mut occurrences: Vec<Vec<u32>> = vec![Vec::new(); baskets.titles.len()];
        for (basket, songs) in baskets.iter().enumerate() {
            for &song in songs {
                occurrences[song as usize].push(basket as u32);
            }
        }
        let min_support = bounds.min_support.max(1);
        let mut items: Vec<(u32, Vec<u32>)> =
            (0..).zip(occurrences).filter(|(_, baskets)| baskets.len() >= min_support as usize).collect();
        // Rare first: their lists are short, and so are all that follow from them.
        items.sort_by_key(|(item, baskets)| (baskets.len(), *item));
        let mut search = Search { bounds, prefix: Vec::new(), sets: Vec::new() };
        search.extend(&items)?;
        let mut sets = search.sets;
        sets.sort_unstable();
        Ok(Self { sets })
    }

    /// The sets, ordered by items.
    #[must_use]
    pub fn all(&self) -> &[Itemset] {
        &self.sets
    }

    /// The support of a set, if it is frequent.
    #[must_use]
    pub fn support(&self, items: &[u32]) -> Option<u32> {
        let at = self.sets.binary_search_by(|set| set.items.as_slice().cmp(items)).ok()?;
        Some(self.sets[at].support)
    }
}

struct Search {
    bounds: Bounds,
    prefix: Vec<u32>,
    sets: Vec<Itemset>,
}

impl Search {
    /// Adds the prefix with each of the items, then what is frequent beyond.
    fn extend(&mut self, items: &[(u32, Vec<u32>)]) -> Result<(), TooMany> {
        let Bounds { min_support, max_length, max_itemsets } = self.bounds;
        if self.prefix.len() >= max_length {
            return Ok(());
        }
        for (at, (item, baskets)) in items.iter().enumerate() {
            if self.sets.len() >= max_itemsets {
                return Err(TooMany { max_itemsets, min_support });
            }
            self.prefix.push(*item);
            let mut set = self.prefix.clone();
            set.sort_unstable();
            self.sets.push(Itemset { items: set, support: baskets.len() as u32 });
            if self.prefix.len() < max_length {
                let together: Vec<(u32, Vec<u32>)> = items[at + 1..]
                    .iter()
                    .map(|(other, theirs)| (*other, intersection(baskets, theirs)))
                    .filter(|(_, both)| both.len() >= min_support.max(1) as usize)
                    .collect();
                self.extend(&together)?;
            }
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
