//! `cargo xtask bench hostile`: whether `segue-server` holds out, for minutes at saturation, with clients that mean no
//! good among those that do, and models being replaced all the while.
//!
//! Good clients ask as fast as they are answered. Every answer has to be whole: of one model, or a clean 503. Beside
//! them, others open connections and say nothing, send heads and bodies byte by byte, send requests ahead and never
//! read, send too much, send noise, ask for as much work as one request may, and go away at once. A thread of its own
//! asks `/healthz` on new connections, and another notes the server's memory.

#![allow(missing_docs)]

#[path = "serving/bare.rs"]
#[allow(dead_code)]
mod bare;
#[path = "hostile/clients.rs"]
mod clients;
#[path = "hostile/counts.rs"]
mod counts;
#[path = "serving/process.rs"]
#[allow(dead_code)]
mod process;
#[path = "serving/requests.rs"]
#[allow(dead_code)]
mod requests;
#[path = "hostile/swaps.rs"]
mod swaps;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Parser;
use segue_model::Model;

use counts::Counts;
use process::Server;
use requests::Requests;
use swaps::Swaps;

/// Puts the server under full load, hostile clients and swaps of its model.
///
/// Needs Linux.
#[derive(Parser)]
#[command(name = "cargo xtask bench hostile")]
struct Arguments {
    /// A model file, as in the `models` folder of a store
    #[arg(value_name = "MODEL")]
    model: PathBuf,

    /// How long, seconds
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    seconds: u64,

    /// Connections of good clients
    #[arg(long, default_value_t = 32, value_name = "N")]
    connections: usize,

    /// Hostile clients of each kind
    #[arg(long, default_value_t = 8, value_name = "N")]
    hostile: usize,

    /// Swaps of the model, one after the other from the beginning: two of three by publishing another, one by moving
    /// the alias back
    #[arg(long, default_value_t = 100, value_name = "N")]
    swaps: usize,

    /// Requests that the server answers at once; more are shed. Without it one more than hostile clients hold with bodies
    /// that do not come and with work that takes long, so that good ones are shed at times
    #[arg(long, value_name = "N")]
    most: Option<usize>,

    /// What cargo passes to benches
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let bytes = fs::read(&arguments.model).with_context(|| arguments.model.display().to_string())?;
    let model = Model::open(&bytes).with_context(|| arguments.model.display().to_string())?;
    let folder = tempfile::tempdir()?;
    let mut swaps = Swaps::begin(folder.path(), bytes)?;
    let requests = Requests::draw(&model, 5, folder.path())?;
    let bodies: Arc<Vec<String>> = Arc::new(fs::read_to_string(&requests.file)?.lines().map(str::to_owned).collect());
    drop(model);

    let mut command = Command::new(env!("CARGO_BIN_EXE_segue-server"));
    command.arg("--store").arg(folder.path()).args(["--host", "127.0.0.1", "--port", "0"]);
    command.args(["--head-timeout-seconds", "10", "--request-timeout-seconds", "5"]);
    let most = arguments.most.unwrap_or(2 * arguments.hostile + 1);
    command.args(["--max-concurrent-requests", &most.to_string()]);
    let server = Server::start("segue-server", command)?;
    while server.ask("GET /readyz", "")?.0 != 200 {
        std::thread::yield_now();
    }

    let counts = Arc::new(Counts::default());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    for at in 0..arguments.connections {
        runtime.spawn(clients::good(server.address.clone(), Arc::clone(&bodies), at, Arc::clone(&counts)));
    }
    for number in 0..arguments.hostile {
        clients::spawn_hostile(&runtime, &server.address, number, &counts);
    }
    let (address, health) = (server.address.clone(), Arc::clone(&counts));
    std::thread::spawn(move || clients::ask_for_health(&address, &health));

    let begun = Instant::now();
    println!(
        "{:>6} {:>12} {:>10} {:>10} {:>12} {:>12} {:>10}",
        "s", "answers/s", "shed/s", "hostile/s", "health max ms", "memory MB", "swaps"
    );
    let mut memory = Vec::new();
    let mut last = (begun, counts.seen());
    let (end, every) = (Duration::from_secs(arguments.seconds), Duration::from_secs((arguments.seconds / 20).max(1)));
    while begun.elapsed() < end {
        let until = last.0 + every;
        while Instant::now() < until {
            if swaps.took.len() < arguments.swaps {
                swaps.next(&server.address)?;
            } else {
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        let (now, seen) = (Instant::now(), counts.seen());
        let per_second = |now_count: u64, before: u64| (now_count - before) as f64 / (now - last.0).as_secs_f64();
        memory.push(server.memory()? as f64 / 1e6);
        println!(
            "{:>6.0} {:>12.0} {:>10.1} {:>10.0} {:>12.1} {:>12.1} {:>10}",
            begun.elapsed().as_secs_f64(),
            per_second(seen.answered, last.1.answered),
            per_second(seen.shed, last.1.shed),
            per_second(seen.hostile, last.1.hostile),
            counts.slowest_health_since_last().as_secs_f64() * 1e3,
            memory.last().unwrap_or(&0.0),
            swaps.took.len()
        );
        last = (now, seen);
    }
    let seen = counts.seen();
    println!("\n{} answers, {} clean 503s, {} requests of hostile clients", seen.answered, seen.shed, seen.hostile);
    println!("{}", counts.health());
    println!("{}", swaps.report());
    let half = |memory: &[f64]| memory.iter().copied().fold(0.0, f64::max);
    let (warm, later) = memory.split_at(memory.len() / 2);
    println!("memory at most: {:.1} MB in the first half, {:.1} MB in the second", half(warm), half(later));
    let metrics = server.ask("GET /metrics", "")?.1;
    for line in metrics
        .lines()
        .filter(|line| line.starts_with("segue_http_requests_refused_total") || line.contains("status=\"500\""))
    {
        println!("{line}");
    }
    ensure!(seen.wrong == 0, "{} answers were not as promised; the first: {}", seen.wrong, counts.first_wrong());
    Ok(())
}
