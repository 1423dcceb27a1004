//! Where answers come from: a server, or a model file opened here. The answers are the same.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use segue_model::Model;
use segue_model::answer::answer;
use segue_model::api::{Request, Response};
use segue_model::scoring::Scratch;

use crate::server::{ApiKey, AskError, Server, ServerUrl};

/// Variable with an API key.
const KEY_VARIABLE: &str = "SEGUE_API_KEY";

/// Where answers are to come from.
#[derive(Clone, Debug, Args)]
pub(crate) struct From {
    /// Server to ask
    #[arg(long, default_value = "http://127.0.0.1:30502", value_name = "URL")]
    server: ServerUrl,

    /// Model file to answer from, with no server
    #[arg(long, value_name = "FILE", conflicts_with = "server")]
    model: Option<PathBuf>,

    /// File with the API key to send, for a server that asks for one; otherwise SEGUE_API_KEY is sent, if it is set
    #[arg(long, value_name = "FILE", conflicts_with = "model")]
    api_key_file: Option<PathBuf>,

    /// How long an answer of a server may take, such as 500ms or 10s
    #[arg(long, default_value = "10s", value_name = "TIME", value_parser = humantime::parse_duration)]
    timeout: Duration,
}

/// A source of answers.
pub(crate) enum Answerer {
    Server(Server),
    Local(Box<Local>),
}

/// A model opened here.
pub(crate) struct Local {
    model: Model,
    scratch: Scratch,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) response: Response,
    /// Its JSON: a server's, to the byte.
    pub(crate) text: String,
}

impl From {
    /// Opens the model file, if there is one. A server is not looked for before it is asked.
    pub(crate) fn open(&self) -> anyhow::Result<Answerer> {
        Ok(match &self.model {
            None => Answerer::Server(Server::new(&self.server, self.timeout, self.api_key()?)),
            Some(file) => Answerer::Local(Box::new(Local::open(file)?)),
        })
    }
}

impl From {
    /// There is no option for the key itself: others on the machine can see arguments.
    fn api_key(&self) -> anyhow::Result<Option<ApiKey>> {
        if let Some(file) = &self.api_key_file {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("cannot read the API key in {}", file.display()))?;
            return text.parse().map(Some).with_context(|| format!("--api-key-file {}", file.display()));
        }
        match std::env::var_os(KEY_VARIABLE).filter(|key| !key.is_empty()) {
            Some(key) => key.to_string_lossy().parse().map(Some).context(KEY_VARIABLE),
            None => Ok(None),
        }
    }
}

impl Local {
    fn open(file: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(file).with_context(|| {
            format!("cannot read the model {}: mine one with `segue-miner mine … --output FILE`", file.display())
        })?;
        let model = Model::open(&bytes).with_context(|| format!("{} cannot be used", file.display()))?;
        Ok(Self { model, scratch: Scratch::default() })
    }

    fn ask(&mut self, request: &Request) -> Result<Response, AskError> {
        let begun = Instant::now();
        let mut response = answer(&self.model, request, &mut self.scratch)?.into_owned();
        response.version = env!("CARGO_PKG_VERSION").to_owned();
        response.debug_info.computed_by = "client".to_owned();
        response.debug_info.took_ms = Some(begun.elapsed().as_micros() as f64 / 1_000.0);
        Ok(response)
    }
}

impl Answerer {
    /// The answer to a request.
    pub(crate) fn ask(&mut self, request: &Request) -> Result<Answer, AskError> {
        match self {
            Self::Server(server) => server.ask(request).map(|(response, text)| Answer { response, text }),
            Self::Local(local) => {
                let response = local.ask(request)?;
                let text = serde_json::to_string(&response).unwrap_or_default();
                Ok(Answer { response, text })
            }
        }
    }
}
