//! Keeps the page itself on this device: registers the service worker and tells it what the page is made of.

use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageChannel, MessageEvent, ServiceWorkerRegistration};

use crate::browser::{window, within};
use crate::session::Session;
use crate::state::status::{Event, Kept};

/// The service worker's address.
const WORKER: &str = "/service-worker.js";
/// How long the worker may take to store the page, milliseconds.
const PATIENCE: i32 = 60_000;

/// Has the page kept, and reports whether it is.
pub(crate) fn begin(session: Session) {
    spawn_local(async move {
        let kept = within(PATIENCE, keep()).await;
        let kept = if matches!(kept, Some(Ok(true))) { Kept::Yes } else { Kept::Impossible };
        session.change_status(Event::PageKept(kept));
    });
}

async fn keep() -> Result<bool, JsValue> {
    let navigator = window().navigator();
    // Outside of HTTPS and localhost there is no such property.
    if !js_sys::Reflect::has(&navigator, &JsValue::from_str("serviceWorker"))? {
        return Ok(false);
    }
    let container = navigator.service_worker();
    JsFuture::from(container.register(WORKER)).await?;
    let registration: ServiceWorkerRegistration = JsFuture::from(container.ready()?).await?.dyn_into()?;
    let Some(worker) = registration.active() else { return Ok(false) };

    let channel = MessageChannel::new()?;
    let transfer = js_sys::Array::of1(&channel.port2());
    let answer = js_sys::Promise::new(&mut |resolve, _| {
        let on_message = Closure::once_into_js(move |event: MessageEvent| {
            let _ = resolve.call1(&JsValue::UNDEFINED, &event.data());
        });
        channel.port1().set_onmessage(Some(on_message.unchecked_ref()));
    });
    worker.post_message_with_transferable(&resources()?.into(), &transfer)?;
    Ok(JsFuture::from(answer).await?.is_truthy())
}

/// Addresses of everything that the page has loaded besides the API, as the browser recorded them, and of what its head
/// links to.
fn resources() -> Result<js_sys::Array, JsValue> {
    let origin = window().location().origin()?;
    let addresses = js_sys::Set::new(&JsValue::UNDEFINED);
    if let Some(performance) = window().performance() {
        for entry in performance.get_entries_by_type("resource").iter() {
            addresses.add(&entry.unchecked_into::<web_sys::PerformanceEntry>().name().into());
        }
    }
    let links = leptos::prelude::document().query_selector_all("link[href]")?;
    for at in 0..links.length() {
        let link: Option<web_sys::HtmlLinkElement> = links.item(at).and_then(|link| link.dyn_into().ok());
        if let Some(link) = link {
            addresses.add(&link.href().into());
        }
    }
    let api = format!("{origin}/api/");
    let ours = |address: &JsValue| {
        address.as_string().is_some_and(|address| {
            address.strip_prefix(&origin).is_some_and(|path| path.starts_with('/')) && !address.starts_with(&api)
        })
    };
    Ok(js_sys::Array::from(&addresses).iter().filter(ours).collect())
}
