//! `cargo xtask bench mining`: how fast `segue-miner itemsets` is beside other miners, and how that grows.
//!
//! Ours is timed as a whole process, from the file to the count, on one thread; the others inside their process, reading
//! and converting excluded, in their favour. All are interleaved in one run, and medians are compared by CPU time, which
//! other work on the machine disturbs least. Every count is checked, and the bench fails if one is wrong.

#![allow(missing_docs)]

#[path = "mining/data.rs"]
mod data;
#[path = "mining/measure.rs"]
mod measure;
#[path = "mining/peers.rs"]
mod peers;
#[path = "mining/report.rs"]
mod report;

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::{Parser, ValueEnum};
use segue_miner::itemsets::{Search, Wanted, dat};

use measure::Measured;
use peers::Peers;
use report::{Growth, Report, Row};

/// Measures the miner beside pyfim, mlxtend and rusket, which it installs from PyPI into a throw-away environment.
///
/// The files of the FIMI repository are looked for by name (retail.dat, T10I4D100K.dat, mushroom.dat, chess.dat), and so
/// are pl240k.dat and pl6m.dat, synthetic playlists; those that are not there are skipped. How cost grows is measured on
/// playlists that the bench makes itself.
#[derive(Parser)]
#[command(name = "cargo xtask bench mining")]
struct Arguments {
    /// Folder of the data files.
    #[arg(long, env = "SEGUE_BENCH_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Runs of each; medians are reported. Peers that take over five seconds get at most three.
    #[arg(long, default_value_t = 9, value_name = "N")]
    runs: usize,
    /// Python to make the environment of the peers with, or "none" to leave them out.
    #[arg(long, default_value = "python3", value_name = "PROGRAM")]
    python: String,
    /// Python that has the peers already: nothing is installed.
    #[arg(long, value_name = "PROGRAM")]
    ready_python: Option<PathBuf>,
    /// Longest wait for one answer of a peer.
    #[arg(long, default_value_t = 120, value_name = "SECONDS")]
    patience: u64,
    /// Only the files whose name contains this.
    #[arg(long, value_name = "PART")]
    only: Option<String>,
    /// Which tables to make: wall times on two threads mean something on an idle machine alone, and the peers take long.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Table::Peers, Table::Threads, Table::Growth], value_name = "TABLES")]
    tables: Vec<Table>,
    /// Most rows of the playlists made to see how cost grows.
    #[arg(long, default_value_t = 6_600_000, value_name = "N")]
    growth_rows: u64,
    /// Put each table between its marks in this file too.
    #[arg(long, value_name = "FILE")]
    update: Option<PathBuf>,
    /// What cargo passes to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A table of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Table {
    /// CPU time and memory beside the peers'.
    Peers,
    /// Wall time on one thread and on two.
    Threads,
    /// How cost grows with the rows.
    Growth,
}

/// Where the peers are run in the order of the table; the first three are one package.
const PEERS: [&str; 5] = ["eclat", "fpgrowth", "relim", "mlxtend", "rusket"];

fn main() -> anyhow::Result<()> {
    if let Some(run) = measure::as_helper() {
        return run;
    }
    let arguments = Arguments::parse();
    if !arguments.bench {
        // `cargo test --all-targets` runs benches too, without this word.
        println!("`cargo xtask bench mining` runs this bench");
        return Ok(());
    }
    let wanted = |name: &str| arguments.only.as_ref().is_none_or(|part| name.contains(part.as_str()));
    let makes = |table| arguments.tables.contains(&table);
    let peers = match (arguments.python.as_str(), &arguments.ready_python) {
        _ if !makes(Table::Peers) => None,
        ("none", None) => None,
        (_, Some(python)) => Some(peers::Environment::ready(python)),
        (python, None) => peers::Environment::install(python),
    };
    let mut report = Report::default();
    match &arguments.data {
        None => eprintln!("no data files: name their folder with --data DIR or SEGUE_BENCH_DATA"),
        Some(folder) => {
            for file in data::FILES {
                let path = folder.join(file.name);
                if !wanted(file.name) || !(makes(Table::Peers) || makes(Table::Threads)) {
                } else if path.is_file() {
                    measure_file(&arguments, file, &path, peers.as_ref(), &mut report)?;
                } else {
                    eprintln!("{} is not there: skipped", path.display());
                }
            }
        }
    }
    if makes(Table::Growth) {
        growth(&arguments, &mut report)?;
    }
    for table in &arguments.tables {
        let text = report.markdown(*table, arguments.runs);
        println!("{text}");
        if let Some(file) = &arguments.update {
            report::update(file, *table, &text)?;
        }
    }
    Ok(())
}

/// Times all supports of a file, ours and the peers' in turn.
fn measure_file(
    arguments: &Arguments,
    file: &data::File,
    path: &Path,
    environment: Option<&peers::Environment>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let patience = Duration::from_secs(arguments.patience);
    let makes = |table| arguments.tables.contains(&table);
    for &(minimum, single, any) in file.rules.iter().filter(|_| makes(Table::Peers)) {
        for (consequents, expected) in [("single", single), ("any", any)] {
            let rules = ["rules", "--min-confidence", "0.5", "--consequents", consequents];
            let (count, _) = ours(path, minimum, 1, &rules)?;
            ensure!(count == expected, "{} at {minimum}: {count} rules ({consequents}), not {expected}", file.name);
        }
        report.note(format!(
            "{} at {minimum}: {single} rules with one consequent, {any} with any, as they should be",
            file.name
        ));
    }
    // The three of one package share a process and the baskets in it.
    let mut processes = match environment {
        Some(environment) => [&PEERS[..3], &PEERS[3..4], &PEERS[4..]]
            .into_iter()
            .filter(|names| environment.has(names[0]))
            .filter_map(|names| Peers::start(environment, path, names, patience))
            .collect(),
        None => Vec::new(),
    };
    for &(minimum, expected) in file.supports {
        eprintln!("{} at {minimum}", file.name);
        let mut row = Row::new(file.name, minimum, expected, file.in_mean);
        for run in 0..arguments.runs.max(1) {
            for (threads, into) in [(1, &mut row.one_thread), (2, &mut row.two_threads)] {
                if threads == 1 || makes(Table::Threads) {
                    let (count, measured) = ours(path, minimum, threads, &["itemsets"])?;
                    ensure!(count == expected, "{} at {minimum}: {count} sets, not {expected}", file.name);
                    into.push(measured);
                }
            }
            if makes(Table::Peers) {
                row.in_process.push(in_process(path, minimum, expected)?);
            }
            for process in &mut processes {
                for &name in process.names {
                    let so_far = row.peers.entry(name).or_default();
                    let is_slow = so_far.first().is_some_and(|first: &Measured| first.cpu > 5.0);
                    if is_slow && run >= 3 {
                        continue;
                    }
                    match process.ask(name, minimum) {
                        Ok((count, measured)) => {
                            let at_least = expected - file.in_every_basket;
                            ensure!(
                                (at_least..=expected).contains(&count),
                                "{name} finds {count} sets, not {expected}"
                            );
                            so_far.push(measured);
                        }
                        Err(reason) if run == 0 => {
                            report.note(format!("{} at {minimum}: no {name} ({reason})", file.name));
                        }
                        Err(_) => {}
                    }
                }
            }
        }
        report.rows.push(row);
    }
    Ok(())
}

/// Runs our program on a file as users do; the number that it prints and what it took.
fn ours(path: &Path, minimum: u32, threads: usize, arguments: &[&str]) -> anyhow::Result<(u64, Measured)> {
    let path = path.to_str().context("the data's path is no text")?;
    let (minimum, threads) = (minimum.to_string(), threads.to_string());
    let mut all = arguments.to_vec();
    all.extend([path, "--min-support", &minimum, "--count", "--threads", &threads]);
    let (printed, measured) = measure::process(env!("CARGO_BIN_EXE_segue-miner"), &all)?;
    Ok((printed.trim().parse().with_context(|| format!("segue-miner printed {printed:?}"))?, measured))
}

/// The search alone, in this process, on one thread, as the peers are timed.
fn in_process(path: &Path, minimum: u32, expected: u64) -> anyhow::Result<Measured> {
    let file = dat::read(BufReader::new(File::open(path)?), 1)?;
    let wanted = Wanted { min_support: minimum, threads: 1, ..Wanted::default() };
    let (begun, cpu) = (Instant::now(), measure::own_cpu()?);
    let found = Search::new(file.database, wanted)?.count()?.total();
    let measured = Measured { cpu: measure::own_cpu()? - cpu, wall: begun.elapsed().as_secs_f64(), memory: 0 };
    ensure!(found == expected, "in-process: {found} sets, not {expected}");
    Ok(measured)
}

/// How cost grows with the rows, on playlists made here.
fn growth(arguments: &Arguments, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for rows in [25_000, 100_000, 400_000, 1_600_000, 6_600_000] {
        if rows > arguments.growth_rows {
            break;
        }
        eprintln!("made playlists of {rows} rows");
        let path = folder.path().join("made.dat");
        let made = data::make(rows, &path)?;
        // One playlist in two hundred: what there is to find grows little, so the cost is that of the rows.
        let minimum = (made.playlists / 200).max(2);
        let mut growth = Growth { rows: made.rows, playlists: made.playlists, minimum, ..Growth::default() };
        let mut counts = Vec::new();
        for _ in 0..arguments.runs.clamp(1, 5) {
            for (threads, into) in [(1, &mut growth.one_thread), (2, &mut growth.two_threads)] {
                let (count, measured) = ours(&path, minimum, threads, &["itemsets"])?;
                into.push(measured);
                counts.push(count);
            }
        }
        ensure!(counts.iter().all(|&count| count == counts[0]), "the count depends on the threads: {counts:?}");
        growth.sets = counts[0];
        report.growth.push(growth);
        fs::remove_file(&path)?;
    }
    Ok(())
}
