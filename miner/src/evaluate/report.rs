//! Several systems on several splits, as a table for people and as JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::metrics::{Judgement, Metric};
use super::queries::Queries;
use super::summary::{Difference, Estimate, Summary, half_interval, mean, standard_error_of_mean};

/// Systems judged on the same queries, split by split.
#[derive(Clone, Debug, Default)]
pub struct Report {
    names: Vec<String>,
    seed_counts: Vec<usize>,
    splits: Vec<SplitReport>,
}

/// Facts about one split.
#[derive(Clone, Debug, Serialize)]
pub struct SplitFacts {
    /// What tells it from others: its seed, or the file that was held out.
    pub name: String,
    /// Playlists trained on.
    pub training_playlists: usize,
    /// Songs in them.
    pub known_songs: usize,
    /// Playlists held out.
    pub held_out_playlists: usize,
    /// Share of the places in these that hold songs which no training playlist has.
    pub unknown_share: f64,
    /// Queries, by number of seeds in the order of [`Queries::seed_counts`].
    pub queries: Vec<usize>,
}

#[derive(Clone, Debug)]
struct SplitReport {
    facts: SplitFacts,
    summaries: Vec<Summary>,
    /// By system: the first less this one, by metric.
    differences: Vec<Vec<Difference>>,
}

/// A figure over all splits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Combined {
    /// The mean of the splits' figures.
    pub value: f64,
    /// Its standard error from the scatter over playlists, the splits counting as independent.
    pub standard_error: f64,
    /// Its standard error from the scatter over splits; with a single split there is none.
    pub standard_error_over_splits: Option<f64>,
}

impl Combined {
    fn of(estimates: &[Estimate]) -> Self {
        let values: Vec<f64> = estimates.iter().map(|estimate| estimate.value).collect();
        let squares: f64 = estimates.iter().map(|estimate| estimate.standard_error.powi(2)).sum();
        Self {
            value: mean(values.iter().copied()),
            standard_error: squares.sqrt() / estimates.len().max(1) as f64,
            standard_error_over_splits: (values.len() > 1).then(|| standard_error_of_mean(&values)),
        }
    }

    /// The larger of the two errors.
    fn error(&self) -> f64 {
        self.standard_error.max(self.standard_error_over_splits.unwrap_or(0.0))
    }
}

/// The first system against another on the same queries.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The figure.
    pub metric: Metric,
    /// Mean of the first over mean of the other.
    pub ratio: f64,
    /// Mean of the first less mean of the other.
    pub difference: Combined,
    /// Ends of the 95 % interval of the difference, over playlists.
    pub interval: (f64, f64),
}

impl Report {
    /// A report on systems of these names. The first is the one that the others are compared with.
    #[must_use]
    pub fn new(names: Vec<String>, seed_counts: Vec<usize>) -> Self {
        Self { names, seed_counts, splits: Vec::new() }
    }

    /// Adds a split with the judgement of each system, in the order of their names.
    pub fn add(&mut self, name: String, training_playlists: usize, queries: &Queries, judgements: &[Judgement]) {
        let difference = |other: &Judgement| -> Vec<Difference> {
            let of = |metric| match judgements.first() {
                Some(first) if Metric::is_of_query(metric) => Difference::new(queries, metric, first, other),
                _ => Difference::default(),
            };
            Metric::ALL.into_iter().map(of).collect()
        };
        self.splits.push(SplitReport {
            facts: SplitFacts {
                name,
                training_playlists,
                known_songs: queries.known_songs(),
                held_out_playlists: queries.held_out,
                unknown_share: queries.unknown_places as f64 / queries.places.max(1) as f64,
                queries: queries.seed_counts.iter().map(|&count| queries.with_seeds(count).len()).collect(),
            },
            summaries: judgements.iter().map(|judgement| Summary::new(queries, judgement)).collect(),
            differences: judgements.iter().map(difference).collect(),
        });
    }

    /// A system's figure: the mean over numbers of seeds and splits.
    #[must_use]
    pub fn mean(&self, system: usize, metric: Metric) -> Combined {
        Combined::of(&self.splits.iter().map(|split| split.summaries[system].mean(metric)).collect::<Vec<_>>())
    }

    /// A system's figure for one number of seeds, by position.
    #[must_use]
    pub fn by_seeds(&self, system: usize, metric: Metric, at: usize) -> Combined {
        let of = |split: &SplitReport| split.summaries[system].by_seeds(metric)[at];
        Combined::of(&self.splits.iter().map(of).collect::<Vec<_>>())
    }

    /// The first system against another, in a metric [of single queries](Metric::is_of_query).
    #[must_use]
    pub fn compare(&self, other: usize, metric: Metric) -> Comparison {
        let differences: Vec<Difference> =
            self.splits.iter().map(|split| split.differences[other][metric as usize]).collect();
        let estimate =
            |difference: &Difference| Estimate { value: difference.value, standard_error: difference.standard_error };
        let difference = Combined::of(&differences.iter().map(estimate).collect::<Vec<_>>());
        let playlists: usize = differences.iter().map(|difference| difference.playlists).sum();
        let half = half_interval(difference.standard_error, playlists.saturating_sub(self.splits.len()));
        Comparison {
            metric,
            ratio: self.mean(0, metric).value / self.mean(other, metric).value,
            difference,
            interval: (difference.value - half, difference.value + half),
        }
    }

    /// Tables in Markdown, aligned so that they read as text.
    #[must_use]
    pub fn tables(&self) -> String {
        let mut text = String::new();
        for split in &self.splits {
            let facts = &split.facts;
            let counts: Vec<String> =
                self.seed_counts.iter().zip(&facts.queries).map(|(k, queries)| format!("{k}: {queries}")).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "Split {}: trained on {} playlists with {} songs; {} playlists held out ({:.1} % of their songs \
                 unknown); queries by number of seeds: {}.",
                facts.name,
                facts.training_playlists,
                facts.known_songs,
                facts.held_out_playlists,
                facts.unknown_share * 100.0,
                counts.join(", ")
            );
        }
        let several = if self.splits.len() > 1 { " and splits" } else { "" };
        let _ = writeln!(text, "\nMeans over numbers of seeds{several}:\n");
        let mut rows = vec![std::iter::once("system".to_owned()).chain(names(Metric::ALL)).collect::<Vec<_>>()];
        for (system, name) in self.names.iter().enumerate() {
            let figures = Metric::ALL.into_iter().map(|metric| shown(metric, self.mean(system, metric).value));
            rows.push(std::iter::once(name.clone()).chain(figures).collect());
        }
        table(&mut text, &rows);

        let metric = Metric::Ndcg100;
        let _ = writeln!(text, "\n{} by number of seeds; ± is the standard error of the mean:\n", metric.name());
        let counts = self.seed_counts.iter().map(ToString::to_string);
        let header = std::iter::once("system".to_owned()).chain(counts).chain(["mean".to_owned(), "±".to_owned()]);
        let mut rows = vec![header.collect::<Vec<_>>()];
        for (system, name) in self.names.iter().enumerate() {
            let figures = (0..self.seed_counts.len()).map(|at| shown(metric, self.by_seeds(system, metric, at).value));
            let mean = self.mean(system, metric);
            let last = [shown(metric, mean.value), shown(metric, mean.error())];
            rows.push(std::iter::once(name.clone()).chain(figures).chain(last).collect());
        }
        table(&mut text, &rows);

        if let [first, others @ ..] = self.names.as_slice()
            && !others.is_empty()
        {
            let _ = writeln!(
                text,
                "\n{first} against the others on the same queries, {}: ratio, difference with its standard error, 95 % \
                 interval:\n",
                metric.name()
            );
            let header = ["against", "ratio", "difference", "±", "from", "to"];
            let mut rows = vec![header.map(str::to_owned).to_vec()];
            for (other, name) in others.iter().enumerate() {
                let found = self.compare(other + 1, metric);
                let figures =
                    [found.ratio, found.difference.value, found.difference.error(), found.interval.0, found.interval.1];
                rows.push(std::iter::once(name.clone()).chain(figures.map(|figure| format!("{figure:.4}"))).collect());
            }
            table(&mut text, &rows);
        }
        text
    }

    /// Everything, for programs.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let systems = self.names.iter().enumerate().map(|(system, name)| {
            let metrics = Metric::ALL.into_iter().map(|metric| {
                let by_seeds: serde_json::Map<String, serde_json::Value> = (0..)
                    .zip(&self.seed_counts)
                    .map(|(at, k)| (k.to_string(), serde_json::json!(self.by_seeds(system, metric, at))))
                    .collect();
                let by_split: Vec<f64> =
                    self.splits.iter().map(|split| split.summaries[system].mean(metric).value).collect();
                let figures = serde_json::json!({
                    "mean": self.mean(system, metric), "by_seeds": by_seeds, "by_split": by_split,
                });
                (metric.name().to_owned(), figures)
            });
            serde_json::json!({ "name": name, "metrics": metrics.collect::<serde_json::Map<_, _>>() })
        });
        let comparisons = self.names.iter().enumerate().skip(1).map(|(other, name)| {
            let metrics = Metric::ALL.into_iter().filter(|metric| metric.is_of_query());
            let metrics: Vec<Comparison> = metrics.map(|metric| self.compare(other, metric)).collect();
            serde_json::json!({ "system": self.names[0], "against": name, "metrics": metrics })
        });
        serde_json::json!({
            "seed_counts": self.seed_counts,
            "splits": self.splits.iter().map(|split| &split.facts).collect::<Vec<_>>(),
            "systems": systems.collect::<Vec<_>>(),
            "comparisons": comparisons.collect::<Vec<_>>(),
        })
    }
}

fn names(metrics: impl IntoIterator<Item = Metric>) -> impl Iterator<Item = String> {
    metrics.into_iter().map(|metric| metric.name().to_owned())
}

fn shown(metric: Metric, value: f64) -> String {
    if metric == Metric::Clicks { format!("{value:.2}") } else { format!("{value:.4}") }
}

/// A Markdown table: the first row is its header, the first column is text, the others are numbers.
fn table(text: &mut String, rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).max(3);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for (at, row) in rows.iter().enumerate() {
        for ((cell, &width), column) in row.iter().zip(&widths).zip(0..) {
            let _ = if column == 0 { write!(text, "| {cell:<width$} ") } else { write!(text, "| {cell:>width$} ") };
        }
        text.push_str("|\n");
        if at == 0 {
            for (column, &width) in widths.iter().enumerate() {
                let colon = if column == 0 { '-' } else { ':' };
                let _ = write!(text, "|{:-<1$}{colon}", "", width + 1);
            }
            text.push_str("|\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::BasketsBuilder;
    use crate::evaluate::judge;
    use crate::evaluate::recommenders::{PairVotes, Popularity};
    use crate::evaluate::split::Split;

    fn report() -> Report {
        // Two tastes, one of them larger: neighbours know which, popularity does not.
        let mut builder = BasketsBuilder::default();
        for playlist in 0..90_u32 {
            for song in 0..5 {
                let taste = u32::from(playlist % 3 == 0);
                let title = format!("{taste} {}", (playlist + song * song) % 8);
                builder.add(&playlist.to_string(), "", &title, None);
            }
        }
        let baskets = builder.finish();
        let mut report = Report::new(vec!["cosine".into(), "popularity".into()], vec![1, 2]);
        for seed in 1..=3 {
            let split = Split::seeded(&baskets, 0.3, seed);
            let queries = Queries::new(&split, &[1, 2], 1);
            let judgements = [
                judge(&PairVotes::cosine(&split.training), &queries),
                judge(&Popularity::new(&split.training), &queries),
            ];
            report.add(seed.to_string(), split.training.len(), &queries, &judgements);
        }
        report
    }

    #[test]
    fn neighbours_beat_popularity_and_the_interval_says_so() {
        let report = report();
        let found = report.compare(1, Metric::Ndcg100);
        let difference = report.mean(0, Metric::Ndcg100).value - report.mean(1, Metric::Ndcg100).value;
        assert!((found.difference.value - difference).abs() < 1e-12);
        assert!(found.ratio > 1.0 && found.interval.0 > 0.0 && found.interval.0 < found.interval.1, "{found:?}");
        let itself = report.compare(0, Metric::Ndcg100);
        assert_eq!((itself.ratio, itself.difference.value, itself.interval), (1.0, 0.0, (0.0, 0.0)));
        assert!(found.difference.standard_error_over_splits.is_some());
    }

    #[test]
    fn the_tables_are_aligned_and_the_json_has_every_metric() {
        let report = report();
        let tables = report.tables();
        let rows: Vec<&str> = tables.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 4 + 4 + 3, "{tables}");
        let width = |row: &str| row.chars().count();
        let changes = rows.windows(2).filter(|pair| width(pair[0]) != width(pair[1])).count();
        assert_eq!(changes, 2, "within a table all rows are as wide: {tables}");
        let json = report.json();
        for metric in Metric::ALL {
            let mean = &json["systems"][0]["metrics"][metric.name()]["mean"]["value"];
            assert_eq!(mean.as_f64(), Some(report.mean(0, metric).value), "{}", metric.name());
        }
        assert_eq!(json["comparisons"][0]["against"], "popularity");
        assert_eq!(json["splits"].as_array().map(Vec::len), Some(3));
    }
}
