//! The linters of manifests, images, workflows and scripts: Python packages, in an environment of their own, and types
//! from npm.

use std::env::consts::OS;
use std::fs;
use std::path::PathBuf;

use super::{debian, npm};
use crate::Result;
use crate::command::{answer, on_path, program, run_logged};
use crate::fingerprint::Fingerprint;
use crate::progress;
use crate::project::Project;

/// The Python packages, each in one version.
const REQUIREMENTS: &str = "ops/requirements.txt";

/// Where the linters are.
#[derive(Debug)]
pub(crate) struct Linters {
    /// The folder with their programs.
    pub(crate) programs: PathBuf,
    /// The folder with the types of custom resources, and the compiler that compares.
    pub(crate) types: PathBuf,
}

/// Finds the linters; they are installed first where they are not there.
///
/// # Errors
/// When there is no npm, no Python with its `venv` module, or a package cannot be had.
pub(crate) fn find_or_install(project: &Project) -> Result<Linters> {
    Ok(Linters { programs: programs(project)?, types: npm::find_or_install(project, "ops", "types")? })
}

fn programs(project: &Project) -> Result<PathBuf> {
    let mut fingerprint = Fingerprint::default();
    fingerprint.add_text(&project.read(REQUIREMENTS)?);
    let folder = project.tools.join(format!("linters-{}", fingerprint.finish()));
    let programs = folder.join(if OS == "windows" { "Scripts" } else { "bin" });
    let complete = folder.join("complete");
    if complete.exists() {
        return Ok(programs);
    }
    if !has_venv() {
        if !debian::can_install() {
            return Err("the linters need Python 3 with its venv module (Debian: python3-venv)".into());
        }
        debian::install(project, &["python3-venv"])?;
    }
    progress::note(&format!("installing the linters of {REQUIREMENTS}"));
    let log = project.tools.join("logs/linters.log");
    run_logged(program("python3").args(["-m", "venv", "--clear"]).arg(&folder), &log)?;
    let mut pip = program(programs.join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    run_logged(pip.arg(project.root.join(REQUIREMENTS)), &log)?;
    fs::write(complete, "")?;
    Ok(programs)
}

fn has_venv() -> bool {
    on_path("python3").is_some() && answer(program("python3").args(["-c", "import venv, ensurepip"])).is_some()
}
