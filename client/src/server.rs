//! Asking a server.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use segue_model::api::{Request, Response};
use serde::Deserialize;
use ureq::Agent;
use ureq::http::header::AUTHORIZATION;
use ureq::http::{HeaderValue, Uri};

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerUrl(String);

/// What a server asks for that is not for everybody. It is never shown.
#[derive(Clone)]
pub(crate) struct ApiKey(HeaderValue);

/// The text is no API key.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("this is no API key: give one key, of letters, digits and signs without spaces")]
pub(crate) struct BadKey;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// Nobody listens there.
    #[error(
        "no server at {url} ({reason})\n\
         Start one:            segue-server --store DIR\n\
         or answer without:    segue … --model FILE.segue\n\
         or name another:      segue … --server http://HOST:PORT"
    )]
    Unreachable { url: String, reason: String },
    /// No answer came in time.
    #[error("{url} did not answer within {} s: give it longer with --timeout", .timeout.as_secs_f64())]
    TimedOut { url: String, timeout: Duration },
    /// The server is only for holders of a key.
    #[error(
        "the server at {url} wants an API key that it knows, {}: give one by --api-key-file FILE or SEGUE_API_KEY",
        if *.given { "and does not know this one" } else { "and none was sent" }
    )]
    NoKey { url: String, given: bool },
    /// The server says that something is wrong.
    #[error("the server answers {status}: {detail}")]
    Refused { status: u16, detail: String },
    /// Something answers, but not as Segue does.
    #[error("{url} answers {status}, but not as a Segue server does: is the address right?")]
    NotSegue { url: String, status: u16 },
    /// An option of the request is out of its range.
    #[error(transparent)]
    Invalid(#[from] segue_model::api::InvalidRequest),
}

impl AskError {
    /// The HTTP status; 0 where there is none.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Refused { status, .. } | Self::NotSegue { status, .. } => *status,
            Self::NoKey { .. } => 401,
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Invalid(_) => 0,
        }
    }

    /// The reason in a line.
    pub(crate) fn reason(&self) -> String {
        self.to_string().lines().next().unwrap_or_default().to_owned()
    }
}

/// A connection to a server, kept from one request to the next.
#[derive(Debug)]
pub(crate) struct Server {
    agent: Agent,
    url: String,
    timeout: Duration,
    key: Option<ApiKey>,
}

impl Server {
    pub(crate) fn new(ServerUrl(url): &ServerUrl, timeout: Duration, key: Option<ApiKey>) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(timeout))
            .user_agent(concat!("segue/", env!("CARGO_PKG_VERSION")));
        if is_this_machine(url) {
            config = config.proxy(None);
        }
        Self { agent: config.build().into(), url: url.clone(), timeout, key }
    }

    /// The answer to a request, parsed and as it came.
    pub(crate) fn ask(&self, request: &Request) -> Result<(Response, String), AskError> {
        request.validate()?;
        // Strings and numbers: nothing that JSON could not hold.
        let body = serde_json::to_vec(request).unwrap_or_default();
        let mut post = self.agent.post(format!("{}/api/recommend", self.url)).content_type("application/json");
        if let Some(ApiKey(bearer)) = &self.key {
            // This header, and not the server's other one: it is not sent on to where a redirect leads.
            post = post.header(AUTHORIZATION, bearer);
        }
        let posted =
            post.send(&body).and_then(|mut answer| Ok((answer.status().as_u16(), answer.body_mut().read_to_string()?)));
        let (status, text) = posted.map_err(|error| self.failure(&error))?;
        let not_segue = || AskError::NotSegue { url: self.url.clone(), status };
        if status == 200 {
            let response = serde_json::from_str(&text).map_err(|_| not_segue())?;
            return Ok((response, text));
        }
        if status == 401 {
            return Err(AskError::NoKey { url: self.url.clone(), given: self.key.is_some() });
        }
        let problem: Problem = serde_json::from_str(&text).map_err(|_| not_segue())?;
        Err(AskError::Refused { status, detail: problem.detail })
    }

    fn failure(&self, error: &ureq::Error) -> AskError {
        let url = self.url.clone();
        match error {
            ureq::Error::Timeout(_) => AskError::TimedOut { url, timeout: self.timeout },
            ureq::Error::Io(error) => AskError::Unreachable { url, reason: error.to_string() },
            error => AskError::Unreachable { url, reason: error.to_string() },
        }
    }
}

impl FromStr for ApiKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let key = text.trim();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadKey);
        }
        let mut bearer = HeaderValue::try_from(format!("Bearer {key}")).map_err(|_| BadKey)?;
        bearer.set_sensitive(true);
        Ok(Self(bearer))
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey")
    }
}

/// The part of problem details (RFC 9457) that people read.
#[derive(Deserialize)]
struct Problem {
    detail: String,
}

impl FromStr for ServerUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example = "give it as http://HOST:PORT";
        let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let uri: Uri = url.parse().map_err(|error| format!("{error}: {example}"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
            return Err(format!("no address of a web server: {example}"));
        }
        if uri.query().is_some() {
            return Err(format!("leave out everything from the question mark on: {example}"));
        }
        Ok(Self(url.trim_end_matches('/').to_owned()))
    }
}

/// A proxy cannot reach what listens on this machine alone.
fn is_this_machine(url: &str) -> bool {
    let uri: Result<Uri, _> = url.parse();
    let is_loopback = |host: &str| {
        let address: Result<std::net::IpAddr, _> = host.trim_matches(['[', ']']).parse();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback() || address.is_unspecified())
    };
    uri.is_ok_and(|uri| uri.host().is_some_and(is_loopback))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<String> {
        text.parse().ok().map(|ServerUrl(url)| url)
    }

    #[test]
    fn an_address_may_lack_its_scheme() {
        assert_eq!(parsed("localhost:30502").as_deref(), Some("http://localhost:30502"));
        assert_eq!(parsed("https://music.example/segue/").as_deref(), Some("https://music.example/segue"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "http://", "ftp://example", "http://a b", "http://example/?q=1"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn this_machine_is_asked_without_a_proxy() {
        for url in ["http://127.0.0.1:30502", "http://localhost", "http://[::1]:80/x"] {
            assert!(is_this_machine(url), "{url}");
        }
        assert!(!is_this_machine("http://example.com:30502"));
    }
}
