//! The key at the end of the miner Job's name.
//!
//! A Job cannot be changed once it is made. So its name says what it does: a hash over its whole `spec` (image,
//! arguments, resources) and over what the ConfigMaps that it reads say (the pointer to the data, parameters). When any
//! of that changes, there is a Job of another name: a new run. When nothing does, nothing runs.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::documents::{Documents, at, name};

/// The variable in the pointer file that has the key. It does not count for itself.
pub const JOB_KEY: &str = "JOB_KEY";

/// What the names of keyed Jobs begin with.
pub const JOB_PREFIX: &str = "segue-miner-";

/// Hexadecimal digits of a key: two in a thousand million million runs collide.
const DIGITS: usize = 10;

/// The key that belongs to a Job, given the other objects.
#[must_use]
pub fn job_key(documents: &Documents, job: &Value) -> String {
    let mut spec = at(job, "/spec").clone();
    inline_config_maps(&mut spec, documents);
    // serde_json's maps are sorted: the same spec is the same text.
    let digest = Sha256::digest(spec.to_string());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    hex[..DIGITS].to_owned()
}

/// Replaces the names of ConfigMaps by what they say. Generated names carry a hash of their own, which depends on how
/// kustomize makes it.
fn inline_config_maps(value: &mut Value, documents: &Documents) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                if let ("configMapRef" | "configMapKeyRef" | "configMap", Some(called)) =
                    (key.as_str(), referred(member))
                    && let Some(map) = documents.find("ConfigMap", &called)
                {
                    let mut data = at(map, "/data").as_object().cloned().unwrap_or_default();
                    data.remove(JOB_KEY);
                    *member = Value::Object(Map::from_iter([
                        ("reference".to_owned(), without_name(member)),
                        ("data".to_owned(), Value::Object(data)),
                    ]));
                } else {
                    inline_config_maps(member, documents);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| inline_config_maps(item, documents)),
        _ => {}
    }
}

fn referred(reference: &Value) -> Option<String> {
    Some(reference.get("name")?.as_str()?.to_owned())
}

fn without_name(reference: &Value) -> Value {
    let mut reference = reference.clone();
    if let Some(members) = reference.as_object_mut() {
        members.remove("name");
    }
    reference
}

/// The Job that is named by a key, if the overlay has one. A hook is not: it runs with every sync.
#[must_use]
pub fn keyed_job(documents: &Documents) -> Option<&Value> {
    documents.of_kind("Job").find(|job| {
        name(job).starts_with(JOB_PREFIX) && job.pointer("/metadata/annotations/argocd.argoproj.io~1hook").is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECTS: &str = "
kind: ConfigMap
metadata: {name: segue-data}
data: {DATASET_URL: u, JOB_KEY: '0'}
---
kind: Job
metadata: {name: segue-miner-0}
spec:
  template:
    spec:
      containers:
        - image: 'segue-miner:1'
          envFrom: [{configMapRef: {name: segue-data}}]
";

    fn key_of(yaml: &str) -> String {
        let documents = Documents::parse(yaml).unwrap();
        job_key(&documents, keyed_job(&documents).unwrap())
    }

    #[test]
    fn data_and_image_change_the_key() {
        let before = key_of(OBJECTS);
        assert_eq!(before.len(), DIGITS);
        assert_ne!(key_of(&OBJECTS.replace("DATASET_URL: u", "DATASET_URL: v")), before);
        assert_ne!(key_of(&OBJECTS.replace("segue-miner:1", "segue-miner:2")), before);
    }

    #[test]
    fn the_key_itself_and_the_names_of_config_maps_do_not() {
        let before = key_of(OBJECTS);
        assert_eq!(key_of(&OBJECTS.replace("JOB_KEY: '0'", "JOB_KEY: '1'")), before);
        assert_eq!(key_of(&OBJECTS.replace("name: segue-data", "name: segue-data-c0ffee")), before);
    }

    #[test]
    fn a_hook_has_no_key() {
        let hook = OBJECTS.replace(
            "metadata: {name: segue-miner-0}",
            "metadata: {name: segue-miner-0, annotations: {argocd.argoproj.io/hook: Sync}}",
        );
        assert_eq!(keyed_job(&Documents::parse(&hook).unwrap()), None);
    }
}
