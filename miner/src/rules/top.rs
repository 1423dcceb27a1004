//! The best rules of each antecedent.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use hashbrown::HashMap;

use super::{Counts, Measure, Rule};

/// Keeps the best rules of each antecedent.
pub(super) struct Best {
    count: usize,
    measure: Measure,
    /// By antecedent, the best first.
    rules: HashMap<Box<[u32]>, Vec<Kept>>,
}

struct Kept {
    consequent: Box<[u32]>,
    counts: Counts,
}

impl Best {
    pub(super) fn new(count: usize, measure: Measure) -> Self {
        Self { count, measure, rules: HashMap::new() }
    }

    /// Keeps a rule if it is among the best of its antecedent so far.
    pub(super) fn consider(&mut self, rule: Rule<'_>) {
        if self.count == 0 {
            return;
        }
        let kept = self.rules.entry_ref(rule.antecedent).or_default();
        let place = kept.partition_point(|other| {
            rank(self.measure, (&other.consequent, other.counts), (rule.consequent, rule.counts)) == Ordering::Less
        });
        if place < self.count {
            kept.truncate(self.count - 1);
            kept.insert(place, Kept { consequent: rule.consequent.into(), counts: rule.counts });
        }
    }

    /// Visits what was kept: by antecedent, the best first.
    pub(super) fn visit(self, visit: &mut dyn FnMut(Rule<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut antecedents: Vec<(Box<[u32]>, Vec<Kept>)> = self.rules.into_iter().collect();
        antecedents.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        for (antecedent, kept) in &antecedents {
            for Kept { consequent, counts } in kept {
                visit(Rule { antecedent, consequent, counts: *counts })?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// Which rule of an antecedent comes first: the one of the larger measure, then of more support, then of the more
/// surprising, the shorter, the earlier consequent.
fn rank(measure: Measure, left: (&[u32], Counts), right: (&[u32], Counts)) -> Ordering {
    right
        .1
        .compare(left.1, measure)
        .then_with(|| right.1.together.cmp(&left.1.together))
        .then_with(|| right.1.compare(left.1, Measure::Lift))
        .then_with(|| left.0.len().cmp(&right.0.len()))
        .then_with(|| left.0.cmp(right.0))
}
