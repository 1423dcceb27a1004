//! Playlists to begin with, for whoever comes without one.

use leptos::prelude::*;

use crate::examples::EXAMPLES;
use crate::session::Session;
use crate::state::playlist::Event;
use crate::state::status::Summary;

/// One button an example. Until the model is here their places are kept, so that nothing moves when they come.
#[component]
pub(crate) fn Examples() -> impl IntoView {
    let session = Session::here();
    let summary = Memo::new(move |_| session.status.with(crate::state::status::Status::summary));
    let without_any = move || matches!(summary.get(), Summary::Nothing | Summary::NoModel);
    view! {
        <Show when=move || !without_any()>
            <div class="examples">
                <p id="examples-lead">"Or begin with one of these:"</p>
                <ul aria-labelledby="examples-lead">
                    <For each=|| 0..EXAMPLES key=|at| *at let:at>
                        <Example at />
                    </For>
                </ul>
            </div>
        </Show>
    }
}

#[component]
fn Example(at: usize) -> impl IntoView {
    let session = Session::here();
    let songs = Memo::new(move |_| session.examples.with(|examples| examples.get(at).cloned()));
    let begin = move |_| {
        if let Some(songs) = songs.get_untracked() {
            session.change_playlist(Event::Replace(songs));
        }
    };
    let titles = move || {
        songs.with(|songs| {
            let songs = songs.iter().flatten();
            songs.map(|song| view! { <span class="title">{song.title.clone()}</span> " " }).collect_view()
        })
    };
    let artists = move || {
        songs.with(|songs| songs.iter().flatten().map(|song| song.artist.as_str()).collect::<Vec<_>>().join(", "))
    };
    view! {
        <li>
            <button type="button" class="example" disabled=move || songs.with(Option::is_none) on:click=begin>
                <span class="titles">{titles}</span>
                <span class="artist">{artists}</span>
            </button>
        </li>
    }
}
