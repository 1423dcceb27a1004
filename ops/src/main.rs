//! `segue-ops`: checks manifests, edits pointers, runs experiments. `cargo xtask` starts it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};
use segue_ops::render::{overlay_folder, overlays, render};
use segue_ops::{argocd, bump, rules};

/// What developers and operators run on this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    /// The repository
    #[arg(long, global = true, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/.."), value_name = "DIR")]
    repository: PathBuf,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Render every overlay and check what no schema sees
    Manifests {
        /// Print the rules instead
        #[arg(long)]
        rules: bool,
    },
    /// Edit the pointers in Git: the data set, or the images' tag
    Bump {
        #[command(subcommand)]
        what: Bump,
    },
}

#[derive(Debug, Subcommand)]
enum Bump {
    /// Point an overlay at a data set
    Data {
        /// The overlay, such as production
        overlay: String,
        /// Where the playlists are
        #[arg(long)]
        url: Option<String>,
        /// When they were made, as 2026-01-31
        #[arg(long)]
        date: Option<String>,
        /// Their SHA-256, as `sha256sum` prints it; empty for no check
        #[arg(long)]
        sha256: Option<String>,
    },
    /// Give the images of an overlay a tag
    Image {
        /// The overlay, such as production
        overlay: String,
        /// The tag: a version, or a commit's hash
        tag: String,
    },
    /// Compute the miner Jobs' keys anew, after a change by hand
    Key,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let repository = &arguments.repository.canonicalize().context("--repository")?;
    match &arguments.command {
        Command::Manifests { rules: true } => {
            rules::rules().for_each(|rule| println!("{:<24}{}", rule.name, rule.demands));
            Ok(())
        }
        Command::Manifests { rules: false } => manifests(repository),
        Command::Bump { what: Bump::Data { overlay, url, date, sha256 } } => {
            let data = bump::Data { url: url.clone(), date: date.clone(), sha256: sha256.clone() };
            bump::data(repository, overlay, &data)?;
            println!("kube/overlays/{overlay}/data.yaml points there. Commit it, and Argo CD mines.");
            Ok(())
        }
        Command::Bump { what: Bump::Image { overlay, tag } } => {
            bump::image(repository, overlay, tag)?;
            println!("kube/overlays/{overlay} is {tag}. Commit it, and Argo CD rolls it out.");
            Ok(())
        }
        Command::Bump { what: Bump::Key } => {
            let stale = bump::keys(repository)?;
            println!("{}", if stale.is_empty() { "every key was fresh".to_owned() } else { stale.join(", ") });
            Ok(())
        }
    }
}

fn manifests(repository: &Path) -> Result<()> {
    let mut wrong = 0;
    for overlay in overlays(repository)? {
        let documents = render(&overlay_folder(repository, &overlay))?;
        let found = rules::check(&documents);
        println!(
            "{overlay:<18}{:>3} objects, {} rules, {} findings",
            documents.0.len(),
            rules::rules().count(),
            found.len()
        );
        found.iter().for_each(|finding| println!("    {finding}"));
        wrong += found.len();
    }
    let found = argocd::check(repository, &render(&repository.join("kube/argocd"))?)?;
    println!("{:<18}{} findings", "argocd", found.len());
    found.iter().for_each(|finding| println!("    {finding}"));
    wrong += found.len();
    if wrong > 0 {
        bail!("{wrong} findings");
    }
    Ok(())
}
