//! The playlist being continued, and the suggestions that were turned down.

use segue_model::api::MAX_SEEDS;
use serde::{Deserialize, Serialize};

use super::song::Song;
use crate::{phrases, wording};

/// The playlist being continued.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playlist {
    /// Its songs in order, none twice, at most [`MAX_SEEDS`].
    pub songs: Vec<Song>,
    /// Suggestions not to be shown again, none twice, at most [`MAX_SEEDS`].
    #[serde(default)]
    pub dismissed: Vec<Song>,
    /// How it was before the last change that takes something away.
    #[serde(skip)]
    pub before: Option<Box<Before>>,
}

/// What [`Event::Undo`] brings back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// What was done, for the listener to read.
    pub change: String,
    songs: Vec<Song>,
    dismissed: Vec<Song>,
}

/// What happens to a playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A song is added at the end.
    Add(Song),
    /// The song at this place is taken off.
    Remove(usize),
    /// The last song is taken off.
    RemoveLast,
    /// A suggestion is turned down.
    Dismiss(Song),
    /// Suggestions that were turned down may be shown again.
    RestoreDismissed,
    /// These songs take the place of the old ones.
    Replace(Vec<Song>),
    /// Everything is taken off.
    Clear,
    /// The last loss is undone.
    Undo,
    /// The last loss is no longer offered to be undone.
    Settle,
}

impl Playlist {
    /// Whether no more songs fit.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.songs.len() >= MAX_SEEDS
    }
}

/// The playlist after an event.
#[must_use]
pub fn reduce(playlist: Playlist, event: Event) -> Playlist {
    let mut next = Playlist { before: None, ..playlist.clone() };
    let change = match event {
        Event::Add(song) => {
            if playlist.is_full() || playlist.songs.contains(&song) {
                return playlist;
            }
            next.dismissed.retain(|dismissed| *dismissed != song);
            next.songs.push(song);
            return next;
        }
        Event::Remove(at) if at < playlist.songs.len() => {
            let song = next.songs.remove(at);
            wording::taken_off(&song.title)
        }
        Event::Remove(_) => return playlist,
        Event::RemoveLast => match next.songs.pop() {
            Some(song) => wording::taken_off(&song.title),
            None => return playlist,
        },
        Event::Dismiss(song) => {
            if playlist.dismissed.len() >= MAX_SEEDS || playlist.dismissed.contains(&song) {
                return playlist;
            }
            let change = wording::will_not_be_suggested(&song.title);
            next.dismissed.push(song);
            change
        }
        Event::RestoreDismissed => {
            next.dismissed.clear();
            return next;
        }
        Event::Replace(songs) => {
            next.songs.clear();
            for song in songs {
                if !next.is_full() && !next.songs.contains(&song) {
                    next.songs.push(song);
                }
            }
            if playlist.songs.is_empty() {
                return next;
            }
            phrases::playlist_replaced().into()
        }
        Event::Clear if playlist.songs.is_empty() => return playlist,
        Event::Clear => {
            next.songs.clear();
            phrases::playlist_cleared().into()
        }
        Event::Settle => return next,
        Event::Undo => {
            return match playlist.before {
                Some(before) => Playlist { songs: before.songs, dismissed: before.dismissed, before: None },
                None => playlist,
            };
        }
    };
    next.before = Some(Box::new(Before { change, songs: playlist.songs, dismissed: playlist.dismissed }));
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn song(number: usize) -> Song {
        Song::new(format!("Song {number}"), "Someone")
    }

    fn playlist(count: usize) -> Playlist {
        Playlist { songs: (0..count).map(song).collect(), ..Playlist::default() }
    }

    #[test]
    fn a_song_is_added_once() {
        let two = reduce(playlist(1), Event::Add(song(1)));
        assert_eq!(two.songs, [song(0), song(1)]);
        assert_eq!(reduce(two.clone(), Event::Add(song(1))), two);
    }

    #[test]
    fn the_thousand_and_first_song_does_not_fit() {
        let full = playlist(MAX_SEEDS);
        assert!(full.is_full());
        assert_eq!(reduce(full.clone(), Event::Add(song(MAX_SEEDS))), full);
        let replaced = reduce(playlist(0), Event::Replace((0..MAX_SEEDS + 5).map(song).collect()));
        assert_eq!(replaced.songs.len(), MAX_SEEDS);
    }

    #[test]
    fn adding_a_song_that_was_turned_down_forgives_it() {
        let dismissed = reduce(playlist(1), Event::Dismiss(song(5)));
        assert_eq!(reduce(dismissed, Event::Add(song(5))).dismissed, []);
    }

    #[test]
    fn every_loss_can_be_undone_once() {
        let three = playlist(3);
        for event in
            [Event::Remove(1), Event::RemoveLast, Event::Clear, Event::Dismiss(song(9)), Event::Replace(vec![song(7)])]
        {
            let changed = reduce(three.clone(), event.clone());
            assert_ne!(changed, three, "{event:?} changes something");
            let undone = reduce(changed, Event::Undo);
            assert_eq!(undone, three, "{event:?} is undone");
            assert_eq!(reduce(undone.clone(), Event::Undo), undone);
        }
    }

    #[test]
    fn what_is_settled_cannot_be_undone() {
        let cleared = reduce(playlist(3), Event::Clear);
        let settled = reduce(cleared, Event::Settle);
        assert_eq!(reduce(settled, Event::Undo), playlist(0));
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let before = reduce(playlist(2), Event::Dismiss(song(5)));
        let text = serde_json::to_string(&before).expect("it is plain data");
        let after: Playlist = serde_json::from_str(&text).expect("it was just written");
        assert_eq!((after.songs, after.dismissed), (before.songs, before.dismissed));
    }

    fn any_event() -> impl Strategy<Value = Event> {
        prop_oneof![
            (0..6_usize).prop_map(|number| Event::Add(song(number))),
            (0..6_usize).prop_map(Event::Remove),
            Just(Event::RemoveLast),
            (0..6_usize).prop_map(|number| Event::Dismiss(song(number))),
            Just(Event::RestoreDismissed),
            proptest::collection::vec(0..6_usize, 0..5)
                .prop_map(|all| Event::Replace(all.into_iter().map(song).collect())),
            Just(Event::Clear),
            Just(Event::Undo),
            Just(Event::Settle),
        ]
    }

    proptest! {
        #[test]
        fn no_song_is_ever_in_it_twice(events in proptest::collection::vec(any_event(), 0..40)) {
            let end = events.into_iter().fold(Playlist::default(), reduce);
            for list in [&end.songs, &end.dismissed] {
                let mut unique = list.clone();
                unique.sort_by(|left, right| left.title.cmp(&right.title));
                unique.dedup();
                prop_assert_eq!(unique.len(), list.len());
            }
        }
    }
}
