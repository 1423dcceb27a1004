//! The server's binary: flags in, signals in, the rest is the library's.

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::{Parser, Subcommand};
use segue_server::config::EXAMPLES;
#[cfg(feature = "opentelemetry")]
use segue_server::spans::Spans;
use segue_server::{AwaitModel, Config, Stop, serve, telemetry};
use tokio::net::TcpListener;

/// Serves recommendations, the model and the web UI over HTTP.
///
/// Follows an alias in a store of models and swaps to each new model within three seconds, without a failed request.
/// Starts without a model too, and answers 503 until there is one.
#[derive(Debug, Parser)]
#[command(name = "segue-server", version, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: Option<Config>,
}

#[derive(Debug, Subcommand)]
enum Command {
    AwaitModel(AwaitModel),
}

fn main() -> ExitCode {
    let done = match Arguments::parse() {
        Arguments { command: Some(Command::AwaitModel(command)), .. } => await_model(&command),
        Arguments { serve: Some(config), .. } => run(config),
        // Clap has refused that already: a server needs its --store.
        Arguments { .. } => Err(anyhow!("nothing to serve: name a store with --store or MODEL_DIR")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("segue-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(#[cfg_attr(not(unix), expect(unused_mut))] mut config: Config) -> anyhow::Result<()> {
    #[cfg(feature = "opentelemetry")]
    let spans = Spans::begin(&config).context("--otlp-endpoint")?;
    #[cfg(feature = "opentelemetry")]
    let beside = spans.as_ref().map(Spans::layer);
    #[cfg(not(feature = "opentelemetry"))]
    let beside = None;
    telemetry::init_logs(config.log_format, &config.log, beside)
        .map_err(|error| anyhow!("--log {}: {error}; try info, or segue_server=debug", config.log))?;
    telemetry::log_panics();
    #[cfg(not(feature = "opentelemetry"))]
    if config.otlp_endpoint.as_deref().is_some_and(|endpoint| !endpoint.is_empty()) {
        tracing::warn!("no spans are sent: this was not built with the feature `opentelemetry`");
    }
    // Each connection is an open file, and many systems begin with 1,024. Where more are not to be had, that is no failure.
    #[cfg(unix)]
    if let Ok(files) = rlimit::increase_nofile_limit(u64::MAX) {
        let most = usize::try_from(files / 2).unwrap_or(usize::MAX);
        config.max_connections = config.max_connections.min(NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN));
    }
    // For what operators ask and for looking at the store; requests have threads of their own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the threads could not be started")?;
    let served = runtime.block_on(async {
        let (host, port) = (config.host.as_str(), config.port);
        let listener = TcpListener::bind((host, port)).await.with_context(|| {
            format!("cannot listen on {host}, port {port}; is another server running? Try --port 0")
        })?;
        let stop = stop_signal().context("signals cannot be caught")?;
        serve(config, listener, stop).await.map_err(anyhow::Error::from)
    });
    // A model may still be being compressed: nobody waits for that any more.
    runtime.shutdown_timeout(Duration::ZERO);
    #[cfg(feature = "opentelemetry")]
    if let Some(spans) = spans {
        spans.stop();
    }
    served
}

/// As the first process of a container it would be sent SIGTERM in vain if it did not listen.
fn await_model(command: &AwaitModel) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stop = stop_signal().context("signals cannot be caught")?;
        tokio::select! {
            hash = command.wait(|why| eprintln!("segue-server: waiting for a model: {why}")) => {
                println!("{} is model {hash}", command.alias);
                Ok(())
            }
            _ = stop => Err(anyhow!("stopped while there was no model")),
        }
    })
}

/// Waits for the first signal to stop. A second one ends the process at once.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = Stop>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        let stop = tokio::select! {
            _ = terminate.recv() => Stop::AfterDraining,
            _ = interrupt.recv() => Stop::AtOnce,
        };
        tokio::spawn(async move {
            let code = tokio::select! {
                _ = terminate.recv() => 143,
                _ = interrupt.recv() => 130,
            };
            std::process::exit(code);
        });
        stop
    })
}

/// Waits for Ctrl-C. A second one ends the process at once.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same as where it can fail")]
fn stop_signal() -> std::io::Result<impl Future<Output = Stop>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
        tokio::spawn(async {
            let _ = tokio::signal::ctrl_c().await;
            std::process::exit(130);
        });
        Stop::AtOnce
    })
}
