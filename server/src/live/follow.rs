//! Following the alias: read, check and open a new model beside the old one, then swap.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use segue_model::file::OpenError;
use segue_store::{Error, Follower, Name, Store};
use tokio::sync::Notify;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval};

use super::{Live, Served};
use crate::telemetry::SPANS;

/// What to follow.
#[derive(Clone, Debug)]
pub struct Follow {
    /// The store.
    pub store: Store,
    /// The alias.
    pub alias: Name,
    /// How often to look.
    pub interval: Duration,
}

/// Why a model is not put in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The volume cannot be read, or the alias is gone.
    Store,
    /// The alias's file cannot be understood.
    Alias,
    /// The store does not have the model that the alias means.
    Missing,
    /// The file does not have the hash that is its name.
    Altered,
    /// The file is of a format that this server does not read.
    Format,
    /// The file contradicts itself.
    Malformed,
    /// Reading it failed through a bug.
    Bug,
}

impl Refusal {
    /// Every reason.
    pub const ALL: [Self; 7] =
        [Self::Store, Self::Alias, Self::Missing, Self::Altered, Self::Format, Self::Malformed, Self::Bug];

    /// The reason as a metric's label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Alias => "alias",
            Self::Missing => "missing",
            Self::Altered => "altered",
            Self::Format => "format",
            Self::Malformed => "malformed",
            Self::Bug => "bug",
        }
    }
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        match error {
            Error::AliasUnreadable { .. } => Self::Alias,
            Error::ModelMissing { .. } => Self::Missing,
            Error::ModelAltered { .. } | Error::ModelTooLong { .. } => Self::Altered,
            _ => Self::Store,
        }
    }
}

impl From<&OpenError> for Refusal {
    fn from(error: &OpenError) -> Self {
        match error {
            OpenError::NotAModel | OpenError::Version { .. } => Self::Format,
            _ => Self::Malformed,
        }
    }
}

/// Follows an alias for ever. Whatever fails, the model that is in place stays, and the failure is logged and counted
/// once.
pub async fn follow(live: Arc<Live>, what: Follow) {
    let looker = Arc::new(Mutex::new(Looker { follower: what.store.follow(&what.alias), refused: None }));
    let replaced = Arc::new(Notify::new());
    let mut tasks = JoinSet::new();
    tasks.spawn(compress_one_after_the_other(Arc::clone(&live), Arc::clone(&replaced)));
    let mut ticks = interval(what.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (shared, looking) = (Arc::clone(&live), Arc::clone(&looker));
        // Both reading and opening block: seconds on a slow volume, for ever on one that hangs.
        let looked = spawn_blocking(move || {
            shared.let_go();
            looking.lock().unwrap_or_else(PoisonError::into_inner).look(&shared)
        });
        let looked = looked.await;
        live.note_look();
        match looked {
            Ok(Some(served)) => {
                drop(served);
                replaced.notify_one();
            }
            Ok(None) => {}
            Err(error) if error.is_panic() => {
                let why = "reading it failed through a bug";
                tracing::error!("{}: {why}", meanwhile(&live));
                live.refuse(Refusal::Bug, why.to_owned());
                looker.lock().unwrap_or_else(PoisonError::into_inner).refused = Some(why.to_owned());
            }
            // The runtime is shutting down.
            Err(_) => return,
        }
    }
}

/// Compresses the current model whenever there is another, one at a time: models that follow one another faster than they
/// are compressed would otherwise all be held, and take all processors.
async fn compress_one_after_the_other(live: Arc<Live>, replaced: Arc<Notify>) {
    loop {
        replaced.notified().await;
        let Some(served) = live.current() else { continue };
        let live = Arc::clone(&live);
        let _ = spawn_blocking(move || live.compress(&served)).await;
    }
}

/// Who looks at the store.
struct Looker {
    follower: Follower,
    /// Why the model that was handed over last is not served.
    refused: Option<String>,
}

impl Looker {
    /// Looks once, and puts a new model in place.
    fn look(&mut self, live: &Live) -> Option<Arc<Served>> {
        let begun = Instant::now();
        let polled = self.follower.poll();
        if let Some(alias) = self.follower.current() {
            live.note_run(alias.run_start);
        }
        let candidate = match polled {
            Ok(Some(candidate)) => candidate,
            Ok(None) => {
                // A candidate that could not be opened is not handed over again, but it is still what the alias means, whatever
                // else failed in between.
                if self.follower.failing().is_none() {
                    live.note(self.refused.as_deref().filter(|_| !self.serves_what_the_alias_means(live)));
                }
                return None;
            }
            Err(error @ Error::AliasMissing { .. }) if live.current.load().is_none() => {
                tracing::info!("waiting for a model: {error}");
                live.note(Some(&error.to_string()));
                return None;
            }
            Err(error) => {
                tracing::error!(reason = Refusal::from(&error).as_str(), "{}: {error}", meanwhile(live));
                live.refuse(Refusal::from(&error), error.to_string());
                return None;
            }
        };
        let (hash, bytes) = (candidate.hash, candidate.bytes.len());
        let _span = tracing::info_span!(target: SPANS, "put a model in place", model.hash = %hash).entered();
        match Served::open(candidate.bytes, hash, candidate.alias.model_date) {
            Ok(served) => {
                let served = Arc::new(served);
                let metadata = served.model.metadata();
                let (songs, rules) = (metadata.counts.songs, metadata.counts.total_rules());
                live.put(Arc::clone(&served));
                self.refused = None;
                let took_ms = begun.elapsed().as_millis() as u64;
                tracing::info!(%hash, model_date = %candidate.alias.model_date, bytes, songs, rules, took_ms, "serving a new model");
                Some(served)
            }
            Err(error) => {
                let why = format!("the model {hash} is refused: {error}");
                tracing::error!(reason = Refusal::from(&error).as_str(), "{}: {why}", meanwhile(live));
                live.refuse(Refusal::from(&error), why.clone());
                self.refused = Some(why);
                None
            }
        }
    }

    fn serves_what_the_alias_means(&self, live: &Live) -> bool {
        let current = live.current.load();
        current.as_ref().map(|served| served.hash) == self.follower.current().map(|alias| alias.hash)
    }
}

/// What a failure means for requests.
fn meanwhile(live: &Live) -> &'static str {
    if live.current.load().is_some() { "the model in place stays" } else { "there is no model to answer from" }
}
