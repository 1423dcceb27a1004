//! `GET /api/songs`: search as you type.

use axum::Json;
use axum::extract::{Query, State};
use segue_model::api::MAX_NAME_BYTES;
use segue_model::search::search;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::OrProblem;
use crate::app::AppState;
use crate::problem::{Problem, Result};

/// Most songs in one answer.
pub const MAX_SONGS: usize = 100;
/// Songs in an answer unless asked otherwise.
pub const DEFAULT_SONGS: usize = 20;

/// What to search for.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SongsQuery {
    /// What has been typed: words of title and artist, the last one perhaps unfinished, typing errors allowed.
    #[param(required = true, max_length = 1000, example = "yesterd")]
    q: Option<String>,
    /// Most songs in the answer, 1 to 100; 20 without it.
    #[param(value_type = Option<usize>, minimum = 1, maximum = 100, default = 20)]
    limit: Option<String>,
}

/// A song that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Song {
    /// The string that stands for this very song in requests and answers.
    name: String,
    /// Title.
    title: String,
    /// Artist; empty in a catalogue without artists.
    artist: String,
    /// Playlists with it.
    support: u32,
}

/// Songs for what has been typed so far, best first.
#[utoipa::path(
    get,
    path = "/api/songs",
    tag = "recommend",
    params(SongsQuery),
    responses(
        (status = 200, body = Vec<Song>),
        (status = "4XX", body = Problem, content_type = "application/problem+json", description = "What to mend"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "No model yet"),
    )
)]
pub async fn songs(
    State(app): State<AppState>,
    OrProblem(Query(query)): OrProblem<Query<SongsQuery>>,
) -> Result<Json<Vec<Song>>> {
    let Some(typed) = query.q else {
        return Err(Problem::invalid_field("q: say what to search for, as in /api/songs?q=yesterday").field("q"));
    };
    if typed.len() > MAX_NAME_BYTES {
        let detail = format!("q: may have at most {MAX_NAME_BYTES} bytes, not {}", typed.len());
        return Err(Problem::invalid_field(detail).field("q"));
    }
    let limit = match &query.limit {
        None => DEFAULT_SONGS,
        Some(limit) => limit.parse().ok().filter(|limit| (1..=MAX_SONGS).contains(limit)).ok_or_else(|| {
            Problem::invalid_field(format!("limit: must be a whole number from 1 to {MAX_SONGS}")).field("limit")
        })?,
    };
    let served = app.served()?;
    // A search looks at every song's name, which takes milliseconds.
    let found = app.limits.run(move || {
        let model = &served.model;
        let catalogue = model.catalogue();
        let found = search(model, &typed, limit).into_iter();
        found
            .map(|song| Song {
                name: segue_model::resolve::name_of(model, song).to_owned(),
                title: catalogue.title(song).to_owned(),
                artist: catalogue.artist_name(catalogue.artist(song)).to_owned(),
                support: catalogue.support(song).0,
            })
            .collect()
    });
    Ok(Json(found.await?))
}
