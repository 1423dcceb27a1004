//! Long work in slices, between which everything else happens: what is typed, drawn, fetched.

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use js_sys::Promise;
use segue_model::Model;
use segue_model::file::{OpenError, Section, SectionKind};
use segue_model::pace::Pace;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

use crate::browser::now;
use crate::engine::Engine;

/// How long a slice takes, milliseconds: half of what there is between two pictures.
const SLICE: f64 = 8.0;

/// Opens a model file, or its beginning up to the end of its core, in slices.
///
/// # Errors
/// As [`Model::open_core_at`].
pub(crate) async fn open(bytes: &[u8]) -> Result<Engine, OpenError> {
    let model = in_slices(async |pace| Model::open_core_at(pace, bytes).await).await;
    Ok(Engine::of(model?))
}

/// Reads a section of a model's file in slices.
///
/// # Errors
/// As [`Model::read_section_at`].
pub(crate) async fn read_section(model: Arc<Model>, kind: SectionKind, bytes: &[u8]) -> Result<Section, OpenError> {
    in_slices(async |pace| model.read_section_at(pace, kind, bytes).await).await
}

async fn in_slices<T>(work: impl AsyncFnOnce(&Pace<'_>) -> T) -> T {
    let begun = Cell::new(now());
    let is_over = || now() - begun.get() >= SLICE;
    let pace = Pace::with_rests(&is_over);
    let mut work = pin!(work(&pace));
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
        next_task().await;
        begun.set(now());
    }
}

/// Lets the browser do what it has to do. Unlike a timer, a message is not held back.
pub(crate) async fn next_task() {
    let Ok(channel) = MessageChannel::new() else { return };
    let message = Promise::new(&mut |resolve, _| channel.port1().set_onmessage(Some(&resolve)));
    if channel.port2().post_message(&JsValue::UNDEFINED).is_ok() {
        let _ = JsFuture::from(message).await;
    }
}
