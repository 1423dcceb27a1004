//! One module a group of addresses: the handlers, with the types of what they answer.

pub mod health;
pub mod model;
pub mod recommend;
pub mod site;
pub mod songs;
pub mod stats;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::problem::Problem;

/// An extractor of axum whose refusals are problem details.
#[derive(Clone, Copy, Debug)]
pub struct OrProblem<T>(pub T);

impl<S: Send + Sync, T: FromRequestParts<S, Rejection: std::fmt::Display>> FromRequestParts<S> for OrProblem<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let extracted = T::from_request_parts(parts, state).await;
        extracted.map(Self).map_err(|refusal| Problem::malformed_address(refusal.to_string()))
    }
}
