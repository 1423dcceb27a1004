//! One connection: what it begins with, who serves it, and by which version of HTTP.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use crossbeam_utils::CachePadded;
use hyper::Request;
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, join};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;
use tokio_io_timeout::TimeoutWriter;

use crate::admission::{ALWAYS, Peer};
use crate::app::Front;
use crate::head_timer::HeadTimer;
use crate::workers::Workers;

/// Most requests that one HTTP/2 connection may have open.
const MOST_STREAMS: u32 = 128;

/// Longest head of a request, bytes.
const LONGEST_HEAD: u32 = 64 << 10;

/// What a connection over HTTP/2 begins with (RFC 9113, 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long a connection may take for its first bytes where there are too many others: operators send theirs at once.
const TO_BEGIN_WHEN_FULL: Duration = Duration::from_millis(250);

/// What every connection is served with.
#[derive(Clone, Debug)]
pub(crate) struct Serving {
    pub(crate) front: Arc<Front>,
    pub(crate) workers: Arc<Workers>,
    /// Time that a connection may be idle, take for a request's head, or take nothing of an answer.
    pub(crate) head_timeout: Duration,
    /// Changes once no connection is to begin any more.
    pub(crate) closing: watch::Receiver<()>,
}

/// Ends once a connection is to begin no more requests.
type Closing = oneshot::Receiver<()>;

/// What a connection begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beginning {
    /// What operators ask (see [`ALWAYS`]).
    Operators,
    /// The preface of HTTP/2 (RFC 9113, 3.3: prior knowledge).
    Http2,
    /// Any other request of HTTP/1.1, or what is none.
    Http1,
}

/// How the requests of a connection are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// All of them.
    Kept,
    /// The first one, and no other.
    Once,
    /// The first one, by saying that there are too many connections.
    Refused,
}

impl Serving {
    /// Serves a connection from its first byte to its end.
    ///
    /// What operators ask on a connection of its own, as orchestrators do, is answered by whoever calls this; everything
    /// else by the workers, who may all be busy. If the server is `full`, everything else is refused.
    pub(crate) async fn connection(mut self, mut stream: TcpStream, peer: Peer, full: bool) {
        // Answers are one write each: waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        if full {
            self.head_timeout = self.head_timeout.min(TO_BEGIN_WHEN_FULL);
        }
        // Whoever says nothing for so long as a head may take is not waited for; nor is anybody once the server stops.
        let beginning = tokio::select! {
            begun = timeout(self.head_timeout, beginning(&mut stream)) => match begun {
                Ok(Ok(beginning)) => beginning,
                _ => return,
            },
            _ = self.closing.changed() => return,
        };
        // Of this connection alone: to look at what is told to all takes a lock of all, which would be taken with every request.
        let (close, closing) = oneshot::channel();
        let mut all_closing = self.closing.clone();
        let mut served = pin!(self.serve(stream, peer, beginning, full, closing));
        tokio::select! {
            () = &mut served => {}
            _ = all_closing.changed() => {
                drop(close);
                served.await;
            }
        }
    }

    /// Serves a connection to its end, which is that of the open requests once it is `closing`.
    async fn serve(self, stream: TcpStream, peer: Peer, beginning: Beginning, full: bool, closing: Closing) {
        if beginning == Beginning::Operators || full {
            let kind = if beginning == Beginning::Operators { Kind::Once } else { Kind::Refused };
            return self.http1(stream, peer, closing, kind).await;
        }
        let workers = Arc::clone(&self.workers);
        let Ok(stream) = stream.into_std() else { return };
        let served = async move {
            // It now belongs to the thread that runs this.
            let Ok(stream) = TcpStream::from_std(stream) else { return };
            match beginning {
                Beginning::Http2 => self.http2(stream, peer, closing).await,
                _ => self.http1(stream, peer, closing, Kind::Kept).await,
            }
        };
        workers.serve(served).await;
    }

    async fn http1(self, stream: TcpStream, peer: Peer, closing: Closing, kind: Kind) {
        let connection = http1::Builder::new()
            .timer(HeadTimer::default())
            .header_read_timeout(self.head_timeout)
            .max_buf_size(LONGEST_HEAD as usize)
            // Whoever has said all it has to say is answered; whoever is gone is noticed by its answer. To look for that before
            // would take 8 KiB more for each request, whose body still has those it came in.
            .half_close(true)
            .keep_alive(kind == Kind::Kept)
            .serve_connection(TokioIo::new(self.unless_stuck(stream)), self.service(peer, kind));
        until_closing(connection, closing).await;
    }

    async fn http2(self, stream: TcpStream, peer: Peer, closing: Closing) {
        let (rest, write) = stream.into_split();
        let stream = self.unless_stuck(join(PREFACE.as_slice().chain(rest), write));
        let connection = http2::Builder::new(Everybody(Arc::clone(&self.workers)))
            .timer(TokioTimer::new())
            .max_concurrent_streams(MOST_STREAMS)
            .max_header_list_size(LONGEST_HEAD)
            // Without an answer to a ping the client is gone.
            .keep_alive_interval(self.head_timeout)
            .keep_alive_timeout(self.head_timeout)
            .serve_connection(TokioIo::new(stream), self.service(peer, Kind::Kept));
        until_closing(connection, closing).await;
    }

    /// Answers the requests of somebody's connection.
    fn service(
        self,
        peer: Peer,
        kind: Kind,
    ) -> impl Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send + 'static> {
        // Of the connection's own, since whoever counts what is shared by all waits for the other threads, twice a request. So does
        // who counts what lies beside that of a connection of theirs.
        let serving = Arc::new(CachePadded::new(self));
        service_fn(move |request| {
            let serving = Arc::clone(&serving);
            async move { Ok(serving.answer(request, peer, kind).await) }
        })
    }

    async fn answer(&self, request: Request<Incoming>, peer: Peer, kind: Kind) -> Response {
        match kind {
            Kind::Refused => self.front.refuse(),
            Kind::Once => self.front.answer(request, peer).await,
            Kind::Kept => {
                let response = self.front.answer(request, peer).await;
                self.workers.hold_while_all_are_busy().await;
                response
            }
        }
    }

    /// A stream that fails when nothing that is written to it has been taken for too long: an answer that nobody reads would
    /// be kept for ever.
    fn unless_stuck<S: AsyncRead + AsyncWrite>(&self, stream: S) -> Pin<Box<TimeoutWriter<S>>> {
        let mut stream = TimeoutWriter::new(stream);
        stream.set_timeout(Some(self.head_timeout));
        Box::pin(stream)
    }
}

/// Runs a connection to its end; once it is `closing`, no further than to the end of its open requests.
async fn until_closing<C: GracefulConnection<Error = hyper::Error>>(connection: C, closing: Closing) {
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        _ = closing => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection ended early: {error}");
    }
}

/// Answers the requests of one HTTP/2 connection, which may be all that a proxy passes on, on all threads.
#[derive(Clone, Debug)]
struct Everybody(Arc<Workers>);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Everybody {
    fn execute(&self, request: F) {
        self.0.spawn(request);
    }
}

/// What a connection begins with, as far as its first piece tells. The preface of HTTP/2 is read, nothing else.
async fn beginning(stream: &mut TcpStream) -> io::Result<Beginning> {
    // Enough for the longest address that operators ask for.
    let mut first = [0; 16];
    let length = stream.peek(&mut first).await?;
    let beginning = Beginning::of(&first[..length]);
    if beginning == Beginning::Http2 {
        let mut preface = [0; PREFACE.len()];
        stream.read_exact(&mut preface).await?;
        if preface != *PREFACE {
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
    }
    Ok(beginning)
}

impl Beginning {
    fn of(first: &[u8]) -> Self {
        // Three bytes tell it from every method of HTTP/1.1.
        if first.starts_with(&PREFACE[..3]) {
            return Self::Http2;
        }
        let is_for_operators = first.strip_prefix(b"GET ").is_some_and(|rest| {
            ALWAYS.iter().any(|path| rest.strip_prefix(path.as_bytes()).is_some_and(|rest| rest.starts_with(b" ")))
        });
        if is_for_operators { Self::Operators } else { Self::Http1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_what_a_connection_begins_with() {
        for path in ALWAYS {
            let head = format!("GET {path} HTTP/1.1\r\n");
            assert_eq!(Beginning::of(&head.as_bytes()[..16]), Beginning::Operators, "{path}");
        }
        for other in ["GET /healthz2 HTTP", "GET /healthz", "GET / HTTP/1.1\r\n", "POST /api/recomm", "", "P"] {
            assert_eq!(Beginning::of(other.as_bytes()), Beginning::Http1, "{other}");
        }
        assert_eq!(Beginning::of(b"PRI * HTTP/2.0\r\n"), Beginning::Http2);
    }
}
