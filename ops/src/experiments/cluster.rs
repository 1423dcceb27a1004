//! What the cases are tried on, whatever plays or is the cluster, and the notes that are taken of it.

use std::fmt::Debug;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde_json::Value;

use super::data::DataSet;
use super::plan::Plan;
use super::played::PlayedCluster;
use crate::documents::{Documents, text};

/// What Git says at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// The rendered manifests.
    pub documents: Documents,
    /// The version that the server's image says it is.
    pub version: String,
    /// How many servers there are to be.
    pub replicas: usize,
    /// Arguments of the server; what makes an image bad, here.
    pub arguments: Vec<String>,
}

/// A model, as a server names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelName {
    /// SHA-256 of its file.
    pub hash: String,
    /// When it was made, RFC 3339.
    pub date: String,
}

/// Something that happened, for the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When, milliseconds since 1970.
    pub at_ms: f64,
    /// What, in a few words.
    pub what: String,
}

/// What happened in a run, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal(Vec<Event>);

/// A cluster with Segue in it.
pub trait Cluster: Debug {
    /// Where clients ask: `http://HOST:PORT`.
    fn service(&self) -> String;

    /// Makes the cluster want what a commit says, as Argo CD does when it syncs.
    ///
    /// # Errors
    /// The manifests cannot be applied.
    fn apply(&mut self, commit: &Commit) -> Result<()>;

    /// Lets a moment pass, and takes note of what happened.
    ///
    /// # Errors
    /// The cluster cannot be reached, or a process cannot be started.
    fn turn(&mut self) -> Result<()>;

    /// Whether exactly the wanted servers are there, ready, and no other.
    fn is_settled(&self) -> bool;

    /// Whether a server of the wanted kind cannot run.
    fn is_crashing(&self) -> bool;

    /// What each server that takes requests serves.
    fn served(&mut self) -> Vec<ModelName>;

    /// Starts the miner's Job on a data set.
    ///
    /// # Errors
    /// It cannot be started.
    fn start_job(&mut self, data: &DataSet) -> Result<()>;

    /// Whether the Job that was started last has ended with success.
    ///
    /// # Errors
    /// It has failed, with what it said.
    fn has_mined(&mut self) -> Result<bool>;

    /// Where events are written down.
    fn journal(&mut self) -> &mut Journal;

    /// Servers that had to be killed because their grace was over, where that can be seen.
    fn killed(&self) -> Option<usize>;

    /// The cluster as processes of this machine, where it is played: some cases reach into its volume.
    fn played(&mut self) -> Option<&mut PlayedCluster> {
        None
    }
}

/// Milliseconds since 1970.
#[must_use]
pub fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1e3
}

impl Commit {
    /// What its manifests say of servers, with its own number of them.
    ///
    /// # Errors
    /// They have no Deployment.
    pub fn plan(&self) -> Result<Plan> {
        Ok(Plan { replicas: self.replicas, ..Plan::read(&self.documents)? })
    }
}

impl ModelName {
    /// The model in what a server says at `/version`; `None` while it has none.
    #[must_use]
    pub fn in_version(body: &str) -> Option<Self> {
        let said: Value = serde_json::from_str(body).ok()?;
        let hash = said.get("model_hash")?.as_str()?.to_owned();
        Some(Self { hash, date: text(&said, "/model_date").to_owned() })
    }
}

impl Journal {
    /// Writes down that something happens now.
    pub fn note(&mut self, what: impl Into<String>) {
        self.0.push(Event { at_ms: now_ms(), what: what.into() });
    }

    /// Writes down what happens for the first time only.
    pub fn note_once(&mut self, what: &str) {
        if !self.0.iter().any(|event| event.what == what) {
            self.note(what);
        }
    }

    /// What has happened so far.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.0
    }
}

impl dyn Cluster {
    /// Lets time pass until `done`, or fails after `patience`.
    ///
    /// # Errors
    /// It is not done in time, or a turn fails.
    pub fn run_until(
        &mut self,
        what: &str,
        patience: Duration,
        mut done: impl FnMut(&mut dyn Cluster) -> Result<bool>,
    ) -> Result<()> {
        let begun = Instant::now();
        while !done(self)? {
            anyhow::ensure!(begun.elapsed() < patience, "waiting for {what}: not within {patience:?}");
            self.turn()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_version_names_its_model_once_it_has_one() {
        let with = r#"{"version":"1","format_version":2,"model_hash":"ab","model_date":"2026-01-31T00:00:00Z"}"#;
        let without = r#"{"version":"1","format_version":2,"model_hash":null,"model_date":null}"#;
        let wanted = ModelName { hash: "ab".to_owned(), date: "2026-01-31T00:00:00Z".to_owned() };
        assert_eq!(ModelName::in_version(with), Some(wanted));
        assert_eq!(ModelName::in_version(without), None);
        assert_eq!(ModelName::in_version("no server"), None);
    }

    #[test]
    fn what_is_noted_once_is_there_once() {
        let mut journal = Journal::default();
        journal.note("a");
        journal.note_once("a");
        journal.note_once("b");
        assert_eq!(journal.events().iter().map(|event| event.what.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }
}
