//! Playlists that listeners bring: whatever names songs is read, and what is written is read again.

use segue_playlists::song_list::{ListFormat, read};

/// Names that say what the file is, that lie, and none at all.
const NAMES: [&str; 7] = ["", "a.csv", "a.m3u8", "a.jspf", "a.txt", "a.json", "a.b."];

/// A file of any format. The first byte chooses its name.
pub fn any(input: &[u8]) {
    let Some((&choice, file)) = input.split_first() else { return };
    let Ok(list) = read(NAMES[usize::from(choice) % NAMES.len()], file) else { return };
    assert!(!list.songs.is_empty() && list.songs.iter().all(|song| !song.title.is_empty()));
    for format in ListFormat::ALL {
        let written = list.write(format);
        let again = read(&format!("a.{}", format.ending()), written.as_bytes());
        match format {
            // These two have a place for everything.
            ListFormat::Csv | ListFormat::Jspf => {
                let again = again.unwrap_or_else(|error| panic!("{format:?}: {error}: {written:?}"));
                assert_eq!((again.songs, again.unreadable), (list.songs.clone(), 0), "{format:?}");
            }
            // These keep a line a song; a name of control characters alone leaves nothing of it.
            _ => assert!(again.map_or(0, |again| again.songs.len()) <= list.songs.len(), "{format:?}: {written:?}"),
        }
    }
}
