//! Small models for tests, from playlists written out in the test.

use std::collections::{BTreeMap, BTreeSet};

use segue_model::catalogue::{CatalogueParts, Names};
use segue_model::file::{Parts, TailParts, write};
use segue_model::fold::FoldTable;
use segue_model::metadata::{DataSet, Metadata};
use segue_model::pairs::{ForwardPairs, Scale};
use segue_model::rules::{Rule, RuleTable};
use segue_model::song::{ArtistId, SongId, Support};
use segue_model::uris::Uris;

/// A song: artist and title.
pub(crate) type Song = (&'static str, &'static str);

/// The bytes of a model of these playlists, with every section. Songs in one playlist only go to its tail.
pub(crate) fn model(model_date: &str, playlists: &[&[Song]]) -> Vec<u8> {
    let mut supports: BTreeMap<Song, u32> = BTreeMap::new();
    for song in playlists.iter().flat_map(|playlist| playlist.iter()) {
        *supports.entry(*song).or_default() += 1;
    }
    let mut songs: Vec<(u32, Song)> =
        supports.iter().filter(|song| *song.1 > 1).map(|(&song, &support)| (support, song)).collect();
    songs.sort_by_key(|&(support, song)| (std::cmp::Reverse(support), song));
    let tail: Vec<Song> = supports.iter().filter(|song| *song.1 == 1).map(|(&song, _)| song).collect();
    let names: BTreeSet<&str> = supports.keys().map(|song| song.0).collect();
    let artist_of = |song: Song| ArtistId(names.iter().position(|name| *name == song.0).unwrap() as u32);
    let id_of = |song: &Song| songs.iter().position(|known| known.1 == *song).map(|id| id as u32);

    let mut together: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    let mut triples: BTreeMap<[u32; 3], u32> = BTreeMap::new();
    for playlist in playlists {
        let mut ids: Vec<u32> = playlist.iter().filter_map(id_of).collect();
        ids.sort_unstable();
        for (at, &a) in ids.iter().enumerate() {
            for (next, &b) in ids.iter().enumerate().skip(at + 1) {
                *together.entry((a, b)).or_default() += 1;
                for &c in &ids[next + 1..] {
                    *triples.entry([a, b, c]).or_default() += 1;
                }
            }
        }
    }
    let scale = Scale { low: -4.0, high: 0.0 };
    let mut pairs = ForwardPairs::default();
    for (id, &(support, _)) in (0..).zip(&songs) {
        for (&(_, other), &count) in together.range((id, 0)..(id + 1, 0)) {
            pairs.others.push(other);
            let cosine = f64::from(count) / f64::from(support * songs[other as usize].0).sqrt();
            pairs.levels.push(scale.level(cosine));
        }
        pairs.ends.push(pairs.others.len() as u32);
    }
    let rules = RuleTable::new(triples.iter().map(|(&[a, b, c], &count)| Rule {
        consequent: SongId(c),
        antecedent: [SongId(a), SongId(b)],
        together: Support(count),
        antecedent_support: Support(together[&(a, b)]),
    }));
    let parts = Parts {
        metadata: Metadata {
            model_date: model_date.to_owned(),
            miner_version: "test".to_owned(),
            data_set: DataSet {
                name: "test playlists".to_owned(),
                playlists: playlists.len() as u32,
                ..DataSet::default()
            },
            ..Metadata::default()
        },
        catalogue: CatalogueParts {
            titles: Names::new(songs.iter().map(|song| song.1.1)),
            artists: Names::new(&names),
            song_artists: songs.iter().map(|song| artist_of(song.1)).collect(),
            supports: songs.iter().map(|song| Support(song.0)).collect(),
            works: (0..songs.len() as u32).map(SongId).collect(),
            fold: FoldTable::default(),
        },
        scale,
        together: together.into_values().collect(),
        pairs,
        rules,
        tail: TailParts {
            titles: Names::new(tail.iter().map(|song| song.1)),
            artists: tail.iter().map(|&song| artist_of(song)).collect(),
        },
        uris: Some(Uris::new(1..=songs.len() as u128)),
    };
    write(parts).expect("a consistent model")
}

const HARBOUR: Song = ("The Lanterns", "Harbour Light");
const TIDE: Song = ("The Lanterns", "Low Tide");
const GLASS: Song = ("Mira Sole", "Glass Garden");
const ORCHARD: Song = ("Mira Sole", "Orchard Road");
const RADIO: Song = ("Northbound", "Paper Radio");
const SIGNAL: Song = ("Northbound", "Signal Fire");
const ONCE: Song = ("Ada Quill", "Only Once");

/// A model of a handful of invented songs.
pub(crate) fn small(model_date: &str) -> Vec<u8> {
    model(
        model_date,
        &[
            &[HARBOUR, TIDE, GLASS, ORCHARD],
            &[HARBOUR, GLASS, RADIO],
            &[HARBOUR, TIDE, RADIO, SIGNAL],
            &[GLASS, ORCHARD, SIGNAL],
            &[HARBOUR, TIDE, GLASS, ONCE],
        ],
    )
}
