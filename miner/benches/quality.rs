//! `cargo xtask bench quality`: what size and options do to how good suggestions are, as tables and as a picture.
//!
//! For each catalogue and split a model is trained once; every budget prunes that one anew. All answer the same queries,
//! and so do the baselines.

#![allow(missing_docs)]

#[path = "quality/picture.rs"]
mod picture;
#[path = "quality/tables.rs"]
mod tables;

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Parser;
use segue_miner::baskets::Baskets;
use segue_miner::build::budget::{NEIGHBOURS, compressed_size};
use segue_miner::build::{Draft, Plan};
use segue_miner::evaluate::exchange::read_rankings;
use segue_miner::evaluate::metrics::{Judgement, Metric, judge_rankings};
use segue_miner::evaluate::queries::Queries;
use segue_miner::evaluate::recommenders::{
    ConfidenceRules, ModelRecommender, Options, PairVotes, Popularity, draft_model,
};
use segue_miner::evaluate::restrict::{SongList, restrict};
use segue_miner::evaluate::split::Split;
use segue_miner::evaluate::summary::Summary;
use segue_miner::evaluate::{Recommender, judge};
use segue_miner::size::ByteSize;
use segue_miner::support::MinSupport;
use segue_miner::{fetch, read};
use segue_model::metadata::Learned;
use segue_model::{Model, file};

/// Measures models of many sizes, answers with many options, and the usual baselines, on held-out playlists.
///
/// Three catalogues: S, songs in ten playlists or more; C, the songs of a list (with --songs), in two or more; L, all
/// songs in two or more.
#[derive(Parser)]
#[command(name = "cargo xtask bench quality")]
struct Arguments {
    /// Playlists: what `segue-miner evaluate` takes.
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<String>,
    /// The songs of catalogue C: a CSV with `artist_name` and `track_name`.
    #[arg(long, value_name = "FILE")]
    songs: Option<PathBuf>,
    /// Seeds of the splits.
    #[arg(long, value_delimiter = ',', default_value = "1,2,3", value_name = "N,…")]
    split_seed: Vec<u64>,
    /// Sizes to prune to; those that a catalogue has no use for are passed over.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "200k,300k,500k,700k,1M,1.5M,2M,3M,4M,5.6M,8M",
        value_name = "SIZE,…"
    )]
    budgets: Vec<ByteSize>,
    /// Rankings by another program, as for `segue-miner evaluate`; `{catalogue}` and `{split}` in FILE are replaced.
    #[arg(long, value_name = "NAME=FILE", value_parser = named_file)]
    rankings: Vec<(String, String)>,
    /// Only these catalogues.
    #[arg(long, value_delimiter = ',', default_value = "S,C,L", value_name = "NAME,…")]
    only: Vec<String>,
    /// Put the tables between the `quality bench` marks of this file too.
    #[arg(long, value_name = "FILE")]
    update: Option<PathBuf>,
    /// Draw the picture into this file.
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// What cargo passes to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

fn named_file(text: &str) -> Result<(String, String), String> {
    text.split_once('=').map(|(name, file)| (name.to_owned(), file.to_owned())).ok_or_else(|| "write NAME=FILE".into())
}

/// What one system did, mean over splits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    values: Vec<f64>,
    splits: u32,
    /// Compressed bytes of what a browser downloads, and pairs in it; 0 for systems that are no model.
    bytes: f64,
    pairs: f64,
}

impl Figures {
    fn add(&mut self, queries: &Queries, judgement: &Judgement, (bytes, pairs): (u64, usize)) {
        let summary = Summary::new(queries, judgement);
        self.values.resize(Metric::ALL.len(), 0.0);
        self.values.iter_mut().zip(Metric::ALL).for_each(|(sum, metric)| *sum += summary.mean(metric).value);
        self.bytes += bytes as f64;
        self.pairs += pairs as f64;
        self.splits += 1;
    }

    pub(crate) fn of(&self, metric: Metric) -> f64 {
        self.values[metric as usize] / f64::from(self.splits)
    }

    pub(crate) fn megabytes(&self) -> f64 {
        self.bytes / f64::from(self.splits) / 1e6
    }

    pub(crate) fn pairs(&self) -> f64 {
        self.pairs / f64::from(self.splits)
    }
}

/// Everything about one catalogue; systems in the order in which they were asked.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    pub(crate) name: String,
    songs: usize,
    splits: usize,
    pub(crate) sizes: Vec<(String, Figures)>,
    pub(crate) options: Vec<(String, Figures)>,
    pub(crate) baselines: Vec<(String, Figures)>,
}

impl Catalogue {
    pub(crate) fn songs(&self) -> usize {
        self.songs / self.splits.max(1)
    }
}

fn entry<'a>(list: &'a mut Vec<(String, Figures)>, name: &str) -> &'a mut Figures {
    let at = list.iter().position(|(other, _)| other == name).unwrap_or(list.len());
    if at == list.len() {
        list.push((name.to_owned(), Figures::default()));
    }
    &mut list[at].1
}

fn main() -> anyhow::Result<()> {
    if !std::env::args().any(|argument| argument == "--bench") {
        // `cargo test --all-targets` runs benches too, without this word.
        println!("`cargo xtask bench quality` runs this bench");
        return Ok(());
    }
    let arguments = Arguments::parse();
    let all = read::read(&fetch::inputs(&arguments.inputs)?, 0.01, |_, _, _, _| {})?.baskets;
    let mut catalogues = Vec::new();
    for name in &arguments.only {
        let (min_playlists, list) = match (name.as_str(), &arguments.songs) {
            ("S", _) => (10, None),
            ("L", _) => (2, None),
            ("C", Some(path)) => (2, Some(read_list(path)?)),
            ("C", None) => {
                eprintln!("C is left out: it needs --songs");
                continue;
            }
            _ => bail!("{name}: there are S, C and L"),
        };
        let mut baskets = all.clone();
        restrict(&mut baskets, min_playlists, list.as_ref());
        let mut catalogue = Catalogue { name: name.clone(), ..Catalogue::default() };
        for &seed in &arguments.split_seed {
            measure(&mut catalogue, &baskets, seed, &arguments)?;
        }
        catalogues.push(catalogue);
    }
    let text = tables::of(&catalogues);
    print!("{text}");
    if let Some(path) = &arguments.picture {
        fs::write(path, picture::of(&catalogues)?).with_context(|| format!("writing {}", path.display()))?;
    }
    if let Some(path) = &arguments.update {
        tables::update(path, &text)?;
    }
    Ok(())
}

/// Asks everyone about one split.
fn measure(catalogue: &mut Catalogue, baskets: &Baskets, seed: u64, arguments: &Arguments) -> anyhow::Result<()> {
    let split = Split::seeded(baskets, 0.2, seed);
    let queries = Queries::new(&split, &[1, 5, 10, 25], 1);
    let say = |what: &str| eprintln!("{}, split {seed}: {what}", catalogue.name);
    say("training");
    let mut plan = Plan::default();
    plan.mining.learned = Some(Learned::default());
    plan.mining.neighbours = NEIGHBOURS;
    let draft = draft_model(&split.training, &plan);
    catalogue.songs += queries.known_songs();
    catalogue.splits += 1;

    let (whole, of_whole) = model(draft.clone(), None)?;
    let mut chosen = None;
    for &budget in &arguments.budgets {
        say(&format!("a model of {budget}"));
        if budget.0 >= of_whole.0 {
            break;
        }
        let Ok((pruned, size)) = model(draft.clone(), Some(budget)) else { continue };
        let judgement = judge(&ModelRecommender::new(&pruned, &split.training), &queries);
        entry(&mut catalogue.sizes, &budget.to_string()).add(&queries, &judgement, size);
        if budget.0 == 1_000_000 {
            chosen = Some(pruned);
        }
    }
    drop(draft);
    let judgement = judge(&ModelRecommender::new(&whole, &split.training), &queries);
    entry(&mut catalogue.sizes, "no budget").add(&queries, &judgement, of_whole);
    say("the shipped setting, a hundred neighbours of each song");
    plan.mining.neighbours = Plan::default().mining.neighbours;
    let (usual, size) = model(draft_model(&split.training, &plan), None)?;
    let judgement = judge(&ModelRecommender::new(&usual, &split.training), &queries);
    entry(&mut catalogue.sizes, "100 neighbours").add(&queries, &judgement, size);

    say("options");
    let asked = chosen.as_ref().unwrap_or(&whole);
    let plain = Options::default();
    let mut options = vec![("none".to_owned(), plain)];
    options.extend([0.25, 0.5, 0.75, 1.0].map(|novelty| (format!("novelty {novelty}"), Options { novelty, ..plain })));
    options
        .extend([5, 3, 2, 1].map(|most| (format!("max_per_artist {most}"), Options { max_per_artist: most, ..plain })));
    for (name, options) in options {
        let recommender = ModelRecommender::new(asked, &split.training).with_options(options);
        entry(&mut catalogue.options, &name).add(&queries, &judge(&recommender, &queries), (0, 0));
    }

    say("baselines");
    let training = &split.training;
    let one_percent = MinSupport::Share { numerator: 1, denominator: 100 };
    let baselines: [(&str, Box<dyn Recommender>); 4] = [
        ("cosine item-kNN", Box::new(PairVotes::cosine(training))),
        ("summed confidence", Box::new(PairVotes::confidence(training))),
        ("rules", Box::new(ConfidenceRules::new(training, one_percent, 0.1))),
        ("popularity", Box::new(Popularity::new(training))),
    ];
    for (name, file) in &arguments.rankings {
        let file = file.replace("{catalogue}", &catalogue.name).replace("{split}", &seed.to_string());
        let judgement = judge_rankings(&read_rankings(Path::new(&file), &queries)?, &queries);
        entry(&mut catalogue.baselines, name).add(&queries, &judgement, (0, 0));
    }
    for (name, recommender) in baselines {
        entry(&mut catalogue.baselines, name).add(&queries, &judge(&*recommender, &queries), (0, 0));
    }
    Ok(())
}

/// A draft's model, with the bytes of its download and its pairs.
fn model(draft: Draft, budget: Option<ByteSize>) -> anyhow::Result<(Model, (u64, usize))> {
    let bytes = file::write(draft.into_parts(budget)?)?;
    let model = Model::open(&bytes)?;
    let downloaded = compressed_size(&bytes[..model.header().core_length() as usize]);
    let pairs = model.pairs().len();
    Ok((model, (downloaded, pairs)))
}

fn read_list(path: &Path) -> anyhow::Result<SongList> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(SongList::read(BufReader::new(file))?.0)
}
