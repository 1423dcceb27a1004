//! What operators and tools ask: alive, ready, version, metrics, the API's description.

use std::sync::OnceLock;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use segue_model::file::FORMAT_VERSION;
use serde::Serialize;
use utoipa::{OpenApi as _, ToSchema};

use crate::app::AppState;
use crate::openapi::{self, Description};
use crate::problem::{Problem, Result};

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Version {
    /// Version of the server, as in answers.
    version: String,
    /// Version of the model file format it reads.
    format_version: u32,
    /// SHA-256 of the model being served; null until there is one.
    model_hash: Option<String>,
    /// When that model was made, RFC 3339.
    model_date: Option<String>,
}

/// Says that the process is alive, whatever else is missing.
#[utoipa::path(get, path = "/healthz", tag = "operate", responses((status = 200, description = "Alive", body = String)))]
pub async fn healthz() -> impl IntoResponse {
    (NOT_STORED, "ok\n")
}

/// Says whether requests should be sent here: a model is loaded, and the server is not about to stop.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operate",
    responses(
        (status = 200, description = "Ready", body = String),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Not ready, and why"),
    )
)]
pub async fn readyz(State(app): State<AppState>) -> Result<Response> {
    if app.is_draining() {
        return Err(Problem::draining("the server is about to stop: send requests elsewhere"));
    }
    app.served()?;
    Ok((NOT_STORED, "ready\n").into_response())
}

/// What runs.
#[utoipa::path(get, path = "/version", tag = "operate", responses((status = 200, body = Version)))]
pub async fn version(State(app): State<AppState>) -> impl IntoResponse {
    let served = app.live.current();
    let version = Version {
        version: app.code_version.clone(),
        format_version: FORMAT_VERSION,
        model_hash: served.as_ref().map(|served| served.hash_text.clone()),
        model_date: served.as_ref().map(|served| served.model.metadata().model_date.clone()),
    };
    (NOT_STORED, Json(version))
}

/// Metrics in the OpenMetrics text format, which Prometheus reads.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operate",
    responses((status = 200, body = String, content_type = "application/openmetrics-text"))
)]
pub async fn metrics(State(app): State<AppState>) -> Result<Response> {
    let text = app.metrics.text().map_err(|_| Problem::internal("the metrics could not be written"))?;
    let content_type = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    Ok((NOT_STORED, [(header::CONTENT_TYPE, content_type)], text).into_response())
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", tag = "operate", responses((status = 200, body = Object)))]
pub async fn openapi() -> impl IntoResponse {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| Description::openapi().to_json().unwrap_or_default());
    let content_type = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    ([content_type, (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))], text.as_str())
}

/// This description, as a page to read.
#[utoipa::path(
    get,
    path = "/api/docs",
    tag = "operate",
    responses((status = 200, body = String, content_type = "text/html", description = "The page"))
)]
pub async fn documentation() -> impl IntoResponse {
    static PAGE: OnceLock<String> = OnceLock::new();
    let page = PAGE.get_or_init(|| {
        let description = serde_json::to_value(Description::openapi()).unwrap_or_default();
        openapi::page(&description)
    });
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))], Html(page.as_str()))
}

const NOT_STORED: [(header::HeaderName, HeaderValue); 1] =
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
