//! The head of every page: name, ways to the other pages, language, status.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::live::{on, text};
use super::status_line::StatusLine;
use crate::language::{self, Language};
use crate::navigation;
use crate::phrases;
use crate::session::Session;
use crate::state::route::Route;

/// The head of the page.
#[component]
pub(crate) fn Masthead() -> impl IntoView {
    let session = Session::here();
    let other = match language::current() {
        Language::English => Language::Portuguese,
        Language::Portuguese => Language::English,
    };
    view! {
        <header class="masthead">
            <div class="lead">
                <h1>"Segue"</h1>
                <nav aria-label=phrases::pages()>
                    {link(Route::Playlist, phrases::playlist_page())}
                    {link(Route::Rules { song: String::new() }, phrases::rules_page())}
                    {link(Route::Model, phrases::model_page())}
                </nav>
            </div>
            <div class="trail">
                <StatusLine />
                <button
                    type="button"
                    id="language"
                    class="quiet"
                    lang=other.tag()
                    on:click=on(move |_: MouseEvent| session.language.set(other))
                >
                    {other.name()}
                </button>
            </div>
        </header>
    }
}

fn link(route: Route, words: &'static str) -> AnyView {
    let session = Session::here();
    let address = navigation::address(&route);
    let current = move || if session.route.with(|now| now.is_page_of(&route)) { "page" } else { "false" }.to_owned();
    view! { <a href=address data-page="" aria-current=text(current)>{words}</a> }.into_any()
}
