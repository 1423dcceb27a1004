//! Connections: accepting, answering, and ending without a failed request.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use segue_store::Store;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::Config;
use crate::admission::Peer;
use crate::app::{App, AppState, CannotStart, Front};
use crate::live::{Follow, follow};

/// How long open requests get to end once the server stops; orchestrators commonly kill after 30 s.
const LAST_REQUESTS: Duration = Duration::from_secs(15);

/// How a server is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Turn unready, keep serving for [`Config::drain_seconds`] while load balancers notice, end open requests: what
    /// SIGTERM asks for.
    AfterDraining,
    /// End open requests: what Ctrl-C asks for.
    AtOnce,
}

/// Serves until `stop` is ready and what it asks for is done.
///
/// The port is `listener`'s: `config.host` and `config.port` are not looked at.
///
/// # Errors
/// The configuration is not one to serve with; nothing was served then.
pub async fn serve(config: Config, listener: TcpListener, stop: impl Future<Output = Stop>) -> Result<(), CannotStart> {
    let app = App::new(&config)?;
    let mut following = JoinSet::new();
    following.spawn(follow(
        Arc::clone(&app.live),
        Follow {
            store: Store::new(&config.store, &config.model_name),
            alias: config.alias.clone(),
            interval: config.poll_interval,
        },
    ));
    serve_app(app, listener, config.head_timeout_seconds, config.drain_seconds, stop).await;
    Ok(())
}

/// Serves an application whose model somebody else provides.
///
/// `head_timeout` and `drain` are as in [`Config`].
pub async fn serve_app(
    app: AppState,
    listener: TcpListener,
    head_timeout: Duration,
    drain: Duration,
    stop: impl Future<Output = Stop>,
) {
    let front = Arc::new(Front::new(Arc::clone(&app)));
    let graceful = GracefulShutdown::new();
    let (open, closing) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stopped = pin!(async {
        // The order matters. First unready, while everything is still served: it takes a load balancer some seconds
        // to notice, and whatever it sends until then must not fail. Only then no more connections.
        let stop = stop.await;
        app.begin_draining();
        if stop == Stop::AfterDraining {
            tracing::info!(seconds = drain.as_secs_f64(), "draining: no longer ready, still serving");
            sleep(drain).await;
        }
    });
    loop {
        tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => {
                    let (front, watcher) = (Arc::clone(&front), graceful.watcher());
                    let closing = closing.clone();
                    connections.spawn(connection(stream, Peer(address), front, head_timeout, watcher, closing));
                }
                Err(error) => after_failed_accept(&error).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    drop(open);
    // Idle connections are closed; others after the response they are waiting for.
    if timeout(LAST_REQUESTS, graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = connections.len(), "closing connections whose requests have not ended in time");
    }
    connections.shutdown().await;
    tracing::info!("stopped");
}

/// Serves a connection: HTTP/1.1, or HTTP/2 where the client begins with it (RFC 9113, 3.3: prior knowledge).
async fn connection(
    stream: TcpStream,
    peer: Peer,
    front: Arc<Front>,
    head_timeout: Duration,
    watcher: Watcher,
    mut closing: watch::Receiver<()>,
) {
    // Answers are one write each: waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    // Whoever says nothing for so long as a head may take is not waited for; nor is anybody once the server stops.
    let is_http2 = tokio::select! {
        begun = timeout(head_timeout, begins_http2(&stream)) => match begun {
            Ok(Ok(is_http2)) => is_http2,
            _ => return,
        },
        _ = closing.changed() => return,
    };
    let service = service_fn(move |request: Request<Incoming>| {
        let front = Arc::clone(&front);
        async move { Ok::<_, Infallible>(front.answer(request, peer).await) }
    });
    let ended = if is_http2 {
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(MOST_STREAMS)
            .max_header_list_size(LONGEST_HEAD)
            // Without an answer to a ping the client is gone.
            .keep_alive_interval(head_timeout)
            .keep_alive_timeout(head_timeout)
            .serve_connection(TokioIo::new(stream), service);
        watcher.watch(connection).await
    } else {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head_timeout)
            .serve_connection(TokioIo::new(stream), service);
        watcher.watch(connection).await
    };
    if let Err(error) = ended {
        tracing::debug!("a connection ended early: {error}");
    }
}

/// Most requests that one HTTP/2 connection may have open.
const MOST_STREAMS: u32 = 128;

/// Longest head of a request over HTTP/2, bytes.
const LONGEST_HEAD: u32 = 64 << 10;

/// Whether a connection begins with the preface of HTTP/2, of which clients send 24 bytes at once; its first three tell
/// it from every method of HTTP/1.1.
async fn begins_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0; 3];
    let length = stream.peek(&mut first).await?;
    Ok(first[..length] == *b"PRI")
}

/// A client that went away before it was accepted is nothing to wait for. Anything else (most likely too many open
/// files) lasts a while, and trying again at once would only use up a processor.
async fn after_failed_accept(error: &io::Error) {
    let gone = [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset, io::ErrorKind::ConnectionRefused];
    if !gone.contains(&error.kind()) {
        tracing::error!("no connection can be accepted: {error}");
        sleep(Duration::from_secs(1)).await;
    }
}
