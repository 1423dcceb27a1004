//! Answers from models mined from small invented playlists: what a response promises, on catalogues made to be awkward.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use segue_miner::baskets::BasketsBuilder;
use segue_miner::build::{Plan, build};
use segue_miner::support::MinSupport;
use segue_model::Model;
use segue_model::answer::answer;
use segue_model::api::{Request, Response, SongQuery, Source, Tier};
use segue_model::file::{self, SectionKind};
use segue_model::metadata::DataSet;
use segue_model::resolve::{Found, alternatives, name_of, resolve, version_of};
use segue_model::scoring::Scratch;
use segue_model::song::SongId;

type Song = (String, String);

fn mine(playlists: &[Vec<Song>]) -> Vec<u8> {
    let mut builder = BasketsBuilder::default();
    for (at, playlist) in playlists.iter().enumerate() {
        for (artist, title) in playlist {
            builder.add(&at.to_string(), artist, title, None);
        }
    }
    let baskets = builder.finish();
    let plan = Plan { min_support: Some(MinSupport::Count(2)), ..Plan::default() };
    let data_set = DataSet { playlists: baskets.len() as u32, ..DataSet::default() };
    file::write(build(&baskets, data_set, &plan, &|_| {}).unwrap().0).unwrap()
}

fn song(artist: &str, title: &str) -> Song {
    (artist.into(), title.into())
}

fn ask(model: &Model, request: &Request) -> Response {
    answer(model, request, &mut Scratch::default()).unwrap().into_owned()
}

/// Two tastes that share nothing but one song, with versions, equal titles and a rarity.
fn two_tastes() -> Model {
    let beatles = ["Yesterday - Remastered 2009", "Help!", "Let It Be", "Michelle", "Girl"];
    let jazz = ["So What", "Blue in Green", "Naima", "Giant Steps"];
    let mut playlists = Vec::new();
    for at in 0..12 {
        let mut rock: Vec<Song> = beatles.iter().map(|title| song("The Beatles", title)).collect();
        rock.remove(at % 5);
        rock.push(song("Queen", "Bohemian Rhapsody"));
        if at < 4 {
            rock.push(song("The Beatles", "Yesterday - Live"));
            rock.push(song("Queen", "Bohemian Rhapsody - Remastered 2011"));
        }
        playlists.push(rock);
        let mut quiet: Vec<Song> = jazz.iter().map(|title| song("Miles Davis", title)).collect();
        quiet.remove(at % 4);
        quiet.push(song("Sigur Rós", "Hoppípolla"));
        playlists.push(quiet);
    }
    playlists.push(vec![song("Nobody", "Yesterday"), song("Nobody", "Nothing at All"), song("Miles Davis", "Outtake")]);
    playlists.push(vec![song("Nobody", "Yesterday"), song("Someone", "Help")]);
    playlists.push(vec![song("Someone", "Help"), song("Queen", "Bohemian Rhapsody")]);
    Model::open(&mine(&playlists)).unwrap()
}

fn found(model: &Model, query: impl Into<SongQuery>) -> (String, Tier) {
    let resolved = resolve(model, &query.into()).unwrap();
    let Found::Song(song) = resolved.found else { panic!("no song of the catalogue: {resolved:?}") };
    let catalogue = model.catalogue();
    (format!("{} - {}", catalogue.artist_name(catalogue.artist(song)), catalogue.title(song)), resolved.tier)
}

#[test]
fn a_bare_title_means_the_far_better_known_work() {
    let model = two_tastes();
    assert_eq!(found(&model, "yesterday"), ("The Beatles - Yesterday - Remastered 2009".into(), Tier::BaseTitle));
    assert_eq!(found(&model, "Nobody - Yesterday"), ("Nobody - Yesterday".into(), Tier::ArtistTitle));
    assert_eq!(found(&model, "Yesterday - Nobody"), ("Nobody - Yesterday".into(), Tier::ArtistTitle));
    let resolved = resolve(&model, &"Yesterday".into()).unwrap();
    let others = alternatives(&model, &"Yesterday".into(), resolved);
    let alternatives: Vec<String> = others.into_iter().map(|song| name_of(&model, song).to_owned()).collect();
    assert_eq!(alternatives, ["Nobody - Yesterday"]);
}

#[test]
fn every_tier_finds_what_it_is_for() {
    let model = two_tastes();
    assert_eq!(found(&model, "SO WHAT"), ("Miles Davis - So What".into(), Tier::Title));
    assert_eq!(found(&model, "hoppipolla"), ("Sigur Rós - Hoppípolla".into(), Tier::PlainTitle));
    assert_eq!(found(&model, "HOPPI\u{301}POLLA").1, Tier::Title);
    assert_eq!(found(&model, "Naima (feat. Somebody)").1, Tier::BaseTitle);
    assert_eq!(found(&model, "queen - bohemian rhapsody (live)").0, "Queen - Bohemian Rhapsody");
    let named = SongQuery::Named { title: "help".into(), artist: "the beatles".into() };
    assert_eq!(found(&model, named), ("The Beatles - Help!".into(), Tier::ArtistTitle));
    let named = SongQuery::Named { title: "Unheard Of".into(), artist: "Queen".into() };
    assert_eq!(resolve(&model, &named).unwrap().tier, Tier::Artist);
    assert!(matches!(resolve(&model, &"Nothing at All".into()).unwrap().found, Found::Tail(_)));
    assert_eq!(resolve(&model, &"xyzzy".into()), None);
}

#[test]
fn suggestions_stay_in_taste_and_never_repeat_a_work() {
    let model = two_tastes();
    let mut request = Request::new(vec!["Yesterday".into(), "Bohemian Rhapsody".into()]);
    request.limit = 4;
    request.explain = true;
    let response = ask(&model, &request);
    let mut songs = response.songs.clone();
    songs.sort();
    assert_eq!(songs, ["Girl", "Help!", "Let It Be", "Michelle"]);
    let first = &response.recommendations.unwrap()[0];
    assert_eq!(first.source, Source::Pair);
    let because = &first.because[0];
    assert_eq!(f64::from(because.together) / f64::from(because.support), because.confidence);
    assert!(because.lift > 1.0);
    assert!(first.rule.as_ref().is_some_and(|rule| rule.songs.len() == 2 && rule.together <= rule.support));
}

#[test]
fn short_lists_are_filled_in_order_and_labelled() {
    let model = two_tastes();
    let mut request = Request::new(vec!["Nothing at All".into(), "Help!".into()]);
    request.explain = true;
    request.limit = 500;
    let response = ask(&model, &request);
    let sources: Vec<Source> = response.recommendations.unwrap().iter().map(|song| song.source).collect();
    assert!(sources.is_sorted(), "{sources:?}");
    assert_eq!(sources.first(), Some(&Source::Pair));
    assert_eq!(sources.last(), Some(&Source::Popular));
    // One song a work, and the seed's work not at all.
    let works: std::collections::BTreeSet<SongId> =
        model.catalogue().songs().map(|song| model.catalogue().work(song)).collect();
    assert_eq!(response.songs.len(), works.len() - 1);
}

#[test]
fn a_song_of_the_tail_leads_to_its_artist() {
    let model = two_tastes();
    let mut request = Request::new(vec!["Miles Davis - Outtake".into()]);
    request.explain = true;
    request.limit = 4;
    let response = ask(&model, &request);
    assert!(response.recommendations.unwrap().iter().all(|song| song.source == Source::Artist));
    assert_eq!(response.matched.unwrap()[0].support, 1);
}

#[test]
fn no_version_of_a_song_of_the_tail_is_suggested() {
    let mut playlists: Vec<Vec<Song>> =
        (0..4).map(|_| ["Hits", "Deep Cut", "Opener"].iter().map(|title| song("Band", title)).collect()).collect();
    playlists.push(vec![song("Band", "Hits - Live at Home")]);
    let model = Model::open(&mine(&playlists)).unwrap();
    let seed = "Band - Hits - Live at Home";
    assert!(matches!(resolve(&model, &seed.into()).unwrap().found, Found::Tail(_)));
    let mut songs = ask(&model, &Request::new(vec![seed.into()])).songs;
    songs.sort();
    assert_eq!(songs, ["Deep Cut", "Opener"]);
    let excluding = Request { exclude: vec![seed.into()], ..Request::new(vec!["Opener".into()]) };
    assert_eq!(ask(&model, &excluding).songs, ["Deep Cut"]);
}

#[test]
fn an_unknown_title_by_a_known_artist_leads_to_the_artist() {
    let model = two_tastes();
    let named = SongQuery::Named { title: "Unheard Of".into(), artist: "Queen".into() };
    for seed in [named, "Queen - Unheard Of".into(), "Unheard Of - queen".into(), "Queen\tUnheard Of".into()] {
        let mut request = Request::new(vec![seed.clone()]);
        request.explain = true;
        request.limit = 3;
        let response = ask(&model, &request);
        let matched = &response.matched.unwrap()[0];
        assert_eq!((matched.tier, matched.artist.as_str(), matched.support), (Tier::Artist, "Queen", 0), "{seed:?}");
        let recommendations = response.recommendations.unwrap();
        assert_eq!((recommendations[0].artist.as_str(), recommendations[0].source), ("Queen", Source::Artist));
        assert_eq!(recommendations.len(), 3, "the rest is popular");
    }
    assert_eq!(resolve(&model, &"Unheard Of - Live".into()), None, "a version suffix is no artist");
}

#[test]
fn a_list_goes_on_with_neighbours_of_neighbours() {
    // A chain: each playlist links one song to the next, and a crowd that has nothing to do with it is better known.
    let mut playlists: Vec<Vec<Song>> = Vec::new();
    for at in 0..6 {
        for _ in 0..3 {
            playlists.push(vec![song("", &format!("link {at}")), song("", &format!("link {}", at + 1))]);
        }
    }
    (0..20).for_each(|_| playlists.push(vec![song("", "crowd 1"), song("", "crowd 2")]));
    let model = Model::open(&mine(&playlists)).unwrap();
    let request = Request { limit: 4, explain: true, ..Request::new(vec!["link 2".into()]) };
    let recommendations = ask(&model, &request).recommendations.unwrap();
    let found: Vec<(&str, Source)> = recommendations.iter().map(|song| (song.title.as_str(), song.source)).collect();
    let (pairs, two_hops) = found.split_at(2);
    assert!(pairs.contains(&("link 1", Source::Pair)) && pairs.contains(&("link 3", Source::Pair)), "{found:?}");
    assert!(
        two_hops.contains(&("link 0", Source::TwoHop)) && two_hops.contains(&("link 4", Source::TwoHop)),
        "{found:?}"
    );
    // The song in between is named.
    let reason = &recommendations.iter().find(|song| song.title == "link 4").unwrap().because[0];
    assert_eq!((reason.song.as_str(), reason.together, reason.support), ("link 3", 3, 6));
}

#[test]
fn nothing_known_still_gives_popular_songs_and_near_names() {
    let model = two_tastes();
    let mut request = Request::new(vec!["Bohemain Rapsody".into()]);
    request.explain = true;
    request.limit = 3;
    let response = ask(&model, &request);
    assert_eq!(response.songs.len(), 3);
    assert_eq!(response.unknown.unwrap()[0].suggestions[0], "Bohemian Rhapsody");

    // Each takes a search, so a thousand unknown names do not get a thousand of them.
    let names: Vec<SongQuery> = (0..1_000).map(|at| format!("Bohemain Rapsody{at:>4}").as_str().into()).collect();
    let unknown = ask(&model, &Request { explain: true, ..Request::new(names) }).unknown.unwrap();
    assert_eq!(unknown.len(), 1_000);
    assert!(unknown.iter().filter(|song| !song.suggestions.is_empty()).count() <= 20);
}

#[test]
fn options_do_what_they_say() {
    let model = two_tastes();
    let mut request = Request::new(vec!["Let It Be".into()]);
    request.limit = 500;
    request.exclude = vec!["Bohemian Rhapsody - Remastered 2011".into()];
    request.exclude_artists = vec!["MILES DAVIS".into()];
    request.max_per_artist = Some(2);
    request.explain = true;
    let response = ask(&model, &request);
    let artists: Vec<String> = response.recommendations.unwrap().into_iter().map(|song| song.artist).collect();
    assert_eq!(artists.iter().filter(|artist| *artist == "The Beatles").count(), 2);
    assert!(!artists.contains(&"Queen".to_owned()), "no version of an excluded song");
    assert!(!artists.contains(&"Miles Davis".to_owned()));
    let average_support = |novelty| {
        let request = Request { novelty, limit: 3, ..Request::new(vec!["Michelle".into()]) };
        let songs = ask(&model, &request).songs;
        let support = |name: &String| match resolve(&model, &name.as_str().into()).unwrap().found {
            Found::Song(song) => model.catalogue().support(song).0,
            other => panic!("{other:?}"),
        };
        songs.iter().map(support).sum::<u32>()
    };
    assert!(average_support(1.0) <= average_support(0.0));
}

#[test]
fn the_core_alone_gives_the_same_songs_and_sections_can_follow() {
    let whole = two_tastes();
    let bytes = {
        let playlists: Vec<Vec<Song>> = (0..6)
            .map(|at| (0..5).map(|song| (format!("artist {song}"), format!("title {}", song + at % 2))).collect())
            .collect();
        mine(&playlists)
    };
    let header = file::read_header(&bytes).unwrap();
    let mut part = Model::open_core(&bytes[..header.core_length() as usize]).unwrap();
    let whole_again = Model::open(&bytes).unwrap();
    let mut request = Request::new(vec!["title 1".into(), "artist 3 - title 3".into()]);
    assert_eq!(ask(&part, &request), ask(&whole_again, &request));
    assert!(!part.is_complete());
    for kind in [SectionKind::Tail, SectionKind::Rules, SectionKind::Evidence] {
        let entry = header.section(kind).unwrap();
        part.attach(kind, &bytes[entry.offset as usize..(entry.offset + entry.length) as usize]).unwrap();
    }
    assert!(part.is_complete());
    request.explain = true;
    assert_eq!(ask(&part, &request), ask(&whole_again, &request));
    assert!(part.attach(SectionKind::Uris, b"").is_err());
    assert!(whole.is_complete());
}

#[test]
fn every_altered_or_cut_file_is_refused() {
    let bytes = mine(&[
        vec![song("a", "x"), song("b", "y")],
        vec![song("a", "x"), song("b", "y"), song("c", "é")],
        vec![song("a", "x"), song("c", "é")],
    ]);
    assert!(Model::open(&bytes).is_ok());
    for length in 0..bytes.len() {
        assert!(Model::open(&bytes[..length]).is_err(), "cut to {length}");
    }
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut altered = bytes.clone();
            altered[at] ^= 1 << bit;
            assert!(Model::open(&altered).is_err(), "bit {bit} of byte {at}");
        }
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(Model::open(&longer).is_err());
}

#[test]
fn a_model_with_a_senseless_parameter_is_not_written() {
    let mut builder = BasketsBuilder::default();
    for (playlist, title) in [("1", "x"), ("1", "y"), ("2", "x"), ("2", "y")] {
        builder.add(playlist, "a", title, None);
    }
    let baskets = builder.finish();
    for breadth_max in [f64::NAN, -1.0, f64::INFINITY] {
        let mut parts = build(&baskets, DataSet::default(), &Plan::default(), &|_| {}).unwrap().0;
        assert!(file::write(parts.clone()).is_ok());
        parts.metadata.scoring.breadth_max = breadth_max;
        assert!(file::write(parts).is_err(), "{breadth_max}");
    }
}

fn awkward_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab]{1,2}( - [ab]{1,2}){0,2}",
        "[aé?]{1,2}( - live| \\(remix\\)| - Remastered 2011)?",
        Just("Yesterday".to_owned()),
        Just("Yesterday - Live".to_owned()),
        Just("- a".to_owned()),
        Just("???".to_owned()),
        "\\PC{1,6}",
    ]
    .prop_filter("blank names are no names", |name| !name.trim().is_empty())
}

fn awkward_playlists() -> impl Strategy<Value = Vec<Vec<Song>>> {
    let artist = prop_oneof![Just(String::new()), awkward_name()];
    prop::collection::vec((artist, awkward_name()), 3..18)
        .prop_flat_map(|songs| prop::collection::vec(prop::sample::subsequence(songs.clone(), 1..songs.len()), 2..10))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_name_of_every_song_finds_this_very_song(playlists in awkward_playlists()) {
        let file = mine(&playlists);
        // Names that were found are looked up; the other model has to make sense of each.
        let [model, other] = [(); 2].map(|()| Model::open(&file).unwrap());
        for song in model.catalogue().songs() {
            let name = name_of(&model, song).into();
            let resolved = resolve(&other, &name);
            prop_assert_eq!(resolved.map(|resolved| resolved.found), Some(Found::Song(song)), "{}", name);
            prop_assert_eq!([resolve(&model, &name), resolve(&other, &name)], [resolved; 2], "{}", name);
        }
    }

    #[test]
    fn a_response_keeps_its_promises(
        playlists in awkward_playlists(),
        seeds in prop::collection::vec(awkward_name(), 1..6),
        limit in 1_u64..30,
        novelty in 0.0_f64..=1.0,
        max_per_artist in prop::option::of(1_u64..4),
    ) {
        let model = Model::open(&mine(&playlists)).unwrap();
        let songs: Vec<SongQuery> = seeds.iter().map(|seed| seed.as_str().into()).collect();
        let request = Request { limit, novelty, max_per_artist, explain: true, ..Request::new(songs) };
        let response = ask(&model, &request);
        prop_assert_eq!(&response, &ask(&model, &request));
        let recommendations = response.recommendations.as_ref().unwrap();
        prop_assert_eq!(recommendations.len(), response.songs.len());
        prop_assert!(response.songs.len() as u64 <= limit);
        prop_assert!(recommendations.is_sorted_by(|left, right| left.score >= right.score));
        prop_assert!(recommendations.iter().all(|song| song.score.is_finite() && song.score >= 0.0));
        prop_assert_eq!(response.matched.as_ref().unwrap().len() + response.unknown.as_ref().unwrap().len(), seeds.len());

        let catalogue = model.catalogue();
        let song_of = |name: &str| match resolve(&model, &name.into()).map(|resolved| resolved.found) {
            Some(Found::Song(song)) => Some(song),
            _ => None,
        };
        let mut works: Vec<SongId> =
            seeds.iter().filter_map(|seed| song_of(seed)).map(|song| catalogue.work(song)).collect();
        works.sort_unstable();
        works.dedup();
        let seed_works = works.len();
        for name in &response.songs {
            let song = song_of(name);
            prop_assert!(song.is_some(), "{:?}", name);
            works.extend(song.map(|song| catalogue.work(song)));
        }
        works.sort_unstable();
        works.dedup();
        prop_assert_eq!(works.len(), seed_works + response.songs.len(), "no work twice, none of a seed");
        // As many as asked for, while artists have works left that they may still place.
        let mut free: Vec<SongId> = catalogue.songs().map(|song| catalogue.work(song)).collect();
        free.sort_unstable();
        free.dedup();
        let of_seeds: Vec<SongId> =
            seeds.iter().filter_map(|seed| song_of(seed)).map(|song| catalogue.work(song)).collect();
        // A song of the tail keeps other versions of it out.
        let in_tail = response.matched.as_ref().unwrap().iter().filter(|matched| matched.support == 1);
        let of_tail: Vec<SongId> = in_tail
            .filter_map(|matched| version_of(&model, catalogue.find_artist(&matched.artist)?, &matched.title))
            .map(|song| catalogue.work(song))
            .collect();
        free.retain(|work| !of_seeds.contains(work) && !of_tail.contains(work));
        let mut by_artist = std::collections::BTreeMap::new();
        for work in free {
            *by_artist.entry(catalogue.artist_name(catalogue.artist(work))).or_insert(0_u64) += 1;
        }
        let may_place = |(artist, works): (&&str, &u64)| match max_per_artist {
            Some(most) if !artist.is_empty() => (*works).min(most),
            _ => *works,
        };
        let possible: u64 = by_artist.iter().map(may_place).sum();
        prop_assert_eq!(response.songs.len() as u64, limit.min(possible));
        if let Some(most) = max_per_artist {
            for artist in by_artist.keys().filter(|artist| !artist.is_empty()) {
                let placed = recommendations.iter().filter(|song| song.artist == **artist).count();
                prop_assert!(placed as u64 <= most, "{artist}: {placed}");
            }
        }
    }

    /// Without artists a song's score is its pairs' alone, so the order says what novelty does.
    #[test]
    fn with_more_novelty_only_less_popular_songs_rise(
        playlists in prop::collection::vec(prop::collection::btree_set(0_u32..14, 2..8), 6..25),
        seed in 0_u32..14,
        (less, more) in (0.0_f64..=1.0, 0.0_f64..=1.0).prop_map(|(one, other)| (one.min(other), one.max(other))),
    ) {
        let playlists: Vec<Vec<Song>> = playlists
            .iter()
            .map(|songs| songs.iter().map(|number| song("", &format!("song {number}"))).collect())
            .collect();
        let model = Model::open(&mine(&playlists)).unwrap();
        let list = |novelty: f64| -> Vec<(String, u32)> {
            let seeds = vec![format!("song {seed}").as_str().into()];
            let request = Request { novelty, explain: true, limit: 500, ..Request::new(seeds) };
            let found = ask(&model, &request).recommendations.unwrap();
            let support = |title: &str| match resolve(&model, &title.into()).unwrap().found {
                Found::Song(song) => model.catalogue().support(song).0,
                other => panic!("{other:?}"),
            };
            let pairs = found.into_iter().filter(|song| song.source == Source::Pair);
            pairs.map(|song| { let support = support(&song.title); (song.title, support) }).collect()
        };
        let (before, after) = (list(less), list(more));
        prop_assert_eq!(before.len(), after.len(), "the same songs, in another order");
        let place = |song: &str| before.iter().position(|(other, _)| other == song);
        for (at, (above, support_above)) in after.iter().enumerate() {
            for (below, support_below) in &after[at + 1..] {
                if place(above) > place(below) {
                    prop_assert!(support_above < support_below, "{above} ({support_above}) over {below} ({support_below})");
                }
            }
        }
    }
}
