//! What continues the playlist, as it is shown.

use segue_model::api::{Recommendation, Response, Source, Tier};

use super::preferences::Preferences;
use super::song::Song;
use super::variety::varied;
use crate::wording::{self, Place};

/// What is shown for a playlist.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Answer {
    /// The playlist is empty.
    #[default]
    NothingAsked,
    /// The first answer is on its way.
    Waiting,
    /// Suggestions.
    Shown(Suggestions),
    /// The question could not be answered; why, and what to do.
    Failed(String),
}

/// A list of suggestions, and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestions {
    /// The suggestions, best first.
    pub rows: Vec<Suggestion>,
    /// Where they were computed.
    pub place: Place,
    /// How long that took, milliseconds.
    pub milliseconds: f64,
    /// Songs of the playlist that the model does not know.
    pub unknown: Vec<String>,
    /// Songs of the playlist of which the model knows only the artist.
    pub artist_only: Vec<String>,
}

/// A suggested song.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The song.
    pub song: Song,
    /// Its score in hundredths of the first suggestion's, 1 to 100.
    pub strength: u8,
    /// Where it comes from.
    pub source: Source,
    /// The reason in a sentence; `None` until the counts are here.
    pub reason: Option<String>,
    /// The rules behind it, strongest first: empty where there are none, or their counts are not here.
    pub rules: Vec<Rule>,
}

/// "Of the `support` playlists with all of `songs`, `together` also have it."
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The antecedent, as answers name songs.
    pub songs: Vec<String>,
    /// Playlists with all of them and the suggestion.
    pub together: u32,
    /// Playlists with all of them.
    pub support: u32,
    /// How many times more than chance that is.
    pub lift: f64,
}

impl Suggestions {
    /// What is shown of a response to [`Preferences::request`].
    #[must_use]
    pub fn new(mut response: Response, preferences: Preferences, place: Place, milliseconds: f64) -> Self {
        let recommendations = response.recommendations.take().unwrap_or_default();
        let best = recommendations.first().map_or(1.0, |first| first.score);
        let recommendations = varied(recommendations, preferences.variety_share(), preferences.shown());
        let rows = recommendations.iter().map(|recommendation| Suggestion {
            song: Song::new(&recommendation.title, &recommendation.artist),
            strength: strength(recommendation.score, best),
            source: recommendation.source,
            reason: wording::reason(recommendation),
            rules: rules(recommendation),
        });
        let matched = response.matched.iter().flatten();
        Self {
            rows: rows.collect(),
            place,
            milliseconds,
            unknown: response.unknown.iter().flatten().map(|unknown| unknown.query.clone()).collect(),
            artist_only: matched.filter(|found| found.tier == Tier::Artist).map(|found| found.query.clone()).collect(),
        }
    }

    /// Whether a reason is missing.
    #[must_use]
    pub fn lacks_reasons(&self) -> bool {
        self.rows.iter().any(|row| row.reason.is_none())
    }

    /// Takes the missing reasons from another answer to the same question. Nothing is taken where the two disagree on
    /// the songs: then they come from different models.
    #[must_use]
    pub fn with_reasons_of(mut self, other: Self) -> Self {
        if self.rows.iter().map(|row| &row.song).eq(other.rows.iter().map(|row| &row.song)) {
            for (row, other) in self.rows.iter_mut().zip(other.rows) {
                if row.reason.is_none() {
                    (row.reason, row.rules) = (other.reason, other.rules);
                }
            }
        }
        self
    }
}

fn rules(recommendation: &Recommendation) -> Vec<Rule> {
    let several = recommendation.rule.iter().map(|rule| Rule {
        songs: rule.songs.clone(),
        together: rule.together,
        support: rule.support,
        lift: rule.lift,
    });
    let single = recommendation.because.iter().map(|because| Rule {
        songs: vec![because.song.clone()],
        together: because.together,
        support: because.support,
        lift: because.lift,
    });
    several.chain(single).collect()
}

fn strength(score: f64, best: f64) -> u8 {
    let hundredths = if best > 0.0 { (score / best * 100.0).round() } else { 0.0 };
    // The clamp makes the cast exact.
    hundredths.clamp(1.0, 100.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggestions(titles: &[&str], reason: Option<&str>) -> Suggestions {
        let row = |title: &&str| Suggestion {
            song: Song::new(*title, ""),
            strength: 50,
            source: Source::Pair,
            reason: reason.map(str::to_owned),
            rules: Vec::new(),
        };
        Suggestions {
            rows: titles.iter().map(row).collect(),
            place: Place::Device,
            milliseconds: 0.2,
            unknown: Vec::new(),
            artist_only: Vec::new(),
        }
    }

    #[test]
    fn strength_is_relative_to_the_first_and_never_nothing() {
        assert_eq!(strength(1.6, 1.6), 100);
        assert_eq!(strength(0.8, 1.6), 50);
        assert_eq!(strength(0.0, 1.6), 1);
        assert_eq!(strength(0.0, 0.0), 1);
    }

    #[test]
    fn missing_reasons_come_from_an_equal_list() {
        let here = suggestions(&["A", "B"], None);
        assert!(here.lacks_reasons());
        let full = here.clone().with_reasons_of(suggestions(&["A", "B"], Some("because")));
        assert!(!full.lacks_reasons());
        assert_eq!(here.clone().with_reasons_of(suggestions(&["B", "A"], Some("because"))), here);
        assert_eq!(here.clone().with_reasons_of(suggestions(&["A"], Some("because"))), here);
    }
}
