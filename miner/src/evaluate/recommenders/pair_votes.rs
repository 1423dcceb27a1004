//! Item-based nearest neighbours over all pairs: each seed votes for the songs it shares playlists with.

use super::{Popularity, take_best};
use crate::baskets::Baskets;
use crate::counts::Incidence;
use crate::evaluate::{Ranker, Recommender};

/// score(B) = Σ_A n_A^−a · n_AB · n_B^−b over the seeds A, of all pairs, unpruned; filled with popular songs.
#[derive(Clone, Debug)]
pub struct PairVotes {
    incidence: Incidence,
    seed_factors: Vec<f64>,
    candidate_factors: Vec<f64>,
    popularity: Popularity,
}

impl PairVotes {
    /// a = 1, b = 0: each seed adds the confidence of the rule A → B.
    #[must_use]
    pub fn confidence(training: &Baskets) -> Self {
        Self::new(training, 1.0, 0.0)
    }

    /// a = b = ½: each seed adds the cosine of the two songs' playlist vectors (Sarwar, Karypis, Konstan, Riedl,
    /// "Item-based collaborative filtering recommendation algorithms", WWW 2001; Deshpande, Karypis 2004).
    #[must_use]
    pub fn cosine(training: &Baskets) -> Self {
        Self::new(training, 0.5, 0.5)
    }

    /// With any exponents a and b.
    #[must_use]
    pub fn new(training: &Baskets, seed_exponent: f64, candidate_exponent: f64) -> Self {
        let incidence = Incidence::new(training.titles.len(), training.iter().map(|songs| (songs, 1.0)));
        let factors = |exponent: f64| -> Vec<f64> {
            (0..incidence.len() as u32).map(|song| libm::pow(f64::from(incidence.support(song)), -exponent)).collect()
        };
        Self {
            seed_factors: factors(seed_exponent),
            candidate_factors: factors(candidate_exponent),
            popularity: Popularity::new(training),
            incidence,
        }
    }
}

impl Recommender for PairVotes {
    fn ranker(&self) -> Ranker<'_> {
        let mut playlist_weights = vec![0.0; self.incidence.playlists()];
        let mut sums = vec![0.0; self.incidence.len()];
        Box::new(move |seeds, count| {
            // Σ_A f_A · n_AB = Σ over playlists with B of the f_A of the seeds in them: each playlist is read once,
            // however many seeds it has.
            let mut playlists = Vec::new();
            for &seed in seeds {
                for &playlist in self.incidence.playlists_of(seed) {
                    let weight: &mut f64 = &mut playlist_weights[playlist as usize];
                    if *weight == 0.0 {
                        playlists.push(playlist);
                    }
                    *weight += self.seed_factors[seed as usize];
                }
            }
            let mut touched = Vec::new();
            for playlist in playlists {
                let weight = std::mem::take(&mut playlist_weights[playlist as usize]);
                for &song in self.incidence.songs_of(playlist) {
                    let sum: &mut f64 = &mut sums[song as usize];
                    if *sum == 0.0 {
                        touched.push(song);
                    }
                    *sum += weight;
                }
            }
            let score =
                |song: u32| (song, std::mem::take(&mut sums[song as usize]) * self.candidate_factors[song as usize]);
            let mut scores: Vec<(u32, f64)> = touched.into_iter().map(score).collect();
            scores.retain(|(song, _)| !seeds.contains(song));
            let mut list = take_best(&mut scores, count);
            self.popularity.fill(&mut list, seeds, count);
            list
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::BasketsBuilder;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn votes_are_sums_over_pairs(
            lists in prop::collection::vec(prop::collection::btree_set(0_u32..12, 1..8), 1..25),
            seeds in prop::collection::btree_set(0_u32..12, 1..4),
        ) {
            let mut builder = BasketsBuilder::default();
            for (at, list) in lists.iter().enumerate() {
                // Song numbers are given in the order of appearance: an extra playlist puts them in order.
                (0..12).filter(|_| at == 0).for_each(|song| builder.add("all", "", &song.to_string(), None));
                list.iter().for_each(|song| builder.add(&at.to_string(), "", &song.to_string(), None));
            }
            let baskets = builder.finish();
            let count = |wanted: &[u32]| {
                baskets.iter().filter(|list| wanted.iter().all(|song| list.contains(song))).count() as f64
            };
            let seeds: Vec<u32> = seeds.into_iter().collect();
            let mut expected: Vec<(u32, f64)> = (0..12)
                .filter(|song| !seeds.contains(song))
                .map(|song| (song, seeds.iter().map(|&seed| count(&[seed, song]) / count(&[seed])).sum()))
                .collect();
            expected.sort_by(|left, right| right.1.total_cmp(&left.1));
            let recommender = PairVotes::confidence(&baskets);
            let ranking = recommender.ranker()(&seeds, 12);
            prop_assert_eq!(ranking.len(), expected.len());
            for (song, (_, score)) in ranking.iter().zip(&expected) {
                let own = expected.iter().find(|(other, _)| other == song).map(|found| found.1);
                prop_assert!((own.unwrap_or(-1.0) - score).abs() < 1e-9);
            }
        }
    }
}
