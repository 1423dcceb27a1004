//! Tables of medians and ratios, as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};

use crate::measure::{Measured, median};
use crate::{PEERS, Table};

/// Between these lines of a document a table is replaced.
fn marks(table: Table) -> [&'static str; 2] {
    match table {
        Table::Peers => ["<!-- mining bench: peers -->", "<!-- end of mining bench: peers -->"],
        Table::Threads => ["<!-- mining bench: threads -->", "<!-- end of mining bench: threads -->"],
        Table::Growth => ["<!-- mining bench: growth -->", "<!-- end of mining bench: growth -->"],
    }
}

/// Peers that the ratio is to: the others are slower by far.
const FASTEST_PEERS: usize = 3;

#[derive(Default)]
pub(crate) struct Report {
    pub(crate) rows: Vec<Row>,
    pub(crate) growth: Vec<Growth>,
    notes: Vec<String>,
}

/// One file at one minimum support.
pub(crate) struct Row {
    name: &'static str,
    minimum: u32,
    sets: u64,
    in_mean: bool,
    pub(crate) one_thread: Vec<Measured>,
    pub(crate) two_threads: Vec<Measured>,
    pub(crate) in_process: Vec<Measured>,
    pub(crate) peers: BTreeMap<&'static str, Vec<Measured>>,
}

/// Made playlists of one size.
#[derive(Default)]
pub(crate) struct Growth {
    pub(crate) rows: u64,
    pub(crate) playlists: u32,
    pub(crate) minimum: u32,
    pub(crate) sets: u64,
    pub(crate) one_thread: Vec<Measured>,
    pub(crate) two_threads: Vec<Measured>,
}

impl Row {
    pub(crate) fn new(name: &'static str, minimum: u32, sets: u64, in_mean: bool) -> Self {
        Self {
            name,
            minimum,
            sets,
            in_mean,
            one_thread: Vec::new(),
            two_threads: Vec::new(),
            in_process: Vec::new(),
            peers: BTreeMap::new(),
        }
    }

    /// CPU seconds of the best of the fastest peers over ours.
    fn ratio(&self) -> Option<f64> {
        let best = PEERS[..FASTEST_PEERS].iter().filter_map(|name| cpu(self.peers.get(name)?)).reduce(f64::min)?;
        Some(best / cpu(&self.one_thread)?)
    }
}

fn cpu(runs: &[Measured]) -> Option<f64> {
    median(runs.iter().map(|run| run.cpu))
}

fn wall(runs: &[Measured]) -> Option<f64> {
    median(runs.iter().map(|run| run.wall))
}

fn memory(runs: &[Measured]) -> Option<f64> {
    median(runs.iter().map(|run| run.memory as f64))
}

/// A number for a table: seconds, megabytes, a ratio.
fn seconds(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |value| match value {
        ..1.0 => format!("{value:.3}"),
        _ => format!("{value:.2}"),
    })
}

fn megabytes(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |value| format!("{:.0}", value / 1e6))
}

impl Report {
    /// Something to say below the tables.
    pub(crate) fn note(&mut self, note: String) {
        eprintln!("{note}");
        self.notes.push(note);
    }

    /// A table, for a document.
    pub(crate) fn markdown(&self, table: Table, runs: usize) -> String {
        let mut text = String::new();
        match table {
            Table::Peers if !self.rows.is_empty() => {
                self.times(&mut text, runs);
                self.memories(&mut text);
                text.push('\n');
                for note in &self.notes {
                    let _ = writeln!(text, "- {note}");
                }
            }
            Table::Threads if !self.rows.is_empty() => self.threads(&mut text, runs),
            Table::Growth if !self.growth.is_empty() => self.growing(&mut text),
            _ => {}
        }
        text
    }

    fn times(&self, text: &mut String, runs: usize) {
        let _ = writeln!(
            text,
            "CPU seconds (user and system), medians of {runs} interleaved runs. Ours is the whole process, reading included, on one \
             thread; \"search\" is its search alone, as the peers are timed. The ratio is the best of eclat, fpgrowth and \
             relim over our whole process.\n"
        );
        let _ = writeln!(text, "| data, minimum support | sets | ours | search | {} | ratio |", PEERS.join(" | "));
        let _ = writeln!(text, "|---|---|---|---|{}---|", "---|".repeat(PEERS.len()));
        for row in &self.rows {
            let peers: Vec<String> =
                PEERS.iter().map(|name| seconds(row.peers.get(name).and_then(|runs| cpu(runs)))).collect();
            let _ = writeln!(
                text,
                "| {} {} | {} | **{}** | {} | {} | {} |",
                row.name.trim_end_matches(".dat"),
                row.minimum,
                row.sets,
                seconds(cpu(&row.one_thread)),
                seconds(cpu(&row.in_process)),
                peers.join(" | "),
                row.ratio().map_or("–".to_owned(), |ratio| format!("{ratio:.2}"))
            );
        }
        let logarithms: Vec<f64> =
            self.rows.iter().filter(|row| row.in_mean).filter_map(Row::ratio).map(f64::ln).collect();
        if !logarithms.is_empty() {
            let mean = (logarithms.iter().sum::<f64>() / logarithms.len() as f64).exp();
            let _ = writeln!(text, "\nGeometric mean of the ratio over the sparse data: **{mean:.2}**.");
        }
    }

    fn memories(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\nPeak memory, MB: of our whole process; of the peers what the call added to a process that held the baskets.\n"
        );
        let _ = writeln!(text, "| data, minimum support | ours | {} |", PEERS.join(" | "));
        let _ = writeln!(text, "|---|---|{}", "---|".repeat(PEERS.len()));
        for row in &self.rows {
            let peers: Vec<String> =
                PEERS.iter().map(|name| megabytes(row.peers.get(name).and_then(|runs| memory(runs)))).collect();
            let _ = writeln!(
                text,
                "| {} {} | **{}** | {} |",
                row.name.trim_end_matches(".dat"),
                row.minimum,
                megabytes(memory(&row.one_thread)),
                peers.join(" | "),
            );
        }
    }

    fn threads(&self, text: &mut String, runs: usize) {
        let _ = writeln!(
            text,
            "Wall seconds of our whole process, medians of {runs} runs, and of their CPU seconds.\n\n\
             | data, minimum support | wall, 1 thread | wall, 2 threads | times | CPU, 1 thread | CPU, 2 threads |\n\
             |---|---|---|---|---|---|"
        );
        for row in &self.rows {
            let (one, two) = (wall(&row.one_thread), wall(&row.two_threads));
            let _ = writeln!(
                text,
                "| {} {} | {} | {} | {} | {} | {} |",
                row.name.trim_end_matches(".dat"),
                row.minimum,
                seconds(one),
                seconds(two),
                times(one, two),
                seconds(cpu(&row.one_thread)),
                seconds(cpu(&row.two_threads)),
            );
        }
    }

    fn growing(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "Made playlists, minimum support one playlist in 200, the whole process.\n\n\
             | rows | playlists | minimum support | sets | CPU, 1 thread | nanoseconds a row | wall, 1 thread | wall, 2 threads | times | MB |\n\
             |---|---|---|---|---|---|---|---|---|---|"
        );
        for growth in &self.growth {
            let one = cpu(&growth.one_thread);
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                growth.rows,
                growth.playlists,
                growth.minimum,
                growth.sets,
                seconds(one),
                one.map_or("–".to_owned(), |one| format!("{:.0}", one * 1e9 / growth.rows as f64)),
                seconds(wall(&growth.one_thread)),
                seconds(wall(&growth.two_threads)),
                times(wall(&growth.one_thread), wall(&growth.two_threads)),
                megabytes(memory(&growth.one_thread)),
            );
        }
    }
}

/// How many times as long the first takes.
fn times(one: Option<f64>, other: Option<f64>) -> String {
    one.zip(other).map_or("–".to_owned(), |(one, other)| format!("{:.2}", one / other))
}

/// Replaces what stands between the marks of a table in a document.
pub(crate) fn update(path: &Path, table: Table, text: &str) -> anyhow::Result<()> {
    let named = || path.display().to_string();
    let [begin, end] = marks(table);
    let document = fs::read_to_string(path).with_context(named)?;
    let (before, rest) = document.split_once(begin).with_context(|| format!("{}: no line {begin}", named()))?;
    let (_, after) = rest.split_once(end).with_context(|| format!("{}: no line {end}", named()))?;
    ensure!(!text.is_empty(), "nothing was measured");
    fs::write(path, format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim())).with_context(named)
}
