//! What all routes share, and the router over them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::Config;
use crate::limits::Limits;
use crate::live::{Live, Served};
use crate::problem::{Problem, Result};
use crate::routes::site::Site;
use crate::routes::{health, model, recommend, site, songs};
use crate::telemetry::{self, Metrics};

/// What all routes share.
#[derive(Debug)]
pub struct App {
    /// The model.
    pub live: Arc<Live>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What one request may cost.
    pub limits: Limits,
    /// Version shown in answers.
    pub code_version: String,
    /// The web UI, if there is one.
    pub site: Option<Site>,
    draining: AtomicBool,
}

/// [`App`], as handlers get it.
pub type AppState = Arc<App>;

/// The folder given for the web UI does not hold one.
#[derive(Debug, thiserror::Error)]
#[error(
    "the site folder {folder} has no index.html: build the UI with `trunk build --release` and name its `dist` folder, or leave --site out"
)]
pub struct NoSite {
    folder: String,
}

impl App {
    /// A server without a model yet: [`Live::put`] one, or let [`live::follow`](crate::live::follow) do it.
    ///
    /// # Errors
    /// The folder of the web UI has no `index.html`.
    pub fn new(config: &Config) -> std::result::Result<AppState, NoSite> {
        let no_site = |folder: &Path| NoSite { folder: folder.display().to_string() };
        let site = match &config.site {
            Some(folder) => Some(Site::open(folder).ok_or_else(|| no_site(folder))?),
            None => None,
        };
        let live = Arc::new(Live::default());
        Ok(Arc::new(Self {
            metrics: Arc::new(Metrics::new(&config.code_version, Arc::clone(&live))),
            live,
            limits: Limits::new(config.request_timeout_seconds),
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
    Router::new()
        .route("/api/recommend", post(recommend::recommend))
        // The name that many clients use.
        .route("/api/recommender", post(recommend::recommend))
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
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Problem::internal("answering failed through a bug in the server").into_response()
        }))
        .layer(from_fn_with_state(Arc::clone(&app), add_headers))
        .layer(from_fn_with_state(Arc::clone(&app.metrics), telemetry::observe))
        .with_state(app)
}

/// The router adds `Allow`.
async fn wrong_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    Problem::wrong_method(format!("{method} is not for this address; the Allow header names what is")).into_response()
}

async fn add_headers(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if app.is_draining() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
