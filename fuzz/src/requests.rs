//! What is sent to the server: every answer is an answer or a problem that says what to mend, never a failure.

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, Uri, header};
use http_body_util::BodyExt as _;
use segue_model::api::Response;
use segue_server::Config;
use segue_server::app::{App, router};
use segue_server::live::Served;
use segue_store::{ModelHash, Timestamp};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

use crate::seeds;

/// The body of a request, or, after an odd first byte, of a batch.
pub fn bodies(input: &[u8]) {
    let Some((&choice, body)) = input.split_first() else { return };
    let path = if choice & 1 == 0 { "/api/recommend" } else { "/api/recommend/batch" };
    let (status, answer) = ask(Method::POST, Uri::from_static(path), "", body);
    assert!(matches!(status.as_u16(), 200 | 400 | 413 | 422), "{status}: {answer:?}");
    if status != StatusCode::OK {
        is_problem(status, &answer);
        return;
    }
    let value: Value = serde_json::from_slice(&answer).expect("an answer is JSON");
    let answers = match &value["answers"] {
        Value::Array(answers) => answers.clone(),
        _ => vec![value],
    };
    // Text that is passed over may hold what is no Unicode.
    let requests: Value = serde_json::from_str(&String::from_utf8_lossy(body)).unwrap_or_default();
    for (at, answer) in answers.into_iter().enumerate() {
        let answer: Response = serde_json::from_value(answer).expect("an answer is a Response");
        let request = if path.ends_with("batch") { &requests["requests"][at] } else { &requests };
        let limit = request["limit"].as_u64().map(|limit| limit as usize);
        assert!(answer.songs.len() <= limit.unwrap_or(if requests.is_null() { 500 } else { 20 }));
        for (at, song) in answer.songs.iter().enumerate() {
            assert!(!answer.songs[..at].contains(song), "{song} comes twice");
        }
        let scores: Vec<f64> = answer.recommendations.iter().flatten().map(|song| song.score).collect();
        assert!(scores.is_sorted_by(|a, b| a >= b));
    }
}

/// The address and the headers of a request: `address\nvalue of If-None-Match, Range and Accept-Encoding`.
pub fn addresses(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (address, headers) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(uri) = address.parse::<Uri>() else { return };
    let (status, answer) = ask(Method::GET, uri, headers, b"");
    assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "{address}: {answer:?}");
    if status.is_client_error() || status.is_server_error() {
        is_problem(status, &answer);
    }
}

/// Asks a server that has a small model.
fn ask(method: Method, uri: Uri, headers: &str, body: &[u8]) -> (StatusCode, Vec<u8>) {
    thread_local! {
        static SERVER: OnceCell<(Runtime, Router)> = const { OnceCell::new() };
    }
    SERVER.with(|server| {
        let (runtime, router) = server.get_or_init(server_with_model);
        let mut request = Request::builder().method(method).uri(uri);
        for name in [header::IF_NONE_MATCH, header::RANGE, header::ACCEPT_ENCODING] {
            if !headers.is_empty() && axum::http::HeaderValue::from_str(headers).is_ok() {
                request = request.header(name, headers);
            }
        }
        let request = request.body(Body::from(body.to_vec())).expect("its parts were parsed already");
        runtime.block_on(async {
            let response = router.clone().oneshot(request).await.expect("the router never fails");
            let status = response.status();
            let body = response.into_body().collect().await.expect("bodies are in memory");
            (status, body.to_bytes().to_vec())
        })
    })
}

fn server_with_model() -> (Runtime, Router) {
    // Answers that take long are computed on threads of their own.
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let app = App::new(&Config::new("nowhere")).expect("the defaults are fine");
    let model = seeds::small();
    let hash = ModelHash::of(&model);
    let served = Served::open(model, hash, Timestamp::new(SystemTime::UNIX_EPOCH)).expect("a model");
    app.live.put(Arc::new(served));
    (runtime, router(app))
}

fn is_problem(status: StatusCode, answer: &[u8]) {
    let problem: Value = serde_json::from_slice(answer).expect("a problem is JSON");
    assert_eq!(problem["status"], status.as_u16());
    for member in ["type", "title", "detail"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "no {member} in {problem}");
    }
}
