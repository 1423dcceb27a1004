use std::fs;
use std::io::Write as _;

use super::*;
use crate::fetch;

/// The titles of each playlist in a folder of files with these names and texts.
fn playlists(files: &[(&str, &[u8])], layout: Option<Layout>) -> Result<Vec<Vec<String>>, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let mut inputs = fetch::inputs(&[folder.path().display().to_string()]).unwrap();
    inputs.iter_mut().for_each(|input| input.layout = layout);
    let playlists = read(&inputs, 0.0, |_, _, _, _| {}).map_err(|error| error.to_string())?;
    let title = |&song: &u32| playlists.baskets.titles.get(song as usize).to_owned();
    Ok(playlists.baskets.iter().map(|songs| songs.iter().map(title).collect()).collect())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

const LINES: &[u8] = b"bread,milk\nbread,beer,eggs\nmilk\n";

#[test]
fn every_format_gives_the_same_playlists() {
    let expected = [vec!["bread", "milk"], vec!["bread", "beer", "eggs"], vec!["milk"]];
    let rows = b"pid,track_name\n7,bread\n7,milk\n8,bread\n8,beer\n8,eggs\n9,milk\n";
    let slice = br#"{"playlists": [{"tracks": [{"track_name": "bread"}, {"track_name": "milk"}]},
        {"tracks": [{"track_name": "bread"}, {"track_name": "beer"}, {"track_name": "eggs"}]},
        {"tracks": [{"track_name": "milk"}]}]}"#;
    let dat = b"bread milk\nbread beer eggs\nmilk\n";
    for (name, bytes) in [("a.csv", LINES), ("a.csv", rows), ("a.json", slice), ("a.dat", dat)] {
        assert_eq!(playlists(&[(name, bytes)], None).unwrap(), expected, "{name}");
        assert_eq!(playlists(&[(&format!("{name}.gz"), &gzip(bytes))], None).unwrap(), expected, "{name}.gz");
    }
}

#[test]
fn a_folder_of_slices_is_all_their_playlists() {
    let slice = |title: &str| format!(r#"{{"playlists": [{{"pid": 0, "tracks": [{{"track_name": "{title}"}}]}}]}}"#);
    let (first, second) = (slice("a"), gzip(slice("b").as_bytes()));
    let files: [(&str, &[u8]); 2] = [("mpd.slice.0-0.json", first.as_bytes()), ("mpd.slice.1-1.json.gz", &second)];
    assert_eq!(playlists(&files, None).unwrap(), [["a"], ["b"]]);
}

#[test]
fn a_beginning_longer_than_what_is_looked_at_is_not_lost() {
    let mut lines = LINES.to_vec();
    for at in 0..20_000 {
        lines.extend_from_slice(format!("bread,item {at}{}\n", ",milk".repeat(at % 2)).as_bytes());
    }
    let found = playlists(&[("a.csv", &lines)], None).unwrap();
    assert_eq!(found.len(), 20_003);
    assert_eq!(found[20_002], ["bread", "milk", "item 19999"]);
}

#[test]
fn a_table_with_unknown_columns_is_refused_with_both_remedies() {
    let error = playlists(&[("a.csv", b"basket,product\n1,bread\n1,milk\n")], None).unwrap_err();
    assert!(error.contains("--layout lines") && error.contains("track_name"), "{error}");
    let told = playlists(&[("a.csv", b"basket,product\n1,bread\n1,milk\n")], Some(Layout::Lines)).unwrap();
    assert_eq!(told, [vec!["basket", "product"], vec!["1", "bread"], vec!["1", "milk"]]);
    assert!(playlists(&[("a.csv", LINES)], Some(Layout::Rows)).is_err());
}
