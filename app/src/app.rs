//! Puts everything on the page.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;

use crate::components::live::{PARTS, part};
use crate::components::masthead::Masthead;
use crate::later::Later;
use crate::pages::continue_playlist::ContinuePlaylist;
use crate::pages::nowhere::Nowhere;
use crate::session::{Session, follow};
use crate::slices::next_task;
use crate::state::route::Route;
use crate::{answering, language, later, loading, navigation, page_keeper, transfer};

/// Starts everything, and draws the page, which takes the place of what `index.html` shows until then.
///
/// # Panics
/// In a page without an element of the id `app`.
pub fn start() {
    let place = document().get_element_by_id("app").expect("index.html has an element of the id `app`");
    wasm_bindgen_futures::spawn_local(async move {
        // The program has only just been compiled: that was work enough for now.
        next_task().await;
        let page = place.clone_node().unwrap_or_else(|_| place.clone().into());
        let mount_in = page.clone().unchecked_into();
        leptos::mount::mount_to(mount_in, move || {
            let session = begin();
            spawn_local(async move {
                for drawn in 1..=PARTS {
                    next_task().await;
                    session.parts.set(drawn);
                }
                next_task().await;
                let _ = place.replace_with_with_node_1(&page);
            });
            // In another language everything is said anew.
            move || {
                language::speak(session.language.get());
                view! {
                    {part(0, || view! { <Masthead /> }.into_any())}
                    {page_shown(session)}
                }
            }
        })
        .forget();
    });
}

/// Everything that goes on behind the page.
fn begin() -> Session {
    let session = Session::new();
    provide_context(session);
    navigation::begin(session);
    speak(session);
    transfer::begin(session);
    answering::keep_answering(session);
    loading::begin(session);
    page_keeper::begin(session);
    session
}

/// The page that the address names.
fn page_shown(session: Session) -> impl IntoView {
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
