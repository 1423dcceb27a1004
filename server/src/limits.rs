//! What one request may cost: bytes read, time waited, processors used.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::problem::{Problem, Result};

/// Longest request body that is read, bytes. 1,000 seeds and 1,000 exclusions of ordinary length fit many times.
pub const MAX_BODY: usize = 1 << 20;

/// Of a body that is too long this much is read and thrown away, so that a client which first sends everything and
/// then listens gets to see the answer; beyond it the connection is closed.
const MAX_DISCARDED: usize = 64 << 20;

/// The limits of a server.
#[derive(Clone, Debug)]
pub struct Limits {
    patience: Duration,
    processors: Arc<Semaphore>,
}

impl Limits {
    /// Limits with this much patience for a body to arrive and for a processor to be free.
    #[must_use]
    pub fn new(patience: Duration) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { patience, processors: Arc::new(Semaphore::new(processors.div_ceil(2))) }
    }

    /// Reads a request's body.
    ///
    /// # Errors
    /// It is longer than [`MAX_BODY`], too slow, or breaks off.
    pub async fn read(&self, headers: &HeaderMap, body: Body) -> Result<Bytes> {
        let announced = content_length(headers);
        // A client that asks first is told before it sends anything.
        if announced.is_some_and(|length| length > MAX_BODY as u64) && headers.contains_key(header::EXPECT) {
            return Err(too_large());
        }
        match timeout(self.patience, read_bounded(body)).await {
            Ok(read) => read,
            Err(_) => {
                let seconds = self.patience.as_secs_f64();
                Err(Problem::too_slow(format!("the body did not arrive within {seconds} s: send it faster, or less")))
            }
        }
    }

    /// Runs `work` that may take longer than a request usually does, apart from the threads that serve connections
    /// and on half of the processors at most, so that usual requests always find one.
    ///
    /// # Errors
    /// None was free in time.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let Ok(Ok(permit)) = timeout(self.patience, Arc::clone(&self.processors).acquire_owned()).await else {
            return Err(Problem::overloaded("too much work is waiting: try again in a few seconds").retry_after(5));
        };
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(|_| Problem::internal("answering failed through a bug in the server"))
    }
}

async fn read_bounded(mut body: Body) -> Result<Bytes> {
    // Most bodies arrive in one piece, which is taken as it is.
    let first = next_data(&mut body).await?.unwrap_or_default();
    let Some(second) = next_data(&mut body).await? else {
        return if first.len() > MAX_BODY { Err(too_large()) } else { Ok(first) };
    };
    let mut read = BytesMut::new();
    let mut length = 0_usize;
    let mut next = Some(first);
    let mut later = Some(second);
    while let Some(data) = next {
        length = length.saturating_add(data.len());
        if length > MAX_DISCARDED {
            break;
        }
        if length <= MAX_BODY {
            read.extend_from_slice(&data);
        } else {
            read = BytesMut::new();
        }
        next = match later.take() {
            Some(data) => Some(data),
            None => next_data(&mut body).await?,
        };
    }
    if length > MAX_BODY { Err(too_large()) } else { Ok(read.freeze()) }
}

/// The next piece of a body; `None` at its end, which is not waited for where it is known.
async fn next_data(body: &mut Body) -> Result<Option<Bytes>> {
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else { break };
        let frame = frame.map_err(|error| Problem::malformed_json(format!("the body broke off: {error}")))?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

fn too_large() -> Problem {
    Problem::too_large(format!("a body may have at most {MAX_BODY} bytes: send fewer songs"))
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits::new(Duration::from_secs(60))
    }

    #[tokio::test]
    async fn a_body_of_the_longest_length_is_read() {
        let body = vec![b' '; MAX_BODY];
        let read = limits().read(&HeaderMap::new(), Body::from(body.clone())).await;
        assert_eq!(read.map(|read| read.len()), Ok(body.len()));
    }

    #[tokio::test]
    async fn a_longer_body_is_refused() {
        let read = limits().read(&HeaderMap::new(), Body::from(vec![b' '; MAX_BODY + 1])).await;
        assert_eq!(read, Err(too_large()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_comes_is_given_up() {
        let never = Body::new(Never);
        let read = limits().read(&HeaderMap::new(), never).await;
        assert_eq!(read.map_err(|problem| problem.status().as_u16()), Err(408));
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_finds_no_free_processor_is_given_up() {
        let limits = limits();
        let _all = limits.processors.acquire_many(limits.processors.available_permits() as u32).await;
        let problem = limits.run(|| ()).await.map_err(|problem| problem.status().as_u16());
        assert_eq!(problem, Err(503));
    }

    /// A body of which nothing ever arrives.
    struct Never;

    impl hyper::body::Body for Never {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<std::result::Result<hyper::body::Frame<Bytes>, Self::Error>>> {
            std::task::Poll::Pending
        }
    }
}
