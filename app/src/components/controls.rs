//! One line of controls: how the playlist is to be continued.

use leptos::prelude::*;

use super::live::{flag, on, text};
use crate::phrases;
use crate::session::Session;
use crate::state::preferences::{Event, LIMITS, PER_ARTIST, Preferences, STEPS};
use crate::wording;

/// The controls.
#[component]
pub(crate) fn Controls() -> impl IntoView {
    let limits = LIMITS.map(wording::grouped).to_vec();
    let per_artist = PER_ARTIST.map(wording::per_artist).to_vec();
    view! {
        <div class="controls" role="group" aria-label=phrases::how_to_continue()>
            <label>{phrases::show()} {choice(limits, Preferences::limit, Event::Limit)}</label>
            <label>{phrases::songs_an_artist()} {choice(per_artist, Preferences::per_artist, Event::PerArtist)}</label>
            <label id="novelty">
                <span aria-hidden="true">{phrases::familiar()}</span>
                {slider(phrases::from_familiar_to_surprising(), Preferences::novelty, Event::Novelty)}
                <span aria-hidden="true">{phrases::surprising()}</span>
            </label>
            <label id="variety">
                <span aria-hidden="true">{phrases::variety()}</span>
                {slider(phrases::variety(), Preferences::variety, Event::Variety)}
            </label>
        </div>
    }
}

/// A choice among names, by their places.
fn choice(names: Vec<String>, chosen: fn(&Preferences) -> u8, event: fn(u8) -> Event) -> AnyView {
    let session = Session::here();
    let options = names.into_iter().enumerate().map(|(at, name)| {
        let is_chosen = flag(move || usize::from(session.preferences.with(chosen)) == at);
        view! { <option value=at.to_string() prop:selected=is_chosen>{name}</option> }
    });
    view! { <select on:change=on(change(session, event))>{options.collect_view()}</select> }.into_any()
}

/// A slider in steps.
fn slider(name: &'static str, value: fn(&Preferences) -> u8, event: fn(u8) -> Event) -> AnyView {
    let session = Session::here();
    view! {
        <input
            type="range"
            aria-label=name
            min="0"
            max=STEPS.to_string()
            prop:value=text(move || session.preferences.with(value).to_string())
            on:input=on(change(session, event))
        />
    }
    .into_any()
}

fn change(session: Session, event: fn(u8) -> Event) -> impl FnMut(leptos::ev::Event) {
    move |changed| {
        if let Ok(value) = event_target_value(&changed).parse() {
            session.change_preferences(event(value));
        }
    }
}
