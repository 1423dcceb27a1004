//! `segue-miner alias`: which model is meant.

use std::time::SystemTime;

use clap::{Args, Subcommand};
use segue_store::Move;

use super::StoreArguments;

/// See or set which model an alias means.
#[derive(Args)]
pub(crate) struct Alias {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the aliases and models of a store.
    List {
        #[command(flatten)]
        store: StoreArguments,
    },
    /// Point the alias at a model of the store: to roll back, or to try one out.
    Set {
        /// The model's hash, or enough of its beginning.
        model: String,
        #[command(flatten)]
        store: StoreArguments,
    },
}

impl Alias {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        match &self.action {
            Action::List { store } => list(store),
            Action::Set { model, store } => {
                let moved = store.open()?.set_alias(&store.alias, model, SystemTime::now())?;
                if let Move::Done { current, .. } = moved {
                    println!("{} is model {} of {}", store.alias, current.hash, current.model_date);
                }
                Ok(())
            }
        }
    }
}

fn list(arguments: &StoreArguments) -> anyhow::Result<()> {
    let store = arguments.open()?;
    let aliases = store.aliases()?;
    let mut models = store.models()?;
    models.sort_by_key(|model| std::cmp::Reverse(model.published()));
    for model in &models {
        let date = model.record.as_ref().map_or_else(ToString::to_string, |record| record.model_date.to_string());
        let meant: Vec<&str> = aliases
            .iter()
            .filter(|alias| alias.record.as_ref().is_ok_and(|record| record.hash == model.hash))
            .map(|alias| alias.name.as_str())
            .collect();
        println!("{}  {date}  {:>6.1} MB  {}", model.hash, model.size as f64 / 1e6, meant.join(" "));
    }
    for alias in &aliases {
        if let Err(error) = &alias.record {
            println!("{}: {error}", alias.name);
        }
    }
    if models.is_empty() {
        println!("no models in {}", store.path().display());
    }
    Ok(())
}
