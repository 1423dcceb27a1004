//! One line of controls: how the playlist is to be continued.

use leptos::prelude::*;

use crate::session::Session;
use crate::state::preferences::{Event, LIMITS, NOVELTIES};

/// The controls.
#[component]
pub(crate) fn Controls() -> impl IntoView {
    let session = Session::here();
    let preferences = session.preferences;
    let chosen = |text: String| text.parse().unwrap_or(usize::MAX);
    view! {
        <div class="controls" role="group" aria-label="How to continue">
            <label>
                "Show "
                <select
                    prop:value=move || preferences.get().limit().to_string()
                    on:change:target=move |event| session.change_preferences(Event::Limit(chosen(event.target().value())))
                >
                    {LIMITS.into_iter().enumerate().map(|(at, limit)| option(at, limit.to_string(), preferences.get_untracked().limit())).collect_view()}
                </select>
            </label>
            <label>
                "Prefer "
                <select
                    prop:value=move || preferences.get().novelty().to_string()
                    on:change:target=move |event| session.change_preferences(Event::Novelty(chosen(event.target().value())))
                >
                    {NOVELTIES.into_iter().enumerate().map(|(at, (name, _))| option(at, name.to_owned(), preferences.get_untracked().novelty())).collect_view()}
                </select>
            </label>
            <label class="choice">
                <input
                    type="checkbox"
                    prop:checked=move || preferences.get().one_per_artist
                    on:change:target=move |event| session.change_preferences(Event::OnePerArtist(event.target().checked()))
                />
                " One song an artist"
            </label>
        </div>
    }
}

fn option(at: usize, name: String, chosen: usize) -> impl IntoView {
    view! { <option value=at.to_string() selected=at == chosen>{name}</option> }
}
