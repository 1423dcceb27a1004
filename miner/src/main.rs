//! `segue-miner`: mines playlists into a model file, publishes it, prints itemsets and rules.

mod commands;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Mines playlists into a recommendation model.
#[derive(Parser)]
#[command(
    version,
    about,
    after_help = "Examples:
  segue-miner demo --store store              a model of the embedded demo playlists
  segue-miner mine lists.csv --store store    a model of your own
  segue-miner mine lists/ --output my.segue   just the file
  segue-miner evaluate lists.csv              how well such a model guesses playlists it has not seen
  segue-miner tune lists.csv --output p.json  parameters that suit these playlists
  segue-miner itemsets retail.dat --min-support 100 --count
  segue-miner rules lists.csv --min-support 20 --min-confidence 0.5 > rules.csv
  segue-miner alias list --store store"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Mine(commands::mine::Mine),
    Demo(commands::demo::Demo),
    Evaluate(commands::evaluate::Evaluate),
    Tune(commands::tune::Tune),
    Itemsets(commands::itemsets::Itemsets),
    Rules(commands::rules::Rules),
    Alias(commands::alias::Alias),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Mine(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Evaluate(command) => command.run(),
        Command::Tune(command) => command.run(),
        Command::Itemsets(command) => command.run(),
        Command::Rules(command) => command.run(),
        Command::Alias(command) => command.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has had enough, as `head` has: no failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("segue-miner: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let kind = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        kind == Some(std::io::ErrorKind::BrokenPipe)
    })
}
