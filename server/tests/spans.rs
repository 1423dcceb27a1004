//! What the server sends to an OpenTelemetry collector: the real program, and a collector that notes what it gets.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]
#![cfg(unix)]

mod common;
mod program;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use common::{model::small, publish};
use program::Program;
use tokio::net::TcpListener;

/// A value of a Protocol Buffers message; only these two are looked into.
#[derive(Debug)]
enum Field<'a> {
    Bytes(&'a [u8]),
    Other,
}

/// The fields of a message, by number (<https://protobuf.dev/programming-guides/encoding/>).
fn fields(mut message: &[u8]) -> Vec<(u64, Field<'_>)> {
    fn number(message: &mut &[u8]) -> u64 {
        let length = message.iter().position(|byte| *byte < 0x80).unwrap() + 1;
        let (bytes, rest) = message.split_at(length);
        *message = rest;
        bytes.iter().rev().fold(0, |number, byte| number << 7 | u64::from(byte & 0x7f))
    }
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = number(&mut message);
        let value = match key & 7 {
            0 => {
                number(&mut message);
                Field::Other
            }
            wire @ (1 | 5) => {
                message = &message[if wire == 1 { 8 } else { 4 }..];
                Field::Other
            }
            2 => {
                let length = number(&mut message) as usize;
                let (bytes, rest) = message.split_at(length);
                message = rest;
                Field::Bytes(bytes)
            }
            wire => panic!("wire type {wire}"),
        };
        found.push((key >> 3, value));
    }
    found
}

/// The messages and texts in the fields of this number.
fn all(message: &[u8], number: u64) -> Vec<&[u8]> {
    let bytes = |(at, field)| match field {
        Field::Bytes(bytes) if at == number => Some(bytes),
        _ => None,
    };
    fields(message).into_iter().filter_map(bytes).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A span as it arrived.
#[derive(Debug)]
struct Arrived {
    trace: String,
    parent: String,
    name: String,
    /// The whole message, to look for texts in.
    message: Vec<u8>,
}

impl Arrived {
    fn holds(&self, text: &str) -> bool {
        self.message.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

/// The spans of an `ExportTraceServiceRequest`: resource spans, scope spans, spans.
fn spans(request: &[u8]) -> Vec<Arrived> {
    let scopes = all(request, 1).into_iter().flat_map(|resource| all(resource, 2));
    let text = |span: &[u8], number| all(span, number).concat();
    let arrived = |span: &[u8]| Arrived {
        trace: hexadecimal(&text(span, 1)),
        parent: hexadecimal(&text(span, 4)),
        name: String::from_utf8(text(span, 5)).unwrap(),
        message: span.to_vec(),
    };
    scopes.flat_map(|scope| all(scope, 2)).map(arrived).collect()
}

/// What a collector was sent: headers and bodies.
type Sent = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A collector on a free port.
async fn collector() -> (SocketAddr, Sent) {
    let sent = Sent::default();
    let note = async |State(sent): State<Sent>, headers: HeaderMap, body: Bytes| {
        sent.lock().unwrap().push((headers, body));
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new().route("/v1/traces", post(note)).with_state(Arc::clone(&sent));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (address, sent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_with_the_trace_of_whoever_asked_arrives_at_the_collector() {
    let (collector, sent) = collector().await;
    let store = tempfile::tempdir().unwrap();
    let hash = publish(store.path(), &small("2026-03-01T12:00:00Z")).to_string();
    let program = Program::start(
        store.path(),
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{collector}/")),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=records"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test"),
            ("OTEL_SERVICE_NAME", "suggestions"),
            // Nothing is sent before the server ends, so that what has arrived then is everything.
            ("OTEL_BSP_SCHEDULE_DELAY", "600000"),
            ("CODE_VERSION", "1.2.3-test"),
        ],
    )
    .await;
    let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let traceparent = format!("traceparent: 00-{trace}-{parent}-01\r\nx-request-id: asked-1\r\n");
    let answer = program.ask("POST /api/recommend", &traceparent, br#"{"songs": ["Harbour Light"]}"#).await;
    assert_eq!(answer.status, 200);
    assert_eq!(program.ask("GET /api/songs?q=harbour", "", b"").await.status, 200);
    // Whoever samples has decided already.
    let unsampled = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00\r\n";
    assert_eq!(program.ask("POST /api/recommend", unsampled, b"nonsense").await.status, 400);

    program.stop();
    let sent = sent.lock().unwrap();
    assert!(!sent.is_empty(), "nothing has arrived");
    let mut arrived = Vec::new();
    for (headers, body) in sent.iter() {
        assert_eq!(headers["content-type"], "application/x-protobuf");
        assert_eq!(headers["x-tenant"], "records");
        let resource = String::from_utf8_lossy(&all(all(body, 1)[0], 1).concat()).into_owned();
        for text in ["suggestions", "service.version", "1.2.3-test", "deployment.environment"] {
            assert!(resource.contains(text), "{text} is not in {resource:?}");
        }
        arrived.extend(spans(body));
    }
    let named = |name: &str| arrived.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let [asked] = named("POST /api/recommend")[..] else { panic!("{arrived:?}") };
    assert_eq!((asked.trace.as_str(), asked.parent.as_str()), (trace, parent));
    for text in ["http.route", "/api/recommend", "http.response.status_code", "request_id", "asked-1"] {
        assert!(asked.holds(text), "{text} is not in {asked:?}");
    }
    let [searched] = named("GET /api/songs")[..] else { panic!("{arrived:?}") };
    assert!(searched.trace != trace && searched.parent.is_empty());
    let [put] = named("put a model in place")[..] else { panic!("{arrived:?}") };
    assert!(put.holds(&hash) && put.holds("serving a new model"));
    // Neither what operators ask nor a song's name.
    assert_eq!(arrived.len(), 3, "{arrived:?}");
    assert!(arrived.iter().all(|span| !span.holds("arbour")));
}
