//! The model's rules with several antecedent songs, and the minimum support they are mined with.
//!
//! Nobody knows beforehand which support suits a collection: at 1 % of the playlists one has ten thousand rules, another
//! of the same size two thousand, and a large one none. What can be said is how many rules a model should carry. So
//! unless a support is asked for, the lowest is taken that keeps both the rules and the sets behind them within bounds:
//! more rules than that explain little and weigh much, and below a few playlists they are coincidences.
//!
//! A search at one support knows the rules of every higher one. The first is made where few pairs are frequent, each
//! next one where the rules so far let expect enough of them.

use segue_model::rules::{Rule, RuleTable};
use segue_model::song::{SongId, Support};

use super::{CATALOGUE_SUPPORT, Plan};
use crate::baskets::Baskets;
use crate::itemsets::{Database, Search, Wanted};
use crate::rules::{RuleBounds, Threshold, for_each_rule};
use crate::support::MinSupport;

/// Playlists that a rule's songs must share for it to be more than coincidence, however few rules there are.
const LOWEST_SUPPORT: u32 = 5;

/// In a small collection that is too much to ask: there this share of the playlists is enough, one in so many.
const LOWEST_SHARE: usize = 20;

/// Frequent pairs at the support that is tried first.
const PAIRS_AT_FIRST: usize = 1_000;

/// The support that is tried first is no higher than this.
const SUPPORTS_TOLD_APART: usize = 1 << 12;

/// How the minimum support of the multi-item rules came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Choice {
    /// It was asked for.
    #[default]
    Asked,
    /// It was asked for lower, but then there are too many sets of songs.
    Raised,
    /// It is the lowest with no more rules than are wanted.
    ByRules {
        /// How many rules there would be with one playlist less.
        below: usize,
    },
    /// It is the lowest with no more sets of songs than are looked at.
    ByItemsets,
    /// It is the lowest that a rule should have at all.
    Lowest,
}

/// The rules found, and with which support.
pub(super) struct MultiItemRules {
    pub(super) rules: Vec<Rule>,
    pub(super) min_support: u32,
    pub(super) choice: Choice,
}

impl MultiItemRules {
    pub(super) fn into_table(self) -> RuleTable {
        RuleTable::new(self.rules)
    }
}

/// Mines rules as planned. `id` is the number of a song in the catalogue, `together` in how many playlists the songs of
/// each pair are: a hint where to begin.
pub(super) fn mine(
    baskets: &Baskets,
    plan: &Plan,
    id: impl Fn(u32) -> Option<u32>,
    together: &[u32],
) -> MultiItemRules {
    let database = Database::from(baskets);
    let rules_at = |min_support: u32| rules_at(&database, baskets.len(), min_support, plan, &id);
    match plan.min_support {
        Some(asked) => with_support(asked, baskets.len(), rules_at),
        None => adaptively(baskets.len(), plan.max_rules, first_support(together), rules_at),
    }
}

/// With the support that is asked for, or as little more as makes the sets few enough.
fn with_support(asked: MinSupport, playlists: usize, rules_at: impl Fn(u32) -> Option<Vec<Rule>>) -> MultiItemRules {
    let asked = asked.count(playlists).max(CATALOGUE_SUPPORT);
    let mut min_support = asked;
    let rules = loop {
        match rules_at(min_support) {
            Some(rules) => break rules,
            None if min_support as usize > playlists => break Vec::new(),
            None => min_support += min_support.div_ceil(2),
        }
    };
    let choice = if min_support > asked { Choice::Raised } else { Choice::Asked };
    MultiItemRules { rules, min_support, choice }
}

/// With the lowest support that keeps within the bounds: which one that is does not depend on where the search begins.
fn adaptively(
    playlists: usize,
    max_rules: usize,
    first: u32,
    rules_at: impl Fn(u32) -> Option<Vec<Rule>>,
) -> MultiItemRules {
    let lowest = u32::try_from(playlists / LOWEST_SHARE).map_or(LOWEST_SUPPORT, |share| share.min(LOWEST_SUPPORT));
    let lowest = lowest.max(CATALOGUE_SUPPORT);
    // More sets than may be looked at have this support; fewer have that of `mined`.
    let mut too_low = lowest - 1;
    let mut mined: Option<(u32, Vec<Rule>)> = None;
    let mut next = first.max(lowest);
    loop {
        match rules_at(next) {
            Some(rules) => {
                let enough = rules.len() > max_rules;
                let (support, rules) = mined.insert((next, rules));
                if enough || *support <= too_low + 1 {
                    break;
                }
                let expected = support_of(max_rules, *support, rules);
                // Once a support was too low, expectations were wrong before: then the middle, in proportion.
                let middle = (f64::from(too_low) * f64::from(*support)).sqrt().ceil() as u32;
                let guess = if too_low >= lowest { expected.max(middle) } else { expected };
                next = guess.clamp(too_low + 1, *support - 1);
            }
            None => {
                too_low = next;
                next = match &mined {
                    None if next as usize > playlists => break,
                    None => next + next.div_ceil(2),
                    Some((support, _)) if *support == too_low + 1 => break,
                    Some((support, _)) => {
                        let middle = (f64::from(too_low) * f64::from(*support)).sqrt() as u32;
                        middle.clamp(too_low + 1, *support - 1)
                    }
                };
            }
        }
    }
    let (support, mut rules) = mined.unwrap_or((too_low, Vec::new()));
    if rules.len() <= max_rules {
        let choice = if support == lowest { Choice::Lowest } else { Choice::ByItemsets };
        return MultiItemRules { rules, min_support: support, choice };
    }
    // A support that has one rule too many has too many: the next higher one has not.
    let by_support = |left: &Rule, right: &Rule| right.together.cmp(&left.together);
    let one_too_many = rules.select_nth_unstable_by(max_rules, by_support).1.together;
    let min_support = one_too_many.0 + 1;
    let below = rules.iter().filter(|rule| rule.together >= one_too_many).count();
    rules.retain(|rule| rule.together > one_too_many);
    MultiItemRules { rules, min_support, choice: Choice::ByRules { below } }
}

/// The support at which about this many rules are to be expected, after those of a higher one: their number grows with
/// a power of the support, which the rules at hand show.
fn support_of(wanted: usize, support: u32, rules: &[Rule]) -> u32 {
    const FEW: usize = 100;
    /// How many times more rules at the lower of two supports tell the power.
    const TIMES: usize = 4;
    if rules.len() < FEW {
        return support / 2;
    }
    let mut supports: Vec<u32> = rules.iter().map(|rule| rule.together.0).collect();
    let higher = *supports.select_nth_unstable_by(rules.len() / TIMES, |left, right| right.cmp(left)).1;
    if higher <= support {
        return support - 1;
    }
    let power = (TIMES as f64).ln() / (f64::from(higher) / f64::from(support)).ln();
    // A little more than wanted: too many are cut, too few are searched for again.
    let growth = 1.3 * wanted as f64 / rules.len() as f64;
    let expected = f64::from(support) * growth.powf(-1.0 / power);
    // No bold steps: the sets might be far more than expected.
    (expected as u32).max(support / 3)
}

/// The lowest support that few pairs have.
fn first_support(together: &[u32]) -> u32 {
    if together.len() <= PAIRS_AT_FIRST {
        return 0;
    }
    // How many pairs each support has, those of more than are told apart in the last place.
    let mut pairs = vec![0; SUPPORTS_TOLD_APART + 1];
    for &together in together {
        pairs[SUPPORTS_TOLD_APART.min(together as usize)] += 1;
    }
    let mut few = 0;
    let too_many = pairs.iter().rposition(|&pairs| {
        few += pairs;
        few > PAIRS_AT_FIRST
    });
    too_many.map_or(0, |support| support as u32 + 1)
}

/// The rules of the sets with this support; `None` if those are too many.
fn rules_at(
    database: &Database,
    playlists: usize,
    min_support: u32,
    plan: &Plan,
    id: impl Fn(u32) -> Option<u32>,
) -> Option<Vec<Rule>> {
    let wanted = Wanted {
        min_support,
        max_length: plan.mining.max_length as usize,
        max_itemsets: plan.max_itemsets as u64,
        ..Wanted::default()
    };
    let itemsets = Search::new(database.clone(), wanted).and_then(Search::collect).ok()?;
    let mut rules = Vec::new();
    // What is no number is no confidence that a rule could have.
    let min_confidence = Threshold::from_f64(plan.mining.min_confidence).unwrap_or(Threshold::ONE);
    let bounds = RuleBounds { min_confidence, ..RuleBounds::default() };
    for_each_rule(&itemsets, playlists, &bounds, |rule| {
        if rule.antecedent.len() < 2 {
            return;
        }
        // Every song of a frequent set is in the catalogue.
        let id = |song: &u32| id(*song).map(SongId);
        let antecedent: Option<Vec<SongId>> = rule.antecedent.iter().map(id).collect();
        if let (Some(mut antecedent), Some(consequent)) = (antecedent, rule.consequent.first().and_then(id)) {
            antecedent.sort_unstable();
            rules.push(Rule {
                consequent,
                antecedent,
                together: Support(rule.counts.together),
                antecedent_support: Support(rule.counts.antecedent),
            });
        }
    });
    Some(rules)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    fn rule(together: u32) -> Rule {
        Rule {
            consequent: SongId(0),
            antecedent: vec![SongId(1), SongId(2)],
            together: Support(together),
            antecedent_support: Support(together),
        }
    }

    /// A collection whose rules have these supports, and whose sets are too many below `fewest`.
    fn collection(supports: &[u32], fewest: u32) -> impl Fn(u32) -> Option<Vec<Rule>> {
        move |min_support| {
            let frequent = supports.iter().filter(|&&support| support >= min_support);
            (min_support >= fewest).then(|| frequent.copied().map(rule).collect())
        }
    }

    proptest! {
        #[test]
        fn the_lowest_support_within_the_bounds_is_found_from_anywhere(
            supports in prop::collection::vec(2_u32..300, 0..400),
            max_rules in 0_usize..300,
            fewest in 0_u32..60,
            first in 0_u32..400,
        ) {
            let rules_at = collection(&supports, fewest);
            let found = adaptively(1_000, max_rules, first, &rules_at);
            let fits = |support: &u32| rules_at(*support).is_some_and(|rules| rules.len() <= max_rules);
            let expected = (LOWEST_SUPPORT..400).find(fits).unwrap();
            // Between two supports that occur, the rules are the same.
            let counted = supports.iter().filter(|&&support| support >= expected).count();
            prop_assert_eq!(found.rules.len(), counted);
            prop_assert_eq!(found.min_support, expected);
            let reason = match found.choice {
                Choice::Lowest => expected == LOWEST_SUPPORT,
                Choice::ByItemsets => expected == fewest,
                Choice::ByRules { below } => below > max_rules,
                _ => false,
            };
            prop_assert!(reason, "{:?}", found.choice);
        }
    }

    #[test]
    fn few_searches_are_enough() {
        // Rules as real collections have them: eight times as many at half the support.
        let supports: Vec<u32> = (1..200_000).map(|rank| (400.0 / f64::from(rank).cbrt()) as u32).collect();
        let searches = Cell::new(0);
        let rules_at = |support| {
            searches.set(searches.get() + 1);
            collection(&supports, 8)(support)
        };
        let found = adaptively(5_000, 20_000, 40, rules_at);
        assert!(found.rules.len() > 15_000, "{}", found.rules.len());
        assert!(searches.get() <= 3, "{}", searches.get());
    }

    #[test]
    fn a_support_that_is_asked_for_is_taken_or_raised() {
        let rules_at = collection(&[10, 20, 30], 15);
        let found = with_support(MinSupport::Count(18), 100, &rules_at);
        assert_eq!((found.min_support, found.rules.len(), found.choice), (18, 2, Choice::Asked));
        let found = with_support(MinSupport::Count(8), 100, &rules_at);
        assert_eq!((found.min_support, found.rules.len(), found.choice), (18, 2, Choice::Raised));
        let found = with_support(MinSupport::Count(8), 100, |_| None);
        assert_eq!((found.rules.len(), found.choice), (0, Choice::Raised));
    }
}
