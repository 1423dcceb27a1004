//! What the manifests say about how servers start, are asked, are replaced and end.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::documents::{Documents, Workload, at, kind, list, text};

/// The part of a Deployment that decides what a change does to requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How many servers there are to be.
    pub replicas: usize,
    /// How many more there may be during a rollout.
    pub max_surge: usize,
    /// How many fewer there may be.
    pub max_unavailable: usize,
    /// Before a server counts as started.
    pub startup: Probe,
    /// Whether requests are sent to it.
    pub readiness: Probe,
    /// Sleep before SIGTERM.
    pub pre_stop: Duration,
    /// From the wish to end it to SIGKILL.
    pub grace: Duration,
    /// Whether an init container waits for a model.
    pub awaits_model: bool,
    /// The server's variables.
    pub variables: BTreeMap<String, String>,
    /// The miner's variables.
    pub miner_variables: BTreeMap<String, String>,
    /// How often the miner's Job is tried again.
    pub retries: u64,
}

/// A probe by HTTP.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// What is asked.
    pub path: String,
    /// How often.
    pub period: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Failures in a row that count.
    pub failures: u32,
}

impl Plan {
    /// Reads the one Deployment and the one Job of an overlay. What is left out is Kubernetes' default.
    ///
    /// # Errors
    /// There is no Deployment with a container.
    pub fn read(documents: &Documents) -> Result<Self> {
        let of_kind = |wanted| documents.workloads().find(|workload| kind(workload.object) == wanted);
        let server = of_kind("Deployment").context("the overlay has no Deployment")?;
        let container = server.main_containers().next().context("the Deployment has no container")?;
        let rolling = at(server.spec, "/strategy/rollingUpdate");
        // The autoscaler's least where it rules.
        let scaler = documents.of_kind("HorizontalPodAutoscaler").next();
        let replicas = at(server.spec, "/replicas").as_u64().or_else(|| at(scaler?, "/spec/minReplicas").as_u64());
        let replicas = usize::try_from(replicas.unwrap_or(1))?;
        let grace = at(server.pod(), "/terminationGracePeriodSeconds").as_f64().unwrap_or(30.0);
        Ok(Self {
            replicas,
            max_surge: share(at(rolling, "/maxSurge"), replicas, f64::ceil),
            max_unavailable: share(at(rolling, "/maxUnavailable"), replicas, f64::floor),
            startup: Probe::read(at(container, "/startupProbe")),
            readiness: Probe::read(at(container, "/readinessProbe")),
            pre_stop: seconds(at(container, "/lifecycle/preStop/sleep/seconds"), 0.0),
            grace: Duration::from_secs_f64(grace),
            awaits_model: list(server.pod(), "/initContainers")
                .iter()
                .any(|init| list(init, "/args").iter().any(|argument| argument == "await-model")),
            variables: variables(documents, &server),
            miner_variables: of_kind("Job").map(|miner| variables(documents, &miner)).unwrap_or_default(),
            retries: of_kind("Job").and_then(|miner| at(miner.spec, "/backoffLimit").as_u64()).unwrap_or(6),
        })
    }
}

impl Probe {
    fn read(probe: &Value) -> Self {
        Self {
            path: text(probe, "/httpGet/path").to_owned(),
            period: seconds(at(probe, "/periodSeconds"), 10.0),
            timeout: seconds(at(probe, "/timeoutSeconds"), 1.0),
            failures: at(probe, "/failureThreshold").as_u64().and_then(|count| count.try_into().ok()).unwrap_or(3),
        }
    }
}

fn seconds(value: &Value, default: f64) -> Duration {
    Duration::try_from_secs_f64(value.as_f64().unwrap_or(default)).unwrap_or_default()
}

/// A number, or a percentage of the replicas; 25 % if nothing is said.
fn share(value: &Value, replicas: usize, round: fn(f64) -> f64) -> usize {
    let percent = value.as_str().and_then(|text| text.strip_suffix('%')?.parse::<f64>().ok());
    match (value.as_u64(), percent) {
        (Some(number), _) => usize::try_from(number).unwrap_or(usize::MAX),
        (None, percent) => round(percent.unwrap_or(25.0) / 100.0 * replicas as f64) as usize,
    }
}

fn variables(documents: &Documents, workload: &Workload<'_>) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for container in workload.main_containers() {
        for (key, value) in documents.config_maps(container).filter_map(|map| at(map, "/data").as_object()).flatten() {
            variables.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
        }
        for variable in list(container, "/env") {
            variables.insert(text(variable, "/name").to_owned(), text(variable, "/value").to_owned());
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_up_for_more_and_down_for_fewer() {
        let quarter = Value::String("25%".to_owned());
        assert_eq!(share(&quarter, 2, f64::ceil), 1);
        assert_eq!(share(&quarter, 2, f64::floor), 0);
        assert_eq!(share(&Value::Null, 10, f64::ceil), 3);
        assert_eq!(share(&serde_json::json!(0), 10, f64::ceil), 0);
    }

    #[test]
    fn what_is_left_out_is_the_default_of_kubernetes() {
        let documents = Documents::parse(
            "kind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: a, readinessProbe: {httpGet: {path: /r}}}]}}}",
        )
        .unwrap();
        let plan = Plan::read(&documents).unwrap();
        assert_eq!((plan.replicas, plan.max_surge, plan.max_unavailable), (1, 1, 0));
        assert_eq!((plan.readiness.period, plan.readiness.failures), (Duration::from_secs(10), 3));
        assert_eq!((plan.pre_stop, plan.grace), (Duration::ZERO, Duration::from_secs(30)));
    }
}
