//! Questions to the server, and requests and responses as it speaks them: in JSON.
//!
//! A seam like [`crate::later`]: as long as the model in the page answers, nobody needs it, and what codes every field of
//! every type is not small.

use std::pin::Pin;

use leptos::wasm_split::SplitLoaderError;
use segue_model::api::{Request, Response};
use segue_model::file::{OpenError, SectionKind};
use web_sys::RequestCache;

use crate::engine::Engine;
use crate::json::Json;
use crate::server_api::{ServerError, body, get, post, read};
use crate::state::picker::Hit;
use crate::state::song::Song;

/// An answer of the server's, on its way.
pub(crate) type Answer<T> = Pin<Box<dyn Future<Output = Result<T, ServerError>>>>;

/// See [`Engine::attach`].
pub(crate) type Attach = fn(&mut Engine, SectionKind, &[u8]) -> Result<(), OpenError>;

/// What asks the server, and codes and decodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire {
    /// Has the server continue a playlist.
    pub(crate) recommend: fn(Request) -> Answer<Response>,
    /// Has the server find songs for what has been typed, best first, so many at most.
    pub(crate) songs: fn(String, usize) -> Answer<Vec<Hit>>,
    /// Adds a section to a model.
    pub(crate) attach: Attach,
    /// Answers in JSON what is asked in JSON, or says what is wrong with the request.
    pub(crate) answer: fn(&mut Engine, &str) -> Result<String, String>,
}

#[cfg_attr(split, leptos::wasm_split::wasm_split(wire, wasm_split_path = leptos::wasm_split, fallible))]
fn parts() -> Result<Wire, SplitLoaderError> {
    Ok(Wire { recommend, songs, attach: Engine::attach, answer })
}

/// Brings it.
///
/// # Errors
/// It cannot be loaded.
pub(crate) async fn fetch() -> Result<Wire, SplitLoaderError> {
    #[cfg(split)]
    let loaded = parts().await;
    #[cfg(not(split))]
    let loaded = parts();
    loaded
}

fn recommend(request: Request) -> Answer<Response> {
    Box::pin(async move {
        let asked = serde_json::to_string(&request).map_err(|error| ServerError::Refused(error.to_string()))?;
        let text = body(post("api/recommend", &asked).await?).await?;
        serde_json::from_str(&text).map_err(|_| ServerError::Unreachable)
    })
}

fn songs(text: String, limit: usize) -> Answer<Vec<Hit>> {
    Box::pin(async move {
        let text = String::from(js_sys::encode_uri_component(&text));
        let found = read(get(&format!("api/songs?q={text}&limit={limit}"), RequestCache::Default).await?).await?;
        let hit = |found: &Json| {
            let (title, artist) = (found.get("title").text()?, found.get("artist").text().unwrap_or_default());
            Some(Hit {
                song: Song::new(&title, &artist),
                support: found.get("support").number().unwrap_or_default() as u32,
                title: vec![(title, false)],
                artist: vec![(artist, false)],
            })
        };
        Ok(found.items().iter().filter_map(hit).collect())
    })
}

fn answer(engine: &mut Engine, request_json: &str) -> Result<String, String> {
    let request = serde_json::from_str(request_json).map_err(|error| error.to_string())?;
    let response = engine.answer(&request).map_err(|error| error.to_string())?;
    serde_json::to_string(&response).map_err(|error| error.to_string())
}
