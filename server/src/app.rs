//! What all routes share, and the router over them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::Config;
use crate::admission::Admission;
use crate::api_keys::{self, BadKeys};
use crate::browser_headers::BrowserHeaders;
use crate::limits::Limits;
use crate::live::{Live, Served};
use crate::problem::{Problem, Result};
use crate::routes::site::Site;
use crate::routes::{health, model, recommend, site, songs};
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
        self.live.current().ok_or_else(|| {
            let why = self.live.status().failing.unwrap_or_else(|| "it is being read".to_owned());
            Problem::no_model(why).retry_after(1)
        })
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

/// The whole server, as a service.
pub fn router(app: AppState) -> Router {
    let router = Router::new()
        .route("/api/recommend", post(recommend::recommend))
        // The name that many clients use.
        .route("/api/recommender", post(recommend::recommend))
        .route("/api/recommend/batch", post(recommend::batch))
        .route("/api/model", get(model::core))
        .route("/api/model/info", get(model::info))
        .route("/api/model/{hash}/{section}", get(model::section))
        .route("/api/songs", get(songs::songs))
        .route("/api/openapi.json", get(health::openapi))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/version", get(health::version))
        .route("/metrics", get(health::metrics))
        .fallback(site::fallback)
        .method_not_allowed_fallback(wrong_method);
    with_layers(router, app)
}

/// What goes around every route.
fn with_layers(router: Router<AppState>, app: AppState) -> Router {
    let router = router
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Problem::internal("answering failed through a bug in the server").into_response()
        }))
        .layer(from_fn_with_state(Arc::clone(&app), around));
    match &app.cors {
        Some(cors) => router.layer(cors.clone()).with_state(app),
        None => router.with_state(app),
    }
}

/// The router adds `Allow`.
async fn wrong_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    Problem::wrong_method(format!("{method} is not for this address; the Allow header names what is")).into_response()
}

/// Around every request: counts and times it, lets it in or not, and puts headers on its response.
async fn around(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let observed = Observed::begin(&app.metrics, &request);
    let mut response = match app.admission.admit(observed.route(), &request) {
        Ok(_inside) => next.run(request).await,
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
    use axum::body::Body;
    use tower::ServiceExt as _;

    use super::*;

    fn get_request(path: &'static str) -> Request {
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
        let router = with_layers(router, Arc::clone(&app));
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
