//! The Deployment controller, the kubelet and the Service, played by one loop over real server processes.
//!
//! What they do is what Kubernetes documents: pods of the new template come up to `maxSurge` above the wanted number, old
//! ones go as long as no more than `maxUnavailable` are missing; probes ask at their period; a pod that is to end leaves
//! the endpoints while its preStop sleep runs, is then sent SIGTERM, and SIGKILL when its grace is over; a container that
//! ends is started again after 10, 20, 40… seconds. What is not played is what depends on a cluster: pulling images,
//! scheduling. When in its period a probe first asks is chance; here it is at the end, the latest. That endpoints reach every
//! node only after a moment is an assumption, [`ENDPOINT_LAG`].

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use segue_store::{Name, Store};

use super::balancer::Balancer;
use super::cluster::{Cluster, Commit, Journal, ModelName};
use super::data::DataSet;
use super::plan::{Plan, Probe};
use super::process::{Process, Programs, get};

/// From a change of the endpoints to every node's knowing it.
pub const ENDPOINT_LAG: Duration = Duration::from_secs(1);

/// From a container's first end by itself to its next start.
const FIRST_BACK_OFF: Duration = Duration::from_secs(10);

/// How long one turn of the loop sleeps.
const TURN: Duration = Duration::from_millis(10);

/// What servers are to be like.
#[derive(Clone, Debug, PartialEq)]
struct Template {
    version: String,
    arguments: Vec<String>,
    plan: Plan,
}

/// The cluster.
#[derive(Debug)]
pub struct PlayedCluster {
    programs: Programs,
    folder: PathBuf,
    balancer: Balancer,
    pods: Vec<Pod>,
    wanted: Template,
    made: usize,
    /// What the nodes will know once the lag is over.
    announced: Vec<(Instant, Vec<SocketAddr>)>,
    job: Option<Process>,
    journal: Journal,
    killed: usize,
}

#[derive(Debug)]
struct Pod {
    name: String,
    template: Template,
    container: Container,
    address: Option<SocketAddr>,
    has_started: bool,
    is_ready: bool,
    failures: u32,
    next_probe: Instant,
    back_off: Duration,
    ending: Option<Ending>,
}

#[derive(Debug)]
enum Container {
    Awaiting(Process),
    Running(Process),
    /// It ended, and is started again at that time.
    Crashed {
        again: Instant,
    },
}

#[derive(Debug)]
struct Ending {
    since: Instant,
    was_told: bool,
}

/// A pod, as somebody sees it who asks the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct PodSeen {
    /// Its name.
    pub name: String,
    /// The version of its image.
    pub version: String,
    /// Where it listens.
    pub address: Option<SocketAddr>,
    /// Whether it is ready.
    pub is_ready: bool,
    /// Whether it is to end.
    pub is_ending: bool,
    /// Whether it has ended by itself, and waits for its next start.
    pub has_crashed: bool,
    /// Whether it is of the wanted kind.
    pub is_wanted: bool,
}

impl PlayedCluster {
    /// A cluster with no pod yet; the store and the logs are in `folder`.
    ///
    /// # Errors
    /// No port can be had, or the manifests have no Deployment.
    pub fn new(programs: &Programs, folder: &Path, wanted: &Commit) -> Result<Self> {
        Ok(Self {
            programs: programs.clone(),
            folder: folder.to_owned(),
            balancer: Balancer::start().context("starting the balancer")?,
            pods: Vec::new(),
            wanted: Template::of(wanted)?,
            made: 0,
            announced: Vec::new(),
            job: None,
            journal: Journal::default(),
            killed: 0,
        })
    }

    /// Starts the miner with these arguments, as its Job's pod would, with more variables than the manifests give it.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start_miner(&self, arguments: &[&str], more: &[(&str, &str)]) -> Result<Process> {
        let mut variables = self.wanted.plan.miner_variables.clone();
        variables.insert("MODEL_DIR".to_owned(), self.folder.join("store").display().to_string());
        variables.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let log = self.folder.join("job.log");
        Process::start(self.programs.command("segue-miner").args(arguments), &variables, &log).context("segue-miner")
    }

    /// Starts the miner on a data set.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn mine(&self, data: &DataSet) -> Result<Process> {
        self.start_miner(&["mine"], &[("DATASET_URL", &data.url), ("DATASET_SHA256", &data.sha256)])
    }

    /// The store, and the alias that is followed.
    ///
    /// # Errors
    /// The manifests give names that are none.
    pub fn store(&self) -> Result<(Store, Name)> {
        let name = |key: &str, default: &str| -> Result<Name> {
            Ok(self.wanted.plan.variables.get(key).map_or(default, String::as_str).parse::<Name>()?)
        };
        let store = Store::new(&self.folder.join("store"), &name("MODEL_NAME", "default")?);
        Ok((store, name("MODEL_ALIAS", "production")?))
    }

    /// The pods that are there.
    #[must_use]
    pub fn pods(&self) -> Vec<PodSeen> {
        let seen = |pod: &Pod| PodSeen {
            name: pod.name.clone(),
            version: pod.template.version.clone(),
            address: pod.address,
            is_ready: pod.is_ready,
            is_ending: pod.ending.is_some(),
            has_crashed: matches!(pod.container, Container::Crashed { .. }),
            is_wanted: pod.template == self.wanted,
        };
        self.pods.iter().map(seen).collect()
    }

    /// Addresses of the pods that take requests.
    #[must_use]
    fn ready(&self) -> Vec<SocketAddr> {
        self.pods.iter().filter(|pod| pod.is_ready && pod.ending.is_none()).filter_map(|pod| pod.address).collect()
    }

    /// What a kubelet does for one pod.
    fn tend(&mut self, index: usize) -> Result<()> {
        let now = Instant::now();
        let pod = &mut self.pods[index];
        if let Some(ending) = &mut pod.ending {
            let Container::Running(process) = &pod.container else { return Ok(()) };
            if !ending.was_told && now >= ending.since + pod.template.plan.pre_stop {
                ending.was_told = true;
                process.signal("TERM");
            }
            if now >= ending.since + pod.template.plan.grace {
                process.signal("KILL");
            }
            return Ok(());
        }
        match &mut pod.container {
            Container::Awaiting(process) => match process.ended() {
                Some(true) => {
                    pod.next_probe = now + pod.template.plan.startup.period;
                    pod.container = Container::Running(pod.template.serve(&self.programs, &self.folder, &pod.name)?);
                }
                Some(false) => anyhow::bail!("waiting for a model failed: {}", process.said()),
                None => {}
            },
            Container::Running(process) => {
                if process.ended().is_some() {
                    (pod.is_ready, pod.has_started, pod.address) = (false, false, None);
                    pod.container = Container::Crashed { again: now + pod.back_off };
                    pod.back_off *= 2;
                    let what = format!("{} ended by itself", pod.name);
                    self.journal.note(what);
                } else if now >= pod.next_probe {
                    pod.probe();
                    if pod.is_ready {
                        self.journal.note_once(&format!("{} ready", pod.name));
                    }
                }
            }
            Container::Crashed { again } if now >= *again => {
                pod.container = Container::Running(pod.template.serve(&self.programs, &self.folder, &pod.name)?);
            }
            Container::Crashed { .. } => {}
        }
        Ok(())
    }

    /// Removes pods that were to end and have.
    fn reap(&mut self) {
        let (mut gone, mut killed) = (Vec::new(), 0);
        self.pods.retain_mut(|pod| {
            let Some(ending) = &pod.ending else { return true };
            let has_ended = match &mut pod.container {
                Container::Running(process) => match process.ended() {
                    Some(well) => {
                        killed += usize::from(!well && ending.since.elapsed() >= pod.template.plan.grace);
                        true
                    }
                    None => false,
                },
                _ => true,
            };
            if has_ended {
                gone.push(pod.name.clone());
            }
            !has_ended
        });
        self.killed += killed;
        gone.into_iter().for_each(|name| self.journal.note(format!("{name} gone")));
    }

    /// What the Deployment controller does.
    fn reconcile(&mut self) -> Result<()> {
        let (replicas, plan) = (self.wanted.plan.replicas, self.wanted.plan.clone());
        let staying = |pod: &&Pod| pod.ending.is_none();
        let is_new = |pod: &&Pod| pod.template.is_same_pod(&self.wanted);
        let total = self.pods.iter().filter(staying).count();
        let new = self.pods.iter().filter(staying).filter(is_new).count();
        let rolls = total > new;
        let most = if rolls { replicas + plan.max_surge } else { replicas };
        if new < replicas && total < most {
            let pod = self.make()?;
            self.pods.push(pod);
            return Ok(());
        }
        let ready = self.pods.iter().filter(staying).filter(|pod| pod.is_ready).count();
        let least = replicas.saturating_sub(plan.max_unavailable);
        let wanted = self.wanted.clone();
        let surplus = self.pods.iter_mut().filter(|pod| pod.ending.is_none()).find(|pod| {
            let may_go = !pod.is_ready || ready > least;
            let is_new = pod.template.is_same_pod(&wanted);
            // Scaling down ends any; a rollout only old ones.
            may_go && (!is_new || new > replicas)
        });
        if let Some(pod) = surplus {
            pod.ending = Some(Ending { since: Instant::now(), was_told: false });
            let what = format!("{} is to end", pod.name);
            self.journal.note(what);
        }
        // A change of the number alone makes no new pods.
        for pod in self.pods.iter_mut().filter(|pod| pod.template.is_same_pod(&wanted)) {
            pod.template.plan.replicas = replicas;
        }
        Ok(())
    }

    fn make(&mut self) -> Result<Pod> {
        self.made += 1;
        let name = format!("{}-{}", self.wanted.version, self.made);
        self.journal.note(format!("{name} made"));
        let template = self.wanted.clone();
        let container = if template.plan.awaits_model {
            let mut command = self.programs.command("segue-server");
            let variables = template.variables(&self.folder);
            let log = self.folder.join(format!("{name}-await.log"));
            Container::Awaiting(Process::start(command.arg("await-model"), &variables, &log).context("segue-server")?)
        } else {
            Container::Running(template.serve(&self.programs, &self.folder, &name)?)
        };
        Ok(Pod {
            name,
            template,
            container,
            address: None,
            has_started: false,
            is_ready: false,
            failures: 0,
            next_probe: Instant::now() + self.wanted.plan.startup.period,
            back_off: FIRST_BACK_OFF,
            ending: None,
        })
    }

    /// What the endpoint controller and kube-proxy do.
    fn announce(&mut self) {
        let ready = self.ready();
        let last = self.announced.last().map_or_else(|| self.balancer.endpoints(), |(_, endpoints)| endpoints.clone());
        if last != ready {
            self.announced.push((Instant::now() + ENDPOINT_LAG, ready));
        }
        while let Some((_, endpoints)) = self.announced.first().filter(|(at, _)| *at <= Instant::now()) {
            self.balancer.set_endpoints(endpoints.clone());
            self.announced.remove(0);
        }
    }
}

impl Cluster for PlayedCluster {
    fn service(&self) -> String {
        format!("http://{}", self.balancer.address())
    }

    fn apply(&mut self, commit: &Commit) -> Result<()> {
        self.wanted = Template::of(commit)?;
        Ok(())
    }

    fn turn(&mut self) -> Result<()> {
        for index in 0..self.pods.len() {
            self.tend(index)?;
        }
        self.reap();
        self.reconcile()?;
        self.announce();
        std::thread::sleep(TURN);
        Ok(())
    }

    /// Every node knows the pods, too.
    fn is_settled(&self) -> bool {
        self.pods.len() == self.wanted.plan.replicas
            && self.pods.iter().all(|pod| pod.is_ready && pod.ending.is_none() && pod.template == self.wanted)
            && self.announced.is_empty()
    }

    fn is_crashing(&self) -> bool {
        self.pods().iter().any(|pod| pod.is_wanted && pod.has_crashed)
    }

    fn served(&mut self) -> Vec<ModelName> {
        let version = |address| get(address, "/version", Duration::from_secs(1)).ok();
        self.ready().into_iter().filter_map(|address| ModelName::in_version(&version(address)?.1)).collect()
    }

    fn start_job(&mut self, data: &DataSet) -> Result<()> {
        self.job = Some(self.mine(data)?);
        Ok(())
    }

    fn has_mined(&mut self) -> Result<bool> {
        let job = self.job.as_mut().context("no Job was started")?;
        let ended = job.ended();
        anyhow::ensure!(ended != Some(false), "the miner failed: {}", job.said());
        Ok(ended.is_some())
    }

    fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    fn killed(&self) -> Option<usize> {
        Some(self.killed)
    }

    fn played(&mut self) -> Option<&mut PlayedCluster> {
        Some(self)
    }
}

impl Pod {
    fn probe(&mut self) {
        let Container::Running(process) = &self.container else { return };
        if self.address.is_none() {
            self.address = process.listens_on();
        }
        let probe = if self.has_started { &self.template.plan.readiness } else { &self.template.plan.startup };
        let succeeded = self.address.is_some_and(|address| asks_well(address, probe));
        self.next_probe = Instant::now() + probe.period;
        if !self.has_started {
            self.has_started = succeeded;
            if succeeded {
                self.next_probe = Instant::now() + self.template.plan.readiness.period;
            }
        } else if succeeded {
            (self.failures, self.is_ready) = (0, true);
        } else {
            self.failures += 1;
            self.is_ready &= self.failures < probe.failures;
        }
    }
}

fn asks_well(address: SocketAddr, probe: &Probe) -> bool {
    get(address, &probe.path, probe.timeout).is_ok_and(|(status, _)| (200..400).contains(&status))
}

impl Template {
    fn of(commit: &Commit) -> Result<Self> {
        Ok(Self { version: commit.version.clone(), arguments: commit.arguments.clone(), plan: commit.plan()? })
    }

    /// Whether pods of both are alike: the number of them is no part of a pod.
    fn is_same_pod(&self, other: &Self) -> bool {
        let mut mine = self.clone();
        mine.plan.replicas = other.plan.replicas;
        mine == *other
    }

    fn variables(&self, folder: &Path) -> BTreeMap<String, String> {
        let mut variables = self.plan.variables.clone();
        variables.insert("MODEL_DIR".to_owned(), folder.join("store").display().to_string());
        variables.insert("CODE_VERSION".to_owned(), self.version.clone());
        // Pods have an address each; here they share one, so each takes a port.
        variables.insert("HOST".to_owned(), "127.0.0.1".to_owned());
        variables.insert("PORT".to_owned(), "0".to_owned());
        variables
    }

    fn serve(&self, programs: &Programs, folder: &Path, name: &str) -> Result<Process> {
        let mut command = programs.command("segue-server");
        let log = folder.join(format!("{name}.log"));
        Process::start(command.args(&self.arguments), &self.variables(folder), &log).context("segue-server")
    }
}
