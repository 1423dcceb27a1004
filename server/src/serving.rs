//! Connections: accepting, answering, and ending without a failed request.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use segue_store::Store;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::Service as _;

use crate::Config;
use crate::admission::Peer;
use crate::app::{self, App, AppState, CannotStart};
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
    let router = app::router(Arc::clone(&app));
    let graceful = GracefulShutdown::new();
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
                    let (router, watcher) = (router.clone(), graceful.watcher());
                    connections.spawn(connection(stream, Peer(address), router, head_timeout, watcher));
                }
                Err(error) => after_failed_accept(&error).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    // Idle connections are closed; others after the response they are waiting for.
    if timeout(LAST_REQUESTS, graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = connections.len(), "closing connections whose requests have not ended in time");
    }
    connections.shutdown().await;
    tracing::info!("stopped");
}

async fn connection(stream: TcpStream, peer: Peer, router: Router, head_timeout: Duration, watcher: Watcher) {
    // Answers are one write each: waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        // A router is always ready, and its clone shares everything.
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!("a connection ended early: {error}");
    }
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
