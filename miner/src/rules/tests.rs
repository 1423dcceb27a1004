use std::collections::BTreeSet;
use std::ops::ControlFlow;

use proptest::prelude::*;

use super::*;
use crate::itemsets::{Database, Search, Stopped, Wanted};

/// A rule that owns its items.
type Owned = (Vec<u32>, Vec<u32>, Counts);

/// Baskets of words, and the number of each word.
struct Market {
    database: Database,
    words: Vec<&'static str>,
}

impl Market {
    fn new(baskets: &[&[&'static str]]) -> Self {
        let words: BTreeSet<&str> = baskets.iter().copied().flatten().copied().collect();
        let mut market = Self { database: Database::default(), words: words.into_iter().collect() };
        for basket in baskets {
            let items = market.numbers(basket);
            market.database.push(&items);
        }
        market
    }

    fn numbers(&self, words: &[&str]) -> Vec<u32> {
        let number = |word: &&str| self.words.iter().position(|known| known == word).unwrap() as u32;
        let mut numbers: Vec<u32> = words.iter().map(number).collect();
        numbers.sort_unstable();
        numbers
    }
}

fn five_baskets() -> Market {
    Market::new(&[
        &["Bread", "Milk"],
        &["Bread", "Diaper", "Beer", "Eggs"],
        &["Milk", "Diaper", "Beer", "Coke"],
        &["Bread", "Milk", "Diaper", "Beer"],
        &["Bread", "Diaper", "Milk", "Coke"],
    ])
}

fn mine(database: &Database, min_support: u32) -> Itemsets {
    let wanted = Wanted { min_support, threads: 1, ..Wanted::default() };
    Search::new(database.clone(), wanted).unwrap().collect().unwrap()
}

fn rules(database: &Database, min_support: u32, bounds: &RuleBounds) -> Vec<Owned> {
    let mut rules = Vec::new();
    for_each_rule(&mine(database, min_support), database.len(), bounds, |rule| {
        rules.push((rule.antecedent.to_vec(), rule.consequent.to_vec(), rule.counts));
    });
    rules
}

fn at_least(confidence: &str, consequents: Consequents) -> RuleBounds {
    RuleBounds { min_confidence: confidence.parse().unwrap(), consequents, ..RuleBounds::default() }
}

#[test]
fn five_baskets_have_seventeen_sets_and_forty_rules() {
    let market = five_baskets();
    let itemsets = mine(&market.database, 2);
    assert_eq!(itemsets.len(), 17);
    assert_eq!(itemsets.support(&market.numbers(&["Milk", "Bread", "Diaper"])), Some(2));
    let rules = rules(&market.database, 2, &at_least("0.5", Consequents::Any));
    assert_eq!(rules.len(), 40);
    let (antecedent, consequent) = (market.numbers(&["Milk", "Diaper"]), market.numbers(&["Beer"]));
    let (_, _, counts) = rules.iter().find(|rule| (&rule.0, &rule.1) == (&antecedent, &consequent)).unwrap();
    assert_eq!(*counts, Counts { together: 2, antecedent: 3, consequent: 3, baskets: 5 });
}

#[test]
fn a_rule_at_a_threshold_passes_however_the_threshold_is_given() {
    let market = five_baskets();
    let (antecedent, consequent) = (market.numbers(&["Milk", "Diaper"]), market.numbers(&["Beer"]));
    let is_found = |min_confidence| {
        let bounds = RuleBounds { min_confidence, ..RuleBounds::default() };
        rules(&market.database, 2, &bounds).iter().any(|rule| (&rule.0, &rule.1) == (&antecedent, &consequent))
    };
    assert!(is_found("2/3".parse().unwrap()));
    assert!(is_found(Threshold::from_f64(2.0 / 3.0).unwrap()));
    assert!(!is_found("0.66666666666667".parse().unwrap()));
}

#[test]
fn breakfast_has_exactly_four_rules() {
    let market = Market::new(&[&["eggs", "bacon", "soup"], &["eggs", "bacon", "apple"], &["soup", "bacon", "banana"]]);
    let mut found: Vec<(Vec<u32>, Vec<u32>)> = rules(&market.database, 2, &at_least("0.5", Consequents::Any))
        .into_iter()
        .map(|(antecedent, consequent, _)| (antecedent, consequent))
        .collect();
    found.sort();
    let rule = |from, to| (market.numbers(&[from]), market.numbers(&[to]));
    let mut expected = vec![rule("eggs", "bacon"), rule("bacon", "eggs"), rule("soup", "bacon"), rule("bacon", "soup")];
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn playlists_that_share_many_songs_stop_at_the_bound() {
    let mut database = Database::default();
    let songs: Vec<u32> = (0..24).collect();
    database.push(&songs);
    database.push(&songs);
    let wanted = Wanted { min_support: 2, max_itemsets: 10_000, ..Wanted::default() };
    let mine = |wanted| Search::new(database.clone(), wanted).and_then(Search::collect);
    assert_eq!(mine(wanted), Err(Stopped::TooManyItemsets { max_itemsets: 10_000, min_support: 2 }));
    let itemsets = mine(Wanted { max_length: 3, ..wanted }).unwrap();
    assert_eq!(itemsets.len(), 24 + 276 + 2_024);
    let mut count = 0_usize;
    for_each_rule(&itemsets, 2, &at_least("1", Consequents::Any), |_| count += 1);
    assert_eq!(count, 276 * 2 + 2_024 * 6);
}

#[test]
fn a_visitor_may_break_off() {
    let market = five_baskets();
    for top in [None, Some((2, Measure::Lift))] {
        let bounds = RuleBounds { top, ..at_least("0.5", Consequents::Any) };
        let mut count = 0;
        for_each_rule(&mine(&market.database, 2), 5, &bounds, |_| {
            count += 1;
            if count == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(count, 3);
    }
}

#[test]
fn sets_without_their_subsets_give_no_rules_instead_of_wrong_ones() {
    let market = five_baskets();
    let wanted = Wanted { min_support: 2, min_length: 2, ..Wanted::default() };
    let itemsets = Search::new(market.database.clone(), wanted).unwrap().collect().unwrap();
    let mut count = 0;
    for_each_rule(&itemsets, 5, &at_least("0", Consequents::Any), |_| count += 1);
    assert_eq!(count, 0);
}

/// All rules of a small database by going through all pairs of disjoint sets.
fn brute_force(baskets: &[BTreeSet<u32>], min_support: u32, bounds: &RuleBounds) -> Vec<Owned> {
    let support = |bits: u32| {
        let is_in = |basket: &&BTreeSet<u32>| (0..32).all(|item| bits >> item & 1 == 0 || basket.contains(&item));
        baskets.iter().filter(is_in).count() as u32
    };
    let items = |bits: u32| (0..32).filter(|item| bits >> item & 1 == 1).collect::<Vec<u32>>();
    let mut rules = Vec::new();
    for antecedent in 1_u32..1 << ITEMS {
        for consequent in (1_u32..1 << ITEMS).filter(|consequent| consequent & antecedent == 0) {
            let together = support(antecedent | consequent);
            let is_wanted = bounds.consequents == Consequents::Any || consequent.count_ones() == 1;
            let length = (antecedent | consequent).count_ones() as usize;
            if together < min_support || !is_wanted || length < bounds.min_length {
                continue;
            }
            let counts = Counts {
                together,
                antecedent: support(antecedent),
                consequent: support(consequent),
                baskets: baskets.len() as u32,
            };
            if bounds.admit(counts) {
                rules.push((items(antecedent), items(consequent), counts));
            }
        }
    }
    rules
}

/// Items of the random databases.
const ITEMS: u32 = 6;

fn thresholds() -> impl Strategy<Value = Option<Threshold>> {
    // Fractions that the measures of small databases often are, so that equality matters.
    prop::option::of(
        (-3_i64..9, 1_u64..9).prop_map(|(numerator, denominator)| Threshold::new(numerator, denominator).unwrap()),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn small_databases_agree_with_brute_force(
        baskets in prop::collection::vec(prop::collection::btree_set(0_u32..ITEMS, 0..=ITEMS as usize), 1..10),
        min_support in 1_u32..4,
        min_confidence in (0_i64..7, 1_u64..7),
        min_lift in thresholds(),
        min_leverage in thresholds(),
        min_conviction in thresholds(),
        any in any::<bool>(),
        min_length in 0_usize..4,
        top in (0_usize..4, prop::sample::select(vec![
            Measure::Confidence, Measure::Lift, Measure::Leverage, Measure::Conviction,
        ])),
    ) {
        let mut database = Database::default();
        for basket in &baskets {
            database.push(&basket.iter().copied().collect::<Vec<u32>>());
        }
        let bounds = RuleBounds {
            consequents: if any { Consequents::Any } else { Consequents::Single },
            min_confidence: Threshold::new(min_confidence.0, min_confidence.1).unwrap(),
            min_lift,
            min_leverage: min_leverage.map(|least| Threshold::from_f64(least.to_f64() / 10.0).unwrap()),
            min_conviction,
            min_length,
            top: None,
        };
        let found = rules(&database, min_support, &bounds);
        let mut sorted = found.clone();
        sorted.sort_by(|left, right| (&left.0, &left.1).cmp(&(&right.0, &right.1)));
        let mut expected = brute_force(&baskets, min_support, &bounds);
        expected.sort_by(|left, right| (&left.0, &left.1).cmp(&(&right.0, &right.1)));
        prop_assert_eq!(&sorted, &expected);

        // In the order of their itemsets, then of their consequents.
        let place = |rule: &Owned| {
            let together: BTreeSet<u32> = rule.0.iter().chain(&rule.1).copied().collect();
            (together.into_iter().collect::<Vec<u32>>(), rule.1.clone())
        };
        prop_assert!(found.is_sorted_by_key(place));

        // The best of each antecedent are the first of all its rules in order.
        let (count, measure) = top;
        let best = rules(&database, min_support, &RuleBounds { top: Some(top), ..bounds });
        let mut all = expected;
        all.sort_by(|left, right| {
            left.0.cmp(&right.0).then_with(|| {
                let order = right.2.compare(left.2, measure).then(right.2.together.cmp(&left.2.together));
                let order = order.then(right.2.compare(left.2, Measure::Lift));
                order.then(left.1.len().cmp(&right.1.len())).then(left.1.cmp(&right.1))
            })
        });
        let expected: Vec<Owned> =
            all.chunk_by(|left, right| left.0 == right.0).flat_map(|rules| rules.iter().take(count)).cloned().collect();
        prop_assert_eq!(best, expected);
    }
}
