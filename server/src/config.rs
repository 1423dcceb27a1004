//! Flags and environment.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use segue_store::Name;

use crate::api_keys::Secret;
use crate::rate_limit::Rate;

const MOST_REQUESTS: NonZeroUsize = NonZeroUsize::new(2048).expect("it is not 0");
const MOST_CONNECTIONS: NonZeroUsize = NonZeroUsize::new(8192).expect("it is not 0");

/// Shown at the end of `--help`.
pub const EXAMPLES: &str = "\
Examples:
  segue-server --store store                  serve what `segue-miner … --store store` published
  segue-server --store store --site dist      with the web UI built by `trunk build --release`
  segue-server --store store --alias experiment --port 30503
  segue-server await-model --store store      end as soon as there is a model to serve

Then:
  wget -qO- --header='Content-Type: application/json' \\
       --post-data '{\"songs\": [\"Yesterday\"]}' http://localhost:30502/api/recommend";

/// Serves recommendations, the model and the web UI over HTTP.
///
/// Follows an alias in a store of models and swaps to each new model within three seconds, without a failed request.
/// Starts without a model too, and answers 503 until there is one.
#[derive(Clone, Debug, Parser)]
#[command(name = "segue-server", version, after_help = EXAMPLES)]
#[non_exhaustive]
pub struct Config {
    /// Folder of the store that the miner publishes to
    #[arg(long, env = "MODEL_DIR", value_name = "DIR")]
    pub store: PathBuf,

    /// Name of the model in the store
    #[arg(long, env = "MODEL_NAME", default_value = "default", value_name = "NAME")]
    pub model_name: Name,

    /// Alias to follow
    #[arg(long, env = "MODEL_ALIAS", default_value = "production", value_name = "NAME")]
    pub alias: Name,

    /// Address or name to listen on
    #[arg(long, env = "HOST", default_value = DEFAULT_HOST, value_name = "ADDRESS")]
    pub host: String,

    /// Port to listen on; 0 takes a free one and logs it
    #[arg(long, env = "PORT", default_value_t = DEFAULT_PORT, value_name = "PORT")]
    pub port: u16,

    /// Folder of the built web UI; without it only the API is served
    #[arg(long, env = "SITE_DIR", value_name = "DIR")]
    pub site: Option<PathBuf>,

    /// Version shown in answers, at /version and in metrics
    #[arg(long, env = "CODE_VERSION", default_value = env!("CARGO_PKG_VERSION"), value_name = "VERSION")]
    pub code_version: String,

    /// Seconds to keep serving after SIGTERM while load balancers notice that /readyz has failed; Ctrl-C takes none
    #[arg(long, env = "DRAIN_SECONDS", default_value = "5", value_name = "SECONDS", value_parser = seconds)]
    pub drain_seconds: Duration,

    /// Seconds that receiving a request's body, or waiting for a free processor, may take
    #[arg(long, env = "REQUEST_TIMEOUT_SECONDS", default_value = "10", value_name = "SECONDS", value_parser = seconds)]
    pub request_timeout_seconds: Duration,

    /// Seconds that a connection may be idle, take to send a request's head, or take nothing of an answer
    #[arg(long, env = "HEAD_TIMEOUT_SECONDS", default_value = "75", value_name = "SECONDS", value_parser = seconds)]
    pub head_timeout_seconds: Duration,

    /// Requests that may wait at once, for their bodies or a free processor; more get 503 with Retry-After. Health, version and
    /// metrics are always answered
    #[arg(long, env = "MAX_CONCURRENT_REQUESTS", default_value_t = MOST_REQUESTS, value_name = "N")]
    pub max_concurrent_requests: NonZeroUsize,

    /// Connections open at once, at most half of the files that the process may have open; on more, everything but health,
    /// version and metrics gets 503 with Retry-After
    #[arg(long, env = "MAX_CONNECTIONS", default_value_t = MOST_CONNECTIONS, value_name = "N")]
    pub max_connections: NonZeroUsize,

    /// Threads that answer requests; without it as many as there are processors for this process
    #[arg(long, env = "WORKER_THREADS", value_name = "N")]
    pub worker_threads: Option<NonZeroUsize>,

    /// Requests a second that each client may make, on average: by API key, else by address; without it any number
    #[arg(long, env = "RATE_LIMIT", value_name = "PER_SECOND")]
    pub rate_limit: Option<Rate>,

    /// Requests that a client may make at once before --rate-limit slows it down
    #[arg(long, env = "RATE_LIMIT_BURST", default_value_t = 50, value_name = "N")]
    pub rate_limit_burst: u32,

    /// File with API keys, one a line, `#` begins a comment; with keys /api/ answers only requests that send one
    #[arg(long, env = "API_KEYS_FILE", value_name = "FILE")]
    pub api_keys_file: Option<PathBuf>,

    /// More API keys, between spaces or commas; better set as the variable, since others can see the arguments
    #[arg(long, env = "API_KEYS", hide_env_values = true, value_name = "KEYS")]
    pub api_keys: Option<Secret>,

    /// Web sites whose pages may call the API, such as https://music.example, or * for all; without it only our own
    #[arg(long = "cors-origin", env = "CORS_ORIGINS", value_delimiter = ',', value_name = "ORIGIN")]
    pub cors_origins: Vec<String>,

    /// How log lines are written
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,

    /// What is logged, as `level` or `target=level,…`; `segue_server=debug` adds a line a request
    #[arg(long, env = "LOG", default_value = "info", value_name = "FILTER")]
    pub log: String,

    /// Where an OpenTelemetry collector takes spans over HTTP, such as http://collector:4318; without it none are sent.
    /// Needs a build with the feature `opentelemetry`
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,

    /// How often the alias is looked at
    #[arg(skip = POLL_INTERVAL)]
    pub poll_interval: Duration,
}

/// Every interface: a server in a container is to be reached from outside of it.
pub const DEFAULT_HOST: &str = "0.0.0.0";
/// The port that the project's documentation speaks of.
pub const DEFAULT_PORT: u16 = 30502;

pub(crate) const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

impl Config {
    /// The defaults, for a store. The environment is not looked at.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "both names are constants, and valid")]
    pub fn new(store: impl Into<PathBuf>) -> Self {
        let name = |name: &str| name.parse::<Name>().expect("a valid name");
        Self {
            store: store.into(),
            model_name: name("default"),
            alias: name("production"),
            host: DEFAULT_HOST.to_owned(),
            port: DEFAULT_PORT,
            site: None,
            code_version: env!("CARGO_PKG_VERSION").to_owned(),
            drain_seconds: Duration::from_secs(5),
            request_timeout_seconds: Duration::from_secs(10),
            head_timeout_seconds: Duration::from_secs(75),
            max_concurrent_requests: MOST_REQUESTS,
            max_connections: MOST_CONNECTIONS,
            worker_threads: None,
            rate_limit: None,
            rate_limit_burst: 50,
            api_keys_file: None,
            api_keys: None,
            cors_origins: Vec::new(),
            log_format: LogFormat::Text,
            log: "info".to_owned(),
            otlp_endpoint: None,
            poll_interval: POLL_INTERVAL,
        }
    }
}

/// Parses a number of seconds, whole or not.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "give a number of seconds, such as 5 or 0.5".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        <Config as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn the_defaults_of_the_flags_are_those_in_the_code() {
        let command = <Config as clap::CommandFactory>::command();
        if command
            .get_arguments()
            .filter_map(|argument| argument.get_env())
            .any(|name| std::env::var_os(name).is_some())
        {
            return; // The environment of this very run overrides a default.
        }
        let parsed = Config::parse_from(["segue-server", "--store", "somewhere"]);
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Config::new("somewhere")));
    }

    #[test]
    fn a_rate_that_would_mean_no_limit_is_refused_and_says_what_to_give() {
        for bad in ["0", "-3", "NaN", "1e-300"] {
            let parsed =
                Config::try_parse_from(["segue-server", "--store", "somewhere", &format!("--rate-limit={bad}")]);
            let message = parsed.unwrap_err().to_string();
            assert!(message.contains("from 0.001") && message.contains("leave it out for no limit"), "{message}");
        }
    }

    #[test]
    fn seconds_may_be_fractions_but_not_negative() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert!(seconds("-1").is_err());
        assert!(seconds("soon").is_err());
    }
}
