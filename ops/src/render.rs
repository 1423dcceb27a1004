//! From a folder with a kustomization to the objects that would be applied.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::documents::Documents;

/// The overlays of a repository, sorted by name.
///
/// # Errors
/// The folder cannot be read.
pub fn overlays(repository: &Path) -> Result<Vec<String>> {
    let folder = repository.join("kube/overlays");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        if entry.path().join("kustomization.yaml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Where an overlay is.
#[must_use]
pub fn overlay_folder(repository: &Path, overlay: &str) -> PathBuf {
    repository.join("kube/overlays").join(overlay)
}

/// Renders a folder as `kubectl kustomize` does, and Argo CD.
///
/// # Errors
/// kubectl is not there, or finds something wrong.
pub fn render(folder: &Path) -> Result<Documents> {
    let yaml = rendered_text(folder)?;
    Documents::parse(&yaml).with_context(|| format!("what kubectl made of {} is no YAML", folder.display()))
}

/// What [`render`] parses.
///
/// # Errors
/// As [`render`].
pub fn rendered_text(folder: &Path) -> Result<String> {
    let kubectl = env::var_os("SEGUE_KUBECTL").unwrap_or_else(|| OsString::from("kubectl"));
    let output = Command::new(&kubectl).arg("kustomize").arg(folder).output().with_context(|| {
        let kubectl = kubectl.to_string_lossy();
        format!(
            "{kubectl} cannot be started: install kubectl, or set SEGUE_KUBECTL (`cargo xtask manifests` sees to it)"
        )
    })?;
    if !output.status.success() {
        bail!("{} cannot be rendered: {}", folder.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}
