//! Questions to the server and its answers, in JSON that the browser writes and reads; and the same for scripts, whose
//! requests and responses are to the last digit as the server has them.
//!
//! A seam like [`crate::later`]: as long as the model in the page answers, nobody needs it.

mod request;
mod response;

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use leptos::wasm_split::SplitLoaderError;
use segue_model::api::{Request, Response};
use segue_model::file::{OpenError, SectionKind};
use web_sys::RequestCache;

use crate::engine::Engine;
use crate::json::{self, Json};
use crate::server_api::{ServerError, get, post, read};
use crate::slices::read_section;
use crate::state::picker::Hit;
use crate::state::song::Song;

/// An answer of the server's, on its way.
pub(crate) type Answer<T> = Pin<Box<dyn Future<Output = Result<T, ServerError>>>>;

/// A section being added to a model.
pub(crate) type Attached = Pin<Box<dyn Future<Output = Result<(), OpenError>>>>;

/// What asks the server, and codes and decodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire {
    /// Has the server continue a playlist.
    pub(crate) recommend: fn(Request) -> Answer<Response>,
    /// Has the server find songs for what has been typed, best first, so many at most.
    pub(crate) songs: fn(String, usize) -> Answer<Vec<Hit>>,
    /// Adds a section to a model.
    pub(crate) attach: fn(Rc<RefCell<Engine>>, SectionKind, Vec<u8>) -> Attached,
    /// Answers in JSON what is asked in JSON, or says what is wrong with the request.
    pub(crate) answer: fn(&mut Engine, &str) -> Result<String, String>,
}

#[cfg_attr(split, leptos::wasm_split::wasm_split(wire, wasm_split_path = leptos::wasm_split, fallible))]
fn parts() -> Result<Wire, SplitLoaderError> {
    Ok(Wire { recommend, songs, attach, answer })
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
        let answered = read(post("api/recommend", &json::write(&request::written(&request))).await?).await?;
        response::response(&answered).ok_or(ServerError::Unreachable)
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

fn attach(engine: Rc<RefCell<Engine>>, kind: SectionKind, bytes: Vec<u8>) -> Attached {
    Box::pin(async move {
        let model = engine.borrow().shared_model();
        let section = read_section(model, kind, &bytes).await?;
        engine.borrow_mut().add(section)
    })
}

fn answer(engine: &mut Engine, request_json: &str) -> Result<String, String> {
    let response = engine.answer(&request::read(request_json)?).map_err(|error| error.to_string())?;
    serde_json::to_string(&response).map_err(|error| error.to_string())
}
