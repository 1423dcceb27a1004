//! Puts everything on the page.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use crate::pages::continue_playlist::ContinuePlaylist;
use crate::session::Session;
use crate::{answering, loading, page_keeper};

/// Replaces what `index.html` shows while it loads, and starts everything.
///
/// # Panics
/// In a page without an element of the id `app`.
pub fn start() {
    let place = document().get_element_by_id("app").expect("index.html has an element of the id `app`");
    place.set_inner_html("");
    leptos::mount::mount_to(place.unchecked_into(), || {
        let session = Session::new();
        provide_context(session);
        answering::keep_answering(session);
        loading::begin(session);
        page_keeper::begin(session);
        view! { <ContinuePlaylist /> }
    })
    .forget();
}
