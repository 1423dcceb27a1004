//! Packages of npm's that a `package.json` of the checkout lists, in folders of their own among the tools.

use std::fs;
use std::path::{Path, PathBuf};

use super::debian;
use crate::Result;
use crate::command::{on_path, program, run_logged};
use crate::fingerprint::Fingerprint;
use crate::progress;
use crate::project::Project;

const LIST: &str = "package.json";
/// Beside a list, the hashes of what is fetched. npm refuses anything else.
const LOCK: &str = "package-lock.json";

/// Finds the folder with the packages that `FOLDER/package.json` lists, for something called `name`; they are installed
/// first where they are not there.
///
/// # Errors
/// When there is no npm, or a package cannot be had.
pub(crate) fn find_or_install(project: &Project, folder: &str, name: &str) -> Result<PathBuf> {
    let from = project.root.join(folder);
    let is_locked = from.join(LOCK).exists();
    let files: &[&str] = if is_locked { &[LIST, LOCK] } else { &[LIST] };
    let mut fingerprint = Fingerprint::default();
    for file in files {
        fingerprint.add_text(&project.read(&format!("{folder}/{file}"))?);
    }
    let to = project.tools.join(format!("{name}-{}", fingerprint.finish()));
    let complete = to.join("complete");
    if complete.exists() {
        return Ok(to);
    }
    need_npm(project, name)?;
    progress::note(&format!("installing what {folder}/{LIST} lists"));
    fs::create_dir_all(&to)?;
    for file in files {
        fs::copy(from.join(file), to.join(file))?;
    }
    let mut npm = program("npm");
    let action: &[&str] = if is_locked { &["ci"] } else { &["install", "--no-package-lock"] };
    npm.args(action).args(["--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(&to);
    run_logged(npm.current_dir(&to), &project.tools.join(format!("logs/{name}.log")))?;
    fs::write(complete, "")?;
    Ok(to)
}

fn need_npm(project: &Project, name: &str) -> Result<()> {
    if on_path("npm").is_some() {
        return Ok(());
    }
    if !debian::can_install() {
        return Err(format!("{name} come from npm: install Node.js with npm").into());
    }
    debian::install(project, &["nodejs", "npm"])
}

/// Path of a file that a package in such a folder has.
///
/// # Errors
/// When it has none.
pub(crate) fn file_in(folder: &Path, file: &str) -> Result<PathBuf> {
    let path = folder.join("node_modules").join(file);
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("{} was installed, and yet it is not there", path.display()).into())
    }
}
