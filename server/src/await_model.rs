//! `segue-server await-model`: waits until there is a model to serve, for whoever starts servers only then.

use std::path::PathBuf;

use clap::Args;
use segue_model::Model;
use segue_store::{ModelHash, Name, Store};
use tokio::time::sleep;

use crate::config::POLL_INTERVAL;

/// Wait until the store has a model that this server can serve, then end
///
/// Says on standard error what is missing, whenever that changes. For an init container, or a script.
#[derive(Clone, Debug, Args)]
pub struct AwaitModel {
    /// Folder of the store that the miner publishes to
    #[arg(long, env = "MODEL_DIR", value_name = "DIR")]
    pub store: PathBuf,

    /// Name of the model in the store
    #[arg(long, env = "MODEL_NAME", default_value = "default", value_name = "NAME")]
    pub model_name: Name,

    /// Alias that has to mean a model
    #[arg(long, env = "MODEL_ALIAS", default_value = "production", value_name = "NAME")]
    pub alias: Name,
}

impl AwaitModel {
    /// Waits until there is a model; gives its hash. `say` is told why there is none, each time that changes.
    ///
    /// Looks at the store in between, which blocks: nothing else should be at work beside it.
    pub async fn wait(&self, mut say: impl FnMut(&str)) -> ModelHash {
        let store = Store::new(&self.store, &self.model_name);
        let mut said = String::new();
        loop {
            match self.look(&store) {
                Ok(hash) => return hash,
                Err(why) if why != said => {
                    say(&why);
                    said = why;
                }
                Err(_) => {}
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    fn look(&self, store: &Store) -> Result<ModelHash, String> {
        let alias = store.alias(&self.alias).map_err(|error| error.to_string())?;
        let bytes = store.read_model(alias.hash).map_err(|error| error.to_string())?;
        Model::open(&bytes).map_err(|error| format!("the model {} cannot be served: {error}", alias.hash))?;
        Ok(alias.hash)
    }
}
