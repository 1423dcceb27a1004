//! Configuration: what is referred to is there, programs know what they are told, and miner and servers mean the same.

use std::collections::BTreeSet;

use clap::CommandFactory as _;
use serde_json::Value;

use super::{Findings, Rule};
use crate::documents::{Documents, Workload, at, list, name, text};

pub(super) const RULES: &[Rule] = &[
    Rule { name: "config-exists", demands: "ConfigMaps and keys that are referred to are there", check: config_exists },
    Rule { name: "config-used", demands: "a ConfigMap is referred to by something", check: config_used },
    Rule { name: "secret-known", demands: "Secrets are among those the documentation tells of", check: secret_known },
    Rule { name: "server-variables", demands: "servers know the variables they are given", check: server_variables },
    Rule { name: "same-store", demands: "miner and servers mean the same store, model and alias", check: same_store },
    Rule { name: "same-version", demands: "init container and server are one image", check: same_version },
    Rule { name: "data-hash", demands: "a data set's hash is 64 hexadecimal digits, or left out", check: data_hash },
];

/// Secrets that somebody puts into the cluster by hand or by an operator: docs/deploy.md tells how.
const SECRETS: [&str; 2] = ["segue-data-credentials", "segue-tls"];

fn config_exists(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads() {
        for container in workload.containers() {
            let whole = list(container, "/envFrom").iter().filter_map(|source| source.pointer("/configMapRef/name"));
            let keys =
                list(container, "/env").iter().filter_map(|variable| variable.pointer("/valueFrom/configMapKeyRef"));
            for called in whole.filter_map(Value::as_str) {
                if documents.find("ConfigMap", called).is_none() {
                    findings.add(workload.object, format!("reads the ConfigMap `{called}`, which is not there"));
                }
            }
            for reference in keys {
                let map = documents.find("ConfigMap", text(reference, "/name"));
                if map.is_none_or(|map| at(map, "/data").get(text(reference, "/key")).is_none()) {
                    findings.add(workload.object, format!("reads {reference}, which is not there"));
                }
            }
        }
    }
}

fn config_used(documents: &Documents, findings: &mut Findings) {
    let mut used = BTreeSet::new();
    for container in documents.workloads().flat_map(Workload::containers) {
        let whole = list(container, "/envFrom").iter().map(|source| text(source, "/configMapRef/name"));
        let keys = list(container, "/env").iter().map(|variable| text(variable, "/valueFrom/configMapKeyRef/name"));
        used.extend(whole.chain(keys));
    }
    // Grafana finds dashboards by this label.
    let is_dashboard = |map: &Value| !at(map, "/metadata/labels/grafana_dashboard").is_null();
    for map in documents.of_kind("ConfigMap").filter(|map| !used.contains(name(map)) && !is_dashboard(map)) {
        findings.add(map, "nothing reads it");
    }
}

fn secret_known(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads() {
        for container in workload.containers() {
            let whole = list(container, "/envFrom").iter().filter_map(|source| source.pointer("/secretRef/name"));
            let keys =
                list(container, "/env").iter().filter_map(|variable| variable.pointer("/valueFrom/secretKeyRef/name"));
            for secret in whole.chain(keys).filter_map(Value::as_str).filter(|secret| !SECRETS.contains(secret)) {
                findings.add(workload.object, format!("needs the Secret `{secret}`, of which nobody is told"));
            }
        }
    }
    for ingress in documents.of_kind("Ingress") {
        for secret in list(ingress, "/spec/tls").iter().map(|tls| text(tls, "/secretName")) {
            if !secret.is_empty() && !SECRETS.contains(&secret) {
                findings.add(ingress, format!("needs the Secret `{secret}`, of which nobody is told"));
            }
        }
    }
}

fn server_variables(documents: &Documents, findings: &mut Findings) {
    let command = segue_server::Config::command();
    let known: BTreeSet<&str> = command.get_arguments().filter_map(|argument| argument.get_env()?.to_str()).collect();
    for server in documents.workloads().filter(|workload| !workload.is_miner()) {
        for container in server.containers() {
            let own = list(container, "/env").iter().map(|variable| text(variable, "/name"));
            let maps = documents.config_maps(container).filter_map(|map| at(map, "/data").as_object());
            for variable in own.chain(maps.flat_map(|data| data.keys().map(String::as_str))) {
                if !known.contains(variable) {
                    findings.add(server.object, format!("the server knows no variable {variable}"));
                }
            }
        }
    }
}

fn same_store(documents: &Documents, findings: &mut Findings) {
    const VARIABLES: [&str; 3] = ["MODEL_DIR", "MODEL_NAME", "MODEL_ALIAS"];
    let meant = |container| VARIABLES.map(|variable| documents.variable(container, variable));
    let servers: Vec<_> = documents
        .workloads()
        .filter(|workload| !workload.is_miner())
        .flat_map(|server| server.containers().map(meant).collect::<Vec<_>>())
        .collect();
    let Some(wanted) = servers.first() else { return };
    for workload in documents.workloads() {
        for container in workload.containers() {
            if meant(container) != *wanted {
                findings.add(
                    workload.object,
                    format!(
                        "container {} means another {} than the servers",
                        at(container, "/name"),
                        VARIABLES.join(", ")
                    ),
                );
            }
        }
    }
}

fn same_version(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads() {
        let mut images = workload.containers().map(|container| text(container, "/image"));
        let Some(first) = images.next() else { continue };
        if images.any(|image| image != first) {
            findings.add(workload.object, "its containers are not of one image");
        }
    }
}

fn data_hash(documents: &Documents, findings: &mut Findings) {
    for miner in documents.workloads().filter(|workload| workload.is_miner()) {
        for container in miner.containers() {
            let hash = documents.variable(container, "DATASET_SHA256").unwrap_or_default();
            let is_hash = hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if !hash.is_empty() && !is_hash {
                findings.add(miner.object, format!("DATASET_SHA256 `{hash}` is no SHA-256 in lower case"));
            }
        }
    }
}
