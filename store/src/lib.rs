//! Models on a shared volume: publish, alias, watch, prune.
//!
//! A miner and any number of servers meet on a directory, local or on NFS, with nothing else between
//! them. The miner publishes a model as an immutable file named by the hash of its bytes, then
//! moves an *alias* such as `production` to it; a server follows the alias.
//!
//! ```text
//! DIR/<model name>/models/<sha256>.segue    a model; never changed once it has this name
//!                        /<sha256>.json     its record: input key, model date, run start, …
//!                 /aliases/<alias>.json     which model the alias means, and since which run
//!                 /lock.json                held while an alias moves or models are pruned
//! ```
//!
//! What holds at every moment, whichever process stops where:
//!
//! - a file with a final name is whole: it was written under a temporary name in the same directory,
//!   fsynced, and renamed;
//! - a model has its final name before it has a record, and both before an alias means it;
//! - nothing that an alias means is ever pruned;
//! - a reader believes no name: the bytes it hands out have the hash that the alias asks for.
//!
//! # Publishing
//! ```
//! use std::time::{Duration, SystemTime};
//! use segue_store::{InputKey, Move, Name, NewModel, Precedence, Store, Timestamp, wait_for_lock};
//!
//! # let directory = tempfile::tempdir()?;
//! # let directory = directory.path();
//! let store = Store::new(directory, &"playlists".parse()?);
//! let production: Name = "production".parse()?;
//! let run_start = Timestamp::new(SystemTime::now());
//! let input_key = InputKey::of(["sha256 of the data", "parameters", "miner version"]);
//!
//! let model = match store.find_mined(&input_key)? {
//!     Some(model) => model, // mined before: it keeps its date
//!     None => {
//!         let bytes = b"what the miner wrote";
//!         let model = NewModel { bytes, input_key, model_date: run_start, run_start };
//!         store.publish(&model, SystemTime::now())?
//!     }
//! };
//! let moved = wait_for_lock(Duration::from_secs(60), |now| {
//!     store.move_alias(&production, model.hash, run_start, Precedence::LaterRun, now)
//! })?;
//! assert!(matches!(moved, Move::Done { .. }));
//! wait_for_lock(Duration::from_secs(60), |now| store.prune(5, now))?;
//!
//! // A server, every second:
//! let mut follower = store.follow(&production);
//! if let Some(candidate) = follower.poll()? {
//!     assert_eq!(candidate.bytes, b"what the miner wrote");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Time
//! Decisions that depend on the time take `now` as an argument. Clocks of different machines may differ
//! by minutes and may be set back: a lock that could not have been written yet counts as left behind, and what
//! seems to come from the future is never pruned. [`wait_for_lock`] alone looks at the clock.

mod alias;
mod durable;
mod error;
mod hash;
mod layout;
mod lock;
mod name;
mod prune;
mod publish;
#[cfg(test)]
mod testing;
mod timestamp;
mod watch;

use std::path::Path;

pub use alias::{Alias, AliasRecord, Move, Precedence};
pub use error::Error;
pub use hash::{InputKey, ModelHash};
use layout::Layout;
pub use lock::{LEASE, wait_for_lock};
pub use name::Name;
pub use prune::{GRACE, Pruned};
pub use publish::{LONGEST_MODEL, ModelRecord, NewModel, StoredModel};
pub use timestamp::Timestamp;
pub use watch::{Candidate, Follower};

/// The models of one name in a directory.
///
/// Cheap to make and to clone: it is a path. Nothing is read or made before a method is called, and
/// methods that only read (`follow`, `read_model`, `aliases`, `models`, `find_mined`) never write, so
/// that a server may mount the volume read-only.
#[derive(Debug, Clone)]
pub struct Store {
    layout: Layout,
    owner: String,
}

impl Store {
    /// The models called `model_name` in `directory`, which need not exist yet.
    #[must_use]
    pub fn new(directory: &Path, model_name: &Name) -> Store {
        Store { layout: Layout::new(directory, model_name), owner: lock::this_process() }
    }

    /// The same store, naming `owner` in the lock files it writes instead of this host and process.
    #[must_use]
    pub fn owned_by(mut self, owner: impl Into<String>) -> Store {
        self.owner = owner.into();
        self
    }

    /// The directory of this model name, `DIR/<model name>`.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.layout.root()
    }
}
