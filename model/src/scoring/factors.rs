//! Powers of supports, computed once.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use super::{Query, Scoring};
use crate::catalogue::{BLOCK, Catalogue};
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
    /// For each block of songs the largest factor in it; then 0, but in a browser, so that there are as many as narrow ids
    /// have blocks.
    bounds: Box<[f32]>,
    /// No factor is a smaller share of its block's bound; a little less, for roundings.
    least_share: f32,
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
        let mut least_share = 1.0_f32;
        let mut bound = |classes: RangeInclusive<usize>| {
            let (least, most) = by_class[classes]
                .iter()
                .fold((f32::INFINITY, 0.0_f32), |(least, most), &factor| (least.min(factor), most.max(factor)));
            least_share = least_share.min(least / most);
            most
        };
        let mut bounds: Vec<f32> = catalogue.support_classes().blocks().map(&mut bound).collect();
        if !cfg!(target_arch = "wasm32") {
            bounds.resize(bounds.len().max(NARROW / BLOCK), 0.0);
        }
        Self { bounds: bounds.into(), least_share: least_share * 0.999_99, by_class: by_class.into() }
    }

    /// The factor of a song.
    pub(super) fn of(&self, catalogue: &Catalogue, song: SongId) -> f32 {
        self.by_class[catalogue.support_class(song)]
    }

    /// By block of songs a number near the factor of each, and not less.
    pub(super) fn bounds(&self) -> &[f32] {
        &self.bounds
    }

    /// What share of its bound the factor of a song is at least.
    pub(super) fn least_share(&self) -> f32 {
        self.least_share
    }
}

/// By class of support.
fn powers(catalogue: &Catalogue, of: impl Fn(f64) -> f64, exponent: f64) -> Vec<f32> {
    let power = |support: &Support| libm::pow(of(support.as_f64()), exponent) as f32;
    catalogue.support_classes().supports().iter().map(power).collect()
}
