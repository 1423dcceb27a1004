//! From baskets to a model in the store, or in a file: what `mine` and `demo` share.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, bail};
use clap::Args;
use segue_miner::build::budget::compressed_size;
use segue_miner::build::{Choice, Decisions, Plan, build};
use segue_miner::evaluate::gate::Evaluation;
use segue_miner::evaluate::trained_on::{self, TrainedOn};
use segue_miner::read::Playlists;
use segue_miner::size::ByteSize;
use segue_miner::support::MinSupport;
use segue_model::file;
use segue_model::metadata::{DataSet, Metadata};
use segue_store::{InputKey, ModelRecord, Move, NewModel, Precedence, Store, Timestamp, wait_for_lock};

use super::gate::GateArguments;
use super::progress::Progress;
use super::summary::{megabytes, peak_memory};
use super::whole_file::WholeFile;
use super::{StoreArguments, WeightArguments, share};

/// Longest wait for another process that moves an alias.
const LOCK_PATIENCE: Duration = Duration::from_secs(60);

/// How to make a model, and where to put it.
#[derive(Args)]
pub(crate) struct PublishArguments {
    #[command(flatten)]
    store: StoreArguments,
    /// Write just the model file here, with or without a store.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    weights: WeightArguments,
    /// Playlists that must have all songs of a rule with several antecedent songs: a count (20) or a share (0.01, 1%). Without
    /// it, the lowest that leaves at most --max-rules of them, but no fewer than five playlists.
    #[arg(long, env = "MIN_SUPPORT", value_name = "N|SHARE")]
    min_support: Option<MinSupport>,
    /// Most rules with several antecedent songs, where --min-support is not given.
    #[arg(long, default_value_t = Plan::default().max_rules, value_name = "N")]
    max_rules: usize,
    /// Share of the playlists with a rule's antecedent that must have the consequent, from 0 to 1.
    #[arg(long, default_value_t = Plan::default().mining.min_confidence, value_name = "SHARE", value_parser = share)]
    min_confidence: f64,
    /// Most songs in a rule, antecedent and consequent together.
    #[arg(long, default_value_t = Plan::default().mining.max_length, value_name = "N")]
    max_len: u32,
    /// Most sets of songs looked at for rules; where there are more, the minimum support rises.
    #[arg(long, default_value_t = Plan::default().max_itemsets, value_name = "N")]
    max_itemsets: usize,
    #[command(flatten)]
    gate: GateArguments,
    /// Models to keep in the store, those that an alias means aside.
    #[arg(long, default_value_t = 5, value_name = "N")]
    keep: usize,
    /// Mine even if this very input was mined before, and move the alias even if a later run has moved it.
    #[arg(long)]
    force: bool,
}

/// When a run began.
pub(crate) struct Start {
    clock: Timestamp,
    instant: Instant,
}

impl Start {
    pub(crate) fn now() -> Self {
        Self { clock: Timestamp::new(SystemTime::now()), instant: Instant::now() }
    }
}

impl PublishArguments {
    /// Says before long work that there is nowhere to put its result.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if self.output.is_none() && self.store.directory.is_none() {
            bail!("say where the model goes: --store DIR (or MODEL_DIR), or --output FILE");
        }
        if self.gate.guards() && self.store.directory.is_none() {
            bail!("--gate compares with the model that an alias of a store means: add --store DIR (or MODEL_DIR)");
        }
        Ok(())
    }

    /// The file to write, if it is not a store's.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    /// Mines and publishes, or finds that it was done before. `notice` is what users of the model are told.
    pub(crate) fn run(
        &self,
        playlists: &Playlists,
        sample: (u64, u64),
        notice: &str,
        start: &Start,
    ) -> anyhow::Result<()> {
        let plan = self.plan(sample);
        let input_key = InputKey::of([
            playlists.sha256.as_str(),
            &playlists.name,
            notice,
            &format!("{plan:?}"),
            if self.gate.measures() { "measured" } else { "not measured" },
            env!("CARGO_PKG_VERSION"),
            &file::FORMAT_VERSION.to_string(),
        ]);
        let store = self.store.directory.is_some().then(|| self.store.open()).transpose()?;
        if let Some(store) = &store {
            store.prepare().context("there is nowhere to put a model")?;
        }
        let found = match &store {
            Some(store) if !self.force => store.find_mined(&input_key).context("looking for a model of this input")?,
            _ => None,
        };
        if let (Some(record), None) = (&found, &self.output) {
            eprintln!("these playlists were mined before, with the same parameters: model {}", record.hash);
        } else {
            let evaluation = self.gate.measure(&playlists.baskets, &plan)?;
            let made = self.mine(playlists, &plan, notice, evaluation.as_ref(), start)?;
            if let Some(path) = &self.output {
                write_whole(path, &made.bytes).with_context(|| format!("writing {}", path.display()))?;
                eprintln!("wrote {} ({})", path.display(), megabytes(made.bytes.len()));
            }
            made.summarise(playlists, start);
            if let (Some(store), None) = (&store, &found) {
                let model = NewModel { bytes: &made.bytes, input_key, model_date: start.clock, run_start: start.clock };
                let record = store.publish(&model, SystemTime::now()).context("publishing the model")?;
                return self.release(store, &record, playlists, &plan, evaluation.as_ref(), start);
            }
        }
        match (&store, &found) {
            (Some(store), Some(record)) => self.release(store, record, playlists, &plan, None, start),
            _ => Ok(()),
        }
    }

    fn plan(&self, (max_baskets, seed): (u64, u64)) -> Plan {
        let mut plan = Plan {
            min_support: self.min_support,
            max_rules: self.max_rules,
            max_itemsets: self.max_itemsets,
            ..Plan::default()
        };
        self.weights.apply(&mut plan);
        plan.mining.min_confidence = self.min_confidence;
        plan.mining.max_length = self.max_len;
        plan.mining.max_baskets = max_baskets;
        plan.mining.seed = seed;
        plan
    }

    fn mine(
        &self,
        playlists: &Playlists,
        plan: &Plan,
        notice: &str,
        evaluation: Option<&Evaluation>,
        start: &Start,
    ) -> anyhow::Result<Made> {
        let data_set = DataSet {
            name: playlists.name.clone(),
            notice: notice.to_owned(),
            sha256: playlists.sha256.clone(),
            rows: playlists.baskets.rows,
            unreadable_rows: playlists.unreadable.count,
            playlists: u32::try_from(playlists.baskets.len()).context("more than 4,294,967,295 playlists")?,
        };
        let progress = Progress::spinner("counting pairs, mining rules");
        let (mut parts, decisions) = build(&playlists.baskets, data_set, plan, &|what| progress.say(what))?;
        if parts.catalogue.supports.is_empty() {
            bail!(
                "no song is in two of the {} playlists, so there is nothing to suggest: give more playlists, or check \
                 which column tells them apart",
                playlists.baskets.len()
            );
        }
        parts.metadata.model_date = start.clock.to_string();
        parts.metadata.miner_version = env!("CARGO_PKG_VERSION").to_owned();
        parts.metadata.evaluation = evaluation.map(Evaluation::stored).unwrap_or_default();
        let sketch = TrainedOn::new(&playlists.baskets).encode();
        let bytes = file::write_with_notes(parts, &[(trained_on::SECTION, sketch)])?;
        progress.done();
        let header = file::read_header(&bytes)?;
        let core_length = header.core_length() as usize;
        Ok(Made { bytes, core_length, metadata: header.metadata, decisions })
    }

    /// Moves the alias if the gate lets the model through, and removes old models in either case.
    fn release(
        &self,
        store: &Store,
        record: &ModelRecord,
        playlists: &Playlists,
        plan: &Plan,
        evaluation: Option<&Evaluation>,
        start: &Start,
    ) -> anyhow::Result<()> {
        let alias = &self.store.alias;
        let moved = self
            .gate
            .admit(store, alias, record.hash, &playlists.baskets, plan, evaluation)
            .and_then(|()| self.move_alias(store, record, start));
        let pruned = wait_for_lock(LOCK_PATIENCE, |now| store.prune(self.keep, now)).context("removing old models");
        moved?;
        if let removed @ 1.. = pruned?.models.len() {
            eprintln!("removed {removed} old models");
        }
        Ok(())
    }

    fn move_alias(&self, store: &Store, record: &ModelRecord, start: &Start) -> anyhow::Result<()> {
        let precedence = if self.force { Precedence::Forced } else { Precedence::LaterRun };
        let alias = &self.store.alias;
        let moved =
            wait_for_lock(LOCK_PATIENCE, |now| store.move_alias(alias, record.hash, start.clock, precedence, now))
                .with_context(|| format!("moving the alias {alias}"))?;
        match moved {
            Move::Done { current, .. } => {
                println!("{alias} is model {} of {}", current.hash, current.model_date);
            }
            Move::LeftToLaterRun { current } => {
                println!(
                    "{alias} stays model {}: a run that began later ({}) has moved it; --force moves it all the same",
                    current.hash, current.run_start
                );
            }
        }
        Ok(())
    }
}

/// A model that was just made.
struct Made {
    bytes: Vec<u8>,
    /// Bytes up to the end of the core.
    core_length: usize,
    metadata: Metadata,
    decisions: Decisions,
}

impl Made {
    fn summarise(&self, playlists: &Playlists, start: &Start) {
        let Metadata { data_set, counts, .. } = &self.metadata;
        eprintln!("playlists  {}", data_set.playlists);
        let per_second = playlists.rows_per_second() / 1e6;
        eprintln!(
            "rows       {} ({} unreadable), {per_second:.1} million a second",
            data_set.rows, data_set.unreadable_rows
        );
        eprintln!("songs      {} in two playlists or more, {} in one", counts.songs, counts.tail_songs);
        eprintln!("artists    {}", counts.artists);
        eprintln!(
            "rules      {} ({} pairs both ways, {} of several songs)",
            counts.total_rules(),
            counts.pairs,
            counts.multi_item_rules
        );
        eprintln!("           those of several songs are in at least {}", support_and_reason(&self.decisions));
        if let Some(budget) = &self.metadata.mining.budget {
            let downloaded = compressed_size(&self.bytes[..self.core_length]);
            eprintln!(
                "download   {} of {}: {} of {} pairs, in {} levels",
                ByteSize(downloaded),
                ByteSize(budget.bytes),
                counts.pairs,
                self.decisions.candidates,
                budget.levels
            );
        }
        eprintln!("model      {}", megabytes(self.bytes.len()));
        eprintln!("time       {:.2} s", start.instant.elapsed().as_secs_f64());
        if let Some(peak) = peak_memory() {
            eprintln!("memory     {} at its peak", megabytes(peak));
        }
    }
}

/// The minimum support of multi-item rules, and how it came about.
fn support_and_reason(decisions: &Decisions) -> String {
    let reason = match decisions.choice {
        Choice::Raised => "more than asked for: with fewer there are more sets of songs than --max-itemsets".to_owned(),
        Choice::ByRules { below } => {
            format!("the fewest that keep to --max-rules: with one less there would be {below} rules")
        }
        Choice::ByItemsets => "the fewest that keep the sets of songs to --max-itemsets".to_owned(),
        Choice::Lowest => "the fewest that make a rule more than coincidence".to_owned(),
        _ => "as asked for".to_owned(),
    };
    format!("{} playlists: {reason}", decisions.min_support)
}

/// Writes a file so that it is there whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.finish()
}
