//! `cargo xtask manifests`, `bump` and `experiments`: what the crate `segue-ops` does, with what it needs.

use std::process::Command;

use crate::Result;
use crate::command::{program, run};
use crate::progress;
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

pub(crate) const EXPERIMENTS_HELP: &str = "\
cargo xtask experiments [--short] [--requests N] [--killed-jobs N] [--overlay NAME]
cargo xtask experiments --driver kubectl --service URL [--namespace NAME] [--context NAME] [--overlay NAME] [...]

Measures what changes (replicas, code, data, a bad image, a bad model) do to people who are asking all the while. Without a
cluster: real servers, miner and clients as processes, under a Deployment controller and a Service that are played by the
numbers in the manifests. Takes some minutes; writes docs/delivery.md and docs/delivery.svg, and every request to
target/experiments.

With --driver kubectl the same runs are made on a real cluster, in a namespace of their own: the overlay's images must be
there for its nodes, its volume claim must be met, and clients on this machine must reach the Service at URL. They write
docs/delivery-on-a-cluster.md. `kubectl delete namespace segue-experiments` removes what they leave.

    --short             three cases in about a minute, and no document
    --requests N        requests in each case, at least; 6000 if not said
    --killed-jobs N     Jobs to kill with SIGKILL; 100 if not said
    --overlay NAME      the overlay whose numbers count; production if not said
    --driver kubectl    a real cluster, in place of processes
    --service URL       where this machine reaches the Service there, such as http://localhost:30502
    --namespace NAME    what everything goes into there; segue-experiments if not said
    --context NAME      the context of kubectl's configuration; the current one if not said
";

/// `cargo xtask experiments`.
pub(crate) fn experiments(project: &Project, arguments: &[String]) -> Result<()> {
    progress::begin("segue-server, segue-miner and segue");
    let packages = ["segue-server", "segue-miner", "segue-client"];
    let packages = packages.iter().flat_map(|name| ["--package", name]);
    run(program("cargo").current_dir(&project.root).args(["build", "--release", "--bins"]).args(packages))?;
    let mut words: Vec<String> = arguments.to_vec();
    for (flag, folder) in
        [("--programs", project.target.join("release")), ("--records", project.target.join("experiments"))]
    {
        words.extend([flag.to_owned(), folder.display().to_string()]);
    }
    start(project, "experiments", &words)
}

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
