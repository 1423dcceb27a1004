//! The commands, one file each, and what several of them share.

pub(crate) mod alias;
pub(crate) mod demo;
pub(crate) mod evaluate;
mod gate;
pub(crate) mod itemsets;
pub(crate) mod mine;
mod output;
mod progress;
mod publish;
pub(crate) mod rules;
mod search;
mod summary;
mod transactions;
pub(crate) mod tune;
mod whole_file;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use segue_miner::build::{Plan, budget};
use segue_miner::fetch;
use segue_miner::read::{self, Playlists};
use segue_miner::size::ByteSize;
use segue_miner::tune::Parameters;
use segue_model::metadata::{Learned, Mining};
use segue_playlists::lines::Layout;
use segue_store::{Name, Store};

use progress::Progress;

/// The playlists to read.
#[derive(Args)]
pub(crate) struct InputArguments {
    /// CSV, FIMI .dat or Million Playlist Dataset .json files, also .gz; folders; http, https or file URLs.
    #[arg(value_name = "INPUT", required_unless_present = "dataset_url")]
    inputs: Vec<String>,
    /// Where to read from when no INPUT is named.
    #[arg(long, env = "DATASET_URL", hide_env_values = true, value_name = "URL")]
    dataset_url: Option<String>,
    /// How a CSV holds playlists: a header and one song a row (columns such as `pid`, `artist_name`, `track_name`), or
    /// one playlist a line, each field a song.
    #[arg(long, value_enum, default_value_t = LayoutArgument::Auto)]
    layout: LayoutArgument,
    /// What the data's SHA-256 has to be, as sha256sum prints it; with anything else nothing is mined. Empty: anything.
    #[arg(long, env = "DATASET_SHA256", default_value = "", hide_default_value = true, value_name = "SHA256")]
    dataset_sha256: String,
    /// Share of rows that may be unreadable, from 0 to 1.
    #[arg(long, default_value_t = 0.01, value_name = "SHARE")]
    max_unreadable: f64,
    /// Use a random sample of this many playlists; 0 for all.
    #[arg(long, env = "MAX_BASKETS", default_value_t = 0, value_name = "N")]
    max_baskets: u64,
    /// Seed of the sample.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum LayoutArgument {
    Auto,
    Rows,
    Lines,
}

impl LayoutArgument {
    /// What the user told; `None` to look.
    fn told(self) -> Option<Layout> {
        match self {
            Self::Auto => None,
            Self::Rows => Some(Layout::Rows),
            Self::Lines => Some(Layout::Lines),
        }
    }
}

impl InputArguments {
    /// What the user named.
    fn named(&self) -> &[String] {
        match self.inputs.as_slice() {
            [] => self.dataset_url.as_slice(),
            inputs => inputs,
        }
    }

    /// Makes sure that what is written does not take the place of what is read.
    fn spared_by(&self, output: Option<&Path>) -> anyhow::Result<()> {
        let Some(output) = output else { return Ok(()) };
        if let Some(input) = fetch::inputs(self.named())?.iter().find(|input| input.is_file(output)) {
            bail!("{} is read from here and would be lost: name another file to write (--output)", input.name);
        }
        Ok(())
    }

    /// Reads and samples the playlists, with progress on the terminal.
    fn read(&self) -> anyhow::Result<Playlists> {
        let mut playlists = read_playlists(self.named(), self.layout.told(), self.max_unreadable)?;
        if !self.dataset_sha256.is_empty() && self.dataset_sha256 != playlists.sha256 {
            bail!(
                "{} is not the data that was asked for: its SHA-256 is {}, not {}",
                playlists.name,
                playlists.sha256,
                self.dataset_sha256
            );
        }
        if let (count @ 1.., Ok(wanted)) = (self.max_baskets, usize::try_from(self.max_baskets)) {
            let all = playlists.baskets.len();
            playlists.baskets = playlists.baskets.sample(wanted, self.seed);
            if wanted < all {
                eprintln!("using a sample of {count} of {all} playlists (seed {})", self.seed);
            }
        }
        Ok(playlists)
    }
}

/// Reads playlists, with progress on the terminal, and says which rows could not be read.
fn read_playlists(named: &[String], layout: Option<Layout>, max_unreadable: f64) -> anyhow::Result<Playlists> {
    let mut inputs = fetch::inputs(named)?;
    inputs.iter_mut().for_each(|input| input.layout = layout);
    let progress = Progress::bytes("reading");
    let playlists = read::read(&inputs, max_unreadable, |input, read, length, rows| {
        progress.report(&input.name, read, length, &format!("{rows} rows"));
    })?;
    progress.done();
    if playlists.unreadable.count > 0 {
        eprintln!("{} rows could not be read and are left out:", playlists.unreadable.count);
        for row in &playlists.unreadable.first {
            eprintln!("{row}");
        }
    }
    Ok(playlists)
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("must be a number from 0 to 1".into()),
    }
}

/// How pairs of songs are weighed.
#[derive(Args)]
pub(crate) struct WeightArguments {
    /// Pairs kept for each song; more is better and larger. 100 unless told, and with --budget up to 500.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    neighbours: Option<u32>,
    /// Most bytes that a browser downloads before it can suggest: names and weights, compressed as servers send them
    /// (brotli). The lightest pairs are left out until the rest fits. Such as 1MB, 900k, 1.5MiB.
    #[arg(long, value_name = "SIZE")]
    budget: Option<ByteSize>,
    /// Weigh pairs by counts alone: quicker, and suggestions are not as good.
    #[arg(long)]
    counts_only: bool,
    /// Length of the vectors that are learned for songs (1 to 1,024). More learn finer differences, and cost time.
    #[arg(long, default_value_t = Learned::default().factors, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024), conflicts_with = "counts_only")]
    factors: u32,
    /// How often vectors are improved (1 to 1,000).
    #[arg(long, default_value_t = Learned::default().sweeps, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000), conflicts_with = "counts_only")]
    sweeps: u32,
    /// Weight of the learned part of a pair's weight against the counted one, from 0 to 100.
    #[arg(long, default_value_t = Learned::default().weight, value_name = "W", value_parser = learned_weight, conflicts_with = "counts_only")]
    learned_weight: f64,
    /// Weigh and score by the parameters in this file, which `segue-miner tune` writes.
    #[arg(long, value_name = "FILE", value_parser = parameters, conflicts_with_all = ["counts_only", "factors", "sweeps", "learned_weight"])]
    parameters: Option<Parameters>,
}

impl WeightArguments {
    fn apply(&self, plan: &mut Plan) {
        plan.budget = self.budget;
        let usual = if self.budget.is_some() { budget::NEIGHBOURS } else { Mining::default().neighbours };
        plan.mining.neighbours = self.neighbours.unwrap_or(usual);
        plan.mining.learned = (!self.counts_only).then(|| Learned {
            factors: self.factors,
            sweeps: self.sweeps,
            weight: self.learned_weight,
            ..Learned::default()
        });
        if let Some(parameters) = &self.parameters {
            parameters.apply(plan);
        }
    }
}

fn parameters(path: &str) -> Result<Parameters, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot read it: {error}"))?;
    let parameters: Parameters = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if !parameters.is_in_range() {
        return Err("a number is out of its range: segue-miner tune writes files that are not".into());
    }
    Ok(parameters)
}

fn learned_weight(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(weight) if (0.0..=100.0).contains(&weight) => Ok(weight),
        _ => Err("must be a number from 0 to 100".into()),
    }
}

/// Where models are kept.
#[derive(Args)]
pub(crate) struct StoreArguments {
    /// Directory of the store, shared with the server.
    #[arg(long = "store", env = "MODEL_DIR", value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Name of the model in the store.
    #[arg(long, env = "MODEL_NAME", default_value = "default", value_name = "NAME")]
    model_name: Name,
    /// Alias to move to the new model.
    #[arg(long, env = "MODEL_ALIAS", default_value = "production", value_name = "NAME")]
    alias: Name,
}

impl StoreArguments {
    fn open(&self) -> anyhow::Result<Store> {
        let directory = self.directory.as_ref().context("name the store's directory with --store DIR or MODEL_DIR")?;
        Ok(Store::new(directory, &self.model_name))
    }
}
