//! How a server goes from one model to the next, or does not.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod common;

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use common::{Answer, Running, config, model::small, model_file, point_alias_to, publish, publish_at};
use segue_store::ModelHash;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;

const REQUEST: &str = r#"{"songs": ["Harbour Light"]}"#;

async fn started(store: &std::path::Path) -> Running {
    let server = Running::start(config(store)).await;
    server.until_ready().await;
    server
}

async fn until_refused(server: &Running, reason: &str) {
    let line = format!("segue_models_refused_total{{reason=\"{reason}\"}} 1\n");
    server.until("GET /metrics", |answer| String::from_utf8_lossy(&answer.body).contains(&line)).await;
}

async fn model_date(server: &Running) -> String {
    let answer = server.recommend(REQUEST).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["model_date"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_server_without_a_model_waits_for_one() {
    let store = tempfile::tempdir().unwrap();
    let server = Running::start(config(store.path())).await;
    for request in ["GET /api/model", "GET /api/model/info", "GET /api/model/x/core", "GET /api/songs?q=a"] {
        let problem = server.ask(request, b"").await.problem(503);
        assert_eq!(problem["type"], "urn:segue:problem:no-model");
    }
    server.recommend(REQUEST).await.problem(503);
    let answer = server.until("GET /readyz", |answer| answer.status == 503 && answer.body.len() > 200).await;
    assert!(answer.json()["detail"].as_str().unwrap().contains("production"), "{answer:?}");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(server.ask("GET /healthz", b"").await.status, 200);
    assert_eq!(server.ask("GET /version", b"").await.json()["model_hash"], serde_json::Value::Null);
    // A bad request is told so all the same.
    server.recommend("{}").await.problem(422);

    publish(store.path(), &small("first"));
    server.until_ready().await;
    assert_eq!(model_date(&server).await, "first");
}

#[tokio::test]
async fn a_new_model_answers_without_a_failed_request() {
    let store = tempfile::tempdir().unwrap();
    let old = publish(store.path(), &small("first")).to_string();
    let server = started(store.path()).await;
    assert_eq!(model_date(&server).await, "first");
    let new = publish(store.path(), &small("second")).to_string();
    while model_date(&server).await == "first" {}
    assert_eq!(model_date(&server).await, "second");
    server.ask(&format!("GET /api/model/{old}/core"), b"").await.problem(404);
    assert_eq!(server.ask(&format!("GET /api/model/{new}/core"), b"").await.status, 200);
}

/// Asks again and again on one connection. Every answer has to be whole: its header, its model's hash and its model's
/// date agree. Gives how many answers there were.
async fn ask_for_ever(address: SocketAddr, dates: Arc<HashMap<String, String>>, seen: watch::Sender<String>) -> u64 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut received = Vec::new();
    for answers in 0.. {
        if seen.is_closed() {
            return answers;
        }
        stream.write_all(common::head("POST /api/recommend", REQUEST.len(), "").as_bytes()).await.unwrap();
        stream.write_all(REQUEST.as_bytes()).await.unwrap();
        received.clear();
        let answer = loop {
            assert_ne!(stream.read_buf(&mut received).await.unwrap(), 0, "the connection was closed");
            if !received.windows(4).any(|four| four == b"\r\n\r\n") {
                continue;
            }
            let answer = Answer::parse(&received);
            if answer.header("content-length").unwrap().parse() == Ok(answer.body.len()) {
                break answer;
            }
        };
        assert_eq!(answer.status, 200, "{answer:?}");
        let (hash, body) = (answer.header("segue-model").unwrap().to_owned(), answer.json());
        assert_eq!(body["debug_info"]["model_hash"], hash);
        assert_eq!(body["model_date"], dates[&hash]);
        seen.send_if_modified(|last| std::mem::replace(last, hash.clone()) != hash);
    }
    unreachable!()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_swaps_in_a_row_under_load_fail_no_request() {
    let store = tempfile::tempdir().unwrap();
    let models: Vec<Vec<u8>> = (0..50).map(|number| small(&format!("date {number}"))).collect();
    let mut hashes: Vec<ModelHash> = models.iter().map(|model| publish(store.path(), model)).collect();
    let dates = hashes.iter().enumerate().map(|(number, hash)| (hash.to_string(), format!("date {number}"))).collect();
    let dates = Arc::new(dates);
    // Half of them are published, then the alias is moved by hand to what is already there, in another order.
    hashes.rotate_left(1);
    let server = started(store.path()).await;
    let (seen, mut last) = watch::channel(String::new());
    let clients: Vec<_> =
        (0..4).map(|_| tokio::spawn(ask_for_ever(server.address, Arc::clone(&dates), seen.clone()))).collect();
    drop(seen);
    for (number, model) in models.iter().enumerate() {
        let hash = publish(store.path(), model).to_string();
        last.wait_for(|last| *last == hash).await.unwrap_or_else(|_| panic!("nobody asks any more at swap {number}"));
    }
    for hash in hashes.iter().rev() {
        point_alias_to(store.path(), *hash);
        let hash = hash.to_string();
        last.wait_for(|last| *last == hash).await.expect("somebody still asks");
    }
    drop(last);
    for client in clients {
        assert!(client.await.unwrap() > 0);
    }
    let metrics = server.ask("GET /metrics", b"").await;
    let metrics = String::from_utf8(metrics.body).unwrap();
    let swaps = metrics.lines().find_map(|line| line.strip_prefix("segue_model_swaps_total "));
    assert!(swaps.unwrap().parse::<u32>().unwrap() >= 100, "{metrics}");
    assert!(metrics.contains("segue_alias_failing 0\n"), "{metrics}");
}

#[tokio::test]
async fn a_run_that_finds_its_model_again_is_told_though_the_model_keeps_its_date() {
    let store = tempfile::tempdir().unwrap();
    let (first, again) = (SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000), Duration::from_secs(86_400));
    publish_at(store.path(), &small("first"), first);
    let server = started(store.path()).await;
    let told = |line: &str| {
        let line = format!("{line}\n");
        move |answer: &Answer| String::from_utf8_lossy(&answer.body).contains(&line)
    };
    server.until("GET /metrics", told("segue_alias_run_timestamp_seconds 1700000000")).await;
    publish_at(store.path(), &small("first"), first + again);
    let metrics = server.until("GET /metrics", told("segue_alias_run_timestamp_seconds 1700086400")).await;
    assert!(told("segue_model_date_timestamp_seconds 1700000000")(&metrics), "{metrics:?}");
    assert!(told("segue_model_swaps_total 1")(&metrics), "{metrics:?}");
}

#[tokio::test]
async fn a_torn_file_keeps_the_old_model() {
    let store = tempfile::tempdir().unwrap();
    let whole = publish(store.path(), &small("first"));
    let server = started(store.path()).await;

    // A writer that is no part of this project: the alias means a model whose file is cut short.
    let other = tempfile::tempdir().unwrap();
    let torn = publish(other.path(), &small("second"));
    let bytes = fs::read(model_file(other.path(), torn)).unwrap();
    fs::write(model_file(store.path(), torn), &bytes[..bytes.len() / 2]).unwrap();
    let alias = "default/aliases/production.json";
    let before = fs::read(store.path().join(alias)).unwrap();
    fs::copy(other.path().join(alias), store.path().join(alias)).unwrap();
    until_refused(&server, "altered").await;
    assert_eq!(model_date(&server).await, "first");
    assert_eq!(server.ask("GET /readyz", b"").await.status, 200);

    // Back to what is served, then the whole file after all.
    fs::write(store.path().join(alias), before).unwrap();
    let mended = |answer: &common::Answer| String::from_utf8_lossy(&answer.body).contains("segue_alias_failing 0\n");
    server.until("GET /metrics", mended).await;
    assert_eq!(server.ask("GET /api/model/info", b"").await.json()["hash"], whole.to_string());
    fs::write(model_file(store.path(), torn), &bytes).unwrap();
    fs::copy(other.path().join(alias), store.path().join(alias)).unwrap();
    while model_date(&server).await == "first" {}
    server.until("GET /metrics", mended).await;
}

#[tokio::test]
async fn what_is_no_model_keeps_the_old_model() {
    let store = tempfile::tempdir().unwrap();
    publish(store.path(), &small("first"));
    let server = started(store.path()).await;
    // Their hashes are right: only the checked open can tell.
    publish(store.path(), b"artist,title\nThe Lanterns,Harbour Light\n");
    until_refused(&server, "format").await;
    assert_eq!(model_date(&server).await, "first");

    let mut damaged = small("second");
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x20;
    publish(store.path(), &damaged);
    until_refused(&server, "malformed").await;
    assert_eq!(model_date(&server).await, "first");

    publish(store.path(), &small("third"));
    while model_date(&server).await == "first" {}
    assert_eq!(model_date(&server).await, "third");
}

#[tokio::test]
async fn a_refused_model_is_the_reason_again_once_the_alias_is_back() {
    let store = tempfile::tempdir().unwrap();
    publish(store.path(), &small("first"));
    let server = started(store.path()).await;
    let because = async |words: &str| {
        let failing = |answer: &Answer| answer.json()["failing"].as_str().is_some_and(|why| why.contains(words));
        server.until("GET /api/stats", failing).await;
    };
    let refused = publish(store.path(), b"artist,title\nThe Lanterns,Harbour Light\n");
    let why = format!("the model {refused} is refused");
    because(&why).await;
    let (alias, away) = (store.path().join("default/aliases/production.json"), store.path().join("away.json"));
    fs::rename(&alias, &away).unwrap();
    because("production.json").await;
    fs::rename(&away, &alias).unwrap();
    because(&why).await;
    until_refused(&server, "format").await;

    publish(store.path(), &small("second"));
    while model_date(&server).await == "first" {}
    server.until("GET /api/stats", |answer| answer.json()["failing"].is_null()).await;
}

/// A pipe in place of the alias: to read it is to wait for whoever writes.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_volume_that_hangs_can_be_seen_and_is_followed_once_it_answers() {
    let store = tempfile::tempdir().unwrap();
    publish(store.path(), &small("first"));
    let server = started(store.path()).await;
    let looked = async || {
        let metrics = String::from_utf8(server.ask("GET /metrics", b"").await.body).unwrap();
        let line = metrics.lines().find_map(|line| line.strip_prefix("segue_store_look_timestamp_seconds "));
        line.unwrap().parse::<u64>().unwrap()
    };
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    assert!(looked().await <= now());
    let (alias, away) = (store.path().join("default/aliases/production.json"), store.path().join("away.json"));
    let pipe = store.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::rename(&alias, &away).unwrap();
    fs::rename(&pipe, &alias).unwrap();
    // Opened for writing once the server has opened it for reading.
    let opened = alias.clone();
    let writer = tokio::task::spawn_blocking(move || fs::OpenOptions::new().write(true).open(opened).unwrap());
    let writer = writer.await.unwrap();
    let hangs_since = now();
    while now() < hangs_since + 2 {
        assert!(looked().await <= hangs_since, "no look can have ended");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(model_date(&server).await, "first");

    fs::rename(&away, &alias).unwrap();
    drop(writer);
    while looked().await <= hangs_since {
        tokio::task::yield_now().await;
    }
    publish(store.path(), &small("second"));
    while model_date(&server).await == "first" {}
}

#[tokio::test]
async fn an_alias_that_cannot_be_understood_keeps_the_old_model() {
    let store = tempfile::tempdir().unwrap();
    publish(store.path(), &small("first"));
    let server = started(store.path()).await;
    let alias = store.path().join("default/aliases/production.json");
    fs::write(&alias, "{\"hash\": \"deadbe").unwrap();
    until_refused(&server, "alias").await;
    fs::remove_file(&alias).unwrap();
    until_refused(&server, "store").await;
    assert_eq!(model_date(&server).await, "first");
    publish(store.path(), &small("second"));
    while model_date(&server).await == "first" {}
}
