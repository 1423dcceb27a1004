//! Logs and metrics. Neither ever holds a song's name.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;
use crate::live::{Live, Refusal};

/// Upper ends of the latency histogram's buckets, seconds: answers take well under a millisecond.
const BUCKETS: [f64; 13] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// Begins logging to standard error.
///
/// # Errors
/// The filter cannot be understood, or logging has begun already.
pub fn init_logs(format: LogFormat, filter: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let filter = EnvFilter::builder().parse(filter)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => {
            let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
            builder.with_ansi(colours).try_init()
        }
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    }
}

/// What is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latency: Family<RouteLabels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

impl Metrics {
    /// Metrics of a server of this version that serves this model. Everything begins at 0.
    #[must_use]
    pub fn new(code_version: &str, live: Arc<Live>) -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let (requests, latency) = (Family::default(), Family::new_with_constructor(histogram));
        let in_flight = Gauge::default();
        let mut registry = Registry::with_prefix("segue");
        registry.register("build", "Version of the server", Info::new([("version", code_version.to_owned())]));
        registry.register("http_requests", "Requests answered", Family::clone(&requests));
        let help = "Time from a request's head to its response's head, seconds";
        registry.register("http_request_duration_seconds", help, Family::clone(&latency));
        registry.register("http_requests_in_flight", "Requests being answered", in_flight.clone());
        registry.register_collector(Box::new(ModelMetrics { live }));
        Self { registry, requests, latency, in_flight }
    }

    /// All metrics in the OpenMetrics text format.
    ///
    /// # Errors
    /// None that are known: writing is to memory.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Middleware that counts and times every request, and logs it at level `debug`.
pub async fn observe(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = method_label(request.method());
    let path = request.uri().path();
    // Labels must be few: an address that no route takes counts under one label.
    let route = match request.extensions().get::<MatchedPath>() {
        Some(matched) => matched.as_str(),
        None if path == "/api" || path.starts_with("/api/") => "unknown",
        None => "site",
    };
    let route = RouteLabels { route: route.to_owned() };
    let path = tracing::enabled!(tracing::Level::DEBUG).then(|| path.to_owned());
    let in_flight = InFlight::begin(&metrics.in_flight);
    let response = next.run(request).await;
    drop(in_flight);
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    metrics.latency.get_or_create(&route).observe(took.as_secs_f64());
    metrics.requests.get_or_create(&RequestLabels { route: route.route, method, status }).inc();
    if let Some(path) = path {
        tracing::debug!(method, path, status, took_us = took.as_micros() as u64, "request");
    }
    response
}

/// Counts a request as being answered until dropped, even if its client goes away.
struct InFlight<'a>(&'a Gauge);

impl<'a> InFlight<'a> {
    fn begin(gauge: &'a Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Clients may invent methods; labels are few.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// What the live model says of itself whenever metrics are read.
#[derive(Debug)]
struct ModelMetrics {
    live: Arc<Live>,
}

impl Collector for ModelMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let status = self.live.status();
        let swaps = ConstCounter::new(status.swaps);
        let help = "Models put in place, the first included";
        swaps.encode(encoder.encode_descriptor("model_swaps", help, None, swaps.metric_type())?)?;

        let refused = Family::<[(&str, &str); 1], Counter>::default();
        for (refusal, count) in Refusal::ALL.into_iter().zip(status.refused) {
            refused.get_or_create(&[("reason", refusal.as_str())]).inc_by(count);
        }
        let help = "Failures to put a model in place, each counted once";
        refused.encode(encoder.encode_descriptor("models_refused", help, None, refused.metric_type())?)?;

        let mut gauge = |name: &str, help: &str, value: i64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
        };
        let help = "1 while the alias cannot be followed to a model that can be served";
        gauge("alias_failing", help, i64::from(status.failing.is_some()))?;
        let served = self.live.current();
        gauge("model_loaded", "1 once there is a model", i64::from(served.is_some()))?;
        let Some(served) = served else { return Ok(()) };
        let metadata = served.model.metadata();
        gauge("model_songs", "Songs in two playlists or more", i64::from(metadata.counts.songs))?;
        gauge("model_rules", "Association rules", metadata.counts.total_rules() as i64)?;
        gauge("model_bytes", "Size of the model file", served.model.header().file_length() as i64)?;
        let date = served.model_date.time().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let help = "When the model was made, seconds since 1970: its age is time() less this";
        gauge("model_date_timestamp_seconds", help, date.as_secs() as i64)?;
        let info = Info::new([
            ("hash", served.hash_text.clone()),
            ("data_set", metadata.data_set.name.clone()),
            ("model_date", metadata.model_date.clone()),
        ]);
        info.encode(encoder.encode_descriptor("model", "The model being served", None, info.metric_type())?)
    }
}
