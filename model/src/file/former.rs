//! Headers of format version 2, which knew nothing of budgets.

use serde::Deserialize;

use super::SectionEntry;
use crate::metadata::{self, Counts, DataSet, Learned, Metric};
use crate::scoring::Scoring;

/// The version before [`FORMAT_VERSION`](super::FORMAT_VERSION).
pub(super) const FORMAT_VERSION: u32 = 2;

#[derive(Deserialize)]
pub(super) struct Header {
    metadata: Metadata,
    sections: Vec<SectionEntry>,
}

#[derive(Deserialize)]
struct Metadata {
    model_date: String,
    miner_version: String,
    data_set: DataSet,
    counts: Counts,
    mining: Mining,
    scoring: Scoring,
    evaluation: Vec<Metric>,
}

#[derive(Deserialize)]
struct Mining {
    antecedent_exponent: f64,
    consequent_exponent: f64,
    playlist_exponent: f64,
    neighbours: u32,
    min_support: u32,
    min_confidence: f64,
    max_length: u32,
    max_baskets: u64,
    seed: u64,
    learned: Option<Learned>,
}

impl From<Header> for super::Header {
    fn from(header: Header) -> Self {
        let Metadata { model_date, miner_version, data_set, counts, mining, scoring, evaluation } = header.metadata;
        let metadata = metadata::Metadata {
            model_date,
            miner_version,
            data_set,
            counts,
            mining: mining.into(),
            scoring,
            evaluation,
        };
        Self { metadata, sections: header.sections }
    }
}

impl From<Mining> for metadata::Mining {
    fn from(mining: Mining) -> Self {
        Self {
            antecedent_exponent: mining.antecedent_exponent,
            consequent_exponent: mining.consequent_exponent,
            playlist_exponent: mining.playlist_exponent,
            neighbours: mining.neighbours,
            min_support: mining.min_support,
            min_confidence: mining.min_confidence,
            max_length: mining.max_length,
            max_baskets: mining.max_baskets,
            seed: mining.seed,
            learned: mining.learned,
            budget: None,
        }
    }
}
