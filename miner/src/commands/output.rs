//! Writing itemsets and rules, in several formats.

mod csv;
mod fimi;
mod json;
#[cfg(feature = "parquet")]
mod parquet;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use segue_miner::rules::Rule;

use super::transactions::Items;
use super::whole_file::WholeFile;

/// How and where to write.
#[derive(Args)]
pub(crate) struct OutputArguments {
    /// Format of the output.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// File to write, there whole or not at all; the standard output without it.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A header and a row each; names of one set are joined by " | ".
    Csv,
    /// A JSON object a line.
    Json,
    /// Plain lines as the programs of the FIMI repository write them, for items without white space: `1 2 3 (36)`.
    Fimi,
    /// An Apache Parquet file with lists of names.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// What a file is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Itemsets,
    Rules,
}

/// Writes one format.
pub(crate) trait Records {
    /// Writes a set with its support.
    fn itemset(&mut self, items: &[u32], support: u32) -> io::Result<()>;
    /// Writes a rule.
    fn rule(&mut self, rule: &Rule<'_>) -> io::Result<()>;
    /// Writes what is left.
    fn finish(&mut self) -> io::Result<()>;
}

/// Where it goes.
pub(crate) enum Sink {
    Standard(BufWriter<io::Stdout>),
    File(WholeFile),
}

impl OutputArguments {
    /// The file to write, if it is not the standard output.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    /// Opens the output.
    pub(crate) fn open(&self) -> anyhow::Result<Sink> {
        Ok(match &self.output {
            None => Sink::Standard(BufWriter::with_capacity(1 << 16, io::stdout())),
            Some(path) => Sink::File(WholeFile::create(path).with_context(|| format!("writing {}", path.display()))?),
        })
    }

    /// A writer of the format.
    pub(crate) fn records<'a>(
        &self,
        content: Content,
        items: &'a Items,
        baskets: usize,
        sink: &'a mut Sink,
    ) -> io::Result<Box<dyn Records + 'a>> {
        Ok(match self.format {
            Format::Csv => Box::new(csv::Csv::new(content, items, baskets, sink)?),
            Format::Json => Box::new(json::Json::new(items, baskets, sink)),
            Format::Fimi => Box::new(fimi::Fimi::new(items, sink)),
            #[cfg(feature = "parquet")]
            Format::Parquet => Box::new(parquet::Parquet::new(content, items, baskets, sink)?),
        })
    }
}

impl Sink {
    /// Ends the output: a file gets its name.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Standard(mut output) => output.flush(),
            Self::File(file) => file.finish(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Standard(output) => output.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Standard(output) => output.flush(),
            Self::File(file) => file.flush(),
        }
    }
}
