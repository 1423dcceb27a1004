//! What is looked for, and within which bounds.

/// Which of the frequent itemsets are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// All of them.
    #[default]
    All,
    /// Those without a larger set in just as many baskets.
    Closed,
    /// Those without a larger frequent set.
    Maximal,
}

/// How baskets are laid out in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// Whichever is cheaper for the baskets at hand, chosen anew for each set's baskets.
    #[default]
    Automatic,
    /// Always lists of items.
    Lists,
    /// Always rows of bits.
    Bits,
}

/// What to look for, and within which bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Baskets that must contain a set. 0 is taken as 1. Raising it makes everything smaller and faster.
    pub min_support: u32,
    /// Fewest items in a set. Smaller sets are left out; the search is not shortened by it.
    pub min_length: usize,
    /// Most items in a set. Longer sets are left out, and not searched for. Whether a set is closed or maximal is decided
    /// among sets of any length: a bound on the length selects from the closed ones, and makes no set closed.
    pub max_length: usize,
    /// Which of the frequent sets.
    pub target: Target,
    /// Most sets: there the search stops. A few baskets that share many items hold more sets than there are atoms.
    pub max_itemsets: u64,
    /// Most memory, in bytes, for the baskets in the search's own form, and again for the sets that are kept. What is needed
    /// besides stays below a few times the former, for each thread.
    pub max_memory: usize,
    /// Threads to search with; 0 for as many as there are cores. What is found, and its order, is the same for any number.
    pub threads: usize,
    /// How baskets lie in memory. What is found is the same, only its order is not.
    pub layout: Layout,
}

impl Default for Wanted {
    /// Everything, on all cores, in at most 4 GiB.
    fn default() -> Self {
        Self {
            min_support: 1,
            min_length: 1,
            max_length: usize::MAX,
            target: Target::All,
            max_itemsets: u64::MAX,
            max_memory: 4 << 30,
            threads: 0,
            layout: Layout::Automatic,
        }
    }
}

/// A search that ended at a bound: what it has found until then is not everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Stopped {
    /// There are more sets than [`Wanted::max_itemsets`].
    #[error(
        "more than {max_itemsets} sets of items are in {min_support} baskets or more: raise the minimum support, lower the maximum length, ask for closed or maximal sets only, or allow more sets"
    )]
    TooManyItemsets {
        /// How many were allowed.
        max_itemsets: u64,
        /// The minimum support.
        min_support: u32,
    },
    /// The search needs more than [`Wanted::max_memory`].
    #[error(
        "the sets of items in {min_support} baskets or more need more than the {max_memory} bytes of memory allowed: raise the minimum support, lower the maximum length, ask for closed or maximal sets only, only count them, or allow more memory"
    )]
    OutOfMemory {
        /// How many bytes were allowed.
        max_memory: usize,
        /// The minimum support.
        min_support: u32,
    },
}
