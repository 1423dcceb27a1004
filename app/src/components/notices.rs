//! What the listener should know, each with the next thing to do.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::live::{flag, on, text, when};
use crate::loading;
use crate::phrases;
use crate::session::Session;
use crate::state::playlist::Event;
use crate::wording;

/// Notices that come and go, in a place where they move nothing.
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let session = Session::here();
    let status = session.status;
    view! {
        <div class="notices" aria-live="polite">
            {when(flag(move || status.with(|status| status.trouble.is_some())), trouble)}
            {when(flag(move || status.with(|status| status.newer.is_some())), newer)}
            {when(flag(move || session.playlist.with(|playlist| playlist.before.is_some())), undo)}
        </div>
    }
}

fn trouble() -> AnyView {
    let status = Session::here().status;
    let words = move || status.with(|status| status.trouble.clone().unwrap_or_default());
    view! { <p class="notice"><span>{text(words)}</span></p> }.into_any()
}

fn newer() -> AnyView {
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

fn undo() -> AnyView {
    let session = Session::here();
    let words = move || {
        session
            .playlist
            .with(|playlist| playlist.before.as_ref().map(|before| before.change.clone()).unwrap_or_default())
    };
    view! {
        <p class="notice">
            <span>{text(words)}</span>
            " "
            <button type="button" on:click=on(move |_: MouseEvent| session.change_playlist(Event::Undo))>{phrases::undo()}</button>
        </p>
    }
    .into_any()
}

/// Which playlists all of this comes from, and what was turned down.
#[component]
pub(crate) fn Colophon() -> impl IntoView {
    let session = Session::here();
    let data_set = session.data_set;
    let dismissed = move || session.playlist.with(|playlist| playlist.dismissed.len());
    let notice = move || data_set.with(|data_set| data_set.as_ref().map(|set| set.notice.clone()).unwrap_or_default());
    let counted = move || {
        let counted =
            data_set.with(|data_set| data_set.as_ref().map(|set| wording::counted_in(&set.name, set.playlists)));
        counted.unwrap_or_default()
    };
    view! {
        <footer class="colophon">
            <p hidden=flag(move || dismissed() == 0)>
                {text(move || wording::turned_down(dismissed()))}
                <button
                    type="button"
                    class="quiet"
                    on:click=on(move |_: MouseEvent| session.change_playlist(Event::RestoreDismissed))
                >
                    {phrases::bring_back()}
                </button>
            </p>
            <p id="data-set"><strong>{text(notice)}</strong> " " {text(counted)}</p>
        </footer>
    }
}
