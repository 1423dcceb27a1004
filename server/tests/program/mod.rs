//! The real program, as an operator starts it.

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use tokio::net::TcpStream;

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
        // A port that was free a moment ago.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_segue-server"))
            .args(["--drain-seconds", "0", "--host", "127.0.0.1", "--port", &address.port().to_string(), "--store"])
            .arg(store)
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            pipe.read_to_string(&mut text).unwrap();
            text
        });
        let program = Self { address, child, log: Some(log) };
        while program.ask("GET /readyz", "", b"").await.status != 200 {}
        program
    }

    /// Asks, with these headers, as soon as it listens.
    pub(crate) async fn ask(&self, request: &str, headers: &str, body: &[u8]) -> Answer {
        loop {
            if let Ok(stream) = TcpStream::connect(self.address).await {
                let headers = format!("{headers}connection: close\r\n");
                return ask_on(stream, &head(request, body.len(), &headers), body).await;
            }
            tokio::task::yield_now().await;
        }
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
