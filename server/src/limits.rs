//! What one request may cost: bytes read, time waited, processors used.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::BoxError;
use axum::body::HttpBody;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::problem::{Problem, Result};

/// Longest request body that is read, bytes. 1,000 seeds and 1,000 exclusions of ordinary length fit many times.
pub const MAX_BODY: usize = 1 << 20;

/// Of a body that is too long this much is read and thrown away, so that a client which first sends everything and
/// then listens gets to see the answer; beyond it the connection is closed.
const MAX_DISCARDED: usize = 64 << 20;

/// What bodies and answers may take together, KiB, small ones aside: of a client that reads slowly, or not at all, they stay in
/// memory until it is given up.
const MOST_HELD: usize = 64 << 10;

/// Bytes up to which an answer or a body is small: the system takes as many of a connection without being asked.
const SMALL: usize = 16 << 10;

/// The limits of a server.
#[derive(Clone, Debug)]
pub struct Limits {
    patience: Duration,
    processors: Arc<Semaphore>,
    /// One for each KiB.
    memory: Arc<Semaphore>,
}

/// Bytes that have a place in memory until they are dropped.
struct Held<B> {
    bytes: B,
    _place: OwnedSemaphorePermit,
}

impl<B: AsRef<[u8]>> AsRef<[u8]> for Held<B> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

impl Limits {
    /// Limits with this much patience for a body to arrive and for a processor to be free.
    #[must_use]
    pub fn new(patience: Duration) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            patience,
            processors: Arc::new(Semaphore::new(processors.div_ceil(2))),
            memory: Arc::new(Semaphore::new(MOST_HELD)),
        }
    }

    /// An answer's bytes, which count among those that are held until they are sent.
    ///
    /// # Errors
    /// Too much is held already.
    pub fn hold(&self, bytes: Vec<u8>) -> Result<Bytes> {
        if bytes.len() <= SMALL {
            return Ok(bytes.into());
        }
        let place = self.place(bytes.len())?;
        Ok(Bytes::from_owner(Held { bytes, _place: place }))
    }

    fn place(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let kilobytes = u32::try_from(bytes.div_ceil(1 << 10)).unwrap_or(u32::MAX);
        Arc::clone(&self.memory).try_acquire_many_owned(kilobytes).map_err(|_| {
            let detail = "too much is being received and sent: read answers as they come, and try again in a second";
            Problem::overloaded(detail).retry_after(1)
        })
    }

    /// Reads a request's body.
    ///
    /// # Errors
    /// It is longer than [`MAX_BODY`], too slow, or breaks off; or too much is held already.
    pub async fn read<B>(&self, headers: &HeaderMap, body: B) -> Result<Bytes>
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>>,
    {
        let announced = content_length(headers);
        // A client that asks first is told before it sends anything.
        if announced.is_some_and(|length| length > MAX_BODY as u64) && headers.contains_key(header::EXPECT) {
            return Err(too_large());
        }
        let mut reading = pin!(self.read_bounded(body, announced));
        // Most bodies come with their head, and need no timer.
        if let Some(read) = reading.as_mut().now_or_never() {
            return read;
        }
        match timeout(self.patience, reading).await {
            Ok(read) => read,
            Err(_) => {
                let seconds = self.patience.as_secs_f64();
                Err(Problem::too_slow(format!("the body did not arrive within {seconds} s: send it faster, or less")))
            }
        }
    }

    async fn read_bounded<B>(&self, body: B, announced: Option<u64>) -> Result<Bytes>
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>>,
    {
        let mut body = pin!(body);
        // Most bodies arrive in one piece, which is taken as it is.
        let first = next_data(body.as_mut()).await?.unwrap_or_default();
        let Some(second) = next_data(body.as_mut()).await? else {
            return if first.len() > MAX_BODY { Err(too_large()) } else { Ok(first) };
        };
        let mut place = None;
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
                if length > SMALL && place.is_none() {
                    let whole = announced.and_then(|length| usize::try_from(length).ok());
                    place = Some(self.place(whole.unwrap_or(MAX_BODY).min(MAX_BODY))?);
                }
                read.extend_from_slice(&data);
            } else {
                (read, place) = (BytesMut::new(), None);
            }
            next = match later.take() {
                Some(data) => Some(data),
                None => next_data(body.as_mut()).await?,
            };
        }
        match place {
            _ if length > MAX_BODY => Err(too_large()),
            Some(place) => Ok(Bytes::from_owner(Held { bytes: read, _place: place })),
            None => Ok(read.freeze()),
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

/// The next piece of a body; `None` at its end, which is not waited for where it is known.
async fn next_data<B>(mut body: Pin<&mut B>) -> Result<Option<Bytes>>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>>,
{
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else { break };
        let frame = frame.map_err(|error| Problem::malformed_json(format!("the body broke off: {}", error.into())))?;
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
    use axum::body::Body;

    use super::*;

    fn limits() -> Limits {
        Limits::new(Duration::from_secs(60))
    }

    /// Limits that are soon reached.
    fn impatient() -> Limits {
        Limits::new(Duration::from_millis(20))
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

    #[tokio::test]
    async fn no_more_is_held_than_there_is_room_for() {
        let limits = limits();
        let part = (MOST_HELD << 10) / 4;
        let held: Vec<Bytes> = (0..4).map(|_| limits.hold(vec![b' '; part]).unwrap()).collect();
        let full = |refused: Result<Bytes>| refused.map_err(|problem| problem.status().as_u16()) == Err(503);
        assert!(full(limits.hold(vec![b' '; SMALL + 1])));
        // A body in pieces: of such it is not known how much will come.
        let body = || {
            Body::from_stream(futures_util::stream::iter([(); 9].map(|()| Ok::<_, std::io::Error>(vec![b' '; SMALL]))))
        };
        assert!(full(limits.read(&HeaderMap::new(), body()).await));
        // Small ones need no room.
        assert_eq!(limits.hold(vec![b' '; SMALL]).map(|bytes| bytes.len()), Ok(SMALL));
        assert_eq!(limits.read(&HeaderMap::new(), Body::from("{}")).await, Ok(Bytes::from("{}")));

        // Whoever keeps a part of it keeps its place.
        let kept = held[0].slice(..1);
        drop(held);
        assert_eq!(limits.memory.available_permits(), MOST_HELD * 3 / 4);
        drop(kept);
        let read = limits.read(&HeaderMap::new(), body()).await.unwrap();
        assert_eq!((read.len(), limits.memory.available_permits()), (9 * SMALL, MOST_HELD - (MAX_BODY >> 10)));
        drop(read);
        assert_eq!(limits.memory.available_permits(), MOST_HELD);
    }

    #[tokio::test]
    async fn a_body_that_never_comes_is_given_up() {
        let read = impatient().read(&HeaderMap::new(), Never).await;
        assert_eq!(read.map_err(|problem| problem.status().as_u16()), Err(408));
    }

    #[tokio::test]
    async fn work_that_finds_no_free_processor_is_given_up() {
        let limits = impatient();
        let _all = limits.processors.acquire_many(limits.processors.available_permits() as u32).await;
        let problem = limits.run(|| ()).await.map_err(|problem| problem.status().as_u16());
        assert_eq!(problem, Err(503));
    }

    /// A body of which nothing ever arrives.
    struct Never;

    impl HttpBody for Never {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<std::result::Result<hyper::body::Frame<Bytes>, Self::Error>>> {
            std::task::Poll::Pending
        }
    }
}
