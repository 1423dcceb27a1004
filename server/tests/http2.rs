//! HTTP/2 without TLS, as proxies speak it to what is behind them.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod common;

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Version};
use common::Running;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use segue_server::Stop;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

async fn server_with(head_timeout: Duration) -> (Running, tempfile::TempDir) {
    common::started(|config| config.head_timeout_seconds = head_timeout).await
}

#[tokio::test]
async fn a_client_may_begin_with_http_2() {
    let (server, _store) = server_with(Duration::from_secs(60)).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let ask = |method: &str, path: &str, body: &'static str| {
        let address = format!("http://{}{path}", server.address);
        Request::builder().method(method).uri(address).body(Body::from(body)).unwrap()
    };
    // Two at once on one connection.
    let asked = sender.send_request(ask("GET", "/version", ""));
    let unknown = sender.send_request(ask("POST", "/api/recommend", "{\"songs\": [\"nothing of that name\"]}"));
    let (version, suggestions) = (asked.await.unwrap(), unknown.await.unwrap());
    assert_eq!((version.status().as_u16(), version.version()), (200, Version::HTTP_2));
    assert_eq!(suggestions.status().as_u16(), 200);
    let body = to_bytes(Body::new(suggestions.into_body()), usize::MAX).await.unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert!(answer["songs"].as_array().is_some_and(|songs| !songs.is_empty()), "{answer}");

    // An open connection is ended with the server, as one of HTTP/1.1 is.
    server.stop.send(Stop::AtOnce).unwrap();
    server.served.await.unwrap();
    connection.await.unwrap().unwrap();
}

/// What a client may have sent that has not begun: nothing, or a part of what HTTP/2 begins with.
const NOT_BEGUN: [&[u8]; 2] = [b"", b"PRI"];

#[tokio::test]
async fn a_server_that_stops_waits_for_nobody_who_has_not_begun() {
    for sent in NOT_BEGUN {
        let (server, _store) = server_with(Duration::from_secs(3_600)).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        // Accepted in order: once this is answered, the server has the other connection too.
        server.ask("GET /healthz", b"").await;
        server.stop.send(Stop::AtOnce).unwrap();
        // Requests that have begun would get 15 s.
        timeout(Duration::from_secs(10), server.served).await.expect("it waits").unwrap();
        assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
    }
}

#[tokio::test]
async fn who_never_begins_is_not_waited_for() {
    let (server, _store) = server_with(Duration::from_millis(200)).await;
    for sent in NOT_BEGUN {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
    }
}

#[tokio::test]
async fn what_only_looks_like_http_2_is_closed() {
    let (server, _store) = server_with(Duration::from_secs(3_600)).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"PRI * HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
}
