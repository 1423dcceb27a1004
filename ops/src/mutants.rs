//! The proof that each rule sees what it is there for: manifests with one defect each, which one rule alone rejects.

use serde_json::{Value, json};

use crate::documents::{Documents, name, set};
use crate::job_key::{JOB_PREFIX, job_key, keyed_job};

/// One defect.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// What is wrong.
    pub defect: &'static str,
    /// The rule that finds it.
    pub rule: &'static str,
    change: Change,
}

/// The object that is meant, by kind and beginning of its name, and what happens to it.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// A part, by JSON pointer, becomes this JSON. What is not there yet is made; `-` is behind a list's end.
    Set(&'static str, &'static str, &'static str, &'static str),
    /// A part is removed.
    Remove(&'static str, &'static str, &'static str),
    /// The object is there a second time.
    Double(&'static str, &'static str),
    /// A whole object comes in.
    Add(&'static str),
}

impl Mutant {
    /// The defect brought into good manifests; `None` when they have not the part that it is about.
    #[must_use]
    pub fn of(&self, good: &Documents) -> Option<Documents> {
        let mut documents = good.clone();
        match self.change {
            Change::Set(wanted, start, pointer, new) => {
                let new: Value = serde_json::from_str(new).ok()?;
                set(documents.find_mut(wanted, start)?, pointer, new)?;
            }
            Change::Remove(wanted, start, pointer) => remove(documents.find_mut(wanted, start)?, pointer)?,
            Change::Double(wanted, start) => {
                let double = documents.find_mut(wanted, start)?.clone();
                documents.0.push(double);
            }
            Change::Add(object) => {
                let mut object: Value = serde_json::from_str(object).ok()?;
                let namespace = documents.of_kind("Deployment").next()?.pointer("/metadata/namespace")?.clone();
                set(&mut object, "/metadata/namespace", namespace)?;
                documents.0.push(object);
            }
        }
        // One defect, not two: a changed Job has the name that belongs to it.
        if self.rule != "job-key" {
            rename_job(&mut documents);
        }
        Some(documents)
    }
}

fn rename_job(documents: &mut Documents) {
    let Some(job) = keyed_job(documents) else { return };
    let (old, new) = (name(job).to_owned(), format!("{JOB_PREFIX}{}", job_key(documents, job)));
    if let Some(job) = documents.find_mut("Job", &old) {
        job["metadata"]["name"] = json!(new);
    }
}

fn remove(object: &mut Value, pointer: &str) -> Option<()> {
    let (parent, key) = pointer.rsplit_once('/')?;
    object.pointer_mut(parent)?.as_object_mut()?.remove(&key.replace("~1", "/")).map(drop)
}

macro_rules! mutants {
    ($($rule:literal $defect:literal $change:expr;)*) => {
        &[$(Mutant { defect: $defect, rule: $rule, change: $change },)*]
    };
}

/// Every defect. They are made from an overlay that has all kinds of objects, and each says what it needs.
pub const MUTANTS: &[Mutant] = {
    use Change::{Add, Double, Remove, Set};
    mutants! {
        "unique-names" "two Services of one name" Double("Service", "segue");
        "one-namespace" "the claim in another namespace"
            Set("PersistentVolumeClaim", "segue", "/metadata/namespace", r#""elsewhere""#);
        "own-pods-selected" "a Deployment that selects other pods"
            Set("Deployment", "segue", "/spec/selector/matchLabels/app.kubernetes.io~1component", r#""web""#);
        "spread-selects-pods" "pods spread among others"
            Set("Deployment", "segue", "/spec/template/spec/topologySpreadConstraints/0/labelSelector/matchLabels/app.kubernetes.io~1component", r#""web""#);
        "budget-selects-pods" "a budget for pods that are not there"
            Set("PodDisruptionBudget", "segue", "/spec/selector/matchLabels/app.kubernetes.io~1component", r#""web""#);
        "autoscaler-target" "an autoscaler of a StatefulSet"
            Set("HorizontalPodAutoscaler", "segue", "/spec/scaleTargetRef/kind", r#""StatefulSet""#);
        "account-exists" "a misspelt ServiceAccount"
            Set("Deployment", "segue", "/spec/template/spec/serviceAccountName", r#""segue-servers""#);
        "job-key" "a new miner image under the old name"
            Set("Job", "segue", "/spec/template/spec/containers/0/image", r#""segue-miner:9.9.9""#);
        "job-key" "a new data set under the old name"
            Set("ConfigMap", "segue-data", "/data/DATASET_URL", r#""https://data.example.org/other.csv""#);
        "job-key" "a new parameter under the old name"
            Set("ConfigMap", "segue-mining", "/data/MAX_BASKETS", r#""5000""#);
        "probes-present" "no liveness probe" Remove("Deployment", "segue", "/spec/template/spec/containers/0/livenessProbe");
        "probe-port" "a probe of a port of another name"
            Set("Deployment", "segue", "/spec/template/spec/containers/0/readinessProbe/httpGet/port", r#""web""#);
        "probe-path" "a probe of a path that is not served"
            Set("Deployment", "segue", "/spec/template/spec/containers/0/livenessProbe/httpGet/path", r#""/alive""#);
        "probe-path" "metrics where there are none"
            Set("ServiceMonitor", "segue", "/spec/endpoints/0/path", r#""/prometheus""#);
        "ready-means-model" "ready as soon as alive"
            Set("Deployment", "segue", "/spec/template/spec/containers/0/readinessProbe/httpGet/path", r#""/healthz""#);
        "alive-without-model" "killed while there is no model"
            Set("Deployment", "segue", "/spec/template/spec/containers/0/livenessProbe/httpGet/path", r#""/readyz""#);
        "never-fewer" "one server may be missing"
            Set("Deployment", "segue", "/spec/strategy/rollingUpdate/maxUnavailable", "1");
        "never-fewer" "all servers end before new ones begin"
            Set("Deployment", "segue", "/spec/strategy", r#"{"type": "Recreate"}"#);
        "time-to-end" "killed before the last answer"
            Set("Deployment", "segue", "/spec/template/spec/terminationGracePeriodSeconds", "10");
        "drain-or-sleep" "no preStop" Remove("Deployment", "segue", "/spec/template/spec/containers/0/lifecycle");
        "drain-or-sleep" "no drain" Set("ConfigMap", "segue-server", "/data/DRAIN_SECONDS", r#""0""#);
        "deadline-after-start" "failed before it may have started"
            Set("Deployment", "segue", "/spec/progressDeadlineSeconds", "30");
        "budget-below-replicas" "a budget that keeps every pod"
            Set("PodDisruptionBudget", "segue", "/spec/minAvailable", "2");
        "autoscaler-range" "more at least than at most"
            Set("HorizontalPodAutoscaler", "segue", "/spec/maxReplicas", "1");
        "autoscaler-alone" "a fixed number beside the autoscaler" Set("Deployment", "segue", "/spec/replicas", "2");
        "job-retries" "one attempt only" Set("Job", "segue", "/spec/backoffLimit", "0");
        "job-retries" "a run without an end" Remove("Job", "segue", "/spec/activeDeadlineSeconds");
        "job-lasts" "a tracked Job that removes itself" Set("Job", "segue", "/spec/ttlSecondsAfterFinished", "100");
        "cron-alone" "two runs at once" Set("CronJob", "segue", "/spec/concurrencyPolicy", r#""Allow""#);
        "service-selects-pods" "a Service for nobody"
            Set("Service", "segue", "/spec/selector/app.kubernetes.io~1component", r#""web""#);
        "service-port" "a Service to a port of another name" Set("Service", "segue", "/spec/ports/0/targetPort", r#""web""#);
        "node-port-range" "a node port out of range" Set("Service", "segue", "/spec/ports/0/nodePort", "8080");
        "route-target" "an Ingress to a port of another name"
            Set("Ingress", "segue", "/spec/rules/0/http/paths/0/backend/service/port", r#"{"name": "web"}"#);
        "route-target" "an Ingress to another Service"
            Set("Ingress", "segue", "/spec/rules/0/http/paths/0/backend/service/name", r#""segue-ui""#);
        "route-target" "an HTTPRoute to another port"
            Add(r#"{"kind": "HTTPRoute", "metadata": {"name": "x"}, "spec": {"rules": [{"backendRefs": [{"name": "segue", "port": 8080}]}]}}"#);
        "ingress-tls" "a host without TLS" Set("Ingress", "segue", "/spec/rules/0/host", r#""other.example.org""#);
        "policy-selects-pods" "a policy for nobody"
            Set("NetworkPolicy", "segue-server", "/spec/podSelector/matchLabels/app.kubernetes.io~1component", r#""web""#);
        "policy-lets-in" "no request let in" Set("NetworkPolicy", "segue-server", "/spec/ingress", "[]");
        "miner-goes-out" "no data let in" Set("NetworkPolicy", "segue-miner", "/spec/egress", "[]");
        "monitor-target" "metrics of a port of another name"
            Set("ServiceMonitor", "segue", "/spec/endpoints/0/port", r#""metrics""#);
        "listens-where-said" "a server on another port" Set("ConfigMap", "segue-server", "/data/PORT", r#""8080""#);
        "claim-exists" "a misspelt claim"
            Set("Deployment", "segue", "/spec/template/spec/volumes/0/persistentVolumeClaim/claimName", r#""segue-model""#);
        "claim-shared" "a claim for one node" Set("PersistentVolumeClaim", "segue", "/spec/accessModes", r#"["ReadWriteOnce"]"#);
        "mounts-volumes" "a mount of nothing"
            Set("Deployment", "segue", "/spec/template/spec/containers/0/volumeMounts/-", r#"{"name": "cache", "mountPath": "/cache"}"#);
        "volumes-mounted" "a volume for nobody"
            Set("Deployment", "segue", "/spec/template/spec/volumes/-", r#"{"name": "cache", "emptyDir": {}}"#);
        "servers-only-read" "a server that may write models"
            Remove("Deployment", "segue", "/spec/template/spec/containers/0/volumeMounts/0/readOnly");
        "models-mounted" "models mounted beside MODEL_DIR"
            Set("Deployment", "segue", "/spec/template/spec/containers/0/volumeMounts/0/mountPath", r#""/model""#);
        "miner-writes" "a miner that may not write"
            Set("Job", "segue", "/spec/template/spec/containers/0/volumeMounts/0/readOnly", "true");
        "config-exists" "a misspelt ConfigMap"
            Set("Job", "segue", "/spec/template/spec/containers/0/envFrom/-", r#"{"configMapRef": {"name": "segue-dataset"}}"#);
        "config-exists" "a key that a ConfigMap has not"
            Set("Job", "segue", "/spec/template/spec/containers/0/env", r#"[{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "segue-data", "key": "X"}}}]"#);
        "config-used" "a ConfigMap for nobody" Add(r#"{"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {}}"#);
        "secret-known" "a Secret that nobody is told of"
            Set("Job", "segue", "/spec/template/spec/containers/0/envFrom/-", r#"{"secretRef": {"name": "keys"}}"#);
        "server-variables" "a misspelt variable" Set("ConfigMap", "segue-server", "/data/DRAIN_SECOND", r#""5""#);
        "same-store" "a nightly run for another alias"
            Set("CronJob", "segue", "/spec/jobTemplate/spec/template/spec/containers/0/env", r#"[{"name": "MODEL_ALIAS", "value": "nightly"}]"#);
        "same-version" "an init container of another version"
            Set("Deployment", "segue", "/spec/template/spec/initContainers/0/image", r#""segue-ui:0.0.1""#);
        "data-hash" "a hash cut short"
            Set("CronJob", "segue", "/spec/jobTemplate/spec/template/spec/containers/0/env", r#"[{"name": "DATASET_SHA256", "value": "c0ffee"}]"#);
        "image-pinned" "an image called latest"
            Set("CronJob", "segue", "/spec/jobTemplate/spec/template/spec/containers/0/image", r#""segue-miner:latest""#);
        "image-pinned" "an image without a tag, its registry with a port"
            Set("CronJob", "segue", "/spec/jobTemplate/spec/template/spec/containers/0/image", r#""registry:5000/segue-miner""#);
        "resources-said" "no memory limit" Remove("Deployment", "segue", "/spec/template/spec/containers/0/resources/limits");
        "request-within-limit" "more asked for than allowed"
            Set("Deployment", "segue", "/spec/template/spec/containers/0/resources/requests/memory", r#""1Gi""#);
        "not-root" "root" Set("Deployment", "segue", "/spec/template/spec/securityContext/runAsUser", "0");
        "not-root" "perhaps root" Remove("Job", "segue", "/spec/template/spec/securityContext/runAsNonRoot");
        "seccomp" "no seccomp profile" Remove("Job", "segue", "/spec/template/spec/securityContext/seccompProfile");
        "no-escalation" "privileges to be gained"
            Remove("Deployment", "segue", "/spec/template/spec/initContainers/0/securityContext/allowPrivilegeEscalation");
        "no-capabilities" "a capability added"
            Set("Job", "segue", "/spec/template/spec/containers/0/securityContext/capabilities/add", r#"["NET_ADMIN"]"#);
        "root-read-only" "a file system to write to"
            Remove("Deployment", "segue", "/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem");
        "no-token" "a token for the cluster" Remove("Job", "segue", "/spec/template/spec/automountServiceAccountToken");
        "nothing-of-the-node" "the node's network" Set("Deployment", "segue", "/spec/template/spec/hostNetwork", "true");
        "namespace-restricted" "a namespace for any pod"
            Remove("Namespace", "segue", "/metadata/labels/pod-security.kubernetes.io~1enforce");
    }
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rules::rules;

    #[test]
    fn every_rule_has_a_mutant_and_every_mutant_a_rule() {
        let rules: BTreeSet<&str> = rules().map(|rule| rule.name).collect();
        let proven: BTreeSet<&str> = MUTANTS.iter().map(|mutant| mutant.rule).collect();
        assert_eq!(rules, proven);
    }
}
