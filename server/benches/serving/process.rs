//! Servers as processes, and what they take.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::bare;

/// Threads of each server, or processes where a process has but one at a time.
pub(crate) const THREADS: usize = 2;

/// Of a processor's time what a server takes that has nothing to do, and in which time that is seen.
const LITTLE: f64 = 0.1;
const A_WHILE: Duration = Duration::from_millis(300);

/// A running server; ended with this.
pub(crate) struct Server {
    pub(crate) name: String,
    pub(crate) address: String,
    process: Child,
}

impl Server {
    /// The server itself, on a store that has a model.
    pub(crate) fn segue(store: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue-server"));
        command.arg("--store").arg(store).args(["--host", "127.0.0.1", "--port", "0"]);
        command.args(["--worker-threads", &THREADS.to_string()]);
        let server = Self::start("segue-server", command)?;
        while server.ask("GET /readyz", "")?.0 != 200 {
            std::thread::yield_now();
        }
        server.come_to_rest()?;
        Ok(server)
    }

    /// Waits until it has nothing to do any more: the model is compressed once it is served.
    fn come_to_rest(&self) -> anyhow::Result<()> {
        let mut before = f64::NEG_INFINITY;
        loop {
            let used = self.cpu()?;
            if used - before < LITTLE * A_WHILE.as_secs_f64() {
                return Ok(());
            }
            before = used;
            std::thread::sleep(A_WHILE);
        }
    }

    /// The bare handler, with this answer.
    pub(crate) fn bare(answer: &str) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.env(bare::ANSWER, answer);
        Self::start("bare handler", command)
    }

    /// Starts a server that says on standard error where it listens.
    pub(crate) fn start(name: &str, mut command: Command) -> anyhow::Result<Self> {
        let command = command.env("TOKIO_WORKER_THREADS", THREADS.to_string()).stderr(Stdio::piped());
        let mut process = command.stdin(Stdio::null()).spawn().with_context(|| format!("{name} cannot be started"))?;
        let mut lines = BufReader::new(process.stderr.take().context("no standard error")?).lines();
        let mut said = Vec::new();
        let address = loop {
            let Some(line) = lines.next() else { bail!("{name} ended: {}", said.join("\n")) };
            let line = line?;
            if let Some((_, rest)) = line.to_lowercase().split_once("listening") {
                let at = rest.find("http://").with_context(|| line.clone())? + "http://".len();
                let end = rest[at..].find([' ', '\u{1b}']).map_or(rest.len(), |end| at + end);
                break rest[at..end].to_owned();
            }
            said.push(line);
        };
        // Whatever it says from now on must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { name: name.to_owned(), address, process })
    }

    /// Asks once: the status and the body.
    pub(crate) fn ask(&self, request: &str, body: &str) -> anyhow::Result<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address)?;
        let length = body.len();
        write!(
            stream,
            "{request} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
        Ok((status, body.to_owned()))
    }

    /// CPU time of the process and those it started, all threads, seconds.
    pub(crate) fn cpu(&self) -> anyhow::Result<f64> {
        self.processes()?.into_iter().try_fold(0.0, |sum, process| {
            let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
            // Behind the name, which may hold anything but is in brackets: fields 14 and 15, user and system.
            let fields = stat.rsplit_once(')').context("/proc is not as expected")?.1.split_whitespace();
            let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
            // Linux counts in hundredths of a second here on every machine.
            Ok(sum + ticks as f64 / 100.0)
        })
    }

    /// Resident memory of the process and those it started, bytes.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        self.processes()?.into_iter().try_fold(0, |sum, process| {
            let status = fs::read_to_string(format!("/proc/{process}/status"))?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
            let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
            Ok(sum + kilobytes * 1024)
        })
    }

    fn processes(&self) -> anyhow::Result<Vec<u32>> {
        let id = self.process.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        Ok(std::iter::once(id).chain(children.split_whitespace().filter_map(|child| child.parse().ok())).collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked first, so that a server with processes of its own ends them too.
        let asked = Command::new("kill").arg(self.process.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}
