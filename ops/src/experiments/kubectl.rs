//! A real cluster, spoken to by kubectl: a namespace of its own, in which the driver does what Argo CD would.
//!
//! Commits are applied as they are rendered, but for what an experiment has to decide itself (see [`objects`]): no Argo
//! CD puts them back meanwhile. Pods are looked at several times a second; the times of events are as exact as that.

mod objects;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Debug;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use self::objects::Place;
use super::cluster::{Cluster, Commit, Journal, ModelName, now_ms};
use super::data::DataSet;
use crate::documents::{at, kind, list, name, text};

/// How long the cluster is left alone between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// What the kubelet calls a container that cannot run.
const CRASHED: [&str; 5] =
    ["CrashLoopBackOff", "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerError"];

/// Something that answers as kubectl does.
pub trait Kubectl: Debug {
    /// Runs kubectl with these arguments and this standard input; gives what it printed.
    ///
    /// # Errors
    /// It cannot be started, or says that something is wrong.
    fn run(&self, arguments: &[&str], input: &str) -> Result<String>;
}

/// kubectl itself.
#[derive(Clone, Debug)]
pub struct KubectlProgram {
    /// Where it is.
    pub program: OsString,
    /// The context of its configuration; the current one if none is named.
    pub context: Option<String>,
}

/// The cluster.
#[derive(Debug)]
pub struct KubectlCluster {
    kubectl: Rc<dyn Kubectl>,
    place: Place,
    service: String,
    wanted: Commit,
    deployment: Value,
    pods: BTreeMap<String, Pod>,
    jobs: usize,
    journal: Journal,
}

/// A pod, as it was seen last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Pod {
    /// Name in the cluster.
    full_name: String,
    version: String,
    is_ready: bool,
    is_ending: bool,
    has_crashed: bool,
}

impl Kubectl for KubectlProgram {
    fn run(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.args(self.context.iter().flat_map(|context| ["--context", context])).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().with_context(|| format!("{} cannot be started", self.program.to_string_lossy()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that does not read says why on its standard error.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            bail!("kubectl {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

impl KubectlCluster {
    /// Makes the namespace and applies a commit in it, with an empty store: a model name of its own in the volume.
    ///
    /// # Errors
    /// The cluster cannot be reached, or refuses the objects.
    pub fn begin(kubectl: Rc<dyn Kubectl>, namespace: &str, service: &str, run: &str, commit: &Commit) -> Result<Self> {
        // Runs of other days have other stores.
        let model_name = format!("{run}-{}", (now_ms() / 1e3) as u64);
        let mut cluster = Self {
            kubectl,
            place: Place { namespace: namespace.to_owned(), model_name },
            service: service.trim_end_matches('/').to_owned(),
            wanted: commit.clone(),
            deployment: Value::Null,
            pods: BTreeMap::new(),
            jobs: 0,
            journal: Journal::default(),
        };
        cluster.apply_objects(vec![objects::namespace(namespace)])?;
        cluster.apply(commit)?;
        Ok(cluster)
    }

    fn run(&self, arguments: &[&str]) -> Result<String> {
        self.kubectl.run(arguments, "")
    }

    fn apply_objects(&self, objects: Vec<Value>) -> Result<()> {
        let all = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
        // Server-side: a ConfigMap of playlists is too long for the annotation that kubectl would keep otherwise.
        let words = ["apply", "--server-side", "--force-conflicts", "--filename", "-"];
        self.kubectl.run(&words, &all.to_string()).map(drop)
    }

    fn look(&mut self) -> Result<()> {
        let selector = "app.kubernetes.io/name=segue,app.kubernetes.io/component=server";
        let words = ["get", "deployments,pods", "--namespace", &self.place.namespace, "--selector", selector];
        let seen = self.run(&[&words[..], &["--output", "json"]].concat())?;
        let seen: Value = serde_json::from_str(&seen).context("what kubectl printed")?;
        let items = list(&seen, "/items");
        self.deployment = items.iter().find(|item| kind(item) == "Deployment").cloned().unwrap_or_default();
        let pods = items.iter().filter(|item| kind(item) == "Pod").map(Pod::read).collect();
        self.note_changes(&pods);
        self.pods = pods;
        Ok(())
    }

    fn note_changes(&mut self, now: &BTreeMap<String, Pod>) {
        for (name, pod) in now {
            let before = self.pods.get(name).cloned().unwrap_or_default();
            let changes = [
                (before.full_name.is_empty(), "made"),
                (pod.has_crashed && !before.has_crashed, "ended by itself"),
                (pod.is_ending && !before.is_ending, "is to end"),
            ];
            for (_, what) in changes.into_iter().filter(|(happened, _)| *happened) {
                self.journal.note(format!("{name} {what}"));
            }
            if pod.is_ready {
                self.journal.note_once(&format!("{name} ready"));
            }
        }
        for name in self.pods.keys().filter(|name| !now.contains_key(*name)) {
            self.journal.note(format!("{name} gone"));
        }
    }

    fn job_name(&self) -> String {
        format!("segue-miner-{}-{}", self.place.model_name, self.jobs)
    }
}

impl Cluster for KubectlCluster {
    fn service(&self) -> String {
        self.service.clone()
    }

    fn apply(&mut self, commit: &Commit) -> Result<()> {
        self.wanted = commit.clone();
        self.apply_objects(objects::of_commit(commit, &self.place)?)?;
        // What was seen before says nothing of what is wanted now.
        self.look()
    }

    fn turn(&mut self) -> Result<()> {
        std::thread::sleep(BETWEEN_LOOKS);
        self.look()
    }

    fn is_settled(&self) -> bool {
        let count = |pointer| at(&self.deployment, pointer).as_u64().unwrap_or(0);
        let wanted = self.wanted.replicas as u64;
        count("/status/observedGeneration") >= count("/metadata/generation")
            && ["/spec/replicas", "/status/replicas", "/status/updatedReplicas", "/status/availableReplicas"]
                .into_iter()
                .all(|pointer| count(pointer) == wanted)
            && self.pods.len() == self.wanted.replicas
            && self.pods.values().all(|pod| pod.is_ready && !pod.is_ending && pod.version == self.wanted.version)
    }

    fn is_crashing(&self) -> bool {
        self.pods.values().any(|pod| pod.version == self.wanted.version && pod.has_crashed)
    }

    fn served(&mut self) -> Vec<ModelName> {
        let namespace = &self.place.namespace;
        let port = objects::server_port(&self.wanted).unwrap_or(30502);
        let ready = self.pods.values().filter(|pod| pod.is_ready && !pod.is_ending);
        let version = |pod: &Pod| {
            let path = format!("/api/v1/namespaces/{namespace}/pods/{}:{port}/proxy/version", pod.full_name);
            self.run(&["get", "--raw", &path]).ok()
        };
        ready.filter_map(|pod| ModelName::in_version(&version(pod)?)).collect()
    }

    fn start_job(&mut self, data: &DataSet) -> Result<()> {
        self.jobs += 1;
        self.apply_objects(objects::of_job(&self.wanted, &self.place, &self.job_name(), data)?)
    }

    fn has_mined(&mut self) -> Result<bool> {
        let job = self.job_name();
        let place = ["--namespace", &self.place.namespace];
        let seen = self.run(&[&["get", "job", &job, "--output", "json"], &place[..]].concat())?;
        let seen: Value = serde_json::from_str(&seen).context("what kubectl printed")?;
        let is_true = |condition: &str| {
            let of_type = |seen: &&Value| text(seen, "/type") == condition;
            list(&seen, "/status/conditions").iter().find(of_type).is_some_and(|seen| text(seen, "/status") == "True")
        };
        if is_true("Failed") {
            let said = self.run(&[&["logs", &format!("job/{job}"), "--tail", "20"], &place[..]].concat());
            bail!("the miner failed: {}", said.unwrap_or_else(|error| format!("{error:#}")));
        }
        Ok(is_true("Complete"))
    }

    fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// A pod that is gone tells nobody how it ended.
    fn killed(&self) -> Option<usize> {
        None
    }
}

impl Pod {
    /// What an object says of a pod, under a short name: version and the last part of its own.
    fn read(object: &Value) -> (String, Self) {
        let container = at(object, "/spec/containers/0");
        let is_version = |variable: &&Value| text(variable, "/name") == objects::VERSION;
        let version = list(container, "/env").iter().find(is_version).map(|variable| text(variable, "/value"));
        let is_ready = |condition: &Value| text(condition, "/type") == "Ready" && text(condition, "/status") == "True";
        let statuses = list(object, "/status/containerStatuses").iter();
        let mut reasons = statuses
            .flat_map(|status| [text(status, "/state/waiting/reason"), text(status, "/lastState/terminated/reason")]);
        let full_name = name(object).to_owned();
        let pod = Self {
            version: version.unwrap_or_default().to_owned(),
            is_ready: list(object, "/status/conditions").iter().any(is_ready),
            is_ending: !text(object, "/metadata/deletionTimestamp").is_empty(),
            has_crashed: reasons.any(|reason| CRASHED.contains(&reason) || reason == "Error"),
            full_name,
        };
        let last = pod.full_name.rsplit('-').next().unwrap_or_default();
        (format!("{}-{last}", pod.version), pod)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(status: &Value) -> Pod {
        let object = json!({
            "kind": "Pod",
            "metadata": { "name": "segue-server-6d4cf-x7k2p" },
            "spec": { "containers": [{ "env": [{ "name": "CODE_VERSION", "value": "v2" }] }] },
            "status": status,
        });
        let (name, pod) = Pod::read(&object);
        assert_eq!((name.as_str(), pod.version.as_str()), ("v2-x7k2p", "v2"));
        pod
    }

    #[test]
    fn a_pod_is_ready_when_its_condition_says_so() {
        assert!(pod(&json!({ "conditions": [{ "type": "Ready", "status": "True" }] })).is_ready);
        assert!(!pod(&json!({ "conditions": [{ "type": "Ready", "status": "False" }] })).is_ready);
        assert!(!pod(&json!({})).is_ready);
    }

    #[test]
    fn a_pod_has_crashed_when_its_image_cannot_be_had_or_its_program_ended() {
        let waiting = |reason| json!({ "containerStatuses": [{ "state": { "waiting": { "reason": reason } } }] });
        assert!(pod(&waiting("ImagePullBackOff")).has_crashed);
        assert!(pod(&waiting("CrashLoopBackOff")).has_crashed);
        assert!(!pod(&waiting("ContainerCreating")).has_crashed);
        assert!(
            pod(&json!({ "containerStatuses": [{ "lastState": { "terminated": { "reason": "Error" } } }] }))
                .has_crashed
        );
    }

    #[test]
    fn what_kubectl_says_is_the_error() {
        let shell = KubectlProgram { program: "false".into(), context: None };
        let error = shell.run(&["get", "pods"], "").unwrap_err();
        assert!(error.to_string().starts_with("kubectl get pods"), "{error}");
    }
}
