//! What all routes share, and the service over them.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, State};
use axum::http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{BoxError, Router};
use bytes::Bytes;
use futures_util::FutureExt as _;
use tower::Service as _;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::Config;
use crate::admission::{Admission, Peer, Refused};
use crate::api_keys::{self, BadKeys};
use crate::browser_headers::BrowserHeaders;
use crate::limits::Limits;
use crate::live::{Live, Served};
use crate::problem::{Problem, Result};
use crate::routes::site::Site;
use crate::routes::{health, model, recommend, site, songs, stats};
use crate::telemetry::{self, Metrics, Observed};

/// What all routes share.
#[derive(Debug)]
pub struct App {
    /// The model.
    pub live: Arc<Live>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What one request may cost.
    pub limits: Limits,
    /// Which requests are let in.
    pub admission: Admission,
    /// What browsers are told.
    pub browser_headers: BrowserHeaders,
    /// Version shown in answers.
    pub code_version: String,
    /// The web UI, if there is one.
    pub site: Option<Site>,
    cors: Option<CorsLayer>,
    draining: AtomicBool,
}

/// [`App`], as handlers get it.
pub type AppState = Arc<App>;

/// The configuration is not one to serve with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CannotStart {
    /// The folder given for the web UI does not hold one.
    #[error(
        "the site folder {folder} has no index.html: build the UI with `trunk build --release` and name its `dist` folder, or leave --site out"
    )]
    NoSite {
        /// The folder.
        folder: String,
    },
    /// The API keys cannot be used.
    #[error(transparent)]
    Keys(#[from] BadKeys),
    /// An origin for CORS is none.
    #[error("--cors-origin {origin}: give scheme and host, such as https://music.example, or * alone for all")]
    Origin {
        /// What was given.
        origin: String,
    },
    /// The threads that serve could not be started.
    #[error("the threads that serve could not be started: {source}; --worker-threads asks for fewer")]
    Threads {
        /// What the system says.
        source: std::io::Error,
    },
}

impl App {
    /// A server without a model yet: [`Live::put`] one, or let [`live::follow`](crate::live::follow) do it.
    ///
    /// # Errors
    /// The folder of the web UI has no `index.html`, the API keys cannot be used, or an origin is none.
    pub fn new(config: &Config) -> std::result::Result<AppState, CannotStart> {
        let no_site = |folder: &Path| CannotStart::NoSite { folder: folder.display().to_string() };
        let site = match &config.site {
            Some(folder) => Some(Site::open(folder).ok_or_else(|| no_site(folder))?),
            None => None,
        };
        let live = Arc::new(Live::default());
        Ok(Arc::new(Self {
            metrics: Arc::new(Metrics::new(&config.code_version, Arc::clone(&live))),
            live,
            limits: Limits::new(config.request_timeout_seconds),
            admission: Admission::new(config)?,
            browser_headers: BrowserHeaders::new(site.iter().map(Site::page)),
            cors: cors(&config.cors_origins)?,
            code_version: config.code_version.clone(),
            site,
            draining: AtomicBool::new(false),
        }))
    }

    /// The current model.
    ///
    /// # Errors
    /// There is none yet; the problem says why.
    pub fn served(&self) -> Result<Arc<Served>> {
        self.live.current().ok_or_else(|| self.no_model())
    }

    /// Answers from the current model at once. [`App::served`] is for who needs it longer: to keep it takes a count that all
    /// threads share.
    ///
    /// # Errors
    /// There is none yet, or that of `answer`.
    pub fn with_served<T>(&self, answer: impl FnOnce(&Served) -> Result<T>) -> Result<T> {
        self.live.with_current(|served| served.map_or_else(|| Err(self.no_model()), answer))
    }

    fn no_model(&self) -> Problem {
        let why = self.live.status().failing.unwrap_or_else(|| "it is being read".to_owned());
        Problem::no_model(why).retry_after(1)
    }

    /// How a response of the API may be kept: by anybody's cache, or only by that of whoever asked. Where a key is needed, a
    /// cache that many share would give the model to those who have none.
    pub(crate) fn caching(&self, [anybody, asker]: [&'static str; 2]) -> HeaderValue {
        HeaderValue::from_static(if self.admission.needs_keys() { asker } else { anybody })
    }

    /// Makes `/readyz` fail and every further response close its connection, so that load balancers send the next
    /// requests elsewhere.
    pub fn begin_draining(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether the server is about to stop.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }
}

/// The whole server, as a service for each connection.
#[derive(Clone, Debug)]
pub struct Front {
    app: AppState,
    routes: Router,
}

impl Front {
    /// A service for what all routes share.
    #[must_use]
    pub fn new(app: AppState) -> Self {
        Self { routes: router(Arc::clone(&app)), app }
    }

    /// Answers a request on a connection that is one too many.
    #[must_use]
    pub fn refuse(&self) -> Response {
        self.app.metrics.refuse(Refused::Overloaded);
        Problem::overloaded(TOO_MANY_CONNECTIONS).retry_after(1).into_response()
    }

    /// Answers a request of somebody at an address.
    pub async fn answer<B>(&self, mut request: Request<B>, peer: Peer) -> Response
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        if self.app.admission.counts_clients() {
            request.extensions_mut().insert(peer);
        }
        // What is asked most gets there without looking for the way; browsers of other sites need the router's answers.
        let is_usual = USUAL.contains(&request.uri().path());
        if is_usual && *request.method() == Method::POST && self.app.cors.is_none() {
            let answer = async |request: Request<B>| {
                let (parts, body) = request.into_parts();
                recommend::respond(&self.app, &parts.headers, body).await.into_response()
            };
            return around(&self.app, Cow::Borrowed(LABEL), request, answer).await;
        }
        match self.routes.clone().call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// What a connection too many is told.
const TOO_MANY_CONNECTIONS: &str =
    "too many connections are open: try again in a second, and keep the connection you get";

/// The addresses for suggestions; the second is the name that many clients use.
const USUAL: [&str; 2] = [LABEL, "/api/recommender"];

/// What both count as: whoever looks at numbers asks how suggestions go, not by which name they were asked for.
const LABEL: &str = telemetry::USUAL_ROUTE;

/// All routes, as a service that needs no socket.
pub fn router(app: AppState) -> Router {
    let router = Router::new()
        .route(USUAL[0], post(recommend::recommend))
        .route(USUAL[1], post(recommend::recommend))
        .route("/api/recommend/batch", post(recommend::batch))
        .route("/api/model", get(model::core))
        .route("/api/model/info", get(model::info))
        .route("/api/model/{hash}/{section}", get(model::section))
        .route("/api/songs", get(songs::songs))
        .route("/api/stats", get(stats::stats))
        .route("/api/openapi.json", get(health::openapi))
        .route("/api/docs", get(health::documentation))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/version", get(health::version))
        .route("/metrics", get(health::metrics))
        .fallback(site::fallback)
        .method_not_allowed_fallback(wrong_method);
    with_layers(router, &app)
}

/// What goes around every route.
fn with_layers(router: Router<AppState>, app: &AppState) -> Router {
    let router = router.layer(from_fn_with_state(Arc::clone(app), around_route));
    match &app.cors {
        Some(cors) => router.layer(cors.clone()).with_state(Arc::clone(app)),
        None => router.with_state(Arc::clone(app)),
    }
}

/// The router adds `Allow`.
async fn wrong_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    Problem::wrong_method(format!("{method} is not for this address; the Allow header names what is")).into_response()
}

async fn around_route(State(app): State<AppState>, request: Request<Body>, next: Next) -> Response {
    let path = request.uri().path();
    // Labels must be few: an address that no route takes counts under one label.
    let route = match request.extensions().get::<MatchedPath>() {
        Some(matched) if USUAL.contains(&matched.as_str()) => Cow::Borrowed(LABEL),
        Some(matched) => Cow::Owned(matched.as_str().to_owned()),
        None if path == "/api" || path.starts_with("/api/") => Cow::Borrowed("unknown"),
        None => Cow::Borrowed("site"),
    };
    around(&app, route, request, async |request| next.run(request).await).await
}

/// Around every request: counts and times it, lets it in or not, sees to it that a bug ends nothing but this, and puts
/// headers on its response.
async fn around<B>(
    app: &App,
    route: Cow<'static, str>,
    request: Request<B>,
    answer: impl AsyncFnOnce(Request<B>) -> Response,
) -> Response {
    let admitted = app.admission.admit(&route, &request);
    let observed = Observed::begin(&app.metrics, route, &request);
    let answered = match admitted {
        Ok(admitted) => {
            let mut answering = pin!(AssertUnwindSafe(answer(request)).catch_unwind());
            match answering.as_mut().now_or_never() {
                Some(answered) => Ok(answered),
                None => match admitted.waits() {
                    Ok(_inside) => Ok(answering.await),
                    Err(refused) => Err(refused),
                },
            }
        }
        Err(refused) => Err(refused),
    };
    let mut response = match answered {
        Ok(answered) => answered
            .unwrap_or_else(|_| Problem::internal("answering failed through a bug in the server").into_response()),
        Err((why, problem)) => {
            app.metrics.refuse(why);
            problem.into_response()
        }
    };
    let headers = response.headers_mut();
    app.browser_headers.put_on(headers);
    if app.is_draining() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    observed.end(&mut response);
    response
}

/// What tells browsers that pages of these sites may call the API; `None` where there are none.
fn cors(origins: &[String]) -> std::result::Result<Option<CorsLayer>, CannotStart> {
    let allowed = match origins {
        [] => return Ok(None),
        [all] if all == "*" => AllowOrigin::any(),
        origins => {
            let values = origins.iter().map(|origin| {
                let host = origin.split_once("://").map_or("", |(_, host)| host);
                let value = HeaderValue::from_str(origin).ok().filter(|_| !host.is_empty() && !host.contains('/'));
                value.ok_or_else(|| CannotStart::Origin { origin: origin.clone() })
            });
            AllowOrigin::list(values.collect::<std::result::Result<Vec<_>, _>>()?)
        }
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION, HeaderName::from_static(api_keys::HEADER)])
        .expose_headers([header::ETAG, header::RETRY_AFTER, recommend::MODEL_HEADER, telemetry::REQUEST_ID]);
    Ok(Some(layer))
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt as _;

    use super::*;

    fn get_request(path: &'static str) -> Request<Body> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = path.parse().expect("a path");
        request
    }

    async fn bug() -> StatusCode {
        panic!("a bug")
    }

    #[tokio::test]
    async fn a_panic_in_a_handler_is_a_500_and_the_server_goes_on() {
        let app = App::new(&Config::new("nowhere")).expect("the defaults are fine");
        let work = |State(app): State<AppState>| async move {
            app.limits.run(|| -> () { panic!("a bug, far from the connection") }).await.map(|()| "never")
        };
        let router =
            Router::new().route("/bug", get(bug)).route("/work", get(work)).route("/healthz", get(health::healthz));
        let router = with_layers(router, &app);
        for _ in 0..3 {
            for (path, status) in [("/bug", 500), ("/work", 500), ("/healthz", 200)] {
                let response = router.clone().oneshot(get_request(path)).await.expect("a router never fails");
                assert_eq!(response.status().as_u16(), status, "{path}");
                if status == 500 {
                    assert_eq!(response.headers()[header::CONTENT_TYPE], crate::problem::MEDIA_TYPE);
                }
            }
        }
        let metrics = app.metrics.text().expect("metrics");
        assert!(metrics.contains("segue_http_requests_in_flight 0\n"), "{metrics}");
        let counted = "segue_http_requests_total{route=\"/bug\",method=\"GET\",status=\"500\"} 3\n";
        assert!(metrics.contains(counted), "{metrics}");
    }
}
