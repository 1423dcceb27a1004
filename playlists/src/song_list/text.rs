//! Plain text: a song a line.

use super::{ListedSong, SongList, one_line};

pub(super) fn read(content: &str) -> SongList {
    let lines = content.lines().map(str::trim).filter(|line| !line.is_empty());
    let songs = lines.map(|line| ListedSong { title: line.to_owned(), ..ListedSong::default() }).collect();
    SongList { songs, ..SongList::default() }
}

pub(super) fn write(list: &SongList) -> String {
    list.songs.iter().map(|song| one_line(&song.line()) + "\n").collect()
}
