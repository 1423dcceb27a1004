//! A store with a model in it, and a server on it, in this process.

#![allow(dead_code, reason = "each test file uses a part of this")]
#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

pub(crate) mod model;

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use segue_server::{Config, Stop, serve};
use segue_store::{InputKey, ModelHash, Move, Name, NewModel, Precedence, Store, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Publishes a model under the alias that servers follow.
pub(crate) fn publish(directory: &Path, bytes: &[u8]) -> ModelHash {
    publish_at(directory, bytes, SystemTime::now())
}

/// The same, by a clock that says it is `now`.
pub(crate) fn publish_at(directory: &Path, bytes: &[u8], now: SystemTime) -> ModelHash {
    let store = Store::new(directory, &"default".parse::<Name>().unwrap());
    let new = NewModel {
        bytes,
        input_key: InputKey::of([bytes]),
        model_date: Timestamp::new(now),
        run_start: Timestamp::new(now),
    };
    let record = store.publish(&new, now).unwrap();
    point_alias_at(directory, record.hash, now);
    record.hash
}

/// Moves the alias that servers follow to a model that is there, as one does by hand.
pub(crate) fn point_alias_to(directory: &Path, hash: ModelHash) {
    point_alias_at(directory, hash, SystemTime::now());
}

fn point_alias_at(directory: &Path, hash: ModelHash, now: SystemTime) {
    let store = Store::new(directory, &"default".parse::<Name>().unwrap());
    let alias = "production".parse::<Name>().unwrap();
    let moved = store.move_alias(&alias, hash, Timestamp::new(now), Precedence::Forced, now).unwrap();
    assert!(matches!(moved, Move::Done { .. }));
}

/// The file of a model in the store.
pub(crate) fn model_file(directory: &Path, hash: ModelHash) -> std::path::PathBuf {
    directory.join("default/models").join(format!("{hash}.segue"))
}

/// A server that looks at its alias far more often than a real one, so that tests need not wait.
pub(crate) fn config(directory: &Path) -> Config {
    let mut config = Config::new(directory);
    config.poll_interval = Duration::from_millis(5);
    config.code_version = "1.2.3-test".to_owned();
    config
}

/// A server that is ready, with the model `first` in a store of its own, configured as usual but for a change.
pub(crate) async fn started(change: impl FnOnce(&mut Config)) -> (Running, tempfile::TempDir) {
    let store = tempfile::tempdir().unwrap();
    publish(store.path(), &model::small("first"));
    let mut config = config(store.path());
    change(&mut config);
    let server = Running::start(config).await;
    server.until_ready().await;
    (server, store)
}

/// A server in this process, on a free port.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<Stop>,
    pub(crate) served: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(async move {
            serve(config, listener, async { stopped.await.unwrap_or(Stop::AtOnce) }).await.unwrap();
        });
        Self { address, stop, served }
    }

    /// Asks again and again until an answer is as wanted.
    pub(crate) async fn until(&self, request: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        let asking = async {
            loop {
                let answer = self.ask(request, b"").await;
                if wanted(&answer) {
                    return answer;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), asking).await.expect("never answered as wanted")
    }

    pub(crate) async fn until_ready(&self) {
        self.until("GET /readyz", |answer| answer.status == 200).await;
    }

    /// Sends a request such as `GET /readyz` with a body, on a connection of its own.
    pub(crate) async fn ask(&self, request: &str, body: &[u8]) -> Answer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        ask_on(stream, &head(request, body.len(), "connection: close\r\n"), body).await
    }

    pub(crate) async fn recommend(&self, body: impl AsRef<[u8]>) -> Answer {
        self.ask("POST /api/recommend", body.as_ref()).await
    }
}

/// The head of a request such as `GET /readyz`; `more` are further header lines.
pub(crate) fn head(request: &str, length: usize, more: &str) -> String {
    let length = if length == 0 { String::new() } else { format!("content-length: {length}\r\n") };
    format!("{request} HTTP/1.1\r\nhost: test\r\n{length}{more}\r\n")
}

/// Sends a request and reads until the server closes the connection.
pub(crate) async fn ask_on(mut stream: TcpStream, head: &str, body: &[u8]) -> Answer {
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    Answer::parse(&received)
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn parse(received: &[u8]) -> Self {
        let end = received.windows(4).position(|four| four == b"\r\n\r\n").expect("no response");
        let head = String::from_utf8(received[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head, body: received[end + 4..].to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Asserts that this is a problem document of this status, and gives it.
    pub(crate) fn problem(&self, status: u16) -> serde_json::Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "no {member} in {problem}");
        }
        problem
    }
}
