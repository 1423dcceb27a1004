//! `segue-miner evaluate`: how good a model is, beside others, on playlists it has not seen.

use std::fs::{self, File};
use std::io::{BufReader, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use segue_miner::baskets::Baskets;
use segue_miner::build::Plan;
use segue_miner::build::budget::compressed_size;
use segue_miner::evaluate::exchange::{export, read_rankings};
use segue_miner::evaluate::metrics::{Judgement, judge_rankings};
use segue_miner::evaluate::queries::Queries;
use segue_miner::evaluate::recommenders::{
    ConfidenceRules, Ials, ModelRecommender, Options, PairVotes, Popularity, draft_model, open,
};
use segue_miner::evaluate::report::Report;
use segue_miner::evaluate::restrict::{SongList, restrict};
use segue_miner::evaluate::split::Split;
use segue_miner::evaluate::trained_on::TrainedOn;
use segue_miner::evaluate::{Recommender, judge};
use segue_miner::size::ByteSize;
use segue_miner::support::MinSupport;
use segue_miner::weights::ials::Learning;
use segue_model::{Model, file};

use super::progress::Progress;
use super::{InputArguments, WeightArguments, read_playlists, share};

/// What stands for the split's name in `--rankings`.
const SPLIT_PLACEHOLDER: &str = "{split}";

/// Measure how well held-out playlists are guessed, by a model of the others and by baselines.
///
/// Some playlists are held out. Of each, k songs are given as seeds and the system ranks what could come next; the
/// playlist's other songs are the truth. Only songs that occur in training playlists are given or expected. Everything
/// is the same again for the same seeds.
///
/// Figures of different splits, restrictions or seeds cannot be compared: systems are compared on the same queries,
/// difference by difference.
#[derive(Args)]
#[command(after_help = "Examples:
  segue-miner evaluate lists.csv
  segue-miner evaluate lists.csv --split-seed 1,2,3 --min-playlists 10
  segue-miner evaluate lists.csv --test newer.csv --model my.segue --against popularity
  segue-miner evaluate lists.csv --budget 1MB
  segue-miner evaluate lists.csv --novelty 0.5 --max-per-artist 3
  segue-miner evaluate lists.csv --split-seed 1,2 --export peer --against none
  segue-miner evaluate lists.csv --split-seed 1,2 --rankings peer=peer/{split}/rankings.dat

With --budget, --novelty or --max-per-artist Segue is judged without them too: the tables show what they cost.

The model given with --model is judged beside one trained on the other playlists. If it was itself trained on the
playlists that are held out here, it knows the answers and its figures mean nothing.

--export writes for each split DIR/<split seed>/training.dat, seeds.dat and truth.dat (the last for other
evaluations): song numbers, a playlist or query a line. A program that reads the first two and writes the first line
of seeds.dat and then, for each query, the numbers of up to 500 songs, best first and without the seeds, is judged
with --rankings on the very same queries.")]
pub(crate) struct Evaluate {
    #[command(flatten)]
    input: InputArguments,
    /// Share of the playlists to hold out, from 0 to 1.
    #[arg(long, default_value_t = 0.2, value_name = "SHARE", value_parser = share, conflicts_with = "test")]
    hold_out: f64,
    /// Hold out the playlists of this file instead, and train on all of INPUT.
    #[arg(long, value_name = "FILE")]
    test: Option<String>,
    /// Seeds of the splits: one evaluation each, then the mean.
    #[arg(long, value_delimiter = ',', default_value = "1", value_name = "N,…", conflicts_with = "test")]
    split_seed: Vec<u64>,
    /// Numbers of seed songs to ask with.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "1,5,10,25",
        value_name = "K,…",
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    seeds: Vec<u32>,
    /// Seed of the draw of seed songs.
    #[arg(long, default_value_t = 1, value_name = "N")]
    query_seed: u64,
    /// Leave out songs that are in fewer playlists, before the split.
    #[arg(long, default_value_t = 2, value_name = "N")]
    min_playlists: u32,
    /// Leave out songs that this CSV (`artist_name`, `track_name`) does not have, before the split.
    #[arg(long, value_name = "FILE")]
    songs: Option<PathBuf>,
    /// What to compare with.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "popularity,rules,confidence,cosine",
        value_name = "SYSTEM,…"
    )]
    against: Vec<Baseline>,
    #[command(flatten)]
    weights: WeightArguments,
    /// Ask Segue for less popular songs: from 0 (what fits best) to 1, as the API's `novelty`. Its answers without are
    /// judged too.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE", value_parser = share)]
    novelty: f64,
    /// Ask Segue for so many songs by one artist at most, as the API's `max_per_artist`.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_per_artist: Option<u32>,
    /// Judge this model file too.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Judge rankings that another program made for exported queries; `{split}` in FILE stands for the split seed.
    /// Can be given several times.
    #[arg(long, value_name = "NAME=FILE", value_parser = named_file)]
    rankings: Vec<(String, String)>,
    /// Write training playlists and queries here for other programs.
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
    /// Tables (Markdown) for people, or JSON with everything.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write the result to this file instead of printing it.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Baseline {
    /// The best known songs, whatever is asked.
    Popularity,
    /// Association rules at 1 % support and confidence 0.1, filled with popular songs.
    Rules,
    /// Summed confidence over all pairs.
    Confidence,
    /// Item-based nearest neighbours: summed cosine over all pairs.
    Cosine,
    /// The ALS that weights are learned with, by itself, all its factors kept; with --factors, --sweeps, …
    Ials,
    /// Nothing.
    None,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

fn named_file(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.to_owned(), file.to_owned())),
        _ => Err("write NAME=FILE".into()),
    }
}

impl Evaluate {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        self.input.spared_by(self.output.as_deref())?;
        let model = self.model.as_ref().map(|path| {
            let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let model = Model::open(&bytes).with_context(|| format!("cannot use {}", path.display()))?;
            let trained_on = TrainedOn::of_file(model.header(), &bytes);
            anyhow::Ok((model, trained_on))
        });
        let model = model.transpose()?;
        let list = self.songs.as_ref().map(read_list).transpose()?;
        let baskets = self.input.read()?.baskets;
        let test = match &self.test {
            Some(test) => Some(read_playlists(std::slice::from_ref(test), None, 0.01)?.baskets),
            None => None,
        };

        let baselines: Vec<Baseline> =
            self.against.iter().copied().filter(|&baseline| baseline != Baseline::None).collect();
        let mut names = vec!["segue".to_owned()];
        names.extend((self.options() != Options::default()).then(|| "without options".to_owned()));
        names.extend(self.weights.budget.map(|_| "without budget".to_owned()));
        names.extend(model.iter().map(|_| "model file".to_owned()));
        names.extend(baselines.iter().map(|baseline| name(*baseline).to_owned()));
        names.extend(self.rankings.iter().map(|(name, _)| name.clone()));
        let mut seed_counts: Vec<usize> = self.seeds.iter().map(|&count| count as usize).collect();
        seed_counts.sort_unstable();
        seed_counts.dedup();
        let mut report = Report::new(names, seed_counts.clone());
        for (name, split) in self.splits(baskets, test, list.as_ref())? {
            let queries = Queries::new(&split, &seed_counts, self.query_seed);
            if queries.all.is_empty() {
                bail!(
                    "none of the {} held-out playlists has more than {} songs that training playlists have: hold out \
                     more playlists, ask with fewer --seeds, or lower --min-playlists",
                    queries.held_out,
                    seed_counts.first().copied().unwrap_or_default()
                );
            }
            if let Some(directory) = &self.export {
                let directory = directory.join(&name);
                export(&directory, &split, &queries).with_context(|| format!("writing {}", directory.display()))?;
                eprintln!("wrote {} queries to {}", queries.all.len(), directory.display());
            }
            if let Some((_, Some(trained_on))) = &model {
                warn_of_seen(&split, trained_on);
            }
            let model = model.as_ref().map(|(model, _)| model);
            let judgements = self.judge_all(&name, &split, &queries, &baselines, model)?;
            report.add(name, split.training.len(), &queries, &judgements);
        }
        let text = match self.format {
            Format::Table => report.tables(),
            Format::Json => serde_json::to_string_pretty(&report.json())? + "\n",
        };
        match &self.output {
            Some(path) => fs::write(path, text).with_context(|| format!("writing {}", path.display()))?,
            None => std::io::stdout().write_all(text.as_bytes())?,
        }
        Ok(())
    }

    fn options(&self) -> Options {
        let max_per_artist = self.max_per_artist.map_or(usize::MAX, |most| most as usize);
        Options { novelty: self.novelty, max_per_artist }
    }

    /// The splits with their names.
    fn splits(
        &self,
        mut baskets: Baskets,
        test: Option<Baskets>,
        list: Option<&SongList>,
    ) -> anyhow::Result<Vec<(String, Split)>> {
        let all = baskets.len();
        let splits = match test {
            Some(test) => {
                // Rarity is counted where songs are trained on; what is unknown there is never asked for.
                restrict(&mut baskets, self.min_playlists, list);
                let name = self.test.as_deref().unwrap_or_default();
                let name = name.rsplit('/').next().unwrap_or(name).to_owned();
                vec![(name, Split::of_two(baskets.clone(), &test))]
            }
            None => {
                restrict(&mut baskets, self.min_playlists, list);
                let seeded = |&seed: &u64| (seed.to_string(), Split::seeded(&baskets, self.hold_out, seed));
                self.split_seed.iter().map(seeded).collect()
            }
        };
        if baskets.is_empty() {
            bail!("no song of the {all} playlists is left: lower --min-playlists, or give other --songs");
        }
        eprintln!("{} of {all} playlists have songs that count, {} places in all", baskets.len(), baskets.songs.len());
        Ok(splits)
    }

    fn judge_all(
        &self,
        split_name: &str,
        split: &Split,
        queries: &Queries,
        baselines: &[Baseline],
        model: Option<&Model>,
    ) -> anyhow::Result<Vec<Judgement>> {
        let training = &split.training;
        let mut plan = Plan::default();
        self.weights.apply(&mut plan);
        let progress = Progress::spinner("training");
        let draft = draft_model(training, &plan);
        let candidates = draft.decisions.candidates;
        let whole = plan.budget.map(|_| draft.clone());
        let made = draft.into_parts(plan.budget).map_err(anyhow::Error::from).and_then(|parts| Ok(file::write(parts)?));
        progress.done();
        let bytes = made?;
        let trained = Model::open(&bytes)?;
        if let Some(budget) = plan.budget {
            eprintln!(
                "split {split_name}: a download of {} ({budget} allowed), {} of {candidates} pairs",
                ByteSize(compressed_size(&bytes[..trained.header().core_length() as usize])),
                trained.pairs().len()
            );
        }
        drop(bytes);
        let whole = whole.map(|draft| open(draft, None)).transpose()?;
        let watched = |name: &str, recommender: &dyn Recommender| {
            let progress = Progress::spinner("ranking");
            progress.say(format!("split {split_name}: asking {name}"));
            let judgement = judge(recommender, queries);
            progress.done();
            judgement
        };
        let recommender = |model| ModelRecommender::new(model, training);
        let options = self.options();
        let mut judgements = vec![watched("segue", &recommender(&trained).with_options(options))];
        if options != Options::default() {
            judgements.push(watched("segue without options", &recommender(&trained)));
        }
        if let Some(whole) = &whole {
            judgements.push(watched("segue without budget", &recommender(whole).with_options(options)));
        }
        if let Some(model) = model {
            judgements.push(watched("the model file", &recommender(model).with_options(options)));
        }
        for &baseline in baselines {
            let recommender: Box<dyn Recommender> = match baseline {
                Baseline::Popularity => Box::new(Popularity::new(training)),
                Baseline::Rules => {
                    let one_percent = MinSupport::Share { numerator: 1, denominator: 100 };
                    Box::new(ConfidenceRules::new(training, one_percent, 0.1))
                }
                Baseline::Confidence => Box::new(PairVotes::confidence(training)),
                Baseline::Cosine => Box::new(PairVotes::cosine(training)),
                Baseline::Ials => {
                    let learning = Learning::from(&plan.mining.learned.clone().unwrap_or_default());
                    let progress = Progress::spinner("learning");
                    let report = |done| progress.say(format!("learning, sweep {done} of {}", learning.sweeps));
                    let ials = Ials::new(training, &learning, &report);
                    progress.done();
                    Box::new(ials)
                }
                Baseline::None => continue,
            };
            judgements.push(watched(name(baseline), &*recommender));
        }
        for (_, file) in &self.rankings {
            let path = PathBuf::from(file.replace(SPLIT_PLACEHOLDER, split_name));
            judgements.push(judge_rankings(&read_rankings(&path, queries)?, queries));
        }
        Ok(judgements)
    }
}

fn name(baseline: Baseline) -> &'static str {
    match baseline {
        Baseline::Popularity => "popularity",
        Baseline::Rules => "rules",
        Baseline::Confidence => "confidence",
        Baseline::Cosine => "cosine",
        Baseline::Ials => "ials",
        Baseline::None => "none",
    }
}

/// Says how many held-out playlists a model file has been trained on.
fn warn_of_seen(split: &Split, trained_on: &TrainedOn) {
    let playlists = split.held_out.iter().map(Vec::as_slice);
    let seen = trained_on.has_seen_each(playlists, &split.training).into_iter().filter(|&seen| seen).count();
    if seen > 0 {
        eprintln!(
            "warning: the model file was trained on {seen} of the {} held-out playlists, or on ones much like them: its \
             figures are too good to be true",
            split.held_out.len()
        );
    }
}

pub(super) fn read_list(path: &PathBuf) -> anyhow::Result<SongList> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
    let (list, unreadable) = SongList::read(BufReader::new(file)).with_context(|| shown.to_string())?;
    if list.is_empty() {
        bail!("{shown}: no songs in it");
    }
    if unreadable > 0 {
        eprintln!("{shown}: {unreadable} rows could not be read and are left out");
    }
    Ok(list)
}
