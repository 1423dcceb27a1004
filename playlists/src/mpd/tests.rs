use std::io::{BufReader, Read};

use proptest::prelude::*;

use super::*;

type Song = (String, String, Option<String>);
/// The songs of each playlist that has any, what was unreadable, and how many playlists there were.
type Found = (Vec<(u64, Vec<Song>)>, Vec<String>, u64);

/// The songs of each playlist that has any, what was unreadable, and how many playlists there were.
fn playlists(input: impl BufRead) -> Result<Found, Error> {
    let (mut playlists, mut unreadable) = (Vec::<(u64, Vec<Song>)>::new(), Vec::new());
    let count = read(input, |track| match track {
        Ok(track) => {
            if playlists.last().is_none_or(|(last, _)| *last != track.playlist) {
                playlists.push((track.playlist, Vec::new()));
            }
            let song = (track.artist.to_owned(), track.title.to_owned(), track.uri.map(str::to_owned));
            playlists.last_mut().unwrap().1.push(song);
        }
        Err(track) => unreadable.push(track.to_string()),
    })?;
    Ok((playlists, unreadable, count))
}

fn song(artist: &str, title: &str, uri: Option<&str>) -> Song {
    (artist.to_owned(), title.to_owned(), uri.map(str::to_owned))
}

const SLICE: &str = r#"{
    "info": {"generated_on": "2026-01-01", "slice": "0-1", "version": "v1"},
    "playlists": [
        {
            "name": "Evening", "collaborative": "false", "pid": 0, "num_tracks": 2, "num_followers": 1,
            "tracks": [
                {"pos": 0, "artist_name": "The Lanterns", "track_uri": "spotify:track:0000000000000000000001",
                 "artist_uri": "x", "track_name": "Harbour \"Light\"", "album_uri": "y", "duration_ms": 226863,
                 "album_name": "Quays"},
                {"track_name": " Caf\u00e9 ", "artist_name": "Søren", "pos": 1}
            ]
        },
        {"pid": 1, "tracks": []},
        {"tracks": [{"track_name": "Home"}], "pid": 0}
    ]
}
"#;

fn expected() -> Vec<(u64, Vec<Song>)> {
    vec![
        (
            0,
            vec![
                song("The Lanterns", "Harbour \"Light\"", Some("spotify:track:0000000000000000000001")),
                song("Søren", "Café", None),
            ],
        ),
        (2, vec![song("", "Home", None)]),
    ]
}

#[test]
fn a_slice_gives_its_tracks_by_playlist_and_counts_the_empty_ones() {
    assert_eq!(playlists(SLICE.as_bytes()).unwrap(), (expected(), vec![], 3));
    let with_mark = format!("\u{feff}{SLICE}");
    assert_eq!(playlists(with_mark.as_bytes()).unwrap().0, expected());
}

#[test]
fn a_slice_that_comes_in_drops_is_the_same() {
    let drops = BufReader::with_capacity(1, SLICE.as_bytes());
    assert_eq!(playlists(drops).unwrap().0, expected());
}

#[test]
fn tracks_without_a_title_are_told_and_passed_over() {
    let slice = r#"{"playlists": [{"tracks": [
        {"artist_name": "a"}, {"track_name": null}, {"track_name": 7}, {"track_name": " "}, {"track_name": ["x"]},
        {"track_name": {"x": 1}, "artist_name": "b"}, {"track_name": "good", "artist_name": null, "track_uri": ""}
    ]}]}"#;
    let (playlists, unreadable, _) = playlists(slice.as_bytes()).unwrap();
    assert_eq!(playlists, [(0, vec![song("", "good", None)])]);
    assert_eq!(unreadable.len(), 6);
    assert_eq!(unreadable[4], "track 4 of playlist 0: there is no track_name");
}

#[test]
fn a_slice_cut_anywhere_is_said_to_break_off() {
    let whole = SLICE.trim_end();
    for length in 0..whole.len() {
        let error = playlists(&whole.as_bytes()[..length]).unwrap_err();
        assert!(matches!(error, Error::BreaksOff { .. }), "cut to {length}: {error}");
    }
}

#[test]
fn what_is_no_slice_is_refused_with_what_was_expected() {
    for text in ["[]", "7", "{}", r#"{"playlist": []}"#, r#"{"playlists": {}}"#, r#"{"playlists": [[]]}"#, "pid,title"]
    {
        let error = playlists(text.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::NotASlice { .. }), "{text}: {error}");
        assert!(error.to_string().contains("Million Playlist Dataset"), "{error}");
    }
    let more = format!("{SLICE} {{}}");
    assert!(matches!(playlists(more.as_bytes()), Err(Error::NotASlice { .. })));
}

#[test]
fn input_that_fails_is_told_apart_from_input_that_is_wrong() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let input = BufReader::new(SLICE.as_bytes()[..100].chain(Broken));
    let error = playlists(input).unwrap_err();
    assert!(matches!(error, Error::Io { .. }) && error.to_string().contains("the disk is gone"), "{error}");
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_again(
        lists in prop::collection::vec(prop::collection::vec((".{0,6}", "\\PC{1,6}", prop::option::of("[a-z:]{1,5}")), 0..5), 0..6),
    ) {
        let tracks = |list: &Vec<(String, String, Option<String>)>| -> Vec<serde_json::Value> {
            let track = |(artist, title, uri): &(String, String, Option<String>)| {
                serde_json::json!({"pos": 0, "track_uri": uri, "artist_name": artist, "track_name": title})
            };
            list.iter().map(track).collect()
        };
        let slice = serde_json::json!({
            "playlists": lists.iter().map(|list| serde_json::json!({"tracks": tracks(list)})).collect::<Vec<_>>(),
        });
        let (found, unreadable, count) = playlists(slice.to_string().as_bytes()).unwrap();
        let mut blank = 0;
        let mut expected = Vec::new();
        for (at, list) in (0..).zip(&lists) {
            blank += list.iter().filter(|(_, title, _)| title.trim().is_empty()).count();
            let songs: Vec<Song> = list
                .iter()
                .filter(|(_, title, _)| !title.trim().is_empty())
                .map(|(artist, title, uri)| song(artist.trim(), title.trim(), uri.as_deref()))
                .collect();
            if !songs.is_empty() {
                expected.push((at, songs));
            }
        }
        prop_assert_eq!(found, expected);
        prop_assert_eq!(unreadable.len(), blank);
        prop_assert_eq!(count, lists.len() as u64);
    }
}
