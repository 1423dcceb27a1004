//! The ceiling: a handler that does nothing but parse a request and write a constant answer.

use std::env;
use std::sync::Arc;

use anyhow::Context as _;
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use segue_model::api::{Request, Response};

/// The variable that makes this program the server: the answer, as JSON.
pub(crate) const ANSWER: &str = "SEGUE_BENCH_BARE_ANSWER";

/// Serves, if that is what this process was started for.
pub(crate) fn as_helper() -> Option<anyhow::Result<()>> {
    let answer = env::var(ANSWER).ok()?;
    Some(serve(&answer))
}

fn serve(answer: &str) -> anyhow::Result<()> {
    let answer: Response = serde_json::from_str(answer)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let router = Router::new().route("/api/recommend", post(recommend)).with_state(Arc::new(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        eprintln!("listening on http://{}", listener.local_addr()?);
        axum::serve(listener, router).await.context("serving ended")
    })
}

async fn recommend(State(answer): State<Arc<Response>>, Json(_): Json<Request>) -> Json<Shared> {
    Json(Shared(answer))
}

/// The one answer, written out anew for each request.
#[derive(serde::Serialize)]
#[serde(transparent)]
struct Shared(#[serde(serialize_with = "whole")] Arc<Response>);

fn whole<S: serde::Serializer>(response: &Arc<Response>, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&**response, serializer)
}
