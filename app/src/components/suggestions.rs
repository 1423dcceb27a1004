//! What could come next, each with its reason.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use segue_model::api::Source;
use wasm_bindgen::JsCast as _;

use super::playlist::Cross;
use crate::session::Session;
use crate::state::answer::{Answer, Suggestion};
use crate::state::playlist::Event;
use crate::state::status::{AtHand, Server};
use crate::wording;

/// The suggestions, or what is there instead.
#[component]
pub(crate) fn SuggestionsView() -> impl IntoView {
    let session = Session::here();
    let state = Memo::new(move |_| session.answer.with(|answer| std::mem::discriminant(answer)));
    view! {
        {move || {
            // Read, not only tracked: a memo that nobody reads is never computed, and follows nothing.
            let _ = state.get();
            session.answer.with_untracked(|answer| match answer {
                Answer::NothingAsked => view! { <NothingAsked /> }.into_any(),
                Answer::Waiting => view! { <p class="instead" role="status">"One moment\u{2026}"</p> }.into_any(),
                Answer::Failed(_) => view! { <Failed /> }.into_any(),
                Answer::Shown(_) => view! { <List /> }.into_any(),
            })
        }}
    }
}

#[component]
fn NothingAsked() -> impl IntoView {
    view! {
        <p class="instead">
            "Pick a song or two. What people put beside them comes up here, with the number of playlists that say so."
        </p>
    }
}

#[component]
fn Failed() -> impl IntoView {
    let session = Session::here();
    let why = move || {
        session.answer.with(|answer| if let Answer::Failed(why) = answer { why.clone() } else { String::new() })
    };
    view! {
        <div class="instead" role="alert">
            <p>"There is no answer: " {why} "."</p>
            <button type="button" on:click=move |_| session.ask_again()>"Try again"</button>
        </div>
    }
}

#[component]
fn List() -> impl IntoView {
    let session = Session::here();
    let count = Memo::new(move |_| with_rows(session, <[Suggestion]>::len));
    let list = NodeRef::new();
    view! {
        <Show when=move || count.get() == 0>
            <p class="instead">
                "Nothing is left to suggest: the rest is in your playlist or was turned down. Bring back what you turned \
                 down, or allow more than one song an artist."
            </p>
        </Show>
        <ol
            class="suggestions"
            node_ref=list
            aria-label="Suggestions, the strongest first"
            on:keydown=move |event| on_key(&event)
        >
            <For each=move || 0..count.get() key=|at| *at let:at>
                <Row at />
            </For>
        </ol>
    }
}

/// A place in the list. The song at a place may change, the place stays: so does the focus.
#[component]
fn Row(at: usize) -> impl IntoView {
    let session = Session::here();
    let row = Memo::new(move |_| with_rows(session, |rows| rows.get(at).cloned()));
    let title = move || row.with(|row| row.as_ref().map(|row| row.song.title.clone()).unwrap_or_default());
    let artist = move || row.with(|row| row.as_ref().map(|row| row.song.artist.clone()).unwrap_or_default());
    let strength = move || row.with(|row| row.as_ref().map_or(0, |row| row.strength));
    let source = move || row.with(|row| wording::source(row.as_ref().map_or(Source::Pair, |row| row.source)));
    let is_pair = move || row.with(|row| row.as_ref().is_none_or(|row| row.source == Source::Pair));
    let reason =
        move || row.with(|row| row.as_ref().and_then(|row| row.reason.clone())).unwrap_or_else(|| missing(session));
    let change = move |event: fn(crate::state::song::Song) -> Event| {
        if let Some(row) = row.get_untracked() {
            session.change_playlist(event(row.song));
        }
    };
    view! {
        <li class="suggestion">
            <div class="names">
                <span class="title">{title}</span>
                " "
                <span class="artist">{artist}</span>
            </div>
            <div class="strength">
                <span class="bar" aria-hidden="true"><span style:width=move || format!("{}%", strength())></span></span>
                <span class="number"><span class="unseen">"strength "</span>{strength}</span>
            </div>
            <p class="reason">
                <span class="source" class:other=move || !is_pair()>{source}</span>
                " "
                {reason}
            </p>
            <div class="actions">
                <button
                    type="button"
                    class="icon add"
                    aria-label=move || format!("Add {} by {} to the playlist", title(), artist())
                    on:click=move |_| change(Event::Add)
                >
                    <Plus />
                </button>
                <button
                    type="button"
                    class="icon dismiss"
                    aria-label=move || format!("Do not suggest {}", title())
                    on:click=move |_| change(Event::Dismiss)
                >
                    <Cross />
                </button>
            </div>
        </li>
    }
}

/// What stands for a reason that is not here.
fn missing(session: Session) -> String {
    session.status.with(|status| match (status.at_hand, status.server) {
        (AtHand::Everything, _) => "The counts behind this one were not kept.".into(),
        (_, Server::Unreachable) => "The counts behind this one are not on this device yet.".into(),
        _ => "Counting the playlists\u{2026}".into(),
    })
}

fn with_rows<T: Default>(session: Session, look: impl FnOnce(&[Suggestion]) -> T) -> T {
    session.answer.with(|answer| match answer {
        Answer::Shown(suggestions) => look(&suggestions.rows),
        _ => T::default(),
    })
}

/// Arrows go from song to song, Delete turns a song down. Enter on the button in focus adds, as everywhere.
fn on_key(event: &KeyboardEvent) {
    let button: Option<web_sys::HtmlElement> = event.target().and_then(|target| target.dyn_into().ok());
    let Some(row) = button.as_ref().and_then(|button| button.closest(".suggestion").ok().flatten()) else { return };
    let is_dismiss = button.is_some_and(|button| button.class_list().contains("dismiss"));
    let other_row = match event.key().as_str() {
        "ArrowDown" => row.next_element_sibling(),
        "ArrowUp" => row.previous_element_sibling(),
        "Delete" => {
            event.prevent_default();
            return click(&row, ".dismiss");
        }
        _ => return,
    };
    event.prevent_default();
    if let Some(button) = other_row.and_then(|row| find(&row, if is_dismiss { ".dismiss" } else { ".add" })) {
        let _ = button.focus();
    }
}

fn click(row: &web_sys::Element, selector: &str) {
    if let Some(button) = find(row, selector) {
        button.click();
    }
}

fn find(row: &web_sys::Element, selector: &str) -> Option<web_sys::HtmlElement> {
    row.query_selector(selector).ok().flatten()?.dyn_into().ok()
}

#[component]
fn Plus() -> impl IntoView {
    view! {
        <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M8 3v10M3 8h10" />
        </svg>
    }
}
