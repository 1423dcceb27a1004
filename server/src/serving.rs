//! Accepting connections, sharing them out, and ending without a failed request.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use segue_store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::Config;
use crate::admission::Peer;
use crate::app::{App, AppState, CannotStart, Front};
use crate::connection::Serving;
use crate::live::{Follow, follow};
use crate::workers::Workers;

/// How long open requests get to end once the server stops; orchestrators commonly kill after 30 s.
const LAST_REQUESTS: Duration = Duration::from_secs(15);

/// Connections that may be open beside as many as are served: for operators, and to tell others that there are too many. The
/// system keeps further ones until some of these, which end soon, are gone.
const BESIDE: usize = 64;

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
    if let Ok(address) = listener.local_addr() {
        tracing::info!(
            version = config.code_version,
            store = %config.store.display(),
            model_name = %config.model_name,
            alias = %config.alias,
            "listening on http://{}", reachable(address),
        );
    }
    let mut following = JoinSet::new();
    following.spawn(follow(
        Arc::clone(&app.live),
        Follow {
            store: Store::new(&config.store, &config.model_name),
            alias: config.alias.clone(),
            interval: config.poll_interval,
        },
    ));
    serve_app(app, &config, listener, stop).await
}

/// Serves an application whose model somebody else provides; what it is configured with but for connections is known.
///
/// What operators ask is answered on the calling thread, everything else on threads of its own, so that it may take all
/// their time without anybody believing that the server is dead.
///
/// # Errors
/// The threads could not be started; nothing was served then.
async fn serve_app(
    app: AppState,
    config: &Config,
    listener: TcpListener,
    stop: impl Future<Output = Stop>,
) -> Result<(), CannotStart> {
    let workers = Workers::start(config.worker_threads).map_err(|source| CannotStart::Threads { source })?;
    let (open, closing) = watch::channel(());
    let serving = Serving {
        front: Arc::new(Front::new(Arc::clone(&app))),
        workers: Arc::new(workers),
        head_timeout: config.head_timeout_seconds,
        closing,
    };
    let mut connections = JoinSet::new();
    let mut stopped = pin!(async {
        // The order matters. First unready, while everything is still served: it takes a load balancer some seconds
        // to notice, and whatever it sends until then must not fail. Only then no more connections.
        let stop = stop.await;
        app.begin_draining();
        if stop == Stop::AfterDraining {
            tracing::info!(seconds = config.drain_seconds.as_secs_f64(), "draining: no longer ready, still serving");
            sleep(config.drain_seconds).await;
        }
    });
    loop {
        let most = config.max_connections.get().saturating_add(BESIDE);
        tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept(), if connections.len() < most => match accepted {
                Ok((stream, address)) => {
                    let full = connections.len() >= config.max_connections.get();
                    let served = serving.clone().connection(stream, Peer(address), full);
                    connections.spawn(served);
                }
                Err(error) => after_failed_accept(&error).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    drop(open);
    // Idle connections are closed; others after the response they are waiting for.
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(LAST_REQUESTS, ended).await.is_err() {
        tracing::warn!(connections = connections.len(), "closing connections whose requests have not ended in time");
    }
    connections.shutdown().await;
    tracing::info!("stopped");
    Ok(())
}

/// The address as a browser on this machine takes it.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let localhost = if address.is_ipv4() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { Ipv6Addr::LOCALHOST.into() };
        address.set_ip(localhost);
    }
    address
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
