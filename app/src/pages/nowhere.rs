//! What is shown at an address that has no page.

use leptos::prelude::*;

use crate::navigation;
use crate::phrases;
use crate::state::route::Route;

/// Says that there is nothing, and where there is something.
#[component]
pub(crate) fn Nowhere() -> impl IntoView {
    view! {
        <main class="single">
            <p class="instead">{phrases::nothing_here()}</p>
            <p><a href=navigation::address(&Route::Playlist) data-page="">{phrases::to_the_playlist()}</a></p>
        </main>
    }
}
