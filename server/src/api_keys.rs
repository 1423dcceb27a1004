//! API keys: which clients are let in, where not everybody is.

use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};

use crate::Config;

/// The header that holds a key, besides `Authorization: Bearer`.
pub const HEADER: &str = "x-api-key";

/// Shorter keys could be guessed.
const SHORTEST_KEY: usize = 16;

/// Text that is never shown, neither in logs nor in error messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The keys given cannot be used. No message holds a key.
#[derive(Debug, thiserror::Error)]
pub enum BadKeys {
    /// The file cannot be read.
    #[error("the API keys in {} cannot be read: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A key is too short.
    #[error("API key number {number} has fewer than {SHORTEST_KEY} characters: make one with `openssl rand -hex 24`")]
    TooShort {
        /// Which one, from 1.
        number: usize,
    },
    /// Keys were asked for, and there is none: everybody would be let in, or nobody.
    #[error(
        "no API key is given: put one a line, or let everybody in by leaving out --api-keys and --api-keys-file, and API_KEYS and API_KEYS_FILE unset"
    )]
    None,
}

/// The keys, as hashes of one length.
#[derive(Clone, Debug)]
pub struct ApiKeys(Vec<[u8; 32]>);

impl ApiKeys {
    /// The keys of a configuration; `None` where everybody is let in.
    ///
    /// # Errors
    /// The file cannot be read, or what is given are no keys.
    pub fn read(config: &Config) -> Result<Option<Self>, BadKeys> {
        let mut texts = Vec::new();
        if let Some(file) = &config.api_keys_file {
            let read = fs::read_to_string(file);
            texts.push(read.map_err(|source| BadKeys::Unreadable { file: file.clone(), source })?);
        }
        if let Some(Secret(text)) = &config.api_keys {
            texts.push(text.clone());
        }
        if texts.is_empty() { Ok(None) } else { Self::parse(&texts.join("\n")).map(Some) }
    }

    /// Keys between white space and commas; what follows `#` in a line is a comment.
    fn parse(text: &str) -> Result<Self, BadKeys> {
        let lines = text.lines().map(|line| line.split_once('#').map_or(line, |(before, _)| before));
        let keys = lines.flat_map(|line| line.split([' ', '\t', ',', '\r'])).filter(|key| !key.is_empty());
        let hashes = keys.zip(1..).map(|(key, number)| {
            if key.len() < SHORTEST_KEY { Err(BadKeys::TooShort { number }) } else { Ok(Sha256::digest(key).into()) }
        });
        let hashes: Vec<[u8; 32]> = hashes.collect::<Result<_, _>>()?;
        if hashes.is_empty() { Err(BadKeys::None) } else { Ok(Self(hashes)) }
    }

    /// Which key a request holds, from 0; `None` if it holds none of them.
    ///
    /// It may hold another server's in `Authorization`, such as a proxy's, and ours in [`HEADER`].
    #[must_use]
    pub fn find(&self, headers: &HeaderMap) -> Option<u32> {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
        let ours = headers.get(HEADER).map(HeaderValue::as_bytes);
        let [in_bearer, in_ours] = [bearer, ours].map(|presented| self.number_of(presented?));
        in_bearer.or(in_ours)
    }

    /// Takes the same time whichever it is and however much of it is right: hashes are compared, all of them, each to
    /// its end.
    fn number_of(&self, presented: &[u8]) -> Option<u32> {
        let presented: [u8; 32] = Sha256::digest(presented).into();
        let (mut found, mut which) = (Choice::from(0), 0_u32);
        for (number, key) in (0..).zip(&self.0) {
            let same = key.ct_eq(&presented);
            which.conditional_assign(&number, same);
            found |= same;
        }
        bool::from(found).then_some(which)
    }
}

/// The token in `Bearer TOKEN`. The scheme is written in either case (RFC 9110, 11.1), with one space or more after it.
fn bearer(credentials: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = credentials.split_at_checked(b"bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef";
    const OTHER: &str = "fedcba9876543210";

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn keys_are_found_in_either_header_and_nothing_else_is() {
        let keys = ApiKeys::parse(&format!("# ours\n{ONE}, # one client\n\n{OTHER}\n")).unwrap();
        assert_eq!(keys.find(&headers("x-api-key", ONE)), Some(0));
        assert_eq!(keys.find(&headers("authorization", &format!("Bearer {OTHER}"))), Some(1));
        for wrong in ["", "0123456789abcdeF", "0123456789abcdef0", "# ours"] {
            assert_eq!(keys.find(&headers("x-api-key", wrong)), None, "{wrong}");
        }
        assert_eq!(keys.find(&headers("authorization", ONE)), None);
        assert_eq!(keys.find(&HeaderMap::new()), None);
    }

    #[test]
    fn the_scheme_is_known_in_either_case() {
        let keys = ApiKeys::parse(ONE).unwrap();
        for right in ["bearer ", "BEARER ", "Bearer  "] {
            assert_eq!(keys.find(&headers("authorization", &format!("{right}{ONE}"))), Some(0), "{right}");
        }
        for wrong in ["Bearer", "Basic ", "Bearers "] {
            assert_eq!(keys.find(&headers("authorization", &format!("{wrong}{ONE}"))), None, "{wrong}");
        }
    }

    #[test]
    fn credentials_for_somebody_else_do_not_hide_a_key() {
        let keys = ApiKeys::parse(ONE).unwrap();
        for others in ["Basic dXNlcjpwYXNz", "Bearer another-servers-token", "Bearer "] {
            let mut both = headers("authorization", others);
            both.extend(headers("x-api-key", ONE));
            assert_eq!(keys.find(&both), Some(0), "{others}");
        }
        let mut both = headers("authorization", &format!("Bearer {ONE}"));
        both.extend(headers("x-api-key", "unknown"));
        assert_eq!(keys.find(&both), Some(0));
    }

    #[test]
    fn an_option_without_a_key_in_it_lets_nobody_in_by_accident() {
        let mut config = Config::new("store");
        assert!(matches!(ApiKeys::read(&config), Ok(None)), "nothing is asked for");
        for empty in ["", " \n", "# none"] {
            config.api_keys = Some(empty.parse().unwrap());
            assert!(matches!(ApiKeys::read(&config), Err(BadKeys::None)), "{empty:?}");
        }
    }

    #[test]
    fn keys_that_are_none_are_refused_without_being_shown() {
        let error = ApiKeys::parse(&format!("{ONE} short-secret")).unwrap_err().to_string();
        assert!(error.contains("number 2") && !error.contains("short-secret"), "{error}");
        assert!(matches!(ApiKeys::parse(" # nothing\n"), Err(BadKeys::None)));
    }

    #[test]
    fn a_secret_is_not_shown() {
        let mut config = Config::new("store");
        config.api_keys = Some(ONE.parse().unwrap());
        assert!(!format!("{config:?}").contains(ONE));
    }
}
