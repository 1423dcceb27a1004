//! Keeps the page itself on this device: registers the service worker and tells it what the page is made of.

use std::pin::Pin;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageChannel, MessageEvent, ServiceWorkerRegistration};

use crate::browser::{window, within};
use crate::session::{Session, follow};
use crate::state::status::{AtHand, Event, Kept};
use crate::{later, navigation, server_api, wire};

/// The service worker's address.
const WORKER: &str = "service-worker.js";
/// What the names of the program's files begin with; a hash of what is in them follows.
const PROGRAM: &str = "segue-app-";
/// How long the worker may take to store the page, milliseconds.
const PATIENCE: i32 = 60_000;

/// Has the page kept as soon as the model is whole, and reports whether it is. Until then nothing is to stand in the
/// model's way; and what comes later is to be here, so that it is kept too.
pub(crate) fn begin(session: Session) {
    let mut begun = false;
    follow(move || {
        let is_whole = session.status.with(|status| status.at_hand == AtHand::Everything);
        if is_whole && !begun {
            begun = true;
            spawn_local(async move {
                let kept = match later::load(session).await {
                    Some(later) => (later.keep_page)().await,
                    None => false,
                };
                session.change_status(Event::PageKept(if kept { Kept::Yes } else { Kept::Impossible }));
            });
        }
    });
}

/// Has the page kept; false where that does not work.
pub(crate) fn keep_page() -> Pin<Box<dyn Future<Output = bool>>> {
    // Whoever is without a server later is to miss no part of the program.
    Box::pin(async { wire::fetch().await.is_ok() && matches!(within(PATIENCE, keep()).await, Some(Ok(true))) })
}

/// Whether the server has another version of this page: one that does not name the program that runs here.
pub(crate) fn is_outdated() -> Pin<Box<dyn Future<Output = bool>>> {
    Box::pin(async {
        let Ok(page) = server_api::text(&navigation::base()).await else { return false };
        let addresses = resources().unwrap_or_else(|_| js_sys::Array::new());
        let mut names =
            addresses.iter().filter_map(|address| Some(address.as_string()?.rsplit('/').next()?.to_owned()));
        let is_program =
            |name: &str| name.starts_with(PROGRAM) && (name.ends_with(".js") || name.ends_with("_bg.wasm"));
        // Something else that answers at this address is no newer version.
        page.contains(PROGRAM) && names.any(|name| is_program(&name) && !page.contains(&name))
    })
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
/// links to; not of the page itself, which the worker stores last.
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
    let api = format!("{origin}{}api/", navigation::base());
    let ours = |address: &JsValue| {
        address.as_string().is_some_and(|address| {
            address.strip_prefix(&origin).is_some_and(|path| path.starts_with('/') && path != "/")
                && !address.starts_with(&api)
        })
    };
    Ok(js_sys::Array::from(&addresses).iter().filter(ours).collect())
}
