//! One run: a fresh store, servers, clients, a change, and files with all that was seen.

use std::fs;
use std::net::ToSocketAddrs as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::cluster::{Cluster, Commit, ModelName};
use super::data::{DataSet, DataSets};
use super::figures::Figures;
use super::kubectl::{Kubectl, KubectlCluster};
use super::load::{self, Asked, Load};
use super::played::PlayedCluster;
use super::process::{Programs, get};
use crate::documents::Documents;

/// Longest wait for anything that should happen.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often the clients' requests are counted.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// What is, or plays, the cluster.
#[derive(Clone, Debug)]
pub enum Driver {
    /// Processes on this machine.
    Local,
    /// The cluster that kubectl speaks to.
    Kubectl {
        /// How it is spoken to.
        kubectl: Rc<dyn Kubectl>,
        /// The namespace that everything goes into.
        namespace: String,
        /// Where clients on this machine reach the Service, `http://HOST:PORT`.
        service: String,
    },
}

/// Where runs are made.
#[derive(Clone, Debug)]
pub struct Lab {
    /// The cluster.
    pub driver: Driver,
    /// The programs.
    pub programs: Programs,
    /// The rendered manifests.
    pub documents: Documents,
    /// Data sets to mine.
    pub data: DataSets,
    /// Where requests and events are kept.
    pub records: PathBuf,
    /// Requests that a run makes at least.
    pub requests: usize,
}

/// A run under way.
#[derive(Debug)]
pub struct Run<'a> {
    lab: &'a Lab,
    name: &'static str,
    // Before the folder: its processes write there until they end.
    load: Option<Load>,
    /// The cluster.
    pub cluster: Box<dyn Cluster>,
    folder: tempfile::TempDir,
}

/// A run that is over: everything but the measured facts is read from its files.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What was tried.
    pub name: &'static str,
    /// The requests, one a line.
    pub requests: PathBuf,
    /// What happened, one a line.
    pub events: PathBuf,
    /// Facts that only the cluster knows, in words.
    pub facts: Vec<(String, String)>,
}

/// Event before which nothing had changed.
pub const CHANGE: &str = "change";

impl Lab {
    /// A commit with the lab's manifests.
    #[must_use]
    pub fn commit(&self, version: &str, replicas: usize) -> Commit {
        Commit { documents: self.documents.clone(), version: version.to_owned(), replicas, arguments: Vec::new() }
    }

    /// Whether the volume can be reached into.
    #[must_use]
    pub fn is_played(&self) -> bool {
        matches!(self.driver, Driver::Local)
    }

    /// Mines the demo into a fresh store, starts servers and clients, and waits until all goes its way.
    ///
    /// # Errors
    /// Something does not start.
    pub fn begin(&self, name: &'static str, commit: &Commit) -> Result<Run<'_>> {
        eprintln!("==> {name}");
        let folder = tempfile::tempdir()?;
        let cluster: Box<dyn Cluster> = match &self.driver {
            Driver::Local => Box::new(PlayedCluster::new(&self.programs, folder.path(), commit)?),
            Driver::Kubectl { kubectl, namespace, service } => {
                Box::new(KubectlCluster::begin(Rc::clone(kubectl), namespace, service, name, commit)?)
            }
        };
        let mut run = Run { lab: self, name, load: None, cluster, folder };
        run.mine(&self.data.demo()?)?;
        run.cluster.run_until("the first servers", PATIENCE, |cluster| Ok(cluster.is_settled()))?;
        // Ready pods are not yet known to every node.
        let service = run.cluster.service();
        run.cluster.run_until("the Service", PATIENCE, |_| Ok(answers(&service)))?;
        run.load = Some(Load::start(&self.programs, &service, run.folder.path())?);
        run.ask(self.requests / 5)?;
        Ok(run)
    }
}

impl Run<'_> {
    /// Lets clients make so many requests in all before it goes on.
    ///
    /// # Errors
    /// They do not in time.
    pub fn ask(&mut self, count: usize) -> Result<()> {
        let Some(load) = &self.load else { return Ok(()) };
        let mut last_look = Instant::now();
        self.cluster.run_until("requests", PATIENCE, |_| {
            // Counting reads the files: not at every turn.
            if last_look.elapsed() < BETWEEN_LOOKS {
                return Ok(false);
            }
            last_look = Instant::now();
            Ok(load.count() >= count)
        })
    }

    /// Notes that the change is made now.
    pub fn change(&mut self) {
        self.note(CHANGE);
    }

    /// Notes that something happens now.
    pub fn note(&mut self, what: &str) {
        self.cluster.journal().note(what);
    }

    /// Waits until the cluster is as wanted, and notes it.
    ///
    /// # Errors
    /// It never is.
    pub fn settle(&mut self) -> Result<()> {
        self.cluster.run_until("the rollout", PATIENCE, |cluster| Ok(cluster.is_settled()))?;
        self.note("settled");
        Ok(())
    }

    /// Mines a data set as the Job does, the servers going on meanwhile.
    ///
    /// # Errors
    /// The miner fails.
    pub fn mine(&mut self, data: &DataSet) -> Result<()> {
        self.cluster.start_job(data)?;
        self.cluster.run_until("the miner", PATIENCE, |cluster| cluster.has_mined())?;
        self.note("published");
        Ok(())
    }

    /// The model that every server serves.
    ///
    /// # Errors
    /// They serve different ones, or none.
    pub fn model(&mut self) -> Result<ModelName> {
        let served = self.cluster.served();
        let first = served.first().context("no server has a model")?;
        anyhow::ensure!(served.iter().all(|model| model == first), "the servers have different models: {served:?}");
        Ok(first.clone())
    }

    /// Waits until every ready server serves such a model, and notes it.
    ///
    /// # Errors
    /// One never does.
    pub fn served_everywhere(&mut self, is_wanted: impl Fn(&ModelName) -> bool) -> Result<()> {
        self.cluster.run_until("the model", PATIENCE, |cluster| {
            let served = cluster.served();
            Ok(!served.is_empty() && served.iter().all(&is_wanted))
        })?;
        self.note("served by all");
        Ok(())
    }

    /// The played cluster, for what reaches into its volume.
    ///
    /// # Errors
    /// The cluster is a real one.
    pub fn played(&mut self) -> Result<&mut PlayedCluster> {
        self.cluster.played().context("the volume of a real cluster is out of reach")
    }

    /// Lets the clients make the rest of their requests, stops all, and keeps what was seen.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn end(mut self) -> Result<Record> {
        self.ask(self.lab.requests)?;
        let requests = self.lab.records.join(format!("{}.csv", self.name));
        let events = self.lab.records.join(format!("{}-events.csv", self.name));
        if let Some(load) = self.load.take() {
            load.stop(&requests)?;
        }
        let lines: Vec<String> =
            self.cluster.journal().events().iter().map(|event| format!("{:.3},{}", event.at_ms, event.what)).collect();
        fs::write(&events, format!("unix_ms,event\n{}\n", lines.join("\n")))?;
        let killed = |killed: usize| ("pods killed because their grace was over".to_owned(), killed.to_string());
        let facts = self.cluster.killed().map(killed).into_iter().collect();
        Ok(Record { name: self.name, requests, events, facts })
    }
}

impl Record {
    /// When something happened for the first time, milliseconds since 1970.
    ///
    /// # Errors
    /// The file of events cannot be read.
    pub fn events(&self) -> Result<Vec<(f64, String)>> {
        read_events(&self.events)
    }

    /// The requests.
    ///
    /// # Errors
    /// Their file cannot be read.
    pub fn asked(&self) -> Result<Vec<Asked>> {
        load::read(&self.requests)
    }

    /// Seconds from the change to an event after it.
    ///
    /// # Errors
    /// The file of events cannot be read, or there is none such.
    pub fn seconds_to(&self, what: impl Fn(&str) -> bool) -> Result<f64> {
        let events = self.events()?;
        let change = self.change_ms()?;
        let event = events.iter().find(|(at, event)| *at >= change && what(event));
        Ok((event.context("nothing of the kind happened")?.0 - change) / 1e3)
    }

    /// When the change was made, milliseconds since 1970.
    ///
    /// # Errors
    /// The file of events cannot be read.
    pub fn change_ms(&self) -> Result<f64> {
        let events = self.events()?;
        Ok(events.iter().find(|(_, event)| event == CHANGE).context("nothing was changed")?.0)
    }

    /// The figures, given how an answer shows the change.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn figures(&self, is_new: impl Fn(&Asked) -> bool) -> Result<Figures> {
        Ok(Figures::of(&self.asked()?, self.change_ms()?, is_new))
    }
}

/// Whether requests to `http://HOST:PORT` reach a server that is ready.
fn answers(service: &str) -> bool {
    let host = service.trim_start_matches("http://");
    let Some(address) = host.to_socket_addrs().ok().and_then(|mut addresses| addresses.next()) else { return false };
    get(address, "/readyz", Duration::from_secs(1)).is_ok_and(|(status, _)| status == 200)
}

fn read_events(file: &Path) -> Result<Vec<(f64, String)>> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(text
        .lines()
        .filter_map(|line| line.split_once(','))
        .filter_map(|(at, what)| Some((at.parse().ok()?, what.to_owned())))
        .collect())
}
