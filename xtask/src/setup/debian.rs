//! Debian's packages: asked about by anyone, installed by root.

use std::process::Command;
use std::sync::OnceLock;

use crate::Result;
use crate::command::{answer, on_path, program, run_logged};
use crate::progress;
use crate::project::Project;
use crate::version::Version;

/// Whether packages can be installed from here: `apt-get` is there, and this is root.
pub(crate) fn can_install() -> bool {
    static CAN: OnceLock<bool> = OnceLock::new();
    *CAN.get_or_init(|| {
        on_path("apt-get").is_some() && answer(program("id").arg("-u")).is_some_and(|user| user.trim() == "0")
    })
}

/// The version of a package that would be installed, if the archive has one.
pub(crate) fn candidate(project: &Project, package: &str) -> Result<Option<Version>> {
    update_once(project)?;
    let policy = answer(program("apt-cache").args(["policy", package])).unwrap_or_default();
    Ok(candidate_in(&policy))
}

/// Installs those of these packages that are not installed.
///
/// # Errors
/// When apt does not succeed.
pub(crate) fn install(project: &Project, packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    update_once(project)?;
    progress::note(&format!("installing packages: {}", missing.join(" ")));
    let mut command = apt_get();
    command.args(["install", "--yes", "--no-install-recommends"]).args(missing);
    run_logged(&mut command, &project.tools.join("logs/apt-install.log"))
}

fn is_installed(package: &str) -> bool {
    answer(program("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", package]))
        .is_some_and(|status| status == "installed")
}

/// A list of packages that is months old, or not there, names files that the archive no longer has.
fn update_once(project: &Project) -> Result<()> {
    static DONE: OnceLock<()> = OnceLock::new();
    if DONE.get().is_none() {
        progress::note("reading the package lists");
        run_logged(apt_get().arg("update"), &project.tools.join("logs/apt-update.log"))?;
        let _ = DONE.set(());
    }
    Ok(())
}

fn apt_get() -> Command {
    let mut command = program("apt-get");
    // Another apt may be at work, as on a machine that has just started: wait for it.
    command.args(["-o", "DPkg::Lock::Timeout=300"]).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn candidate_in(policy: &str) -> Option<Version> {
    policy.lines().find_map(|line| line.trim().strip_prefix("Candidate:")).and_then(Version::first_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_candidate_is_read_from_what_apt_cache_prints() {
        let policy = "rustc-web:\n  Installed: (none)\n  Candidate: 1.96.0+dfsg1-1~deb12u2\n  Version table:\n";
        assert_eq!(candidate_in(policy).unwrap().to_string(), "1.96.0");
        assert_eq!(candidate_in("gone:\n  Installed: 1.2-1\n  Candidate: (none)\n"), None);
        assert_eq!(candidate_in(""), None);
    }
}
