//! Clients that ask all the time: `segue watch`, several at once, a CSV line a request.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::process::{Process, Programs};

/// How many clients ask at once. Each keeps its connection as long as the server does.
const CLIENTS: usize = 4;

/// The clients, asking until they are stopped.
#[derive(Debug)]
pub struct Load {
    clients: Vec<(Process, PathBuf)>,
}

/// A request, as a client wrote it down.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// When it was sent, milliseconds since 1970.
    pub sent_ms: f64,
    /// HTTP's, or 0 without an answer.
    pub status: u16,
    /// From sending to the whole answer.
    pub latency_ms: f64,
    /// The server's version.
    pub version: String,
    /// The model's date.
    pub model_date: String,
    /// Why it failed.
    pub error: String,
}

impl Load {
    /// Starts the clients.
    ///
    /// # Errors
    /// One cannot be started.
    pub fn start(programs: &Programs, service: &str, folder: &Path) -> Result<Self> {
        let mut clients = Vec::new();
        for number in 0..CLIENTS {
            let output = folder.join(format!("client-{number}.csv"));
            let mut command = programs.command("segue");
            command.args(["watch", "Yesterday", "Bohemian Rhapsody", "--interval", "4ms", "--timeout", "5s"]);
            command.args(["--server", service]);
            clients.push((Process::start(&mut command, &BTreeMap::new(), &output).context("segue watch")?, output));
        }
        Ok(Self { clients })
    }

    /// How many requests were made so far.
    #[must_use]
    pub fn count(&self) -> usize {
        let lines = |file: &PathBuf| fs::read(file).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
        self.clients.iter().map(|(_, file)| lines(file).saturating_sub(1)).sum()
    }

    /// Stops the clients and writes all that they wrote, in the order of time, to one file.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn stop(mut self, merged: &Path) -> Result<()> {
        for (client, _) in &self.clients {
            client.signal("INT");
        }
        let mut lines = Vec::new();
        for (client, file) in &mut self.clients {
            client.wait()?;
            let text = fs::read_to_string(&*file)?;
            // The last lines are the summary, which goes to the same file.
            lines.extend(text.lines().filter(|line| parse(line).is_some()).map(str::to_owned));
        }
        // Lines begin with the time, all written alike.
        lines.sort();
        lines.insert(0, HEADER.to_owned());
        fs::write(merged, lines.join("\n") + "\n").with_context(|| format!("writing {}", merged.display()))
    }
}

/// The columns.
pub const HEADER: &str = "time,status,latency_ms,version,model_date,error";

/// Reads a file of requests.
///
/// # Errors
/// It cannot be read.
pub fn read(file: &Path) -> Result<Vec<Asked>> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(text.lines().filter_map(parse).collect())
}

fn parse(line: &str) -> Option<Asked> {
    let mut fields = line.splitn(6, ',');
    let mut next = || fields.next();
    let sent_ms = milliseconds(next()?)?;
    Some(Asked {
        sent_ms,
        status: next()?.parse().ok()?,
        latency_ms: next()?.parse().ok()?,
        version: next()?.to_owned(),
        model_date: next()?.to_owned(),
        error: next()?.trim_matches('"').to_owned(),
    })
}

/// Milliseconds since 1970 of a time such as `2026-01-31T12:00:00.123Z`.
fn milliseconds(time: &str) -> Option<f64> {
    let time = humantime::parse_rfc3339(time).ok()?;
    Some(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_request_and_the_header_and_the_summary_are_not() {
        let line = "2026-01-31T12:00:00.250Z,0,1.5,,,\"cannot reach, it says\"";
        let asked = parse(line).unwrap();
        assert_eq!((asked.status, asked.latency_ms), (0, 1.5));
        assert_eq!(asked.error, "cannot reach, it says");
        assert_eq!(asked.sent_ms % 1000.0, 250.0);
        assert_eq!(parse(HEADER), None);
        assert_eq!(parse("12 requests, 0 failed"), None);
    }
}
