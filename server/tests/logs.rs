//! What the log says, line by line, to a collector of logs.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]
#![cfg(unix)]

mod common;
mod program;

use common::{model::small, publish};
use program::Program;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_is_a_line_of_json_with_its_name_and_its_trace_and_without_songs() {
    let store = tempfile::tempdir().unwrap();
    publish(store.path(), &small("2026-03-01T12:00:00Z"));
    let program = Program::start(store.path(), &[("LOG_FORMAT", "json"), ("LOG", "segue_server=debug")]).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let headers = format!("x-request-id: asked-1\r\ntraceparent: 00-{trace}-00f067aa0ba902b7-01\r\n");
    let answer = program.ask("POST /api/recommend", &headers, br#"{"songs": ["Harbour Light"]}"#).await;
    assert_eq!((answer.status, answer.header("x-request-id")), (200, Some("asked-1")));
    assert_eq!(program.ask("GET /api/songs?q=harbour", "", b"").await.status, 200);

    let log = program.stop();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()));
    let of = |path: &str| lines.iter().filter(|line| line["path"] == path).collect::<Vec<_>>();
    let [asked] = of("/api/recommend")[..] else { panic!("{log}") };
    for (field, value) in [
        ("message", "request".into()),
        ("method", "POST".into()),
        ("status", 200.into()),
        ("request_id", "asked-1".into()),
        ("trace_id", trace.into()),
    ] as [(&str, Value); 5]
    {
        assert_eq!(asked[field], value, "{asked}");
    }
    let [searched] = of("/api/songs")[..] else { panic!("{log}") };
    assert!(searched["trace_id"].is_null() && searched["request_id"].as_str().unwrap().len() == 16, "{searched}");
    assert!(lines.iter().any(|line| line["message"] == "serving a new model" && line["songs"].is_u64()), "{log}");
    assert!(!log.contains("arbour"), "a song's name is in the log: {log}");
}
