//! The listener's playlists, and the artists that are not to be suggested for any of them.

use segue_model::api::MAX_SEEDS;

use super::playlist::{self, Loss, Playlist};

/// The listener's playlists. There is always one, and one of them is being continued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    playlists: Vec<Playlist>,
    current: usize,
    /// Artists not to be suggested, none twice, at most [`MAX_SEEDS`].
    blocked: Vec<String>,
    /// What [`Event::Undo`] brings back.
    before: Option<Box<Before>>,
}

/// How it was before the last loss.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Before {
    loss: Loss,
    library: Library,
}

impl Default for Library {
    fn default() -> Self {
        Self::of(Vec::new(), 0, Vec::new())
    }
}

/// What happens to the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Something happens to the playlist being continued.
    InPlaylist(playlist::Event),
    /// A further playlist is continued from now on. One without songs or name gives way to it.
    Open(Playlist),
    /// The playlist at this place is continued from now on.
    Switch(usize),
    /// The playlist being continued is called so.
    Rename(String),
    /// The playlist being continued is deleted.
    Delete,
    /// An artist is not to be suggested.
    Block(String),
    /// The artist at this place of the list may be suggested again.
    Unblock(usize),
    /// The last loss is undone.
    Undo,
    /// The last loss is no longer offered to be undone.
    Settle,
}

impl Library {
    /// A library of these playlists, of which the one at `current` is being continued, and these blocked artists.
    #[must_use]
    pub fn of(mut playlists: Vec<Playlist>, current: usize, mut blocked: Vec<String>) -> Self {
        if playlists.is_empty() {
            playlists.push(Playlist::default());
        }
        blocked.truncate(MAX_SEEDS);
        let current = current.min(playlists.len() - 1);
        Self { playlists, current, blocked, before: None }
    }

    /// All playlists, in the order in which they came.
    #[must_use]
    pub fn playlists(&self) -> &[Playlist] {
        &self.playlists
    }

    /// The place of the playlist being continued.
    #[must_use]
    pub fn current(&self) -> usize {
        self.current
    }

    /// The playlist being continued.
    #[must_use]
    pub fn playlist(&self) -> &Playlist {
        &self.playlists[self.current]
    }

    /// Artists not to be suggested.
    #[must_use]
    pub fn blocked(&self) -> &[String] {
        &self.blocked
    }

    /// What was lost last, while it is offered to be undone.
    #[must_use]
    pub fn loss(&self) -> Option<&Loss> {
        self.before.as_ref().map(|before| &before.loss)
    }
}

/// The library after an event.
#[must_use]
pub fn reduce(library: Library, event: Event) -> Library {
    let mut next = Library { before: None, ..library.clone() };
    let current = next.current;
    let loss = match event {
        Event::InPlaylist(event) => {
            let (playlist, loss) = playlist::reduce(std::mem::take(&mut next.playlists[current]), event);
            next.playlists[current] = playlist;
            loss
        }
        Event::Open(playlist) => {
            let here = &mut next.playlists[current];
            if here.songs.is_empty() && here.name.is_empty() {
                *here = playlist;
            } else {
                next.current = next.playlists.len();
                next.playlists.push(playlist);
            }
            None
        }
        Event::Switch(to) => {
            next.current = to.min(next.playlists.len() - 1);
            None
        }
        Event::Rename(name) => {
            name.trim().clone_into(&mut next.playlists[current].name);
            None
        }
        Event::Delete => {
            let deleted = next.playlists.remove(current);
            if next.playlists.is_empty() {
                next.playlists.push(Playlist::default());
            }
            next.current = current.min(next.playlists.len() - 1);
            if deleted == Playlist::default() { None } else { Some(Loss::Deleted(deleted.name)) }
        }
        Event::Block(artist) if artist.is_empty() || next.blocked.contains(&artist) => return library,
        Event::Block(_) if next.blocked.len() >= MAX_SEEDS => return library,
        Event::Block(artist) => {
            next.blocked.push(artist.clone());
            Some(Loss::Blocked(artist))
        }
        Event::Unblock(at) => {
            if at < next.blocked.len() {
                next.blocked.remove(at);
            }
            None
        }
        Event::Undo => return library.before.map_or(next, |before| before.library),
        Event::Settle => None,
    };
    if let Some(loss) = loss {
        next.before = Some(Box::new(Before { loss, library: Library { before: None, ..library } }));
    }
    next
}

#[cfg(test)]
mod tests {
    use super::super::playlist::tests::{any_event, playlist, song};
    use super::*;
    use proptest::prelude::*;

    fn two() -> Library {
        let first = Playlist { name: "First".into(), ..playlist(2) };
        let second = Playlist { name: "Second".into(), ..playlist(1) };
        [first, second].into_iter().map(Event::Open).fold(Library::default(), reduce)
    }

    #[test]
    fn it_begins_with_an_empty_playlist_that_gives_way_to_the_first() {
        assert_eq!(Library::default().playlists(), [Playlist::default()]);
        let names: Vec<String> = two().playlists().iter().map(|playlist| playlist.name.clone()).collect();
        assert_eq!(names, ["First", "Second"]);
        assert_eq!(two().current(), 1);
    }

    #[test]
    fn playlists_are_switched_renamed_and_changed_one_by_one() {
        let library = reduce(two(), Event::Switch(0));
        let library = reduce(library, Event::Rename("  Evening ".into()));
        let library = reduce(library, Event::InPlaylist(playlist::Event::RemoveLast));
        assert_eq!((library.playlist().name.as_str(), library.playlist().songs.len()), ("Evening", 1));
        assert_eq!(library.playlists()[1], two().playlists()[1]);
        assert_eq!(reduce(library, Event::Switch(9)).current(), 1);
    }

    #[test]
    fn every_loss_can_be_undone_once() {
        let in_playlist = |event| Event::InPlaylist(event);
        for event in [
            Event::Delete,
            Event::Block("Queen".into()),
            in_playlist(playlist::Event::Remove(0)),
            in_playlist(playlist::Event::RemoveLast),
            in_playlist(playlist::Event::Clear),
            in_playlist(playlist::Event::Dismiss(song(9))),
        ] {
            let changed = reduce(two(), event.clone());
            assert_ne!(changed, two(), "{event:?} changes something");
            assert!(changed.loss().is_some(), "{event:?} is a loss");
            let undone = reduce(changed.clone(), Event::Undo);
            assert_eq!(undone, two(), "{event:?} is undone");
            assert_eq!(reduce(undone.clone(), Event::Undo), undone);
            let settled = reduce(changed, Event::Settle);
            assert_eq!(reduce(settled.clone(), Event::Undo), settled, "{event:?} is settled");
        }
    }

    #[test]
    fn the_last_playlist_deleted_leaves_an_empty_one() {
        let none = [Event::Delete, Event::Delete].into_iter().fold(two(), reduce);
        assert_eq!(none.playlists(), [Playlist::default()]);
        assert_eq!(none.loss(), Some(&Loss::Deleted("First".into())));
        assert_eq!(reduce(Library::default(), Event::Delete).loss(), None);
    }

    #[test]
    fn an_artist_is_blocked_once_and_can_be_unblocked() {
        let blocked = reduce(two(), Event::Block("Queen".into()));
        assert_eq!(reduce(blocked.clone(), Event::Block("Queen".into())), blocked);
        assert_eq!(
            reduce(two(), Event::Block(String::new())),
            two(),
            "catalogues without artists have one without name"
        );
        assert_eq!(reduce(blocked, Event::Unblock(0)).blocked(), [""; 0]);
    }

    proptest! {
        #[test]
        fn there_is_always_a_current_playlist(events in proptest::collection::vec(
            prop_oneof![
                any_event().prop_map(Event::InPlaylist),
                (0..3_usize).prop_map(|count| Event::Open(playlist(count))),
                (0..5_usize).prop_map(Event::Switch),
                Just(Event::Delete),
                Just(Event::Undo),
            ],
            0..40,
        )) {
            let end = events.into_iter().fold(Library::default(), reduce);
            prop_assert!(end.current() < end.playlists().len());
        }
    }
}
