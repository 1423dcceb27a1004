//! Ranking beside the formula it computes, written down without any haste and in double precision.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use segue_model::Model;
use segue_model::api::Source;
use segue_model::catalogue::{CatalogueParts, Names};
use segue_model::file::{Parts, TailParts, write};
use segue_model::fold::FoldTable;
use segue_model::metadata::Metadata;
use segue_model::pairs::{ForwardPairs, Scale};
use segue_model::rules::RuleTable;
use segue_model::scoring::{Query, Scratch, rank};
use segue_model::song::{ArtistId, SongId, Support};

const ARTISTS: u32 = 7;

/// Splitmix (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), by place.
fn random_bits(random: u64, at: u64) -> u64 {
    let mut bits = random.wrapping_add(at.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// A model in which so many of a hundred pairs of the first songs have a weight, and no others.
fn model(songs: u32, with_pairs: u32, density: u64, random: u64) -> Model {
    let random = |at: u64| random_bits(random, at);
    let mut pairs = ForwardPairs::default();
    for one in 0..songs {
        let others = if one < with_pairs { one + 1..songs } else { 0..0 };
        for other in others.filter(|other| *other < with_pairs || *other >= songs - with_pairs) {
            let bits = random(u64::from(one) << 32 | u64::from(other));
            if bits % 100 < density {
                pairs.others.push(other);
                pairs.levels.push((bits >> 32) as u8 % 16);
            }
        }
        pairs.ends.push(pairs.others.len() as u32);
    }
    let file = write(Parts {
        metadata: Metadata::default(),
        catalogue: CatalogueParts {
            titles: Names::new((0..songs).map(|song| format!("song {song}"))),
            artists: Names::new((0..ARTISTS).map(|artist| format!("artist {artist}"))),
            song_artists: (0..songs).map(|song| ArtistId(random(u64::from(song)) as u32 % ARTISTS)).collect(),
            supports: (0..songs).map(|song| Support(2 + 3 * (songs - song) / 4)).collect(),
            works: (0..songs).map(SongId).collect(),
            fold: FoldTable::default(),
        },
        scale: Scale { low: -4.0, high: 1.0 },
        together: vec![1; pairs.others.len()],
        pairs,
        rules: RuleTable::default(),
        tail: TailParts::default(),
        uris: None,
    });
    Model::open(&file.unwrap()).unwrap()
}

/// Mean of the best scores of songs that are not seeds.
fn mean(scores: &BTreeMap<SongId, f64>, seeds: &[SongId], count: usize) -> f64 {
    let mut scores: Vec<f64> =
        scores.iter().filter(|(song, _)| !seeds.contains(song)).map(|(_, &score)| score).collect();
    scores.sort_by(|left, right| right.total_cmp(left));
    scores.truncate(count);
    if scores.is_empty() { 1.0 } else { scores.iter().sum::<f64>() / scores.len() as f64 }
}

/// The scores of all songs that have a pair with a seed.
fn naive(model: &Model, query: &Query) -> BTreeMap<SongId, f64> {
    let (catalogue, scoring) = (model.catalogue(), &model.metadata().scoring);
    let support = |song: SongId| catalogue.support(song).as_f64();
    let popularity = scoring.candidate_exponent + scoring.stored_exponent
        - scoring.breadth(query.seeds.len())
        - query.novelty * scoring.novelty_exponent;
    let mut by_pairs: BTreeMap<SongId, f64> = BTreeMap::new();
    for &seed in &query.seeds {
        for (song, weight) in model.pairs().neighbours(seed) {
            *by_pairs.entry(song).or_default() +=
                libm::pow(support(seed), -scoring.seed_exponent) * weight * libm::pow(support(song), popularity);
        }
    }
    let artist_exponent = scoring.artist_exponent - query.novelty * scoring.novelty_exponent;
    let mut by_artist: BTreeMap<SongId, f64> = BTreeMap::new();
    for song in catalogue.songs() {
        let seeds = query.seeds.iter().filter(|&&seed| catalogue.artist(seed) == catalogue.artist(song)).count();
        if seeds > 0 {
            by_artist.insert(song, seeds as f64 * libm::pow(support(song) + 1.0, artist_exponent));
        }
    }
    let top = scoring.top_mean as usize;
    let means = [mean(&by_pairs, &query.seeds, top), mean(&by_artist, &query.seeds, top)];
    let score = |(song, by_pairs)| {
        let of_artist = by_artist.get(&song).map_or(0.0, |score| score / means[1]);
        (song, by_pairs / means[0] + scoring.artist_weight * of_artist)
    };
    by_pairs.into_iter().filter(|(song, _)| !query.seeds.contains(song)).map(score).collect()
}

fn check(model: &Model, seeds: impl IntoIterator<Item = SongId>, limit: usize, novelty: f64, scratch: &mut Scratch) {
    let mut query = Query { limit, max_per_artist: usize::MAX, novelty, ..Query::default() };
    for seed in seeds {
        if !query.seeds.contains(&seed) {
            query.seeds.push(seed);
            let artist = model.catalogue().artist(seed);
            match query.artists.iter_mut().find(|(known, _)| *known == artist) {
                Some((_, count)) => *count += 1,
                None => query.artists.push((artist, 1)),
            }
        }
    }
    let scores = naive(model, &query);
    let mut expected: Vec<f64> = scores.values().copied().collect();
    expected.sort_by(|left, right| right.total_cmp(left));
    expected.truncate(limit);
    // Twice with the same buffers: nothing of the first is left for the second.
    for _ in 0..2 {
        let ranked = rank(model, &query, scratch).songs;
        let by_pairs: Vec<_> = ranked.iter().filter(|ranked| ranked.source == Source::Pair).collect();
        assert_eq!(by_pairs.len(), expected.len());
        for (ranked, expected) in by_pairs.iter().zip(&expected) {
            assert!((ranked.score - expected).abs() <= 1e-5 * expected);
            assert!((ranked.score - scores[&ranked.song]).abs() <= 1e-5 * expected);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_ranking_is_that_of_the_formula(
        songs in 1_u32..260, density in 1_u64..60, random: u64, seeds in vec(any::<u32>(), 1..9),
        limit in 1_usize..60, novelty in prop_oneof![Just(0.0), 0.0..1.0],
    ) {
        let model = model(songs, songs, density, random);
        check(&model, seeds.into_iter().map(|seed| SongId(seed % songs)), limit, novelty, &mut Scratch::default());
    }
}

#[test]
fn the_ranking_of_a_catalogue_too_large_for_narrow_ids_is_that_of_the_formula() {
    const WITH_PAIRS: u32 = 150;
    let wide = model(70_000, WITH_PAIRS, 40, 7);
    // The buffers are those that a smaller catalogue has left, as in a server when a larger model comes.
    let mut scratch = Scratch::default();
    check(&model(200, 200, 40, 8), [SongId(3), SongId(100)], 20, 0.0, &mut scratch);
    for (at, novelty) in (0..20).zip([0.0, 0.0, 0.5].into_iter().cycle()) {
        let seed = |place: u64| SongId(random_bits(at, place) as u32 % WITH_PAIRS);
        check(&wide, (0..1 + at % 6).map(seed), 30, novelty, &mut scratch);
    }
}
