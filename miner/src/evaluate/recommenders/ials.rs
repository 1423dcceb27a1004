//! The ALS that weights are learned with, by itself: what is lost or gained by distilling it into pairs.

use faer::linalg::solvers::Solve as _;
use faer::{Mat, Side};

use super::{Popularity, take_best};
use crate::baskets::Baskets;
use crate::counts::Incidence;
use crate::evaluate::{Ranker, Recommender};
use crate::weights::distil::Distilled;
use crate::weights::ials::{Learning, dot, song_factors};

/// Factors of songs; those of a listener are solved for from the seeds, exactly, as for a playlist in training
/// ("fold-in"). Every song that a training playlist has is ranked.
#[derive(Clone, Debug)]
pub struct Ials {
    distilled: Distilled,
    /// c of the learning.
    confidence: f64,
    supports: Vec<u32>,
    popularity: Popularity,
}

impl Ials {
    /// Learns from some playlists; `report` is called after each sweep with how many are done.
    #[must_use]
    pub fn new(training: &Baskets, learning: &Learning, report: &(dyn Fn(usize) + Sync)) -> Self {
        let incidence = Incidence::new(training.titles.len(), training.iter().map(|songs| (songs, 1.0)));
        let factors = song_factors(&incidence, learning, report);
        Self {
            distilled: Distilled::new(factors, learning.regularization),
            confidence: f64::from(learning.confidence),
            supports: (0..incidence.len() as u32).map(|song| incidence.support(song)).collect(),
            popularity: Popularity::new(training),
        }
    }

    /// What each seed's row of the distilled matrix is multiplied by.
    ///
    /// With seeds S, the listener's vector is x = (VᵀV + λI + (c − 1) SᵀS)⁻¹ c Sᵀ1. By the matrix inversion lemma, the
    /// scores V x are D_S a with (I + (c − 1) D_SS) a = c 1: as many unknowns as seeds.
    fn seed_weights(&self, seeds: &[u32]) -> Option<Vec<f64>> {
        let entry = |one: usize, other: usize| {
            let entry = f64::from(dot(self.distilled.row(seeds[one]), self.distilled.row(seeds[other])));
            f64::from(u8::from(one == other)) + (self.confidence - 1.0) * entry
        };
        let matrix = Mat::from_fn(seeds.len(), seeds.len(), entry);
        let mut weights = Mat::from_fn(seeds.len(), 1, |_, _| self.confidence);
        matrix.llt(Side::Lower).ok()?.solve_in_place(&mut weights);
        Some(weights.col(0).iter().copied().collect())
    }
}

impl Recommender for Ials {
    fn ranker(&self) -> Ranker<'_> {
        Box::new(|seeds, count| {
            let mut list = Vec::new();
            if let Some(weights) = self.seed_weights(seeds) {
                let mut listener = vec![0.0_f32; self.distilled.width()];
                for (&seed, &weight) in seeds.iter().zip(&weights) {
                    let row = self.distilled.row(seed).iter();
                    listener.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight as f32 * value);
                }
                let songs = (0..self.supports.len() as u32)
                    .filter(|song| self.supports[*song as usize] > 0 && !seeds.contains(song));
                let score = |song| (song, f64::from(dot(&listener, self.distilled.row(song))));
                list = take_best(&mut songs.map(score).collect(), count);
            }
            self.popularity.fill(&mut list, seeds, count);
            list
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::BasketsBuilder;

    const LEARNING: Learning =
        Learning { factors: 6, confidence: 20.0, regularization: 1.0, sweeps: 8, steps: 6, seed: 1 };

    fn circle() -> Baskets {
        let mut builder = BasketsBuilder::default();
        (0..30).for_each(|song| builder.add("all", "", &song.to_string(), None));
        for at in 0..60_u32 {
            (0..8).for_each(|step| builder.add(&at.to_string(), "", &((at + step * step) % 30).to_string(), None));
        }
        builder.finish()
    }

    #[test]
    fn seeds_are_folded_in_as_a_playlist_is_solved_for() {
        let baskets = circle();
        let ials = Ials::new(&baskets, &LEARNING, &|_| {});
        let incidence = Incidence::new(30, baskets.iter().map(|songs| (songs, 1.0)));
        let songs = song_factors(&incidence, &LEARNING, &|_| {});
        let seeds = [3_u32, 17, 4];
        // (VᵀV + λI + (c − 1) Σ v vᵀ) x = c Σ v, written out.
        let value = |song: u32, at: usize| f64::from(songs.row(song as usize)[at]);
        let matrix = Mat::from_fn(6, 6, |i, j| {
            let all: f64 = (0..30).map(|song| value(song, i) * value(song, j)).sum();
            let own: f64 = seeds.iter().map(|&song| value(song, i) * value(song, j)).sum();
            all + 19.0 * own + f64::from(u8::from(i == j))
        });
        let mut listener = Mat::from_fn(6, 1, |i, _| 20.0 * seeds.iter().map(|&song| value(song, i)).sum::<f64>());
        matrix.llt(Side::Lower).unwrap().solve_in_place(&mut listener);
        let score = |song: u32| (0..6).map(|at| value(song, at) * listener[(at, 0)]).sum::<f64>();
        let weights = ials.seed_weights(&seeds).unwrap();
        for song in 0..30 {
            let entry = |seed: &u32| f64::from(dot(ials.distilled.row(*seed), ials.distilled.row(song)));
            let folded: f64 = seeds.iter().zip(&weights).map(|(seed, weight)| weight * entry(seed)).sum();
            assert!((folded - score(song)).abs() < 1e-4, "{song}: {folded} {}", score(song));
        }
        let ranking = ials.ranker()(&seeds, 50);
        assert_eq!(ranking.len(), 27);
        assert!(ranking.windows(2).all(|two| score(two[0]) > score(two[1]) - 1e-4));
    }
}
