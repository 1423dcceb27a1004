//! The loader: `wrk`, told what to ask by a script.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::process::Server;
use crate::requests::Requests;

const SCRIPT: &str = include_str!("wrk.lua");

/// What a server did under load.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Loaded {
    pub(crate) requests: u64,
    microseconds: u64,
    /// Requests without an answer, and answers that were no success.
    pub(crate) failed: u64,
    /// Microseconds within which half of the answers came; and so on.
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) p999: u64,
    /// CPU seconds of the server.
    #[serde(default)]
    cpu: f64,
}

impl Loaded {
    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.requests as f64 / (self.microseconds as f64 / 1e6)
    }

    /// CPU time of the server for one request, microseconds.
    pub(crate) fn cpu_each(&self) -> f64 {
        self.cpu * 1e6 / self.requests.max(1) as f64
    }
}

/// Says what to do if there is no `wrk`.
pub(crate) fn check() -> anyhow::Result<()> {
    let run = Command::new("wrk").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.map(drop).context("`wrk` cannot be started: install it (Debian: apt-get install wrk)")
}

/// Loads a server.
pub(crate) fn load(server: &Server, requests: &Requests, connections: u32, seconds: u32) -> anyhow::Result<Loaded> {
    let mut script = tempfile::NamedTempFile::with_suffix(".lua")?;
    script.write_all(SCRIPT.as_bytes())?;
    let run = |seconds: u32| {
        let output = Command::new("wrk")
            .args(["--threads", "1", "--connections", &connections.to_string(), "--timeout", "30s"])
            .args(["--duration", &format!("{seconds}s"), "--script"])
            .arg(script.path())
            .arg(format!("http://{}/api/recommend", server.address))
            .arg("--")
            .arg(&requests.file)
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let Some(line) = text.lines().find(|line| line.starts_with('{')) else {
            bail!("wrk measured nothing: {text}{}", String::from_utf8_lossy(&output.stderr));
        };
        Ok(serde_json::from_str::<Loaded>(line)?)
    };
    run(1)?;
    let before = server.cpu()?;
    let loaded = run(seconds)?;
    Ok(Loaded { cpu: server.cpu()? - before, ..loaded })
}
