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

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;
    use crate::testing::{HOUR, TestStore, name, noon};

    fn hashes(test: &TestStore) -> Vec<ModelHash> {
        test.store.models().expect("a listing").iter().map(|model| model.hash).collect()
    }

    #[test]
    fn the_last_published_are_kept_and_the_older_removed_with_their_records() {
        let test = TestStore::new();
        let models: Vec<_> = (0..4).map(|day| test.publish(&format!("day {day}"), day * 24 * HOUR)).collect();
        let now = noon(5 * 24 * HOUR);
        let pruned = test.store.prune(2, now).expect("a writable store");
        let mut removed = vec![models[0].hash, models[1].hash];
        removed.sort();
        assert_eq!(pruned, Pruned { models: removed, leftovers: 0, bytes: 10 });
        assert_eq!(test.files().len(), 4, "{:?}", test.files());
        assert_eq!(test.store.prune(2, now).expect("a writable store"), Pruned::default());
    }

    #[test]
    fn what_an_alias_means_is_never_removed() {
        let test = TestStore::new();
        let meant = test.release("meant", 0);
        let unmeant = test.publish("unmeant", 0);
        let pruned = test.store.prune(0, noon(9 * HOUR)).expect("a writable store");
        assert_eq!(pruned.models, [unmeant.hash]);
        assert_eq!(hashes(&test), [meant.hash]);
    }

    #[test]
    fn what_is_younger_than_an_hour_or_from_the_future_stays() {
        let test = TestStore::new();
        test.publish("young", HOUR);
        for now in [0, HOUR, 2 * HOUR] {
            assert_eq!(test.store.prune(0, noon(now)).expect("a writable store"), Pruned::default());
        }
        assert_eq!(test.store.prune(0, noon(2 * HOUR + 1)).expect("a writable store").models.len(), 1);
    }

    #[test]
    fn nothing_is_removed_while_an_alias_cannot_be_understood() {
        let test = TestStore::new();
        test.release("old", 0);
        test.publish("older", 0);
        fs::write(test.store.layout.alias(&name("production")), "{").expect("a writable file");
        assert!(matches!(test.store.prune(0, noon(9 * HOUR)), Err(Error::AliasUnreadable { .. })));
        assert_eq!(hashes(&test).len(), 2);
    }

    #[test]
    fn stale_leftovers_go_and_everything_else_stays() {
        let test = TestStore::new();
        test.release("model", 0);
        let lost = ModelHash::of(b"its model is gone");
        let leftovers = [
            "models/.tmp-abc".to_owned(),
            "aliases/.tmp-def".to_owned(),
            format!("models/{lost}.json"),
            format!("lock.{}.0", "0123456789abcdef".repeat(2)),
        ];
        let others = ["models/README", "models/notes.json", "aliases/notes.txt", "lock.notes", "README"];
        let before = test.files();
        let (now, hour) = (SystemTime::now(), Duration::from_secs(HOUR));
        for file in leftovers.iter().map(String::as_str).chain(others) {
            fs::write(test.store.path().join(file), "left").expect("a writable directory");
        }
        assert_eq!(test.store.prune(5, now).expect("a writable store").leftovers, 0, "they are young");
        let pruned = test.store.prune(5, now + hour + hour).expect("a writable store");
        assert_eq!((pruned.leftovers, pruned.bytes), (4, 16));
        let mut expected: Vec<String> = before;
        expected.extend(others.map(|file| if file.contains('/') { file.to_owned() } else { format!("/{file}") }));
        expected.sort();
        assert_eq!(test.files(), expected);
    }

    #[test]
    fn models_without_a_record_go_by_the_age_of_their_file() {
        let test = TestStore::new();
        let model = test.publish("model", 0);
        fs::remove_file(test.store.layout.record(model.hash)).expect("a file");
        let (now, hour) = (SystemTime::now(), Duration::from_secs(HOUR));
        assert_eq!(test.store.prune(0, now).expect("a writable store").models, []);
        assert_eq!(test.store.prune(0, now + hour + hour).expect("a writable store").models, [model.hash]);
    }

    #[test]
    fn pruning_waits_for_whoever_moves_an_alias() {
        let test = TestStore::new();
        test.publish("model", 0);
        let lock = Lock::take(test.store.path(), "a miner", noon(9 * HOUR)).expect("a free lock");
        assert!(matches!(test.store.prune(0, noon(9 * HOUR)), Err(Error::Locked { owner, .. }) if owner == "a miner"));
        assert_eq!(hashes(&test).len(), 1);
        drop(lock);
        assert_eq!(test.store.prune(0, noon(9 * HOUR)).expect("a free lock").models.len(), 1);
    }

    #[test]
    fn a_store_that_does_not_exist_has_nothing_to_prune() {
        let test = TestStore::new();
        assert_eq!(test.store.prune(0, noon(0)).expect("nothing to do"), Pruned::default());
        assert!(!test.store.path().exists());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn whatever_happened_before_every_alias_still_has_its_model(
            events in prop::collection::vec((0u64..6, 0usize..3, 0u64..4, any::<bool>()), 1..12),
            keep in 0usize..4,
        ) {
            let test = TestStore::new();
            let mut hour = 0;
            for (model, alias, hours, prune) in events {
                hour += hours;
                let model = test.publish(&format!("model {model}"), hour * HOUR);
                let alias = ["production", "experiment", "old"][alias];
                let _ = test.move_to(alias, model.hash, hour * HOUR)?;
                if prune {
                    test.store.prune(keep, noon((hour + 2) * HOUR))?;
                }
            }
            test.store.prune(keep, noon((hour + 9) * HOUR))?;
            let aliases = test.store.aliases()?;
            let mut meant = HashSet::new();
            for alias in aliases {
                let record = alias.record?;
                test.store.read_model(record.hash)?;
                meant.insert(record.hash);
            }
            prop_assert!(hashes(&test).len() <= meant.len() + keep);
        }
    }
}
