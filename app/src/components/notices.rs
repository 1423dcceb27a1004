//! What the listener should know, each with the next thing to do.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::live::{flag, number, on, rows, text, when};
use crate::later;
use crate::loading;
use crate::phrases;
use crate::session::Session;
use crate::state::library::Event;
use crate::state::playlist;
use crate::wording;

/// Notices that come and go, in a place where they move nothing.
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let session = Session::here();
    let status = session.status;
    view! {
        <div class="notices" aria-live="polite">
            {when(flag(move || status.with(|status| status.trouble.is_some())), trouble)}
            {when(flag(move || status.with(|status| status.newer.is_some())), || later::view(|later| (later.newer)()))}
            {when(flag(move || status.with(|status| status.outdated)), || later::view(|later| (later.outdated)()))}
            {when(flag(move || session.library.with(|library| library.loss().is_some())), undo)}
        </div>
    }
}

fn trouble() -> AnyView {
    let status = Session::here().status;
    let words = move || status.with(|status| status.trouble.clone().unwrap_or_default());
    view! { <p class="notice"><span>{text(words)}</span></p> }.into_any()
}

pub(crate) fn newer() -> AnyView {
    let session = Session::here();
    let downloading = move || session.status.with(|status| status.downloading);
    let words = move || if downloading() { phrases::loading() } else { phrases::load_it() }.to_owned();
    view! {
        <p class="notice">
            <span>{phrases::newer_model()}</span>
            " "
            <button
                type="button"
                disabled=flag(downloading)
                on:click=on(move |_: MouseEvent| loading::load_newer(session))
            >
                {text(words)}
            </button>
        </p>
    }
    .into_any()
}

pub(crate) fn outdated() -> AnyView {
    let reload = on(|_: MouseEvent| {
        let _ = window().location().reload();
    });
    view! {
        <p class="notice" id="outdated">
            <span>{phrases::update_available()}</span>
            " "
            <button type="button" on:click=reload>
                {phrases::reload()}
            </button>
        </p>
    }
    .into_any()
}

fn undo() -> AnyView {
    let session = Session::here();
    let words = move || session.library.with(|library| library.loss().map(wording::loss).unwrap_or_default());
    view! {
        <p class="notice">
            <span>{text(words)}</span>
            " "
            <button type="button" on:click=on(move |_: MouseEvent| session.change_library(Event::Undo))>{phrases::undo()}</button>
        </p>
    }
    .into_any()
}

/// Which playlists all of this comes from, and what was turned down.
#[component]
pub(crate) fn Colophon() -> impl IntoView {
    let session = Session::here();
    let data_set = session.data_set;
    let dismissed = move || session.of_playlist(|playlist| playlist.dismissed.len());
    let blocked = move || session.library.with(|library| library.blocked().len());
    let notice = move || data_set.with(|data_set| data_set.as_ref().map(|set| set.notice.clone()).unwrap_or_default());
    let counted = move || {
        let counted =
            data_set.with(|data_set| data_set.as_ref().map(|set| wording::counted_in(&set.name, set.playlists)));
        counted.unwrap_or_default()
    };
    view! {
        <footer class="colophon">
            <details id="turned-down" hidden=flag(move || dismissed() + blocked() == 0)>
                <summary>{text(move || wording::turned_down(dismissed(), blocked()))}</summary>
                <ul>
                    {rows(number(blocked), |at| later::view_at(at, |later| later.blocked_artist))}
                    {rows(number(dismissed), |at| later::view_at(at, |later| later.dismissed_song))}
                </ul>
            </details>
            <p id="data-set"><strong>{text(notice)}</strong> " " {text(counted)}</p>
        </footer>
    }
}

pub(crate) fn blocked_artist(at: usize) -> AnyView {
    let session = Session::here();
    let name = move || session.library.with(|library| library.blocked().get(at).cloned().unwrap_or_default());
    turned_down(name, Event::Unblock(at))
}

pub(crate) fn dismissed_song(at: usize) -> AnyView {
    let session = Session::here();
    let name = move || {
        session.of_playlist(|playlist| playlist.dismissed.get(at).map(|song| song.title.clone()).unwrap_or_default())
    };
    turned_down(name, Event::InPlaylist(playlist::Event::Restore(at)))
}

/// A row of what was turned down, with the way back.
fn turned_down(name: impl Fn() -> String + Copy + Send + Sync + 'static, back: Event) -> AnyView {
    let session = Session::here();
    view! {
        <li>
            <span>{text(name)}</span>
            <button
                type="button"
                class="quiet"
                aria-label=text(move || wording::bring_back(&name()))
                on:click=on(move |_: MouseEvent| session.change_library(back.clone()))
            >
                {phrases::bring_back()}
            </button>
        </li>
    }
    .into_any()
}
