//! `GET /api/model…`: the model itself, for browsers to answer from.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use segue_model::file::SectionKind;
use segue_model::metadata::{Counts, DataSet, Metric, Mining};
use segue_model::scoring::Scoring;
use serde::Serialize;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use super::OrProblem;
use crate::app::AppState;
use crate::coding::{Coding, accepted};
use crate::live::{Part, Served};
use crate::openapi;
use crate::problem::{Problem, Result};
use crate::range::{self, Wanted};

/// What is asked before a download: which model there is, and its sections.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ModelInfo {
    /// SHA-256 of the model file, in hexadecimal.
    hash: String,
    /// When the model was made, RFC 3339.
    model_date: String,
    /// Version of the server.
    version: String,
    /// Version of the miner that made the model.
    miner_version: String,
    /// The playlists it was made from.
    #[schema(value_type = openapi::DataSet)]
    data_set: DataSet,
    /// How much it holds.
    #[schema(value_type = openapi::Counts)]
    counts: Counts,
    /// Association rules in the model.
    total_rules: u64,
    /// How it was mined.
    #[schema(value_type = Object)]
    mining: Mining,
    /// How it scores.
    #[schema(value_type = Object)]
    scoring: Scoring,
    /// How good it was when it was measured; empty if it was not.
    #[schema(value_type = Vec<Object>)]
    evaluation: Vec<Metric>,
    /// The sections, in the order of the file.
    sections: Vec<Section>,
    /// Bytes from the beginning of the file to the end of its core, which is what `…/core` gives.
    core_length: u64,
    /// Bytes of the whole file.
    file_length: u64,
}

/// A section of the model file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Section {
    /// Its name in the address.
    #[schema(example = "evidence")]
    name: &'static str,
    /// First byte, from the beginning of the file.
    offset: u64,
    /// Bytes.
    length: u64,
    /// XXH3-64 of those bytes, 16 hexadecimal digits.
    #[schema(example = "00c0ffee00c0ffee")]
    hash: String,
}

impl ModelInfo {
    fn new(served: &Served, version: &str) -> Self {
        let header = served.model.header();
        let metadata = &header.metadata;
        let sections = served.parts().iter().filter_map(|part| {
            let entry = header.section(part.kind)?;
            let hash = format!("{:016x}", entry.hash);
            Some(Section { name: part.kind.name(), offset: entry.offset, length: entry.length, hash })
        });
        Self {
            hash: served.hash_text.clone(),
            model_date: metadata.model_date.clone(),
            version: version.to_owned(),
            miner_version: metadata.miner_version.clone(),
            data_set: metadata.data_set.clone(),
            counts: metadata.counts.clone(),
            total_rules: metadata.counts.total_rules(),
            mining: metadata.mining.clone(),
            scoring: metadata.scoring.clone(),
            evaluation: metadata.evaluation.clone(),
            sections: sections.collect(),
            core_length: header.core_length(),
            file_length: header.file_length(),
        }
    }
}

/// For what changes: how anybody's cache keeps it, and how only the asker's own.
const ASKED_AGAIN: [&str; 2] = ["no-cache", "private, no-cache"];

/// The same for what never changes.
const FOR_EVER: [&str; 2] = ["public, max-age=31536000, immutable", "private, max-age=31536000, immutable"];

/// Which model there is, and its sections. Never cached without asking again.
#[utoipa::path(
    get,
    path = "/api/model/info",
    tag = "model",
    responses(
        (status = 200, body = ModelInfo),
        (status = 304, description = "Still the model that If-None-Match names"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "No model yet"),
    )
)]
pub async fn info(State(app): State<AppState>, headers: HeaderMap) -> Result<Response> {
    let served = app.served()?;
    let caching = [(header::CACHE_CONTROL, app.caching(ASKED_AGAIN)), (header::ETAG, weak_tag(&served))];
    if known_tag(&headers, &served).is_some() {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    Ok((caching, Json(ModelInfo::new(&served, &app.code_version))).into_response())
}

/// The current model's file up to the end of its core: enough to answer from.
#[utoipa::path(
    get,
    path = "/api/model",
    tag = "model",
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "The bytes that Range asks for", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 304, description = "Still the model that If-None-Match names"),
        (status = 416, body = Problem, content_type = "application/problem+json", description = "It has no such range"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "No model yet, or overloaded"),
    )
)]
pub async fn core(State(app): State<AppState>, headers: HeaderMap) -> Result<Response> {
    let served = app.served()?;
    download(&app, served, SectionKind::Core, &headers, app.caching(ASKED_AGAIN)).await
}

/// A part of the model of this hash: `core` (the file up to the end of its core), `evidence`, `rules`, `tail` or `uris`.
///
/// What an address gives never changes. Once another model is served it gives 404: ask `/api/model/info` again.
#[utoipa::path(
    get,
    path = "/api/model/{hash}/{section}",
    tag = "model",
    params(
        ("hash" = String, Path, description = "`hash` of /api/model/info"),
        ("section" = String, Path, description = "A section's `name` in /api/model/info"),
    ),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "The bytes that Range asks for", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "Not the current model, or no such section"),
        (status = 416, body = Problem, content_type = "application/problem+json", description = "It has no such range"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "No model yet, or overloaded"),
    )
)]
pub async fn section(
    State(app): State<AppState>,
    OrProblem(Path((hash, section))): OrProblem<Path<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response> {
    let served = app.served()?;
    if hash != served.hash_text {
        let detail = "the model of this hash is not, or no longer, the current one: ask /api/model/info again";
        return Err(Problem::not_current(detail));
    }
    let kind = SectionKind::from_name(&section).ok_or_else(|| no_such_section(&served))?;
    download(&app, served, kind, &headers, app.caching(FOR_EVER)).await
}

async fn download(
    app: &AppState,
    served: Arc<Served>,
    kind: SectionKind,
    headers: &HeaderMap,
    caching: HeaderValue,
) -> Result<Response> {
    let part = served.part(kind).ok_or_else(|| no_such_section(&served))?;
    let codings = accepted(headers);
    let coding = part.best_of(&codings);
    let known = known_tag(headers, &served);
    let tag = known.clone().unwrap_or_else(|| strong_tag(&served, coding));
    let caching = [
        (header::CACHE_CONTROL, caching),
        (header::ETAG, tag.clone()),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
    ];
    if known.is_some() {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    if let Some(wanted) = part.first_demand(&codings) {
        // This client does without, those that follow need not.
        let served = Arc::clone(&served);
        spawn_blocking(move || served.part(kind).map(|part| part.compress(wanted)));
    }
    let bytes = match part.at_hand(coding) {
        Some(bytes) => bytes,
        None => {
            let served = Arc::clone(&served);
            let plain = move || served.part(kind).map(Part::plain).transpose();
            let plain = app.limits.run(plain).await?;
            plain.ok().flatten().ok_or_else(|| Problem::internal("the model's bytes could not be decoded"))?
        }
    };
    let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))];
    let length = bytes.len();
    let content_range = |range: String| {
        [(header::CONTENT_RANGE, HeaderValue::try_from(range).unwrap_or(HeaderValue::from_static("bytes */*")))]
    };
    let mut response = match range::wanted(headers, length, &tag) {
        Wanted::Whole => (caching, content_type, bytes).into_response(),
        Wanted::Part(part) => {
            let range = content_range(format!("bytes {}-{}/{length}", part.start, part.end - 1));
            (StatusCode::PARTIAL_CONTENT, caching, content_type, range, bytes.slice(part)).into_response()
        }
        Wanted::Nothing => {
            let problem = Problem::no_such_range(format!("Range: these {length} bytes have no such part"));
            return Ok((content_range(format!("bytes */{length}")), problem).into_response());
        }
    };
    if let Some(coding) = coding.header_value() {
        response.headers_mut().insert(header::CONTENT_ENCODING, coding);
    }
    Ok(response)
}

fn no_such_section(served: &Served) -> Problem {
    let names: Vec<&str> = served.parts().iter().map(|part| part.kind.name()).collect();
    Problem::not_found(format!("the model has no such section; it has {}", names.join(", ")))
}

/// Tells the bytes of one coding of the model from all others.
fn strong_tag(served: &Served, coding: Coding) -> HeaderValue {
    let tag = match coding.header_value() {
        Some(coding) => format!("\"{}-{}\"", served.hash_text, coding.to_str().unwrap_or_default()),
        None => format!("\"{}\"", served.hash_text),
    };
    // Hexadecimal digits, names and quotes are always a valid value.
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// The model's hash, for what is said of it.
fn weak_tag(served: &Served) -> HeaderValue {
    HeaderValue::try_from(format!("W/\"{}\"", served.hash_text)).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// The tag by which `If-None-Match` names the current model, in whatever coding it was got (RFC 9110, 13.1.2: weak
/// comparison).
fn known_tag(headers: &HeaderMap, served: &Served) -> Option<HeaderValue> {
    let names_it = |tag: &str| {
        let opaque = tag.strip_prefix("W/").unwrap_or(tag);
        let opaque = opaque.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or_default();
        opaque.split('-').next() == Some(&served.hash_text)
    };
    let tags = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    tags.flat_map(|tags| tags.split(',')).map(str::trim).find_map(|tag| match tag {
        "*" => Some(weak_tag(served)),
        tag => names_it(tag).then(|| HeaderValue::from_str(tag).ok()).flatten(),
    })
}
