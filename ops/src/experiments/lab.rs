//! One run: a fresh store, servers, clients, a change, and files with all that was seen.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use segue_store::{Name, Store};

use super::cluster::{Cluster, Template};
use super::data::{DataSet, DataSets};
use super::figures::Figures;
use super::load::{self, Asked, Load};
use super::plan::Plan;
use super::process::{Process, Programs, get};
use crate::documents::Documents;

/// Longest wait for anything that should happen.
const PATIENCE: Duration = Duration::from_secs(180);

/// Where runs are made.
#[derive(Clone, Debug)]
pub struct Lab {
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
    folder: tempfile::TempDir,
    /// The cluster.
    pub cluster: Cluster,
    load: Option<Load>,
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
    /// The template of a commit, with this version and the manifests' plan.
    ///
    /// # Errors
    /// The manifests have no Deployment.
    pub fn template(&self, version: &str, replicas: usize) -> Result<Template> {
        let plan = Plan { replicas, ..Plan::read(&self.documents)? };
        Ok(Template { version: version.to_owned(), arguments: Vec::new(), plan })
    }

    /// Mines the demo into a fresh store, starts servers and clients, and waits until all goes its way.
    ///
    /// # Errors
    /// Something does not start.
    pub fn begin(&self, name: &'static str, template: Template) -> Result<Run<'_>> {
        eprintln!("==> {name}");
        let folder = tempfile::tempdir()?;
        let cluster = Cluster::new(&self.programs, folder.path(), template)?;
        let mut run = Run { lab: self, name, folder, cluster, load: None };
        run.mine(&self.data.demo()?)?;
        run.cluster.run_until("the first servers", PATIENCE, |cluster| cluster.is_settled())?;
        run.load = Some(Load::start(&self.programs, run.cluster.address(), run.folder.path())?);
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
        let Some(load) = self.load.take() else { return Ok(()) };
        let mut next_look = 0;
        let done = self.cluster.run_until("requests", PATIENCE, |_| {
            // Counting reads the files: not at every turn.
            next_look += 1;
            next_look % 20 == 0 && load.count() >= count
        });
        self.load = Some(load);
        done
    }

    /// Notes that the change is made now.
    pub fn change(&mut self) {
        self.cluster.note(CHANGE);
    }

    /// Waits until the cluster is as wanted, and notes it.
    ///
    /// # Errors
    /// It never is.
    pub fn settle(&mut self) -> Result<()> {
        self.cluster.run_until("the rollout", PATIENCE, |cluster| cluster.is_settled())?;
        self.cluster.note("settled");
        Ok(())
    }

    /// Mines a data set as the Job does, the servers going on meanwhile.
    ///
    /// # Errors
    /// The miner fails.
    pub fn mine(&mut self, data: &DataSet) -> Result<()> {
        let mut job = self.start_job(data)?;
        let mut ended = None;
        self.cluster.run_until("the miner", PATIENCE, |_| {
            ended = job.ended();
            ended.is_some()
        })?;
        anyhow::ensure!(ended == Some(true), "the miner failed: {}", job.said());
        self.cluster.note("published");
        Ok(())
    }

    /// Starts the miner as its Job's pod would.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start_job(&self, data: &DataSet) -> Result<Process> {
        let mut variables = self.cluster.wanted().plan.miner_variables.clone();
        variables.insert("MODEL_DIR".to_owned(), self.cluster.store().display().to_string());
        variables.insert("DATASET_URL".to_owned(), data.url.clone());
        variables.insert("DATASET_SHA256".to_owned(), data.sha256.clone());
        let log = self.folder.path().join("job.log");
        Process::start(self.lab.programs.command("segue-miner").arg("mine"), &variables, &log).context("segue-miner")
    }

    /// The store, and the alias that is followed.
    ///
    /// # Errors
    /// The manifests give names that are none.
    pub fn store(&self) -> Result<(Store, Name)> {
        let variables = &self.cluster.wanted().plan.variables;
        let name = |key: &str, default: &str| -> Result<Name> {
            Ok(variables.get(key).map_or(default, String::as_str).parse::<Name>()?)
        };
        let store = Store::new(&self.cluster.store(), &name("MODEL_NAME", "default")?);
        Ok((store, name("MODEL_ALIAS", "production")?))
    }

    /// Waits until every ready server serves the model that the alias means, and notes it.
    ///
    /// # Errors
    /// One never does.
    pub fn served_everywhere(&mut self) -> Result<()> {
        let (store, alias) = self.store()?;
        let wanted = store.alias(&alias)?.hash.to_string();
        self.cluster.run_until("the model", PATIENCE, |cluster| {
            let serves = |address| {
                get(address, "/version", Duration::from_secs(1)).is_ok_and(|(_, body)| body.contains(&wanted))
            };
            let ready = cluster.ready();
            !ready.is_empty() && ready.into_iter().all(serves)
        })?;
        self.cluster.note("served by all");
        Ok(())
    }

    /// Lets the clients make the rest of their requests, stops all, and keeps what was seen.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn end(mut self, facts: Vec<(String, String)>) -> Result<Record> {
        self.ask(self.lab.requests)?;
        let requests = self.lab.records.join(format!("{}.csv", self.name));
        let events = self.lab.records.join(format!("{}-events.csv", self.name));
        if let Some(load) = self.load.take() {
            load.stop(&requests)?;
        }
        let lines: Vec<String> =
            self.cluster.events().iter().map(|event| format!("{:.3},{}", event.at_ms, event.what)).collect();
        fs::write(&events, format!("unix_ms,event\n{}\n", lines.join("\n")))?;
        let mut facts = facts;
        facts.push(("pods killed because their grace was over".to_owned(), self.cluster.killed().to_string()));
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

fn read_events(file: &Path) -> Result<Vec<(f64, String)>> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(text
        .lines()
        .filter_map(|line| line.split_once(','))
        .filter_map(|(at, what)| Some((at.parse().ok()?, what.to_owned())))
        .collect())
}
