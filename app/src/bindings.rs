//! The engine for scripts: what the page itself answers with, within reach of tests and tinkerers.
//!
//! In the page's console:
//! ```js
//! const { hash } = await (await fetch("/api/model/info")).json();
//! const core = await (await fetch(`/api/model/${hash}/core`)).arrayBuffer();
//! const engine = new wasmBindings.Engine(new Uint8Array(core));
//! JSON.parse(engine.answer('{"songs": ["Yesterday"]}')).songs
//! ```

use segue_model::file::SectionKind;
use wasm_bindgen::prelude::*;

use crate::engine::Engine;

/// A model, opened in the browser.
#[wasm_bindgen(js_name = Engine)]
#[derive(Debug)]
pub struct ScriptEngine(Engine);

#[wasm_bindgen(js_class = Engine)]
impl ScriptEngine {
    /// Opens a model file, or its beginning as `/api/model/{hash}/core` gives it.
    ///
    /// # Errors
    /// The bytes are no model file, damaged, or of another format version.
    #[wasm_bindgen(constructor)]
    pub fn new(model_bytes: &[u8]) -> Result<ScriptEngine, JsError> {
        Ok(Self(Engine::open(model_bytes)?))
    }

    /// Adds a section of the same file, as `/api/model/{hash}/{section}` gives it.
    ///
    /// # Errors
    /// There is no section of that name, or the bytes are not it.
    pub fn attach(&mut self, section: &str, bytes: &[u8]) -> Result<(), JsError> {
        let kind = SectionKind::from_name(section)
            .ok_or_else(|| JsError::new(&format!("there is no section called {section}")))?;
        Ok(self.0.attach(kind, bytes)?)
    }

    /// Names of the sections that the file has besides its core.
    #[must_use]
    pub fn sections(&self) -> Vec<String> {
        self.0.sections().into_iter().map(|kind| kind.name().to_owned()).collect()
    }

    /// Answers a request: JSON in, JSON out, as `POST /api/recommend` does.
    ///
    /// # Errors
    /// The request is no JSON, or an option is out of its range.
    pub fn answer(&mut self, request_json: &str) -> Result<String, JsError> {
        let request = serde_json::from_str(request_json)?;
        let response = self.0.answer(&request)?;
        Ok(serde_json::to_string(&response)?)
    }
}
