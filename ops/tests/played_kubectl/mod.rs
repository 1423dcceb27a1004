//! kubectl's answers, given by the played cluster: what the driver for a real cluster is tried against.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use segue_ops::documents::{Documents, at, kind, list, name, text};
use segue_ops::experiments::cluster::{Cluster as _, Commit};
use segue_ops::experiments::kubectl::Kubectl;
use segue_ops::experiments::plan::Plan;
use segue_ops::experiments::played::{PlayedCluster, PodSeen};
use segue_ops::experiments::process::{Process, Programs, get};
use serde_json::{Value, json};

/// How many turns of the played cluster's loop each call takes.
const TURNS: usize = 20;

/// A cluster with nothing in it, until objects are applied.
#[derive(Debug)]
pub(crate) struct PlayedKubectl {
    folder: PathBuf,
    cluster: RefCell<PlayedCluster>,
    objects: RefCell<Documents>,
    jobs: RefCell<BTreeMap<String, Process>>,
    generation: Cell<u64>,
}

impl PlayedKubectl {
    pub(crate) fn new(programs: &Programs, folder: &Path, documents: &Documents) -> Result<Self> {
        let nothing = Commit { documents: documents.clone(), version: String::new(), replicas: 0, arguments: vec![] };
        Ok(Self {
            folder: folder.to_owned(),
            cluster: RefCell::new(PlayedCluster::new(programs, folder, &nothing)?),
            objects: RefCell::default(),
            jobs: RefCell::default(),
            generation: Cell::new(0),
        })
    }

    pub(crate) fn service(&self) -> String {
        self.cluster.borrow().service()
    }

    fn apply(&self, input: &str) -> Result<()> {
        let list_of_objects: Value = serde_json::from_str(input)?;
        for object in list(&list_of_objects, "/items") {
            let mut objects = self.objects.borrow_mut();
            objects.0.retain(|old| (kind(old), name(old)) != (kind(object), name(object)));
            objects.0.push(object.clone());
        }
        for object in list(&list_of_objects, "/items") {
            match kind(object) {
                "Deployment" => self.apply_deployment(object)?,
                "Job" => self.start(object)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn apply_deployment(&self, deployment: &Value) -> Result<()> {
        let container = at(deployment, "/spec/template/spec/containers/0");
        let documents = self.objects.borrow().clone();
        let version = documents.variable(container, "CODE_VERSION").context("no version")?.to_owned();
        let arguments = list(container, "/args").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let replicas = usize::try_from(at(deployment, "/spec/replicas").as_u64().context("no replicas")?)?;
        self.generation.set(self.generation.get() + 1);
        self.cluster.borrow_mut().apply(&Commit { documents, version, replicas, arguments })
    }

    /// Runs a Job's container: its variables, its arguments, its mounted ConfigMap.
    fn start(&self, job: &Value) -> Result<()> {
        let documents = self.objects.borrow().clone();
        // One Job at a time is read by a plan.
        let mut of_this = documents.clone();
        of_this.0.retain(|object| kind(object) != "Job" || name(object) == name(job));
        let mut variables = Plan::read(&of_this)?.miner_variables;
        // The volume is mounted elsewhere.
        variables.remove("MODEL_DIR");
        let volumes = list(job, "/spec/template/spec/volumes");
        let config =
            volumes.iter().find_map(|volume| volume.pointer("/configMap/name")?.as_str()).context("no data")?;
        let data = documents.find("ConfigMap", config).context("no such ConfigMap")?;
        let file = self.folder.join("playlists.csv");
        fs::write(&file, text(data, "/data/playlists.csv"))?;
        let mounted = file.to_string_lossy();
        let arguments = list(job, "/spec/template/spec/containers/0/args").iter().filter_map(Value::as_str);
        let arguments: Vec<&str> =
            arguments.map(|word| if word == "/data/playlists.csv" { &mounted } else { word }).collect();
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let process = self.cluster.borrow().start_miner(&arguments, &variables)?;
        self.jobs.borrow_mut().insert(name(job).to_owned(), process);
        Ok(())
    }

    fn servers(&self) -> Value {
        let pods = self.cluster.borrow().pods();
        let staying: Vec<&PodSeen> = pods.iter().filter(|pod| !pod.is_ending).collect();
        let count = |is: fn(&PodSeen) -> bool| staying.iter().filter(|pod| is(pod)).count();
        let generation = self.generation.get();
        let wanted = self.objects.borrow().of_kind("Deployment").next().map(|object| at(object, "/spec").clone());
        let deployment = json!({
            "kind": "Deployment",
            "metadata": { "name": "segue-server", "generation": generation },
            "spec": wanted,
            "status": {
                "observedGeneration": generation,
                "replicas": staying.len(),
                "updatedReplicas": count(|pod| pod.is_wanted),
                "availableReplicas": count(|pod| pod.is_ready),
            },
        });
        let pod = |pod: &PodSeen| {
            let mut metadata = json!({ "name": pod.name });
            if pod.is_ending {
                metadata["deletionTimestamp"] = json!("2026-01-31T00:00:00Z");
            }
            let state = if pod.has_crashed {
                json!({ "waiting": { "reason": "CrashLoopBackOff" } })
            } else {
                json!({ "running": {} })
            };
            let ready = if pod.is_ready { "True" } else { "False" };
            json!({
                "kind": "Pod",
                "metadata": metadata,
                "spec": { "containers": [{ "env": [{ "name": "CODE_VERSION", "value": pod.version }] }] },
                "status": {
                    "conditions": [{ "type": "Ready", "status": ready }],
                    "containerStatuses": [{ "state": state }],
                },
            })
        };
        let items: Vec<Value> = [deployment].into_iter().chain(pods.iter().map(pod)).collect();
        json!({ "kind": "List", "items": items })
    }

    fn job(&self, name: &str) -> Result<Value> {
        let mut jobs = self.jobs.borrow_mut();
        let conditions = match jobs.get_mut(name).context("no such Job")?.ended() {
            Some(true) => json!([{ "type": "Complete", "status": "True" }]),
            Some(false) => json!([{ "type": "Failed", "status": "True" }]),
            None => json!([]),
        };
        Ok(json!({ "kind": "Job", "status": { "conditions": conditions } }))
    }

    /// What the API server passes on to a pod: `/api/v1/namespaces/NAMESPACE/pods/POD:PORT/proxy/PATH`.
    fn pass_on(&self, path: &str) -> Result<String> {
        let (_, rest) = path.split_once("/pods/").context("no pod")?;
        let (pod, path) = rest.split_once("/proxy").context("no proxy")?;
        let pod = pod.split(':').next().unwrap_or_default();
        let pods = self.cluster.borrow().pods();
        let address = pods.iter().find(|seen| seen.name == pod).and_then(|seen| seen.address).context("no such pod")?;
        Ok(get(address, path, Duration::from_secs(1))?.1)
    }
}

impl Kubectl for PlayedKubectl {
    fn run(&self, arguments: &[&str], input: &str) -> Result<String> {
        for _ in 0..TURNS {
            self.cluster.borrow_mut().turn()?;
        }
        match arguments {
            ["apply", ..] => self.apply(input).map(|()| String::new()),
            ["get", "--raw", path] => self.pass_on(path),
            ["get", "deployments,pods", ..] => Ok(self.servers().to_string()),
            ["get", "job", name, ..] => Ok(self.job(name)?.to_string()),
            ["logs", job, ..] => {
                let jobs = self.jobs.borrow();
                Ok(jobs.get(job.trim_start_matches("job/")).map(Process::said).unwrap_or_default())
            }
            _ => bail!("unknown command {arguments:?}"),
        }
    }
}
