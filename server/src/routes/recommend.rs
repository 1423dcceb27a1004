//! `POST /api/recommend`: songs that go with the given ones.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::Instant;

use axum::BoxError;
use axum::body::{Body, HttpBody};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response as HttpResponse};
use bytes::Bytes;
use segue_model::answer::answer;
use segue_model::api::{InvalidRequest, MAX_LIMIT, MAX_SEEDS, Request, Response};
use segue_model::scoring::Scratch;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use utoipa::ToSchema;

use crate::answer_json;
use crate::app::{App, AppState};
use crate::coding::{Coding, accepted};
use crate::live::Served;
use crate::openapi;
use crate::problem::{Problem, Result};

/// Requests that name more songs and artists than this are answered apart from the threads that serve connections.
const NAMES_ANSWERED_INLINE: usize = 32;

/// Most requests in one batch.
pub const MAX_BATCH: usize = 100;

/// Most suggestions that the requests of one batch may ask for together.
pub const MAX_BATCH_SUGGESTIONS: u64 = 10_000;

/// Answers of at least this length are compressed for who takes that, bytes.
const WORTH_CODING: usize = 16 << 10;

/// The header that names the model an answer is from, as `debug_info.model_hash` does.
pub const MODEL_HEADER: HeaderName = HeaderName::from_static("segue-model");

/// Room for an answer of the usual length, bytes: what allocators keep at hand for each thread.
const USUAL_ANSWER: usize = 1024;

const EXAMPLE: &str = r#"{"songs": ["Yesterday", "Bohemian Rhapsody"]}"#;

/// Songs that go with the given ones, best first.
///
/// Any Content-Type will do, and none: the body is read as JSON. `/api/recommender` is the same.
#[utoipa::path(
    post,
    path = "/api/recommend",
    tag = "recommend",
    request_body(content = openapi::RecommendRequest, content_type = "application/json"),
    responses(
        (status = 200, body = openapi::RecommendResponse, content_type = "application/json"),
        (status = "4XX", body = Problem, content_type = "application/problem+json", description = "What to mend"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "No model yet, or overloaded"),
    )
)]
pub async fn recommend(State(app): State<AppState>, headers: HeaderMap, body: Body) -> Result<HttpResponse> {
    respond(&app, &headers, body).await
}

/// As [`recommend`] does, for who has an application and keeps it.
pub(crate) async fn respond<B>(app: &AppState, headers: &HeaderMap, body: B) -> Result<HttpResponse>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>>,
{
    let body = app.limits.read(headers, body).await?;
    let request: Request = parse(&body, "songs")?;
    request.validate().map_err(out_of_range)?;
    // An answer takes less than a millisecond, but for every unknown song that is to be explained all names are searched.
    let names = request.songs.len() + request.exclude.len() + request.exclude_artists.len();
    if !request.explain && names <= NAMES_ANSWERED_INLINE {
        return app
            .with_served(|served| json(app, served, text(timed_answer(app, served, &request)?)?, Coding::Identity));
    }
    let (app, served) = (AppState::clone(app), app.served()?);
    let (limits, coding) = (app.limits.clone(), coding(headers));
    limits.run(move || json(&app, &served, text(timed_answer(&app, &served, &request)?)?, coding)).await?
}

/// Several requests, answered together from one model.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Batch {
    /// The requests.
    #[schema(value_type = Vec<openapi::RecommendRequest>, min_items = 1, max_items = 100)]
    requests: Vec<Request>,
}

/// Answers to a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct Answers {
    /// An answer for each request, in their order.
    #[schema(value_type = Vec<openapi::RecommendResponse>)]
    answers: Vec<Response>,
}

/// Up to 100 requests at once, for up to 10,000 suggestions together, all answered from the same model.
///
/// If one of them is not in order none is answered; the problem names the field, such as `requests[3].limit`.
#[utoipa::path(
    post,
    path = "/api/recommend/batch",
    tag = "recommend",
    request_body(content = Batch, content_type = "application/json"),
    responses(
        (status = 200, body = Answers, content_type = "application/json"),
        (status = "4XX", body = Problem, content_type = "application/problem+json", description = "What to mend"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "No model yet, or overloaded"),
    )
)]
pub async fn batch(State(app): State<AppState>, headers: HeaderMap, body: Body) -> Result<HttpResponse> {
    let body = app.limits.read(&headers, body).await?;
    let Batch { requests } = parse(&body, "requests")?;
    if !(1..=MAX_BATCH).contains(&requests.len()) {
        let detail = format!("requests: give 1 to {MAX_BATCH} requests, not {}", requests.len());
        return Err(Problem::invalid_field(detail).field("requests"));
    }
    for (at, request) in requests.iter().enumerate() {
        request.validate().map_err(|error| {
            let field = format!("requests[{at}].{}", error.field);
            Problem::invalid_field(format!("requests[{at}].{error}")).field(field)
        })?;
    }
    let suggestions: u64 = requests.iter().map(|request| request.limit).sum();
    if suggestions > MAX_BATCH_SUGGESTIONS {
        let detail = format!(
            "requests: ask for at most {MAX_BATCH_SUGGESTIONS} suggestions together (`limit`), not {suggestions}"
        );
        return Err(Problem::invalid_field(detail).field("requests"));
    }
    let served = app.served()?;
    let (limits, coding) = (app.limits.clone(), coding(&headers));
    let answered = limits.run(move || {
        let answer = |request: &Request| timed_answer(&app, &served, request).map(Response::into_owned);
        let answers = Answers { answers: requests.iter().map(answer).collect::<Result<_>>()? };
        json(&app, &served, serde_json::to_vec(&answers).map_err(unwritable)?, coding)
    });
    answered.await?
}

/// The coding that a client likes best.
fn coding(headers: &HeaderMap) -> Coding {
    accepted(headers).first().copied().unwrap_or(Coding::Identity)
}

/// The JSON of an answer.
fn text(answer: Response<Cow<'_, str>>) -> Result<Vec<u8>> {
    let mut text = Vec::with_capacity(USUAL_ANSWER);
    answer_json::write(answer, &mut text).map_err(unwritable)?;
    Ok(text)
}

fn unwritable(error: serde_json::Error) -> Problem {
    Problem::internal(error.to_string())
}

/// A response of this JSON that says which model it is from; in this coding, if it is long.
fn json(app: &App, served: &Served, mut bytes: Vec<u8>, coding: Coding) -> Result<HttpResponse> {
    let coding = if bytes.len() < WORTH_CODING { Coding::Identity } else { coding };
    if coding != Coding::Identity {
        bytes = coding.encode_quickly(&bytes).map_err(|error| Problem::internal(error.to_string()))?;
    }
    let model = served.hash_value();
    let content_type = HeaderValue::from_static("application/json");
    let body = app.limits.hold(bytes)?;
    let mut response = ([(header::CONTENT_TYPE, content_type), (MODEL_HEADER, model)], body).into_response();
    if let Some(coding) = coding.header_value() {
        response.headers_mut().insert(header::CONTENT_ENCODING, coding);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    Ok(response)
}

/// Answers a request, and counts that.
fn timed_answer<'m>(app: &'m App, served: &'m Served, request: &Request) -> Result<Response<Cow<'m, str>>> {
    thread_local! {
        static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
    }
    let begun = Instant::now();
    // Taken out and put back: should an answer panic, its half-used buffers are gone with it.
    let mut scratch = SCRATCH.take().unwrap_or_default();
    let mut response = answer(&served.model, request, &mut scratch).map_err(out_of_range)?;
    SCRATCH.set(Some(scratch));
    response.version = Cow::Borrowed(&app.code_version);
    response.debug_info.computed_by = Cow::Borrowed("server");
    response.debug_info.model_hash = Cow::Borrowed(&served.hash_text);
    response.debug_info.took_ms = Some(begun.elapsed().as_micros() as f64 / 1_000.0);
    app.metrics.answered(&response.debug_info);
    Ok(response)
}

fn out_of_range(error: InvalidRequest) -> Problem {
    Problem::invalid_field(error.to_string()).field(error.field)
}

/// Parses a body that has to have this field; the problem names the place or the field to mend.
fn parse<T: DeserializeOwned>(body: &[u8], required: &str) -> Result<T> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => return Err(Problem::malformed_json(format!("the body is empty: send JSON such as {EXAMPLE}"))),
        // A list would otherwise be read as the fields of a request in their order.
        Some(b'{') => {}
        Some(_) => {
            serde_json::from_slice::<IgnoredAny>(body).map_err(|error| malformed(&error))?;
            return Err(Problem::invalid_field(format!("the body must be a JSON object such as {EXAMPLE}")));
        }
    }
    // Text that is known to be Unicode need not be looked at again, name by name.
    let parsed = match str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    };
    parsed.map_err(|error| match error.classify() {
        Category::Data => wrong_type::<T>(body, required, &error),
        _ => malformed(&error),
    })
}

fn malformed(error: &serde_json::Error) -> Problem {
    let detail = format!("{error}: send JSON such as {EXAMPLE}");
    Problem::malformed_json(detail).at(error.line(), error.column())
}

/// Parses once more to learn the path of the field: only requests that fail pay for that.
fn wrong_type<T: DeserializeOwned>(body: &[u8], required: &str, error: &serde_json::Error) -> Problem {
    let again: std::result::Result<T, _> =
        serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(body));
    let path = again.err().map(|error| error.path().to_string()).unwrap_or_default();
    // The path of a missing field is that of the object which lacks it: ".".
    let missing = path == ".";
    let place = if missing { required } else { path.as_str() };
    // Of a batch, the field of the request.
    let within =
        place.strip_prefix("requests[").and_then(|rest| rest.split_once("].")).map_or(place, |(_, field)| field);
    let field = within.split(['.', '[']).find(|part| !part.is_empty()).unwrap_or_default();
    let wanted = match field {
        "songs" => format!("a list of 1 to {MAX_SEEDS} songs, each a string or {{\"title\": …, \"artist\": …}}"),
        "requests" => format!("a list of 1 to {MAX_BATCH} requests, each such as {EXAMPLE}"),
        "exclude" => "a list of songs, each a string or {\"title\": …, \"artist\": …}".to_owned(),
        "exclude_artists" => "a list of strings".to_owned(),
        "limit" => format!("a whole number from 1 to {MAX_LIMIT}"),
        "max_per_artist" => "a whole number of at least 1".to_owned(),
        "novelty" => "a number from 0 to 1".to_owned(),
        "explain" => "true or false".to_owned(),
        _ => format!("as in {EXAMPLE}"),
    };
    let detail = format!("{place}: {error}; it must be {wanted}");
    Problem::invalid_field(detail).field(place).at(error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(body: &str) -> serde_json::Value {
        serde_json::to_value(parse::<Request>(body.as_bytes(), "songs").expect_err(body)).unwrap()
    }

    #[test]
    fn malformed_json_is_placed() {
        let problem = problem("{\"songs\": [\n \"Yesterday\" \"Help!\"]}");
        assert_eq!((&problem["status"], &problem["line"], &problem["column"]), (&400.into(), &2.into(), &14.into()));
    }

    #[test]
    fn wrong_types_name_their_field() {
        for (body, field) in [
            (r#"{}"#, "songs"),
            (r#"{"songs": "Yesterday"}"#, "songs"),
            (r#"{"songs": null}"#, "songs"),
            (r#"{"songs": ["Yesterday", 3]}"#, "songs[1]"),
            (r#"{"songs": [{"artist": "The Beatles"}]}"#, "songs[0]"),
            (r#"{"songs": ["x"], "limit": -1}"#, "limit"),
            (r#"{"songs": ["x"], "limit": "20"}"#, "limit"),
            (r#"{"songs": ["x"], "limit": 1.5}"#, "limit"),
            (r#"{"songs": ["x"], "novelty": "much"}"#, "novelty"),
            (r#"{"songs": ["x"], "explain": 1}"#, "explain"),
            (r#"{"songs": ["x"], "exclude_artists": [null]}"#, "exclude_artists[0]"),
        ] {
            let problem = problem(body);
            assert_eq!((&problem["status"], &problem["field"]), (&422.into(), &field.into()), "{body}: {problem}");
        }
    }

    #[test]
    fn a_field_in_a_batch_is_named_with_its_request() {
        for (body, field) in [
            (r#"{}"#, "requests"),
            (r#"{"requests": {}}"#, "requests"),
            (r#"{"requests": [{"songs": ["x"]}, {"songs": ["x"], "limit": "20"}]}"#, "requests[1].limit"),
        ] {
            let problem = parse::<Batch>(body.as_bytes(), "requests").expect_err(body);
            let problem = serde_json::to_value(problem).unwrap();
            assert_eq!((&problem["status"], &problem["field"]), (&422.into(), &field.into()), "{body}: {problem}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in [r#"["Yesterday"]"#, r#"[["Yesterday"]]"#, "\"Yesterday\"", "17", "null"] {
            assert_eq!(problem(body)["status"], 422, "{body}");
        }
        for body in ["", " \n", "[", "Yesterday", "\u{feff}{}"] {
            assert_eq!(problem(body)["status"], 400, "{body}");
        }
    }

    #[test]
    fn whole_numbers_may_be_written_with_a_point() {
        let request: Request = parse(br#"{"songs": ["x"], "limit": 3.0, "max_per_artist": 1e1}"#, "songs").unwrap();
        assert_eq!((request.limit, request.max_per_artist), (3, Some(10)));
        let request: Request = parse(br#"{"songs": ["x"], "max_per_artist": null}"#, "songs").unwrap();
        assert_eq!((request.limit, request.max_per_artist), (20, None));
        for number in ["-1", "-0.5", "2.5", "1e300", "true", "\"3\""] {
            assert_eq!(
                problem(&format!("{{\"songs\": [\"x\"], \"max_per_artist\": {number}}}"))["status"],
                422,
                "{number}"
            );
        }
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let request: Request = parse(br#"{"songs": ["x"], "mood": {"deep": [1, 2]}}"#, "songs").unwrap();
        assert_eq!(request, Request::new(vec!["x".into()]));
    }
}
