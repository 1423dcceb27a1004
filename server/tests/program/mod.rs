//! The real program, as an operator starts it.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::common::{Answer, ask_on, head};

/// `segue-server` in a process of its own, ended with this if not before.
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    child: Child,
    log: Option<JoinHandle<String>>,
}

impl Program {
    /// Starts it on a store with a model, with these variables, and waits until it is ready.
    pub(crate) async fn start(store: &Path, variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_segue-server"))
            .args(["--drain-seconds", "0", "--host", "127.0.0.1", "--port", "0", "--store"])
            .arg(store)
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pipe = BufReader::new(child.stderr.take().unwrap());
        let (address, known) = std::sync::mpsc::channel();
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            for line in pipe.lines().map(Result::unwrap) {
                if let Some((_, rest)) = line.split_once("listening on http://") {
                    let end = rest.find(|letter: char| !(letter.is_ascii_digit() || ".:".contains(letter)));
                    address.send(rest[..end.unwrap_or(rest.len())].parse().unwrap()).unwrap();
                }
                text.push_str(&line);
                text.push('\n');
            }
            text
        });
        let address = known.recv_timeout(Duration::from_secs(60)).expect("it does not say where it listens");
        let program = Self { address, child, log: Some(log) };
        let ready = async { while program.ask("GET /readyz", "", b"").await.status != 200 {} };
        timeout(Duration::from_secs(60), ready).await.expect("it is never ready");
        program
    }

    /// Asks, with these headers.
    pub(crate) async fn ask(&self, request: &str, headers: &str, body: &[u8]) -> Answer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        ask_on(stream, &head(request, body.len(), &format!("{headers}connection: close\r\n")), body).await
    }

    /// Ends it by SIGTERM, and gives what it has logged.
    pub(crate) fn stop(mut self) -> String {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
