//! The Segue server: recommendations, the model itself and the web UI over HTTP.
//!
//! It follows an alias in a store (see [`segue_store`]), opens each model the alias comes to mean and answers from it
//! with [`segue_model::answer`], so its answers are those of the browser and the command line. A new model is read,
//! checked and indexed beside the old one and then swapped in; no request ever waits for that, and a model that cannot
//! be used changes nothing.
//!
//! # In-process
//! The binary only parses flags and catches signals. Anything else, such as a test, can run the same server:
//!
//! ```no_run
//! use segue_server::{Config, Stop, serve};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let (stop, stopped) = tokio::sync::oneshot::channel();
//! let server = tokio::spawn(serve(Config::new("store"), listener, async {
//!     stopped.await.unwrap_or(Stop::AtOnce)
//! }));
//! // …
//! let _ = stop.send(Stop::AtOnce);
//! server.await??;
//! # Ok(())
//! # }
//! ```
//!
//! [`app::router`] alone, without a socket, is a `tower` service.
//!
//! # The rooms, lowest first
//! - [`config`]: flags and environment; [`problem`]: errors as clients see them;
//! - `striped`: metrics that threads share; [`telemetry`]: logs and metrics, with the feature `opentelemetry` `spans` too; [`coding`]: `br`, `zstd` and `gzip`; [`range`]: parts of a body;
//! - [`live`]: the model being served, and how it is replaced; [`limits`]: what one request may cost;
//! - [`api_keys`], [`rate_limit`], [`admission`]: which requests are let in; [`browser_headers`]: what browsers may do;
//! - `answer_json`: how answers are written; [`app`]: what all routes share; [`routes`]: one module a group of addresses; [`openapi`]: their description;
//! - `workers`: the threads that serve; `connection`: one connection; [`serving`]: all of them, and how they end;
//!   [`await_model`]: waiting before there is anything to serve.

pub mod admission;
mod answer_json;
pub mod api_keys;
pub mod app;
pub mod await_model;
pub mod browser_headers;
pub mod coding;
pub mod config;
mod connection;
mod head_timer;
pub mod limits;
pub mod live;
pub mod openapi;
pub mod problem;
pub mod range;
pub mod rate_limit;
pub mod routes;
pub mod serving;
#[cfg(feature = "opentelemetry")]
pub mod spans;
mod striped;
pub mod telemetry;
mod workers;

pub use await_model::AwaitModel;
pub use config::Config;
pub use serving::{Stop, serve};
