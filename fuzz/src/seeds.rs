//! What fuzzers begin with: small inputs made by hand, of songs that do not exist.

use segue_model::catalogue::{CatalogueParts, Names};
use segue_model::file::{Parts, TailParts, write};
use segue_model::fold::{FoldEntry, FoldTable};
use segue_model::metadata::{Budget, DataSet, Learned, Metadata, Metric, Mining};
use segue_model::pairs::{ForwardPairs, Scale};
use segue_model::rules::{Rule, RuleTable};
use segue_model::song::{ArtistId, SongId, Support};
use segue_model::uris::Uris;

/// An input: the target it is for, its name, its bytes.
pub type Seed = (&'static str, &'static str, Vec<u8>);

/// Titles with the artist of each, the most supported first. The fourth is a version of the first.
const SONGS: [(&str, u32); 8] = [
    ("Harbour Light", 0),
    ("Glass Garden", 1),
    ("Low Tide", 0),
    ("Harbour Light - Live", 0),
    ("Signal Fire", 2),
    ("Caf\u{e9} & Cr\u{e8}me", 3),
    ("Orchard - Road", 1),
    ("???", 3),
];

/// A model with every section.
///
/// # Panics
/// Its parts do not fit together: a bug in this module.
#[must_use]
pub fn small() -> Vec<u8> {
    let songs = SONGS.len() as u32;
    let mut pairs = ForwardPairs::default();
    for song in 0..songs {
        // Not every pair: some songs are two hops away, and the last has no neighbour at all.
        pairs.others.extend((song + 1..songs - 1).filter(|other| (song + other) % 3 != 0));
        pairs.ends.push(pairs.others.len() as u32);
    }
    pairs.levels = pairs.others.iter().map(|other| (17 - 2 * other).min(15) as u8).collect();
    let rule = |antecedent: [u32; 2], consequent, together, antecedent_support| Rule {
        antecedent: antecedent.map(SongId).to_vec(),
        consequent: SongId(consequent),
        together: Support(together),
        antecedent_support: Support(antecedent_support),
    };
    let parts = Parts {
        metadata: Metadata {
            model_date: "2026-03-01T12:00:00Z".to_owned(),
            miner_version: "0.1.0".to_owned(),
            data_set: DataSet { name: "invented".to_owned(), playlists: 12, rows: 60, ..DataSet::default() },
            mining: Mining {
                learned: Some(Learned::default()),
                budget: Some(Budget { bytes: 10_000, levels: 16, floor: 3 }),
                ..Mining::default()
            },
            evaluation: vec![Metric { name: "NDCG@100".to_owned(), value: 0.25 }],
            ..Metadata::default()
        },
        catalogue: CatalogueParts {
            titles: Names::new(SONGS.map(|(title, _)| title)),
            artists: Names::new(["The Lanterns", "Mira Sole", "Northbound", "Zo\u{eb} Quill", "Ada Quill"]),
            song_artists: SONGS.iter().map(|&(_, artist)| ArtistId(artist)).collect(),
            supports: (0..songs).map(|song| Support(10 - song)).collect(),
            works: [0, 1, 2, 0, 4, 5, 6, 7].map(SongId).to_vec(),
            fold: FoldTable::new(vec![
                fold('\u{e8}', 0, "e\u{300}", "e"),
                fold('\u{e9}', 0, "e\u{301}", "e"),
                fold('\u{eb}', 0, "e\u{308}", "e"),
                fold('\u{300}', 230, "\u{300}", ""),
                fold('\u{301}', 230, "\u{301}", ""),
                fold('\u{308}', 230, "\u{308}", ""),
            ]),
        },
        scale: Scale { low: -4.0, high: 0.0 },
        together: pairs.others.iter().map(|other| 9 - other).collect(),
        pairs,
        rules: RuleTable::new(vec![rule([0, 1], 2, 4, 5), rule([1, 2], 4, 3, 4), rule([0, 4], 5, 2, 200)]),
        tail: TailParts {
            titles: Names::new(["Only Once", "Low Tide (Demo)"]),
            artists: vec![ArtistId(4), ArtistId(0)],
        },
        uris: Some(Uris::new(1..=u128::from(songs))),
    };
    write(parts).expect("the parts fit together")
}

fn fold(from: char, combining_class: u8, exact: &str, plain: &str) -> FoldEntry {
    FoldEntry { from, combining_class, exact: exact.to_owned(), plain: plain.to_owned() }
}

/// A model without songs.
///
/// # Panics
/// Its parts do not fit together: a bug in this module.
#[must_use]
pub fn empty() -> Vec<u8> {
    write(Parts {
        metadata: Metadata::default(),
        catalogue: CatalogueParts {
            titles: Names::default(),
            artists: Names::default(),
            song_artists: Vec::new(),
            supports: Vec::new(),
            works: Vec::new(),
            fold: FoldTable::default(),
        },
        scale: Scale { low: 0.0, high: 0.0 },
        pairs: ForwardPairs::default(),
        together: Vec::new(),
        rules: RuleTable::default(),
        tail: TailParts::default(),
        uris: None,
    })
    .expect("nothing fits together")
}

/// Model files, by name.
#[must_use]
pub fn models() -> Vec<(&'static str, Vec<u8>)> {
    let former = include_bytes!("../../model/tests/format_2.segue").to_vec();
    vec![("small", small()), ("empty", empty()), ("former", former)]
}

/// Every seed.
#[must_use]
pub fn all() -> Vec<Seed> {
    let mut seeds: Vec<Seed> = Vec::new();
    for (name, file) in models() {
        seeds.push(("parts", name, [&[5], &file[..]].concat()));
        seeds.push(("model", name, file));
    }
    let written = [("csv", CSV), ("mpd", MPD), ("baskets", BASKETS), ("lists", LISTS)];
    let asked = [("requests", REQUESTS), ("addresses", ADDRESSES)];
    for (target, inputs) in written.into_iter().chain(asked) {
        seeds.extend(inputs.iter().map(|&(name, text)| (target, name, text.as_bytes().to_vec())));
    }
    seeds
}

type Texts = &'static [(&'static str, &'static str)];

const CSV: Texts = &[
    (
        "long",
        "\0track_uri,album_name,artist_name,pid,track_name\nspotify:track:1,A,The Lanterns,7,Harbour Light\n,,Mira Sole,7,\"Glass \"\"Garden\"\"\"\n",
    ),
    ("exported", "\x01Track Name,Artist Name(s)\r\n\"Harbour Light, Part 2\",The Lanterns\r\n\r\nLow Tide,\r\n,,\r\n"),
    ("semicolons", "\x02pid;artist_name;track_name\n1;The Lanterns;Low Tide\n1;a;b;c\n1\n"),
    ("tabs", "\x05\u{feff}artist\ttitle\rMira Sole\tGlass\u{a0}Garden\r\"open"),
];

const MPD: Texts = &[
    (
        "slice",
        r#"{"info": {"v": 1}, "playlists": [{"name": "a", "pid": 0, "tracks": [{"track_uri": "spotify:track:1", "artist_name": "The Lanterns", "track_name": "Harbour Light", "duration_ms": 1e3}, {"track_name": null}]}, {"tracks": []}]}"#,
    ),
    (
        "order",
        r#"{"playlists":[{"tracks":[{"track_name":"Caf\u00e9 \ud83c\udfb5","pos":[[{}]]}],"pid":-1}],"info":[]}"#,
    ),
    ("broken", r#"{"playlists":[{"tracks":[{"track_name":"a"#),
];

const BASKETS: Texts = &[
    ("numbers", "1 2 3\n\n 4294967295 7\t7\r\n4294967296\n-1 x\n"),
    ("fields", "bread,milk\r\n\"bread, brown\",beer,\"a \"\"b\"\"\"\n,,\nmilk\n"),
    ("rows", "pid,track_name\n1,a\n1,b\n2,a\n"),
];

const LISTS: Texts = &[
    ("pasted", "\0The Lanterns - Harbour Light\n\n  Low Tide \n"),
    (
        "table",
        "\x01Track URI,Track Name,Artist Name(s)\r\n\"spotify:track:1\",\"Low \"\"Tide\"\"\",\"The Lanterns\"\r\n",
    ),
    (
        "m3u",
        "\x02#EXTM3U\n#PLAYLIST:Evening\n#EXTINF:215 tvg=\"a,b\",The Lanterns - Harbour Light\n/music/harbour.mp3\nspotify:track:1\n",
    ),
    (
        "jspf",
        "\x03{\"playlist\": {\"title\": \"Evening\", \"track\": [{\"title\": \"Low Tide\", \"creator\": \"The Lanterns\", \"identifier\": [\"spotify:track:1\"]}, {}]}}",
    ),
    ("untold", "\0\u{feff}{\"playlist\": {\"track\": [{\"title\": \"Low Tide\"}]}}"),
    ("semicolons", "\0title;artist\nLow Tide;The Lanterns\n"),
];

const REQUESTS: Texts = &[
    ("one", r#" {"songs": ["Harbour Light"]}"#),
    (
        "options",
        r#" {"songs": ["The Lanterns - Low Tide", {"title": "Glass Garden", "artist": "Mira Sole"}], "limit": 3, "exclude": ["Signal Fire"], "exclude_artists": ["Northbound"], "max_per_artist": 1, "novelty": 0.5, "explain": true}"#,
    ),
    ("uri", r#" {"songs":["spotify:track:0000000000000000000001","Caf\u00e9 & Creme"],"explain":true,"mood":[{}]}"#),
    ("batch", r#"!{"requests": [{"songs": ["Harbour Light"], "limit": 2}, {"songs": ["Nobody"], "explain": true}]}"#),
    ("wrong", r#" {"songs": ["x", 3], "limit": "20"}"#),
];

const ADDRESSES: Texts = &[
    ("search", "/api/songs?q=harb%20l&limit=3\n"),
    ("core", "/api/model\nbytes=0-9,-5"),
    (
        "section",
        "/api/model/0000000000000000000000000000000000000000000000000000000000000000/rules\ngzip;q=0.5, br, *;q=0",
    ),
    ("info", "/api/model/info\nW/\"a\", *"),
    ("page", "http://host/rules/../%2e%2e/x?y#z\nidentity"),
    ("metrics", "/metrics"),
    ("described", "/api/openapi.json"),
];
