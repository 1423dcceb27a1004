//! The document that the runs end in, and its picture.

use std::fmt::Write as _;
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::Result;

use super::cases::{KilledJobs, Outcome, Variant};
use super::figures::{Figures, SLOW_MS};
use super::plan::Plan;
use super::played::ENDPOINT_LAG;
use super::timeline::{Row, Shown, svg};

/// Everything that was run.
#[derive(Clone, Debug)]
pub struct Results {
    /// Whether the cluster was played by processes.
    pub is_played: bool,
    /// The overlay whose manifests these are.
    pub overlay: String,
    /// The cases with requests.
    pub outcomes: Vec<Outcome>,
    /// The same rollout under other manifests.
    pub variants: Vec<Variant>,
    /// The Jobs that were killed.
    pub killed_jobs: Option<KilledJobs>,
    /// What the manifests say.
    pub plan: Plan,
    /// How long it all took.
    pub took: Duration,
}

/// A table of the cases, for a terminal or a document.
#[must_use]
pub fn table(outcomes: &[Outcome]) -> String {
    let mut table = String::from(
        "| case | requests | failed | slow | stale | median ms | p99 ms | longest gap s | first new answer s | last old answer s |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for Outcome { title, figures, .. } in outcomes {
        let time = |time: Option<f64>| time.map_or_else(|| "–".to_owned(), |time| format!("{time:.2}"));
        let Figures {
            requests, failed, slow, stale, median_ms, p99_ms, longest_gap_s, first_new_s, last_old_s, ..
        } = figures;
        let _ = writeln!(
            table,
            "| {title} | {requests} | {failed} | {slow} | {stale} | {median_ms:.1} | {p99_ms:.1} | {longest_gap_s:.2} | {} | {} |",
            time(*first_new_s),
            time(*last_old_s)
        );
    }
    table
}

/// `docs/delivery.md`.
#[must_use]
pub fn document(results: &Results, picture: &str) -> String {
    let Results { is_played, overlay, outcomes, variants, killed_jobs, plan, took } = results;
    let mut text = String::from(HEAD);
    text.push_str(if *is_played { PLAYED } else { ON_A_CLUSTER });
    text.push_str(ANSWERS);
    let assumed = if *is_played {
        format!(
            "Endpoints are assumed to reach the nodes after {} s, and a probe to ask first at the end of its period.",
            ENDPOINT_LAG.as_secs_f64()
        )
    } else {
        "Pods were looked at about four times a second, so events are as exact as that.".to_owned()
    };
    let cores = available_parallelism().map_or(0, usize::from);
    let _ = write!(
        text,
        "## What was measured\n\n\
         `cargo xtask experiments` wrote this in {:.0} s on a machine of {cores} cores. Four clients (`segue watch`) \
         asked all the while, each keeping its connection. From the overlay {overlay}: maxSurge {}, maxUnavailable {}, \
         startup probe every {} s, readiness every {} s, preStop {} s, drain {} s, grace {} s; two servers unless a case says \
         otherwise. {assumed} Slow is above {SLOW_MS} ms; stale is an answer \
         without the change to a request sent after the first answer with it.\n\n",
        took.as_secs_f64(),
        plan.max_surge,
        plan.max_unavailable,
        plan.startup.period.as_secs_f64(),
        plan.readiness.period.as_secs_f64(),
        plan.pre_stop.as_secs_f64(),
        plan.variables.get("DRAIN_SECONDS").map_or("5", String::as_str),
        plan.grace.as_secs_f64(),
    );
    text.push_str(&table(outcomes));
    let _ = write!(text, "\n![Answers before and after a change]({picture})\n\n");
    for outcome in outcomes {
        let _ = write!(text, "### {}\n\n*Expected:* {}\n\n*Seen:* ", outcome.title, outcome.expected);
        let Figures { requests, failed, reasons, longest_gap_s, .. } = &outcome.figures;
        let _ =
            write!(text, "{failed} of {requests} requests failed; no good answer for {longest_gap_s:.2} s at most.");
        for (what, value) in outcome.facts.iter().chain(&outcome.record.facts) {
            let _ = write!(text, " {}: {value}.", capitalised(what));
        }
        if !reasons.is_empty() {
            let _ = write!(
                text,
                " Reasons given: {}.",
                reasons.iter().map(|reason| without_ports(reason)).collect::<Vec<_>>().join("; ")
            );
        }
        text.push_str("\n\n");
    }
    text.push_str(
        "### What the manifests' numbers do\n\nThe same rollout of two servers, one number changed at a time.\n\n\
         | manifests | first new answer s | all new, old gone s | requests | failed | killed |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for Variant { what, first_new_s, settled_s, requests, failed, killed } in variants {
        let _ = writeln!(text, "| {what} | {first_new_s:.1} | {settled_s:.1} | {requests} | {failed} | {killed} |");
    }
    if let Some(KilledJobs { started, killed, retried, slowest_retry_s, figures }) = killed_jobs {
        let _ = write!(
            text,
            "\n### Jobs that are killed\n\nThe miner was started {started} times and sent SIGKILL at moments spread over the time \
             that a run takes; {killed} were still at work. After each, the alias meant a model whose hash was right. After \
             every tenth a run was left alone: all {retried} succeeded, the slowest in {slowest_retry_s:.1} s (a dead run's lock \
             is broken after 30 s). Meanwhile {} of {} requests failed.\n",
            figures.failed, figures.requests
        );
    }
    text.push_str(TAIL);
    text
}

/// The picture beside the document.
///
/// # Errors
/// A file of requests or events cannot be read.
pub fn picture(outcomes: &[Outcome]) -> Result<String> {
    let mut rows = Vec::new();
    for outcome in outcomes
        .iter()
        .filter(|outcome| ["new-version", "new-data", "bad-image", "no-drain"].contains(&outcome.record.name))
    {
        let change = outcome.record.change_ms()?;
        let asked = outcome.record.asked()?;
        let is_data = outcome.record.name == "new-data";
        let before = asked.first().map(|asked| asked.model_date.clone()).unwrap_or_default();
        let is_new = |date: &str, version: &str| if is_data { date != before } else { version == "v2" };
        let requests = asked
            .iter()
            .map(|asked| ((asked.sent_ms - change) / 1e3, Shown::of(asked, is_new(&asked.model_date, &asked.version))))
            .collect();
        let marks = outcome
            .record
            .events()?
            .into_iter()
            .filter(|(at, what)| *at >= change && !what.ends_with("made") && !what.ends_with("to end"))
            .map(|(at, what)| ((at - change) / 1e3, what))
            .collect();
        rows.push(Row { title: outcome.title.to_owned(), requests, marks });
    }
    Ok(svg(&rows))
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// Ports differ from run to run and say nothing.
fn without_ports(reason: &str) -> String {
    reason
        .split(' ')
        .map(|word| if word.contains("127.0.0.1:") { "its address" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

const HEAD: &str = "\
# Delivery: what a change does to people who are asking

A change is a commit: to a number of replicas, an image's tag, or the data set's pointer. Argo CD applies it; what follows
is Kubernetes', the server's and the miner's. These experiments measure that part, while clients ask all the time.

";

const PLAYED: &str = "\
**No cluster was at hand for these figures.** Servers, miner and clients are the real programs, as processes. What
a Deployment controller, a kubelet and a Service do is played by `ops/src/experiments/played.rs`, which takes the number of
servers, surge, probes, preStop, drain and grace from the rendered manifests. Not in the figures, and to be added on a
cluster: Argo CD's noticing a commit (it polls every three minutes unless a webhook tells it), pulling images, scheduling.
`cargo xtask experiments --driver kubectl` makes the same runs and the same document on a real one. That driver has been
tried against the played cluster only, which then answers as kubectl does.

";

const ON_A_CLUSTER: &str = "\
Measured on a cluster, by `cargo xtask experiments --driver kubectl`: it applies commits as Argo CD would, in a namespace of
their own, and clients ask from outside through the Service. Not in the figures: Argo CD's noticing a commit (it polls every
three minutes unless a webhook tells it).

";

const ANSWERS: &str = "\
## Answers in short

**What is tested, and what is expected?** Each case below says so. In one line: no request may fail, whatever is delivered;
and without preStop and drain some must, or the test would see nothing.

**How long does each change take, and is the service offline?** The table says; the service is offline in none of them.

**How is a new model detected?** Each server reads the alias's small file once a second, anew each time, which is what NFS
promises to be current. When it names another hash, the server reads the model, checks its hash and every offset in it,
builds it beside the old one, and swaps. No restart, no request that waits. A model that fails a check changes nothing.

**How does the miner obtain the data?** From `DATASET_URL` in the pointer file, by its Job. `DATASET_SHA256` beside it is
checked before anything is mined, so that the commit decides which data, not whoever can change the file behind the address. The
Job's name ends with a key over pointer, parameters and image: a changed pointer is a new Job, an unchanged one none.

**How is it rolled back?** By reverting the commit; self-heal only restores what Git says. While a bad version never gets
ready, maxUnavailable 0 keeps the old servers. A reverted pointer brings a Job that finds its model in the store and only
points the alias back.

";

const TAIL: &str = "
## Again

```sh
cargo xtask experiments            # all of it: writes this file and its picture
cargo xtask experiments --short    # three cases in about a minute, as `cargo xtask test --only delivery` does
cargo xtask experiments --driver kubectl --overlay dev --service http://localhost:30502
                                   # the same on the cluster of kubectl's current context, in a namespace of its own
```

Every request is a line of a CSV file in `target/experiments`, every event beside it (`…-events.csv`), and the figures are
made from these files alone.
";
