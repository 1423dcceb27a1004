//! `cargo xtask manifests`, `bump` and `experiments`: what the crate `segue-ops` does, with what it needs.

use std::process::Command;

use crate::Result;
use crate::command::{program, run};
use crate::project::Project;
use crate::setup::kubectl;

pub(crate) const MANIFESTS_HELP: &str = "\
cargo xtask manifests [--rules]

Renders every overlay in kube/overlays and checks what no schema sees: selectors, ports, references, mounts, keys, probe
paths that the server really serves, time to end, security. `cargo xtask test --only manifests` also proves the rules
by manifests with one defect each, and holds everything against schemas.

    --rules   print the rules
";

pub(crate) const BUMP_HELP: &str = "\
cargo xtask bump data OVERLAY [--url URL] [--date DATE] [--sha256 SHA256]
cargo xtask bump image OVERLAY TAG
cargo xtask bump key

Edits the pointers in Git, and nothing else: which data set an overlay mines, or which images it runs. Then computes
JOB_KEY, the end of the miner Job's name, anew. `key` does only that, after a change by hand.
";

/// `cargo xtask manifests`.
pub(crate) fn manifests(project: &Project, arguments: &[String]) -> Result<()> {
    start(project, "manifests", arguments)
}

/// `cargo xtask bump`.
pub(crate) fn bump(project: &Project, arguments: &[String]) -> Result<()> {
    start(project, "bump", arguments)
}

fn start(project: &Project, name: &str, arguments: &[String]) -> Result<()> {
    let mut command = program("cargo");
    command.current_dir(&project.root).args(["run", "--quiet", "--package", "segue-ops", "--", name]).args(arguments);
    run(with_kubectl(project, &mut command)?)
}

/// Tells a program where kubectl is.
///
/// # Errors
/// It is nowhere, and cannot be installed.
pub(crate) fn with_kubectl<'a>(project: &Project, command: &'a mut Command) -> Result<&'a mut Command> {
    Ok(command.env("SEGUE_KUBECTL", kubectl::find_or_install(project)?))
}
