//! `segue-ops`: checks manifests, edits pointers, runs experiments. `cargo xtask` starts it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use segue_ops::experiments::cases::{self, Outcome};
use segue_ops::experiments::data::DataSets;
use segue_ops::experiments::kubectl::KubectlProgram;
use segue_ops::experiments::lab::{self, Lab};
use segue_ops::experiments::process::Programs;
use segue_ops::experiments::report::{Results, document, picture, table};
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
    /// Measure what changes do to people who are asking, with processes in place of a cluster or in a real one
    Experiments(Experiments),
    /// Edit the pointers in Git: the data set, or the images' tag
    Bump {
        #[command(subcommand)]
        what: Bump,
    },
}

#[derive(Debug, Args)]
struct Experiments {
    /// Three cases in about a minute, and no document
    #[arg(long)]
    short: bool,
    /// What is, or plays, the cluster
    #[arg(long, value_enum, default_value_t = Driver::Local)]
    driver: Driver,
    /// With kubectl: where clients on this machine reach the Service, such as `http://localhost:30502`
    #[arg(long, required_if_eq("driver", "kubectl"), value_name = "URL")]
    service: Option<String>,
    /// With kubectl: the namespace that everything goes into
    #[arg(long, default_value = "segue-experiments", value_name = "NAME")]
    namespace: String,
    /// With kubectl: the context of its configuration; the current one if not said
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Requests in each case, at least
    #[arg(long, default_value_t = 6_000, value_name = "N")]
    requests: usize,
    /// Jobs to kill
    #[arg(long, default_value_t = 100, value_name = "N")]
    killed_jobs: usize,
    /// The overlay whose numbers count
    #[arg(long, default_value = "production", value_name = "NAME")]
    overlay: String,
    /// Folder with segue-server, segue-miner and segue
    #[arg(long, value_name = "DIR")]
    programs: PathBuf,
    /// Folder for the requests' files
    #[arg(long, value_name = "DIR")]
    records: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Driver {
    /// Processes on this machine
    Local,
    /// The cluster that kubectl speaks to
    Kubectl,
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
        Command::Experiments(options) => experiments(repository, options),
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

fn experiments(repository: &Path, options: &Experiments) -> Result<()> {
    let begun = Instant::now();
    let records = env::current_dir()?.join(&options.records);
    fs::create_dir_all(&records).with_context(|| format!("making {}", records.display()))?;
    let programs = Programs(env::current_dir()?.join(&options.programs));
    // A data set for a real cluster is a ConfigMap, which may have 1 MiB.
    let most_playlists = (options.driver == Driver::Kubectl).then_some(PLAYLISTS_IN_A_CONFIG_MAP);
    let lab = Lab {
        driver: driver(options)?,
        data: DataSets::serve(&programs, &records.join("data"), most_playlists)?,
        programs,
        documents: render(&overlay_folder(repository, &options.overlay))?,
        records,
        requests: options.requests,
    };
    let outcomes = if options.short { cases::short(&lab)? } else { cases::all(&lab)? };
    println!("{}", table(&outcomes));
    if !options.short {
        whole(repository, &lab, options, &outcomes, begun)?;
    }
    let surprising: Vec<&str> =
        outcomes.iter().filter(|outcome| !outcome.is_as_expected()).map(|outcome| outcome.title).collect();
    if !surprising.is_empty() {
        bail!("not as expected: {}", surprising.join(", "));
    }
    Ok(())
}

/// What the long form does more, and its document.
fn whole(repository: &Path, lab: &Lab, options: &Experiments, outcomes: &[Outcome], begun: Instant) -> Result<()> {
    let variants = cases::variants(lab)?;
    let killed_jobs = if lab.is_played() { Some(cases::killed_jobs(lab, options.killed_jobs)?.0) } else { None };
    let failed_meanwhile = killed_jobs.as_ref().map_or(0, |killed| killed.figures.failed);
    let results = Results {
        is_played: lab.is_played(),
        overlay: options.overlay.clone(),
        variants,
        killed_jobs,
        plan: cases::plan(lab)?,
        took: begun.elapsed(),
        outcomes: outcomes.to_vec(),
    };
    let name = if lab.is_played() { "delivery" } else { "delivery-on-a-cluster" };
    let picture_file = repository.join(format!("docs/{name}.svg"));
    fs::write(&picture_file, picture(outcomes)?).with_context(|| format!("writing {}", picture_file.display()))?;
    let document_file = repository.join(format!("docs/{name}.md"));
    fs::write(&document_file, document(&results, &format!("{name}.svg")))
        .with_context(|| format!("writing {}", document_file.display()))?;
    println!("docs/{name}.md says what came of it; every request is in {}", lab.records.display());
    if failed_meanwhile > 0 {
        bail!("{failed_meanwhile} requests failed while Jobs were killed");
    }
    Ok(())
}

/// Some 3,600 bytes each; a changed data set has the first of them 200 times more.
const PLAYLISTS_IN_A_CONFIG_MAP: usize = 50;

fn driver(options: &Experiments) -> Result<lab::Driver> {
    if options.driver == Driver::Local {
        return Ok(lab::Driver::Local);
    }
    let program = env::var_os("SEGUE_KUBECTL").unwrap_or_else(|| "kubectl".into());
    Ok(lab::Driver::Kubectl {
        kubectl: Rc::new(KubectlProgram { program, context: options.context.clone() }),
        namespace: options.namespace.clone(),
        service: options.service.clone().context("--service")?,
    })
}
