//! The web UI: static files, and what is answered where there are none.

use std::io::{self, ErrorKind};
use std::path::Path;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use tower_http::services::{ServeDir, ServeFile};

use crate::app::AppState;
use crate::problem::Problem;

/// Shortest run of hexadecimal digits in a file's name that is taken for a hash of its content. Trunk writes 64 bits
/// without leading zeros: one name in four thousand has fewer than 14 digits, and is merely cached less well.
const SHORTEST_HASH: usize = 14;

/// A folder with a built web UI.
#[derive(Clone, Debug)]
pub struct Site {
    files: ServeDir,
    index: ServeFile,
    page: String,
}

impl Site {
    /// The UI in this folder; `None` if it has no `index.html`.
    ///
    /// Where a file lies beside another under the same name with `.br` or `.gz` added, it is sent instead to clients
    /// that take that coding.
    #[must_use]
    pub fn open(folder: &Path) -> Option<Self> {
        let index = folder.join("index.html");
        let page = std::fs::read_to_string(&index).ok()?;
        Some(Self {
            // Folders are no pages of their own: `/` too is answered as a page of the UI.
            files: ServeDir::new(folder)
                .append_index_html_on_directories(false)
                .precompressed_br()
                .precompressed_gzip(),
            index: ServeFile::new(index).precompressed_br().precompressed_gzip(),
            page,
        })
    }

    /// The page that every address of the UI begins with, as it was when the server started.
    #[must_use]
    pub fn page(&self) -> &str {
        &self.page
    }

    async fn answer(&self, request: Request) -> Response {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let headers = request.headers().clone();
        let read = self.files.clone().try_call(request).await;
        let (read, caching) = if is_nothing(&read) && is_page(uri.path()) {
            // An address of the UI itself, which its router reads: every one of them begins at the same page.
            let mut again = Request::new(Body::empty());
            (*again.method_mut(), *again.uri_mut(), *again.headers_mut()) = (method, uri.clone(), headers);
            (self.index.clone().try_call(again).await, NOT_UNASKED)
        } else {
            (read, caching(uri.path()))
        };
        if is_nothing(&read) {
            return nothing_here(&uri);
        }
        let mut response = match read {
            Ok(response) => response.map(Body::new),
            Err(error) => {
                tracing::warn!(path = uri.path(), "a file of the web UI cannot be read: {error}");
                return Problem::internal("a file of the web UI could not be read: try again").into_response();
            }
        };
        // Only what is in the file may be kept: how asking for it failed is not for ever.
        if matches!(response.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED) {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        }
        response
    }
}

/// Whatever no route takes: files of the UI, or problems.
pub async fn fallback(State(app): State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return nothing_here(request.uri());
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let problem = Problem::wrong_method(format!("{} is not for files: use GET", request.method()));
        return ([(header::ALLOW, HeaderValue::from_static("GET,HEAD"))], problem).into_response();
    }
    match &app.site {
        Some(site) => site.answer(request).await,
        None if path == "/" => Html(EXPLANATION).into_response(),
        None => nothing_here(request.uri()),
    }
}

fn nothing_here(uri: &Uri) -> Response {
    let path: String = uri.path().chars().take(200).collect();
    Problem::not_found(format!("there is nothing at {path}; the API is described at /api/openapi.json")).into_response()
}

const NOT_UNASKED: &str = "no-cache";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Files whose name has a hash of their content never change; all others are asked for again.
fn caching(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let is_hash = |word: &str| word.len() >= SHORTEST_HASH && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    if words.any(is_hash) { FOR_EVER } else { NOT_UNASKED }
}

/// Whether an address may be one of the UI's pages: files have an extension, pages have none.
fn is_page(path: &str) -> bool {
    !path.rsplit('/').next().unwrap_or_default().contains('.')
}

/// Whether there is no such file, or none that may be served.
fn is_nothing<B>(read: &io::Result<Response<B>>) -> bool {
    match read {
        Ok(response) => response.status() == StatusCode::NOT_FOUND,
        Err(error) => {
            matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::NotADirectory)
        }
    }
}

const EXPLANATION: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Segue</title>
<h1>Segue</h1>
<p>This server answers the API; it was started without the web UI. To have it here, build it with
<code>trunk build --release</code> and start the server with <code>--site dist</code>.</p>
<pre>wget -qO- --header='Content-Type: application/json' \
     --post-data '{"songs": ["Yesterday", "Bohemian Rhapsody"]}' http://localhost:30502/api/recommend</pre>
<p><a href="/api/openapi.json">Description of the API</a> · <a href="/api/model/info">The model</a> ·
<a href="/readyz">Ready?</a> · <a href="/metrics">Metrics</a></p>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_cached_for_ever() {
        for name in ["/app-5f0c1f2d3e4a5b6c.js", "/app-5f0c1f2d3e4a5b6c_bg.wasm", "/assets/style-a1b2c3d4e5f607.css"] {
            assert_eq!(caching(name), FOR_EVER, "{name}");
        }
        for name in ["/", "/index.html", "/robots.txt", "/worker.js", "/icon-512.png", "/defaced-beef.js"] {
            assert_eq!(caching(name), NOT_UNASKED, "{name}");
        }
    }

    #[test]
    fn pages_have_no_extension() {
        assert!(is_page("/rules") && is_page("/model/v1.2/rules") && is_page("/"));
        assert!(!is_page("/app.js") && !is_page("/a/b.wasm") && !is_page("/.env"));
    }
}
