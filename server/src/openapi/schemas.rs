//! Mirrors of `segue_model`'s types, for the description alone: no value of them is ever made.

#![expect(dead_code, reason = "only their descriptions are used")]

use serde::Serialize;
use utoipa::ToSchema;

/// A request for songs that go with the given ones. Unknown fields are ignored.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"songs": ["Yesterday", {"title": "Bohemian Rhapsody", "artist": "Queen"}], "explain": true}))]
pub struct RecommendRequest {
    /// The seeds.
    #[schema(min_items = 1, max_items = 1000)]
    songs: Vec<SongQuery>,
    /// How many suggestions.
    #[schema(required = false, minimum = 1, maximum = 500, default = 20)]
    limit: u64,
    /// Songs never to suggest, in any version.
    #[schema(required = false, max_items = 1000)]
    exclude: Vec<SongQuery>,
    /// Artists never to suggest.
    #[schema(required = false, max_items = 1000)]
    exclude_artists: Vec<String>,
    /// Most suggestions by one artist; no bound without it.
    #[schema(minimum = 1, format = "uint64")]
    max_per_artist: Option<u64>,
    /// From 0 (what fits best) to 1 (less popular songs first): scores are divided by the number of playlists with the
    /// song, to the power of half of this.
    #[schema(required = false, minimum = 0, maximum = 1, default = 0)]
    novelty: f64,
    /// Whether the response also holds `recommendations`, `matched` and `unknown`.
    #[schema(required = false, default = false)]
    explain: bool,
}

/// How a client names a song.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum SongQuery {
    /// A URI, a title, "artist - title" or "title - artist".
    Text(String),
    /// Title and artist.
    Named {
        /// The title.
        title: String,
        /// The artist.
        artist: Option<String>,
    },
}

/// The answer to a request.
#[derive(Debug, ToSchema)]
pub struct RecommendResponse {
    /// The suggestions, best first, each a string that stands for this very song when it is sent back.
    songs: Vec<String>,
    /// Version of the server.
    version: String,
    /// When the model was made, RFC 3339.
    model_date: String,
    /// Association rules in the model.
    total_rules: u64,
    /// Facts about this one answer, for people.
    debug_info: DebugInfo,
    /// With `explain`: the suggestions in the order of `songs`, with score and reasons.
    #[schema(nullable = false)]
    recommendations: Option<Vec<Recommendation>>,
    /// With `explain`: how each seed that was found was understood, in the order asked.
    #[schema(nullable = false)]
    matched: Option<Vec<Matched>>,
    /// With `explain`: the seeds that were not found.
    #[schema(nullable = false)]
    unknown: Option<Vec<Unknown>>,
}

/// Facts about one answer; may differ between two equal answers.
#[derive(Debug, ToSchema)]
pub struct DebugInfo {
    /// Where the answer was computed: `server`.
    computed_by: String,
    /// SHA-256 of the model file, in hexadecimal.
    #[schema(required = false)]
    model_hash: String,
    /// Name of the data set.
    data_set: String,
    /// Seeds found.
    matched: usize,
    /// Seeds not found.
    unknown: usize,
    /// Suggestions that are not in the list because of pairs with the seeds, but to fill it.
    filled: usize,
    /// Time spent on the answer, milliseconds.
    #[schema(nullable = false)]
    took_ms: Option<f64>,
}

/// A suggested song.
#[derive(Debug, ToSchema)]
pub struct Recommendation {
    /// Title.
    title: String,
    /// Artist; empty in a catalogue without artists.
    artist: String,
    /// URI, where the data set has one.
    #[schema(required = true)]
    uri: Option<String>,
    /// Strength: never rises along the list; about 1 for the best of a usual list.
    score: f64,
    /// Why it is in the list.
    source: Source,
    /// The songs that speak for it, strongest first.
    because: Vec<Because>,
    /// The strongest rule with several of the seeds as its antecedent, if there is one.
    #[schema(required = true)]
    rule: Option<MultiItemRule>,
}

/// Where a suggestion comes from, in the order in which lists are filled.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "kebab-case")]
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

/// The evidence of one song for another: "`together` of the `support` playlists with `song` also have it".
#[derive(Debug, ToSchema)]
pub struct Because {
    /// The song that speaks for the suggestion: a seed, or with source `two-hop` the song in between.
    song: String,
    /// Playlists with both.
    together: u32,
    /// Playlists with `song`.
    support: u32,
    /// `together / support`.
    confidence: f64,
    /// How many times more than chance.
    lift: f64,
}

/// An association rule with several antecedent songs, for one suggestion.
#[derive(Debug, ToSchema)]
pub struct MultiItemRule {
    /// The antecedent: seeds.
    songs: Vec<String>,
    /// Playlists with all of them and the suggestion.
    together: u32,
    /// Playlists with all of them.
    support: u32,
    /// `together / support`.
    confidence: f64,
    /// How many times more than chance.
    lift: f64,
}

/// How a seed was understood.
#[derive(Debug, ToSchema)]
pub struct Matched {
    /// What was asked.
    query: String,
    /// Title of the song found; empty where only the artist was.
    title: String,
    /// Its artist.
    artist: String,
    /// Playlists with it.
    support: u32,
    /// How it was found.
    tier: Tier,
    /// Other songs that may have been meant, best first.
    alternatives: Vec<String>,
}

/// How a song was found, surest first.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "kebab-case")]
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

/// A seed that was not found.
#[derive(Debug, ToSchema)]
pub struct Unknown {
    /// What was asked.
    query: String,
    /// Songs that may have been meant, nearest first.
    suggestions: Vec<String>,
}

/// The playlists that a model was made from.
#[derive(Debug, ToSchema)]
pub struct DataSet {
    /// A name for people.
    name: String,
    /// What users of the model should know: licence, or that the playlists are invented. May be empty.
    notice: String,
    /// SHA-256 of the input, in hexadecimal.
    sha256: String,
    /// Rows read: one song in one playlist each.
    rows: u64,
    /// Rows that could not be read.
    unreadable_rows: u64,
    /// Playlists with at least one song.
    playlists: u32,
}

/// How much a model holds.
#[derive(Debug, ToSchema)]
pub struct Counts {
    /// Songs in two playlists or more.
    songs: u32,
    /// Songs in one playlist.
    tail_songs: u32,
    /// Artists of all songs.
    artists: u32,
    /// Unordered pairs of songs with a weight. Each is two rules of one song to another.
    pairs: u64,
    /// Rules with two antecedent songs or more.
    multi_item_rules: u64,
}
