//! `segue`: songs that continue a playlist, on the command line; from a server, or from a model file with no server.
//!
//! # The rooms, lowest first
//! - `server`, `answerer`: where answers come from; `songs`: songs from a CSV file; `wording`: answers for people;
//! - `recommend`, `watch`, `survey`, `site`: a command each.

mod answerer;
mod recommend;
mod server;
mod site;
mod songs;
mod survey;
mod watch;
mod wording;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::server::AskError;

const EXAMPLES: &str = "\
Examples:
  segue recommend Yesterday 'Queen - Bohemian Rhapsody'
  segue recommend Yesterday --limit 5 --exclude-artist 'The Beatles' --json
  segue recommend Yesterday --model my.segue                  no server needed
  segue recommend --songs-from songs.csv --pick 3 --seed 7    songs drawn from a file
  segue watch Yesterday --interval 200ms > watch.csv          while a new model is published
  segue survey --songs-from songs.csv --model my.segue        how well a model knows these songs
  segue site --app dist --model my.segue --out public         the app with no server behind it

Exit status: 0 done · 1 failed · 2 wrong usage · 3 no server there · 4 the server answered with an error";

/// Songs that continue a playlist.
#[derive(Debug, Parser)]
#[command(name = "segue", version, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Recommend(recommend::Recommend),
    Watch(watch::Watch),
    Survey(survey::Survey),
    Site(site::Site),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Recommend(recommend) => recommend.run().map(|()| ExitCode::SUCCESS),
        Command::Watch(watch) => watch.run(),
        Command::Survey(survey) => survey.run().map(|()| ExitCode::SUCCESS),
        Command::Site(site) => site.run().map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        if is_closed_pipe(&error) {
            return ExitCode::SUCCESS;
        }
        eprintln!("segue: {error:#}");
        ExitCode::from(match error.downcast_ref() {
            Some(AskError::Unreachable { .. } | AskError::TimedOut { .. }) => 3,
            Some(AskError::NoKey { .. } | AskError::Refused { .. } | AskError::NotSegue { .. }) => 4,
            _ => 1,
        })
    })
}

/// Whoever read our output has seen enough: `segue … | head` is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is_closed = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().filter_map(|cause| cause.downcast_ref()).any(is_closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
    }
}
