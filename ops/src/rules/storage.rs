//! The models' volume.

use serde_json::Value;

use super::{Findings, Rule};
use crate::documents::{Documents, Workload, at, list, text};

pub(super) const RULES: &[Rule] = &[
    Rule { name: "claim-exists", demands: "pods mount a claim that is there", check: claim_exists },
    Rule { name: "claim-shared", demands: "the models' claim can be written by many", check: claim_shared },
    Rule { name: "mounts-volumes", demands: "what a container mounts is a volume of its pod", check: mounts_volumes },
    Rule { name: "volumes-mounted", demands: "a pod's volumes are mounted", check: volumes_mounted },
    Rule { name: "servers-only-read", demands: "servers mount the models read-only", check: servers_only_read },
    Rule { name: "models-mounted", demands: "MODEL_DIR is in the models' volume", check: models_mounted },
    Rule { name: "miner-writes", demands: "the miner can write models and temporary files", check: miner_writes },
];

/// The mount of a container that is a claim's, with the path.
fn claim_mounts<'a>(workload: &Workload<'a>, container: &'a Value) -> impl Iterator<Item = &'a Value> {
    let pod = workload.pod();
    list(container, "/volumeMounts").iter().filter(move |mount| {
        list(pod, "/volumes")
            .iter()
            .any(|volume| at(volume, "/name") == at(mount, "/name") && volume.get("persistentVolumeClaim").is_some())
    })
}

fn claim_exists(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads() {
        for volume in list(workload.pod(), "/volumes") {
            let Some(claim) = volume.pointer("/persistentVolumeClaim/claimName").and_then(Value::as_str) else {
                continue;
            };
            if documents.find("PersistentVolumeClaim", claim).is_none() {
                findings.add(workload.object, format!("mounts the claim `{claim}`, which is not there"));
            }
        }
    }
}

fn claim_shared(documents: &Documents, findings: &mut Findings) {
    for claim in documents.of_kind("PersistentVolumeClaim") {
        if !list(claim, "/spec/accessModes").iter().any(|mode| mode == "ReadWriteMany") {
            findings.add(claim, "servers and miner on several nodes need ReadWriteMany");
        }
    }
}

fn mounts_volumes(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads() {
        for mount in workload.containers().flat_map(|container| list(container, "/volumeMounts")) {
            if !list(workload.pod(), "/volumes").iter().any(|volume| at(volume, "/name") == at(mount, "/name")) {
                findings.add(workload.object, format!("mounts {}, which is no volume of the pod", at(mount, "/name")));
            }
        }
    }
}

fn volumes_mounted(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads() {
        for volume in list(workload.pod(), "/volumes") {
            let mounted = workload
                .containers()
                .flat_map(|container| list(container, "/volumeMounts"))
                .any(|mount| at(mount, "/name") == at(volume, "/name"));
            if !mounted {
                findings.add(workload.object, format!("nothing mounts its volume {}", at(volume, "/name")));
            }
        }
    }
}

fn servers_only_read(documents: &Documents, findings: &mut Findings) {
    for server in documents.workloads().filter(|workload| !workload.is_miner()) {
        for container in server.containers() {
            if claim_mounts(&server, container).any(|mount| at(mount, "/readOnly") != true) {
                findings.add(server.object, format!("container {} could write models", at(container, "/name")));
            }
        }
    }
}

fn models_mounted(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads() {
        for container in workload.containers() {
            let Some(folder) = documents.variable(container, "MODEL_DIR") else { continue };
            if !list(container, "/volumeMounts").iter().any(|mount| text(mount, "/mountPath") == folder) {
                findings.add(
                    workload.object,
                    format!("container {} has no volume at MODEL_DIR {folder}", at(container, "/name")),
                );
            }
        }
    }
}

fn miner_writes(documents: &Documents, findings: &mut Findings) {
    for miner in documents.workloads().filter(|workload| workload.is_miner()) {
        for container in miner.containers() {
            let reads_only = list(container, "/volumeMounts").iter().any(|mount| at(mount, "/readOnly") == true);
            let has_scratch = list(container, "/volumeMounts").iter().any(|mount| text(mount, "/mountPath") == "/tmp");
            if reads_only || !has_scratch {
                findings.add(
                    miner.object,
                    format!("container {} needs its volumes writable and one at /tmp", text(container, "/name")),
                );
            }
        }
    }
}
