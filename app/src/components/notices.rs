//! What the listener should know, each with the next thing to do.

use leptos::prelude::*;

use crate::loading;
use crate::session::Session;
use crate::state::playlist::Event;
use crate::state::status::Status;
use crate::wording::grouped;

/// Notices that come and go, above everything else so that they move nothing.
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let session = Session::here();
    let newer = Memo::new(move |_| session.status.with(|status| status.newer.is_some()));
    let downloading = Memo::new(move |_| session.status.with(|status| status.downloading));
    let trouble = Memo::new(move |_| session.status.with(|status: &Status| status.trouble.clone()));
    let change = Memo::new(move |_| {
        session.playlist.with(|playlist| playlist.before.as_ref().map(|before| before.change.clone()))
    });
    view! {
        <div class="notices" aria-live="polite">
            <Show when=move || trouble.with(Option::is_some)>
                <p class="notice">{move || trouble.get()}</p>
            </Show>
            <Show when=move || newer.get()>
                <p class="notice">
                    "A newer model is available. "
                    <button type="button" disabled=move || downloading.get() on:click=move |_| loading::load_newer(session)>
                        {move || if downloading.get() { "Loading\u{2026}" } else { "Load it" }}
                    </button>
                </p>
            </Show>
            <Show when=move || change.with(Option::is_some)>
                <p class="notice">
                    {move || change.get()}
                    " "
                    <button type="button" on:click=move |_| session.change_playlist(Event::Undo)>"Undo"</button>
                </p>
            </Show>
        </div>
    }
}

/// Which playlists all of this comes from.
#[component]
pub(crate) fn DataSetNotice() -> impl IntoView {
    let session = Session::here();
    let text = Memo::new(move |_| {
        session.data_set.with(|data_set| {
            data_set.as_ref().map(|data_set| {
                let counted =
                    format!("Counted in {} playlists: {}.", grouped(data_set.playlists.into()), data_set.name);
                (counted, data_set.notice.clone())
            })
        })
    });
    let dismissed = Memo::new(move |_| session.playlist.with(|playlist| playlist.dismissed.len()));
    view! {
        <Show when=move || dismissed.get() != 0>
            <p>
                {move || format!("{} turned down. ", grouped(dismissed.get() as u64))}
                <button type="button" class="quiet" on:click=move |_| session.change_playlist(Event::RestoreDismissed)>
                    "Bring back"
                </button>
            </p>
        </Show>
        <p id="data-set">
            <strong>{move || text.get().map(|text| text.1)}</strong>
            " "
            {move || text.get().map(|text| text.0)}
        </p>
    }
}
