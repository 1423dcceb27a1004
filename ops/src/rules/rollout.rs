//! What makes a change lose no request: probes, order of replacement, time to end.

use std::collections::BTreeSet;

use segue_server::openapi::Description;
use serde_json::Value;
use utoipa::OpenApi as _;

use super::{Findings, Rule};
use crate::documents::{Documents, Workload, at, kind, list, name, selects, text};
use crate::job_key::keyed_job;

pub(super) const RULES: &[Rule] = &[
    Rule { name: "probes-present", demands: "servers have all three probes", check: probes_present },
    Rule { name: "probe-port", demands: "probes ask a port that the container has", check: probe_port },
    Rule { name: "probe-path", demands: "probes ask a path that the server serves", check: probe_path },
    Rule { name: "ready-means-model", demands: "readiness asks /readyz, which is about the model", check: readiness },
    Rule { name: "alive-without-model", demands: "startup and liveness do not ask /readyz", check: liveness },
    Rule { name: "never-fewer", demands: "a rollout takes no server away before another is ready", check: never_fewer },
    Rule {
        name: "time-to-end",
        demands: "preStop, drain and last answers fit into the grace period",
        check: time_to_end,
    },
    Rule { name: "drain-or-sleep", demands: "a server goes on serving for a while when it is to end", check: drains },
    Rule {
        name: "deadline-after-start",
        demands: "a rollout's deadline is later than a slow start's",
        check: deadline,
    },
    Rule { name: "budget-below-replicas", demands: "a disruption budget leaves a pod that may go", check: budget },
    Rule { name: "autoscaler-range", demands: "an autoscaler's range is a range", check: scaler_range },
    Rule {
        name: "autoscaler-alone",
        demands: "no fixed number of servers where an autoscaler rules",
        check: scaler_alone,
    },
    Rule { name: "job-retries", demands: "a Job is tried again, and not for ever", check: job_retries },
    Rule { name: "job-lasts", demands: "a tracked Job has no TTL, which would make it come back", check: job_lasts },
    Rule { name: "cron-alone", demands: "no two nightly runs at once", check: cron_alone },
];

/// Seconds that the server gives its last answers: `LAST_REQUESTS` of its `serving` module.
const LAST_ANSWERS: f64 = 15.0;

fn servers(documents: &Documents) -> impl Iterator<Item = Workload<'_>> {
    documents.workloads().filter(|workload| kind(workload.object) == "Deployment")
}

fn probes(container: &Value) -> impl Iterator<Item = (&'static str, &Value)> {
    ["startupProbe", "readinessProbe", "livenessProbe"]
        .into_iter()
        .filter_map(|probe| container.get(probe).map(|value| (probe, value)))
}

fn probes_present(documents: &Documents, findings: &mut Findings) {
    for server in servers(documents) {
        for container in server.main_containers() {
            let count = probes(container).count();
            if count != 3 {
                findings.add(server.object, format!("has {count} of the three probes"));
            }
        }
    }
}

fn probe_port(documents: &Documents, findings: &mut Findings) {
    for server in servers(documents) {
        for container in server.main_containers() {
            let ports = list(container, "/ports");
            for (probe, value) in probes(container) {
                let port = at(value, "/httpGet/port");
                if !ports.iter().any(|known| at(known, "/name") == port || at(known, "/containerPort") == port) {
                    findings.add(server.object, format!("{probe} asks port {port}, which the container does not have"));
                }
            }
        }
    }
}

fn probe_path(documents: &Documents, findings: &mut Findings) {
    let description = Description::openapi();
    let served: BTreeSet<&str> = description.paths.paths.keys().map(String::as_str).collect();
    for server in servers(documents) {
        for (probe, value) in server.main_containers().flat_map(probes) {
            let path = text(value, "/httpGet/path");
            if !served.contains(path) {
                findings.add(server.object, format!("{probe} asks {path}, which the server does not serve"));
            }
        }
    }
    for monitor in documents.of_kind("ServiceMonitor") {
        for endpoint in list(monitor, "/spec/endpoints") {
            let path = text(endpoint, "/path");
            if !served.contains(path) {
                findings.add(monitor, format!("asks {path}, which the server does not serve"));
            }
        }
    }
}

fn readiness(documents: &Documents, findings: &mut Findings) {
    for server in servers(documents) {
        for container in server.main_containers() {
            // Another served path; one that is not served is the business of `probe-path`.
            let path = text(container, "/readinessProbe/httpGet/path");
            if ["/healthz", "/version", "/metrics"].contains(&path) {
                findings.add(server.object, format!("readinessProbe asks {path}, which says nothing about the model"));
            }
        }
    }
}

fn liveness(documents: &Documents, findings: &mut Findings) {
    for server in servers(documents) {
        for (probe, value) in server.main_containers().flat_map(probes) {
            if probe != "readinessProbe" && text(value, "/httpGet/path") == "/readyz" {
                findings.add(server.object, format!("{probe} asks /readyz: a server without a model would be killed"));
            }
        }
    }
}

fn never_fewer(documents: &Documents, findings: &mut Findings) {
    for server in servers(documents) {
        let strategy = at(server.spec, "/strategy");
        let is_zero = |value: &Value| value == 0 || value == "0%" || value == "0";
        let rolls = text(strategy, "/type") == "RollingUpdate";
        let surge = at(strategy, "/rollingUpdate/maxSurge");
        if !rolls || !is_zero(at(strategy, "/rollingUpdate/maxUnavailable")) || is_zero(surge) {
            findings.add(server.object, "must roll with maxUnavailable 0 and a maxSurge above 0");
        }
    }
}

fn seconds(value: &Value) -> Option<f64> {
    value.as_f64()
}

/// Seconds of preStop and of the server's own drain.
fn stopping(documents: &Documents, container: &Value) -> (f64, f64) {
    let sleep = seconds(at(container, "/lifecycle/preStop/sleep/seconds")).unwrap_or(0.0);
    let own = documents.variable(container, "DRAIN_SECONDS").and_then(|text| text.parse().ok());
    // The server's default.
    (sleep, own.unwrap_or(5.0))
}

fn time_to_end(documents: &Documents, findings: &mut Findings) {
    for server in servers(documents) {
        let grace = seconds(at(server.pod(), "/terminationGracePeriodSeconds")).unwrap_or(30.0);
        for container in server.main_containers() {
            let (sleep, drain) = stopping(documents, container);
            if sleep + drain + LAST_ANSWERS > grace {
                findings.add(
                    server.object,
                    format!("{sleep} s preStop, {drain} s drain and {LAST_ANSWERS} s for the last answers are more than the grace of {grace} s"),
                );
            }
        }
    }
}

fn drains(documents: &Documents, findings: &mut Findings) {
    for server in servers(documents) {
        for container in server.main_containers() {
            let (sleep, drain) = stopping(documents, container);
            if sleep <= 0.0 || drain <= 0.0 {
                findings.add(
                    server.object,
                    format!(
                        "{sleep} s preStop and {drain} s drain: requests that still arrive while it ends would fail"
                    ),
                );
            }
        }
    }
}

fn deadline(documents: &Documents, findings: &mut Findings) {
    for server in servers(documents) {
        let deadline = seconds(at(server.spec, "/progressDeadlineSeconds")).unwrap_or(600.0);
        for container in server.main_containers() {
            let probe = at(container, "/startupProbe");
            let period = seconds(at(probe, "/periodSeconds")).unwrap_or(10.0);
            let failures = seconds(at(probe, "/failureThreshold")).unwrap_or(3.0);
            if period * failures >= deadline {
                findings.add(
                    server.object,
                    format!("may start for {} s, but the rollout fails after {deadline} s", period * failures),
                );
            }
        }
    }
}

/// The fewest servers there may be.
fn fewest(documents: &Documents, server: &Workload<'_>) -> f64 {
    let scaler = documents
        .of_kind("HorizontalPodAutoscaler")
        .find(|scaler| text(scaler, "/spec/scaleTargetRef/name") == name(server.object));
    match scaler {
        Some(scaler) => seconds(at(scaler, "/spec/minReplicas")).unwrap_or(1.0),
        None => seconds(at(server.spec, "/replicas")).unwrap_or(1.0),
    }
}

fn budget(documents: &Documents, findings: &mut Findings) {
    for budget in documents.of_kind("PodDisruptionBudget") {
        let selector = at(budget, "/spec/selector/matchLabels");
        for server in servers(documents).filter(|server| selects(selector, server.labels())) {
            let least = seconds(at(budget, "/spec/minAvailable")).unwrap_or(0.0);
            let fewest = fewest(documents, &server);
            if least >= fewest {
                findings.add(budget, format!("keeps {least} of {fewest} pods: no node could ever be drained"));
            }
        }
    }
}

fn scaler_range(documents: &Documents, findings: &mut Findings) {
    for scaler in documents.of_kind("HorizontalPodAutoscaler") {
        let least = seconds(at(scaler, "/spec/minReplicas")).unwrap_or(1.0);
        let most = seconds(at(scaler, "/spec/maxReplicas")).unwrap_or(0.0);
        if least < 1.0 || most <= least {
            findings.add(scaler, format!("from {least} to {most} is no range"));
        }
    }
}

fn scaler_alone(documents: &Documents, findings: &mut Findings) {
    for scaler in documents.of_kind("HorizontalPodAutoscaler") {
        let scaled = documents.find("Deployment", text(scaler, "/spec/scaleTargetRef/name"));
        if let Some(scaled) = scaled.filter(|scaled| scaled.pointer("/spec/replicas").is_some()) {
            findings.add(scaled, "says how many replicas there are, and so does an autoscaler");
        }
    }
}

fn job_retries(documents: &Documents, findings: &mut Findings) {
    for miner in documents.workloads().filter(|workload| workload.is_miner()) {
        let retries = at(miner.spec, "/backoffLimit").as_u64().unwrap_or(6);
        let bounded = at(miner.spec, "/activeDeadlineSeconds").is_u64();
        if retries == 0 || !bounded {
            findings.add(miner.object, "needs a backoffLimit above 0 and activeDeadlineSeconds");
        }
    }
}

fn job_lasts(documents: &Documents, findings: &mut Findings) {
    let removes_itself = |job: &&Value| job.pointer("/spec/ttlSecondsAfterFinished").is_some();
    if let Some(job) = keyed_job(documents).filter(removes_itself) {
        findings.add(job, "removes itself, so that Argo CD makes it again, for ever; pruning removes it");
    }
}

fn cron_alone(documents: &Documents, findings: &mut Findings) {
    for cron in documents.of_kind("CronJob") {
        if text(cron, "/spec/concurrencyPolicy") != "Forbid" {
            findings.add(cron, "concurrencyPolicy must be Forbid");
        }
    }
}
