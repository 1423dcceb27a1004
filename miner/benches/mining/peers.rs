//! The other miners, in Python processes of their own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde::Deserialize;

use crate::measure::Measured;

/// Answers requests; see its first lines.
const SCRIPT: &str = include_str!("peers.py");

/// A Python with peers.
pub(crate) struct Environment {
    python: PathBuf,
    /// Peers that are not there.
    missing: Vec<&'static str>,
    /// Removed with this.
    _folder: Option<tempfile::TempDir>,
}

impl Environment {
    /// One that is there.
    pub(crate) fn ready(python: &Path) -> Self {
        Self { python: python.to_owned(), missing: Vec::new(), _folder: None }
    }

    /// Makes one and installs the peers; those that cannot be are told and left out.
    pub(crate) fn install(python: &str) -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        eprintln!("installing the peers from PyPI into a throw-away environment");
        let made = Command::new(python).args(["-m", "venv"]).arg(folder.path()).output();
        if !made.as_ref().is_ok_and(|output| output.status.success()) {
            eprintln!("{python} cannot make a virtual environment: no peers are measured");
            return None;
        }
        let python = folder.path().join("bin/python");
        let mut missing = Vec::new();
        for (packages, names) in [
            (&["pyfim"][..], &["eclat", "fpgrowth", "relim"][..]),
            (&["mlxtend", "scipy"], &["mlxtend"]),
            (&["rusket", "pandas", "pyarrow", "scipy"], &["rusket"]),
        ] {
            let install = Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages).output();
            if !install.is_ok_and(|output| output.status.success()) {
                eprintln!("{} cannot be installed: skipped", packages[0]);
                missing.extend(names);
            }
        }
        Some(Self { python, missing, _folder: Some(folder) })
    }

    /// Whether a peer is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        !self.missing.contains(&name)
    }
}

/// A process that has read the baskets and answers for some peers.
pub(crate) struct Peers {
    pub(crate) names: &'static [&'static str],
    process: Child,
    requests: Option<ChildStdin>,
    answers: Receiver<String>,
    patience: Duration,
}

#[derive(Deserialize)]
struct Answer {
    error: Option<String>,
    count: Option<u64>,
    #[serde(flatten)]
    measured: Option<Measured>,
}

impl Peers {
    /// Starts a process and waits until it has read the file; `None`, told, if it does not.
    pub(crate) fn start(
        environment: &Environment,
        file: &Path,
        names: &'static [&'static str],
        patience: Duration,
    ) -> Option<Self> {
        let process = Command::new(&environment.python)
            .args(["-c", SCRIPT])
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut process = match process {
            Ok(process) => process,
            Err(error) => {
                eprintln!("{} cannot be started ({error}): no {}", environment.python.display(), names.join(", "));
                return None;
            }
        };
        let (sender, answers) = channel();
        let output = process.stdout.take()?;
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let requests = process.stdin.take();
        let peers = Self { names, process, requests, answers, patience };
        match peers.answers.recv_timeout(patience) {
            Ok(_) => Some(peers),
            Err(_) => {
                eprintln!("{} does not get ready: skipped", names.join(", "));
                None
            }
        }
    }

    /// Has a peer count the sets: how many, and what that took.
    pub(crate) fn ask(&mut self, name: &str, support: u32) -> Result<(u64, Measured), String> {
        let requests = self.requests.as_mut().ok_or("it was given up")?;
        let request = serde_json::json!({"peer": name, "support": support});
        let answer = match writeln!(requests, "{request}") {
            Ok(()) => self.answers.recv_timeout(self.patience).map_err(|_| "no answer in time".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        let answer = answer.and_then(|line| serde_json::from_str::<Answer>(&line).map_err(|error| error.to_string()));
        match answer {
            Ok(Answer { count: Some(count), measured: Some(measured), .. }) => Ok((count, measured)),
            Ok(answer) => Err(answer.error.unwrap_or_default()),
            Err(reason) => {
                // Its next answer would be to this request.
                self.requests = None;
                let _ = self.process.kill();
                Err(reason)
            }
        }
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // Whether it has ended by itself does not matter.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
