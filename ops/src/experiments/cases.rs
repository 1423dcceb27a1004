//! What is tried, what is expected, and what came of it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use segue_store::{InputKey, NewModel, Precedence, Timestamp, wait_for_lock};
use serde_json::{Value, json};

use super::cluster::Commit;
use super::figures::Figures;
use super::lab::{Lab, Record};
use super::plan::Plan;
use crate::documents::{Documents, set};

/// A case that was run.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What was tried, as a heading.
    pub title: &'static str,
    /// What was expected.
    pub expected: &'static str,
    /// Whether requests may fail: the negative control's must.
    pub must_fail: bool,
    /// Its files.
    pub record: Record,
    /// What the requests came to.
    pub figures: Figures,
    /// Times and facts, in words.
    pub facts: Vec<(String, String)>,
}

impl Outcome {
    /// Whether it came as expected: no failed request, or some where they must fail.
    #[must_use]
    pub fn is_as_expected(&self) -> bool {
        (self.figures.failed > 0) == self.must_fail
    }
}

/// Every case with requests, in order; the torn model only where the volume is in reach.
///
/// # Errors
/// One cannot be run to its end.
pub fn all(lab: &Lab) -> Result<Vec<Outcome>> {
    let mut outcomes = vec![replicas(lab)?, new_version(lab)?, new_data(lab)?, bad_image(lab)?];
    if lab.is_played() {
        outcomes.push(torn_model(lab)?);
    }
    outcomes.push(model_rolled_back(lab)?);
    outcomes.push(no_drain(lab)?);
    Ok(outcomes)
}

/// The cases that fit into a minute.
///
/// # Errors
/// As [`all`].
pub fn short(lab: &Lab) -> Result<Vec<Outcome>> {
    Ok(vec![new_version(lab)?, new_data(lab)?, no_drain(lab)?])
}

fn seconds(value: f64) -> String {
    format!("{value:.2} s")
}

fn fact(what: &str, value: impl Into<String>) -> (String, String) {
    (what.to_owned(), value.into())
}

/// 1 → 2 → 1.
fn replicas(lab: &Lab) -> Result<Outcome> {
    let mut run = lab.begin("replicas", &lab.commit("v1", 1))?;
    run.change();
    run.cluster.apply(&lab.commit("v1", 2))?;
    run.settle()?;
    run.note("back to one");
    run.cluster.apply(&lab.commit("v1", 1))?;
    run.cluster.run_until("one server", Duration::from_secs(120), |cluster| Ok(cluster.is_settled()))?;
    run.note("one again");
    let record = run.end()?;
    let figures = record.figures(|_| false)?;
    let back = record.seconds_to(|event| event == "back to one")?;
    let facts = vec![
        fact("two servers take requests after", seconds(record.seconds_to(|event| event == "settled")?)),
        fact(
            "one server again, the other gone, after",
            seconds(record.seconds_to(|event| event == "one again")? - back),
        ),
    ];
    Ok(Outcome {
        title: "Replicas 1 → 2 → 1",
        expected: "No request fails: a new server gets requests when it is ready, one that is to end finishes them.",
        must_fail: false,
        figures: Figures { first_new_s: None, last_old_s: None, stale: 0, ..figures },
        record,
        facts,
    })
}

fn rollout(lab: &Lab, name: &'static str) -> Result<(Record, Figures)> {
    let mut run = lab.begin(name, &lab.commit("v1", 2))?;
    run.change();
    run.cluster.apply(&lab.commit("v2", 2))?;
    run.settle()?;
    let record = run.end()?;
    let figures = record.figures(|asked| asked.version == "v2")?;
    Ok((record, figures))
}

fn new_version(lab: &Lab) -> Result<Outcome> {
    let (record, figures) = rollout(lab, "new-version")?;
    let facts = vec![fact(
        "all servers new, all old ones gone, after",
        seconds(record.seconds_to(|event| event == "settled")?),
    )];
    Ok(Outcome {
        title: "A new version of the code",
        expected: "No request fails. For some seconds both versions answer; then only the new one does.",
        must_fail: false,
        record,
        figures,
        facts,
    })
}

/// Another data set.
///
/// # Errors
/// It cannot be run to its end.
pub fn new_data(lab: &Lab) -> Result<Outcome> {
    let mut run = lab.begin("new-data", &lab.commit("v1", 2))?;
    let old = run.model()?;
    run.change();
    run.mine(&lab.data.changed(200)?)?;
    run.served_everywhere(|model| *model != old)?;
    let record = run.end()?;
    let figures = record.figures(|asked| asked.model_date != old.date)?;
    let published = record.seconds_to(|event| event == "published")?;
    let everywhere = record.seconds_to(|event| event == "served by all")?;
    let facts = vec![
        fact("the Job has fetched, mined and published after", seconds(published)),
        fact("every server serves the new model", format!("{} after that", seconds(everywhere - published))),
    ];
    Ok(Outcome {
        title: "A new data set",
        expected: "No request fails and no server restarts: the Job publishes, each server swaps within three seconds.",
        must_fail: false,
        record,
        figures,
        facts,
    })
}

/// Servers that cannot run, and their revert.
///
/// # Errors
/// It cannot be run to its end.
pub fn bad_image(lab: &Lab) -> Result<Outcome> {
    let good = lab.commit("v1", 2);
    let mut run = lab.begin("bad-image", &good)?;
    run.change();
    // A server that ends at once: it is told of a web UI that its image does not have.
    let bad = Commit { arguments: vec!["--site".to_owned(), "/nowhere".to_owned()], ..lab.commit("v2", 2) };
    run.cluster.apply(&bad)?;
    run.cluster.run_until("the crash", Duration::from_secs(60), |cluster| Ok(cluster.is_crashing()))?;
    run.ask(lab.requests * 3 / 5)?;
    run.note("reverted");
    run.cluster.apply(&good)?;
    run.settle()?;
    let record = run.end()?;
    let figures = record.figures(|asked| asked.version == "v2")?;
    let reverted = record.seconds_to(|event| event == "reverted")?;
    let facts = vec![
        fact("the bad version answered", if figures.first_new_s.is_some() { "some requests" } else { "no request" }),
        fact(
            "after the revert all is as before within",
            seconds(record.seconds_to(|event| event == "settled")? - reverted),
        ),
    ];
    Ok(Outcome {
        title: "A bad image, and its revert",
        expected: "No request fails: the new pod never becomes ready, so the old ones stay (maxUnavailable 0). It does not get \
                   better by itself; reverting the commit removes the bad pod.",
        must_fail: false,
        record,
        figures: Figures { last_old_s: None, ..figures },
        facts,
    })
}

fn torn_model(lab: &Lab) -> Result<Outcome> {
    let mut run = lab.begin("torn-model", &lab.commit("v1", 2))?;
    let old = run.model()?;
    run.change();
    let (store, alias) = run.played()?.store()?;
    let now = std::time::SystemTime::now();
    let date = Timestamp::new(now);
    // What no miner makes: bytes that are no model, published with all due form.
    let torn = NewModel { bytes: b"no model", input_key: InputKey::of(["torn"]), model_date: date, run_start: date };
    let record = store.publish(&torn, now)?;
    let moved = wait_for_lock(Duration::from_secs(60), |now| {
        store.move_alias(&alias, record.hash, date, Precedence::Forced, now)
    })?;
    anyhow::ensure!(matches!(moved, segue_store::Move::Done { .. }), "the alias did not move");
    run.note("published");
    run.ask(lab.requests)?;
    run.note("reverted");
    let _ = store.set_alias(&alias, &old.hash, std::time::SystemTime::now())?;
    run.served_everywhere(|model| *model == old)?;
    let record = run.end()?;
    let figures = record.figures(|asked| asked.model_date != old.date)?;
    let facts = vec![fact(
        "answers from anything but the old model",
        if figures.first_new_s.is_some() { "some" } else { "none" },
    )];
    Ok(Outcome {
        title: "A model that is none",
        expected: "No request fails: servers refuse it, keep the model that they have, and say so in logs and metrics.",
        must_fail: false,
        record,
        figures: Figures { last_old_s: None, ..figures },
        facts,
    })
}

fn model_rolled_back(lab: &Lab) -> Result<Outcome> {
    let mut run = lab.begin("model-rolled-back", &lab.commit("v1", 2))?;
    let first = run.model()?;
    run.mine(&lab.data.changed(200)?)?;
    run.served_everywhere(|model| *model != first)?;
    run.change();
    // The pointer in Git is reverted: a Job with the old key comes back, and finds that all is done.
    run.mine(&lab.data.demo()?)?;
    run.note("reverted");
    run.served_everywhere(|model| *model == first)?;
    let record = run.end()?;
    let figures = record.figures(|asked| asked.model_date == first.date)?;
    let reverted = record.seconds_to(|event| event == "reverted")?;
    let change = record.change_ms()?;
    let everywhere = record
        .events()?
        .iter()
        .filter(|(_, event)| event == "served by all")
        .map(|(at, _)| (at - change) / 1e3)
        .fold(0.0, f64::max);
    let facts = vec![
        fact("the Job has found the old model and re-pointed the alias after", seconds(reverted)),
        fact("every server serves the old model again", format!("{} after that", seconds(everywhere - reverted))),
    ];
    Ok(Outcome {
        title: "A model that is to go, and its revert",
        expected: "No request fails: the old model is in the store, nothing is mined, and it keeps its date.",
        must_fail: false,
        record,
        figures,
        facts,
    })
}

/// Manifests without preStop, told not to drain.
fn without_drain(documents: &Documents) -> Result<Documents> {
    changed(documents, &[(PRE_STOP, json!(0)), (DRAIN, json!("0"))])
}

fn no_drain(lab: &Lab) -> Result<Outcome> {
    let lab = Lab { documents: without_drain(&lab.documents)?, ..lab.clone() };
    let (record, figures) = rollout(&lab, "no-drain")?;
    let facts = vec![fact(
        "all servers new, all old ones gone, after",
        seconds(record.seconds_to(|event| event == "settled")?),
    )];
    Ok(Outcome {
        title: "Negative control: neither preStop nor drain",
        expected: "Some requests fail: old servers end at once, while nodes still send them connections.",
        must_fail: true,
        record,
        figures,
        facts,
    })
}

/// A number in the manifests: kind, beginning of the name, JSON pointer.
type Place = (&'static str, &'static str, &'static str);

const PRE_STOP: Place =
    ("Deployment", "segue-server", "/spec/template/spec/containers/0/lifecycle/preStop/sleep/seconds");
const DRAIN: Place = ("ConfigMap", "segue-server", "/data/DRAIN_SECONDS");
const STARTUP_PERIOD: Place =
    ("Deployment", "segue-server", "/spec/template/spec/containers/0/startupProbe/periodSeconds");
const GRACE: Place = ("Deployment", "segue-server", "/spec/template/spec/terminationGracePeriodSeconds");
const SURGE: Place = ("Deployment", "segue-server", "/spec/strategy/rollingUpdate/maxSurge");

fn changed(documents: &Documents, edits: &[(Place, Value)]) -> Result<Documents> {
    let mut documents = documents.clone();
    for ((kind, name, pointer), value) in edits {
        let object = documents.find_mut(kind, name).with_context(|| format!("no {kind} {name}"))?;
        set(object, pointer, value.clone()).with_context(|| format!("{kind} {name} has no {pointer}"))?;
    }
    Ok(documents)
}

/// A rollout under manifests that differ in one number.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// What differs.
    pub what: &'static str,
    /// Seconds to the first answer of the new version.
    pub first_new_s: f64,
    /// Seconds until all servers are new and all old ones gone.
    pub settled_s: f64,
    /// Requests, and failed ones.
    pub requests: usize,
    /// Those without a good answer.
    pub failed: usize,
    /// Pods that had to be killed.
    pub killed: String,
}

/// The same rollout again and again, one number of the manifests changed each time.
///
/// # Errors
/// A run cannot be brought to its end.
pub fn variants(lab: &Lab) -> Result<Vec<Variant>> {
    let edits: [(&'static str, Vec<(Place, Value)>); 7] = [
        ("as in Git", vec![]),
        ("startup probe every 5 s instead of 1 s", vec![(STARTUP_PERIOD, json!(5))]),
        ("preStop 8 s instead of 2 s", vec![(PRE_STOP, json!(8))]),
        ("grace 4 s instead of 30 s: shorter than preStop and drain", vec![(GRACE, json!(4))]),
        ("maxSurge 2 instead of 1", vec![(SURGE, json!(2))]),
        ("no preStop, drain 5 s", vec![(PRE_STOP, json!(0))]),
        ("preStop 2 s, no drain", vec![(DRAIN, json!("0"))]),
    ];
    let mut variants = Vec::new();
    for (what, edits) in edits {
        let lab = Lab { documents: changed(&lab.documents, &edits)?, requests: lab.requests / 5, ..lab.clone() };
        eprintln!("    {what}");
        let (record, figures) = rollout(&lab, "variant")?;
        variants.push(Variant {
            what,
            first_new_s: figures.first_new_s.context("the new version never answered")?,
            settled_s: record.seconds_to(|event| event == "settled")?,
            requests: figures.requests,
            failed: figures.failed,
            killed: record.facts.last().map(|(_, count)| count.clone()).unwrap_or_default(),
        });
    }
    Ok(variants)
}

/// Jobs that were killed.
#[derive(Clone, Debug, PartialEq)]
pub struct KilledJobs {
    /// How many were started to be killed.
    pub started: usize,
    /// How many of these were still at work then.
    pub killed: usize,
    /// Runs that nobody killed, and that succeeded.
    pub retried: usize,
    /// Seconds that the slowest of these took, waiting for a dead run's lock included.
    pub slowest_retry_s: f64,
    /// Requests meanwhile.
    pub figures: Figures,
}

/// Kills the Job with SIGKILL again and again, at moments spread over the time a run takes, and lets it succeed after
/// every tenth; the servers answer all the while.
///
/// # Errors
/// The store is ever unusable, a server ever serves something that is not published, or a run that nobody killed fails.
pub fn killed_jobs(lab: &Lab, count: usize) -> Result<(KilledJobs, Record)> {
    let mut run = lab.begin("killed-jobs", &lab.commit("v1", 1))?;
    let (store, alias) = run.played()?.store()?;
    let meant = || -> Result<String> { Ok(store.alias(&alias).context("the alias is torn")?.hash.to_string()) };
    let begun = Instant::now();
    run.mine(&lab.data.changed(1)?)?;
    let mut whole = begun.elapsed();
    let wanted = meant()?;
    run.served_everywhere(|model| model.hash == wanted)?;
    run.change();
    let mut outcome =
        KilledJobs { started: count, killed: 0, retried: 0, slowest_retry_s: 0.0, figures: Figures::default() };
    for number in 0..count {
        // Data of its own for each ten, so that there is something to mine and to publish.
        let data = lab.data.changed(2 + number / 10)?;
        let mut job = run.played()?.mine(&data)?;
        // Multiples of the golden ratio are spread evenly, whatever the count.
        let moment = whole.mul_f64((number as f64 * 0.618_034).fract() * 1.05);
        let begun = Instant::now();
        run.cluster.run_until("the moment", Duration::from_secs(60), |_| Ok(begun.elapsed() >= moment))?;
        outcome.killed += usize::from(job.ended().is_none());
        job.signal("KILL");
        job.wait()?;
        // Whatever is there is whole: the alias means a model whose hash is right.
        let hash = store.alias(&alias).context("the alias is torn")?.hash;
        store.read_model(hash).context("the model that the alias means is torn")?;
        if number % 10 == 9 {
            let begun = Instant::now();
            run.mine(&data).context("the run after a killed one")?;
            // A machine's speed changes: the next ten are spread over the time that a run takes now.
            whole = begun.elapsed();
            outcome.slowest_retry_s = outcome.slowest_retry_s.max(whole.as_secs_f64());
            outcome.retried += 1;
            let wanted = meant()?;
            run.served_everywhere(|model| model.hash == wanted)?;
        }
    }
    let record = run.end()?;
    outcome.figures = record.figures(|_| false)?;
    Ok((outcome, record))
}

/// The plan that the runs follow, for the report.
///
/// # Errors
/// The manifests have no Deployment.
pub fn plan(lab: &Lab) -> Result<Plan> {
    Plan::read(&lab.documents)
}
