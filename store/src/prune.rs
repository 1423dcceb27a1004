//! Removing what nobody means any more.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use crate::layout::{self, MODEL_ENDING, RECORD_ENDING, TEMPORARY_START};
use crate::lock::{self, Lock};
use crate::{Error, ModelHash, Store, Timestamp, durable};

/// How old a model or a temporary file must be to be pruned: a run that has published and not yet moved
/// its alias must find its model there.
pub const GRACE: Duration = Duration::from_secs(60 * 60);

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The models, by hash.
    pub models: Vec<ModelHash>,
    /// Files that processes which stopped half-way have left: temporary files, records without a model,
    /// claims on locks.
    pub leftovers: usize,
    /// The room made, in bytes.
    pub bytes: u64,
}

impl Store {
    /// Removes old models and stale temporary files.
    ///
    /// A model is kept if an alias means it, if it is one of the `keep` published last, or if it is
    /// younger than [`GRACE`]. So is whatever seems to come from the future of `now`.
    ///
    /// # Errors
    /// [`Error::Locked`] while another process is moving an alias or pruning: see
    /// [`wait_for_lock`](crate::wait_for_lock). [`Error::AliasUnreadable`] when an alias cannot be understood: as it may mean any
    /// model, none is removed. [`Error::Io`].
    pub fn prune(&self, keep: usize, now: SystemTime) -> Result<Pruned, Error> {
        let mut pruned = Pruned::default();
        if !self.path().exists() {
            return Ok(pruned);
        }
        let lock = Lock::take(self.layout.root(), &self.owner, now)?;
        let mut meant = HashSet::new();
        for alias in self.aliases()? {
            meant.insert(alias.record?.hash);
        }
        let mut models = self.models()?;
        models.sort_by_key(|model| std::cmp::Reverse((model.published(), model.hash)));
        for model in models.iter().skip(keep) {
            let published = model.published().map(Timestamp::time);
            if meant.contains(&model.hash) || !is_old(published, now) {
                continue;
            }
            lock.check()?;
            // The record first: where there is a record there is a model.
            durable::remove(&self.layout.record(model.hash))?;
            durable::remove(&self.layout.model(model.hash))?;
            pruned.models.push(model.hash);
            pruned.bytes += model.size;
        }
        pruned.models.sort_unstable();
        self.prune_leftovers(&mut pruned, now)?;
        Ok(pruned)
    }

    fn prune_leftovers(&self, pruned: &mut Pruned, now: SystemTime) -> Result<(), Error> {
        let models = layout::files(&self.layout.models())?;
        let known: HashSet<String> =
            models.iter().filter_map(|file| Some(file.name.strip_suffix(MODEL_ENDING)?.to_owned())).collect();
        let is_leftover = |name: &str| {
            let record_of = name.strip_suffix(RECORD_ENDING).filter(|stem| stem.parse::<ModelHash>().is_ok());
            name.starts_with(TEMPORARY_START)
                || lock::is_claim(name)
                || record_of.is_some_and(|stem| !known.contains(stem))
        };
        let others = [layout::files(&self.layout.aliases())?, layout::files(self.layout.root())?];
        for file in models.into_iter().chain(others.into_iter().flatten()) {
            if is_leftover(&file.name) && is_old(file.modified, now) && durable::remove(&file.path)? {
                pruned.leftovers += 1;
                pruned.bytes += file.size;
            }
        }
        Ok(())
    }
}

/// Whether something of this time is older than [`GRACE`]. What has no time, or one yet to come, is not.
fn is_old(time: Option<SystemTime>, now: SystemTime) -> bool {
    time.and_then(|time| now.duration_since(time).ok()).is_some_and(|age| age > GRACE)
}
