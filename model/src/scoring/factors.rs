//! Powers of supports, computed once.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use super::{Query, Scoring};
use crate::catalogue::{BLOCK, Catalogue, SupportClasses};
use crate::pairs::NARROW;
use crate::song::{SongId, Support};

/// Numbers of seeds whose popularity factors are kept.
const SEEDS_KEPT: usize = 64;

/// Powers of supports, each computed once for every support that occurs.
#[derive(Clone, Debug)]
pub(crate) struct Factors {
    /// n_A to the power of minus the seed exponent.
    seeds: Vec<f32>,
    /// n_B + 1 to the power of the artist exponent, by song in the order of artists.
    artists: Vec<f32>,
    /// For so many seeds, from 0, without novelty.
    popularity: [OnceLock<Popularity>; SEEDS_KEPT],
}

/// What sums are multiplied by to undo or add to what pair weights take from popular songs.
#[derive(Clone, Debug)]
pub(super) struct Popularity {
    by_class: Box<[f32]>,
    /// For each block of songs the largest factor in it; then 0, once or, but in a browser, until there are as many as narrow
    /// ids have blocks.
    bounds: Box<[f32]>,
}

impl Factors {
    pub(crate) fn new(scoring: &Scoring, catalogue: &Catalogue) -> Self {
        let artists = powers(catalogue, |support| support + 1.0, scoring.artist_exponent);
        Self {
            seeds: powers(catalogue, |support| support, -scoring.seed_exponent),
            artists: catalogue.songs_by_artist().iter().map(|&song| artists[catalogue.support_class(song)]).collect(),
            popularity: [const { OnceLock::new() }; SEEDS_KEPT],
        }
    }

    /// What the votes of a seed are multiplied by.
    pub(super) fn of_seed(&self, catalogue: &Catalogue, seed: SongId) -> f32 {
        self.seeds[catalogue.support_class(seed)]
    }

    /// What songs count for as one of their artist's, without novelty, in the order of [`Catalogue::songs_by_artist`].
    pub(super) fn of_artists_songs(&self) -> &[f32] {
        &self.artists
    }

    /// What the sums of songs are multiplied by for a query.
    pub(super) fn popularity(&self, scoring: &Scoring, catalogue: &Catalogue, query: &Query) -> Cow<'_, Popularity> {
        let compute = || {
            let divided_by = scoring.breadth(query.seeds.len()) - scoring.stored_exponent;
            let exponent = scoring.candidate_exponent - divided_by - query.novelty * scoring.novelty_exponent;
            Popularity::new(catalogue, exponent)
        };
        match self.popularity.get(query.seeds.len()).filter(|_| query.novelty == 0.0) {
            Some(kept) => Cow::Borrowed(kept.get_or_init(compute)),
            None => Cow::Owned(compute()),
        }
    }
}

impl Popularity {
    pub(super) fn new(catalogue: &Catalogue, exponent: f64) -> Self {
        let by_class: Vec<f32> = powers(catalogue, |support| support, exponent);
        let most =
            |classes: RangeInclusive<usize>| by_class[classes].iter().fold(0.0_f32, |most, &factor| most.max(factor));
        let mut bounds: Vec<f32> = catalogue.support_classes().blocks().map(most).collect();
        // Nobody has a block too.
        let blocks = bounds.len() + 1;
        bounds.resize(if cfg!(target_arch = "wasm32") { blocks } else { blocks.max(NARROW / BLOCK) }, 0.0);
        Self { bounds: bounds.into(), by_class: by_class.into() }
    }

    /// The score of a song with this sum.
    pub(super) fn score(&self, catalogue: &Catalogue, song: SongId, sum: f32) -> f32 {
        // As if its bound were known.
        sum * self.bound(song) * self.share(catalogue, song)
    }

    /// The factor of a song over the bound of its block. In most blocks all songs have the same factor.
    pub(super) fn share(&self, catalogue: &Catalogue, song: SongId) -> f32 {
        self.by_class[catalogue.support_class(song)] / self.bound(song)
    }

    fn bound(&self, song: SongId) -> f32 {
        self.bounds[SupportClasses::block(song)]
    }

    /// By block of songs a number near the factor of each, and not less.
    pub(super) fn bounds(&self) -> &[f32] {
        &self.bounds
    }
}

/// By class of support.
fn powers(catalogue: &Catalogue, of: impl Fn(f64) -> f64, exponent: f64) -> Vec<f32> {
    let power = |support: &Support| libm::pow(of(support.as_f64()), exponent) as f32;
    catalogue.support_classes().supports().iter().map(power).collect()
}
