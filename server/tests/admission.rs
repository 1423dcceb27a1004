//! Which requests are let in, and what clients that mean no good can do.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod common;

use std::num::NonZeroUsize;
use std::time::Duration;

use common::{Answer, Running, ask_on, head, started};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const REQUEST: &[u8] = br#"{"songs": ["Harbour Light"]}"#;
const KEY: &str = "0123456789abcdef0123";

async fn ask_with(server: &Running, request: &str, headers: &str, body: &[u8]) -> Answer {
    let head = head(request, body.len(), &format!("{headers}connection: close\r\n"));
    ask_on(TcpStream::connect(server.address).await.unwrap(), &head, body).await
}

async fn metric(server: &Running, line: &str) -> bool {
    String::from_utf8(server.ask("GET /metrics", b"").await.body).unwrap().lines().any(|found| found == line)
}

#[tokio::test]
async fn what_is_too_much_at_once_is_shed_and_operators_are_answered() {
    let (server, _store) = started(|config| config.max_concurrent_requests = NonZeroUsize::MIN).await;
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(head("POST /api/recommend", REQUEST.len(), "expect: 100-continue\r\n").as_bytes()).await.unwrap();
    // Once this has come, the request is inside and waits for its body.
    slow.read_exact(&mut [0; 25]).await.unwrap();

    let shed = server.recommend(REQUEST).await;
    assert_eq!(shed.problem(503)["type"], "urn:segue:problem:overloaded");
    assert_eq!(shed.header("retry-after"), Some("1"));
    for request in ["GET /healthz", "GET /readyz", "GET /metrics", "GET /version"] {
        assert_eq!(server.ask(request, b"").await.status, 200, "{request}");
    }
    assert!(metric(&server, "segue_http_requests_refused_total{reason=\"overloaded\"} 1").await);

    drop(slow);
    server.until("GET /api/model/info", |answer| answer.status == 200).await;
    assert_eq!(server.recommend(REQUEST).await.status, 200, "a client that went away leaves its place");
}

#[tokio::test]
async fn with_keys_only_their_holders_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    std::fs::write(&file, format!("{KEY} # somebody\n")).unwrap();
    let (server, _store) = started(|config| config.api_keys_file = Some(file)).await;
    let refused = server.recommend(REQUEST).await;
    assert_eq!(refused.problem(401)["type"], "urn:segue:problem:no-key");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    ask_with(&server, "POST /api/recommend", "x-api-key: 0123456789abcdef0124\r\n", REQUEST).await.problem(401);
    for header in [format!("x-api-key: {KEY}\r\n"), format!("authorization: Bearer {KEY}\r\n")] {
        assert_eq!(ask_with(&server, "POST /api/recommend", &header, REQUEST).await.status, 200);
    }
    assert_eq!(server.ask("GET /api/openapi.json", b"").await.status, 200);
    assert!(metric(&server, "segue_http_requests_refused_total{reason=\"key\"} 2").await);
}

#[tokio::test]
async fn with_keys_shared_caches_are_not_to_keep_the_model() {
    let (server, _store) = started(|config| config.api_keys = Some(KEY.parse().unwrap())).await;
    let key = format!("x-api-key: {KEY}\r\n");
    let info = ask_with(&server, "GET /api/model/info", &key, b"").await;
    assert_eq!(info.header("cache-control"), Some("private, no-cache"));
    let section = format!("GET /api/model/{}/evidence", info.json()["hash"].as_str().unwrap());
    server.ask(&section, b"").await.problem(401);
    for (request, caching) in
        [(section.as_str(), "private, max-age=31536000, immutable"), ("GET /api/model", "private, no-cache")]
    {
        let answer = ask_with(&server, request, &key, b"").await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some(caching)), "{request}");
    }
}

#[tokio::test]
async fn who_asks_too_often_is_slowed_down() {
    let (server, _store) = started(|config| {
        (config.rate_limit, config.rate_limit_burst) = ("0.01".parse().ok(), 2);
    })
    .await;
    assert_eq!(server.recommend(REQUEST).await.status, 200);
    assert_eq!(server.recommend(REQUEST).await.status, 200);
    let refused = server.recommend(REQUEST).await;
    assert_eq!(refused.problem(429)["type"], "urn:segue:problem:too-often");
    assert!(refused.header("retry-after").unwrap().parse::<u32>().unwrap() > 50);
    assert_eq!(server.ask("GET /healthz", b"").await.status, 200);
}

#[tokio::test]
async fn other_sites_may_call_only_where_they_are_named() {
    let preflight = "origin: https://music.example\r\naccess-control-request-method: POST\r\n";
    let (server, _store) = started(|_| {}).await;
    let answer = ask_with(&server, "OPTIONS /api/recommend", preflight, b"").await;
    assert_eq!(answer.header("access-control-allow-origin"), None);

    let (server, _store) = started(|config| config.cors_origins = vec!["https://music.example".to_owned()]).await;
    let answer = ask_with(&server, "OPTIONS /api/recommend", preflight, b"").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://music.example"));
    assert!(answer.header("access-control-allow-headers").unwrap().contains("content-type"));
    let other = ask_with(&server, "POST /api/recommend", "origin: https://other.example\r\n", REQUEST).await;
    assert_eq!((other.status, other.header("access-control-allow-origin")), (200, None));
}

#[tokio::test]
async fn connections_that_say_nothing_or_go_on_for_ever_are_closed_and_hold_nobody_up() {
    let (server, _store) = started(|config| {
        config.head_timeout_seconds = Duration::from_millis(300);
        config.request_timeout_seconds = Duration::from_millis(300);
    })
    .await;
    let mut hostile = Vec::new();
    // After requests that were answered, too.
    let answered = head("GET /api/stats", 0, "") + &head("GET /api/model/info", 0, "");
    for beginning in [
        "",
        "POST /api/recom",
        "POST /api/recommend HTTP/1.1\r\nhost: test\r\nx-slow: a",
        &answered,
        &format!("{answered}POST /api/recom"),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(beginning.as_bytes()).await.unwrap();
        hostile.push(stream);
    }
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(head("POST /api/recommend", 1_000, "").as_bytes()).await.unwrap();
    stream.write_all(b"{\"songs\": [").await.unwrap();
    assert_eq!(server.recommend(REQUEST).await.status, 200);
    let mut received = Vec::new();
    let _ = stream.read_to_end(&mut received).await;
    assert_eq!(Answer::parse(&received).status, 408, "a body that never comes");
    for mut stream in hostile {
        // Closed, with or without a word.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
    assert_eq!(server.recommend(REQUEST).await.status, 200);
}

#[tokio::test]
async fn requests_sent_ahead_are_answered_in_their_order() {
    let (server, _store) = started(|_| {}).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let mut sent = Vec::new();
    for number in 0..50 {
        let id = format!("x-request-id: r{number}\r\n");
        sent.extend_from_slice(head("POST /api/recommend", REQUEST.len(), &id).as_bytes());
        sent.extend_from_slice(REQUEST);
    }
    sent.extend_from_slice(head("GET /healthz", 0, "connection: close\r\n").as_bytes());
    stream.write_all(&sent).await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    let received = String::from_utf8(received).unwrap();
    let ids: Vec<&str> = received.lines().filter_map(|line| line.strip_prefix("x-request-id: ")).collect();
    let expected: Vec<String> = (0..50).map(|number| format!("r{number}")).collect();
    assert_eq!(ids[..50], expected);
    assert_eq!(received.matches("HTTP/1.1 200 OK").count(), 51);
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order_and_from_one_model() {
    let (server, _store) = started(|_| {}).await;
    let body =
        br#"{"requests": [{"songs": ["Harbour Light"], "limit": 2}, {"songs": ["Nobody Knows This"], "limit": 1}]}"#;
    let answer = server.ask("POST /api/recommend/batch", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let answers = answer.json()["answers"].as_array().unwrap().clone();
    let lengths: Vec<usize> = answers.iter().map(|answer| answer["songs"].as_array().unwrap().len()).collect();
    assert_eq!(lengths, [2, 1]);
    for one in &answers {
        assert_eq!(one["debug_info"]["model_hash"].as_str(), answer.header("segue-model"));
        assert_eq!(one["version"], "1.2.3-test");
    }
    assert_eq!(answers[1]["debug_info"]["filled"], 1, "popular songs fill the list of an unknown seed");
    assert!(
        metric(&server, "segue_seeds_unknown_total 1").await && metric(&server, "segue_answers_filled_total 1").await
    );

    let bad = br#"{"requests": [{"songs": ["x"]}, {"songs": ["x"], "limit": 0}]}"#;
    let problem = server.ask("POST /api/recommend/batch", bad).await.problem(422);
    assert_eq!(problem["field"], "requests[1].limit");
    let many = format!("{{\"requests\": [{}]}}", vec![r#"{"songs": ["x"]}"#; 101].join(","));
    assert_eq!(server.ask("POST /api/recommend/batch", many.as_bytes()).await.problem(422)["field"], "requests");
    let long = format!("{{\"requests\": [{}]}}", vec![r#"{"songs": ["x"], "limit": 500}"#; 21].join(","));
    assert_eq!(server.ask("POST /api/recommend/batch", long.as_bytes()).await.problem(422)["field"], "requests");
}

#[tokio::test]
async fn a_connection_too_many_is_told_so_and_operators_are_answered() {
    let (server, _store) = started(|config| config.max_connections = NonZeroUsize::new(3).unwrap()).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(TcpStream::connect(server.address).await.unwrap());
    }
    let refused = server.recommend(REQUEST).await;
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.problem(503)["type"], "urn:segue:problem:overloaded");
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(server.ask(&format!("GET {path}"), b"").await.status, 200, "{path}");
    }
    // Not waited for, though heads have more than a minute.
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(silent.read(&mut [0]).await.unwrap_or(0), 0);

    drop(open);
    server.until("GET /api/songs?q=light", |answer| answer.status == 200).await;
}
