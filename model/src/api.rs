//! The request and response types of the recommendation API, as they are in JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Most seed songs in one request.
pub const MAX_SEEDS: usize = 1_000;
/// Most suggestions in one response.
pub const MAX_LIMIT: u64 = 500;
/// Suggestions in a response unless asked otherwise.
pub const DEFAULT_LIMIT: u64 = 20;
/// Longest name of a song or an artist that is looked at, in bytes.
pub const MAX_NAME_BYTES: usize = 1_000;

/// A request for songs that go with the given ones. Unknown fields are ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The seeds: 1 to [`MAX_SEEDS`] songs.
    pub songs: Vec<SongQuery>,
    /// How many suggestions: 1 to [`MAX_LIMIT`].
    #[serde(default = "default_limit", deserialize_with = "whole")]
    pub limit: u64,
    /// Songs never to suggest, in any version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<SongQuery>,
    /// Artists never to suggest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_artists: Vec<String>,
    /// Most suggestions by one artist; no bound without it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole_or_null")]
    pub max_per_artist: Option<u64>,
    /// From 0 (what fits best) to 1 (less popular songs first): scores are divided by the number of playlists with the
    /// song, to the power of half of this.
    #[serde(default)]
    pub novelty: f64,
    /// Whether the response also holds `recommendations`, `matched` and `unknown`.
    #[serde(default)]
    pub explain: bool,
}

fn default_limit() -> u64 {
    DEFAULT_LIMIT
}

/// A whole number, also as `20.0`: to JSON Schema, and to languages without integers, that is the same.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Whole::deserialize(deserializer).map(|whole| whole.0)
}

fn whole_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(Option::<Whole>::deserialize(deserializer)?.map(|whole| whole.0))
}

struct Whole(u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WholeVisitor;

        impl Visitor<'_> for WholeVisitor {
            type Value = Whole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(number))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Whole, E> {
                let number = u64::try_from(number);
                number.map(Whole).map_err(|_| E::custom("a whole number cannot be negative"))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Whole, E> {
                // Casts round towards 0 and saturate, so only whole numbers in range come back as they were.
                let whole = number as u64;
                if whole as f64 == number {
                    Ok(Whole(whole))
                } else {
                    Err(E::invalid_type(de::Unexpected::Float(number), &self))
                }
            }
        }

        deserializer.deserialize_any(WholeVisitor)
    }
}

impl Request {
    /// A request with these seeds and every option at its default.
    #[must_use]
    pub fn new(songs: Vec<SongQuery>) -> Self {
        Self {
            songs,
            limit: DEFAULT_LIMIT,
            exclude: Vec::new(),
            exclude_artists: Vec::new(),
            max_per_artist: None,
            novelty: 0.0,
            explain: false,
        }
    }

    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// The first field that is not, and what it may be.
    pub fn validate(&self) -> Result<(), InvalidRequest> {
        let fail = |field, message: String| Err(InvalidRequest { field, message });
        if self.songs.is_empty() {
            return fail("songs", "give at least one song".into());
        }
        if self.songs.len() > MAX_SEEDS {
            return fail("songs", format!("give at most {MAX_SEEDS} songs, not {}", self.songs.len()));
        }
        if self.exclude.len() > MAX_SEEDS {
            return fail("exclude", format!("give at most {MAX_SEEDS} songs, not {}", self.exclude.len()));
        }
        if self.exclude_artists.len() > MAX_SEEDS {
            let given = self.exclude_artists.len();
            return fail("exclude_artists", format!("give at most {MAX_SEEDS} artists, not {given}"));
        }
        let longest = |queries: &[SongQuery]| queries.iter().map(SongQuery::longest_name).max().unwrap_or(0);
        for (field, bytes) in [
            ("songs", longest(&self.songs)),
            ("exclude", longest(&self.exclude)),
            ("exclude_artists", self.exclude_artists.iter().map(String::len).max().unwrap_or(0)),
        ] {
            if bytes > MAX_NAME_BYTES {
                return fail(field, format!("a name may have at most {MAX_NAME_BYTES} bytes, not {bytes}"));
            }
        }
        if !(1..=MAX_LIMIT).contains(&self.limit) {
            return fail("limit", format!("must be from 1 to {MAX_LIMIT}, not {}", self.limit));
        }
        if self.max_per_artist == Some(0) {
            return fail("max_per_artist", "must be at least 1".into());
        }
        if !(0.0..=1.0).contains(&self.novelty) {
            return fail("novelty", "must be from 0 to 1".into());
        }
        Ok(())
    }
}

/// An option of a request is out of its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct InvalidRequest {
    /// The JSON field.
    pub field: &'static str,
    /// What it may be.
    pub message: String,
}

/// How a client names a song: one string, or title and artist apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum SongQuery {
    /// A URI, a title, "artist - title", "title - artist" or "artist⇥title".
    Text(String),
    /// Title and artist.
    Named {
        /// The title.
        title: String,
        /// The artist.
        artist: String,
    },
}

impl SongQuery {
    fn longest_name(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Named { title, artist } => title.len().max(artist.len()),
        }
    }
}

impl From<&str> for SongQuery {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl fmt::Display for SongQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Named { title, artist } => write!(f, "{artist} - {title}"),
        }
    }
}

// Written by hand because a derived untagged enum can only say "did not match any variant".
impl<'de> Deserialize<'de> for SongQuery {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SongQueryVisitor;

        impl<'de> Visitor<'de> for SongQueryVisitor {
            type Value = SongQuery;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a song: a string, or an object with \"title\" and \"artist\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SongQuery, E> {
                Ok(SongQuery::Text(text.to_owned()))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<SongQuery, E> {
                Ok(SongQuery::Text(text))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SongQuery, A::Error> {
                let (mut title, mut artist) = (None::<String>, None::<Option<String>>);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "title" => title = Some(map.next_value()?),
                        "artist" => artist = Some(map.next_value()?),
                        _ => {
                            map.next_value::<de::IgnoredAny>()?;
                        }
                    }
                }
                let title = title.ok_or_else(|| de::Error::missing_field("title"))?;
                Ok(match artist.flatten() {
                    Some(artist) => SongQuery::Named { title, artist },
                    None => SongQuery::Text(title),
                })
            }
        }

        deserializer.deserialize_any(SongQueryVisitor)
    }
}

/// The answer to a [`Request`]. Its words may be the model's own: [`Response::into_owned`] makes it outlive the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response<S = String> {
    /// The suggestions, best first, each a string that resolves to this very song when it is sent back.
    pub songs: Vec<S>,
    /// Version of the code that answers.
    pub version: S,
    /// When the model was made, RFC 3339.
    pub model_date: S,
    /// Association rules in the model.
    pub total_rules: u64,
    /// Facts about this one answer, for people; may differ between two equal answers.
    #[serde(bound(deserialize = "S: Default + Deserialize<'de>", serialize = "S: AsRef<str> + Serialize"))]
    pub debug_info: DebugInfo<S>,
    /// With `explain`: the suggestions in the order of `songs`, with score and reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommendations: Option<Vec<Recommendation>>,
    /// With `explain`: how each seed that was found was understood, in the order asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<Vec<Matched>>,
    /// With `explain`: the seeds that were not found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Vec<Unknown>>,
}

impl Response<Cow<'_, str>> {
    /// The same with words of its own.
    #[must_use]
    pub fn into_owned(self) -> Response {
        let DebugInfo { computed_by, model_hash, data_set, matched, unknown, filled, took_ms } = self.debug_info;
        Response {
            songs: self.songs.into_iter().map(Cow::into_owned).collect(),
            version: self.version.into_owned(),
            model_date: self.model_date.into_owned(),
            total_rules: self.total_rules,
            debug_info: DebugInfo {
                computed_by: computed_by.into_owned(),
                model_hash: model_hash.into_owned(),
                data_set: data_set.into_owned(),
                matched,
                unknown,
                filled,
                took_ms,
            },
            recommendations: self.recommendations,
            matched: self.matched,
            unknown: self.unknown,
        }
    }
}

/// Facts about one answer. Not part of what is the same everywhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DebugInfo<S = String> {
    /// Where the answer was computed: `server`, `browser` or `client`.
    pub computed_by: S,
    /// SHA-256 of the model file, where it is known.
    #[serde(default, skip_serializing_if = "is_empty")]
    #[serde(bound(deserialize = "S: Default + Deserialize<'de>", serialize = "S: AsRef<str> + Serialize"))]
    pub model_hash: S,
    /// Name of the data set.
    pub data_set: S,
    /// Seeds found.
    pub matched: usize,
    /// Seeds not found.
    pub unknown: usize,
    /// Suggestions that are not in the list because of pairs with the seeds, but to fill it.
    #[serde(default)]
    pub filled: usize,
    /// Time spent on the answer, milliseconds, where it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<f64>,
}

fn is_empty(text: &impl AsRef<str>) -> bool {
    text.as_ref().is_empty()
}

/// A suggested song.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// Title.
    pub title: String,
    /// Artist; empty in a catalogue without artists.
    pub artist: String,
    /// URI, where the data set has one and the section with the URIs is at hand.
    pub uri: Option<String>,
    /// Strength: never rises along the list; about 1 for the best of a usual list.
    pub score: f64,
    /// Why it is in the list.
    pub source: Source,
    /// The songs that speak for it, strongest first. Empty where no pair does, or the evidence section is not at hand.
    pub because: Vec<Because>,
    /// The strongest rule with several of the seeds as its antecedent, if there is one.
    pub rule: Option<MultiItemRule>,
}

/// Where a suggestion comes from, in the order in which lists are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Source {
    /// It is in playlists together with seeds.
    Pair,
    /// It is in playlists together with songs that are in playlists together with seeds.
    TwoHop,
    /// It is by an artist of a seed.
    Artist,
    /// It is popular.
    Popular,
}

impl Source {
    /// The name used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::TwoHop => "two-hop",
            Self::Artist => "artist",
            Self::Popular => "popular",
        }
    }
}

/// The evidence of one song for another: "`together` of the `support` playlists with `song` also have it".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Because {
    /// The song that speaks for the suggestion, as in `songs`: a seed, or with source `two-hop` the song in between.
    pub song: String,
    /// Playlists with both.
    pub together: u32,
    /// Playlists with `song`.
    pub support: u32,
    /// `together / support`.
    pub confidence: f64,
    /// `confidence`, divided by the share of all playlists that have the suggested song: how many times more than chance.
    pub lift: f64,
}

/// An association rule with several antecedent songs, for one suggestion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MultiItemRule {
    /// The antecedent: seeds, as in `songs`.
    pub songs: Vec<String>,
    /// Playlists with all of them and the suggestion.
    pub together: u32,
    /// Playlists with all of them.
    pub support: u32,
    /// `together / support`.
    pub confidence: f64,
    /// `confidence`, divided by the share of all playlists that have the suggested song.
    pub lift: f64,
}

/// How a seed was understood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matched {
    /// What was asked.
    pub query: String,
    /// Title of the song found; empty where only the artist was.
    pub title: String,
    /// Its artist.
    pub artist: String,
    /// Playlists with it.
    pub support: u32,
    /// How it was found.
    pub tier: Tier,
    /// Other songs that may have been meant, as in `songs`, best first.
    pub alternatives: Vec<String>,
}

/// How a song was found, surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Tier {
    /// By its URI.
    Uri,
    /// By artist and title.
    ArtistTitle,
    /// By its title.
    Title,
    /// By its title, less diacritics and punctuation.
    PlainTitle,
    /// By its title, less a suffix such as "- Remastered 2011".
    BaseTitle,
    /// Only the artist was found: the artist's songs stand for it.
    Artist,
}

impl Tier {
    /// The name used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uri => "uri",
            Self::ArtistTitle => "artist-title",
            Self::Title => "title",
            Self::PlainTitle => "plain-title",
            Self::BaseTitle => "base-title",
            Self::Artist => "artist",
        }
    }
}

/// A seed that was not found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unknown {
    /// What was asked.
    pub query: String,
    /// Songs that may have been meant, as in `songs`, nearest first. Only the first 20 unknown seeds get any.
    pub suggestions: Vec<String>,
}
