//! Tuning: the parameters that guess held-out playlists best.
//!
//! A coordinate search, small on purpose: one parameter after another is moved by its step, upwards and, where that does
//! not help, downwards, as long as [`METRIC`] grows by more than [`LEAST_GAIN`]; that is a round. Parameters of the
//! scorer come last, since trying one takes no new model. What is measured is the mean over some splits of the playlists
//! given, so those that a final judgement is to be made on must not be among them.

use segue_model::Model;
use segue_model::file::{self, Parts};
use segue_model::metadata::{DataSet, Learned, Mining};
use segue_model::scoring::Scoring;
use serde::{Deserialize, Serialize};

use crate::baskets::Baskets;
use crate::build::budget::TooSmall;
use crate::build::{Plan, build};
use crate::evaluate::judge;
use crate::evaluate::metrics::Metric;
use crate::evaluate::queries::Queries;
use crate::evaluate::recommenders::{BuildError, ModelRecommender};
use crate::evaluate::split::Split;
use crate::evaluate::summary::Summary;
use crate::support::MinSupport;

/// What is made as large as it gets.
pub const METRIC: Metric = Metric::Ndcg100;

/// Share of [`METRIC`] by which a step must better it. Less is chance, and follows the validation playlists too closely.
pub const LEAST_GAIN: f64 = 0.0005;

/// Numbers of seeds that are asked with.
const SEED_COUNTS: [usize; 4] = [1, 5, 10, 25];

/// Seed of the draw of seed songs.
const QUERY_SEED: u64 = 1;

/// Steps in one direction in a round, at most.
const STEPS: usize = 4;

/// What decides how pairs are weighed and scored; as JSON, a file that `mine --parameters` takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// [`Mining::antecedent_exponent`], from 0 to 1.
    pub antecedent_exponent: f64,
    /// [`Mining::consequent_exponent`], from 0 to 1.
    pub consequent_exponent: f64,
    /// [`Mining::playlist_exponent`], from 0 to 1.
    pub playlist_exponent: f64,
    /// [`Mining::learned`].
    pub learned: Option<Learned>,
    /// How scores come from weights.
    pub scoring: Scoring,
}

impl Default for Parameters {
    fn default() -> Self {
        Self::of(&Mining { learned: Some(Learned::default()), ..Mining::default() }, &Scoring::default())
    }
}

impl Parameters {
    /// Those of a model.
    #[must_use]
    pub fn of(mining: &Mining, scoring: &Scoring) -> Self {
        Self {
            antecedent_exponent: mining.antecedent_exponent,
            consequent_exponent: mining.consequent_exponent,
            playlist_exponent: mining.playlist_exponent,
            learned: mining.learned.clone(),
            scoring: scoring.clone(),
        }
    }

    /// Puts them into a plan.
    pub fn apply(&self, plan: &mut Plan) {
        let Self { antecedent_exponent, consequent_exponent, playlist_exponent, learned, scoring } = self.clone();
        plan.mining = Mining {
            antecedent_exponent,
            consequent_exponent,
            playlist_exponent,
            learned,
            ..std::mem::take(&mut plan.mining)
        };
        plan.scoring = scoring;
    }

    /// Whether every number is in the range that its description gives.
    #[must_use]
    pub fn is_in_range(&self) -> bool {
        let exponents = [self.antecedent_exponent, self.consequent_exponent, self.playlist_exponent];
        let learned = self.learned.as_ref().is_none_or(|learned| {
            (1..=1024).contains(&learned.factors)
                && (1.0..=1000.0).contains(&learned.confidence)
                && learned.regularization > 0.0
                && learned.regularization.is_finite()
                && (1..=1000).contains(&learned.sweeps)
                && (1..=1000).contains(&learned.steps)
                && (0.0..=100.0).contains(&learned.weight)
        });
        exponents.iter().all(|exponent| (0.0..=1.0).contains(exponent)) && learned && self.scoring.is_in_range()
    }
}

/// A parameter that is searched for.
struct Dimension {
    name: &'static str,
    step: Step,
    /// `None` where there is nothing learned.
    of: fn(&mut Parameters) -> Option<&mut f64>,
}

enum Step {
    Add(f64),
    Multiply(f64),
}

impl Dimension {
    /// The value a step up or down from where it is, in few digits.
    fn next(&self, value: f64, up: bool) -> f64 {
        let next = match self.step {
            Step::Add(by) => value + if up { by } else { -by },
            Step::Multiply(by) => value * if up { by } else { 1.0 / by },
        };
        (next * 1e4).round() / 1e4
    }
}

/// In the order of the search.
const DIMENSIONS: [Dimension; 11] = [
    Dimension {
        name: "learned.confidence",
        step: Step::Multiply(1.5),
        of: |all| all.learned.as_mut().map(|learned| &mut learned.confidence),
    },
    Dimension {
        name: "learned.regularization",
        step: Step::Multiply(1.5),
        of: |all| all.learned.as_mut().map(|learned| &mut learned.regularization),
    },
    Dimension {
        name: "learned.weight",
        step: Step::Multiply(1.25),
        of: |all| all.learned.as_mut().map(|learned| &mut learned.weight),
    },
    Dimension { name: "antecedent_exponent", step: Step::Add(0.1), of: |all| Some(&mut all.antecedent_exponent) },
    Dimension { name: "consequent_exponent", step: Step::Add(0.1), of: |all| Some(&mut all.consequent_exponent) },
    Dimension { name: "playlist_exponent", step: Step::Add(0.25), of: |all| Some(&mut all.playlist_exponent) },
    Dimension { name: "scoring.seed_exponent", step: Step::Add(0.1), of: |all| Some(&mut all.scoring.seed_exponent) },
    Dimension { name: "scoring.breadth_base", step: Step::Add(0.04), of: |all| Some(&mut all.scoring.breadth_base) },
    Dimension { name: "scoring.breadth_slope", step: Step::Add(0.02), of: |all| Some(&mut all.scoring.breadth_slope) },
    Dimension { name: "scoring.artist_weight", step: Step::Add(0.1), of: |all| Some(&mut all.scoring.artist_weight) },
    Dimension {
        name: "scoring.artist_exponent",
        step: Step::Add(0.15),
        of: |all| Some(&mut all.scoring.artist_exponent),
    },
];

/// A value that was tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// The parameter.
    pub parameter: &'static str,
    /// Its value.
    pub value: f64,
    /// [`METRIC`] with it.
    pub result: f64,
    /// Whether it was kept.
    pub kept: bool,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The best parameters.
    pub parameters: Parameters,
    /// [`METRIC`] of those that the search began with.
    pub before: f64,
    /// [`METRIC`] of the best.
    pub after: f64,
    /// What was tried, in order.
    pub trials: Vec<Trial>,
}

/// Searches from the parameters of a plan, whose other numbers stay. Each of `splits` is one part of the measure;
/// `report` is told what is tried.
///
/// # Errors
/// A model of the playlists does not fit its file format.
pub fn tune(splits: &[Split], plan: &Plan, rounds: usize, report: &dyn Fn(&str)) -> Result<Outcome, BuildError> {
    let mut measure = Measure::new(splits, plan);
    let mut best = Parameters::of(&plan.mining, &plan.scoring);
    report("the parameters to begin with");
    let before = measure.of(&best)?;
    let mut outcome = Outcome { parameters: best.clone(), before, after: before, trials: Vec::new() };
    for round in 1..=rounds {
        let after_last_round = outcome.after;
        for dimension in &DIMENSIONS {
            for up in [true, false] {
                let mut steps = 0;
                while steps < STEPS {
                    let mut tried = best.clone();
                    let Some(value) = (dimension.of)(&mut tried) else { break };
                    *value = dimension.next(*value, up);
                    let value = *value;
                    if !tried.is_in_range() {
                        break;
                    }
                    report(&format!(
                        "round {round} of {rounds}, best {:.4}: {} = {value}",
                        outcome.after, dimension.name
                    ));
                    let result = measure.of(&tried)?;
                    let kept = result > outcome.after * (1.0 + LEAST_GAIN);
                    outcome.trials.push(Trial { parameter: dimension.name, value, result, kept });
                    if !kept {
                        break;
                    }
                    (best, outcome.after) = (tried, result);
                    steps += 1;
                }
                if steps > 0 {
                    break;
                }
            }
        }
        if outcome.after <= after_last_round {
            break;
        }
    }
    outcome.parameters = best;
    Ok(outcome)
}

/// Measures parameters on some splits.
struct Measure<'a> {
    plan: Plan,
    splits: Vec<(&'a Baskets, Queries)>,
    /// What the last models were mined with, and their parts: the scorer's parameters need no others.
    mined: Option<(Mining, Vec<Parts>)>,
}

impl<'a> Measure<'a> {
    fn new(splits: &'a [Split], plan: &Plan) -> Self {
        let queries = |split: &'a Split| (&split.training, Queries::new(split, &SEED_COUNTS, QUERY_SEED));
        // Rules of several songs take no part in ranking: no set of songs has that support.
        let plan = Plan { min_support: Some(MinSupport::Count(u32::MAX)), ..plan.clone() };
        Self { plan, splits: splits.iter().map(queries).collect(), mined: None }
    }

    fn of(&mut self, parameters: &Parameters) -> Result<f64, BuildError> {
        parameters.apply(&mut self.plan);
        if self.mined.as_ref().is_none_or(|(mining, _)| *mining != self.plan.mining) {
            self.mined = None;
            let parts =
                self.splits.iter().map(|(training, _)| Ok(build(training, DataSet::default(), &self.plan, &|_| {})?.0));
            self.mined = Some((self.plan.mining.clone(), parts.collect::<Result<_, TooSmall>>()?));
        }
        let mut sum = 0.0;
        for ((training, queries), parts) in self.splits.iter().zip(self.mined.iter().flat_map(|(_, parts)| parts)) {
            let mut parts = parts.clone();
            parts.metadata.scoring = parameters.scoring.clone();
            let model = Model::open(&file::write(parts)?)?;
            let judgement = judge(&ModelRecommender::new(&model, training), queries);
            sum += Summary::new(queries, &judgement).mean(METRIC).value;
        }
        Ok(sum / self.splits.len().max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::BasketsBuilder;

    fn splits() -> Vec<Split> {
        let mut builder = BasketsBuilder::default();
        for at in 0..120_u32 {
            for step in 0..8_u32 {
                let song = (at * 7 + step * step) % 40;
                builder.add(&at.to_string(), &format!("artist {}", song % 6), &format!("song {song}"), None);
            }
        }
        vec![Split::seeded(&builder.finish(), 0.2, 1)]
    }

    #[test]
    fn the_search_finds_its_way_out_of_bad_parameters() {
        let splits = splits();
        // The better known a song the better, and above all one by the same artist.
        let scoring = Scoring { candidate_exponent: 1.0, breadth_base: 0.0, artist_weight: 1.0, ..Scoring::default() };
        let plan = Plan { scoring, ..Plan::default() };
        let outcome = tune(&splits, &plan, 1, &|_| {}).unwrap();
        assert!(outcome.after > 1.01 * outcome.before, "{outcome:?}");
        assert!(outcome.trials.iter().filter(|trial| trial.kept).all(|trial| trial.result > outcome.before));
        // What it says of the best is what the best gets.
        assert_eq!(Measure::new(&splits, &plan).of(&outcome.parameters).unwrap(), outcome.after);
    }

    #[test]
    fn nothing_learned_is_nothing_to_search_for() {
        let outcome = tune(&splits(), &Plan::default(), 1, &|_| {}).unwrap();
        assert_eq!(outcome.parameters.learned, None);
        assert!(!outcome.trials.is_empty());
        assert!(outcome.trials.iter().all(|trial| !trial.parameter.starts_with("learned")));
    }

    #[test]
    fn parameters_survive_their_file_and_unknown_ones_are_refused() {
        let parameters = Parameters::default();
        let json = serde_json::to_value(&parameters).unwrap();
        assert_eq!(serde_json::from_value::<Parameters>(json.clone()).unwrap(), parameters);
        let mut misspelt = json;
        misspelt["antecedent_exponents"] = 1.into();
        assert!(serde_json::from_value::<Parameters>(misspelt).is_err());
        let mut plan = Plan::default();
        parameters.apply(&mut plan);
        assert_eq!(Parameters::of(&plan.mining, &plan.scoring), parameters);
        assert!(parameters.is_in_range());
        assert!(!Parameters { antecedent_exponent: f64::NAN, ..parameters }.is_in_range());
    }
}
