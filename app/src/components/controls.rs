//! One line of controls: how the playlist is to be continued.

use leptos::prelude::*;

use super::live::{flag, on};
use crate::phrases;
use crate::session::Session;
use crate::state::preferences::{Event, LIMITS, NOVELTIES, Preferences};

/// The controls.
#[component]
pub(crate) fn Controls() -> impl IntoView {
    let session = Session::here();
    let limits = LIMITS.map(|limit| limit.to_string()).to_vec();
    let novelties = NOVELTIES.map(|(name, _)| name().to_owned()).to_vec();
    view! {
        <div class="controls" role="group" aria-label=phrases::how_to_continue()>
            <label>{phrases::show()} {choice(limits, Preferences::limit, Event::Limit)}</label>
            <label>{phrases::prefer()} {choice(novelties, Preferences::novelty, Event::Novelty)}</label>
            <label>
                <input
                    type="checkbox"
                    prop:checked=flag(move || session.preferences.get().one_per_artist)
                    on:change=on(move |event| session.change_preferences(Event::OnePerArtist(event_target_checked(&event))))
                />
                {phrases::one_song_an_artist()}
            </label>
        </div>
    }
}

/// A choice among names, by their places.
fn choice(names: Vec<String>, chosen: fn(&Preferences) -> usize, event: fn(usize) -> Event) -> AnyView {
    let session = Session::here();
    let options = names.into_iter().enumerate().map(|(at, name)| {
        let is_chosen = flag(move || session.preferences.with(chosen) == at);
        view! { <option value=at.to_string() prop:selected=is_chosen>{name}</option> }
    });
    let change = move |changed: leptos::ev::Event| {
        if let Ok(at) = event_target_value(&changed).parse() {
            session.change_preferences(event(at));
        }
    };
    view! { <select on:change=on(change)>{options.collect_view()}</select> }.into_any()
}
