//! Where answers come from, and what is being done about it.

use leptos::prelude::*;

use super::live::text;
use crate::session::Session;
use crate::state::answer::Answer;
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

/// Where the suggestions were computed, and how long that took.
#[component]
pub(crate) fn Origin() -> impl IntoView {
    let answer = Session::here().answer;
    let words = move || {
        answer.with(|answer| match answer {
            Answer::Shown(suggestions) => wording::place_and_time(suggestions.place, suggestions.milliseconds),
            _ => String::new(),
        })
    };
    view! { <p id="origin" class="origin">{text(words)}</p> }
}
