//! Measuring a model before it is published, and not letting a worse one through: arguments of `mine` and `demo`.

use std::fmt;

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};
use segue_miner::baskets::Baskets;
use segue_miner::build::Plan;
use segue_miner::evaluate::gate::{Compared, Evaluation, Gate, METRIC, Verdict};
use segue_miner::evaluate::recommenders::{build_model, draft_model, open};
use segue_miner::evaluate::trained_on::TrainedOn;
use segue_model::Model;
use segue_store::{Error, ModelHash, Name, Store};

use super::progress::Progress;
use super::share;

/// Whether and how to measure.
#[derive(Args)]
pub(crate) struct GateArguments {
    /// Measure: hold a fifth of the playlists out (chosen by what is in them), train on the others, and note in the
    /// model how well the held-out ones are guessed. The model itself is trained on all.
    #[arg(long)]
    evaluate: bool,
    /// Measure, and move the alias only if the new model is not worse than the current one at guessing held-out
    /// playlists that neither has seen. Otherwise the new model stays in the store without alias and the exit code is
    /// not 0.
    #[arg(
        long,
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "lenient",
        value_name = "MODE"
    )]
    gate: Option<GateMode>,
    /// What the new model may lose of the current one's NDCG@100, as a share of it.
    #[arg(long, default_value_t = 0.02, value_name = "SHARE", value_parser = share)]
    gate_margin: f64,
    /// Playlists that neither model has seen which are needed for a judgement.
    #[arg(long, default_value_t = 50, value_name = "N")]
    gate_playlists: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GateMode {
    /// Where nothing is sure, move the alias with a warning.
    Lenient,
    /// Where nothing is sure, do not move the alias.
    Strict,
}

impl GateArguments {
    /// Whether models say how good they are.
    pub(crate) fn measures(&self) -> bool {
        self.evaluate || self.gate.is_some()
    }

    /// Whether there is a gate.
    pub(crate) fn guards(&self) -> bool {
        self.gate.is_some()
    }

    /// The figures of the playlists' model, if they are wanted and there are any.
    pub(crate) fn measure(&self, baskets: &Baskets, plan: &Plan) -> anyhow::Result<Option<Evaluation>> {
        if !self.measures() {
            return Ok(None);
        }
        let progress = Progress::spinner("training without held-out playlists, asking about them");
        let mut whole = None;
        let evaluation = Evaluation::new(baskets, |training| {
            let draft = draft_model(training, plan);
            whole = plan.budget.map(|_| draft.clone());
            open(draft, plan.budget)
        });
        // The same playlists are held out again, so it is the draft of the same training playlists.
        let whole = whole.map(|draft| Evaluation::new(baskets, |_| open(draft, None))).transpose();
        progress.done();
        let evaluation = evaluation.context("measuring the model")?;
        let whole = whole.context("measuring the model without its budget")?.flatten();
        match &evaluation {
            Some(evaluation) => {
                let figure = evaluation.mean(METRIC);
                eprintln!(
                    "{:<10} {:.4} ± {:.4} on {} held-out playlists",
                    METRIC.name(),
                    figure.value,
                    figure.standard_error,
                    evaluation.playlists()
                );
                if let Some(whole) = whole {
                    let without = whole.mean(METRIC).value;
                    let given_up = (1.0 - figure.value / without) * 100.0;
                    eprintln!("           {without:.4} without the budget, which costs {given_up:.1} %");
                }
            }
            None => eprintln!("not measured: no held-out playlist has two songs that other playlists have"),
        }
        Ok(evaluation)
    }

    /// Says whether the alias may move to this model, and prints why.
    ///
    /// # Errors
    /// It may not.
    pub(crate) fn admit(
        &self,
        store: &Store,
        alias: &Name,
        candidate: ModelHash,
        baskets: &Baskets,
        plan: &Plan,
        evaluation: Option<&Evaluation>,
    ) -> anyhow::Result<()> {
        let Some(mode) = self.gate else { return Ok(()) };
        let current = match store.alias(alias) {
            Ok(record) if record.hash == candidate => return Ok(()),
            Ok(record) => record.hash,
            Err(Error::AliasMissing { .. }) => {
                eprintln!("gate: {alias} means no model yet, so there is nothing to compare with");
                return Ok(());
            }
            Err(error) => return Err(error).context("looking for the model to compare with"),
        };
        let refused = |why: &dyn fmt::Display| {
            anyhow!(
                "{alias} stays model {current}: {why}. The new model is in the store, without alias; `segue-miner alias \
                 set {} --alias {alias}` moves the alias all the same",
                &candidate.to_string()[..12]
            )
        };
        let unsure = |why: &dyn fmt::Display| {
            if mode == GateMode::Strict {
                return Err(refused(why));
            }
            eprintln!("gate: warning: {why}; {alias} is moved all the same (--gate=strict would not)");
            Ok(())
        };

        let opened = store.read_model(current).map_err(anyhow::Error::from).and_then(|bytes| {
            let model = Model::open(&bytes)?;
            let trained_on = TrainedOn::of_file(model.header(), &bytes);
            Ok((model, trained_on))
        });
        let (model, trained_on) = match opened {
            Ok(opened) => opened,
            Err(error) => return unsure(&format!("the current model cannot be asked: {error:#}")),
        };
        let gate = Gate { margin: self.gate_margin, min_playlists: self.gate_playlists };
        let progress = Progress::spinner("comparing with the current model");
        let verdict =
            gate.judge(&model, trained_on.as_ref(), baskets, evaluation, |training| build_model(training, plan));
        progress.done();
        match verdict.context("comparing with the current model")? {
            Verdict::Good(compared) => {
                eprintln!("gate: {}", self.describe(&compared));
                Ok(())
            }
            Verdict::Unsure(compared) => {
                let described = self.describe(&compared);
                unsure(&format!("the new model may be worse, or it may be chance: {described}"))
            }
            Verdict::Worse(compared) => Err(refused(&format!("the new model is worse: {}", self.describe(&compared)))),
            Verdict::Undecided(reason) => unsure(&format!("the models cannot be compared: {reason}")),
        }
    }

    fn describe(&self, compared: &Compared) -> String {
        let (low, high) = compared.difference.interval();
        format!(
            "{} is {:.4} where the current model has {:.4}, on {} playlists that neither was trained on (difference \
             {:+.4}, 95 % interval {low:+.4} to {high:+.4}; a loss of {:.4} is allowed)",
            METRIC.name(),
            compared.new,
            compared.current,
            compared.difference.playlists,
            compared.difference.value,
            self.gate_margin * compared.current
        )
    }
}
