//! Whether Argo CD's applications fit the overlays that they sync.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use crate::documents::{Documents, at, kind, label, list, name, text};
use crate::render::{overlay_folder, render};

/// What is wrong between `kube/argocd`, rendered, and the overlays of the repository.
///
/// # Errors
/// An overlay that an application names cannot be rendered.
pub fn check(repository: &Path, applications: &Documents) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for set in applications.of_kind("ApplicationSet") {
        let project_name = text(set, "/spec/template/spec/project");
        let Some(project) = applications.find("AppProject", project_name) else {
            found.push(format!("{} is of project `{project_name}`, which is not there", label(set)));
            continue;
        };
        let source = text(set, "/spec/template/spec/source/repoURL");
        if !list(project, "/spec/sourceRepos").iter().any(|allowed| allowed == source) {
            found.push(format!("{}: project {project_name} does not allow the repository {source}", label(set)));
        }
        let automated = at(set, "/spec/template/spec/syncPolicy/automated");
        if at(automated, "/prune") != true || at(automated, "/selfHeal") != true {
            found.push(format!("{} neither prunes nor heals by itself: old Jobs would stay", label(set)));
        }
        for element in list(set, "/spec/generators").iter().flat_map(|generator| list(generator, "/list/elements")) {
            let overlay = text(element, "/overlay");
            let folder = overlay_folder(repository, overlay);
            if folder.join("kustomization.yaml").is_file() {
                found.extend(check_element(element, project, &render(&folder)?));
            } else {
                found.push(format!("{}: there is no overlay `{overlay}`", label(set)));
            }
        }
    }
    Ok(found)
}

fn check_element(element: &Value, project: &Value, overlay: &Documents) -> Vec<String> {
    let (mut found, called) = (Vec::new(), text(element, "/overlay"));
    let namespace = text(element, "/namespace");
    if !list(project, "/spec/destinations").iter().any(|allowed| text(allowed, "/namespace") == namespace) {
        found.push(format!("{called}: project {} does not allow the namespace {namespace}", name(project)));
    }
    let is_autoscaled = overlay.of_kind("HorizontalPodAutoscaler").next().is_some();
    if text(element, "/autoscaled") != is_autoscaled.to_string() {
        found.push(format!("{called}: `autoscaled` must be \"{is_autoscaled}\""));
    }
    for object in &overlay.0 {
        if kind(object) != "Namespace" && text(object, "/metadata/namespace") != namespace {
            found.push(format!("{called}: {} is not in the namespace {namespace}", label(object)));
        }
        let group = text(object, "/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
        let is_allowed = ["/spec/clusterResourceWhitelist", "/spec/namespaceResourceWhitelist"]
            .iter()
            .flat_map(|kinds| list(project, kinds))
            .any(|allowed| text(allowed, "/group") == group && text(allowed, "/kind") == kind(object));
        if !is_allowed {
            found.push(format!("{called}: project {} does not allow {}", name(project), label(object)));
        }
    }
    found
}
