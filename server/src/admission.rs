//! Whether a request is let in: not too many at once, with a key where one is needed, not too often.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use axum::http::{Method, Request};

use crate::Config;
use crate::api_keys::{ApiKeys, BadKeys};
use crate::problem::Problem;
use crate::rate_limit::{Client, RateLimit};

/// What is answered whatever else goes on: an orchestrator that gets no answer from a busy server would end it, and an
/// operator would be blind just then.
pub(crate) const ALWAYS: [&str; 4] = ["/healthz", "/readyz", "/metrics", "/version"];

/// The address at the other end of a connection, as an extension of its requests.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Too many are being answered.
    Overloaded,
    /// Its client has asked too often.
    Rate,
    /// It has no valid key.
    Key,
}

impl Refused {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Overloaded, Self::Rate, Self::Key];

    /// The reason as a metric's label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Overloaded => "overloaded",
            Self::Rate => "rate",
            Self::Key => "key",
        }
    }
}

/// Decides whether requests are let in.
#[derive(Debug)]
pub struct Admission {
    inside: AtomicUsize,
    most: usize,
    keys: Option<ApiKeys>,
    rate: Option<RateLimit>,
}

/// A request that is let in.
#[derive(Debug)]
pub struct Admitted<'a> {
    /// What it counts for, if it does.
    admission: Option<&'a Admission>,
}

impl<'a> Admitted<'a> {
    /// Counts it, if its answer takes time. What is answered at once is nobody's burden, and threads that count together wait for
    /// one another.
    ///
    /// # Errors
    /// Others have come in between, and there are too many now.
    pub fn waits(self) -> Result<Inside<'a>, (Refused, Problem)> {
        let Some(admission) = self.admission else { return Ok(Inside(None)) };
        let before = admission.inside.fetch_add(1, Ordering::Relaxed);
        let inside = Inside(Some(&admission.inside));
        if before >= admission.most { Err(too_many()) } else { Ok(inside) }
    }
}

/// A request that is let in and waits, until dropped.
#[derive(Debug)]
pub struct Inside<'a>(Option<&'a AtomicUsize>);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if let Some(inside) = self.0 {
            inside.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Admission {
    /// As configured.
    ///
    /// # Errors
    /// The API keys cannot be used.
    pub fn new(config: &Config) -> Result<Self, BadKeys> {
        Ok(Self {
            inside: AtomicUsize::new(0),
            most: config.max_concurrent_requests.get(),
            keys: ApiKeys::read(config)?,
            rate: config.rate_limit.map(|rate| RateLimit::new(rate, config.rate_limit_burst)),
        })
    }

    /// Whether it matters who asks: requests are then to have a [`Peer`].
    #[must_use]
    pub fn counts_clients(&self) -> bool {
        self.rate.is_some()
    }

    /// Whether the API is only for holders of a key.
    #[must_use]
    pub fn needs_keys(&self) -> bool {
        self.keys.is_some()
    }

    /// Lets a request for a route in.
    ///
    /// # Errors
    /// It is not let in: why, and the answer.
    pub fn admit<B>(&self, route: &str, request: &Request<B>) -> Result<Admitted<'_>, (Refused, Problem)> {
        if ALWAYS.contains(&route) {
            return Ok(Admitted { admission: None });
        }
        if self.inside.load(Ordering::Relaxed) >= self.most {
            return Err(too_many());
        }
        let key = match &self.keys {
            Some(keys) if needs_key(request) => Some(keys.find(request.headers())),
            _ => None,
        };
        // Without a socket there is nobody to tell from others: a service in this process.
        let address = || request.extensions().get::<Peer>().map(|peer| Client::at(peer.0.ip()));
        // Whoever holds a key is that one, wherever they are, and does not suffer for those who guess at the same address.
        if let (Some(rate), Some(client)) = (&self.rate, key.flatten().map(Client::Key).or_else(address)) {
            rate.count(client, Instant::now()).map_err(|wait| {
                let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
                let detail = format!("this client asks too often: try again in {seconds} s");
                (Refused::Rate, Problem::too_often(detail).retry_after(seconds))
            })?;
        }
        if key == Some(None) {
            let detail = "send a key this server knows, as `Authorization: Bearer KEY` or `X-Api-Key: KEY`";
            return Err((Refused::Key, Problem::no_key(detail)));
        }
        Ok(Admitted { admission: Some(self) })
    }
}

fn too_many() -> (Refused, Problem) {
    let detail = "too many requests are being answered: try again in a second";
    (Refused::Overloaded, Problem::overloaded(detail).retry_after(1))
}

fn needs_key<B>(request: &Request<B>) -> bool {
    is_for_key_holders(request.uri().path()) && *request.method() != Method::OPTIONS
}

/// The API itself; its description and the web UI are for everybody.
pub(crate) fn is_for_key_holders(path: &str) -> bool {
    path.starts_with("/api/") && !["/api/openapi.json", "/api/docs"].contains(&path)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use axum::body::Body;

    use super::*;
    use crate::api_keys::HEADER;

    fn request(path: &str) -> Request<Body> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = path.parse().unwrap();
        request.extensions_mut().insert(Peer("192.0.2.1:5000".parse().unwrap()));
        request
    }

    fn refused(admission: &Admission, path: &str) -> Option<Refused> {
        admission.admit(path, &request(path)).err().map(|(why, _)| why)
    }

    #[test]
    fn too_many_at_once_are_turned_away_but_operators_never() {
        let mut config = Config::new("store");
        config.max_concurrent_requests = NonZeroUsize::MIN;
        let admission = Admission::new(&config).unwrap();
        let admit = || admission.admit("/api/recommend", &request("/api/recommend"));
        // Whoever does not wait is in nobody's way.
        let (first, second) = (admit().unwrap(), admit().unwrap());
        let first = first.waits().unwrap();
        assert_eq!(second.waits().map(drop).map_err(|(why, _)| why), Err(Refused::Overloaded));
        let (why, problem) = admit().unwrap_err();
        assert_eq!((why, problem.status().as_u16()), (Refused::Overloaded, 503));
        for path in ALWAYS {
            let operators = admission.admit(path, &request(path)).unwrap();
            assert!(operators.waits().is_ok(), "{path}");
        }
        drop(first);
        assert_eq!(refused(&admission, "/api/recommend"), None);
    }

    #[test]
    fn only_the_api_needs_a_key() {
        let mut config = Config::new("store");
        config.api_keys = Some("0123456789abcdef".parse().unwrap());
        let admission = Admission::new(&config).unwrap();
        assert_eq!(refused(&admission, "/api/recommend"), Some(Refused::Key));
        for path in ["/", "/rules", "/api/openapi.json", "/api/docs", "/healthz"] {
            assert_eq!(refused(&admission, path), None, "{path}");
        }
    }

    #[test]
    fn who_asks_too_often_is_told_when_to_come_back() {
        let mut config = Config::new("store");
        (config.rate_limit, config.rate_limit_burst) = ("0.001".parse().ok(), 2);
        let admission = Admission::new(&config).unwrap();
        assert_eq!([refused(&admission, "/api/songs"), refused(&admission, "/api/songs")], [None, None]);
        assert_eq!(refused(&admission, "/api/songs"), Some(Refused::Rate));
        assert_eq!(refused(&admission, "/metrics"), None);
    }

    #[test]
    fn who_has_no_key_is_slowed_down_too_and_who_has_one_is_not_for_that() {
        let mut config = Config::new("store");
        config.api_keys = "0123456789abcdef".parse().ok();
        (config.rate_limit, config.rate_limit_burst) = ("0.001".parse().ok(), 2);
        let admission = Admission::new(&config).unwrap();
        let ask = |key: &'static str| {
            let mut request = request("/api/songs");
            request.headers_mut().insert(HEADER, key.parse().unwrap());
            admission.admit("/api/songs", &request).err().map(|(why, _)| why)
        };
        let guesses = ["guess-number-one", "guess-number-two", "guess-number-six"].map(ask);
        assert_eq!(guesses, [Some(Refused::Key), Some(Refused::Key), Some(Refused::Rate)]);
        assert_eq!([(); 3].map(|()| ask("0123456789abcdef")), [None, None, Some(Refused::Rate)]);
    }
}
