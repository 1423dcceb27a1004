//! Puts everything on the page.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use crate::components::masthead::Masthead;
use crate::later::Later;
use crate::pages::continue_playlist::ContinuePlaylist;
use crate::pages::nowhere::Nowhere;
use crate::session::{Session, follow};
use crate::state::route::Route;
use crate::{answering, language, later, loading, navigation, page_keeper, transfer};

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
        navigation::begin(session);
        speak(session);
        transfer::begin(session);
        answering::keep_answering(session);
        loading::begin(session);
        page_keeper::begin(session);
        // In another language everything is said anew.
        move || {
            language::speak(session.language.get());
            view! {
                <Masthead />
                {page(session)}
            }
        }
    })
    .forget();
}

/// The page that the address names.
fn page(session: Session) -> impl IntoView {
    let shown = Memo::new(move |before: Option<&Route>| {
        let route = session.route.get();
        // Another song on the same page is that page's business.
        match before {
            Some(before) if before.is_page_of(&route) => before.clone(),
            _ => route,
        }
    });
    move || match shown.get() {
        Route::Playlist => view! { <ContinuePlaylist /> }.into_any(),
        Route::Rules { .. } => further(|later| (later.rules)()),
        Route::Model => further(|later| (later.model)()),
        Route::Nowhere => view! { <Nowhere /> }.into_any(),
    }
}

/// A page that comes later.
fn further(page: fn(Later) -> AnyView) -> AnyView {
    view! { <main class="single">{later::view(page)}</main> }.into_any()
}

/// Has the page speak the listener's language, whenever that changes, and say so to the browser.
fn speak(session: Session) {
    language::speak(session.language.get_untracked());
    let mut before = None;
    follow(move || {
        let language = session.language.get();
        document().set_title(&session.route.with(navigation::title));
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("lang", language.tag());
        }
        if before.replace(language).is_some_and(|before| before != language) {
            session.ask_again();
            // The button that was clicked is another one now.
            let button = document().get_element_by_id("language");
            if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = button.focus();
            }
        }
    });
}
