//! The server, as far as the page needs it.

use std::cell::RefCell;

use gloo_net::http::{Method, RequestBuilder, Response};
use segue_model::api;
use segue_model::file::{SectionKind, read_header};
use web_sys::RequestCache;

use crate::json::Json;
use crate::state::picker::Hit;
use crate::wire;

/// What the server says of its model before a download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelInfo {
    /// SHA-256 of the model file, in hexadecimal.
    pub(crate) hash: String,
    /// The playlists it was made from; a file beside the page tells only once it is opened.
    pub(crate) data_set: Option<DataSet>,
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

thread_local! {
    /// The model file beside the page while its parts are being taken, with its hash.
    static WHOLE: RefCell<Option<(String, Vec<u8>)>> = const { RefCell::new(None) };
}

/// Address of the model file beside the page, where there is no server but one of files: a `meta` element names it then.
pub(crate) fn beside() -> Option<String> {
    let element = leptos::prelude::document().query_selector("meta[name=segue-model]").ok().flatten()?;
    element.get_attribute("content").filter(|address| !address.is_empty())
}

/// Forgets the model file beside the page: its parts are opened.
pub(crate) fn forget() {
    WHOLE.take();
}

/// A text from the server.
pub(crate) async fn text(address: &str) -> Result<String, ServerError> {
    let response = send(RequestBuilder::new(address).cache(RequestCache::NoCache)).await?;
    response.text().await.map_err(unreadable)
}

/// What a file of the same content always has and one of another has not: its ETag, or else its date and length.
async fn identity(address: &str) -> Result<String, ServerError> {
    let request = RequestBuilder::new(address).method(Method::HEAD).cache(RequestCache::NoCache);
    let response = send(request).await.map_err(|error| match error {
        ServerError::AnotherModel => ServerError::WithoutModel,
        error => error,
    })?;
    let header = |name: &str| response.headers().get(name).unwrap_or_default();
    let text = match header("etag") {
        tag if tag.is_empty() => header("last-modified") + &header("content-length"),
        tag => tag,
    };
    Ok(text.chars().filter(char::is_ascii_alphanumeric).collect())
}

async fn part_of_file(address: &str, hash: &str, part: &str) -> Result<Vec<u8>, ServerError> {
    if !WHOLE.with_borrow(|whole| whole.as_ref().is_some_and(|(of, _)| of == hash)) {
        let response = send(RequestBuilder::new(address).cache(RequestCache::NoCache)).await?;
        let bytes = response.binary().await.map_err(unreadable)?;
        WHOLE.set(Some((hash.to_owned(), bytes)));
    }
    WHOLE.with_borrow(|whole| {
        let bytes = whole.as_ref().map(|(_, bytes)| bytes.as_slice()).unwrap_or_default();
        let header = read_header(bytes).map_err(|error| ServerError::Refused(error.to_string()))?;
        let range = match SectionKind::from_name(part).filter(|kind| *kind != SectionKind::Core) {
            Some(kind) => {
                header.section(kind).map(|entry| entry.offset as usize..(entry.offset + entry.length) as usize)
            }
            None => Some(0..header.core_length() as usize),
        };
        range.and_then(|range| bytes.get(range)).map(<[u8]>::to_vec).ok_or(ServerError::Unreachable)
    })
}

/// Files answer no questions.
fn no_file() -> Result<(), ServerError> {
    match beside() {
        Some(_) => Err(ServerError::Refused("the model is on its way".into())),
        None => Ok(()),
    }
}

/// Which model there is.
pub(crate) async fn info() -> Result<ModelInfo, ServerError> {
    if let Some(address) = beside() {
        return Ok(ModelInfo { hash: identity(&address).await?, data_set: None });
    }
    let said = read(send(RequestBuilder::new("api/model/info").cache(RequestCache::NoCache)).await?).await?;
    let set = said.get("data_set");
    let data_set = DataSet {
        name: set.get("name").text().ok_or(ServerError::Unreachable)?,
        notice: set.get("notice").text().unwrap_or_default(),
        playlists: set.get("playlists").number().unwrap_or_default() as u32,
    };
    Ok(ModelInfo { hash: said.get("hash").text().ok_or(ServerError::Unreachable)?, data_set: Some(data_set) })
}

/// A part of a model file: `core` (its beginning, up to the end of the core) or the name of another section.
pub(crate) async fn part(hash: &str, part: &str) -> Result<Vec<u8>, ServerError> {
    if let Some(address) = beside() {
        return part_of_file(&address, hash, part).await;
    }
    let response = send(RequestBuilder::new(&format!("api/model/{hash}/{part}"))).await?;
    response.binary().await.map_err(unreadable)
}

/// What continues a playlist, answered by the server.
pub(crate) async fn recommend(request: &api::Request) -> Result<api::Response, ServerError> {
    no_file()?;
    let wire = wire::fetch().await.map_err(|_| ServerError::Unreachable)?;
    (wire.recommend)(request.clone()).await
}

/// Songs for what has been typed, best first.
pub(crate) async fn songs(text: &str, limit: usize) -> Result<Vec<Hit>, ServerError> {
    no_file()?;
    let wire = wire::fetch().await.map_err(|_| ServerError::Unreachable)?;
    (wire.songs)(text.to_owned(), limit).await
}

/// Sends a request that has no body.
pub(crate) async fn send(request: RequestBuilder) -> Result<Response, ServerError> {
    checked(request.send().await).await
}

/// The response, if it is a good one.
pub(crate) async fn checked(response: Result<Response, gloo_net::Error>) -> Result<Response, ServerError> {
    let response = response.map_err(|_| ServerError::Unreachable)?;
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
    let text = response.text().await.map_err(unreadable)?;
    Json::read(&text).ok_or(ServerError::Unreachable)
}

/// Cut off, or not what the address is known for: as good as no server.
pub(crate) fn unreadable(_: gloo_net::Error) -> ServerError {
    ServerError::Unreachable
}
