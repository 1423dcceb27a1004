//! Logs and metrics. Neither ever holds a song's name.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use axum::response::Response;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use segue_model::api::DebugInfo;
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Filter, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};

use crate::admission::Refused;
use crate::config::LogFormat;
use crate::live::{Live, Refusal};
use crate::striped::{Latencies, StripedCounter, StripedGauge};

/// Target of spans that are for a collector, not for the log.
pub(crate) const SPANS: &str = "segue_server::spans";

/// What listens beside the log.
pub type Beside = Box<dyn Layer<tracing_subscriber::Registry> + Send + Sync>;

/// Begins logging to standard error.
///
/// # Errors
/// The filter cannot be understood, or logging has begun already.
pub fn init_logs(
    format: LogFormat,
    filter: &str,
    beside: Option<Beside>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let filter = filter_of(filter)?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    Ok(tracing_subscriber::registry().with(beside).with(lines.with_filter(filter)).try_init()?)
}

/// What the log has of what this lets through.
fn filter_of<S>(directives: &str) -> Result<impl Filter<S> + use<S>, tracing_subscriber::filter::ParseError>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    let directives = EnvFilter::builder().parse(directives)?;
    // Any level may pass. Without saying so each request would ask all filters whether it is logged, not only the highest level
    // that is.
    Ok(directives.and(filter_fn(|about| about.target() != SPANS).with_max_level_hint(LevelFilter::TRACE)))
}

/// Makes panics lines of the log, as everything else that is said: a collector could not read the usual ones.
///
/// What comes of a panic stays as it is. Where the log leaves errors out, it is told as it would be without this.
pub fn log_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !tracing::enabled!(tracing::Level::ERROR) {
            return usual(panic);
        }
        let message = panic.payload_as_str().unwrap_or("a panic that says nothing");
        let place = panic.location().map(ToString::to_string);
        let thread = std::thread::current();
        // Taken where RUST_BACKTRACE asks for it.
        let backtrace = Backtrace::capture();
        let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
        tracing::error!(place, thread = thread.name(), backtrace, "panicked: {message}");
    }));
}

/// What is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, StripedCounter>,
    latency: Family<RouteLabels, Latencies>,
    in_flight: StripedGauge,
    refused: Family<[(&'static str, &'static str); 1], Counter>,
    answers: StripedCounter,
    matched: StripedCounter,
    unknown: StripedCounter,
    filled: StripedCounter,
    begun: Instant,
    /// What the usual answers count in, found once.
    usual: OnceLock<(StripedCounter, Latencies)>,
}

/// The route that most requests are for.
pub(crate) const USUAL_ROUTE: &str = "/api/recommend";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: Cow<'static, str>,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: Cow<'static, str>,
}

impl Metrics {
    /// Metrics of a server of this version that serves this model. Everything begins at 0.
    #[must_use]
    pub fn new(code_version: &str, live: Arc<Live>) -> Self {
        let (requests, latency) = (Family::default(), Family::default());
        let in_flight = StripedGauge::default();
        let mut registry = Registry::with_prefix("segue");
        registry.register("build", "Version of the server", Info::new([("version", code_version.to_owned())]));
        registry.register("http_requests", "Requests answered", Family::clone(&requests));
        let help = "Time from a request's head to its response's head, seconds";
        registry.register("http_request_duration_seconds", help, Family::clone(&latency));
        registry.register("http_requests_in_flight", "Requests being answered", in_flight.clone());
        let refused = Family::<[(&'static str, &'static str); 1], Counter>::default();
        for why in Refused::ALL {
            drop(refused.get_or_create(&[("reason", why.as_str())]));
        }
        registry.register("http_requests_refused", "Requests not let in, by reason", Family::clone(&refused));
        let mut counter = |name: &str, help: &str| {
            let counter = StripedCounter::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let answers = counter("answers", "Lists of suggestions given");
        let matched = counter("seeds_matched", "Songs asked about that were found");
        let unknown = counter("seeds_unknown", "Songs asked about that were not found");
        let filled = counter("answers_filled", "Lists of suggestions that pairs with the seeds alone did not fill");
        registry.register_collector(Box::new(ModelMetrics { live }));
        Self {
            registry,
            requests,
            latency,
            in_flight,
            refused,
            answers,
            matched,
            unknown,
            filled,
            begun: Instant::now(),
            usual: OnceLock::new(),
        }
    }

    /// Counts and times an answer.
    fn end(&self, route: RouteLabels, method: &'static str, status: u16, took: Duration) {
        let is_usual = route.route == USUAL_ROUTE && method == "POST" && status == 200;
        let find = || {
            let latency = self.latency.get_or_create(&route).clone();
            let requests = self.requests.get_or_create(&RequestLabels { route: route.route, method, status }).clone();
            (requests, latency)
        };
        // To find them takes locks, which threads would wait for.
        let found;
        let (requests, latency) = if is_usual {
            self.usual.get_or_init(find)
        } else {
            found = find();
            &found
        };
        requests.inc();
        latency.observe(took);
    }

    /// Counts a request that is not let in.
    pub fn refuse(&self, why: Refused) {
        self.refused.get_or_create(&[("reason", why.as_str())]).inc();
    }

    /// Counts an answer.
    pub fn answered<S>(&self, facts: &DebugInfo<S>) {
        self.answers.inc();
        self.matched.inc_by(facts.matched as u64);
        self.unknown.inc_by(facts.unknown as u64);
        if facts.filled > 0 {
            self.filled.inc();
        }
    }

    /// Time since the counting began.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.begun.elapsed()
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

/// The header that names a request, in requests and responses.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// One request, from when it came.
#[derive(Debug)]
pub struct Observed<'a> {
    metrics: &'a Metrics,
    begun: Instant,
    method: &'static str,
    route: RouteLabels,
    id: HeaderValue,
    /// For the log only: the path, and the trace that the request is part of.
    logged: Option<(String, Option<String>)>,
    #[cfg(feature = "opentelemetry")]
    span: tracing::Span,
    _in_flight: InFlight<'a>,
}

impl<'a> Observed<'a> {
    /// A request that came just now, for the route that was declared as this.
    #[must_use]
    pub fn begin<B>(metrics: &'a Metrics, route: Cow<'static, str>, request: &Request<B>) -> Self {
        let path = request.uri().path();
        let logged = tracing::enabled!(tracing::Level::DEBUG)
            .then(|| (path.to_owned(), trace_id(request.headers()).map(str::to_owned)));
        let method = method_label(request.method());
        Self {
            metrics,
            begun: Instant::now(),
            method,
            #[cfg(feature = "opentelemetry")]
            span: crate::spans::of_request(method, &route, request),
            route: RouteLabels { route },
            id: request_id(request.headers()),
            logged,
            _in_flight: InFlight::begin(&metrics.in_flight),
        }
    }

    /// Counts and times the request, logs it at level `debug`, and names it in the response. Answers that are the
    /// server's fault are logged at level `warn` in any case.
    pub fn end(self, response: &mut Response) {
        let (status, took) = (response.status().as_u16(), self.begun.elapsed());
        let (method, took_us) = (self.method, took.as_micros() as u64);
        let request_id = self.id.to_str().unwrap_or_default();
        #[cfg(feature = "opentelemetry")]
        crate::spans::answered(&self.span, status, request_id);
        let (path, trace_id) = self.logged.as_ref().map(|(path, trace)| (path.as_str(), trace.as_deref())).unzip();
        let trace_id = trace_id.flatten();
        if status == 500 {
            let route = &*self.route.route;
            tracing::warn!(method, route, path, status, took_us, request_id, trace_id, "request failed");
        } else if path.is_some() {
            tracing::debug!(method, path, status, took_us, request_id, trace_id, "request");
        }
        response.headers_mut().insert(REQUEST_ID, self.id);
        self.metrics.end(self.route, method, status, took);
    }
}

/// The name that the client gave its request, if it is one to write into logs; otherwise a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_fit = |id: &&HeaderValue| {
        (1..=128).contains(&id.len())
            && id.as_bytes().iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
    };
    if let Some(given) = headers.get(REQUEST_ID).filter(is_fit) {
        return given.clone();
    }
    thread_local! {
        /// Of each thread's own: threads that count together wait for one another.
        static NEXT: Cell<u64> = Cell::new(RandomState::new().hash_one(std::thread::current().id()));
    }
    // An odd number times the count never comes twice on a thread (Weyl sequence), and does not tell how many there were.
    // Threads begin so far from one another that they hardly ever meet.
    let id = NEXT.get();
    NEXT.set(id.wrapping_add(0x9E37_79B9_7F4A_7C15));
    let digits: [u8; 16] = std::array::from_fn(|at| b"0123456789abcdef"[(id >> (60 - 4 * at)) as usize & 0xF]);
    HeaderValue::from_bytes(&digits).unwrap_or(HeaderValue::from_static("-"))
}

/// The trace that a request is part of (<https://www.w3.org/TR/trace-context/#traceparent-header>).
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let mut parts = headers.get("traceparent")?.to_str().ok()?.splitn(4, '-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hexadecimal = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
    let fits = is_hexadecimal(version, 2) && version != "ff" && is_hexadecimal(trace, 32) && is_hexadecimal(parent, 16);
    let flags_fit = is_hexadecimal(flags.get(..2)?, 2) && (flags.len() == 2 || version != "00");
    (fits && flags_fit && !is_zero(trace) && !is_zero(parent)).then_some(trace)
}

/// Counts a request as being answered until dropped, even if its client goes away.
#[derive(Debug)]
struct InFlight<'a>(&'a StripedGauge);

impl<'a> InFlight<'a> {
    fn begin(gauge: &'a StripedGauge) -> Self {
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
        let help =
            "When the last look at the store ended, seconds since 1970: on a volume that hangs it stays where it is";
        gauge("store_look_timestamp_seconds", help, since_1970(self.live.looked()))?;
        if let Some(run_start) = status.run_start {
            let help = "When the run began that pointed the alias at its model, be it one that was there already, seconds since 1970";
            gauge("alias_run_timestamp_seconds", help, since_1970(run_start.time()))?;
        }
        let served = self.live.current();
        gauge("model_loaded", "1 once there is a model", i64::from(served.is_some()))?;
        let Some(served) = served else { return Ok(()) };
        let metadata = served.model.metadata();
        gauge("model_songs", "Songs in two playlists or more", i64::from(metadata.counts.songs))?;
        gauge("model_rules", "Association rules", metadata.counts.total_rules() as i64)?;
        gauge("model_bytes", "Size of the model file", served.model.header().file_length() as i64)?;
        let help = "When the model was made, seconds since 1970: its age is time() less this";
        gauge("model_date_timestamp_seconds", help, since_1970(served.model_date.time()))?;
        let info = Info::new([
            ("hash", served.hash_text.clone()),
            ("data_set", metadata.data_set.name.clone()),
            ("model_date", metadata.model_date.clone()),
        ]);
        info.encode(encoder.encode_descriptor("model", "The model being served", None, info.metric_type())?)
    }
}

/// Whole seconds.
fn since_1970(time: SystemTime) -> i64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() as i64
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Mutex, PoisonError};

    use axum::http::StatusCode;
    use axum::response::IntoResponse as _;
    use serde_json::Value;

    use super::*;

    /// Lines that have been logged.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged meanwhile, each line as JSON.
    fn logged(filter: &str, work: impl FnOnce()) -> Vec<Value> {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(move || writer.clone());
        let filter = filter_of(filter).unwrap();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer.with_filter(filter)), work);
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn what_is_the_servers_fault_is_a_warning_whatever_else_is_logged() {
        let metrics = Metrics::new("1.2.3-test", Arc::default());
        let end = |status: StatusCode| {
            let request = Request::post("/api/recommend?mood=1").body(()).unwrap();
            Observed::begin(&metrics, Cow::Borrowed("/api/recommend"), &request).end(&mut status.into_response());
        };
        for (filter, path, others) in [("info", Value::Null, 0), ("debug", "/api/recommend".into(), 1)] {
            let [failed] = &logged(filter, || end(StatusCode::INTERNAL_SERVER_ERROR))[..] else { panic!("not a line") };
            assert_eq!([&failed["level"], &failed["message"]], ["WARN", "request failed"], "{failed}");
            assert_eq!([&failed["route"], &failed["path"]], [&"/api/recommend".into(), &path], "{failed}");
            let usual = logged(filter, || end(StatusCode::OK));
            assert_eq!(usual.len(), others, "{usual:?}");
            assert!(usual.iter().all(|line| line["level"] == "DEBUG" && line["message"] == "request"), "{usual:?}");
        }
    }

    #[test]
    fn what_is_below_the_level_of_the_log_costs_one_look() {
        let highest = |filter: &str| {
            let lines = tracing_subscriber::fmt::layer().with_filter(filter_of(filter).unwrap());
            tracing::Subscriber::max_level_hint(&tracing_subscriber::registry().with(lines))
        };
        assert_eq!(highest("info"), Some(LevelFilter::INFO));
        assert_eq!(highest("warn,segue_server=debug"), Some(LevelFilter::DEBUG));
    }

    #[test]
    fn a_panic_is_a_line_of_the_log() {
        log_panics();
        let lines = logged("error", || {
            let caught = std::panic::catch_unwind(|| panic!("a bug, number {}", 7));
            assert!(caught.is_err());
        });
        let [line] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!([&line["level"], &line["message"]], ["ERROR", "panicked: a bug, number 7"], "{line}");
        assert!(line["place"].as_str().is_some_and(|place| place.contains("telemetry.rs:")), "{line}");
        assert!(line["thread"].is_string(), "{line}");
    }

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_request_keeps_the_name_it_came_with_if_that_is_fit_for_logs() {
        assert_eq!(request_id(&headers("x-request-id", "abc-1.2:3_X")), "abc-1.2:3_X");
        for unfit in ["", "two words", "{\"a\": 1}", &"x".repeat(129)] {
            let id = request_id(&headers("x-request-id", unfit));
            assert!(id.len() == 16 && id != unfit, "{id:?}");
        }
        let new = || request_id(&HeaderMap::new());
        let (here, there) = (new(), std::thread::spawn(new).join().unwrap());
        assert!(new() != here && new() != there && here != there);
    }

    #[test]
    fn a_trace_is_taken_from_a_well_formed_traceparent_only() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let parent = "00f067aa0ba902b7";
        assert_eq!(trace_id(&headers("traceparent", &format!("00-{trace}-{parent}-01"))), Some(trace));
        assert_eq!(trace_id(&headers("traceparent", &format!("cc-{trace}-{parent}-01-more"))), Some(trace));
        let zeros = "0".repeat(32);
        for malformed in [
            String::new(),
            trace.to_owned(),
            format!("ff-{trace}-{parent}-01"),
            format!("00-{trace}-{parent}-01-more"),
            format!("00-{}-{parent}-01", trace.to_uppercase()),
            format!("00-{zeros}-{parent}-01"),
            format!("00-{trace}-{}-01", &parent[1..]),
            format!("00-{trace}-{parent}-1"),
        ] {
            assert_eq!(trace_id(&headers("traceparent", &malformed)), None, "{malformed}");
        }
    }
}
