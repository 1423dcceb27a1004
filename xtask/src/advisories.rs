//! `cargo xtask advisories`: what is known against the crates that are used.

use crate::Result;
use crate::command::program;
use crate::progress;
use crate::project::Project;
use crate::setup::cargo_deny;

pub(crate) const HELP: &str = "\
cargo xtask advisories

Holds Cargo.lock against the RustSec database (`cargo deny check advisories`). The database is fetched from GitHub each
time, so this is a command of its own rather than a step of `cargo xtask test`; the workflow of GitHub runs it too. Where the
database cannot be had it says so, and fails: nothing has been checked then.
";

/// What cargo-deny says when it has nothing to hold the crates against.
const NOT_FETCHED: &str = "failed to fetch advisory database";

/// `cargo xtask advisories`.
pub(crate) fn command(project: &Project, arguments: &[String]) -> Result<()> {
    if let Some(word) = arguments.first() {
        return Err(format!("`{word}` is not understood.\n\n{HELP}").into());
    }
    let tool = cargo_deny(project)?;
    progress::begin("advisories");
    let output = program(tool)
        .current_dir(&project.root)
        .args(["--color", "never", "check", "--hide-inclusion-graph", "advisories"])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{said}");
    verdict(output.status.success(), &said)
}

fn verdict(passed: bool, said: &str) -> Result<()> {
    if passed {
        Ok(())
    } else if said.contains(NOT_FETCHED) {
        Err("the database of advisories could not be fetched, so nothing was checked: try again where github.com can be reached".into())
    } else {
        Err("something is known against a crate: update it, or say in deny.toml why it may stay".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_cannot_be_had_is_told_from_a_finding() {
        assert!(verdict(true, "advisories ok").is_ok());
        let error = |said| verdict(false, said).unwrap_err().to_string();
        assert!(error("[ERROR] failed to fetch advisory database https://…: no route").contains("nothing was checked"));
        assert!(error("error[vulnerability]: …").contains("deny.toml"));
    }
}
