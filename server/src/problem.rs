//! Errors as clients see them: problem details (RFC 9457) that say what to mend.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of problem details.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Result of a handler.
pub type Result<T> = std::result::Result<T, Problem>;

/// An error, as its response body.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Problem {
    /// Which kind of problem this is; the same for every occurrence.
    #[serde(rename = "type")]
    #[schema(example = "urn:segue:problem:invalid-field")]
    kind: &'static str,
    /// The kind, in words.
    #[schema(example = "A field is not what it may be")]
    title: &'static str,
    /// The HTTP status.
    #[schema(value_type = u16, example = 422)]
    #[serde(serialize_with = "status_number")]
    status: StatusCode,
    /// This occurrence, and what to mend.
    #[schema(example = "limit: must be from 1 to 500, not 0")]
    detail: String,
    /// The field or parameter to mend, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "limit")]
    field: Option<String>,
    /// Line of the request body, from 1, where the error was noticed.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// Column in that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    #[serde(skip)]
    retry_after: Option<u32>,
}

/// Defines a constructor for each kind of problem.
macro_rules! kinds {
    ($($(#[$documentation:meta])* $name:ident = $status:ident, $kind:literal, $title:literal;)*) => {
        impl Problem {
            $(
                $(#[$documentation])*
                #[must_use]
                pub fn $name(detail: impl Into<String>) -> Self {
                    let kind = concat!("urn:segue:problem:", $kind);
                    Self {
                        kind,
                        title: $title,
                        status: StatusCode::$status,
                        detail: detail.into(),
                        field: None,
                        line: None,
                        column: None,
                        retry_after: None,
                    }
                }
            )*
        }
    };
}

kinds! {
    /// 400: the body is no JSON.
    malformed_json = BAD_REQUEST, "malformed-json", "The body is not JSON";
    /// 400: the address cannot be understood.
    malformed_address = BAD_REQUEST, "malformed-address", "The address cannot be understood";
    /// 401: the request holds no API key that is known.
    no_key = UNAUTHORIZED, "no-key", "An API key is needed";
    /// 404: there is no such address.
    not_found = NOT_FOUND, "not-found", "There is nothing at this address";
    /// 404: the model asked for is not the one being served.
    not_current = NOT_FOUND, "not-current", "This is not the current model";
    /// 405: the address does not take this method. The router adds `Allow`.
    wrong_method = METHOD_NOT_ALLOWED, "wrong-method", "The method is not allowed here";
    /// 408: the body took too long to arrive.
    too_slow = REQUEST_TIMEOUT, "too-slow", "The request took too long to arrive";
    /// 413: the body is longer than is read.
    too_large = PAYLOAD_TOO_LARGE, "too-large", "The request is too large";
    /// 416: what is asked for has no such range of bytes.
    no_such_range = RANGE_NOT_SATISFIABLE, "no-such-range", "There is no such range";
    /// 422: a field or parameter has a wrong type or is out of its range.
    invalid_field = UNPROCESSABLE_ENTITY, "invalid-field", "A field is not what it may be";
    /// 429: the client asks too often.
    too_often = TOO_MANY_REQUESTS, "too-often", "Too many requests";
    /// 500: a bug.
    internal = INTERNAL_SERVER_ERROR, "internal", "The server failed";
    /// 503: there is no model yet.
    no_model = SERVICE_UNAVAILABLE, "no-model", "There is no model yet";
    /// 503: the server is about to stop.
    draining = SERVICE_UNAVAILABLE, "draining", "The server is stopping";
    /// 503: too much work is waiting.
    overloaded = SERVICE_UNAVAILABLE, "overloaded", "The server is overloaded";
}

impl Problem {
    /// Names the field or parameter to mend.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Says where in the body the error was noticed; both numbers count from 1.
    #[must_use]
    pub fn at(mut self, line: usize, column: usize) -> Self {
        (self.line, self.column) = (u32::try_from(line).ok(), u32::try_from(column).ok());
        self
    }

    /// Tells clients to try again after some seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // Strings and small numbers: nothing that JSON could not hold.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        let mut response = (self.status, headers, body).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

fn status_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}
