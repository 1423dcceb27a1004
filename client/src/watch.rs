//! `segue watch`: asks continuously, a CSV line a request.

use std::collections::BTreeMap;
use std::io::{Write, stdout};
use std::num::NonZeroU64;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use clap::Args;
use segue_model::api::Request;

use crate::answerer::From;
use crate::server::AskError;
use crate::songs::Seeds;

/// Ask continuously, and print a CSV line a request
///
/// The columns are time (UTC, when the request was sent), status (HTTP; 0 without an answer), latency_ms, version,
/// model_date and error. Goes on through failures until Ctrl-C or --count; then a summary goes to standard error. The
/// exit status is 0 if no request failed.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    seeds: Seeds,

    #[command(flatten)]
    from: From,

    /// Time from one request to the next, such as 200ms; 0s asks without a pause
    #[arg(long, default_value = "1s", value_name = "TIME", value_parser = humantime::parse_duration)]
    interval: Duration,

    /// Stop after this many requests
    #[arg(long, value_name = "N")]
    count: Option<NonZeroU64>,
}

impl Watch {
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let (mut draw, mut answerer) = (self.seeds.open()?, self.from.open()?);
        let interrupted = interrupts()?;
        let mut lines = csv::Writer::from_writer(stdout());
        lines.write_record(["time", "status", "latency_ms", "version", "model_date", "error"])?;
        lines.flush()?;
        let mut summary = Summary::default();
        let mut next = Instant::now();
        for _ in 0..self.count.map_or(u64::MAX, NonZeroU64::get) {
            match interrupted.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            }
            let request = Request::new(draw.next());
            let (time, begun) = (SystemTime::now(), Instant::now());
            let answered = answerer.ask(&request);
            let latency = begun.elapsed();
            // A request that is wrong in itself will not get better.
            if let Err(error @ AskError::Invalid(_)) = answered {
                return Err(error.into());
            }
            let answered = answered.map(|answer| (answer.response.version, answer.response.model_date));
            write_line(&mut lines, time, latency, &answered)?;
            summary.add(latency, answered);
            // Late by more than a whole interval, requests are left out and not sent in a burst.
            next = (next + self.interval).max(begun);
        }
        summary.print();
        Ok(if summary.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

type Answered = Result<(String, String), AskError>;

fn write_line<W: Write>(
    lines: &mut csv::Writer<W>,
    time: SystemTime,
    latency: Duration,
    answered: &Answered,
) -> anyhow::Result<()> {
    let time = humantime::format_rfc3339_millis(time).to_string();
    let latency = format!("{:.3}", latency.as_secs_f64() * 1_000.0);
    match answered {
        Ok((version, model_date)) => lines.write_record([&time, "200", &latency, version, model_date, ""])?,
        Err(error) => {
            lines.write_record([&time, &error.status().to_string(), &latency, "", "", &error.reason()])?;
        }
    }
    // Whoever follows the file sees a request as soon as it is answered.
    Ok(lines.flush()?)
}

/// Tells of the first Ctrl-C; a second one ends the process at once.
fn interrupts() -> anyhow::Result<Receiver<()>> {
    let (sender, receiver) = channel();
    let mut again = false;
    ctrlc::set_handler(move || {
        if again {
            std::process::exit(130);
        }
        again = true;
        let _ = sender.send(());
    })
    .context("Ctrl-C cannot be caught")?;
    Ok(receiver)
}

/// What is told at the end.
#[derive(Default)]
struct Summary {
    latencies: Vec<Duration>,
    failed: usize,
    /// Failures by reason.
    reasons: BTreeMap<String, usize>,
    /// Model dates in the order seen, with the number of answers.
    model_dates: Vec<(String, usize)>,
}

impl Summary {
    fn add(&mut self, latency: Duration, answered: Answered) {
        match answered {
            Ok((_, date)) => {
                self.latencies.push(latency);
                match self.model_dates.iter_mut().find(|(known, _)| *known == date) {
                    Some((_, answers)) => *answers += 1,
                    None => self.model_dates.push((date, 1)),
                }
            }
            Err(error) => {
                self.failed += 1;
                *self.reasons.entry(error.reason()).or_default() += 1;
            }
        }
    }

    fn print(&mut self) {
        let answered = self.latencies.len();
        eprintln!("{} requests, {answered} answered, {} failed", answered + self.failed, self.failed);
        self.latencies.sort_unstable();
        if let Some(slowest) = self.latencies.last() {
            let [median, p95] = [50, 95].map(|percent| self.latencies[(answered - 1) * percent / 100]);
            let ms = |latency: Duration| latency.as_secs_f64() * 1_000.0;
            eprintln!("latency: median {:.2} ms, 95 % {:.2} ms, most {:.2} ms", ms(median), ms(p95), ms(*slowest));
        }
        for (date, answers) in &self.model_dates {
            eprintln!("model of {date}: {answers} answers");
        }
        for (reason, times) in &self.reasons {
            eprintln!("failed {times} times: {reason}");
        }
    }
}
