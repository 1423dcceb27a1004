//! Association rules, derived from frequent itemsets: of the playlists with these songs, so many also have those.
//!
//! The baskets are not looked at again: a rule's counts are the supports of its antecedent, of its consequent and of
//! both together, and all three are in the lattice of frequent itemsets. Both definitions in use are offered: one item
//! in the consequent (Agrawal, Imieliński, Swami, "Mining association rules between sets of items in large databases",
//! SIGMOD 1993), or any number (Agrawal, Srikant, "Fast algorithms for mining association rules", VLDB 1994, whose pruning
//! of consequents is used).
//!
//! ```
//! use segue_miner::itemsets::{Database, Search, Wanted};
//! use segue_miner::rules::{Consequents, RuleBounds, for_each_rule};
//!
//! let mut database = Database::default();
//! for basket in [&[1, 2, 5][..], &[2, 5], &[1, 2, 5], &[2]] {
//!     database.push(basket);
//! }
//! let baskets = database.len();
//! let itemsets = Search::new(database, Wanted { min_support: 2, ..Wanted::default() })?.collect()?;
//! let bounds = RuleBounds { min_confidence: "2/3".parse()?, consequents: Consequents::Any, ..RuleBounds::default() };
//! let mut found = Vec::new();
//! for_each_rule(&itemsets, baskets, &bounds, |rule| {
//!     found.push((rule.antecedent.to_vec(), rule.consequent.to_vec(), rule.counts.together));
//! });
//! assert!(found.contains(&(vec![5], vec![1, 2], 2)));
//! assert!(found.contains(&(vec![2], vec![5], 3)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod derive;
mod lattice;
mod measures;
mod threshold;
mod top;

use std::ops::ControlFlow;

use crate::itemsets::{IntoControlFlow, Itemsets};

pub use measures::{Counts, Measure};
pub use threshold::{NotAThreshold, Threshold};

use lattice::Lattice;
use top::Best;

/// Which consequents a rule may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consequents {
    /// One item.
    #[default]
    Single,
    /// Any number of items.
    Any,
}

/// Which rules are wanted. Every minimum is inclusive and compared exactly: a confidence of 2 in 3 passes at 2/3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleBounds {
    /// Which consequents.
    pub consequents: Consequents,
    /// Fewest items in a rule, antecedent and consequent together.
    pub min_length: usize,
    /// Least [confidence](Counts::confidence), from 0 to 1. With [`Consequents::Any`] it is what keeps the search
    /// small: consequents whose parts do not reach it are never looked at.
    pub min_confidence: Threshold,
    /// Least [lift](Counts::lift), if that matters.
    pub min_lift: Option<Threshold>,
    /// Least [leverage](Counts::leverage), if that matters.
    pub min_leverage: Option<Threshold>,
    /// Least [conviction](Counts::conviction), if that matters.
    pub min_conviction: Option<Threshold>,
    /// Only the best of each antecedent: how many, and by which measure. All of them are then kept until the end.
    pub top: Option<(usize, Measure)>,
}

impl Default for RuleBounds {
    /// Single consequents and no minimum.
    fn default() -> Self {
        Self {
            consequents: Consequents::Single,
            min_length: 2,
            min_confidence: Threshold::ZERO,
            min_lift: None,
            min_leverage: None,
            min_conviction: None,
            top: None,
        }
    }
}

impl RuleBounds {
    /// Whether counts reach every minimum.
    #[must_use]
    pub fn admit(&self, counts: Counts) -> bool {
        let reach = |measure, least: Option<Threshold>| least.is_none_or(|least| counts.reach(measure, least));
        counts.reach(Measure::Confidence, self.min_confidence)
            && reach(Measure::Lift, self.min_lift)
            && reach(Measure::Leverage, self.min_leverage)
            && reach(Measure::Conviction, self.min_conviction)
    }
}

/// A rule antecedent → consequent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule<'a> {
    /// Items, ascending.
    pub antecedent: &'a [u32],
    /// Items, ascending, none of the antecedent's.
    pub consequent: &'a [u32],
    /// What it rests on.
    pub counts: Counts,
}

/// Calls `visit` with every rule within the bounds; it may return nothing, or a
/// [`ControlFlow`] to break off. `baskets` is how many baskets there are in all.
///
/// Rules come in the order of their itemsets, and within an itemset of their consequents; with [`RuleBounds::top`] in the
/// order of their antecedents, the best first. Sets and items are ordered by item numbers, so the order is the
/// same in every run.
///
/// `itemsets` must hold all subsets of each of its sets, as a search for [all](crate::itemsets::Target::All) of any length
/// from 1 finds them; rules whose parts are missing are left out.
pub fn for_each_rule<R: IntoControlFlow>(
    itemsets: &Itemsets,
    baskets: usize,
    bounds: &RuleBounds,
    mut visit: impl FnMut(Rule<'_>) -> R,
) {
    let lattice = Lattice::new(itemsets, baskets);
    // Whether it ends or is broken off is the same to the caller, who knows.
    let _ = match bounds.top {
        None => derive::rules(&lattice, bounds, &mut |rule| visit(rule).into_control_flow()),
        Some((count, measure)) => {
            let mut best = Best::new(count, measure);
            let all = derive::rules(&lattice, bounds, &mut |rule| {
                best.consider(rule);
                ControlFlow::Continue(())
            });
            all.is_continue().then(|| best.visit(&mut |rule| visit(rule).into_control_flow()));
            all
        }
    };
}

#[cfg(test)]
mod tests;
