//! Frequent itemsets as a tree of prefixes, to go from a set to its subsets in a few steps.

use std::ops::Range;

use crate::itemsets::Itemsets;

/// A set in the lattice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node(u32);

/// Itemsets as a tree: a set's children are the sets with one item more, larger than all of its own.
///
/// Nodes are numbered by length, then by items, so the children of a node stand together, ascending: two numbers a set
/// and the place of its first child are all there is to keep.
pub(super) struct Lattice {
    /// The last item of each set.
    items: Vec<u32>,
    supports: Vec<u32>,
    /// Where each set's children begin; they end where the next set's do.
    children: Vec<u32>,
}

impl Lattice {
    /// The empty set, which all baskets contain.
    pub(super) const ROOT: Node = Node(0);

    /// The lattice of some itemsets. A set whose prefixes are not all there is left out, and so is all beyond it.
    pub(super) fn new(itemsets: &Itemsets, baskets: usize) -> Self {
        // Sets come ordered by items, prefixes first: the order of a walk through the tree.
        let mut starts = vec![0_u32, 1];
        for (depth, _, _) in in_tree(itemsets) {
            if starts.len() < depth + 2 {
                starts.push(0);
            }
            starts[depth + 1] += 1;
        }
        for depth in 1..starts.len() {
            starts[depth] += starts[depth - 1];
        }
        let nodes = starts[starts.len() - 1];
        starts.push(nodes);
        let mut next = starts;
        let mut lattice = Self {
            items: vec![0; nodes as usize],
            supports: vec![0; nodes as usize],
            children: vec![nodes; nodes as usize + 1],
        };
        let mut put = |depth: usize, item, support| {
            let node = next[depth] as usize;
            next[depth] += 1;
            lattice.items[node] = item;
            lattice.supports[node] = support;
            lattice.children[node] = next[depth + 1];
        };
        put(0, u32::MAX, u32::try_from(baskets).unwrap_or(u32::MAX));
        for (depth, item, support) in in_tree(itemsets) {
            put(depth, item, support);
        }
        lattice
    }

    /// The last item of a set.
    pub(super) fn item(&self, node: Node) -> u32 {
        self.items[node.0 as usize]
    }

    /// The baskets with a set.
    pub(super) fn support(&self, node: Node) -> u32 {
        self.supports[node.0 as usize]
    }

    /// The sets with one item more, larger than all of its own.
    pub(super) fn children(&self, node: Node) -> impl Iterator<Item = Node> + use<> {
        self.child_range(node).map(|node| Node(node as u32))
    }

    /// The set with this item more, which must be larger than all of its own.
    pub(super) fn child(&self, node: Node, item: u32) -> Option<Node> {
        let range = self.child_range(node);
        let at = self.items[range.clone()].binary_search(&item).ok()?;
        Some(Node((range.start + at) as u32))
    }

    /// A set by its items, ascending.
    pub(super) fn find(&self, items: impl IntoIterator<Item = u32>) -> Option<Node> {
        items.into_iter().try_fold(Self::ROOT, |node, item| self.child(node, item))
    }

    fn child_range(&self, node: Node) -> Range<usize> {
        self.children[node.0 as usize] as usize..self.children[node.0 as usize + 1] as usize
    }
}

/// The sets whose prefixes are all there, in order: length, last item and support.
fn in_tree(itemsets: &Itemsets) -> impl Iterator<Item = (usize, u32, u32)> {
    let mut path: Vec<u32> = Vec::new();
    itemsets.iter().filter_map(move |(items, support)| {
        let (&last, prefix) = items.split_last()?;
        let is_known = path.len() >= prefix.len() && path[..prefix.len()] == *prefix;
        is_known.then(|| {
            path.truncate(prefix.len());
            path.push(last);
            (items.len(), last, support)
        })
    })
}
