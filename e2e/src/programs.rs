//! Where the programs under test are.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, bail};

/// The packages whose programs are under test.
const PACKAGES: [&str; 3] = ["segue-miner", "segue-server", "segue-client"];

/// Path of `segue-miner`, `segue-server` or `segue`.
///
/// # Errors
/// It is not in `SEGUE_BIN_DIR`, or cannot be built.
pub fn program(name: &str) -> Result<PathBuf> {
    let folder = match env::var_os("SEGUE_BIN_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => built()?,
    };
    let path = folder.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    if !path.is_file() {
        bail!("there is no {}: build it with `cargo build --bins`, or set SEGUE_BIN_DIR", path.display());
    }
    Ok(path)
}

/// The built web app.
///
/// # Errors
/// There is none.
pub fn site() -> Result<PathBuf> {
    let path = env::var_os("SEGUE_SITE").map_or_else(|| workspace().join("dist"), PathBuf::from);
    if !path.join("index.html").is_file() {
        bail!("there is no web app in {}: build it with `cargo xtask ui`, or set SEGUE_SITE", path.display());
    }
    Ok(path)
}

/// Name or path of the browser.
#[must_use]
pub fn chromium() -> String {
    env::var("SEGUE_CHROMIUM").unwrap_or_else(|_| "chromium".into())
}

/// Name or path of the browser's WebDriver.
#[must_use]
pub fn chromedriver() -> String {
    env::var("SEGUE_CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".into())
}

/// The script of axe-core, which finds what makes a page inaccessible.
///
/// # Errors
/// It is not there.
pub fn axe() -> Result<PathBuf> {
    let usual = || workspace().join("e2e/node_modules/axe-core/axe.min.js");
    let path = env::var_os("SEGUE_AXE").map_or_else(usual, PathBuf::from);
    if !path.is_file() {
        bail!("there is no axe-core in {}: fetch it with `npm ci --prefix e2e`, or set SEGUE_AXE", path.display());
    }
    Ok(path)
}

fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The folder that cargo puts programs into for this profile, with the programs brought up to date.
fn built() -> Result<PathBuf> {
    static FOLDER: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
    let built = FOLDER.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    built.clone().map_err(anyhow::Error::msg)
}

fn build() -> Result<PathBuf> {
    let this = env::current_exe().context("where is this program?")?;
    let folder = this.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).context("where is this program?")?;
    // Not run by cargo: whoever runs it has built what it needs.
    if let Some(cargo) = env::var_os("CARGO") {
        let mut build = Command::new(cargo);
        build
            .current_dir(workspace())
            .args(["build", "--quiet", "--bins"])
            .args(PACKAGES.map(|name| format!("-p{name}")));
        if folder.ends_with("release") {
            build.arg("--release");
        }
        let status = build.status().context("cargo did not start")?;
        if !status.success() {
            bail!("`cargo build --bins -p {}` failed", PACKAGES.join(" -p "));
        }
    }
    Ok(folder.to_owned())
}
