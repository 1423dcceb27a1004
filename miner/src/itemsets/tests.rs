//! The search against brute force, known answers, and itself with other threads and layouts.

use std::ops::ControlFlow;

use proptest::prelude::*;

use super::{Database, Itemsets, Layout, Search, Stopped, Target, Wanted, dat};

type Sets = Vec<(Vec<u32>, u32)>;

const TARGETS: [Target; 3] = [Target::All, Target::Closed, Target::Maximal];
const LAYOUTS: [Layout; 3] = [Layout::Automatic, Layout::Lists, Layout::Bits];

fn database(baskets: &[Vec<u32>]) -> Database {
    let mut database = Database::default();
    for basket in baskets {
        database.push(basket);
    }
    database
}

/// The sets in the order they are visited.
fn visited(database: &Database, wanted: Wanted) -> Sets {
    let mut sets = Vec::new();
    let mut visitor = |items: &[u32], support| sets.push((items.to_vec(), support));
    Search::new(database.clone(), wanted).unwrap().visit(&mut visitor).unwrap();
    sets
}

fn counted(database: &Database, wanted: Wanted) -> Vec<u64> {
    Search::new(database.clone(), wanted).unwrap().count().unwrap().counts
}

fn by_length(sets: &Sets) -> Vec<u64> {
    let mut counts = vec![0; sets.iter().map(|(items, _)| items.len() + 1).max().unwrap_or(0)];
    for (items, _) in sets {
        counts[items.len()] += 1;
    }
    counts
}

/// Every subset of the items, counted in every basket.
fn brute_force(baskets: &[Vec<u32>], wanted: Wanted) -> Sets {
    let masks: Vec<u32> = baskets.iter().map(|basket| basket.iter().fold(0, |mask, item| mask | 1 << item)).collect();
    let items = 32 - masks.iter().fold(0, |all, mask| all | mask).leading_zeros();
    let support = |set: u32| masks.iter().filter(|&mask| mask & set == set).count() as u32;
    let supports: Vec<u32> = (0..1_u32 << items).map(support).collect();
    let min_support = wanted.min_support.max(1);
    let larger = |set: u32| (0..items).map(move |item| set | 1 << item).filter(move |&larger| larger != set);
    let mut sets = Vec::new();
    for set in 1..1_u32 << items {
        let support = supports[set as usize];
        let is_wanted = match wanted.target {
            Target::All => true,
            Target::Closed => larger(set).all(|larger| supports[larger as usize] < support),
            Target::Maximal => larger(set).all(|larger| supports[larger as usize] < min_support),
        };
        let length = set.count_ones() as usize;
        if support >= min_support && is_wanted && (wanted.min_length..=wanted.max_length).contains(&length) {
            sets.push(((0..items).filter(|item| set >> item & 1 == 1).collect(), support));
        }
    }
    sets.sort();
    sets
}

fn check_against_brute_force(baskets: &[Vec<u32>], min_support: u32, min_length: usize, max_length: usize) {
    let database = database(baskets);
    for target in TARGETS {
        let wanted = Wanted { min_support, min_length, max_length, target, threads: 1, ..Wanted::default() };
        let expected = brute_force(baskets, wanted);
        for layout in LAYOUTS {
            let wanted = Wanted { layout, ..wanted };
            let mut found = visited(&database, wanted);
            found.sort();
            assert_eq!(found, expected, "{wanted:?}");
            assert_eq!(counted(&database, wanted), by_length(&expected), "{wanted:?}");
        }
    }
}

/// Baskets of few items, some of them often together.
fn small_baskets() -> impl Strategy<Value = Vec<Vec<u32>>> {
    let basket = prop_oneof![
        prop::collection::vec(0_u32..9, 0..9),
        prop::collection::vec(3_u32..7, 2..6),
        Just(vec![1, 2, 3, 5, 8]),
        Just((0..9).collect()),
    ];
    prop::collection::vec(basket, 0..24)
}

/// Numbers that look random, the same in every run (SplitMix64).
fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % below
    }
}

/// Enough baskets, with popular and rare items, for rows of several words and projections several levels deep.
fn larger_baskets() -> Vec<Vec<u32>> {
    let mut random = random(7);
    let mut basket = || -> Vec<u32> {
        let theme = 10 * random(4);
        let mut item = || if random(3) == 0 { random(40) } else { random(10).min(random(10)) + theme };
        (0..14).map(|_| item() as u32).collect()
    };
    (0..700).map(|_| basket()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn small_databases_agree_with_brute_force(
        baskets in small_baskets(),
        min_support in 0_u32..6,
        min_length in 0_usize..4,
        longer in 0_usize..8,
    ) {
        check_against_brute_force(&baskets, min_support, min_length, min_length + longer);
        check_against_brute_force(&baskets, min_support, 1, usize::MAX);
    }

    #[test]
    fn two_threads_visit_in_the_order_of_one(baskets in small_baskets(), min_support in 1_u32..4) {
        let database = database(&baskets);
        for target in TARGETS {
            let one = Wanted { min_support, target, threads: 1, ..Wanted::default() };
            let two = Wanted { threads: 2, ..one };
            prop_assert_eq!(visited(&database, one), visited(&database, two));
            prop_assert_eq!(counted(&database, one), counted(&database, two));
        }
    }
}

#[test]
fn larger_databases_are_the_same_in_every_layout_and_with_any_threads() {
    let database = database(&larger_baskets());
    for target in TARGETS {
        let mut sorted: Option<Sets> = None;
        for layout in LAYOUTS {
            let wanted = Wanted { min_support: 8, target, threads: 1, layout, ..Wanted::default() };
            let one = visited(&database, wanted);
            assert_eq!(one, visited(&database, Wanted { threads: 3, ..wanted }));
            let counts = by_length(&one);
            assert_eq!(counts, counted(&database, wanted));
            assert_eq!(counts, counted(&database, Wanted { threads: 3, ..wanted }));
            let mut one = one;
            one.sort();
            assert!(one.len() > 100);
            assert_eq!(sorted.get_or_insert_with(|| one.clone()), &one);
        }
    }
}

#[test]
fn closed_sets_of_larger_databases_are_those_that_every_larger_set_loses_support_to() {
    let database = database(&larger_baskets());
    let wanted = Wanted { min_support: 8, ..Wanted::default() };
    let all = Search::new(database.clone(), wanted).unwrap().collect().unwrap();
    let mut best_superset = vec![0; all.len()];
    for (items, support) in all.iter().filter(|(items, _)| items.len() > 1) {
        for left_out in 0..items.len() {
            let mut part = items.to_vec();
            part.remove(left_out);
            let best = &mut best_superset[all.position(&part).unwrap()];
            *best = support.max(*best);
        }
    }
    for (target, bound) in [(Target::Closed, None), (Target::Maximal, Some(0))] {
        let expected: Sets = (0..all.len())
            .map(|at| (all.get(at), best_superset[at]))
            .filter(|&((_, support), best)| best < support && bound.is_none_or(|bound| best == bound))
            .map(|((items, support), _)| (items.to_vec(), support))
            .collect();
        let mut found = visited(&database, Wanted { target, ..wanted });
        found.sort();
        assert_eq!(found, expected);
    }
}

#[test]
fn five_baskets_hold_seventeen_sets_at_two_fifths() {
    let text =
        "Bread Milk\nBread Diaper Beer Eggs\nMilk Diaper Beer Coke\nBread Milk Diaper Beer\nBread Diaper Milk Coke\n";
    let file = dat::read(text.as_bytes(), 1).unwrap();
    let wanted = Wanted { min_support: 2, ..Wanted::default() };
    let itemsets = Search::new(file.database, wanted).unwrap().collect().unwrap();
    assert_eq!(itemsets.len(), 17);
    let item = |name| (0..6).find(|&item| file.items.name(item) == name).unwrap();
    let mut three = ["Milk", "Bread", "Diaper"].map(item);
    three.sort_unstable();
    assert_eq!(itemsets.support(&three), Some(2));
    assert_eq!(itemsets.support(&[item("Eggs")]), None);
}

/// Two playlists that share 24 songs.
fn twins() -> Database {
    database(&[(0..24).collect(), (0..24).collect(), vec![30]])
}

#[test]
fn twins_are_counted_without_visiting_their_sixteen_million_sets() {
    let wanted = Wanted { min_support: 2, ..Wanted::default() };
    let summary = Search::new(twins(), wanted).unwrap().count().unwrap();
    assert_eq!(summary.total(), (1 << 24) - 1);
    assert_eq!(summary.counts[12], 2_704_156);
    assert_eq!(counted(&twins(), Wanted { max_length: 3, min_length: 2, ..wanted }), [0, 0, 276, 2_024]);
    assert_eq!(counted(&twins(), Wanted { target: Target::Closed, ..wanted })[24], 1);
}

#[test]
fn visiting_twins_stops_at_the_bound_and_says_which() {
    for threads in [1, 2] {
        let wanted = Wanted { min_support: 2, max_itemsets: 10_000, threads, ..Wanted::default() };
        let mut visits = 0;
        let stopped = Search::new(twins(), wanted).unwrap().visit(&mut |_: &[u32], _| visits += 1).unwrap_err();
        assert_eq!(stopped, Stopped::TooManyItemsets { max_itemsets: 10_000, min_support: 2 });
        assert!(stopped.to_string().contains("raise the minimum support"), "{stopped}");
        assert_eq!(visits, 10_000);
        let stopped = Search::new(twins(), wanted).unwrap().count().unwrap_err();
        assert_eq!(stopped, Stopped::TooManyItemsets { max_itemsets: 10_000, min_support: 2 });
        let exactly = Wanted { max_itemsets: 2_300, max_length: 3, min_length: 2, ..wanted };
        assert_eq!(counted(&twins(), exactly).iter().sum::<u64>(), 2_300);
        assert_eq!(visited(&twins(), exactly).len(), 2_300);
    }
}

#[test]
fn keeping_more_sets_than_memory_allows_stops() {
    let wanted = Wanted { min_support: 2, max_memory: 1 << 20, ..Wanted::default() };
    let stopped = Search::new(twins(), wanted).unwrap().collect().unwrap_err();
    assert_eq!(stopped, Stopped::OutOfMemory { max_memory: 1 << 20, min_support: 2 });
    let baskets: Vec<Vec<u32>> = (0..1_000).map(|_| (0..500).collect()).collect();
    assert!(Search::new(database(&baskets), Wanted { min_support: 1_001, ..wanted }).is_ok());
    let varied: Vec<Vec<u32>> =
        (0..1_000).map(|left_out| (0..500).filter(|item| item % 499 != left_out).collect()).collect();
    assert!(matches!(Search::new(database(&varied), wanted), Err(Stopped::OutOfMemory { .. })));
}

#[test]
fn a_search_that_needs_more_memory_on_its_way_than_allowed_stops() {
    let database = database(&larger_baskets());
    for (target, layout) in TARGETS.into_iter().flat_map(|target| LAYOUTS.map(|layout| (target, layout))) {
        for threads in [1, 3] {
            let wanted = Wanted { min_support: 2, threads, target, layout, ..Wanted::default() };
            let needed = |max_memory| {
                let search = Search::new(database.clone(), Wanted { max_memory, ..wanted });
                search.and_then(|search| search.visit(&mut |_: &[u32], _| {})).is_ok()
            };
            // Enough to begin with, and not much more.
            let max_memory = (10..)
                .map(|power| 1 << power)
                .find(|&memory| Search::new(database.clone(), Wanted { max_memory: memory, ..wanted }).is_ok());
            let max_memory = max_memory.unwrap();
            let wanted = Wanted { max_memory, ..wanted };
            if !needed(max_memory) {
                let stopped = Search::new(database.clone(), wanted).unwrap().count().unwrap_err();
                assert_eq!(stopped, Stopped::OutOfMemory { max_memory, min_support: 2 });
            }
            assert!(needed(64 * max_memory), "{target:?} {layout:?} {threads}");
        }
    }
    let few = Wanted { min_support: 2, threads: 1, layout: Layout::Lists, ..Wanted::default() };
    let least =
        (1..).find(|kilobytes| Search::new(database.clone(), Wanted { max_memory: kilobytes << 10, ..few }).is_ok());
    let stopped = Search::new(database.clone(), Wanted { max_memory: least.unwrap() << 10, ..few }).unwrap().count();
    assert!(matches!(stopped, Err(Stopped::OutOfMemory { .. })), "{stopped:?}");
}

#[test]
fn numbers_that_do_not_fit_stay_at_the_largest() {
    let twins = database(&[(0..100).collect(), (0..100).collect()]);
    let summary = Search::new(twins, Wanted::default()).unwrap().count().unwrap();
    assert_eq!((summary.counts[1], summary.counts[50], summary.total()), (100, u64::MAX, u64::MAX));
}

#[test]
fn a_visitor_can_break_off() {
    for threads in [1, 2] {
        let wanted = Wanted { threads, ..Wanted::default() };
        let mut visits = 0;
        let visitor = &mut |_: &[u32], _| {
            visits += 1;
            if visits == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let summary = Search::new(twins(), wanted).unwrap().visit(visitor).unwrap();
        assert_eq!((visits, summary.total()), (5, 5));
    }
}

#[test]
fn more_items_than_sixteen_bits_can_number_are_searched_as_well() {
    let wide: Vec<Vec<u32>> = (0..35_000_u32).map(|pair| vec![2 * pair, 2 * pair + 1, 70_000]).collect();
    let wanted = Wanted { target: Target::Maximal, ..Wanted::default() };
    assert_eq!(counted(&database(&wide), Wanted::default()), [0, 70_001, 105_000, 35_000]);
    assert_eq!(counted(&database(&wide), Wanted { layout: Layout::Lists, ..wanted }), [0, 0, 0, 35_000]);
}

#[test]
fn nothing_holds_nothing() {
    for target in TARGETS {
        let wanted = Wanted { target, ..Wanted::default() };
        assert!(counted(&Database::default(), wanted).is_empty());
        assert!(visited(&database(&[vec![], vec![]]), wanted).is_empty());
        let too_high = Wanted { min_support: 3, ..wanted };
        assert_eq!(Search::new(database(&[vec![1], vec![1]]), too_high).unwrap().collect(), Ok(Itemsets::default()));
    }
}

/// The files of the Frequent Itemset Mining Implementations repository and others made for comparison, with what is known
/// of them. They are not ours to pass on: name their folder in `SEGUE_FIMI` to run this.
#[test]
fn known_files_have_as_many_sets_as_is_known() {
    let Some(folder) = std::env::var_os("SEGUE_FIMI") else { return };
    let known = [
        ("pl240k", 180, 130),
        ("pl240k", 36, 8_362),
        ("pl240k", 18, 81_595),
        ("T10I4D100K", 500, 1_073),
        ("T10I4D100K", 100, 27_532),
        ("T10I4D100K", 50, 53_385),
        ("retail", 100, 6_451),
        ("retail", 20, 57_697),
        // Item 85 is in every basket. Borgelt's programs do not report it alone, and have one set less.
        ("mushroom", 812, 574_513),
        ("mushroom", 406, 3_755_705),
        ("chess", 1_598, 1_272_932),
        ("chess", 1_438, 2_846_040),
    ];
    for (name, min_support, sets) in known {
        let file = std::fs::File::open(std::path::Path::new(&folder).join(name).with_extension("dat")).unwrap();
        let database = dat::read(file, 2).unwrap().database;
        for threads in [1, 2] {
            let wanted = Wanted { min_support, threads, ..Wanted::default() };
            assert_eq!(counted(&database, wanted).iter().sum::<u64>(), sets, "{name} at {min_support}");
        }
    }
}
