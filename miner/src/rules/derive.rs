//! From the lattice to its rules.

use std::ops::ControlFlow;

use super::lattice::{Lattice, Node};
use super::{Consequents, Counts, Measure, Rule, RuleBounds};

/// What becomes of a rule, and whether to go on.
type Visit<'v> = dyn FnMut(Rule<'_>) -> ControlFlow<()> + 'v;

/// Visits every rule within the bounds (all but `top`), in the order of itemsets and then of consequents.
pub(super) fn rules(lattice: &Lattice, bounds: &RuleBounds, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let mut walk = Walk {
        lattice,
        bounds,
        visit,
        items: Vec::new(),
        singles: Vec::new(),
        in_consequent: Vec::new(),
        parts: (Vec::new(), Vec::new()),
    };
    walk.below(Lattice::ROOT, &[])
}

/// A walk through the tree, set by set.
struct Walk<'w, 'v> {
    lattice: &'w Lattice,
    bounds: &'w RuleBounds,
    visit: &'w mut Visit<'v>,
    /// The current set, ascending, and for each item the set of it alone.
    items: Vec<u32>,
    singles: Vec<Node>,
    /// By item of the current set.
    in_consequent: Vec<bool>,
    /// Buffers for the antecedent and the consequent.
    parts: (Vec<u32>, Vec<u32>),
}

impl Walk<'_, '_> {
    /// Visits the rules of all sets that extend the current one, which is `node`. `without` has, for each item of the
    /// current set, the set without it: one step from there leads to the same of an extended set, so no
    /// antecedent of a single consequent is ever looked for from the root.
    fn below(&mut self, node: Node, without: &[Node]) -> ControlFlow<()> {
        let mut extended = Vec::with_capacity(without.len() + 1);
        for child in self.lattice.children(node) {
            let item = self.lattice.item(child);
            extended.clear();
            extended.extend(without.iter().map_while(|&part| self.lattice.child(part, item)));
            extended.push(node);
            let Some(single) = self.lattice.child(Lattice::ROOT, item) else { continue };
            if extended.len() != self.items.len() + 1 {
                // A subset is missing, and with it every rule that needs it.
                continue;
            }
            self.items.push(item);
            self.singles.push(single);
            self.in_consequent.push(false);
            let done = self.of(child, &extended).is_break() || self.below(child, &extended).is_break();
            self.items.pop();
            self.singles.pop();
            self.in_consequent.pop();
            if done {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// Visits the rules of one set.
    fn of(&mut self, node: Node, without: &[Node]) -> ControlFlow<()> {
        if self.items.len() < self.bounds.min_length.max(2) {
            return ControlFlow::Continue(());
        }
        let together = self.lattice.support(node);
        let mut candidates = Vec::new();
        for (at, &antecedent) in without.iter().enumerate() {
            if self.is_confident(together, self.lattice.support(antecedent)) {
                candidates.push((at, antecedent));
            }
        }
        match self.bounds.consequents {
            Consequents::Single => candidates.into_iter().try_for_each(|(at, antecedent)| {
                self.in_consequent[at] = true;
                let flow = self.emit(together, antecedent, self.singles[at]);
                self.in_consequent[at] = false;
                flow
            }),
            Consequents::Any => self.grow(together, &candidates, 1),
        }
    }

    /// Visits the rules whose consequent is what is marked with one or more of the candidates, which are confident with one.
    ///
    /// Moving an item from the antecedent to the consequent can only lower the confidence: a consequent is confident
    /// only if every part of it is (Agrawal, Srikant 1994, `ap-genrules`), so two candidates are joined only where both
    /// have passed.
    fn grow(&mut self, together: u32, candidates: &[(usize, Node)], length: usize) -> ControlFlow<()> {
        for (place, &(at, antecedent)) in candidates.iter().enumerate() {
            self.in_consequent[at] = true;
            let consequent = if length == 1 { Some(self.singles[at]) } else { self.lattice.find(self.marked(true)) };
            let mut flow = match consequent {
                Some(consequent) => self.emit(together, antecedent, consequent),
                None => ControlFlow::Continue(()),
            };
            if flow.is_continue() && length + 1 < self.items.len() {
                let mut joined = Vec::new();
                for &(other, _) in &candidates[place + 1..] {
                    self.in_consequent[other] = true;
                    let antecedent = self.lattice.find(self.marked(false));
                    self.in_consequent[other] = false;
                    let is_confident = |node: &Node| self.is_confident(together, self.lattice.support(*node));
                    joined.extend(antecedent.filter(is_confident).map(|antecedent| (other, antecedent)));
                }
                flow = self.grow(together, &joined, length + 1);
            }
            self.in_consequent[at] = false;
            if flow.is_break() {
                return flow;
            }
        }
        ControlFlow::Continue(())
    }

    /// The items of the current set that are, or are not, in the consequent.
    fn marked(&self, wanted: bool) -> impl Iterator<Item = u32> {
        self.items.iter().zip(&self.in_consequent).filter(move |(_, marked)| **marked == wanted).map(|(&item, _)| item)
    }

    fn is_confident(&self, together: u32, antecedent: u32) -> bool {
        let counts = Counts { together, antecedent, consequent: together, baskets: antecedent };
        counts.reach(Measure::Confidence, self.bounds.min_confidence)
    }

    /// Visits the rule that is marked, if it is within the bounds.
    fn emit(&mut self, together: u32, antecedent: Node, consequent: Node) -> ControlFlow<()> {
        let counts = Counts {
            together,
            antecedent: self.lattice.support(antecedent),
            consequent: self.lattice.support(consequent),
            baskets: self.lattice.support(Lattice::ROOT),
        };
        if !self.bounds.admit(counts) {
            return ControlFlow::Continue(());
        }
        let (mut antecedent, mut consequent) = std::mem::take(&mut self.parts);
        antecedent.clear();
        antecedent.extend(self.marked(false));
        consequent.clear();
        consequent.extend(self.marked(true));
        let flow = (self.visit)(Rule { antecedent: &antecedent, consequent: &consequent, counts });
        self.parts = (antecedent, consequent);
        flow
    }
}
