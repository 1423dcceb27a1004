//! One playlist, and the suggestions that were turned down for it.

use segue_model::api::MAX_SEEDS;

use super::song::Song;

/// A playlist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Playlist {
    /// What the listener calls it; empty until it has a name.
    pub name: String,
    /// Its songs in order, none twice, at most [`MAX_SEEDS`].
    pub songs: Vec<Song>,
    /// Suggestions not to be shown again, none twice, at most [`MAX_SEEDS`].
    pub dismissed: Vec<Song>,
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
    /// A suggestion that was turned down may be shown again.
    Restore(usize),
    /// These songs are added at the end, as far as they are new and fit.
    AddAll(Vec<Song>),
    /// Everything is taken off.
    Clear,
}

/// A change that takes something away, and is offered to be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The song of this title was taken off.
    TakenOff(String),
    /// The suggestion of this title was turned down.
    Dismissed(String),
    /// Every song was taken off.
    Cleared,
    /// The playlist of this name was deleted.
    Deleted(String),
    /// This artist is not suggested any more.
    Blocked(String),
}

impl Playlist {
    /// A playlist of these songs, as far as they are different and fit.
    #[must_use]
    pub fn of(name: String, songs: Vec<Song>) -> Self {
        let mut playlist = Self { name, ..Self::default() };
        songs.into_iter().for_each(|song| playlist.add(song));
        playlist
    }

    /// Whether no more songs fit.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.songs.len() >= MAX_SEEDS
    }

    fn add(&mut self, song: Song) {
        if !self.is_full() && song.can_be_asked_for() && !self.songs.contains(&song) {
            self.dismissed.retain(|dismissed| *dismissed != song);
            self.songs.push(song);
        }
    }
}

/// The playlist after an event, and what was lost by it.
#[must_use]
pub fn reduce(mut playlist: Playlist, event: Event) -> (Playlist, Option<Loss>) {
    let loss = match event {
        Event::Add(song) => {
            playlist.add(song);
            None
        }
        Event::AddAll(songs) => {
            songs.into_iter().for_each(|song| playlist.add(song));
            None
        }
        Event::Remove(at) if at < playlist.songs.len() => Some(Loss::TakenOff(playlist.songs.remove(at).title)),
        Event::Remove(_) => None,
        Event::RemoveLast => playlist.songs.pop().map(|song| Loss::TakenOff(song.title)),
        Event::Dismiss(song) if playlist.dismissed.len() >= MAX_SEEDS || playlist.dismissed.contains(&song) => None,
        Event::Dismiss(song) => {
            playlist.dismissed.push(song.clone());
            Some(Loss::Dismissed(song.title))
        }
        Event::Restore(at) => {
            if at < playlist.dismissed.len() {
                playlist.dismissed.remove(at);
            }
            None
        }
        Event::Clear if playlist.songs.is_empty() => None,
        Event::Clear => {
            playlist.songs.clear();
            Some(Loss::Cleared)
        }
    };
    (playlist, loss)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn song(number: usize) -> Song {
        Song::new(format!("Song {number}"), "Someone")
    }

    pub(crate) fn playlist(count: usize) -> Playlist {
        Playlist { songs: (0..count).map(song).collect(), ..Playlist::default() }
    }

    fn after(playlist: Playlist, event: Event) -> Playlist {
        reduce(playlist, event).0
    }

    #[test]
    fn a_song_is_added_once() {
        let two = after(playlist(1), Event::Add(song(1)));
        assert_eq!(two.songs, [song(0), song(1)]);
        assert_eq!(after(two.clone(), Event::Add(song(1))), two);
        assert_eq!(after(two, Event::AddAll(vec![song(1), song(2), song(2)])).songs, [song(0), song(1), song(2)]);
    }

    #[test]
    fn the_thousand_and_first_song_does_not_fit() {
        let full = playlist(MAX_SEEDS);
        assert!(full.is_full());
        assert_eq!(after(full.clone(), Event::Add(song(MAX_SEEDS))), full);
        assert_eq!(Playlist::of(String::new(), (0..MAX_SEEDS + 5).map(song).collect()), full);
    }

    #[test]
    fn a_name_too_long_to_be_asked_for_does_not_get_in() {
        let endless = Song::new("la".repeat(MAX_SEEDS), "Someone");
        assert_eq!(after(playlist(1), Event::AddAll(vec![endless, song(1)])).songs, [song(0), song(1)]);
    }

    #[test]
    fn adding_a_song_that_was_turned_down_forgives_it() {
        let dismissed = after(playlist(1), Event::Dismiss(song(5)));
        assert_eq!(dismissed.dismissed, [song(5)]);
        assert_eq!(after(dismissed.clone(), Event::Add(song(5))).dismissed, []);
        assert_eq!(after(dismissed, Event::Restore(0)).dismissed, []);
    }

    #[test]
    fn what_is_lost_is_told() {
        let lost = |event| reduce(playlist(2), event).1;
        assert_eq!(lost(Event::Remove(0)), Some(Loss::TakenOff("Song 0".into())));
        assert_eq!(lost(Event::RemoveLast), Some(Loss::TakenOff("Song 1".into())));
        assert_eq!(lost(Event::Dismiss(song(9))), Some(Loss::Dismissed("Song 9".into())));
        assert_eq!(lost(Event::Clear), Some(Loss::Cleared));
        for harmless in [Event::Add(song(5)), Event::Remove(2), Event::Restore(0), Event::AddAll(Vec::new())] {
            assert_eq!(lost(harmless), None);
        }
        assert_eq!(reduce(playlist(0), Event::RemoveLast).1, None);
        assert_eq!(reduce(playlist(0), Event::Clear).1, None);
    }

    pub(crate) fn any_event() -> impl Strategy<Value = Event> {
        prop_oneof![
            (0..6_usize).prop_map(|number| Event::Add(song(number))),
            (0..6_usize).prop_map(Event::Remove),
            Just(Event::RemoveLast),
            (0..6_usize).prop_map(|number| Event::Dismiss(song(number))),
            (0..3_usize).prop_map(Event::Restore),
            proptest::collection::vec(0..6_usize, 0..5)
                .prop_map(|all| Event::AddAll(all.into_iter().map(song).collect())),
            Just(Event::Clear),
        ]
    }

    proptest! {
        #[test]
        fn no_song_is_ever_in_it_twice(events in proptest::collection::vec(any_event(), 0..40)) {
            let end = events.into_iter().fold(Playlist::default(), after);
            for list in [&end.songs, &end.dismissed] {
                let mut unique = list.clone();
                unique.sort_by(|left, right| left.title.cmp(&right.title));
                unique.dedup();
                prop_assert_eq!(unique.len(), list.len());
            }
        }
    }
}
