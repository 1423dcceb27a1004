//! From a commit to what is applied in an experiment's namespace.
//!
//! Changed is only what an experiment has to decide: the namespace, the number of servers, the version that they say they
//! are, the name of their model, and the data of the Job. Left out is what would change these meanwhile, or is not for
//! one namespace alone: autoscaler, CronJob, ways in from outside, monitors.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::documents::{at, kind, list, set, text};
use crate::experiments::cluster::Commit;
use crate::experiments::data::DataSet;

/// The variable that says which version a server is.
pub(super) const VERSION: &str = "CODE_VERSION";

/// Kinds that are applied.
const KINDS: [&str; 7] = [
    "ConfigMap",
    "ServiceAccount",
    "PersistentVolumeClaim",
    "NetworkPolicy",
    "Deployment",
    "Service",
    "PodDisruptionBudget",
];

/// Where in the cluster a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The namespace.
    pub(super) namespace: String,
    /// The model's name in the volume.
    pub(super) model_name: String,
}

/// The namespace, which lets in only pods that are as restricted as Segue's.
pub(super) fn namespace(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": { "name": name, "labels": { "pod-security.kubernetes.io/enforce": "restricted" } },
    })
}

/// Everything but the Job.
pub(super) fn of_commit(commit: &Commit, place: &Place) -> Result<Vec<Value>> {
    let mut objects: Vec<Value> =
        commit.documents.0.iter().filter(|object| KINDS.contains(&kind(object))).cloned().collect();
    for object in &mut objects {
        set(object, "/metadata/namespace", json!(place.namespace)).context("an object without metadata")?;
        if kind(object) == "Deployment" {
            set(object, "/spec/replicas", json!(commit.replicas)).context("a Deployment without spec")?;
            let variables = [(VERSION, commit.version.as_str()), ("MODEL_NAME", place.model_name.as_str())];
            give_variables(object, &variables)?;
            if !commit.arguments.is_empty() {
                set(object, "/spec/template/spec/containers/0/args", json!(commit.arguments))
                    .context("a Deployment without container")?;
            }
        }
    }
    Ok(objects)
}

/// A Job that mines a data set, and the ConfigMap that has it: no network is needed for it.
pub(super) fn of_job(commit: &Commit, place: &Place, name: &str, data: &DataSet) -> Result<Vec<Value>> {
    let mut job = commit.documents.of_kind("Job").next().context("the overlay has no Job")?.clone();
    set(&mut job, "/metadata/name", json!(name)).context("a Job without metadata")?;
    set(&mut job, "/metadata/namespace", json!(place.namespace)).context("a Job without metadata")?;
    // A hook would not be run by kubectl, and is none here.
    set(&mut job, "/metadata/annotations", json!({})).context("a Job without metadata")?;
    let variables = [
        ("MODEL_NAME", place.model_name.as_str()),
        ("DATASET_URL", ""),
        ("DATASET_SHA256", &data.sha256),
        ("DATASET_DATE", ""),
    ];
    give_variables(&mut job, &variables)?;
    let container = "/spec/template/spec/containers/0";
    set(&mut job, &format!("{container}/args"), json!(["mine", "/data/playlists.csv"])).context("no container")?;
    append(&mut job, &format!("{container}/volumeMounts"), json!({ "name": "data", "mountPath": "/data" }))?;
    append(&mut job, "/spec/template/spec/volumes", json!({ "name": "data", "configMap": { "name": name } }))?;
    let playlists = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": name, "namespace": place.namespace },
        "data": { "playlists.csv": data.csv },
    });
    Ok(vec![playlists, job])
}

/// The port that servers listen on.
pub(super) fn server_port(commit: &Commit) -> Option<u64> {
    let deployment = commit.documents.of_kind("Deployment").next()?;
    at(deployment, "/spec/template/spec/containers/0/ports/0/containerPort").as_u64()
}

/// Sets variables of every container, in place of what they were.
fn give_variables(object: &mut Value, variables: &[(&str, &str)]) -> Result<()> {
    for containers in ["/spec/template/spec/initContainers", "/spec/template/spec/containers"] {
        for index in 0..list(object, containers).len() {
            let place = format!("{containers}/{index}/env");
            let mut kept: Vec<Value> = list(object, &place).to_vec();
            kept.retain(|variable| !variables.iter().any(|(name, _)| text(variable, "/name") == *name));
            kept.extend(variables.iter().map(|(name, value)| json!({ "name": name, "value": value })));
            set(object, &place, Value::Array(kept)).context("a container that is none")?;
        }
    }
    Ok(())
}

fn append(object: &mut Value, pointer: &str, item: Value) -> Result<()> {
    if object.pointer(pointer).is_none() {
        set(object, pointer, json!([])).with_context(|| format!("no place for {pointer}"))?;
    }
    set(object, &format!("{pointer}/-"), item).with_context(|| format!("{pointer} is no list"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::Documents;

    const OBJECTS: &str = "
kind: Namespace
metadata: {name: segue}
---
kind: HorizontalPodAutoscaler
metadata: {name: segue-server, namespace: segue}
---
kind: Deployment
metadata: {name: segue-server, namespace: segue}
spec:
  template:
    spec:
      initContainers: [{name: await-model}]
      containers: [{name: server, env: [{name: CODE_VERSION, value: old}, {name: LOG, value: info}], ports: [{containerPort: 8080}]}]
---
kind: Job
metadata: {name: segue-miner-0, namespace: segue, annotations: {argocd.argoproj.io/hook: Sync}}
spec:
  template:
    spec:
      containers: [{name: miner, args: [mine]}]
";

    fn commit() -> Commit {
        let documents = Documents::parse(OBJECTS).unwrap();
        Commit { documents, version: "v2".to_owned(), replicas: 3, arguments: Vec::new() }
    }

    fn place() -> Place {
        Place { namespace: "trial".to_owned(), model_name: "run-1".to_owned() }
    }

    #[test]
    fn a_commit_goes_into_the_namespace_without_what_would_change_it_meanwhile() {
        let objects = of_commit(&commit(), &place()).unwrap();
        assert_eq!(objects.iter().map(kind).collect::<Vec<_>>(), ["Deployment"]);
        let deployment = &objects[0];
        assert_eq!(text(deployment, "/metadata/namespace"), "trial");
        assert_eq!(at(deployment, "/spec/replicas"), 3);
        let variables = json!([
            { "name": "LOG", "value": "info" },
            { "name": "CODE_VERSION", "value": "v2" },
            { "name": "MODEL_NAME", "value": "run-1" },
        ]);
        assert_eq!(*at(deployment, "/spec/template/spec/containers/0/env"), variables);
        let waiting = list(deployment, "/spec/template/spec/initContainers/0/env");
        assert!(waiting.iter().any(|variable| text(variable, "/value") == "run-1"));
    }

    #[test]
    fn a_job_mines_the_playlists_of_its_config_map_and_is_no_hook() {
        let data = DataSet { url: "http://nowhere".to_owned(), sha256: "ab".to_owned(), csv: "pid\n".to_owned() };
        let objects = of_job(&commit(), &place(), "segue-miner-run-1-1", &data).unwrap();
        let [playlists, job] = &objects[..] else { panic!("{objects:?}") };
        assert_eq!(text(playlists, "/data/playlists.csv"), "pid\n");
        assert_eq!(at(job, "/metadata/annotations"), &json!({}));
        assert_eq!(text(job, "/spec/template/spec/volumes/0/configMap/name"), text(playlists, "/metadata/name"));
        assert_eq!(*at(job, "/spec/template/spec/containers/0/args"), json!(["mine", "/data/playlists.csv"]));
        let variables = list(job, "/spec/template/spec/containers/0/env");
        assert!(variables.contains(&json!({ "name": "DATASET_SHA256", "value": "ab" })));
    }

    #[test]
    fn the_port_is_the_containers() {
        assert_eq!(server_port(&commit()), Some(8080));
    }
}
