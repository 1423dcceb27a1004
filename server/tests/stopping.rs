//! How a server stops: unready first, then nothing new, then the last answers.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod common;

use std::time::Duration;

use common::{Answer, Running, head, model::small, publish, started};
use segue_server::Stop;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const REQUEST: &[u8] = br#"{"songs": ["Harbour Light"]}"#;

#[tokio::test]
async fn a_draining_server_is_unready_but_serves() {
    let (server, _store) = started(|config| config.drain_seconds = Duration::from_secs(3_600)).await;
    let Running { address, stop, served } = server;
    stop.send(Stop::AfterDraining).unwrap();
    let (stop, _) = tokio::sync::oneshot::channel();
    let server = Running { address, stop, served };
    let unready = server.until("GET /readyz", |answer| answer.status == 503).await;
    assert_eq!(unready.problem(503)["type"], "urn:segue:problem:draining");
    assert_eq!(server.ask("GET /healthz", b"").await.status, 200);
    // Asked to keep its connection, the server closes it nevertheless.
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head("POST /api/recommend", REQUEST.len(), "").as_bytes()).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    let answer = Answer::parse(&received);
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    server.served.abort();
}

#[tokio::test]
async fn a_server_that_has_drained_serves_nobody() {
    let (server, _store) = started(|config| config.drain_seconds = Duration::from_millis(100)).await;
    let Running { address, stop, served } = server;
    let mut idle = TcpStream::connect(address).await.unwrap();
    stop.send(Stop::AfterDraining).unwrap();
    served.await.unwrap();
    assert_eq!(idle.read(&mut [0]).await.unwrap(), 0, "an idle connection is closed");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_request_that_has_begun_is_answered() {
    let (server, _store) = started(|_| {}).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = head("POST /api/recommend", REQUEST.len(), "expect: 100-continue\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    // Once this has come, the server waits for the body.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");

    server.stop.send(Stop::AtOnce).unwrap();
    while TcpStream::connect(server.address).await.is_ok() {}
    stream.write_all(REQUEST).await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    assert_eq!(Answer::parse(&received).status, 200);
    server.served.await.unwrap();
}

/// The binary, on a port of its own, once it says which.
#[cfg(unix)]
struct Process {
    child: std::process::Child,
    log: std::io::Lines<std::io::BufReader<std::process::ChildStderr>>,
    address: std::net::SocketAddr,
}

#[cfg(unix)]
impl Process {
    fn start(arguments: &[&str]) -> Self {
        use std::io::BufRead as _;

        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_segue-server"))
            .args(arguments)
            .args(["--host", "127.0.0.1", "--port", "0", "--log-format", "json"])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = std::io::BufReader::new(child.stderr.take().unwrap()).lines();
        let first: serde_json::Value = serde_json::from_str(&log.next().unwrap().unwrap()).unwrap();
        let address = first["message"].as_str().unwrap().strip_prefix("listening on http://").unwrap();
        Self { child, log, address: address.parse().unwrap() }
    }

    fn signal(&self, signal: &str) {
        let sent = std::process::Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end; gives the rest of its log.
    fn end(mut self) -> (Option<i32>, Vec<String>) {
        let log = self.log.map(|line| serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap());
        let log = log.map(|line| line["message"].as_str().unwrap().to_owned()).collect();
        (self.child.wait().unwrap().code(), log)
    }
}

#[cfg(unix)]
#[test]
fn sigterm_drains_and_ctrl_c_does_not() {
    let store = tempfile::tempdir().unwrap();
    let store = store.path().to_str().unwrap();
    for (signal, drains) in [("-TERM", true), ("-INT", false)] {
        let process = Process::start(&["--store", store, "--drain-seconds", "0.1"]);
        std::net::TcpStream::connect(process.address).unwrap();
        process.signal(signal);
        let (code, log) = process.end();
        assert_eq!(code, Some(0), "{log:?}");
        assert_eq!(log.iter().any(|line| line.starts_with("draining")), drains, "{log:?}");
        // Not always last: a look at the store may end later.
        assert!(log.iter().any(|line| line == "stopped"), "{log:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_port_that_is_taken_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_segue-server"))
        .args(["--store", "nowhere", "--host", "127.0.0.1", "--port", &port])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("is another server running?") && said.contains(&port), "{said}");
}

#[test]
fn what_cannot_be_served_with_is_said_before_anybody_listens() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    for (arguments, status, reason) in [
        (["--site", empty], 1, "index.html"),
        (["--max-connections", "0"], 2, "--max-connections"),
        (["--max-concurrent-requests", "0"], 2, "--max-concurrent-requests"),
    ] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_segue-server"))
            .args(["--store", "nowhere", "--host", "127.0.0.1", "--port", "0"])
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert!(said.contains(reason) && !said.contains("listening"), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn await_model_says_what_is_missing_and_ends_when_there_is_a_model() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let store = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_segue-server"))
        // As in a container: everything by variables, those of the server too.
        .arg("await-model")
        .env("MODEL_DIR", store.path())
        .env("PORT", "30502")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let said = lines.next().unwrap().unwrap();
    assert!(said.contains("waiting for a model") && said.contains("production"), "{said}");
    publish(store.path(), b"no model at all");
    let said = lines.next().unwrap().unwrap();
    assert!(said.contains("cannot be served"), "{said}");
    publish(store.path(), &small("first"));
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn await_model_ends_on_sigterm() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let store = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_segue-server"))
        .args(["await-model", "--store"])
        .arg(store.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(1), "it says that it was in vain");
}
