//! Questions and their answers: from the model in the page, and from the server as long as that is not here.

use leptos::prelude::*;
use leptos::task::spawn_local;
use segue_model::api::{Request, Response};

use crate::browser::now;
use crate::server_api;
use crate::session::Session;
use crate::state::answer::{Answer, Suggestions};
use crate::state::picker;
use crate::wording::Place;

/// Songs offered while typing.
const OPTIONS: usize = 8;

/// Keeps the answer that of the playlist: asks whenever the playlist, the preferences or what answers has changed.
pub(crate) fn keep_answering(session: Session) {
    let tickets = StoredValue::new(0_u64);
    Effect::new(move || {
        session.sources.track();
        let request = session.playlist.with(|playlist| session.preferences.get().request(playlist));
        let ticket = tickets.try_update_value(|ticket| {
            *ticket += 1;
            *ticket
        });
        let still_asked = move || tickets.try_get_value() == ticket;
        if request.songs.is_empty() {
            session.answer.set(Answer::NothingAsked);
        } else if let Some(suggestions) = answer_here(session, &request) {
            let lacks_reasons = suggestions.lacks_reasons();
            session.answer.set(Answer::Shown(suggestions));
            if lacks_reasons {
                spawn_local(async move { add_reasons(session, &request, still_asked).await });
            }
        } else {
            if session.answer.with_untracked(|answer| !matches!(answer, Answer::Shown(_))) {
                session.answer.set(Answer::Waiting);
            }
            spawn_local(async move { answer_there(session, &request, still_asked).await });
        }
    });
}

/// Searches for what was typed, and tells the picker.
pub(crate) fn search(session: Session, text: String) {
    if let Some(songs) = session.with_engine(|engine| engine.search(&text, OPTIONS)) {
        session.change_picker(picker::Event::Found { query: text, songs });
        return;
    }
    spawn_local(async move {
        match server_api::songs(&text, OPTIONS).await {
            Ok(songs) => session.change_picker(picker::Event::Found { query: text, songs }),
            // The model may have come in the meantime.
            Err(error) => match session.with_engine(|engine| engine.search(&text, OPTIONS)) {
                Some(songs) => session.change_picker(picker::Event::Found { query: text, songs }),
                None => session.heard(&error),
            },
        }
    });
}

fn answer_here(session: Session, request: &Request) -> Option<Suggestions> {
    let begun = now();
    let response = session.with_engine(|engine| engine.answer(request))?;
    let milliseconds = now() - begun;
    // Every request that the page makes is valid: `preferences` tests that.
    Some(Suggestions::new(&response.ok()?, Place::Device, milliseconds))
}

/// Adds the server's reasons to suggestions computed here, as long as nothing else was asked and both have one model.
async fn add_reasons(session: Session, request: &Request, still_asked: impl Fn() -> bool) {
    let Ok(response) = server_api::recommend(request).await else { return };
    let same_model =
        session.status.with_untracked(|status| status.hash.as_ref() == Some(&response.debug_info.model_hash));
    if same_model && still_asked() {
        session.answer.update(|answer| {
            if let Answer::Shown(suggestions) = std::mem::take(answer) {
                *answer = Answer::Shown(suggestions.with_reasons_of(Suggestions::new(&response, Place::Server, 0.0)));
            }
        });
    }
}

async fn answer_there(session: Session, request: &Request, still_asked: impl Fn() -> bool) {
    let begun = now();
    let answered = server_api::recommend(request).await;
    let round_trip = now() - begun;
    if !still_asked() {
        return;
    }
    match answered {
        Ok(response) => {
            let milliseconds = computed_in(&response).unwrap_or(round_trip);
            session.answer.set(Answer::Shown(Suggestions::new(&response, Place::Server, milliseconds)));
        }
        Err(error) => {
            session.heard(&error);
            session.answer.set(Answer::Failed(error.to_string()));
        }
    }
}

fn computed_in(response: &Response) -> Option<f64> {
    response.debug_info.took_ms
}
