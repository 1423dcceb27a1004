//! The API's description, generated from the handlers and types.
//!
//! The request and response types are `segue_model`'s, which is compiled for browsers too and knows nothing of OpenAPI.
//! The types here mirror them for the description alone; a test holds real answers against the description.

mod page;
mod schemas;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::{Modify, OpenApi, openapi};

pub use page::page;
pub use schemas::*;

use crate::admission::is_for_key_holders;
use crate::api_keys;
use crate::routes::{health, model, recommend, songs, stats};

/// The description served at `/api/openapi.json`.
#[derive(Clone, Copy, Debug, OpenApi)]
#[openapi(
    info(
        title = "Segue",
        description = "Songs that continue a playlist, each with the counts that speak for it. Errors are problem details (RFC 9457). Where the server has API keys, send one as `Authorization: Bearer KEY` or `X-Api-Key: KEY`."
    ),
    modifiers(&Keys),
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

/// How keys are sent, and to what. Whether they are needed is for whoever runs the server to say, so each operation may do
/// without.
struct Keys;

impl Modify for Keys {
    fn modify(&self, description: &mut openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        let key = ApiKey::Header(ApiKeyValue::new(api_keys::HEADER));
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        components.add_security_scheme("key", SecurityScheme::ApiKey(key));
        let needed = |scheme| SecurityRequirement::new(scheme, [""; 0]);
        for (_, path) in description.paths.paths.iter_mut().filter(|(path, _)| is_for_key_holders(path)) {
            for operation in [&mut path.get, &mut path.post].into_iter().flatten() {
                operation.security = Some(vec![needed("bearer"), needed("key"), SecurityRequirement::default()]);
            }
        }
    }
}
