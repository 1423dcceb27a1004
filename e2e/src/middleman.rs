//! Somebody between browser and server who can damage what passes through.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, Response, StatusCode, header};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How long a question may take to come.
const PATIENCE: Duration = Duration::from_secs(60);
/// What of an answer the browser is told besides its bytes.
const HEADERS: [header::HeaderName; 4] =
    [header::CONTENT_TYPE, header::ETAG, header::CACHE_CONTROL, header::CONTENT_SECURITY_POLICY];

/// Passes requests on to a server, and answers back. It is gone when this is dropped.
#[derive(Debug)]
pub struct Middleman {
    origin: String,
    damage: Arc<Mutex<Damage>>,
    task: JoinHandle<()>,
}

/// What is damaged, and how often that has happened.
#[derive(Clone, Debug, Default)]
struct Damage {
    end: Option<String>,
    times: usize,
}

impl Middleman {
    /// Stands before the server of this origin.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn before(server: &str) -> Result<Self> {
        let damage = Arc::new(Mutex::new(Damage::default()));
        let passing = Passing { server: server.to_owned(), damage: damage.clone() };
        let router = Router::new().fallback(pass).with_state(passing);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { origin, damage, task })
    }

    /// Where the browser finds it.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// From now on changes a byte in the middle of whatever has a path with this end; or in nothing.
    pub fn damage(&self, end: Option<&str>) {
        self.damage.lock().unwrap_or_else(PoisonError::into_inner).end = end.map(str::to_owned);
    }

    /// Waits until something has been changed more often than this.
    ///
    /// # Errors
    /// It does not come to that.
    pub async fn wait_for_more_than(&self, times: usize) -> Result<()> {
        let wait = async {
            while self.times() <= times {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.context("nothing more was asked for")
    }

    /// How often something was changed.
    #[must_use]
    pub fn times(&self) -> usize {
        self.damage.lock().unwrap_or_else(PoisonError::into_inner).times
    }
}

impl Drop for Middleman {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone, Debug)]
struct Passing {
    server: String,
    damage: Arc<Mutex<Damage>>,
}

async fn pass(State(passing): State<Passing>, request: Request<Body>) -> Response<Body> {
    let failed = |error: anyhow::Error| {
        let body = Body::from(format!("{error:#}"));
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    };
    passed(passing, request).await.unwrap_or_else(failed)
}

async fn passed(passing: Passing, request: Request<Body>) -> Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await?;
    let path = head.uri.path().to_owned();
    let address = format!("{}{}", passing.server, head.uri);
    let answer = tokio::task::spawn_blocking(move || ask(&address, head.method.as_str(), &body)).await??;
    let (head, mut bytes) = answer.into_parts();
    let mut damage = passing.damage.lock().unwrap_or_else(PoisonError::into_inner);
    if damage.end.as_ref().is_some_and(|end| path.ends_with(end)) {
        let middle = bytes.len() / 2;
        *bytes.get_mut(middle).context("nothing to damage")? ^= 1;
        damage.times += 1;
    }
    drop(damage);
    let mut response = Response::builder().status(head.status);
    for name in HEADERS {
        if let Some(value) = head.headers.get(&name) {
            response = response.header(name, value);
        }
    }
    Ok(response.body(Body::from(bytes))?)
}

fn ask(address: &str, method: &str, body: &Bytes) -> Result<Response<Vec<u8>>> {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let answer = match method {
        "POST" => agent.post(address).header("content-type", "application/json").send(&body[..])?,
        _ => agent.get(address).call()?,
    };
    let (head, mut body) = answer.into_parts();
    let bytes = body.with_config().limit(1 << 30).read_to_vec()?;
    Ok(Response::from_parts(head, bytes))
}
