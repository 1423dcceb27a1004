//! The API's description, generated from the handlers and types.
//!
//! The request and response types are `segue_model`'s, which is compiled for browsers too and knows nothing of OpenAPI.
//! The types here mirror them for the description alone; a test holds real answers against the description.

mod page;
mod schemas;

use utoipa::OpenApi;

pub use page::page;
pub use schemas::*;

use crate::routes::{health, model, recommend, songs, stats};

/// The description served at `/api/openapi.json`.
#[derive(Clone, Copy, Debug, OpenApi)]
#[openapi(
    info(
        title = "Segue",
        description = "Songs that continue a playlist, each with the counts that speak for it. Errors are problem details (RFC 9457)."
    ),
    paths(
        recommend::recommend,
        recommend::batch,
        songs::songs,
        model::info,
        model::core,
        model::section,
        health::healthz,
        health::readyz,
        health::version,
        health::metrics,
        stats::stats,
        health::openapi,
        health::documentation
    ),
    tags(
        (name = "recommend", description = "Suggestions and search"),
        (name = "model", description = "The model itself, to answer from without this server"),
        (name = "operate", description = "Health, version, metrics, this description"),
    )
)]
pub struct Description;
