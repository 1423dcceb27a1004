//! Models kept on this device, in the browser's Cache API.
//!
//! Each part of a model (`core`, `evidence`, …) is an entry under the hash of its file. One more entry names the *kept*
//! model: the last one that was opened whole. It changes only after every part of the next model is stored, so a
//! download that breaks off leaves the old model usable.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Cache, Request, Response};

use crate::browser::{PIECE, bytes, window};
use crate::slices::next_task;

/// Name of the cache. The model file has a version of its own, so this one need not change with it.
const CACHE: &str = "segue-models";
/// Entry that names the kept model. Cache entries are addresses; nothing is ever fetched from these.
const KEPT: &str = "/kept-models/kept";

/// The models kept on this device.
#[derive(Clone, Debug)]
pub(crate) struct ModelCache(Cache);

impl ModelCache {
    /// Opens the cache. `None` where the browser offers none: outside of HTTPS and localhost, and in some private
    /// windows.
    pub(crate) async fn open() -> Option<Self> {
        let caches = js_sys::Reflect::get(&window(), &JsValue::from_str("caches")).ok()?;
        let caches: web_sys::CacheStorage = caches.dyn_into().ok()?;
        let cache = JsFuture::from(caches.open(CACHE)).await.ok()?;
        Some(Self(cache.dyn_into().ok()?))
    }

    /// Hash of the kept model.
    pub(crate) async fn kept(&self) -> Option<String> {
        String::from_utf8(self.read_entry(KEPT).await?).ok().filter(|hash| !hash.is_empty())
    }

    /// A stored part of a model, unchecked.
    pub(crate) async fn read(&self, hash: &str, part: &str) -> Option<Vec<u8>> {
        self.read_entry(&entry(hash, part)).await
    }

    /// Stores a part of a model, unless the device is full: ask [`ModelCache::holds`].
    pub(crate) async fn write(&self, hash: &str, part: &str, bytes: &[u8]) {
        let _ = self.write_entry(&entry(hash, part), bytes).await;
    }

    /// Whether all of these parts are stored.
    pub(crate) async fn holds(&self, hash: &str, parts: &[&str]) -> bool {
        for part in parts {
            let found = JsFuture::from(self.0.match_with_str(&entry(hash, part))).await;
            if !found.is_ok_and(|response| response.is_truthy()) {
                return false;
            }
        }
        true
    }

    /// Forgets a part that turned out to be damaged.
    pub(crate) async fn forget(&self, hash: &str, part: &str) {
        let _ = JsFuture::from(self.0.delete_with_str(&entry(hash, part))).await;
    }

    /// Makes this the kept model, and forgets all others. Returns whether that worked.
    pub(crate) async fn keep(&self, hash: &str) -> bool {
        if !self.write_entry(KEPT, hash.as_bytes()).await {
            return false;
        }
        let Ok(keys) = JsFuture::from(self.0.keys()).await else { return true };
        let of_this_model = entry(hash, "");
        for request in js_sys::Array::from(&keys).iter().filter_map(|key| key.dyn_into::<Request>().ok()) {
            let url = request.url();
            if !url.ends_with(KEPT) && !url.contains(&of_this_model) {
                let _ = JsFuture::from(self.0.delete_with_request(&request)).await;
            }
        }
        true
    }

    async fn read_entry(&self, entry: &str) -> Option<Vec<u8>> {
        let response: Response = JsFuture::from(self.0.match_with_str(entry)).await.ok()?.dyn_into().ok()?;
        bytes(&response).await
    }

    async fn write_entry(&self, entry: &str, bytes: &[u8]) -> bool {
        let Some(blob) = blob(bytes).await else { return false };
        let Ok(response) = Response::new_with_opt_blob(Some(&blob)) else { return false };
        JsFuture::from(self.0.put_with_str(entry, &response)).await.is_ok()
    }
}

fn entry(hash: &str, part: &str) -> String {
    format!("/kept-models/{hash}/{part}")
}

/// Bytes as the browser keeps them. What is not a blob it would copy in one go when it is stored.
async fn blob(bytes: &[u8]) -> Option<Blob> {
    let pieces = js_sys::Array::new();
    for piece in bytes.chunks(PIECE) {
        next_task().await;
        let piece = js_sys::Uint8Array::from(piece);
        pieces.push(&Blob::new_with_u8_array_sequence(&js_sys::Array::of1(&piece)).ok()?.into());
    }
    Blob::new_with_blob_sequence(&pieces).ok()
}
