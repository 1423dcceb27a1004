//! How the listener wants the playlist continued.

use segue_model::api::Request;
use serde::{Deserialize, Serialize};

use super::playlist::Playlist;
use crate::phrases;

/// The lengths of list on offer.
pub const LIMITS: [u64; 4] = [10, 20, 50, 100];

/// The steps from familiar to surprising: how they are called, and the request's `novelty`.
pub const NOVELTIES: [(fn() -> &'static str, f64); 4] =
    [(phrases::best_fit, 0.0), (phrases::a_little_rarer, 0.3), (phrases::rarer, 0.6), (phrases::rarest, 1.0)];

/// How the listener wants the playlist continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Which of [`LIMITS`].
    limit: usize,
    /// Which of [`NOVELTIES`].
    novelty: usize,
    /// Whether an artist may be suggested only once.
    pub one_per_artist: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { limit: 1, novelty: 0, one_per_artist: false }
    }
}

/// What happens to preferences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Another of [`LIMITS`].
    Limit(usize),
    /// Another of [`NOVELTIES`].
    Novelty(usize),
    /// One suggestion an artist, or any number.
    OnePerArtist(bool),
}

impl Preferences {
    /// Which of [`LIMITS`] holds.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit.min(LIMITS.len() - 1)
    }

    /// Which of [`NOVELTIES`] holds.
    #[must_use]
    pub fn novelty(&self) -> usize {
        self.novelty.min(NOVELTIES.len() - 1)
    }

    /// The request for what continues a playlist, with reasons.
    #[must_use]
    pub fn request(&self, playlist: &Playlist) -> Request {
        Request {
            limit: LIMITS[self.limit()],
            novelty: NOVELTIES[self.novelty()].1,
            max_per_artist: self.one_per_artist.then_some(1),
            exclude: playlist.dismissed.iter().map(super::song::Song::query).collect(),
            explain: true,
            ..Request::new(playlist.songs.iter().map(super::song::Song::query).collect())
        }
    }
}

/// The preferences after an event.
#[must_use]
pub fn reduce(preferences: Preferences, event: Event) -> Preferences {
    match event {
        Event::Limit(limit) if limit < LIMITS.len() => Preferences { limit, ..preferences },
        Event::Novelty(novelty) if novelty < NOVELTIES.len() => Preferences { novelty, ..preferences },
        Event::OnePerArtist(one_per_artist) => Preferences { one_per_artist, ..preferences },
        Event::Limit(_) | Event::Novelty(_) => preferences,
    }
}

#[cfg(test)]
mod tests {
    use super::super::song::Song;
    use super::*;

    #[test]
    fn every_choice_makes_a_valid_request() {
        let playlist = Playlist { songs: vec![Song::new("Help!", "The Beatles")], ..Playlist::default() };
        for limit in 0..LIMITS.len() + 1 {
            for novelty in 0..NOVELTIES.len() + 1 {
                for one in [false, true] {
                    let events = [Event::Limit(limit), Event::Novelty(novelty), Event::OnePerArtist(one)];
                    let preferences = events.into_iter().fold(Preferences::default(), reduce);
                    assert_eq!(preferences.request(&playlist).validate(), Ok(()));
                }
            }
        }
    }

    #[test]
    fn preferences_kept_by_another_version_still_make_a_valid_request() {
        let kept: Preferences =
            serde_json::from_str(r#"{"limit": 99, "novelty": 99, "colour": "red"}"#).expect("it is lenient");
        let playlist = Playlist { songs: vec![Song::new("Help!", "")], ..Playlist::default() };
        assert_eq!(kept.request(&playlist).validate(), Ok(()));
    }

    #[test]
    fn turned_down_suggestions_are_excluded() {
        let playlist = Playlist {
            songs: vec![Song::new("Help!", "The Beatles")],
            dismissed: vec![Song::new("Yesterday", "The Beatles")],
            ..Playlist::default()
        };
        let request = Preferences::default().request(&playlist);
        assert_eq!(request.exclude, [Song::new("Yesterday", "The Beatles").query()]);
        assert!(request.explain);
    }
}
