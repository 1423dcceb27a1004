//! The playlist being continued.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::examples::Examples;
use super::live::{flag, number, on, rows, text, when};
use crate::phrases;
use crate::session::Session;
use crate::state::answer::{Answer, Suggestions};
use crate::state::playlist::{Event, Playlist};
use crate::state::song::Song;
use crate::wording;

/// The songs, each with a button that takes it off; or, while there are none, examples to begin with.
#[component]
pub(crate) fn PlaylistView() -> impl IntoView {
    let session = Session::here();
    let is_empty = move || session.of_playlist(|playlist| playlist.songs.is_empty());
    view! {
        <div class="songs">
            {when(flag(is_empty), || view! { <Examples /> }.into_any())}
            {when(flag(move || !is_empty()), entries)}
        </div>
    }
}

fn entries() -> AnyView {
    let session = Session::here();
    let count = move || session.of_playlist(|playlist| playlist.songs.len());
    let names = move |which: fn(&Suggestions) -> &[String]| {
        session.answer.with(|answer| match answer {
            Answer::Shown(suggestions) => wording::some_of(which(suggestions)),
            _ => String::new(),
        })
    };
    let unknown = move || names(|suggestions| &suggestions.unknown);
    let artist_only = move || names(|suggestions| &suggestions.artist_only);
    view! {
        <ol class="playlist" aria-label=phrases::songs_of_your_playlist()>
            {rows(number(count), entry)}
        </ol>
        <p class="playlist-end">
            <span>{text(move || wording::songs(count()))}</span>
            <button type="button" class="quiet" on:click=on(move |_: MouseEvent| session.change_playlist(Event::Clear))>
                {phrases::clear()}
            </button>
        </p>
        <p class="aside" hidden=flag(move || !session.of_playlist(Playlist::is_full))>
            {phrases::playlist_is_full()}
        </p>
        <p class="aside" hidden=flag(move || unknown().is_empty())>
            {text(move || wording::not_in_these_playlists(&unknown()))}
        </p>
        <p class="aside" hidden=flag(move || artist_only().is_empty())>
            {text(move || wording::known_by_the_artist(&artist_only()))}
        </p>
    }
    .into_any()
}

fn entry(at: usize) -> AnyView {
    let session = Session::here();
    let part = move |part: fn(&Song) -> String| {
        move || session.of_playlist(|playlist| playlist.songs.get(at).map(part).unwrap_or_default())
    };
    let title = part(|song| song.title.clone());
    view! {
        <li class="entry">
            <span class="names">
                <span class="title">{text(title)}</span>
                " "
                <span class="artist">{text(part(|song| song.artist.clone()))}</span>
            </span>
            <button
                type="button"
                class="icon"
                aria-label=text(move || wording::take_off(&title()))
                on:click=on(move |_: MouseEvent| session.change_playlist(Event::Remove(at)))
            >
                {cross()}
            </button>
        </li>
    }
    .into_any()
}

/// A cross, for buttons that take something away.
pub(crate) fn cross() -> impl IntoView {
    view! { <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8" /></svg> }
}
