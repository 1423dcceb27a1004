//! `segue-miner tune`: the parameters that suit some playlists.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use segue_miner::build::Plan;
use segue_miner::evaluate::restrict::restrict;
use segue_miner::evaluate::split::Split;
use segue_miner::tune::{METRIC, Outcome, tune};

use super::evaluate::read_list;
use super::progress::Progress;
use super::{InputArguments, WeightArguments, share};

/// Search for the parameters that guess held-out playlists best, and write them to a file for `mine --parameters`.
///
/// One parameter after another is moved a step, and stays where the guesses get better (NDCG@100, the mean over 1, 5, 10
/// and 25 seeds). Without tuning there are defaults, which suit playlists of music listeners.
#[derive(Args)]
#[command(after_help = "Examples:
  segue-miner tune lists.csv --output parameters.json
  segue-miner mine lists.csv --parameters parameters.json --store store
  segue-miner tune lists.csv --leave-out 1 --output p.json; segue-miner evaluate lists.csv --split-seed 1 --parameters p.json

A search takes some forty models. The table on the standard output has all that was tried.")]
pub(crate) struct Tune {
    #[command(flatten)]
    input: InputArguments,
    /// Share of the playlists to validate on, from 0 to 1.
    #[arg(long, default_value_t = 0.2, value_name = "SHARE", value_parser = share)]
    hold_out: f64,
    /// Seeds of the splits to validate on; more are surer and slower.
    #[arg(long, value_delimiter = ',', default_value = "1", value_name = "N,…")]
    validation_seed: Vec<u64>,
    /// Leave out the playlists that `evaluate --split-seed N` judges on, so that it can judge what is found here.
    #[arg(long, value_name = "N")]
    leave_out: Option<u64>,
    /// Leave out songs that are in fewer playlists.
    #[arg(long, default_value_t = 2, value_name = "N")]
    min_playlists: u32,
    /// Leave out songs that this CSV (`artist_name`, `track_name`) does not have.
    #[arg(long, value_name = "FILE")]
    songs: Option<PathBuf>,
    /// How often to go through all parameters; the search ends before when nothing gets better.
    #[arg(long, default_value_t = 1, value_name = "N")]
    rounds: usize,
    #[command(flatten)]
    weights: WeightArguments,
    /// Write the parameters here instead of behind the table.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Tune {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let list = self.songs.as_ref().map(read_list).transpose()?;
        let mut baskets = self.input.read()?.baskets;
        restrict(&mut baskets, self.min_playlists, list.as_ref());
        if let Some(seed) = self.leave_out {
            baskets = Split::seeded(&baskets, self.hold_out, seed).training;
        }
        if baskets.len() < 10 {
            bail!("{} playlists are too few to hold some out: give more, or lower --min-playlists", baskets.len());
        }
        let splits: Vec<Split> =
            self.validation_seed.iter().map(|&seed| Split::seeded(&baskets, self.hold_out, seed)).collect();
        let mut plan = Plan::default();
        self.weights.apply(&mut plan);
        let progress = Progress::spinner("tuning");
        let outcome = tune(&splits, &plan, self.rounds, &|what| progress.say(what));
        progress.done();
        let outcome = outcome?;
        let parameters = serde_json::to_string_pretty(&outcome.parameters)? + "\n";
        let mut text = table(&outcome);
        match &self.output {
            Some(path) => fs::write(path, parameters).with_context(|| format!("writing {}", path.display()))?,
            None => text = format!("{text}\n{parameters}"),
        }
        Ok(std::io::stdout().write_all(text.as_bytes())?)
    }
}

fn table(outcome: &Outcome) -> String {
    let row = |trial: &segue_miner::tune::Trial| {
        let kept = if trial.kept { "yes" } else { "" };
        format!("| {} | {} | {:.4} | {kept} |\n", trial.parameter, trial.value, trial.result)
    };
    let rows: String = outcome.trials.iter().map(row).collect();
    let name = METRIC.name();
    format!(
        "| parameter | value | {name} | kept |\n|---|---|---|---|\n{rows}\n{name} was {:.4}, is {:.4}.\n",
        outcome.before, outcome.after
    )
}
