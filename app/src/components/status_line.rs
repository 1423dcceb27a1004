//! Where answers come from, and what is being done about it.

use leptos::prelude::*;

use super::live::{flag, on, text};
use crate::phrases;
use crate::session::Session;
use crate::state::answer::Answer;
use crate::state::preferences::Event;
use crate::state::status::Status;
use crate::wording;

/// The state of model and server, in a few words and a sentence.
#[component]
pub(crate) fn StatusLine() -> impl IntoView {
    let status = Session::here().status;
    view! {
        <p
            id="status"
            class="status"
            role="status"
            data-summary=text(move || format!("{:?}", status.with(Status::summary)))
        >
            <strong>{text(move || status.with(wording::status).0.to_owned())}</strong>
            " "
            <span>{text(move || status.with(wording::status).1)}</span>
        </p>
    }
}

/// Where the suggestions were computed, how long that took, and whether it may be elsewhere.
#[component]
pub(crate) fn Origin() -> impl IntoView {
    let session = Session::here();
    let answer = session.answer;
    let words = move || {
        answer.with(|answer| match answer {
            Answer::Shown(suggestions) => wording::place_and_time(suggestions.place, suggestions.milliseconds),
            _ => String::new(),
        })
    };
    view! {
        <div class="origin">
            <p id="origin">{text(words)}</p>
            <label id="only-here" title=phrases::nothing_leaves()>
                <input
                    type="checkbox"
                    prop:checked=flag(move || session.preferences.get().only_here)
                    on:change=on(move |event| {
                        session.change_preferences(Event::OnlyHere(event_target_checked(&event)));
                    })
                />
                {phrases::only_here()}
            </label>
        </div>
    }
}
