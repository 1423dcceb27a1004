//! The server, as far as the page needs it.

use std::fmt;

use gloo_net::http::{Method, RequestBuilder, Response};
use segue_model::api;
use web_sys::RequestCache;

use crate::browser;
use crate::json::Json;
use crate::phrases;
use crate::state::picker::Hit;
use crate::wire;

/// What the server says of its model before a download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelInfo {
    /// SHA-256 of the model file, in hexadecimal.
    pub(crate) hash: String,
    /// The playlists it was made from.
    pub(crate) data_set: DataSet,
}

/// The part of the data set's description that the page shows before the model is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DataSet {
    /// Its name.
    pub(crate) name: String,
    /// What its users should know; may be empty.
    pub(crate) notice: String,
    /// Playlists in it.
    pub(crate) playlists: u32,
}

/// A request without an answer to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServerError {
    /// No server at the other end, or no network.
    Unreachable,
    /// It has no model yet.
    WithoutModel,
    /// It no longer has that model: ask for the information on the current one.
    AnotherModel,
    /// It refused, and said why.
    Refused(String),
}

/// In the listener's language.
impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str(phrases::server_out_of_reach()),
            Self::WithoutModel => f.write_str(phrases::server_without_model()),
            Self::AnotherModel => f.write_str(phrases::server_with_another_model()),
            Self::Refused(why) => write!(f, "{}: {why}", phrases::server_refused()),
        }
    }
}

/// A text from the server.
pub(crate) async fn text(address: &str) -> Result<String, ServerError> {
    body(get(address, RequestCache::NoCache).await?).await
}

/// Which model there is.
pub(crate) async fn info() -> Result<ModelInfo, ServerError> {
    let said = read(get("api/model/info", RequestCache::NoCache).await?).await?;
    let set = said.get("data_set");
    let data_set = DataSet {
        name: set.get("name").text().ok_or(ServerError::Unreachable)?,
        notice: set.get("notice").text().unwrap_or_default(),
        playlists: set.get("playlists").number().unwrap_or_default() as u32,
    };
    Ok(ModelInfo { hash: said.get("hash").text().ok_or(ServerError::Unreachable)?, data_set })
}

/// A part of a model file: `core` (its beginning, up to the end of the core) or the name of another section.
/// The browser may have it from an earlier time, unless the cache is passed by.
pub(crate) async fn part(hash: &str, part: &str, cache: RequestCache) -> Result<Vec<u8>, ServerError> {
    let response = get(&format!("api/model/{hash}/{part}"), cache).await?;
    browser::bytes(&response.into()).await.ok_or(ServerError::Unreachable)
}

/// What continues a playlist, answered by the server.
pub(crate) async fn recommend(request: &api::Request) -> Result<api::Response, ServerError> {
    let wire = wire::fetch().await.map_err(|_| ServerError::Unreachable)?;
    (wire.recommend)(request.clone()).await
}

/// Songs for what has been typed, best first.
pub(crate) async fn songs(text: &str, limit: usize) -> Result<Vec<Hit>, ServerError> {
    let wire = wire::fetch().await.map_err(|_| ServerError::Unreachable)?;
    (wire.songs)(text.to_owned(), limit).await
}

/// The response to a question, if it is a good one.
pub(crate) async fn get(address: &str, cache: RequestCache) -> Result<Response, ServerError> {
    checked(RequestBuilder::new(address).cache(cache).send().await).await
}

/// The response to JSON, if it is a good one.
pub(crate) async fn post(address: &str, json: &str) -> Result<Response, ServerError> {
    let request = RequestBuilder::new(address).method(Method::POST).header("content-type", "application/json");
    checked(request.body(json).map_err(unreadable)?.send().await).await
}

async fn checked(response: Result<Response, gloo_net::Error>) -> Result<Response, ServerError> {
    let response = response.map_err(unreadable)?;
    match response.status() {
        200..=299 => Ok(response),
        404 => Err(ServerError::AnotherModel),
        // A proxy in front of a server that is gone.
        502 | 504 => Err(ServerError::Unreachable),
        status => {
            // Problem details (RFC 9457).
            let problem = read(response).await.ok();
            let part = |name: &str| problem.as_ref().and_then(|problem| problem.get(name).text()).unwrap_or_default();
            Err(match part("detail") {
                _ if part("type").ends_with(":no-model") => ServerError::WithoutModel,
                detail if detail.is_empty() => ServerError::Refused(format!("status {status}")),
                detail => ServerError::Refused(detail),
            })
        }
    }
}

/// The JSON of a response.
pub(crate) async fn read(response: Response) -> Result<Json, ServerError> {
    Json::read(&body(response).await?).ok_or(ServerError::Unreachable)
}

/// The text of a response.
pub(crate) async fn body(response: Response) -> Result<String, ServerError> {
    response.text().await.map_err(unreadable)
}

/// Not there, cut off, or not what the address is known for: as good as no server.
fn unreadable(_: gloo_net::Error) -> ServerError {
    ServerError::Unreachable
}
