//! `segue-miner rules`: prints association rules.

use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};
use segue_miner::baskets::Baskets;
use segue_miner::itemsets::{Database, Search, Wanted};
use segue_miner::rules::{Consequents, Rule, RuleBounds, Threshold, for_each_rule};
use serde::Serialize;

use super::progress::Progress;
use super::{InputArguments, RuleArguments};

/// Print the association rules of some playlists: antecedent, consequent, support, confidence, lift.
///
/// Exact: every rule that reaches both minima is printed, and no other.
#[derive(Args)]
pub(crate) struct Rules {
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    rules: RuleArguments,
    /// Which consequents to print: single songs, or sets of any size.
    #[arg(long, value_enum, default_value_t = ConsequentArgument::Single)]
    consequents: ConsequentArgument,
    /// Most sets of songs to look at; where there are more, nothing is printed.
    #[arg(long, default_value_t = 5_000_000, value_name = "N")]
    max_itemsets: u64,
    /// CSV with a header, or one JSON object a line.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum ConsequentArgument {
    Single,
    Any,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Csv,
    Json,
}

/// A rule as it is printed in JSON.
#[derive(Serialize)]
struct PrintedRule {
    antecedent: Vec<String>,
    consequent: Vec<String>,
    support: u32,
    confidence: f64,
    lift: f64,
}

impl Rules {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let playlists = self.input.read()?;
        let baskets = &playlists.baskets;
        let wanted = Wanted {
            min_support: self.rules.min_support.count(baskets.len()),
            max_length: self.rules.max_len as usize,
            max_itemsets: self.max_itemsets,
            ..Wanted::default()
        };
        let progress = Progress::spinner("looking for frequent sets of songs");
        let itemsets = Search::new(Database::from(baskets), wanted).and_then(Search::collect);
        progress.done();
        let itemsets = itemsets?;
        let consequents = match self.consequents {
            ConsequentArgument::Single => Consequents::Single,
            ConsequentArgument::Any => Consequents::Any,
        };
        let mut printer = Printer::new(self.format, baskets)?;
        let (mut count, mut outcome) = (0_u64, Ok(()));
        let min_confidence = Threshold::from_f64(self.rules.min_confidence).unwrap_or(Threshold::ONE);
        let bounds = RuleBounds { min_confidence, consequents, ..RuleBounds::default() };
        for_each_rule(&itemsets, baskets.len(), &bounds, |rule| {
            count += 1;
            if outcome.is_ok() {
                outcome = printer.print(&rule);
            }
        });
        outcome?;
        printer.finish()?;
        eprintln!(
            "{count} rules from {} sets of songs in at least {} of {} playlists",
            itemsets.len(),
            wanted.min_support,
            baskets.len()
        );
        Ok(())
    }
}

enum Output {
    Csv(Box<csv::Writer<io::Stdout>>),
    Json(BufWriter<io::Stdout>),
}

struct Printer<'a> {
    output: Output,
    baskets: &'a Baskets,
}

impl<'a> Printer<'a> {
    fn new(format: Format, baskets: &'a Baskets) -> io::Result<Self> {
        let output = match format {
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(io::stdout());
                writer.write_record(["antecedent", "consequent", "support", "confidence", "lift"])?;
                Output::Csv(Box::new(writer))
            }
            Format::Json => Output::Json(BufWriter::new(io::stdout())),
        };
        Ok(Self { output, baskets })
    }

    fn print(&mut self, rule: &Rule<'_>) -> io::Result<()> {
        let rule = PrintedRule {
            antecedent: self.names(rule.antecedent),
            consequent: self.names(rule.consequent),
            support: rule.counts.together,
            confidence: rule.counts.confidence(),
            lift: rule.counts.lift(),
        };
        match &mut self.output {
            Output::Csv(writer) => writer.write_record([
                rule.antecedent.join(" | "),
                rule.consequent.join(" | "),
                rule.support.to_string(),
                rule.confidence.to_string(),
                rule.lift.to_string(),
            ])?,
            Output::Json(writer) => {
                serde_json::to_writer(&mut *writer, &rule)?;
                writer.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    fn names(&self, songs: &[u32]) -> Vec<String> {
        let name = |&song: &u32| {
            let title = self.baskets.titles.get(song as usize);
            match self.baskets.artists.get(self.baskets.song_artists[song as usize] as usize) {
                "" => title.to_owned(),
                artist => format!("{artist} - {title}"),
            }
        };
        songs.iter().map(name).collect()
    }

    fn finish(self) -> io::Result<()> {
        match self.output {
            Output::Csv(mut writer) => writer.flush(),
            Output::Json(mut writer) => writer.flush(),
        }
    }
}
