use super::*;
use proptest::prelude::*;

fn song(title: &str, artist: &str) -> ListedSong {
    ListedSong { title: title.into(), artist: artist.into(), uri: String::new() }
}

fn songs(file_name: &str, content: &str) -> Vec<ListedSong> {
    read(file_name, content.as_bytes()).expect("it is a playlist").songs
}

#[test]
fn a_table_of_exportify_is_read() {
    let table = "\u{feff}\"Track URI\",\"Track Name\",\"Album Name\",\"Artist Name(s)\",\"Duration (ms)\"\r\n\
                 \"spotify:track:1\",\"Harbour Light, \"\"Live\"\"\",\"Shore\",\"The Lanterns;Ann\",\"1000\"\r\n\
                 \"spotify:track:2\",\"\",\"Shore\",\"The Lanterns\",\"1000\"\r\n";
    let list = read("evening.csv", table.as_bytes()).expect("it has the columns");
    let uri = "spotify:track:1".to_owned();
    assert_eq!(list.songs, [ListedSong { uri, ..song("Harbour Light, \"Live\"", "The Lanterns;Ann") }]);
    assert_eq!((list.name.as_str(), list.unreadable), ("evening", 1));
}

#[test]
fn a_table_with_semicolons_or_tabs_is_read() {
    for table in ["Title;Artist\nOne, two;Ann\n", "Artist\tSong\nAnn\tOne, two\n"] {
        assert_eq!(songs("a.csv", table), [song("One, two", "Ann")]);
        assert_eq!(songs("", table), [song("One, two", "Ann")], "pasted");
    }
}

#[test]
fn a_table_without_a_title_column_says_what_is_missing() {
    let error = read("a.csv", b"When,Where\n1,2\n").expect_err("no title");
    assert!(error.to_string().contains("title column"), "{error}");
}

#[test]
fn an_m3u_is_read_with_and_without_descriptions() {
    let file = "#EXTM3U\n#PLAYLIST: Evening \n#EXTINF:12 logo=\"a,b\",Ann - One\nhttp://localhost/1\n\n\
                #EXTINF:-1,Ann - Two\nspotify:track:2\nC:\\music\\Ann - Three.mp3\n#EXTINF:1,Ann - Four\n";
    let list = read("x.m3u", file.as_bytes()).expect("it has songs");
    let titles: Vec<&str> = list.songs.iter().map(|song| song.title.as_str()).collect();
    assert_eq!(titles, ["Ann - One", "Ann - Two", "Ann - Three", "Ann - Four"]);
    assert_eq!(list.songs[1].uri, "spotify:track:2");
    assert_eq!(list.name, "Evening");
    assert_eq!(songs("", file), list.songs, "known by how it begins");
}

#[test]
fn a_location_that_is_a_uri_names_a_song_by_itself() {
    let uri = "spotify:track:2".to_owned();
    assert_eq!(songs("x.m3u8", "spotify:track:2\n"), [ListedSong { title: uri.clone(), uri, ..song("", "") }]);
}

#[test]
fn jspf_is_read_leniently_and_anything_else_refused() {
    let file = r#"{"playlist": {"title": "Evening", "creator": "me", "track": [
        {"title": "One", "creator": "Ann", "identifier": "spotify:track:1"},
        {"title": "Two", "identifier": ["spotify:track:2", "x"]}, {"creator": "Ann"}]}}"#;
    let list = read("x.json", file.as_bytes()).expect("it has songs");
    assert_eq!((list.name.as_str(), list.songs.len(), list.unreadable), ("Evening", 2, 1));
    assert_eq!((list.songs[0].artist.as_str(), list.songs[1].uri.as_str()), ("Ann", "spotify:track:2"));
    for bad in ["{\"a\": 1}", "{", "[]"] {
        assert!(matches!(read("x.jspf", bad.as_bytes()), Err(ReadError::Jspf(_))), "{bad}");
    }
}

#[test]
fn pasted_lines_are_songs_even_with_commas_in_them() {
    let text = "Hello, Goodbye\r\n\r\n  Ann - One  \nTyler, The Creator - EARFQUAKE\n";
    let titles: Vec<String> = songs("", text).into_iter().map(|song| song.title).collect();
    assert_eq!(titles, ["Hello, Goodbye", "Ann - One", "Tyler, The Creator - EARFQUAKE"]);
}

#[test]
fn what_has_no_song_is_refused() {
    for (name, content) in [("", " \n "), ("a.csv", "title,artist\n"), ("a.m3u", "#EXTM3U\n")] {
        assert_eq!(read(name, content.as_bytes()), Err(ReadError::Empty));
    }
}

fn any_list() -> impl Strategy<Value = SongList> {
    // Names as they are in catalogues: any letters, quotes and separators, no white space around, no control characters.
    let name = "[\\PC&&[^ ]]([\\PC,;\"'<>#/\\\\-]{0,12}[\\PC&&[^ ]])?".prop_filter("no white space around", |name| {
        name.trim() == name && !name.starts_with('\u{feff}') && !name.chars().any(char::is_control)
    });
    let uri = prop_oneof![Just(String::new()), "[0-9A-Za-z]{22}".prop_map(|id| format!("spotify:track:{id}"))];
    let song = (name.clone(), name.clone(), uri).prop_map(|(title, artist, uri)| ListedSong { title, artist, uri });
    (name, proptest::collection::vec(song, 1..6)).prop_map(|(name, songs)| SongList { name, songs, unreadable: 0 })
}

proptest! {
    #[test]
    fn tables_and_jspf_give_back_what_was_written(list in any_list()) {
        let jspf = read("x.jspf", list.write(ListFormat::Jspf).as_bytes());
        prop_assert_eq!(jspf.as_ref(), Ok(&list));
        let table = read("x.csv", list.write(ListFormat::Csv).as_bytes()).expect("just written");
        prop_assert_eq!(&table.songs, &list.songs);
    }

    #[test]
    fn m3u_and_text_give_back_every_line(list in any_list()) {
        let lines = |list: &SongList| list.songs.iter().map(ListedSong::line).collect::<Vec<_>>();
        let m3u = read("x.m3u8", list.write(ListFormat::M3u).as_bytes()).expect("just written");
        prop_assert_eq!(lines(&m3u), lines(&list));
        prop_assert_eq!(&m3u.name, &list.name);
        let uris = |list: &SongList| list.songs.iter().map(|song| song.uri.clone()).collect::<Vec<_>>();
        prop_assert_eq!(uris(&m3u), uris(&list));
        let text = read("x.txt", list.write(ListFormat::Text).as_bytes()).expect("just written");
        prop_assert_eq!(lines(&text), lines(&list));
    }

    #[test]
    fn any_bytes_are_read_or_refused(name in "[a-z]{0,3}(\\.(csv|m3u|jspf|txt))?", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(list) = read(&name, &bytes) {
            prop_assert!(list.songs.iter().all(|song| !song.title.is_empty()));
        }
    }
}

#[test]
fn a_location_that_would_be_a_comment_is_not_written_into_m3u() {
    for uri in ["#EXTINF:-1,another", " # no location", "\n"] {
        let song = ListedSong { title: "One".to_owned(), artist: String::new(), uri: uri.to_owned() };
        let list = SongList { songs: vec![song], ..SongList::default() };
        let again = read("x.m3u8", list.write(ListFormat::M3u).as_bytes()).expect("just written");
        assert_eq!(again.songs.iter().map(ListedSong::line).collect::<Vec<_>>(), ["One"], "{uri:?}");
    }
}
