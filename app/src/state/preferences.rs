//! How the listener wants playlists continued.

use segue_model::api::{MAX_LIMIT, Request};

use super::library::Library;
use super::song::Song;
use super::variety::CHOICE;

/// The lengths of list on offer.
pub const LIMITS: [u64; 4] = [10, 20, 50, 100];

/// The last step of the sliders; the first is 0.
pub const STEPS: u8 = 10;

/// The limits an artist on offer; the first means none.
pub const PER_ARTIST: [u64; 5] = [0, 1, 2, 3, 5];

/// How the listener wants playlists continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Which of [`LIMITS`].
    limit: u8,
    /// From familiar to surprising, in [`STEPS`].
    novelty: u8,
    /// From the best order to the most varied, in [`STEPS`].
    variety: u8,
    /// Which of [`PER_ARTIST`].
    per_artist: u8,
    /// Whether nothing is to be asked of the server.
    pub only_here: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { limit: 1, novelty: 0, variety: 0, per_artist: 0, only_here: false }
    }
}

/// What happens to preferences. Numbers beyond what is on offer mean the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Another of [`LIMITS`].
    Limit(u8),
    /// Another of the [`STEPS`] from familiar to surprising.
    Novelty(u8),
    /// Another of the [`STEPS`] of variety.
    Variety(u8),
    /// Another of [`PER_ARTIST`].
    PerArtist(u8),
    /// Nothing is asked of the server, or it may be.
    OnlyHere(bool),
}

impl Preferences {
    /// Preferences of these steps and choices; those beyond what is on offer mean the last.
    #[must_use]
    pub fn of(limit: u8, novelty: u8, variety: u8, per_artist: u8, only_here: bool) -> Self {
        Self { limit, novelty, variety, per_artist, only_here }
    }

    /// Which of [`LIMITS`] holds.
    #[must_use]
    pub fn limit(&self) -> u8 {
        self.limit.min(LIMITS.len() as u8 - 1)
    }

    /// How far towards surprising, in [`STEPS`].
    #[must_use]
    pub fn novelty(&self) -> u8 {
        self.novelty.min(STEPS)
    }

    /// How far towards variety, in [`STEPS`].
    #[must_use]
    pub fn variety(&self) -> u8 {
        self.variety.min(STEPS)
    }

    /// Which of [`PER_ARTIST`] holds.
    #[must_use]
    pub fn per_artist(&self) -> u8 {
        self.per_artist.min(PER_ARTIST.len() as u8 - 1)
    }

    /// Songs to show.
    #[must_use]
    pub fn shown(&self) -> usize {
        LIMITS[usize::from(self.limit())] as usize
    }

    /// Variety as a share, 0 to 1.
    #[must_use]
    pub fn variety_share(&self) -> f64 {
        f64::from(self.variety()) / f64::from(STEPS)
    }

    /// The request for what continues the library's current playlist, with reasons. Where the list is to be varied it asks
    /// for more than is shown, to choose from.
    #[must_use]
    pub fn request(&self, library: &Library) -> Request {
        let playlist = library.playlist();
        let limit = self.shown() as u64 * if self.variety() > 0 { CHOICE } else { 1 };
        let per_artist = PER_ARTIST[usize::from(self.per_artist())];
        Request {
            limit: limit.min(MAX_LIMIT),
            novelty: f64::from(self.novelty()) / f64::from(STEPS),
            max_per_artist: if per_artist == 0 { None } else { Some(per_artist) },
            exclude: playlist.dismissed.iter().map(Song::query).collect(),
            exclude_artists: library.blocked().to_vec(),
            explain: true,
            ..Request::new(playlist.songs.iter().map(Song::query).collect())
        }
    }
}

/// The preferences after an event.
#[must_use]
pub fn reduce(preferences: Preferences, event: Event) -> Preferences {
    match event {
        Event::Limit(limit) => Preferences { limit, ..preferences },
        Event::Novelty(novelty) => Preferences { novelty, ..preferences },
        Event::Variety(variety) => Preferences { variety, ..preferences },
        Event::PerArtist(per_artist) => Preferences { per_artist, ..preferences },
        Event::OnlyHere(only_here) => Preferences { only_here, ..preferences },
    }
}

#[cfg(test)]
mod tests {
    use super::super::library;
    use super::super::playlist::{self, Playlist};
    use super::*;

    fn library() -> Library {
        let playlist = Playlist::of(String::new(), vec![Song::new("Help!", "The Beatles")]);
        library::reduce(Library::default(), library::Event::Open(playlist))
    }

    #[test]
    fn every_choice_makes_a_valid_request() {
        for choice in 0..=STEPS + 1 {
            let events =
                [Event::Limit(choice), Event::Novelty(choice), Event::Variety(choice), Event::PerArtist(choice)];
            for event in events {
                let alone = reduce(Preferences::default(), event);
                assert_eq!(alone.request(&library()).validate(), Ok(()), "{event:?}");
            }
            let all = events.into_iter().fold(Preferences::default(), reduce);
            assert_eq!(all.request(&library()).validate(), Ok(()), "all at {choice}");
        }
    }

    #[test]
    fn preferences_kept_by_another_version_still_make_a_valid_request() {
        let kept = Preferences::of(99, 99, 99, 99, false);
        assert_eq!(kept.request(&library()).validate(), Ok(()));
    }

    #[test]
    fn sliders_go_from_nothing_to_all() {
        let request = |steps| {
            let events = [Event::Novelty(steps), Event::Variety(steps)];
            events.into_iter().fold(Preferences::default(), reduce).request(&library())
        };
        assert_eq!((request(0).novelty, request(STEPS).novelty), (0.0, 1.0));
        assert_eq!((request(0).limit, request(1).limit), (20, 80));
    }

    #[test]
    fn what_was_turned_down_is_excluded() {
        let dismissed = Song::new("Yesterday", "The Beatles");
        let events = [
            library::Event::InPlaylist(playlist::Event::Dismiss(dismissed.clone())),
            library::Event::Block("Queen".into()),
        ];
        let request = Preferences::default().request(&events.into_iter().fold(library(), library::reduce));
        assert_eq!(request.exclude, [dismissed.query()]);
        assert_eq!(request.exclude_artists, ["Queen"]);
        assert!(request.explain);
    }
}
