//! Where answers come from, and what is being done about it.

use leptos::prelude::*;

use crate::session::Session;
use crate::state::answer::Answer;
use crate::state::status::Status;
use crate::wording;

/// The state of model and server, in a few words and a sentence.
#[component]
pub(crate) fn StatusLine() -> impl IntoView {
    let session = Session::here();
    let words = Memo::new(move |_| session.status.with(wording::status));
    let summary = Memo::new(move |_| session.status.with(Status::summary));
    view! {
        <p id="status" class="status" role="status" data-summary=move || format!("{:?}", summary.get())>
            <strong>{move || words.get().0}</strong>
            " "
            <span>{move || words.get().1}</span>
        </p>
    }
}

/// How many suggestions there are, where they were computed and how long that took.
#[component]
pub(crate) fn Origin() -> impl IntoView {
    let session = Session::here();
    let text = move || {
        session.answer.with(|answer| match answer {
            Answer::Shown(suggestions) => wording::place_and_time(suggestions.place, suggestions.milliseconds),
            _ => String::new(),
        })
    };
    view! { <p id="origin" class="origin">{text}</p> }
}
