//! Averages of a judgement, how sure they are, and paired differences between two recommenders.

use serde::Serialize;

use super::metrics::{Judgement, Metric};
use super::queries::Queries;

/// A mean with its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean.
    pub value: f64,
    /// The standard deviation to be expected of that mean were other playlists held out; 0 where that cannot be told.
    pub standard_error: f64,
}

/// The averages of one recommender on one split.
#[derive(Clone, Debug)]
pub struct Summary {
    /// By metric in the order of [`Metric::ALL`], then by number of seeds in the order of [`Queries::seed_counts`].
    by_seeds: Vec<Vec<Estimate>>,
    /// By metric: the mean over the numbers of seeds.
    means: Vec<Estimate>,
}

impl Summary {
    /// Averages over queries, for each number of seeds, and the mean of these averages. Numbers of seeds without any
    /// query are left out of that mean.
    #[must_use]
    pub fn new(queries: &Queries, judgement: &Judgement) -> Self {
        let mut summary = Self { by_seeds: Vec::new(), means: Vec::new() };
        for metric in Metric::ALL {
            let (by_seeds, mean) = if metric.is_of_query() {
                estimate(queries, |at| judgement.values[at].get(metric))
            } else {
                let exact = |&value: &f64| Estimate { value, standard_error: 0.0 };
                let by_seeds: Vec<Estimate> = judgement.coverage.iter().map(exact).collect();
                let asked = queries.seed_counts.iter().zip(&by_seeds);
                let asked = asked.filter(|(count, _)| !queries.with_seeds(**count).is_empty());
                let mean = exact(&mean(asked.map(|(_, estimate)| estimate.value)));
                (by_seeds, mean)
            };
            summary.by_seeds.push(by_seeds);
            summary.means.push(mean);
        }
        summary
    }

    /// The mean over the numbers of seeds.
    #[must_use]
    pub fn mean(&self, metric: Metric) -> Estimate {
        self.means[metric as usize]
    }

    /// The mean for each number of seeds, in the order of [`Queries::seed_counts`].
    #[must_use]
    pub fn by_seeds(&self, metric: Metric) -> &[Estimate] {
        &self.by_seeds[metric as usize]
    }
}

/// How much better one recommender is than another on the same queries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// Mean of the one less mean of the other, over the numbers of seeds.
    pub value: f64,
    /// Its standard error, from the differences query by query.
    pub standard_error: f64,
    /// Held-out playlists with a query.
    pub playlists: usize,
}

impl Difference {
    /// Of a metric [of single queries](Metric::is_of_query): `one` less `other`.
    #[must_use]
    pub fn new(queries: &Queries, metric: Metric, one: &Judgement, other: &Judgement) -> Self {
        let (_, mean) = estimate(queries, |at| one.values[at].get(metric) - other.values[at].get(metric));
        Self { value: mean.value, standard_error: mean.standard_error, playlists: queries.playlists() }
    }

    /// The interval that holds the true difference with 95 % confidence (Student's t, playlists being independent).
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        let half = half_interval(self.standard_error, self.playlists.saturating_sub(1));
        (self.value - half, self.value + half)
    }

    /// Whether the true difference is below 0 with 95 % confidence: a one-sided paired t-test.
    #[must_use]
    pub fn is_surely_negative(&self) -> bool {
        self.value + ONE_SIDED.of(self.playlists.saturating_sub(1)) * self.standard_error < 0.0
    }
}

/// The mean for each number of seeds and the mean over them, with standard errors.
///
/// The queries of one playlist are not independent, so the mean's error is that of a mean over playlists: with x_p the
/// sum of a playlist's deviations, each divided by the number of queries with as many seeds and by the number of means,
/// it is √(Σ x_p² · P/(P − 1)), the cluster-robust error (Liang, Zeger, "Longitudinal data analysis using generalized
/// linear models", Biometrika 73(1), 1986).
fn estimate(queries: &Queries, value: impl Fn(usize) -> f64) -> (Vec<Estimate>, Estimate) {
    let asked = queries.seed_counts.iter().filter(|&&count| !queries.with_seeds(count).is_empty()).count().max(1);
    let mut by_playlist = vec![0.0; queries.held_out];
    let mut by_seeds = Vec::new();
    let mut sum = 0.0;
    for &count in &queries.seed_counts {
        let range = queries.with_seeds(count);
        let number = range.len() as f64;
        let average = mean(range.clone().map(&value));
        let mut squares = 0.0;
        for at in range {
            let deviation = value(at) - average;
            squares += deviation * deviation;
            by_playlist[queries.all[at].playlist as usize] += deviation / number / asked as f64;
        }
        let standard_error = if number > 1.0 { (squares / (number - 1.0) / number).sqrt() } else { 0.0 };
        by_seeds.push(Estimate { value: average, standard_error });
        sum += average;
    }
    let playlists = queries.playlists() as f64;
    let squares: f64 = by_playlist.iter().map(|deviation| deviation * deviation).sum();
    let standard_error = if playlists > 1.0 { (squares * playlists / (playlists - 1.0)).sqrt() } else { 0.0 };
    (by_seeds, Estimate { value: sum / asked as f64, standard_error })
}

/// The mean of some values; 0 without any.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0_u32);
    for value in values {
        sum += value;
        count += 1;
    }
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

/// The standard error of the mean of some values, from how they scatter; 0 for fewer than two.
pub(super) fn standard_error_of_mean(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    if values.len() < 2 {
        return 0.0;
    }
    let average = mean(values.iter().copied());
    let squares: f64 = values.iter().map(|value| (value - average) * (value - average)).sum();
    (squares / (count - 1.0) / count).sqrt()
}

/// A quantile of Student's t distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Quantile {
    /// For 1 and 2 degrees of freedom.
    exact: [f64; 2],
    /// For infinitely many.
    normal: f64,
}

/// .95: ends intervals that are open to one side.
const ONE_SIDED: Quantile = Quantile { exact: [6.313_751_515, 2.919_985_580], normal: 1.644_853_626_951_472 };
/// .975: ends intervals with two ends.
const TWO_SIDED: Quantile = Quantile { exact: [12.706_204_736, 4.302_652_730], normal: 1.959_963_984_540_054 };

impl Quantile {
    /// From 3 degrees of freedom on the Cornish–Fisher expansion (Abramowitz, Stegun, "Handbook of Mathematical
    /// Functions", 26.7.5), good to 1 %; infinite for 0.
    fn of(self, degrees: usize) -> f64 {
        let (n, z) = (degrees as f64, self.normal);
        match degrees {
            0 => f64::INFINITY,
            1 | 2 => self.exact[degrees - 1],
            _ => {
                let power = |exponent: i32| z.powi(exponent);
                z + (power(3) + z) / (4.0 * n)
                    + (5.0 * power(5) + 16.0 * power(3) + 3.0 * z) / (96.0 * n * n)
                    + (3.0 * power(7) + 19.0 * power(5) + 17.0 * power(3) - 15.0 * z) / (384.0 * n * n * n)
            }
        }
    }
}

/// Half the width of a 95 % interval around a mean with this standard error.
pub(super) fn half_interval(standard_error: f64, degrees: usize) -> f64 {
    TWO_SIDED.of(degrees) * standard_error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::queries::Query;

    fn queries(of_playlists: &[(u32, usize)]) -> Queries {
        let mut all: Vec<Query> = of_playlists
            .iter()
            .map(|&(playlist, seeds)| Query { playlist, seeds: (0..seeds as u32).collect(), truth: vec![99] })
            .collect();
        all.sort_by_key(|query| query.seeds.len());
        let mut seed_counts: Vec<usize> = all.iter().map(|query| query.seeds.len()).collect();
        seed_counts.dedup();
        let held_out = 1 + of_playlists.iter().map(|&(playlist, _)| playlist as usize).max().unwrap_or(0);
        Queries {
            all,
            seed_counts,
            supports: vec![1; 100],
            song_artists: vec![0; 100],
            held_out,
            places: 0,
            unknown_places: 0,
        }
    }

    #[test]
    fn the_mean_is_over_numbers_of_seeds_whatever_the_number_of_queries() {
        let queries = queries(&[(0, 1), (1, 1), (2, 1), (2, 5)]);
        let values = [0.2, 0.4, 0.6, 1.0];
        let (by_seeds, mean) = estimate(&queries, |at| values[at]);
        assert!((by_seeds[0].value - 0.4).abs() < 1e-12);
        assert!((by_seeds[0].standard_error - (0.04_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(by_seeds[1], Estimate { value: 1.0, standard_error: 0.0 });
        assert!((mean.value - 0.7).abs() < 1e-12);
        // Half of the first mean's error, as the second mean has only one query.
        assert!((mean.standard_error - by_seeds[0].standard_error / 2.0).abs() < 1e-12);
    }

    #[test]
    fn queries_of_one_playlist_do_not_count_as_independent() {
        // The same values for both numbers of seeds: asking twice tells nothing new.
        let values = [0.1, 0.5, 0.9, 0.1, 0.5, 0.9];
        let twice = estimate(&queries(&[(0, 1), (1, 1), (2, 1), (0, 5), (1, 5), (2, 5)]), |at| values[at]).1;
        let once = estimate(&queries(&[(0, 1), (1, 1), (2, 1)]), |at| values[at]).1;
        assert!((twice.standard_error - once.standard_error).abs() < 1e-12);
        assert!((once.standard_error - standard_error_of_mean(&values[..3])).abs() < 1e-12);
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (degrees, one, two) in [
            (1, 6.314, 12.706),
            (2, 2.920, 4.303),
            (3, 2.353, 3.182),
            (5, 2.015, 2.571),
            (10, 1.812, 2.228),
            (30, 1.697, 2.042),
            (100_000, 1.645, 1.960),
        ] {
            assert!((ONE_SIDED.of(degrees) / one - 1.0).abs() < 0.01, "{degrees}: {}", ONE_SIDED.of(degrees));
            assert!((TWO_SIDED.of(degrees) / two - 1.0).abs() < 0.01, "{degrees}: {}", TWO_SIDED.of(degrees));
        }
    }

    #[test]
    fn a_difference_is_sure_where_its_error_is_small() {
        let difference = |value, standard_error| Difference { value, standard_error, playlists: 31 };
        assert!(difference(-0.018, 0.01).is_surely_negative());
        assert!(!difference(-0.016, 0.01).is_surely_negative());
        assert!(!difference(0.1, 0.01).is_surely_negative());
        let (low, high) = difference(-0.018, 0.01).interval();
        assert!(low < -0.038 && high > 0.002);
        assert!(!Difference { value: -1.0, standard_error: 0.0, playlists: 1 }.is_surely_negative());
    }
}
