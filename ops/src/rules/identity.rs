//! Names, namespaces and selectors.

use std::collections::BTreeSet;

use super::{Findings, Rule};
use crate::documents::{Documents, at, kind, list, name, selects, text};
use crate::job_key::{JOB_PREFIX, job_key, keyed_job};

pub(super) const RULES: &[Rule] = &[
    Rule { name: "unique-names", demands: "no two objects of one kind have one name", check: unique_names },
    Rule { name: "one-namespace", demands: "all objects are in the one namespace", check: one_namespace },
    Rule { name: "own-pods-selected", demands: "a Deployment selects the pods it makes", check: own_pods_selected },
    Rule { name: "spread-selects-pods", demands: "pods are spread among their like", check: spread_selects_pods },
    Rule { name: "budget-selects-pods", demands: "a disruption budget protects pods", check: budget_selects_pods },
    Rule {
        name: "autoscaler-target",
        demands: "an autoscaler scales a Deployment that is there",
        check: scaler_target,
    },
    Rule { name: "account-exists", demands: "pods run as a ServiceAccount that is there", check: account_exists },
    Rule { name: "job-key", demands: "the miner Job's name ends with the key of what it does", check: key_is_fresh },
];

fn unique_names(documents: &Documents, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for object in &documents.0 {
        if !seen.insert((kind(object), name(object))) {
            findings.add(object, "there are two of this kind and name");
        }
    }
}

fn one_namespace(documents: &Documents, findings: &mut Findings) {
    let namespace_of = |object| match kind(object) {
        "Namespace" => name(object),
        _ => text(object, "/metadata/namespace"),
    };
    let Some(wanted) = documents.of_kind("Deployment").next().map(namespace_of) else { return };
    for object in documents.0.iter().filter(|object| namespace_of(object) != wanted) {
        findings.add(object, format!("is in namespace `{}`, the Deployment in `{wanted}`", namespace_of(object)));
    }
}

fn own_pods_selected(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads().filter(|workload| kind(workload.object) == "Deployment") {
        if !selects(at(workload.spec, "/selector/matchLabels"), workload.labels()) {
            findings.add(workload.object, "its selector does not match the labels of its pods");
        }
    }
}

fn spread_selects_pods(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads() {
        for constraint in list(workload.pod(), "/topologySpreadConstraints") {
            if !selects(at(constraint, "/labelSelector/matchLabels"), workload.labels()) {
                findings.add(workload.object, "a spread constraint does not match the labels of the pods");
            }
        }
    }
}

fn budget_selects_pods(documents: &Documents, findings: &mut Findings) {
    for budget in documents.of_kind("PodDisruptionBudget") {
        let selector = at(budget, "/spec/selector/matchLabels");
        if !documents.workloads().any(|workload| selects(selector, workload.labels())) {
            findings.add(budget, "its selector matches no pod");
        }
    }
}

fn scaler_target(documents: &Documents, findings: &mut Findings) {
    for scaler in documents.of_kind("HorizontalPodAutoscaler") {
        let target = at(scaler, "/spec/scaleTargetRef");
        if documents.find(text(target, "/kind"), text(target, "/name")).is_none() {
            findings
                .add(scaler, format!("scales {}/{}, which is not there", text(target, "/kind"), text(target, "/name")));
        }
    }
}

fn account_exists(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads() {
        let account = text(workload.pod(), "/serviceAccountName");
        if documents.find("ServiceAccount", account).is_none() {
            findings.add(workload.object, format!("runs as ServiceAccount `{account}`, which is not there"));
        }
    }
}

fn key_is_fresh(documents: &Documents, findings: &mut Findings) {
    let Some(job) = keyed_job(documents) else { return };
    let wanted = format!("{JOB_PREFIX}{}", job_key(documents, job));
    if name(job) != wanted {
        findings.add(job, format!("its key is stale, the name would be {wanted}: `cargo xtask bump key`"));
    }
}
