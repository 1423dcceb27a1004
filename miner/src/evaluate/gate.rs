//! The gate before publication: is a new model worse than the current one?
//!
//! Both are asked the same questions about playlists of the new data that neither has seen. Which playlists may be asked
//! about is decided by a hash of what is in them, so it does not depend on the others; those that the current model was
//! trained on, as far as its [sketch](super::trained_on) tells, are left out; and in place of the new model, which has
//! been trained on everything, one is asked that was trained on all but them.

use segue_model::Model;
use segue_model::metadata::Metric as StoredMetric;

use super::judge;
use super::metrics::{Judgement, Metric};
use super::queries::Queries;
use super::recommenders::ModelRecommender;
use super::split::Split;
use super::summary::{Difference, Estimate, Summary};
use super::trained_on::TrainedOn;
use crate::baskets::Baskets;

/// Share of the playlists that may be held out.
pub const HOLD_OUT: f64 = 0.2;

/// Numbers of seeds that are asked with.
pub const SEED_COUNTS: [usize; 4] = [1, 5, 10, 25];

/// What the gate goes by.
pub const METRIC: Metric = Metric::Ndcg100;

/// Seed of the draw of seed songs.
const QUERY_SEED: u64 = 1;

/// A model's figures on held-out playlists, found with a model of the others.
#[derive(Clone, Debug)]
pub struct Evaluation {
    queries: Queries,
    judgement: Judgement,
}

impl Evaluation {
    /// Holds playlists out by their content, trains on the others with `train`, and asks; `None` if no held-out
    /// playlist has two songs that the others have.
    ///
    /// # Errors
    /// Those of `train`.
    pub fn new<E>(baskets: &Baskets, train: impl FnOnce(&Baskets) -> Result<Model, E>) -> Result<Option<Self>, E> {
        Self::of_split(&Split::by_content(baskets, HOLD_OUT), train)
    }

    fn of_split<E>(split: &Split, train: impl FnOnce(&Baskets) -> Result<Model, E>) -> Result<Option<Self>, E> {
        let queries = Queries::new(split, &SEED_COUNTS, QUERY_SEED);
        if queries.all.is_empty() {
            return Ok(None);
        }
        let model = train(&split.training)?;
        let judgement = judge(&ModelRecommender::new(&model, &split.training), &queries);
        Ok(Some(Self { queries, judgement }))
    }

    /// A figure: the mean over numbers of seeds.
    #[must_use]
    pub fn mean(&self, metric: Metric) -> Estimate {
        Summary::new(&self.queries, &self.judgement).mean(metric)
    }

    /// Held-out playlists that were asked about.
    #[must_use]
    pub fn playlists(&self) -> usize {
        self.queries.playlists()
    }

    /// The figures as a model's metadata holds them: each metric, the standard error of [`METRIC`], and the number of
    /// playlists they come from.
    #[must_use]
    pub fn stored(&self) -> Vec<StoredMetric> {
        let summary = Summary::new(&self.queries, &self.judgement);
        let metric = |name: &str, value| StoredMetric { name: name.to_owned(), value };
        let mut stored: Vec<StoredMetric> =
            Metric::ALL.into_iter().map(|of| metric(of.name(), summary.mean(of).value)).collect();
        stored.push(metric(&format!("{} standard error", METRIC.name()), summary.mean(METRIC).standard_error));
        stored.push(metric("held-out playlists", self.playlists() as f64));
        stored
    }
}

/// When a model counts as worse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// What a new model may lose of the current one's [`METRIC`], as a share of it.
    pub margin: f64,
    /// Playlists that must remain for a judgement.
    pub min_playlists: usize,
}

/// The current model and a new one on the same queries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// [`METRIC`] of the current model.
    pub current: f64,
    /// [`METRIC`] of the new model.
    pub new: f64,
    /// New less current.
    pub difference: Difference,
}

/// What the gate says of a new model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// It loses no more than the margin.
    Good(Compared),
    /// It loses more than the margin, but so few playlists leave open that this is chance.
    Unsure(Compared),
    /// It loses more than the margin, and [surely](Difference::is_surely_negative) is worse.
    Worse(Compared),
    /// Nothing can be said.
    Undecided(Reason),
}

/// Why nothing can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The current model's file has no sketch.
    #[error("the current model's file does not tell which playlists it was trained on")]
    NoSketch,
    /// Not enough playlists that neither model has seen.
    #[error(
        "only {left} of the {held_out} held-out playlists can be asked about (the current model was trained on {seen} of \
         them or on ones much like them), fewer than the {needed} needed"
    )]
    TooFew {
        /// Playlists that may be held out.
        held_out: usize,
        /// Those of them that the current model was trained on.
        seen: usize,
        /// Those left that have enough known songs.
        left: usize,
        /// How many are needed.
        needed: usize,
    },
}

impl Gate {
    /// Compares the current model with what `train` makes of the new playlists. `evaluation` is that of the new
    /// playlists, if it was made: it spares the training where the current model has seen none of them.
    ///
    /// # Errors
    /// Those of `train`.
    pub fn judge<E>(
        &self,
        current: &Model,
        trained_on: Option<&TrainedOn>,
        baskets: &Baskets,
        evaluation: Option<&Evaluation>,
        train: impl FnOnce(&Baskets) -> Result<Model, E>,
    ) -> Result<Verdict, E> {
        let Some(trained_on) = trained_on else {
            return Ok(Verdict::Undecided(Reason::NoSketch));
        };
        let held_out = Split::are_held_out(baskets, HOLD_OUT);
        let seen = trained_on.has_seen(baskets);
        let both = held_out.iter().zip(&seen).filter(|&(&held_out, &seen)| held_out && seen).count();
        let split = Split::new(baskets, |at| held_out[at] && !seen[at]);
        let too_few = |left| {
            let held_out = held_out.iter().filter(|&&held_out| held_out).count();
            Ok(Verdict::Undecided(Reason::TooFew { held_out, seen: both, left, needed: self.min_playlists }))
        };
        // Before the training, which takes longest.
        let left = Queries::new(&split, &SEED_COUNTS, QUERY_SEED).playlists();
        if left < self.min_playlists.max(2) {
            return too_few(left);
        }
        let made;
        let new = match evaluation {
            Some(evaluation) if both == 0 => evaluation,
            _ => match Evaluation::of_split(&split, train)? {
                Some(evaluation) => {
                    made = evaluation;
                    &made
                }
                None => return too_few(0),
            },
        };
        let current = judge(&ModelRecommender::new(current, baskets), &new.queries);
        let difference = Difference::new(&new.queries, METRIC, &new.judgement, &current);
        let compared = Compared {
            current: Summary::new(&new.queries, &current).mean(METRIC).value,
            new: new.mean(METRIC).value,
            difference,
        };
        Ok(if difference.value >= -self.margin * compared.current {
            Verdict::Good(compared)
        } else if difference.is_surely_negative() {
            Verdict::Worse(compared)
        } else {
            Verdict::Unsure(compared)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::BasketsBuilder;
    use crate::build::Plan;
    use crate::evaluate::recommenders::{BuildError, build_model};

    const GATE: Gate = Gate { margin: 0.02, min_playlists: 20 };

    /// Playlists of twelve tastes with 15 songs each; every song is of another taste in `noise` of 100 cases.
    fn playlists(from: u64, count: u64, noise: u64) -> Baskets {
        let mut state = from;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut builder = BasketsBuilder::default();
        for playlist in from..from + count {
            let own = random(12);
            for _ in 0..8 {
                let taste = if random(100) < noise { random(12) } else { own };
                builder.add(&playlist.to_string(), "", &format!("{taste} {}", random(15)), None);
            }
        }
        builder.finish()
    }

    fn train(baskets: &Baskets) -> Result<Model, BuildError> {
        build_model(baskets, &Plan::default())
    }

    fn verdict(old: &Baskets, new: &Baskets) -> Verdict {
        let current = train(old).unwrap();
        GATE.judge(&current, Some(&TrainedOn::new(old)), new, None, train).unwrap()
    }

    #[test]
    fn a_worse_model_is_told_from_a_better_one() {
        let (good, noisy) = (playlists(1, 500, 10), playlists(5_001, 500, 70));
        // The new playlists are noise for the most part, and so is what can be learned from them.
        let Verdict::Worse(compared) = verdict(&good, &noisy) else { panic!("{:?}", verdict(&good, &noisy)) };
        assert!(compared.new < compared.current && compared.difference.playlists >= 50);
        let Verdict::Good(compared) = verdict(&noisy, &good) else { panic!("{:?}", verdict(&noisy, &good)) };
        assert!(compared.new > compared.current);
    }

    #[test]
    fn what_the_current_model_has_seen_is_not_asked() {
        let data = playlists(1, 500, 10);
        let Verdict::Undecided(Reason::TooFew { held_out, seen, left, needed }) = verdict(&data, &data) else {
            panic!("{:?}", verdict(&data, &data))
        };
        assert!(held_out > 50 && seen == held_out && left == 0 && needed == 20);
    }

    #[test]
    fn a_model_that_does_not_say_what_it_has_seen_is_not_judged() {
        let data = playlists(1, 100, 10);
        let current = train(&data).unwrap();
        let verdict = GATE.judge(&current, None, &data, None, train).unwrap();
        assert_eq!(verdict, Verdict::Undecided(Reason::NoSketch));
    }

    #[test]
    fn an_evaluation_is_used_again_where_the_current_model_has_seen_nothing() {
        let (old, new) = (playlists(1, 300, 10), playlists(9_001, 500, 10));
        let current = train(&old).unwrap();
        let evaluation = Evaluation::new(&new, train).unwrap().expect("playlists to ask about");
        let sketch = TrainedOn::default();
        let again = GATE.judge(&current, Some(&sketch), &new, None, train).unwrap();
        let refuse = |_: &Baskets| -> Result<Model, BuildError> { panic!("trained although it was not needed") };
        assert_eq!(GATE.judge(&current, Some(&sketch), &new, Some(&evaluation), refuse).unwrap(), again);
    }

    #[test]
    fn stored_figures_are_those_of_the_evaluation() {
        let evaluation = Evaluation::new(&playlists(1, 300, 10), train).unwrap().expect("playlists to ask about");
        let stored = evaluation.stored();
        assert_eq!(stored.len(), Metric::ALL.len() + 2);
        let value = |name: &str| stored.iter().find(|metric| metric.name == name).map(|metric| metric.value);
        assert_eq!(value("NDCG@100"), Some(evaluation.mean(Metric::Ndcg100).value));
        assert_eq!(value("held-out playlists"), Some(evaluation.playlists() as f64));
        assert!(Evaluation::new(&playlists(1, 1, 0), train).unwrap().is_none());
    }
}
