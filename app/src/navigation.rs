//! Pages and their addresses: links are followed without loading anything, and back and forward work.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::JsValue;

use crate::browser::window;
use crate::phrases;
use crate::session::Session;
use crate::state::route::Route;

/// The page that the address bar names.
pub(crate) fn current() -> Route {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let query = location.search().unwrap_or_default();
    Route::at(&base(), &path, &query, |text| {
        js_sys::decode_uri_component(text).map(String::from).unwrap_or_else(|_| text.to_owned())
    })
}

/// The path that the app is served from, with a slash at both ends: that of the `base` element.
pub(crate) fn base() -> String {
    let uri = document().base_uri().ok().flatten().unwrap_or_default();
    let path = uri.splitn(4, '/').nth(3).unwrap_or_default();
    let folder = path.rfind('/').map_or("", |end| &path[..=end]);
    format!("/{folder}")
}

/// The address of a page, for a link.
pub(crate) fn address(route: &Route) -> String {
    format!("{}{}", base(), route.address(|text| js_sys::encode_uri_component(text).into()))
}

/// Follows links and the browser's buttons from now on.
pub(crate) fn begin(session: Session) {
    session.route.set(current());
    let _ = window_event_listener(ev::popstate, move |_| session.route.set(current()));
    let _ = window_event_listener(ev::click, move |event| {
        let is_plain = event.button() == 0
            && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key())
            && !event.default_prevented();
        let target: Option<web_sys::Element> = event.target().and_then(|target| target.dyn_into().ok());
        let link = target.and_then(|target| target.closest("a[data-page]").ok().flatten());
        if let (true, Some(address)) = (is_plain, link.and_then(|link| link.get_attribute("href"))) {
            event.prevent_default();
            follow(session, &address);
        }
    });
}

/// Shows the page of an address of this app, as if a link to it had been clicked.
pub(crate) fn follow(session: Session, address: &str) {
    let history = window().history();
    let pushed = history.and_then(|history| history.push_state_with_url(&JsValue::NULL, "", Some(address)));
    if pushed.is_ok() {
        let before = session.route.get_untracked();
        session.route.set(current());
        if !session.route.with_untracked(|now| now.is_page_of(&before)) {
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    } else {
        let _ = window().location().set_href(address);
    }
}

/// What the window's title says of a page.
pub(crate) fn title(route: &Route) -> String {
    match route {
        Route::Playlist | Route::Nowhere => phrases::page_title().to_owned(),
        Route::Rules { .. } => format!("{} \u{b7} Segue", phrases::rules_page()),
        Route::Model => format!("{} \u{b7} Segue", phrases::model_page()),
    }
}
