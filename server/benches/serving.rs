//! `cargo xtask bench serving`: what `segue-server` does beside a bare handler, and beside what projects usually build.
//!
//! The bare handler is the ceiling: the same axum, hyper and tokio, built with the same profile, parsing into the same
//! request type and writing a constant response of the same type and size; no middleware, no work. The other peer is
//! Flask under gunicorn with a rule table by mlxtend, once looking at every rule, once looking them up.
//!
//! Everything runs on one machine: `wrk` loads one server after the other, interleaved in rounds, and takes its own
//! share of the processors from each of them alike. Seeds are drawn by popularity, so that well-known songs with long
//! rows of pairs come often; no server keeps answers.

#![allow(missing_docs)]

#[path = "serving/bare.rs"]
mod bare;
#[path = "serving/flask.rs"]
mod flask;
#[path = "serving/process.rs"]
mod process;
#[path = "serving/report.rs"]
mod report;
#[path = "serving/requests.rs"]
mod requests;
#[path = "serving/wrk.rs"]
mod wrk;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, ensure};
use clap::Parser;
use segue_model::Model;
use segue_store::{InputKey, Name, NewModel, Precedence, Store, Timestamp};

use process::Server;
use report::{Report, Round};
use requests::Requests;

/// Measures the server beside a bare handler of the same stack, and beside Flask with a table of rules.
///
/// Needs Linux, and `wrk` on the PATH.
#[derive(Parser)]
#[command(name = "cargo xtask bench serving")]
struct Arguments {
    /// Model files, as in the `models` folder of a store
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<PathBuf>,

    /// Rounds: in each, every server is loaded once. Those in Rust are started anew for each, since where the system puts a
    /// server in memory makes it quicker or slower by some percent until it ends
    #[arg(long, default_value_t = 5, value_name = "N")]
    rounds: usize,

    /// How long each server is loaded in a round, seconds
    #[arg(long, default_value_t = 3, value_name = "SECONDS")]
    seconds: u32,

    /// Connections that ask all the time
    #[arg(long, default_value_t = 32, value_name = "N")]
    connections: u32,

    /// Numbers of seeds to measure with besides 5
    #[arg(long, value_delimiter = ',', default_values_t = [1, 25, 100], value_name = "N,…")]
    seeds: Vec<usize>,

    /// Playlists (CSV with the columns pid, track_name) to make a rule table of for Flask, which is installed from PyPI
    /// into a throw-away environment; without it that peer is left out
    #[arg(long, value_name = "CSV")]
    flask: Option<PathBuf>,

    /// Python for that environment
    #[arg(long, default_value = "python3", value_name = "PROGRAM")]
    python: String,

    /// What cargo passes to benches
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    if let Some(served) = bare::as_helper() {
        return served;
    }
    let arguments = Arguments::parse();
    wrk::check()?;
    let peer = match &arguments.flask {
        Some(playlists) => Some(flask::Environment::install(&arguments.python, playlists)?),
        None => None,
    };
    for (at, path) in arguments.models.iter().enumerate() {
        measure(&arguments, path, peer.as_ref().filter(|_| at == 0))?;
    }
    Ok(())
}

fn measure(arguments: &Arguments, path: &Path, flask: Option<&flask::Environment>) -> anyhow::Result<()> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let model = Model::open(&bytes).with_context(|| path.display().to_string())?;
    let folder = tempfile::tempdir()?;
    publish(folder.path(), &bytes)?;

    let usual = Requests::draw(&model, 5, folder.path())?;
    let typical = usual.typical_answer(&Server::segue(folder.path())?)?;
    println!(
        "\n{} songs, {} pairs, model file {:.1} MB; 5 seeds, 20 results, an answer of {} bytes; {} connections, {} s a round\n",
        model.catalogue().len(),
        model.pairs().len(),
        bytes.len() as f64 / 1e6,
        typical.len(),
        arguments.connections,
        arguments.seconds
    );
    let flasks = match flask {
        Some(environment) => vec![environment.start("scan")?, environment.start("index")?],
        None => Vec::new(),
    };
    let load = |server: &Server, requests: &Requests| {
        wrk::load(server, requests, arguments.connections, arguments.seconds).map(|loaded| Round {
            server: server.name.clone(),
            loaded,
            memory: server.memory().unwrap_or(0),
        })
    };
    let mut report = Report::default();
    for round in 1..=arguments.rounds {
        let [bare, ours] = [Server::bare(&typical)?, Server::segue(folder.path())?];
        for server in [&bare, &ours].into_iter().chain(&flasks) {
            eprintln!("round {round} of {}: {}", arguments.rounds, server.name);
            report.add(load(server, &usual)?);
        }
    }
    report.print(bytes.len());
    drop(flasks);

    println!("\n{:>6} seeds {:>12} {:>12} {:>10} {:>10}", "", "requests/s", "CPU µs", "p50 µs", "p99 µs");
    let ours = Server::segue(folder.path())?;
    for &seeds in &arguments.seeds {
        let loaded = load(&ours, &Requests::draw(&model, seeds, folder.path())?)?.loaded;
        println!(
            "{seeds:>12} {:>12.0} {:>12.1} {:>10} {:>10}",
            loaded.rate(),
            loaded.cpu_each(),
            loaded.p50,
            loaded.p99
        );
    }
    Ok(())
}

/// Puts a model into an empty store, where the server looks for it.
fn publish(directory: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let now = SystemTime::now();
    let date = Timestamp::new(now);
    let store = Store::new(directory, &"default".parse::<Name>()?);
    let new = NewModel { bytes, input_key: InputKey::of([bytes]), model_date: date, run_start: date };
    let record = store.publish(&new, now)?;
    let _ = store.move_alias(&"production".parse::<Name>()?, record.hash, date, Precedence::Forced, now)?;
    ensure!(store.follow(&"production".parse::<Name>()?).poll()?.is_some(), "the store does not give the model back");
    Ok(())
}
