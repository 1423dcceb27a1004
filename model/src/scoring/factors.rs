//! Powers of supports, computed once.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::{Query, Scoring};
use crate::catalogue::Catalogue;
use crate::song::SongId;

/// Numbers of seeds whose popularity factors are kept.
const SEEDS_KEPT: usize = 64;

/// Powers of supports, each computed once for every support that occurs.
#[derive(Clone, Debug)]
pub(crate) struct Factors {
    /// n_A to the power of minus the seed exponent.
    seeds: Vec<f32>,
    /// n_B + 1 to the power of the artist exponent.
    artists: Vec<f32>,
    /// n_B to the power for so many seeds, from 0, without novelty.
    popularity: [OnceLock<Box<[f32]>>; SEEDS_KEPT],
}

impl Factors {
    pub(crate) fn new(scoring: &Scoring, catalogue: &Catalogue) -> Self {
        let powers = |more: f64, exponent: f64| {
            let supports = catalogue.distinct_supports().iter();
            supports.map(|support| libm::pow(support.as_f64() + more, exponent) as f32).collect()
        };
        Self {
            seeds: powers(0.0, -scoring.seed_exponent),
            artists: powers(1.0, scoring.artist_exponent),
            popularity: [const { OnceLock::new() }; SEEDS_KEPT],
        }
    }

    /// What the votes of a seed are multiplied by.
    pub(super) fn of_seed(&self, catalogue: &Catalogue, seed: SongId) -> f32 {
        self.seeds[catalogue.support_class(seed)]
    }

    /// What a song counts for as one of its artist's, without novelty; by class of support.
    pub(super) fn of_artists_songs(&self) -> &[f32] {
        &self.artists
    }

    /// What sums are multiplied by to undo or add to what pair weights take from popular songs; by class of support.
    pub(super) fn popularity(&self, scoring: &Scoring, catalogue: &Catalogue, query: &Query) -> Cow<'_, [f32]> {
        let compute = || {
            let divided_by = scoring.breadth(query.seeds.len()) - scoring.stored_exponent;
            let exponent = scoring.candidate_exponent - divided_by - query.novelty * scoring.novelty_exponent;
            let supports = catalogue.distinct_supports().iter();
            supports.map(|support| libm::pow(support.as_f64(), exponent) as f32).collect()
        };
        match self.popularity.get(query.seeds.len()).filter(|_| query.novelty == 0.0) {
            Some(kept) => Cow::Borrowed(kept.get_or_init(compute)),
            None => Cow::Owned(compute().into_vec()),
        }
    }
}
