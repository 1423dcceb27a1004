//! Small things the browser does for several rooms.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::slices::next_task;

/// Bytes that are copied in one go, between which everything else happens: a millisecond's.
pub(crate) const PIECE: usize = 1 << 20;

/// The window.
pub(crate) fn window() -> web_sys::Window {
    // This code runs nowhere but in a page, which always has one.
    leptos::prelude::window()
}

/// Milliseconds since the page began to load.
pub(crate) fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Waits.
pub(crate) async fn sleep(milliseconds: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        // Without a timer the promise must still be kept.
        if window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds).is_err() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// What a future gives, or `None` if it takes longer than this.
pub(crate) async fn within<T>(milliseconds: i32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut timer = std::pin::pin!(sleep(milliseconds));
    std::future::poll_fn(|context| {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(context) {
            return std::task::Poll::Ready(Some(value));
        }
        timer.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// The bytes of a response.
pub(crate) async fn bytes(response: &Response) -> Option<Vec<u8>> {
    let all = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    let all = Uint8Array::new(&all);
    let length = all.length() as usize;
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        let (begin, end) = (bytes.len(), length.min(bytes.len() + PIECE));
        bytes.resize(end, 0);
        all.subarray(begin as u32, end as u32).copy_to(&mut bytes[begin..]);
        next_task().await;
    }
    Some(bytes)
}
