//! The server, as far as the page needs it.

use gloo_net::http::{RequestBuilder, Response};
use segue_model::api;
use serde::Deserialize;
use web_sys::RequestCache;

use crate::state::picker::Hit;
use crate::state::song::Song;

/// What the server says of its model before a download.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct ModelInfo {
    /// SHA-256 of the model file, in hexadecimal.
    pub(crate) hash: String,
    /// The playlists it was made from.
    pub(crate) data_set: DataSet,
}

/// The part of the data set's description that the page shows before the model is here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct DataSet {
    /// Its name.
    pub(crate) name: String,
    /// What its users should know; may be empty.
    #[serde(default)]
    pub(crate) notice: String,
    /// Playlists in it.
    #[serde(default)]
    pub(crate) playlists: u32,
}

/// A request without an answer to use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ServerError {
    /// No server at the other end, or no network.
    #[error("the server cannot be reached")]
    Unreachable,
    /// It has no model yet.
    #[error("the server has no model yet")]
    WithoutModel,
    /// It no longer has that model: ask for the information on the current one.
    #[error("the server has another model by now")]
    AnotherModel,
    /// It refused, and said why.
    #[error("the server answered: {0}")]
    Refused(String),
}

/// Which model there is.
pub(crate) async fn info() -> Result<ModelInfo, ServerError> {
    let response = send(RequestBuilder::new("/api/model/info").cache(RequestCache::NoCache)).await?;
    response.json().await.map_err(unreadable)
}

/// A part of a model file: `core` (its beginning, up to the end of the core) or the name of another section.
pub(crate) async fn part(hash: &str, part: &str) -> Result<Vec<u8>, ServerError> {
    let response = send(RequestBuilder::new(&format!("/api/model/{hash}/{part}"))).await?;
    response.binary().await.map_err(unreadable)
}

/// What continues a playlist, answered by the server.
pub(crate) async fn recommend(request: &api::Request) -> Result<api::Response, ServerError> {
    let request = gloo_net::http::Request::post("/api/recommend")
        .json(request)
        .map_err(|error| ServerError::Refused(error.to_string()))?;
    let response = checked(request.send().await).await?;
    response.json().await.map_err(unreadable)
}

/// Songs for what has been typed, best first.
pub(crate) async fn songs(text: &str, limit: usize) -> Result<Vec<Hit>, ServerError> {
    let limit = limit.to_string();
    let request = RequestBuilder::new("/api/songs").query([("q", text), ("limit", limit.as_str())]);
    let found: Vec<Found> = send(request).await?.json().await.map_err(unreadable)?;
    let hit = |found: Found| Hit {
        song: Song::new(&found.title, &found.artist),
        support: found.support,
        title: vec![(found.title, false)],
        artist: vec![(found.artist, false)],
    };
    Ok(found.into_iter().map(hit).collect())
}

/// A song that the server found.
#[derive(Deserialize)]
struct Found {
    title: String,
    #[serde(default)]
    artist: String,
    #[serde(default)]
    support: u32,
}

async fn send(request: RequestBuilder) -> Result<Response, ServerError> {
    checked(request.send().await).await
}

async fn checked(response: Result<Response, gloo_net::Error>) -> Result<Response, ServerError> {
    let response = response.map_err(|_| ServerError::Unreachable)?;
    match response.status() {
        200..=299 => Ok(response),
        404 => Err(ServerError::AnotherModel),
        // A proxy in front of a server that is gone.
        502 | 504 => Err(ServerError::Unreachable),
        status => {
            let problem: Problem = response.json().await.unwrap_or_default();
            Err(if problem.kind.ends_with(":no-model") {
                ServerError::WithoutModel
            } else if problem.detail.is_empty() {
                ServerError::Refused(format!("status {status}"))
            } else {
                ServerError::Refused(problem.detail)
            })
        }
    }
}

/// Cut off, or not what the address is known for: as good as no server.
fn unreadable(_: gloo_net::Error) -> ServerError {
    ServerError::Unreachable
}

/// Problem details (RFC 9457).
#[derive(Default, Deserialize)]
struct Problem {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    detail: String,
}
