//! The page on which a playlist is continued.

use leptos::prelude::*;

use crate::components::controls::Controls;
use crate::components::library::LibraryBar;
use crate::components::live::part;
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
                    {part(1, || view! { <LibraryBar /> }.into_any())}
                    {part(2, || view! { <SongPicker /> }.into_any())}
                    {part(3, || view! { <PlaylistView /> }.into_any())}
                </section>
                {part(4, || view! { <Notices /> }.into_any())}
                {part(4, || view! { <Colophon /> }.into_any())}
            </div>
            <section class="next" aria-labelledby="next">
                <div class="head">
                    <h2 id="next">{phrases::what_could_come_next()}</h2>
                    {part(5, || view! { <Origin /> }.into_any())}
                </div>
                {part(6, || view! { <Controls /> }.into_any())}
                {part(7, || view! { <SuggestionsView /> }.into_any())}
            </section>
        </main>
        {part(7, || view! { <SheetView /> }.into_any())}
    }
}
