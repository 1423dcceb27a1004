//! Questions and their answers: from the model in the page, and from the server as long as that is not here and the
//! listener has nothing against it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use segue_model::api::{Request, Response};

use crate::browser::now;
use crate::server_api;
use crate::session::{Session, follow};
use crate::state::answer::{Answer, Suggestions};
use crate::state::picker;
use crate::state::preferences::Preferences;
use crate::wording::Place;

/// Songs offered while typing.
const OPTIONS: usize = 8;

/// Keeps the answer that of the playlist: asks whenever the playlist, the preferences or what answers has changed.
pub(crate) fn keep_answering(session: Session) {
    let tickets = StoredValue::new(0_u64);
    follow(move || {
        session.sources.track();
        let preferences = session.preferences.get();
        let request = session.library.with(|library| preferences.request(library));
        let ticket = tickets.try_update_value(|ticket| {
            *ticket += 1;
            *ticket
        });
        let still_asked = move || tickets.try_get_value() == ticket;
        if request.songs.is_empty() {
            session.answer.set(Answer::NothingAsked);
        } else if let Some(suggestions) = answer_here(session, &request, preferences) {
            let lacks_reasons = suggestions.lacks_reasons();
            session.answer.set(Answer::Shown(suggestions));
            if lacks_reasons && !preferences.only_here {
                spawn_local(async move { add_reasons(session, &request, preferences, still_asked).await });
            }
        } else {
            if session.answer.with_untracked(|answer| !matches!(answer, Answer::Shown(_))) {
                session.answer.set(Answer::Waiting);
            }
            if !preferences.only_here {
                spawn_local(async move { answer_there(session, &request, preferences, still_asked).await });
            }
        }
    });
}

/// Searches for what was typed, and tells the picker.
pub(crate) fn search(session: Session, text: String) {
    if search_here(session, &text) || session.preferences.with_untracked(|preferences| preferences.only_here) {
        return;
    }
    spawn_local(async move {
        match server_api::songs(&text, OPTIONS).await {
            Ok(hits) => {
                let total = hits.len();
                session.change_picker(picker::Event::Found { query: text, hits, total });
            }
            // The model may have come in the meantime.
            Err(error) => {
                if !search_here(session, &text) {
                    session.heard(&error);
                }
            }
        }
    });
}

fn search_here(session: Session, text: &str) -> bool {
    let found = session.with_engine(|engine| engine.search(text, OPTIONS));
    match found {
        Some((hits, total)) => {
            session.change_picker(picker::Event::Found { query: text.to_owned(), hits, total });
            true
        }
        None => false,
    }
}

/// The response to any valid request, from whoever may answer; `None` where nobody can.
pub(crate) async fn respond(session: Session, request: &Request) -> Option<Response> {
    let here = session.with_engine(|engine| engine.answer(request));
    match here {
        Some(response) => response.ok(),
        None if session.preferences.with_untracked(|preferences| preferences.only_here) => None,
        None => server_api::recommend(request).await.inspect_err(|error| session.heard(error)).ok(),
    }
}

fn answer_here(session: Session, request: &Request, preferences: Preferences) -> Option<Suggestions> {
    let begun = now();
    let response = session.with_engine(|engine| engine.answer(request))?;
    let milliseconds = now() - begun;
    // Every request that the page makes is valid: `preferences` tests that.
    Some(Suggestions::new(response.ok()?, preferences, Place::Device, milliseconds))
}

/// Adds the server's reasons to suggestions computed here, as long as nothing else was asked and both have one model.
async fn add_reasons(session: Session, request: &Request, preferences: Preferences, still_asked: impl Fn() -> bool) {
    let Ok(response) = server_api::recommend(request).await else { return };
    let same_model =
        session.status.with_untracked(|status| status.hash.as_ref() == Some(&response.debug_info.model_hash));
    if same_model && still_asked() {
        session.answer.update(|answer| {
            if let Answer::Shown(suggestions) = std::mem::take(answer) {
                let theirs = Suggestions::new(response, preferences, Place::Server, 0.0);
                *answer = Answer::Shown(suggestions.with_reasons_of(theirs));
            }
        });
    }
}

async fn answer_there(session: Session, request: &Request, preferences: Preferences, still_asked: impl Fn() -> bool) {
    let begun = now();
    let answered = server_api::recommend(request).await;
    let round_trip = now() - begun;
    if !still_asked() {
        return;
    }
    match answered {
        Ok(response) => {
            let milliseconds = response.debug_info.took_ms.unwrap_or(round_trip);
            session.answer.set(Answer::Shown(Suggestions::new(response, preferences, Place::Server, milliseconds)));
        }
        Err(error) => {
            session.heard(&error);
            // A model that is on its way answers soon, also where there is no server but one of files.
            if !session.status.with_untracked(|status| status.downloading) {
                session.answer.set(Answer::Failed(error.to_string()));
            }
        }
    }
}
