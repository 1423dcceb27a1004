//! The project's own commands: `cargo xtask setup | run | test | ui | site | bench | screenshots | fuzz | manifests | bump |
//! experiments | advisories | sbom | reproduce`.
//!
//! This crate only starts other programs, so it depends on next to nothing and compiles in seconds.

mod advisories;
mod bench;
mod browsing;
mod command;
mod fingerprint;
mod fuzz;
mod lockfile;
mod ops;
mod progress;
mod project;
mod readiness;
mod reproduce;
mod run;
mod sbom;
mod setup;
mod site;
mod test;
mod test_results;
mod tools_of_trunk;
mod ui;
mod version;

use std::process::ExitCode;

use project::Project;

/// What goes wrong here is shown to a person and ends the command: a message that names what to mend is all of it.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What a command does with the words behind its name.
type Command = fn(&Project, &[String]) -> Result<()>;

const HELP: &str = "\
Segue's own commands. Two are enough to begin with:

    cargo xtask run      build everything, mine the demo playlists, serve the app on port 30502
    cargo xtask test     every check that a change must pass, the fast ones first

All commands (each has its own --help):

    setup    look for the tools that the others need and install the missing ones
    run      set up, build, mine, serve
    test     set up, then format, licences, lints, tests, UI build, browser tests
    ui       build only the web app, into dist/
    site     the web app with a model beside it, as plain files that need no server of ours
    bench    list the benchmarks, or run one
    fuzz     look for bytes that break what reads them

    screenshots  take pictures of the web app in all its states
    manifests    check the Kubernetes manifests
    bump         point an overlay at a data set, or at images
    experiments  measure what changes do to people who are asking
    advisories   what is known against the crates that are used
    sbom         list what server and miner are made of
    reproduce    build server and miner twice, in different folders, and compare
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    };
    let (help, command): (&str, Command) = match name.as_str() {
        "setup" => (setup::HELP, setup::command),
        "run" => (run::HELP, run::command),
        "test" => (test::HELP, test::command),
        "ui" => (ui::HELP, ui::command),
        "site" => (site::HELP, site::command),
        "bench" => (bench::HELP, bench::command),
        "fuzz" => (fuzz::HELP, fuzz::command),
        "screenshots" => (browsing::SCREENSHOTS_HELP, browsing::screenshots),
        "manifests" => (ops::MANIFESTS_HELP, ops::manifests),
        "bump" => (ops::BUMP_HELP, ops::bump),
        "experiments" => (ops::EXPERIMENTS_HELP, ops::experiments),
        "advisories" => (advisories::HELP, advisories::command),
        "sbom" => (sbom::HELP, sbom::command),
        "reproduce" => (reproduce::HELP, reproduce::command),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        other => {
            eprint!("error: there is no command `{other}`.\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    // What follows `--` is for the program that is started, its --help too.
    if rest.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--help" || argument == "-h") {
        print!("{help}");
        return ExitCode::SUCCESS;
    }
    match Project::find().and_then(|project| command(&project, rest)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
