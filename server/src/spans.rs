//! Spans for an OpenTelemetry collector: one a request, one a model that is put in place.
//!
//! Only in builds with the feature `opentelemetry`, and only where an address is given. Spans are [`tracing`]'s, for a layer
//! beside the log, and are sent in batches over OTLP/HTTP by a thread of the OpenTelemetry SDK. A collector that does not
//! answer costs spans, never a request: what does not fit into the SDK's queue is thrown away. Like logs and metrics,
//! spans hold no song's name.

use std::env;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::Request;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;

use crate::Config;
use crate::admission::ALWAYS;
use crate::telemetry::{Beside, SPANS};

/// Longest answer of a collector that is read, bytes.
const LONGEST_ANSWER: u64 = 1 << 20;

/// Longest time that a collector may take for one batch.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends spans until [`Spans::stop`].
#[derive(Debug)]
pub struct Spans(SdkTracerProvider);

impl Spans {
    /// Begins to send spans to the collector that the configuration names; `None` if it names none.
    ///
    /// `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER` and
    /// `OTEL_BSP_*` are understood as OpenTelemetry has them.
    ///
    /// # Errors
    /// The address cannot be understood, or the environment asks for a protocol other than `http/protobuf`.
    pub fn begin(config: &Config) -> Result<Option<Self>, opentelemetry_otlp::ExporterBuildError> {
        let Some(endpoint) = config.otlp_endpoint.as_deref().filter(|endpoint| !endpoint.is_empty()) else {
            return Ok(None);
        };
        let agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector(agent.into()))
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build()?;
        let mut resource = Resource::builder();
        if env::var_os("OTEL_SERVICE_NAME").is_none() {
            resource = resource.with_service_name("segue-server");
        }
        let version = KeyValue::new("service.version", config.code_version.clone());
        let resource = resource.with_attribute(version).build();
        Ok(Some(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())))
    }

    /// What turns `tracing`'s spans into ours, to be set up beside the log. What is logged within a span goes with it.
    #[must_use]
    pub fn layer(&self) -> Beside {
        let is_ours = filter_fn(|about| about.target() == SPANS || (about.is_event() && *about.level() <= Level::INFO));
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("segue-server"))
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(is_ours)
            .boxed()
    }

    /// Sends what has not been sent yet. Blocks for some seconds if the collector does not answer.
    pub fn stop(self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!("the last spans could not be sent: {error}");
        }
    }
}

/// A span for a request to a route, within the trace that its `traceparent` names, if any. None for what operators ask every
/// few seconds.
pub(crate) fn of_request<B>(method: &'static str, route: &str, request: &Request<B>) -> Span {
    if ALWAYS.contains(&route) {
        return Span::none();
    }
    let span = tracing::info_span!(
        target: SPANS,
        "request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = field::Empty,
        request_id = field::Empty,
    );
    if !span.is_disabled() {
        let headers = HeaderExtractor(request.headers());
        let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &headers);
        // It fails for spans that have been looked into already; nobody has.
        let _ = span.set_parent(parent);
    }
    span
}

/// Notes what came of a request.
pub(crate) fn answered(span: &Span, status: u16, request_id: &str) {
    span.record("http.response.status_code", status).record("request_id", request_id);
    // Whoever asks wrongly has seen to that alone; of a server only its own failures are errors.
    if status >= 500 {
        span.record("otel.status_code", "error");
    }
}

/// Sends batches, from the SDK's own thread.
#[derive(Debug)]
struct Collector(ureq::Agent);

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let (parts, mut body) = self.0.run(Request::from_parts(parts, &body[..]))?.into_parts();
        let body = body.with_config().limit(LONGEST_ANSWER).read_to_vec()?;
        Ok(Response::from_parts(parts, body.into()))
    }
}
