//! Playlists to begin with, for whoever comes without one.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::live::{flag, number, on, rows, text};
use crate::examples::EXAMPLES;
use crate::phrases;
use crate::session::Session;
use crate::state::playlist::Event;
use crate::state::song::Song;
use crate::state::status::{Status, Summary};

/// One button an example. Until the model is here their places are kept, so that nothing moves when they come.
#[component]
pub(crate) fn Examples() -> impl IntoView {
    let session = Session::here();
    let without_any = move || matches!(session.status.with(Status::summary), Summary::Nothing | Summary::NoModel);
    view! {
        <div class="examples" hidden=flag(without_any)>
            <p id="examples-lead">{phrases::begin_with_one()}</p>
            <ul aria-labelledby="examples-lead">{rows(number(|| EXAMPLES), example)}</ul>
        </div>
    }
}

fn example(at: usize) -> AnyView {
    let session = Session::here();
    let songs = move || session.examples.with(|examples| examples.get(at).cloned().unwrap_or_default());
    let joined = move |part: fn(&Song) -> &str, between: &'static str| {
        text(move || songs().iter().map(part).collect::<Vec<_>>().join(between))
    };
    let begin = move |_: MouseEvent| session.change_playlist(Event::AddAll(songs()));
    view! {
        <li>
            <button type="button" class="example" disabled=flag(move || songs().is_empty()) on:click=on(begin)>
                <span class="title">{joined(|song| &song.title, " \u{b7} ")}</span>
                " "
                <span class="artist">{joined(|song| &song.artist, ", ")}</span>
            </button>
        </li>
    }
    .into_any()
}
