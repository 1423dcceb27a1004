//! `segue-miner itemsets`: prints or counts frequent itemsets.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::time::Instant;

use clap::Args;
use segue_miner::itemsets::{Search, Summary};

use super::output::{Content, OutputArguments};
use super::progress::Progress;
use super::search::{SearchArguments, TargetArgument, stopped};
use super::transactions::{Items, Transactions};
use super::{InputArguments, summary};

const EXAMPLES: &str = "Examples:
  segue-miner itemsets retail.dat --min-support 100 --count
  segue-miner itemsets lists.csv --min-support 0.5% --min-len 2 --output sets.csv
  segue-miner itemsets groceries.csv --layout lines --target closed --format json > sets.json
  segue-miner itemsets mpd/ --min-support 1000 --max-len 3 --threads 2 --output sets.csv

In pandas:
  csv      pd.read_csv('sets.csv').assign(items=lambda sets: sets['items'].astype(str).str.split(' | ', regex=False))
  json     pd.read_json('sets.json', lines=True)
  fimi     pd.read_csv('sets.txt', sep=r' \\(|\\)', engine='python', header=None, usecols=[0, 1], names=['items', 'support', ''], dtype={'items': str})
  parquet  pd.read_parquet('sets.parquet')   (built with --features parquet)";

/// Print the frequent itemsets of some baskets: sets of items that are together in enough of them.
///
/// Exact: every set that is frequent is printed, with its support, and no other. Baskets come from FIMI .dat
/// files (items are taken as they are), CSV, or Million Playlist Dataset JSON (spellings of one song are one item). The order is
/// the same in every run. A summary goes to the standard error.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Itemsets {
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    search: SearchArguments,
    /// Which of the frequent sets.
    #[arg(long, value_enum, default_value_t = TargetArgument::All)]
    target: TargetArgument,
    /// Fewest items in a set.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    min_len: u32,
    /// Most items in a set.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_len: Option<u32>,
    /// Most sets; where there are more, the command fails instead of going on for ever. Without it there is no bound for
    /// --count, and a hundred million otherwise.
    #[arg(long, value_name = "N")]
    max_itemsets: Option<u64>,
    /// Print only how many there are.
    #[arg(long)]
    count: bool,
    #[command(flatten)]
    output: OutputArguments,
}

impl Itemsets {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        self.input.spared_by(self.output.file())?;
        let transactions = Transactions::read(&self.input, self.search.threads)?;
        transactions.summarise();
        let Transactions { database, items, .. } = transactions;
        let baskets = database.len();
        let mut wanted = self.search.wanted(baskets);
        wanted.target = self.target.into();
        wanted.min_length = self.min_len as usize;
        wanted.max_length = self.max_len.map_or(usize::MAX, |length| length as usize);
        wanted.max_itemsets = self.max_itemsets.unwrap_or(if self.count { u64::MAX } else { 100_000_000 });

        let searching = Instant::now();
        let search = Search::new(database, wanted).map_err(stopped)?;
        let found = if self.count { self.count(search)? } else { self.print(search, &items, baskets)? };
        summary::line("support", format_args!("at least {} baskets", wanted.min_support));
        summary::line("search", &found.method);
        summary::line("sets", format_args!("{} ({})", found.total(), summary::by_length(&found.counts)));
        summary::line(
            "time",
            format_args!(
                "{:.3} s, {:.3} s of it searching",
                begun.elapsed().as_secs_f64(),
                searching.elapsed().as_secs_f64()
            ),
        );
        if let Some(peak) = summary::peak_memory() {
            summary::line("memory", format_args!("{} at its peak", summary::megabytes(peak)));
        }
        Ok(())
    }

    fn count(&self, search: Search) -> anyhow::Result<Summary> {
        let progress = Progress::spinner("counting");
        let found = search.count();
        progress.done();
        let found = found.map_err(stopped)?;
        let mut sink = self.output.open()?;
        writeln!(sink, "{}", found.total())?;
        sink.finish()?;
        Ok(found)
    }

    fn print(&self, search: Search, items: &Items, baskets: usize) -> anyhow::Result<Summary> {
        let mut sink = self.output.open()?;
        let mut records = self.output.records(Content::Itemsets, items, baskets, &mut sink)?;
        let progress = Progress::spinner("searching");
        let (mut count, mut written) = (0_u64, Ok(()));
        let found = search.visit(&mut |set: &[u32], support| {
            count += 1;
            if count.is_multiple_of(1 << 16) {
                progress.say(format!("{count} sets"));
            }
            written = records.itemset(set, support);
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        progress.done();
        written?;
        let found = found.map_err(stopped)?;
        records.finish()?;
        drop(records);
        sink.finish()?;
        Ok(found)
    }
}
