use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use super::*;

/// The SHA-256 of the CSV. If a change of the catalogue or the generator was meant, put the new one here: everybody's
/// demo model changes with it.
const CSV_SHA256: &str = "7807250431853e3a44f1003c935199f450568105259986d769750ef6ecb7423e";

/// All playlists, made once for the tests that only look at them.
fn all() -> &'static [DemoPlaylist] {
    static ALL: LazyLock<Vec<DemoPlaylist>> = LazyLock::new(|| playlists().collect());
    &ALL
}

fn csv() -> (String, DemoSummary) {
    let mut bytes = Vec::new();
    let summary = write_csv(&mut bytes).expect("a vector takes all");
    (String::from_utf8(bytes).expect("names are UTF-8"), summary)
}

#[test]
fn the_bytes_never_change_unnoticed() {
    let (text, _) = csv();
    let hash: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, CSV_SHA256);
}

#[test]
fn there_are_as_many_playlists_and_rows_as_promised() {
    let (_, summary) = csv();
    assert_eq!(summary.playlists, PLAYLISTS);
    assert!((230_000..=250_000).contains(&summary.rows), "{} rows", summary.rows);
    assert!(summary.songs >= 400, "{} songs", summary.songs);
    assert!(summary.artists >= 60, "{} artists", summary.artists);
    assert_eq!(summary.songs as usize, songs().len(), "a song of the catalogue is in no playlist");
}

#[test]
fn the_csv_holds_exactly_the_playlists() {
    let (text, summary) = csv();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().expect("there is a header"), CSV_HEADER.as_slice());
    let mut rows = reader.into_records().map(|row| row.expect("every row has four columns"));
    for playlist in all() {
        let pid = playlist.id.to_string();
        for song in &playlist.songs {
            let row = rows.next().expect("a row for each song");
            assert_eq!(row, vec![pid.as_str(), &playlist.name, &song.artist, &song.title]);
        }
    }
    assert!(rows.next().is_none());
    assert_eq!(text.lines().count() as u64, summary.rows + 1);
}

#[test]
fn playlists_are_15_to_180_songs_long_and_most_are_shorter_than_the_mean() {
    let lengths: Vec<usize> = all().iter().map(|playlist| playlist.songs.len()).collect();
    assert!(lengths.iter().all(|length| (15..=180).contains(length)));
    let mean = lengths.iter().sum::<usize>() / lengths.len();
    assert!((60..=72).contains(&mean), "mean {mean}");
    assert!(lengths.iter().filter(|&&length| length < mean).count() * 2 > lengths.len());
}

#[test]
fn no_playlist_has_a_song_twice_and_few_have_two_versions_of_a_work() {
    let mut second_versions = 0;
    let mut versions = 0;
    for playlist in all() {
        let different: BTreeSet<usize> = playlist.songs.iter().map(|song| song.index).collect();
        assert_eq!(different.len(), playlist.songs.len(), "{}", playlist.name);
        let works: BTreeSet<usize> = playlist.songs.iter().map(|song| song.work).collect();
        second_versions += playlist.songs.len() - works.len();
        versions += playlist.songs.iter().filter(|song| song.work != song.index).count();
    }
    assert!(versions > 500, "{versions} versions");
    assert!(second_versions * 20 < versions, "{second_versions} of {versions}");
}

#[test]
fn the_iterator_knows_its_length_and_any_part_of_it_is_the_same() {
    assert_eq!(playlists().len(), PLAYLISTS as usize);
    let thousandth = playlists().nth(1_000).expect("there are more");
    let again = &all()[1_000];
    assert_eq!(thousandth.name, again.name);
    assert_eq!(thousandth.songs, again.songs);
    assert_eq!(thousandth.id, 1_000);
}

#[test]
fn every_playlist_has_a_name_and_the_names_are_many() {
    let names: Vec<&str> = all().iter().map(|playlist| playlist.name.as_str()).collect();
    assert!(names.iter().all(|name| name.len() >= 3 && name.trim() == *name));
    let different: BTreeSet<&str> = names.iter().copied().collect();
    assert!(different.len() > 1_000, "{} names", different.len());
}

#[test]
fn popularity_has_a_long_tail() {
    let mut supports = vec![0_u32; songs().len()];
    for playlist in all() {
        for song in &playlist.songs {
            supports[song.index] += 1;
        }
    }
    supports.sort_unstable_by(|a, b| b.cmp(a));
    let rows: u32 = supports.iter().sum();
    let of_the_first_tenth: u32 = supports[..supports.len() / 10].iter().sum();
    let share = of_the_first_tenth * 100 / rows;
    assert!((20..=45).contains(&share), "the first tenth has {share} of 100 rows");
    assert!(supports[supports.len() - 1] >= 5, "the rarest is in {} playlists", supports[supports.len() - 1]);
}

#[test]
fn songs_of_one_style_are_together_more_often_than_by_chance() {
    // Pairs of songs in a playlist, by style: seen, against what the styles' shares of the rows would give.
    let mut rows = [0_u64; Style::COUNT];
    let mut same = [0_u64; Style::COUNT];
    let mut with_any = [0_u64; Style::COUNT];
    for playlist in all() {
        let mut of_style = [0_u64; Style::COUNT];
        for song in &playlist.songs {
            of_style[song.style.index()] += 1;
        }
        for (style, &count) in of_style.iter().enumerate() {
            rows[style] += count;
            same[style] += count * count.saturating_sub(1);
            with_any[style] += count * (playlist.songs.len() as u64 - 1);
        }
    }
    let all: u64 = rows.iter().sum();
    for style in Style::ALL {
        let index = style.index();
        // same / with_any against rows / all
        let lift = same[index] * all / (with_any[index] * rows[index]).max(1);
        assert!(lift >= 2, "{style:?}: {lift} times as often as by chance");
    }
}

#[test]
fn songs_of_one_artist_come_together() {
    let mut beside = 0;
    let mut pairs = 0;
    for playlist in all() {
        pairs += playlist.songs.len() - 1;
        beside += playlist.songs.windows(2).filter(|pair| pair[0].artist == pair[1].artist).count();
    }
    assert!(beside * 100 / pairs >= 8, "{beside} of {pairs}");
}

/// The songs that are with the seeds most, by the summed cosine: what a simple recommender would say.
fn beside(seeds: &[(&str, &str)], wanted: usize) -> Vec<&'static Song> {
    let mut supports = vec![0_f64; songs().len()];
    let mut together: BTreeMap<usize, BTreeMap<usize, f64>> = BTreeMap::new();
    let seed_songs: Vec<&Song> = seeds
        .iter()
        .map(|&(artist, title)| {
            let found = songs().iter().find(|song| song.artist == artist && song.title == title);
            found.unwrap_or_else(|| panic!("{artist} - {title} is not in the catalogue"))
        })
        .collect();
    for playlist in all() {
        for song in &playlist.songs {
            supports[song.index] += 1.0;
        }
        for seed in &seed_songs {
            if playlist.songs.iter().any(|song| song.index == seed.index) {
                let counts = together.entry(seed.index).or_default();
                for song in &playlist.songs {
                    *counts.entry(song.index).or_default() += 1.0;
                }
            }
        }
    }
    let mut scores = vec![0.0; songs().len()];
    for (seed, counts) in together {
        for (song, count) in counts {
            scores[song] += count / (supports[seed] * supports[song]).sqrt();
        }
    }
    let mut ranked: Vec<&Song> =
        songs().iter().filter(|song| seed_songs.iter().all(|seed| seed.work != song.work)).collect();
    ranked.sort_by(|a, b| scores[b.index].total_cmp(&scores[a.index]).then(a.index.cmp(&b.index)));
    ranked.truncate(wanted);
    ranked
}

fn described(found: &[&Song]) -> Vec<String> {
    found.iter().map(|song| format!("{} - {} ({}, {:?})", song.artist, song.title, song.year, song.style)).collect()
}

#[test]
fn yesterday_and_bohemian_rhapsody_lead_to_the_rock_of_their_time() {
    let found = beside(&[("The Beatles", "Yesterday"), ("Queen", "Bohemian Rhapsody")], 20);
    let of_their_time = found.iter().filter(|song| song.style == Style::ClassicRock && song.year < 1985).count();
    assert!(of_their_time >= 16, "{:#?}", described(&found));
}

#[test]
fn every_style_leads_to_itself_and_its_neighbours() {
    for (artist, title, style) in [
        ("Miles Davis", "So What", Style::Jazz),
        ("João Gilberto", "Chega de Saudade", Style::BossaSamba),
        ("Chico Buarque", "Construção", Style::Brazilian),
        ("Legião Urbana", "Tempo Perdido", Style::BrazilianRock),
        ("Metallica", "Master of Puppets", Style::Metal),
        ("Nas", "N.Y. State of Mind", Style::HipHop),
        ("Bob Marley & The Wailers", "Jamming", Style::Reggae),
        ("Chic", "Le Freak", Style::Disco),
        ("Dolly Parton", "Jolene", Style::Country),
        ("Muddy Waters", "Mannish Boy", Style::Blues),
        ("Jacques Brel", "Amsterdam", Style::Chanson),
        ("Soda Stereo", "De Música Ligera", Style::RockEnEspanol),
        ("Celia Cruz", "La Vida Es un Carnaval", Style::Latin),
        ("Daft Punk", "Around the World", Style::Electronic),
        ("Nirvana", "Lithium", Style::Alternative),
        ("Ramones", "Blitzkrieg Bop", Style::Punk),
    ] {
        let found = beside(&[(artist, title)], 20);
        let related = |song: &Song| {
            song.style == style || style.neighbours().iter().any(|&(neighbour, _)| neighbour == song.style)
        };
        let same = found.iter().filter(|song| song.style == style).count();
        let near = found.iter().filter(|song| related(song)).count();
        assert!(same >= 10 && near >= 18, "{title}: {:#?}", described(&found));
    }
}
