//! `segue-miner rules`: prints or counts association rules.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::time::Instant;

use clap::{Args, ValueEnum};
use segue_miner::itemsets::{Itemsets, Search};
use segue_miner::rules::{Consequents, Measure, RuleBounds, Threshold, for_each_rule};

use super::output::{Content, OutputArguments};
use super::progress::Progress;
use super::search::{SearchArguments, stopped};
use super::transactions::{Items, Transactions};
use super::{InputArguments, summary};

const EXAMPLES: &str = "Examples:
  segue-miner rules lists.csv --min-support 20 --min-confidence 0.5 > rules.csv
  segue-miner rules groceries.csv --layout lines --min-support 0.1% --min-lift 2 --top 3 --by lift
  segue-miner rules retail.dat --min-support 36 --min-confidence 2/3 --consequents any --count
  segue-miner rules mpd/ --min-support 1000 --format json --output rules.json

In pandas:
  csv      pd.read_csv('rules.csv')
  json     pd.read_json('rules.json', lines=True)
  fimi     pd.read_csv('rules.txt', sep=r' ==> | #SUP: | #CONF: | #LIFT: ', engine='python', header=None, names=['antecedent', 'consequent', 'support', 'confidence', 'lift'], dtype={0: str, 1: str})
  parquet  pd.read_parquet('rules.parquet')   (built with --features parquet)";

/// Print the association rules of some baskets: of those with the antecedent, so many have the consequent too.
///
/// Exact: every rule that reaches all minima is printed, and no other; minima are compared as fractions, so that 2 in 3
/// reaches 2/3. support is a count of baskets; confidence = support / antecedent_support; lift = confidence / relative
/// consequent support; leverage = relative support - product of the relative supports of both sides; conviction = (1 -
/// relative consequent support) / (1 - confidence), infinite for rules that never fail (in CSV `inf`, in JSON `null`).
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Rules {
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    search: SearchArguments,
    /// Share of the baskets with the antecedent that must have the consequent: 0.5, 50% or 1/2.
    #[arg(long, default_value = "0.3", value_name = "SHARE", value_parser = share)]
    min_confidence: Threshold,
    /// Least lift; over 1 means more often than by chance.
    #[arg(long, value_name = "NUMBER")]
    min_lift: Option<Threshold>,
    /// Least leverage, from -0.25 to 0.25.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    min_leverage: Option<Threshold>,
    /// Least conviction; over 1 means more often than by chance.
    #[arg(long, value_name = "NUMBER")]
    min_conviction: Option<Threshold>,
    /// Only the best K of each antecedent, antecedents in order.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    top: Option<u32>,
    /// What makes a rule better than another one, for --top.
    #[arg(long, value_enum, default_value_t = MeasureArgument::Confidence, requires = "top")]
    by: MeasureArgument,
    /// Which consequents: single items, or sets of any size.
    #[arg(long, value_enum, default_value_t = ConsequentArgument::Single)]
    consequents: ConsequentArgument,
    /// Fewest items in a rule, antecedent and consequent together.
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    min_len: u32,
    /// Most items in a rule, antecedent and consequent together.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    max_len: Option<u32>,
    /// Most sets of items to look at, as each is kept; where there are more, the command fails.
    #[arg(long, default_value_t = 20_000_000, value_name = "N")]
    max_itemsets: u64,
    /// Print only how many rules there are.
    #[arg(long)]
    count: bool,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Clone, Copy, ValueEnum)]
enum ConsequentArgument {
    Single,
    Any,
}

#[derive(Clone, Copy, ValueEnum)]
enum MeasureArgument {
    Confidence,
    Lift,
    Leverage,
    Conviction,
}

fn share(text: &str) -> Result<Threshold, String> {
    let share: Threshold = text.parse().map_err(|error: segue_miner::rules::NotAThreshold| error.to_string())?;
    if (0.0..=1.0).contains(&share.to_f64()) { Ok(share) } else { Err("must be from 0 to 1".into()) }
}

impl Rules {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        self.input.spared_by(self.output.file())?;
        let transactions = Transactions::read(&self.input, self.search.threads)?;
        transactions.summarise();
        let Transactions { database, items, .. } = transactions;
        let baskets = database.len();
        let mut wanted = self.search.wanted(baskets);
        // Short sets too: supports of parts are looked up among them.
        wanted.max_length = self.max_len.map_or(usize::MAX, |length| length as usize);
        wanted.max_itemsets = self.max_itemsets;
        let progress = Progress::spinner("looking for frequent sets");
        let itemsets = Search::new(database, wanted).and_then(Search::collect);
        progress.done();
        let itemsets = itemsets.map_err(stopped)?;
        let counts = self.write(&itemsets, &items, baskets)?;
        summary::line("support", format_args!("at least {} baskets", wanted.min_support));
        summary::line("sets", itemsets.len());
        let rules: u64 = counts.iter().sum();
        summary::line("rules", format_args!("{rules} (by items: {})", summary::by_length(&counts)));
        summary::line("time", format_args!("{:.3} s", begun.elapsed().as_secs_f64()));
        if let Some(peak) = summary::peak_memory() {
            summary::line("memory", format_args!("{} at its peak", summary::megabytes(peak)));
        }
        Ok(())
    }

    fn bounds(&self) -> RuleBounds {
        let measure = match self.by {
            MeasureArgument::Confidence => Measure::Confidence,
            MeasureArgument::Lift => Measure::Lift,
            MeasureArgument::Leverage => Measure::Leverage,
            MeasureArgument::Conviction => Measure::Conviction,
        };
        RuleBounds {
            consequents: match self.consequents {
                ConsequentArgument::Single => Consequents::Single,
                ConsequentArgument::Any => Consequents::Any,
            },
            min_length: self.min_len as usize,
            min_confidence: self.min_confidence,
            min_lift: self.min_lift,
            min_leverage: self.min_leverage,
            min_conviction: self.min_conviction,
            top: self.top.map(|count| (count as usize, measure)),
        }
    }

    /// Writes the rules, or their number; gives how many there are by the items in them.
    fn write(&self, itemsets: &Itemsets, items: &Items, baskets: usize) -> anyhow::Result<Vec<u64>> {
        let mut sink = self.output.open()?;
        let mut counts: Vec<u64> = Vec::new();
        let mut count = |length: usize| {
            if counts.len() <= length {
                counts.resize(length + 1, 0);
            }
            counts[length] += 1;
        };
        let progress = Progress::spinner("deriving rules");
        if self.count {
            for_each_rule(itemsets, baskets, &self.bounds(), |rule| {
                count(rule.antecedent.len() + rule.consequent.len());
            });
            progress.done();
            writeln!(sink, "{}", counts.iter().sum::<u64>())?;
        } else {
            let mut records = self.output.records(Content::Rules, items, baskets, &mut sink)?;
            let mut written = Ok(());
            for_each_rule(itemsets, baskets, &self.bounds(), |rule| {
                count(rule.antecedent.len() + rule.consequent.len());
                written = records.rule(&rule);
                if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            progress.done();
            written?;
            records.finish()?;
        }
        sink.finish()?;
        Ok(counts)
    }
}
