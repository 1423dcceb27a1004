//! Association rules, derived from frequent itemsets (Agrawal, Srikant, "Fast algorithms for mining association
//! rules", VLDB 1994).

use crate::itemsets::Itemsets;

/// Which consequents a rule may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequents {
    /// One item.
    Single,
    /// Any number of items.
    Any,
}

/// A rule antecedent → consequent.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Items, ascending.
    pub antecedent: Vec<u32>,
    /// Items, ascending, none of the antecedent's.
    pub consequent: Vec<u32>,
    /// Baskets with all of them.
    pub together: u32,
    /// Baskets with the antecedent.
    pub antecedent_support: u32,
    /// Baskets with the consequent.
    pub consequent_support: u32,
}

impl Rule {
    /// support(A ∪ B) / support(A).
    #[must_use]
    pub fn confidence(&self) -> f64 {
        f64::from(self.together) / f64::from(self.antecedent_support)
    }

    /// confidence / relative support(B), among so many baskets.
    #[must_use]
    pub fn lift(&self, baskets: usize) -> f64 {
        f64::from(self.together) * baskets as f64
            / (f64::from(self.antecedent_support) * f64::from(self.consequent_support))
    }
}

/// Calls `visit` with every rule of at least this confidence, in the order of the itemsets.
///
/// `itemsets` must hold all subsets of each of its sets, as a search for [all](crate::itemsets::Target::All) finds them.
pub fn for_each_rule(itemsets: &Itemsets, min_confidence: f64, consequents: Consequents, mut visit: impl FnMut(Rule)) {
    for (items, together) in itemsets.iter().filter(|(items, _)| items.len() >= 2) {
        let length = items.len();
        let mut consider = |in_consequent: &dyn Fn(usize) -> bool| {
            let part = |wanted: bool| -> Vec<u32> {
                let chosen = (0..length).filter(|&at| in_consequent(at) == wanted);
                chosen.map(|at| items[at]).collect()
            };
            let (antecedent, consequent) = (part(false), part(true));
            let supports = itemsets.support(&antecedent).zip(itemsets.support(&consequent));
            // Every part of a frequent set is frequent.
            let Some((antecedent_support, consequent_support)) = supports else { return };
            let rule = Rule { antecedent, consequent, together, antecedent_support, consequent_support };
            // As a product, so that 2/3 passes at 2/3 however it was rounded.
            if f64::from(rule.together) >= min_confidence * f64::from(rule.antecedent_support) {
                visit(rule);
            }
        };
        match consequents {
            Consequents::Single => (0..length).for_each(|chosen| consider(&|at| at == chosen)),
            // Subsets by the bits of a number; sets longer than 63 items have more parts than could ever be visited.
            Consequents::Any => {
                (1..(1_u64 << length.min(63)) - 1).for_each(|chosen| consider(&|at| chosen >> at & 1 == 1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::{Baskets, BasketsBuilder};
    use crate::itemsets::{Database, Search, Stopped, Wanted};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn baskets(lists: &[&[&str]]) -> Baskets {
        let mut builder = BasketsBuilder::default();
        for (playlist, items) in lists.iter().enumerate() {
            for item in *items {
                builder.add(&playlist.to_string(), "", item, None);
            }
        }
        builder.finish()
    }

    fn market() -> Baskets {
        baskets(&[
            &["Bread", "Milk"],
            &["Bread", "Diaper", "Beer", "Eggs"],
            &["Milk", "Diaper", "Beer", "Coke"],
            &["Bread", "Milk", "Diaper", "Beer"],
            &["Bread", "Diaper", "Milk", "Coke"],
        ])
    }

    fn mine(baskets: &Baskets, min_support: u32) -> Itemsets {
        let wanted = Wanted { min_support, ..Wanted::default() };
        Search::new(Database::from(baskets), wanted).unwrap().collect().unwrap()
    }

    fn rules(itemsets: &Itemsets, min_confidence: f64, consequents: Consequents) -> Vec<Rule> {
        let mut rules = Vec::new();
        for_each_rule(itemsets, min_confidence, consequents, |rule| rules.push(rule));
        rules
    }

    fn ids(baskets: &Baskets, names: &[&str]) -> Vec<u32> {
        let number = |name: &&str| baskets.titles.iter().position(|title| title == *name).unwrap() as u32;
        let mut ids: Vec<u32> = names.iter().map(number).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn five_baskets_have_seventeen_sets_and_forty_rules() {
        let baskets = market();
        let itemsets = mine(&baskets, 2);
        assert_eq!(itemsets.len(), 17);
        assert_eq!(itemsets.support(&ids(&baskets, &["Milk", "Bread", "Diaper"])), Some(2));
        let rules = rules(&itemsets, 0.5, Consequents::Any);
        assert_eq!(rules.len(), 40);
        let (antecedent, consequent) = (ids(&baskets, &["Milk", "Diaper"]), ids(&baskets, &["Beer"]));
        let rule = rules.iter().find(|rule| rule.antecedent == antecedent && rule.consequent == consequent).unwrap();
        assert!((rule.confidence() - 2.0 / 3.0).abs() < 1e-12);
        assert!((rule.lift(5) - 2.0 / 3.0 / 0.6).abs() < 1e-12);
    }

    #[test]
    fn breakfast_has_exactly_four_rules() {
        let baskets = baskets(&[&["eggs", "bacon", "soup"], &["eggs", "bacon", "apple"], &["soup", "bacon", "banana"]]);
        let itemsets = mine(&baskets, 2);
        let mut found: Vec<(Vec<u32>, Vec<u32>)> = rules(&itemsets, 0.5, Consequents::Any)
            .into_iter()
            .map(|rule| (rule.antecedent, rule.consequent))
            .collect();
        found.sort();
        let rule = |from, to| (ids(&baskets, &[from]), ids(&baskets, &[to]));
        let mut expected =
            vec![rule("eggs", "bacon"), rule("bacon", "eggs"), rule("soup", "bacon"), rule("bacon", "soup")];
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn playlists_that_share_many_songs_stop_at_the_bound() {
        let songs: Vec<String> = (0..24).map(|song| format!("song {song}")).collect();
        let songs: Vec<&str> = songs.iter().map(String::as_str).collect();
        let baskets = baskets(&[&songs, &songs]);
        let wanted = Wanted { min_support: 2, max_itemsets: 10_000, ..Wanted::default() };
        let mine = |wanted| Search::new(Database::from(&baskets), wanted).and_then(Search::collect);
        assert_eq!(mine(wanted), Err(Stopped::TooManyItemsets { max_itemsets: 10_000, min_support: 2 }));
        let wanted = Wanted { max_length: 3, ..wanted };
        assert_eq!(mine(wanted).unwrap().len(), 24 + 276 + 2_024);
    }

    proptest! {
        #[test]
        fn small_databases_agree_with_brute_force(
            lists in prop::collection::vec(prop::collection::btree_set(0_u32..7, 0..7), 1..12),
            min_support in 1_u32..4,
            min_confidence in 0.0_f64..1.0,
        ) {
            let mut builder = BasketsBuilder::default();
            for (playlist, items) in lists.iter().enumerate() {
                for item in items {
                    builder.add(&playlist.to_string(), "", &item.to_string(), None);
                }
            }
            let baskets = builder.finish();
            let itemsets = mine(&baskets, min_support);
            let count = |set: &BTreeSet<u32>| {
                baskets.iter().filter(|songs| set.iter().all(|item| songs.contains(item))).count() as u32
            };
            let subsets = |items: u32| (1_u32..1 << items).map(move |bits| {
                (0..items).filter(|item| bits >> item & 1 == 1).collect::<BTreeSet<u32>>()
            });
            let mut expected: Vec<(Vec<u32>, u32)> = subsets(baskets.titles.len() as u32)
                .map(|set| (set.iter().copied().collect(), count(&set)))
                .filter(|(_, support)| *support >= min_support)
                .collect();
            expected.sort();
            let found: Vec<(Vec<u32>, u32)> =
                itemsets.iter().map(|(items, support)| (items.to_vec(), support)).collect();
            prop_assert_eq!(&found, &expected);

            for consequents in [Consequents::Single, Consequents::Any] {
                let mut expected_rules = 0;
                for (set, support) in &expected {
                    for part in subsets(set.len() as u32).filter(|part| part.len() < set.len()) {
                        if consequents == Consequents::Single && part.len() != 1 {
                            continue;
                        }
                        let antecedent = (0..).zip(set).filter(|(at, _)| !part.contains(at)).map(|(_, &item)| item);
                        let antecedent = count(&antecedent.collect());
                        expected_rules += u32::from(f64::from(*support) >= min_confidence * f64::from(antecedent));
                    }
                }
                prop_assert_eq!(rules(&itemsets, min_confidence, consequents).len() as u32, expected_rules);
            }
        }
    }
}
