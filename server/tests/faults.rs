//! What goes wrong with models, volumes, clients and the process, each time with a good model in place: it stays there,
//! and answers.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod common;

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use common::{Answer, Running, ask_on, config, head, model::small, model_file, point_alias_to, publish};
use segue_store::{LONGEST_MODEL, ModelHash};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const REQUEST: &[u8] = br#"{"songs": ["Harbour Light"]}"#;

async fn started(store: &Path) -> Running {
    publish(store, &small("good"));
    let server = Running::start(config(store)).await;
    server.until_ready().await;
    server
}

async fn metric(server: &Running, name: &str) -> u64 {
    let metrics = String::from_utf8(server.ask("GET /metrics", b"").await.body).unwrap();
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {name} in {metrics}")).parse().unwrap()
}

/// How many models, or looks at the store, were refused for this reason.
async fn refused(server: &Running, reason: &str) -> u64 {
    metric(server, &format!("segue_models_refused_total{{reason=\"{reason}\"}}")).await
}

async fn until_refused(server: &Running, reason: &str, before: u64) {
    tokio::time::timeout(Duration::from_secs(60), async { while refused(server, reason).await == before {} })
        .await
        .unwrap_or_else(|_| panic!("never refused: {reason}"));
}

async fn answers_from(server: &Running, model_date: &str) {
    let answer = server.recommend(REQUEST).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["model_date"], model_date);
    assert_eq!(server.ask("GET /readyz", b"").await.status, 200);
}

async fn until_answers_from(server: &Running, model_date: &str) {
    let answered = async { while server.recommend(REQUEST).await.json()["model_date"] != model_date {} };
    tokio::time::timeout(Duration::from_secs(60), answered).await.unwrap_or_else(|_| panic!("never {model_date}"));
}

#[tokio::test]
async fn files_of_every_wrong_kind_keep_the_old_model() {
    let store = tempfile::tempdir().unwrap();
    let server = started(store.path()).await;
    let whole = small("never served");
    let with_version = |version: [u8; 4]| [&whole[..8], &version, &whole[12..]].concat();
    let now = u32::from_le_bytes(whole[8..12].try_into().unwrap());
    for (what, bytes, reason) in [
        ("empty", Vec::new(), "format"),
        ("one byte", whole[..1].to_vec(), "malformed"),
        ("the magic alone", whole[..8].to_vec(), "malformed"),
        ("cut off in the header", whole[..100].to_vec(), "malformed"),
        ("cut off by one byte", whole[..whole.len() - 1].to_vec(), "malformed"),
        ("one byte too long", [&whole[..], b"\n"].concat(), "malformed"),
        ("a format that is too old", with_version((now - 2).to_le_bytes()), "format"),
        ("a format of the future", with_version((now + 1).to_le_bytes()), "format"),
        ("written by a machine of the other endianness", with_version(now.to_be_bytes()), "format"),
        ("transferred as text", whole.iter().copied().filter(|byte| *byte != b'\r').collect(), "format"),
    ] {
        let before = refused(&server, reason).await;
        publish(store.path(), &bytes);
        until_refused(&server, reason, before).await;
        assert_eq!(metric(&server, "segue_alias_failing").await, 1, "{what}");
        answers_from(&server, "good").await;
    }
    publish(store.path(), &small("next"));
    until_answers_from(&server, "next").await;
    assert_eq!(metric(&server, "segue_alias_failing").await, 0);
}

/// Points the alias to a model that is there, and puts something else in its file's place at once.
fn point_to_what_becomes(store: &Path, model_date: &str, becomes: impl FnOnce(&Path)) -> ModelHash {
    // In another store first: no server is to see the good file.
    let other = tempfile::tempdir().unwrap();
    let hash = publish(other.path(), &small(model_date));
    becomes(&model_file(store, hash));
    let alias = "default/aliases/production.json";
    let (next, written) = (store.join("default/aliases/.next"), store.join(alias));
    fs::copy(other.path().join(alias), &next).unwrap();
    fs::rename(next, written).unwrap();
    hash
}

#[tokio::test]
async fn a_file_that_is_huge_is_not_even_read() {
    let store = tempfile::tempdir().unwrap();
    let server = started(store.path()).await;
    let before = refused(&server, "altered").await;
    point_to_what_becomes(store.path(), "huge", |path| {
        // Of holes only: it takes no room here, and would take all memory there.
        fs::File::create(path).unwrap().set_len(LONGEST_MODEL * 64).unwrap();
    });
    until_refused(&server, "altered", before).await;
    answers_from(&server, "good").await;
    publish(store.path(), &small("huge"));
    until_answers_from(&server, "huge").await;
}

#[tokio::test]
async fn files_that_cannot_be_read_or_vanish_keep_the_old_model() {
    let store = tempfile::tempdir().unwrap();
    let server = started(store.path()).await;

    let before = refused(&server, "missing").await;
    point_to_what_becomes(store.path(), "nowhere", |_| {});
    until_refused(&server, "missing", before).await;
    answers_from(&server, "good").await;

    // A folder cannot be read as a file, not even by root, whom no permission holds off.
    let before = refused(&server, "store").await;
    point_to_what_becomes(store.path(), "folder", |path| fs::create_dir(path).unwrap());
    until_refused(&server, "store", before).await;
    answers_from(&server, "good").await;

    // What is served is in memory: its file may go.
    let served = publish(store.path(), &small("vanishing"));
    until_answers_from(&server, "vanishing").await;
    let before = refused(&server, "store").await;
    fs::remove_dir_all(store.path().join("default")).unwrap();
    until_refused(&server, "store", before).await;
    answers_from(&server, "vanishing").await;
    assert_eq!(server.ask(&format!("GET /api/model/{served}/core"), b"").await.status, 200);
    publish(store.path(), &small("back"));
    until_answers_from(&server, "back").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_without_permission_keeps_the_old_model() {
    use std::os::unix::fs::PermissionsExt as _;

    let store = tempfile::tempdir().unwrap();
    let server = started(store.path()).await;
    let before = refused(&server, "store").await;
    let hash = point_to_what_becomes(store.path(), "forbidden", |path| {
        fs::write(path, small("forbidden")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    });
    if fs::read(model_file(store.path(), hash)).is_ok() {
        // Root may read it all the same, and then so may the server.
        return until_answers_from(&server, "forbidden").await;
    }
    until_refused(&server, "store", before).await;
    answers_from(&server, "good").await;
    fs::set_permissions(model_file(store.path(), hash), fs::Permissions::from_mode(0o644)).unwrap();
    until_answers_from(&server, "forbidden").await;
}

#[tokio::test]
async fn a_volume_that_notifies_nobody_and_keeps_no_times_is_followed() {
    let store = tempfile::tempdir().unwrap();
    let first = publish(store.path(), &small("first"));
    let second = publish(store.path(), &small("other"));
    point_alias_to(store.path(), first);
    let server = Running::start(config(store.path())).await;
    server.until_ready().await;
    until_answers_from(&server, "first").await;
    // Overwritten in place: the same file, the same length, the same time of change.
    let alias = store.path().join("default/aliases/production.json");
    let text = fs::read_to_string(&alias).unwrap();
    let modified = fs::metadata(&alias).unwrap().modified().unwrap();
    let file = fs::File::options().write(true).open(&alias).unwrap();
    fs::write(&alias, text.replace(&first.to_string(), &second.to_string())).unwrap();
    file.set_modified(modified).unwrap();
    until_answers_from(&server, "other").await;
}

#[tokio::test]
async fn a_clock_that_goes_back_holds_nothing_up() {
    let store = tempfile::tempdir().unwrap();
    let server = started(store.path()).await;
    // Published by a machine whose clock is years behind, then by one that is years ahead.
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    let now = SystemTime::now();
    for (model_date, clock) in [("behind", now - 10 * year), ("ahead", now + 10 * year), ("behind again", now - year)] {
        common::publish_at(store.path(), &small(model_date), clock);
        until_answers_from(&server, model_date).await;
    }
}

#[tokio::test]
async fn clients_that_go_away_in_the_middle_of_an_answer_leave_nothing_behind() {
    let store = tempfile::tempdir().unwrap();
    let server = started(store.path()).await;
    let body = br#"{"songs": ["Harbour Light", "Nobody Knows This"], "limit": 500, "explain": true}"#;
    for reset in [true, false].repeat(50) {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(head("POST /api/recommend", body.len(), "").as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        if reset {
            // Closed without a farewell: whatever the server writes is answered with a reset.
            stream.set_zero_linger().unwrap();
        } else {
            // Gone after the first bytes of the answer.
            stream.read_exact(&mut [0; 12]).await.unwrap();
        }
    }
    // Only the one that asks for it is being answered.
    server
        .until("GET /metrics", |answer| {
            String::from_utf8_lossy(&answer.body).contains("segue_http_requests_in_flight 1\n")
        })
        .await;
    answers_from(&server, "good").await;
}

#[tokio::test]
async fn clients_that_have_said_all_they_have_to_say_are_answered() {
    let store = tempfile::tempdir().unwrap();
    let server = started(store.path()).await;
    // The second is answered by another thread, which takes a moment.
    for body in [r#"{"songs": ["Harbour Light"]}"#, r#"{"songs": ["Harbour Light"], "explain": true}"#] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all([&head("POST /api/recommend", body.len(), ""), body].concat().as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).await.unwrap();
        let answer = Answer::parse(&received);
        assert_eq!((answer.status, answer.json()["model_date"].as_str()), (200, Some("good")), "{body}");
    }
}

/// The binary, with few file descriptors.
#[cfg(unix)]
struct Poor {
    child: std::process::Child,
    address: std::net::SocketAddr,
}

#[cfg(unix)]
impl Poor {
    fn start(descriptors: u32, store: &Path) -> Self {
        use std::io::BufRead as _;

        let mut child = std::process::Command::new("sh")
            // The hard limit too, or the server would raise it.
            .args(["-c", &format!("ulimit -n {descriptors}; exec \"$0\" \"$@\"")])
            .arg(env!("CARGO_BIN_EXE_segue-server"))
            .args(["--host", "127.0.0.1", "--port", "0", "--log-format", "json", "--store"])
            .arg(store)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = std::io::BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line: serde_json::Value = serde_json::from_str(&log.next().unwrap().unwrap()).unwrap();
            if let Some(address) = line["message"].as_str().unwrap().strip_prefix("listening on http://") {
                break address.parse().unwrap();
            }
        };
        // Nobody reads on: the pipe must not fill up and hold the server.
        std::thread::spawn(move || log.for_each(drop));
        Self { child, address }
    }
}

#[cfg(unix)]
impl Drop for Poor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request on a connection that is kept.
#[cfg(unix)]
async fn ask_again(stream: &mut TcpStream) -> Answer {
    stream.write_all(head("GET /api/songs?q=light", 0, "").as_bytes()).await.unwrap();
    let mut received = Vec::new();
    loop {
        assert_ne!(stream.read_buf(&mut received).await.unwrap(), 0, "the connection was closed");
        if received.windows(4).any(|four| four == b"\r\n\r\n") {
            let answer = Answer::parse(&received);
            if answer.header("content-length").unwrap().parse() == Ok(answer.body.len()) {
                return answer;
            }
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_with_few_file_descriptors_answers_who_is_there_and_operators_and_goes_on() {
    let store = tempfile::tempdir().unwrap();
    publish(store.path(), &small("good"));
    let server = Poor::start(256, store.path());
    let mut known = TcpStream::connect(server.address).await.unwrap();
    tokio::time::timeout(Duration::from_secs(60), async { while ask_again(&mut known).await.status != 200 {} })
        .await
        .expect("no model in time");
    // The kernel takes more connections than the server does.
    let mut many = Vec::new();
    for _ in 0..400 {
        many.push(TcpStream::connect(server.address).await.unwrap());
    }
    // Operators are not locked out by any number of others.
    let alive = head("GET /healthz", 0, "");
    assert_eq!(ask_on(TcpStream::connect(server.address).await.unwrap(), &alive, b"").await.status, 200);
    for _ in 0..20 {
        assert_eq!(ask_again(&mut known).await.status, 200);
    }
    drop(many);
    // It may take a moment until it knows that they are gone.
    let closed = async {
        while ask_on(
            TcpStream::connect(server.address).await.unwrap(),
            &head("GET /api/songs?q=light", 0, "connection: close\r\n"),
            b"",
        )
        .await
        .status
            == 503
        {}
    };
    tokio::time::timeout(Duration::from_secs(60), closed).await.expect("full for ever");
    let whole = head("POST /api/recommend", REQUEST.len(), "connection: close\r\n");
    let answer = ask_on(TcpStream::connect(server.address).await.unwrap(), &whole, REQUEST).await;
    assert_eq!((answer.status, answer.json()["model_date"].as_str()), (200, Some("good")));
    // And it can open files again, too.
    publish(store.path(), &small("next"));
    let next = async {
        while ask_on(TcpStream::connect(server.address).await.unwrap(), &whole, REQUEST).await.json()["model_date"]
            != "next"
        {}
    };
    tokio::time::timeout(Duration::from_secs(60), next).await.expect("never the next model");
}

#[tokio::test]
async fn answers_that_nobody_reads_are_given_up() {
    let (server, _store) = common::started(|config| config.head_timeout_seconds = Duration::from_secs(2)).await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 << 10).unwrap();
    let mut stuck = socket.connect(server.address).await.unwrap();
    // More than all buffers on the way take.
    stuck.write_all(head("GET /api/openapi.json", 0, "").repeat(300).as_bytes()).await.unwrap();
    let mut received = vec![0; 12];
    stuck.read_exact(&mut received).await.unwrap();
    assert_eq!(received, b"HTTP/1.1 200");
    answers_from(&server, "first").await;
    server.stop.send(segue_server::Stop::AtOnce).unwrap();
    // Requests that have begun would get 15 s.
    tokio::time::timeout(Duration::from_secs(10), server.served).await.expect("it waits").unwrap();
    let _ = stuck.read_to_end(&mut received).await;
    assert!(received.windows(12).filter(|bytes| bytes == b"HTTP/1.1 200").count() < 300);
}
