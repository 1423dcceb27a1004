//! Headers that tell browsers what they may do with responses: the one place where the content security policy is.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// What a page may load and do (<https://www.w3.org/TR/CSP3/>), but for its inline scripts, whose hashes are added.
///
/// Everything comes from this server. `wasm-unsafe-eval` lets WebAssembly be compiled and nothing be evaluated; styles
/// may stand in attributes, because bars are drawn so; `blob:` is what a page offers for download.
const POLICY: [&str; 11] = [
    "default-src 'none'",
    "connect-src 'self'",
    "font-src 'self'",
    "img-src 'self' data: blob:",
    "manifest-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "worker-src 'self'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
];

/// The headers, made once.
#[derive(Clone, Debug)]
pub struct BrowserHeaders {
    policy: HeaderValue,
}

impl BrowserHeaders {
    /// Headers that let the inline scripts of these pages run, and no others.
    #[must_use]
    pub fn new<'a>(pages: impl IntoIterator<Item = &'a str>) -> Self {
        let mut scripts = "script-src 'self' 'wasm-unsafe-eval'".to_owned();
        for script in pages.into_iter().flat_map(inline_scripts) {
            scripts.push_str(&format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script))));
        }
        let policy = format!("{}; {scripts}", POLICY.join("; "));
        // Nothing but ASCII is in it.
        Self { policy: HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'")) }
    }

    /// Puts them on a response.
    pub fn put_on(&self, headers: &mut HeaderMap) {
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let content_type = headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        let is_page = content_type.starts_with(b"text/html");
        // Data loads nothing.
        if !content_type.starts_with(b"application/json") {
            headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        }
        if is_page {
            headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
            headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
            headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
            headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static("camera=(), geolocation=(), microphone=()"));
        }
    }
}

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// The texts of the script elements that have no `src`: exactly what browsers hash.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    let mut rest = page;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once("<script")?;
            let (attributes, after) = after.split_once('>')?;
            let (text, after) = after.split_once("</script>")?;
            rest = after;
            if !attributes.contains("src=") && !text.is_empty() {
                return Some(text);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_found_as_they_stand() {
        let page = "<script type=module>\n one() </script><script src=/x.js></script><script>two('<b>')</script>";
        assert_eq!(inline_scripts(page).collect::<Vec<_>>(), ["\n one() ", "two('<b>')"]);
        assert_eq!(inline_scripts("<script>never closed").count(), 0);
    }

    #[test]
    fn a_pages_inline_scripts_are_let_run_by_their_hash() {
        // The example of the specification's section 8.4: the hash of `alert('Hello, world.');`.
        let headers = BrowserHeaders::new(["<script>alert('Hello, world.');</script>"]);
        let policy = headers.policy.to_str().unwrap();
        assert!(policy.contains("'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"), "{policy}");
    }

    #[test]
    fn data_has_no_referrers() {
        for (content_type, has_policy) in [("application/json", false), ("text/css", true), ("image/svg+xml", true)] {
            let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))]);
            BrowserHeaders::new([]).put_on(&mut headers);
            assert_eq!(headers.contains_key(header::REFERRER_POLICY), has_policy, "{content_type}");
            assert!(headers.contains_key(header::X_CONTENT_TYPE_OPTIONS), "{content_type}");
        }
    }

    #[test]
    fn only_pages_have_a_policy() {
        let mut headers = HeaderMap::new();
        BrowserHeaders::new([]).put_on(&mut headers);
        assert!(
            !headers.contains_key(header::CONTENT_SECURITY_POLICY) && headers.contains_key("x-content-type-options")
        );
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        BrowserHeaders::new([]).put_on(&mut headers);
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("'unsafe-eval'"));
    }
}
