//! The page on which a playlist is continued.

use leptos::prelude::*;

use crate::components::controls::Controls;
use crate::components::library::LibraryBar;
use crate::components::notices::{Colophon, Notices};
use crate::components::playlist::PlaylistView;
use crate::components::sheet::SheetView;
use crate::components::song_picker::SongPicker;
use crate::components::status_line::Origin;
use crate::components::suggestions::SuggestionsView;
use crate::phrases;

/// Your playlist on the left, what could come next on the right.
#[component]
pub(crate) fn ContinuePlaylist() -> impl IntoView {
    view! {
        <main class="sleeve">
            <div class="left">
                <section class="yours" aria-labelledby="yours">
                    <h2 id="yours">{phrases::your_playlist()}</h2>
                    <LibraryBar />
                    <SongPicker />
                    <PlaylistView />
                </section>
                <Notices />
                <Colophon />
            </div>
            <section class="next" aria-labelledby="next">
                <div class="head">
                    <h2 id="next">{phrases::what_could_come_next()}</h2>
                    <Origin />
                </div>
                <Controls />
                <SuggestionsView />
            </section>
        </main>
        <SheetView />
    }
}
