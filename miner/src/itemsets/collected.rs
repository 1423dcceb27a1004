//! Sets that are kept, to look them up.

/// Itemsets with their supports, ordered by items: shorter before longer where one begins the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Itemsets {
    /// The items of all sets, one behind the other.
    items: Vec<u32>,
    /// Where each set ends in `items`.
    ends: Vec<usize>,
    supports: Vec<u32>,
}

impl Itemsets {
    /// Adds a set, its items ascending. Look-ups only work after [`Self::sorted`].
    pub(super) fn push(&mut self, items: &[u32], support: u32) {
        self.items.extend_from_slice(items);
        self.ends.push(self.items.len());
        self.supports.push(support);
    }

    /// Bytes it takes.
    pub(super) fn memory(&self) -> usize {
        4 * (self.items.capacity() + self.supports.capacity()) + size_of::<usize>() * self.ends.capacity()
    }

    /// In order.
    pub(super) fn sorted(self) -> Self {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_unstable_by_key(|&at| self.get(at).0);
        let mut sorted = Self::default();
        for at in order {
            let (items, support) = self.get(at);
            sorted.push(items, support);
        }
        sorted
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The items (ascending) and the support of the set at a place in the order.
    #[must_use]
    pub fn get(&self, at: usize) -> (&[u32], u32) {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        (&self.items[start..self.ends[at]], self.supports[at])
    }

    /// The sets in order: items (ascending) and support.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u32], u32)> {
        (0..self.len()).map(|at| self.get(at))
    }

    /// Where a set (its items ascending) stands in the order, if it is there.
    #[must_use]
    pub fn position(&self, items: &[u32]) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).0.cmp(items) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The support of a set (its items ascending), if it is there.
    #[must_use]
    pub fn support(&self, items: &[u32]) -> Option<u32> {
        self.position(items).map(|at| self.supports[at])
    }
}
