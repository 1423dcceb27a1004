//! The playlist being continued.

use leptos::prelude::*;

use super::examples::Examples;
use crate::session::Session;
use crate::state::answer::Answer;
use crate::state::playlist::Event;
use crate::wording::grouped;

/// The songs, each with a button that takes it off; or, while there are none, examples to begin with.
#[component]
pub(crate) fn PlaylistView() -> impl IntoView {
    let session = Session::here();
    let count = Memo::new(move |_| session.playlist.with(|playlist| playlist.songs.len()));
    let is_full = Memo::new(move |_| session.playlist.with(|playlist| playlist.is_full()));
    view! {
        <Show when=move || count.get() != 0 fallback=|| view! { <Examples /> }>
            <ol class="playlist" aria-label="Songs of your playlist">
                <For each=move || 0..count.get() key=|at| *at let:at>
                    <Entry at />
                </For>
            </ol>
            <p class="playlist-end">
                <span>{move || if count.get() == 1 { "1 song".into() } else { format!("{} songs", grouped(count.get() as u64)) }}</span>
                <Show when=move || is_full.get()>
                    <span>"A playlist holds no more than these: take one off to add another."</span>
                </Show>
                <button type="button" class="quiet" on:click=move |_| session.change_playlist(Event::Clear)>"Clear"</button>
            </p>
        </Show>
        <Misunderstood />
    }
}

#[component]
fn Entry(at: usize) -> impl IntoView {
    let session = Session::here();
    let song = Memo::new(move |_| session.playlist.with(|playlist| playlist.songs.get(at).cloned()));
    let title = move || song.with(|song| song.as_ref().map(|song| song.title.clone()).unwrap_or_default());
    let artist = move || song.with(|song| song.as_ref().map(|song| song.artist.clone()).unwrap_or_default());
    view! {
        <li class="entry">
            <span class="names">
                <span class="title">{title}</span>
                " "
                <span class="artist">{artist}</span>
            </span>
            <button
                type="button"
                class="icon"
                aria-label=move || format!("Take {} off the playlist", title())
                on:click=move |_| session.change_playlist(Event::Remove(at))
            >
                <Cross />
            </button>
        </li>
    }
}

/// Songs that the model does not know, or only by their artist.
#[component]
fn Misunderstood() -> impl IntoView {
    let session = Session::here();
    let names = move |which: fn(&crate::state::answer::Suggestions) -> &Vec<String>| {
        session.answer.with(|answer| match answer {
            Answer::Shown(suggestions) => which(suggestions).join(", "),
            _ => String::new(),
        })
    };
    let unknown = Memo::new(move |_| names(|suggestions| &suggestions.unknown));
    let artist_only = Memo::new(move |_| names(|suggestions| &suggestions.artist_only));
    view! {
        <Show when=move || !unknown.with(String::is_empty)>
            <p class="aside">"Not in these playlists, so without a say: " {unknown} "."</p>
        </Show>
        <Show when=move || !artist_only.with(String::is_empty)>
            <p class="aside">"Known here by their artist only: " {artist_only} "."</p>
        </Show>
    }
}

/// A cross, for buttons that take something away.
#[component]
pub(crate) fn Cross() -> impl IntoView {
    view! {
        <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M4 4l8 8M12 4l-8 8" />
        </svg>
    }
}
