//! What a model says about itself: where it came from, how it was made, how good it was.

use serde::{Deserialize, Serialize};

use crate::scoring::Scoring;

/// Facts about a model, stored in the header of its file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// When the model was made, RFC 3339.
    pub model_date: String,
    /// Version of the miner that made it.
    pub miner_version: String,
    /// The playlists it was made from.
    pub data_set: DataSet,
    /// How much it holds.
    pub counts: Counts,
    /// How it was mined.
    pub mining: Mining,
    /// How it scores.
    pub scoring: Scoring,
    /// How good it was when it was measured; empty if it was not.
    pub evaluation: Vec<Metric>,
}

/// The playlists that a model was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSet {
    /// A name for people: file names, or what the data set calls itself.
    pub name: String,
    /// What users of the model should know: licence, or that the playlists are invented. May be empty.
    pub notice: String,
    /// SHA-256 of the input bytes, in hexadecimal.
    pub sha256: String,
    /// Rows read: one song in one playlist each.
    pub rows: u64,
    /// Rows that could not be read.
    pub unreadable_rows: u64,
    /// Playlists with at least one song.
    pub playlists: u32,
}

/// How much a model holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Songs in two playlists or more.
    pub songs: u32,
    /// Songs in one playlist.
    pub tail_songs: u32,
    /// Artists of all songs.
    pub artists: u32,
    /// Unordered pairs of songs with a weight. Each is two rules of one song to another.
    pub pairs: u64,
    /// Rules with two antecedent songs or more.
    pub multi_item_rules: u64,
}

impl Counts {
    /// Association rules in the model: two a pair, and those with several antecedent songs. Who wrote the file wrote
    /// these numbers too: they may be anything.
    #[must_use]
    pub fn total_rules(&self) -> u64 {
        self.pairs.saturating_mul(2).saturating_add(self.multi_item_rules)
    }
}

/// The parameters that decide what is counted and kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mining {
    /// Exponent of the antecedent's support in a pair's weight: W_AB = n_A^−a · c_AB · n_B^−b. Higher trusts
    /// popular seeds less.
    pub antecedent_exponent: f64,
    /// Exponent of the consequent's support. Higher favours rarer suggestions.
    pub consequent_exponent: f64,
    /// A playlist of p songs adds p^−x to c_AB. 0 counts playlists; higher trusts long playlists less.
    pub playlist_exponent: f64,
    /// Pairs kept for each song; a pair stays if it is among them for either of its songs. More is better and larger.
    pub neighbours: u32,
    /// Absolute support that a multi-item rule's songs must have together.
    pub min_support: u32,
    /// Confidence that a multi-item rule must have.
    pub min_confidence: f64,
    /// Songs in a multi-item rule, antecedent and consequent together, at most.
    pub max_length: u32,
    /// Playlists used: a random sample of this many, or all (0).
    pub max_baskets: u64,
    /// Seed of the sample.
    pub seed: u64,
    /// The learned part of the weights; none where they come from counts alone.
    pub learned: Option<Learned>,
    /// What keeps the core small; none where every pair within `neighbours` is kept.
    pub budget: Option<Budget>,
}

/// A model made to fit: of the pairs within [`Mining::neighbours`] only the heaviest, in fewer levels if need be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Bytes that the file's beginning up to the end of the core may take, in brotli of
    /// [`BROTLI_QUALITY`](crate::file::BROTLI_QUALITY).
    pub bytes: u64,
    /// Levels of weights in use (2 to 16).
    pub levels: u32,
    /// So many of a song's heaviest pairs are kept whatever they weigh.
    pub floor: u32,
}

/// How weights are learned: an implicit-feedback ALS, distilled into pairs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// Length of the vectors of songs (1 to 1,024). More learn finer differences, and cost time.
    pub factors: u32,
    /// How much more a song in a playlist counts than one that is not (1 to 1,000).
    pub confidence: f64,
    /// What keeps vectors short (above 0). Higher smooths more.
    pub regularization: f64,
    /// How often playlists and songs are solved for (1 to 1,000).
    pub sweeps: u32,
    /// Steps of conjugate gradients for each of them (1 to 1,000).
    pub steps: u32,
    /// Seed of the random beginning.
    pub seed: u64,
    /// Weight of the learned part against the counted one (0 to 100).
    pub weight: f64,
}

impl Default for Learned {
    fn default() -> Self {
        Self { factors: 128, confidence: 20.0, regularization: 100.0, sweeps: 12, steps: 3, seed: 1, weight: 1.0 }
    }
}

impl Default for Mining {
    fn default() -> Self {
        Self {
            antecedent_exponent: 0.6,
            consequent_exponent: 0.29,
            playlist_exponent: 0.5,
            neighbours: 100,
            min_support: 0,
            min_confidence: 0.0,
            max_length: 0,
            max_baskets: 0,
            seed: 0,
            learned: None,
            budget: None,
        }
    }
}

/// One measured figure, e.g. `NDCG@100` → 0.34.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// The metric's name in the field, with its cut-off.
    pub name: String,
    /// Its value.
    pub value: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_counted_in_a_file_that_claims_any_number_of_them() {
        let counts = |pairs, multi_item_rules| Counts { pairs, multi_item_rules, ..Counts::default() };
        assert_eq!(counts(3, 4).total_rules(), 10);
        assert_eq!(counts(u64::MAX / 2 + 1, 1).total_rules(), u64::MAX);
    }
}
