//! The engine for scripts: what the page itself answers with, within reach of tests and tinkerers.
//!
//! In the page's console:
//! ```js
//! const { hash } = await (await fetch("/api/model/info")).json();
//! const core = await (await fetch(`/api/model/${hash}/core`)).arrayBuffer();
//! const engine = await wasmBindings.Engine.open(new Uint8Array(core));
//! JSON.parse(await engine.answer('{"songs": ["Yesterday"]}')).songs
//! ```

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use js_sys::Promise;
use segue_model::file::SectionKind;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::engine::Engine;
use crate::{slices, wire};

/// A model, opened in the browser.
#[wasm_bindgen(js_name = Engine)]
#[derive(Debug)]
pub struct ScriptEngine(Rc<RefCell<Engine>>);

#[wasm_bindgen(js_class = Engine)]
impl ScriptEngine {
    /// Opens a model file, or its beginning as `/api/model/{hash}/core` gives it, in slices as the page does. The promise
    /// is rejected if the bytes are no model file, damaged, or of another format version.
    pub fn open(model_bytes: Vec<u8>) -> Promise {
        promise(async move {
            let engine = slices::open(&model_bytes).await.map_err(|error| JsError::new(&error.to_string()))?;
            Ok(Self(Rc::new(RefCell::new(engine))).into())
        })
    }

    /// Adds a section of the same file, as `/api/model/{hash}/{section}` gives it. The promise is rejected if there is no
    /// section of that name, or the bytes are not it.
    pub fn attach(&self, section: String, bytes: Vec<u8>) -> Promise {
        let engine = self.0.clone();
        promise(async move {
            let kind = SectionKind::from_name(&section)
                .ok_or_else(|| JsError::new(&format!("there is no section called {section}")))?;
            let wire = wire::fetch().await.map_err(|error| JsError::new(&error.to_string()))?;
            (wire.attach)(engine, kind, bytes).await.map_err(|error| JsError::new(&error.to_string()))?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Names of the sections that the file has besides its core.
    #[must_use]
    pub fn sections(&self) -> Vec<String> {
        self.0.borrow().sections().into_iter().map(|kind| kind.name().to_owned()).collect()
    }

    /// Answers a request, as soon as what reads it is here: JSON in, JSON out, as `POST /api/recommend` does. The promise
    /// is rejected if the request is no JSON, or an option is out of its range.
    pub fn answer(&self, request_json: String) -> Promise {
        let engine = self.0.clone();
        promise(async move {
            let wire = wire::fetch().await.map_err(|error| JsError::new(&error.to_string()))?;
            let answered = (wire.answer)(&mut engine.borrow_mut(), &request_json);
            Ok(answered.map_err(|reason| JsError::new(&reason))?.into())
        })
    }
}

fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    // Boxed: what drives a future is compiled anew for every type.
    let future: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>> = Box::pin(future);
    future_to_promise(future)
}
