use std::io::{BufReader, Read};

use proptest::prelude::*;

use super::*;

/// An owned copy of a row: playlist, artist, title, URI, line.
type Read5 = (String, String, String, Option<String>, u64);

fn read_all(file: &[u8], columns: Columns) -> Result<Vec<Result<Read5, UnreadableRow>>, Error> {
    read_from(file, columns)
}

fn read_from(input: impl BufRead, columns: Columns) -> Result<Vec<Result<Read5, UnreadableRow>>, Error> {
    let mut reader = Reader::new(input, columns)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.push(
            row.map(|row| {
                (row.playlist.into(), row.artist.into(), row.title.into(), row.uri.map(Into::into), row.line)
            }),
        );
    }
    Ok(rows)
}

fn playlists(file: &str) -> Vec<Result<Read5, UnreadableRow>> {
    read_all(file.as_bytes(), Columns::Playlists).expect("a readable file")
}

fn good(playlist: &str, artist: &str, title: &str, uri: Option<&str>, line: u64) -> Result<Read5, UnreadableRow> {
    Ok((playlist.into(), artist.into(), title.into(), uri.map(Into::into), line))
}

fn bad(line: u64, problem: Problem) -> Result<Read5, UnreadableRow> {
    Err(UnreadableRow { line, problem })
}

#[test]
fn the_layout_with_uris_is_read() {
    let rows = playlists(
        "track_uri,album_name,album_uri,artist_name,artist_uri,duration_ms,pid,track_name\n\
         lanterns:track:1,,,The Lanterns,,,0,Harbour Light\n\
         ,Tides,,Ćma & Sons,,183000,1,\"Low, Slow\"\n",
    );
    assert_eq!(
        rows,
        [
            good("0", "The Lanterns", "Harbour Light", Some("lanterns:track:1"), 2),
            good("1", "Ćma & Sons", "Low, Slow", None, 3),
        ]
    );
}

#[test]
fn the_layout_without_uris_is_read_and_the_playlists_name_is_not_a_title() {
    let rows = playlists(
        "pid,name,album_name,artist_name,duration_ms,track_name\n7,road trip,Tides,The Lanterns,1,Harbour Light\n",
    );
    assert_eq!(rows, [good("7", "The Lanterns", "Harbour Light", None, 2)]);
}

#[test]
fn a_song_list_needs_no_playlist() {
    let file = b"artist_name,track_name\nThe Lanterns,Harbour Light\n";
    let rows = read_all(file, Columns::Songs).expect("a song list");
    assert_eq!(rows, [good("", "The Lanterns", "Harbour Light", None, 2)]);
    assert!(matches!(read_all(file, Columns::Playlists), Err(Error::MissingColumn { column: Column::Playlist, .. })));
}

#[test]
fn a_song_list_may_have_a_blank_playlist() {
    let rows = read_all(b"title,playlist\nHarbour Light,\nLow Tide\nHush,9\n", Columns::Songs).expect("a song list");
    assert_eq!(
        rows,
        [good("", "", "Harbour Light", None, 2), good("", "", "Low Tide", None, 3), good("9", "", "Hush", None, 4)]
    );
}

#[test]
fn header_names_are_found_however_they_are_written() {
    for header in [
        "Playlist,Artist Name(s),Track Name,Track URI",
        "PID,ARTIST,TITLE,URI",
        " playlist_id , artists , song title , spotify_uri ",
        "\"playlist name\",\"artist\",\"track\",\"uri\"",
    ] {
        let rows = playlists(&format!("{header}\n1,The Lanterns,Hush,u:1\n"));
        assert_eq!(rows, [good("1", "The Lanterns", "Hush", Some("u:1"), 2)], "{header}");
    }
}

#[test]
fn the_preferred_name_wins_and_then_the_leftmost() {
    let file = "title,playlist,track_name,pid,pid\nalbum title,summer,Hush,3,4\n";
    let mut reader = Reader::new(file.as_bytes(), Columns::Playlists).expect("a header");
    assert_eq!(reader.header().name(Column::Title), Some("track_name"));
    assert_eq!(reader.header().name(Column::Playlist), Some("pid"));
    assert_eq!(reader.header().name(Column::Artist), None);
    let row = reader.next_row().expect("readable").expect("a row").expect("a good row");
    assert_eq!((row.playlist, row.title), ("3", "Hush"));
}

#[test]
fn quotes_hold_commas_line_breaks_and_quotes() {
    let rows = playlists("pid,track_name\n1,\"Go, \"\"Go\"\", Gone\"\n1,\"Two\nLines\"\n1,Hush\n");
    assert_eq!(
        rows,
        [
            good("1", "", "Go, \"Go\", Gone", None, 2),
            good("1", "", "Two\nLines", None, 3),
            good("1", "", "Hush", None, 5),
        ]
    );
}

#[test]
fn line_numbers_are_right_with_every_line_end_and_blank_lines() {
    for end in ["\n", "\r\n", "\r"] {
        let file = ["pid,track_name", "1,Hush", "", "", "2,Low Tide", ",,", " , ", "3,", "4,Dawn"].join(end);
        let rows = playlists(&file);
        assert_eq!(
            rows,
            [
                good("1", "", "Hush", None, 2),
                good("2", "", "Low Tide", None, 5),
                bad(8, Problem::Blank { column: Column::Title }),
                good("4", "", "Dawn", None, 9),
            ],
            "{end:?}"
        );
    }
}

#[test]
fn a_byte_order_mark_is_passed_over_even_before_a_quoted_name() {
    let file = "\u{feff}\"pid\",track_name\r\n1,Hush\r\n";
    for capacity in [1, 2, 3, 64] {
        let input = BufReader::with_capacity(capacity, file.as_bytes());
        let rows = read_from(input, Columns::Playlists).expect("a readable file");
        assert_eq!(rows, [good("1", "", "Hush", None, 2)], "{capacity}");
    }
}

#[test]
fn surrounding_white_space_is_no_part_of_a_field() {
    assert_eq!(playlists("pid,title\n 1 ,\u{a0} Hush\t\n"), [good("1", "", "Hush", None, 2)]);
}

#[test]
fn ragged_rows_are_used_where_all_that_is_needed_is_there() {
    let rows = playlists(
        "pid,artist,title,uri,album\n1,The Lanterns,Hush\n1,The Lanterns\n1,The Lanterns,Dawn,u:2,Tides,, \n1,The Lanterns,Go,Gone,u:3,Tides\n",
    );
    assert_eq!(
        rows,
        [
            good("1", "The Lanterns", "Hush", None, 2),
            bad(3, Problem::TooFewFields { found: 2, needed: 3 }),
            good("1", "The Lanterns", "Dawn", Some("u:2"), 4),
            bad(5, Problem::TooManyFields { found: 6, header: 5 }),
        ]
    );
}

#[test]
fn blank_titles_and_playlists_are_reported_and_blank_artists_are_not() {
    let rows = playlists("pid,artist,title\n1,The Lanterns, \n,The Lanterns,Hush\n1,,Dawn\n");
    assert_eq!(
        rows,
        [
            bad(2, Problem::Blank { column: Column::Title }),
            bad(3, Problem::Blank { column: Column::Playlist }),
            good("1", "", "Dawn", None, 4),
        ]
    );
}

#[test]
fn bytes_that_are_not_text_are_reported_only_where_they_matter() {
    let file = b"pid,title,album\n1,Caf\xe9,x\n1,Hush,Caf\xe9\n\xff,Hush,x\n";
    let rows = read_all(file, Columns::Playlists).expect("a readable file");
    assert_eq!(
        rows,
        [
            bad(2, Problem::NotUtf8 { column: Column::Title }),
            good("1", "", "Hush", None, 3),
            bad(4, Problem::NotUtf8 { column: Column::Playlist }),
        ]
    );
}

#[test]
fn an_empty_file_says_what_was_expected() {
    for file in ["", "\n\r\n\n", "\u{feff}"] {
        let error = read_all(file.as_bytes(), Columns::Playlists).expect_err("an empty file");
        assert!(matches!(error, Error::Empty { .. }), "{file:?}: {error}");
        assert!(error.to_string().contains("pid"), "{error}");
    }
    assert_eq!(playlists("pid,title\n"), []);
}

#[test]
fn a_headerless_file_says_what_was_found() {
    let error = read_all(b"1,The Lanterns,Hush\n", Columns::Playlists).expect_err("no header");
    assert!(matches!(error, Error::NoHeader { .. }));
    assert!(error.to_string().contains("\"1\", \"The Lanterns\", \"Hush\""), "{error}");
    assert!(error.to_string().contains("track_name"), "{error}");
}

#[test]
fn a_missing_column_says_which_and_what_was_found() {
    let error = read_all(b"pid,name\n1,Hush\n", Columns::Playlists).expect_err("no title");
    assert!(matches!(error, Error::MissingColumn { column: Column::Title, .. }));
    assert!(error.to_string().contains("no title column"), "{error}");
    assert!(error.to_string().contains("\"pid\", \"name\""), "{error}");
}

#[test]
fn a_long_header_is_not_printed_whole() {
    let names = vec!["x".repeat(1000); 100].join(",");
    let error = read_all(names.as_bytes(), Columns::Songs).expect_err("no known names");
    assert!(error.to_string().len() < 1000, "{error}");
}

#[test]
fn utf_16_and_gzip_are_not_taken_for_csv() {
    let utf_16: Vec<u8> = "\u{feff}pid,title\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for file in [utf_16, vec![0x1f, 0x8b, 8, 0, 0, 0]] {
        assert!(matches!(read_all(&file, Columns::Playlists), Err(Error::HeaderNotUtf8)));
    }
}

#[test]
fn a_quote_never_closed_is_an_error_that_names_its_row() {
    let error = read_all(b"pid,title\n1,Hush\n1,\"Dawn\n1,Go\n", Columns::Playlists).expect_err("an open quote");
    assert!(matches!(error, Error::UnclosedQuote { line: 3 }), "{error}");
}

#[test]
fn a_quote_never_closed_does_not_swallow_a_large_file() {
    let start = &b"pid,title\n1,\"Dawn\n"[..];
    let endless = BufReader::new(Read::chain(start, std::io::repeat(b'x')));
    let error = read_from(endless, Columns::Playlists).expect_err("an open quote");
    assert!(matches!(error, Error::RecordTooLong { line: 2 }), "{error}");
}

#[test]
fn a_last_row_without_a_line_end_counts_whatever_it_ends_with() {
    for (last, title) in [("Hush", "Hush"), ("\"Hush\"", "Hush"), ("\"Hu\"\"sh\"", "Hu\"sh"), ("Hu\"sh", "Hu\"sh")] {
        assert_eq!(playlists(&format!("pid,title\n1,{last}")), [good("1", "", title, None, 2)]);
    }
    assert_eq!(playlists("title,pid\nHush,"), [bad(2, Problem::Blank { column: Column::Playlist })]);
}

#[test]
fn a_failing_input_is_an_error_that_names_the_line() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the cable is out"))
        }
    }
    let input = BufReader::new(Read::chain(&b"pid,title\n1,Hush\n1,Da"[..], Broken));
    let error = read_from(input, Columns::Playlists).expect_err("a broken input");
    assert!(matches!(error, Error::Io { line: 3, .. }), "{error}");
}

prop_compose! {
    fn field()(text in "[ -~\n\r\"',éñ漢🎵]{0,12}") -> String { text }
}

proptest! {
    #[test]
    fn rows_written_as_csv_are_read_back(
        rows in prop::collection::vec(("[0-9a-z]{1,4}", field(), field(), field()), 0..20),
        crlf in any::<bool>(),
        mark in any::<bool>(),
        capacity in 1usize..50,
    ) {
        let terminator = if crlf { ::csv::Terminator::CRLF } else { ::csv::Terminator::Any(b'\n') };
        let mut writer = ::csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        writer.write_record(["track_uri", "album_name", "artist_name", "pid", "track_name"])?;
        for (playlist, artist, title, uri) in &rows {
            writer.write_record([uri, "", artist, playlist, title])?;
        }
        let mut file = if mark { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
        file.extend(writer.into_inner().expect("a vector takes all"));

        let input = BufReader::with_capacity(capacity, file.as_slice());
        let read: Vec<_> = read_from(input, Columns::Playlists)?
            .into_iter()
            .map(|row| row.map(|(playlist, artist, title, uri, _)| (playlist, artist, title, uri)).map_err(|row| row.problem))
            .collect();
        let expected: Vec<_> = rows
            .iter()
            .map(|(playlist, artist, title, uri)| {
                let [artist, title, uri] = [artist, title, uri].map(|text| text.trim().to_owned());
                if title.is_empty() {
                    return Err(Problem::Blank { column: Column::Title });
                }
                Ok((playlist.clone(), artist, title, Some(uri).filter(|uri| !uri.is_empty())))
            })
            .collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn any_bytes_after_a_header_end_in_rows_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut file = b"pid,artist,title\n".to_vec();
        file.extend(bytes);
        let lines = file.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64 + 1;
        if let Ok(rows) = read_all(&file, Columns::Playlists) {
            let numbers: Vec<u64> =
                rows.iter().map(|row| match row { Ok(row) => row.4, Err(row) => row.line }).collect();
            prop_assert!(numbers.is_sorted());
            prop_assert!(numbers.iter().all(|line| (2..=lines).contains(line)), "{numbers:?} of {lines}");
        }
    }
}
