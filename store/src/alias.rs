//! Aliases: which model is meant by a name such as `production`.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::layout::{self, RECORD_ENDING};
use crate::lock::Lock;
use crate::{Error, InputKey, ModelHash, Name, Store, Timestamp, durable};

/// What an alias's file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasRecord {
    /// The model that is meant.
    pub hash: ModelHash,
    /// What that model was mined from.
    pub input_key: InputKey,
    /// That model's date. A model that is found again keeps it.
    pub model_date: Timestamp,
    /// When the run began that pointed the alias here, which may be later than the run that mined the
    /// model; when an alias is set by hand, the time at which it was.
    pub run_start: Timestamp,
    /// 1 when the alias is first set, one more with each move.
    pub sequence: u64,
}

/// An alias of a store.
#[derive(Debug)]
pub struct Alias {
    /// Its name.
    pub name: Name,
    /// What its file says, or why that cannot be told.
    pub record: Result<AliasRecord, Error>,
}

/// Whether a run may move an alias that a later run has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precedence {
    /// No: a run that began before the one that moved the alias last leaves it alone. Among runs
    /// that began at the same time the one that moves last wins.
    LaterRun,
    /// Yes, whatever the alias means now, even when its file cannot be understood.
    Forced,
}

/// What became of an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the alias may have been left alone"]
pub enum Move {
    /// It means the model asked for.
    Done {
        /// What its file says now.
        current: AliasRecord,
        /// What it said before; `None` when the alias is new (or could not be understood).
        previous: Option<AliasRecord>,
    },
    /// It was left alone, because a run that began later has moved it.
    LeftToLaterRun {
        /// What its file says.
        current: AliasRecord,
    },
}

impl Store {
    /// Points `alias` at the model `hash`, on behalf of the run that began at `run_start`.
    ///
    /// The model is read and its hash verified first, so no alias is moved to a model that is missing or
    /// altered. Pointing an alias at the model it already means is a move too: it records the later run.
    ///
    /// # Errors
    /// [`Error::Locked`] while another process is moving an alias or pruning: see
    /// [`wait_for_lock`](crate::wait_for_lock). [`Error::ModelMissing`], [`Error::ModelAltered`] or [`Error::RecordUnreadable`] when the model is not
    /// fit to be meant: mine again. [`Error::AliasUnreadable`], unless forced, when the alias's file is
    /// garbage.
    pub fn move_alias(
        &self,
        alias: &Name,
        hash: ModelHash,
        run_start: Timestamp,
        precedence: Precedence,
        now: SystemTime,
    ) -> Result<Move, Error> {
        self.layout.create()?;
        let lock = Lock::take(self.layout.root(), &self.owner, now)?;
        let previous = match (self.alias(alias), precedence) {
            (Ok(record), _) => Some(record),
            (Err(Error::AliasMissing { .. }), _) => None,
            (Err(Error::AliasUnreadable { .. }), Precedence::Forced) => None,
            (Err(error), _) => return Err(error),
        };
        if precedence == Precedence::LaterRun
            && let Some(current) = previous.as_ref().filter(|previous| run_start < previous.run_start)
        {
            return Ok(Move::LeftToLaterRun { current: current.clone() });
        }
        // Under the lock, so that it cannot be pruned before the alias means it.
        self.verify_model(hash)?;
        let model = self.record(hash)?;
        let current = AliasRecord {
            hash,
            input_key: model.input_key,
            model_date: model.model_date,
            run_start,
            sequence: previous.as_ref().map_or(0, |previous| previous.sequence).saturating_add(1),
        };
        lock.check()?;
        durable::replace_json(&self.layout.aliases(), &format!("{alias}{RECORD_ENDING}"), &current)?;
        Ok(Move::Done { current, previous })
    }

    /// Points `alias` by hand at the one model whose hash begins with `prefix`, whichever run moved it
    /// last. `now` is recorded as the start of the run, so that a run already under way does not
    /// undo it, while the next one moves the alias as usual.
    ///
    /// # Errors
    /// [`Error::NoSuchModel`] and [`Error::AmbiguousModel`] when `prefix` does not name one model; otherwise
    /// as [`move_alias`](Store::move_alias).
    pub fn set_alias(&self, alias: &Name, prefix: &str, now: SystemTime) -> Result<Move, Error> {
        let hash = self.model_by_prefix(prefix)?;
        self.move_alias(alias, hash, Timestamp::new(now), Precedence::Forced, now)
    }

    /// What `alias` means.
    ///
    /// # Errors
    /// [`Error::AliasMissing`], [`Error::AliasUnreadable`], or [`Error::Io`].
    pub fn alias(&self, alias: &Name) -> Result<AliasRecord, Error> {
        let path = self.layout.alias(alias);
        match durable::read_json(&path)? {
            Some(Ok(record)) => Ok(record),
            Some(Err(reason)) => Err(Error::AliasUnreadable { path, reason }),
            None => Err(Error::AliasMissing { alias: alias.clone(), path }),
        }
    }

    /// All aliases, by name.
    ///
    /// # Errors
    /// [`Error::Io`] when they cannot be listed. That one of them cannot be read is said in its place.
    pub fn aliases(&self) -> Result<Vec<Alias>, Error> {
        let files = layout::files(&self.layout.aliases())?;
        let names = files.iter().filter_map(|file| file.name.strip_suffix(RECORD_ENDING)?.parse().ok());
        Ok(names.map(|name: Name| Alias { record: self.alias(&name), name }).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::testing::{TestStore, name, noon};

    fn alias(test: &TestStore, alias: &str) -> AliasRecord {
        test.store.alias(&name(alias)).expect("an alias")
    }

    #[test]
    fn each_move_counts_one_up_and_says_what_was_before() {
        let test = TestStore::new();
        let (first, second) = (test.publish("first", 0), test.publish("second", 10));
        let Ok(Move::Done { current, previous: None }) = test.move_to("production", first.hash, 0) else {
            panic!("a new alias is set");
        };
        assert_eq!((current.hash, current.sequence, current.model_date), (first.hash, 1, first.model_date));
        let Ok(Move::Done { current: now, previous: Some(before) }) = test.move_to("production", second.hash, 10)
        else {
            panic!("a later run moves it");
        };
        assert_eq!(before, current);
        assert_eq!((now.hash, now.sequence, now.input_key), (second.hash, 2, second.input_key));
        assert_eq!(alias(&test, "production"), now);
    }

    #[test]
    fn a_run_that_began_earlier_leaves_the_alias_alone_unless_forced() {
        let test = TestStore::new();
        let (slow, quick) = (test.publish("slow", 0), test.publish("quick", 5));
        assert!(matches!(test.move_to("production", quick.hash, 5), Ok(Move::Done { .. })));
        let Ok(Move::LeftToLaterRun { current }) = test.move_to("production", slow.hash, 0) else {
            panic!("an earlier run does not move it");
        };
        assert_eq!(current.hash, quick.hash);
        assert_eq!(alias(&test, "production"), current);

        let start = Timestamp::new(noon(0));
        let forced = test.store.move_alias(&name("production"), slow.hash, start, Precedence::Forced, noon(20));
        assert!(matches!(forced, Ok(Move::Done { .. })));
        assert_eq!((alias(&test, "production").hash, alias(&test, "production").sequence), (slow.hash, 2));
    }

    #[test]
    fn a_model_found_again_keeps_its_date_and_the_later_run_counts() {
        let test = TestStore::new();
        let (first, second) = (test.publish("first", 0), test.publish("second", 10));
        for (model, second) in [(&first, 0), (&second, 10), (&first, 20)] {
            assert!(matches!(test.move_to("production", model.hash, second), Ok(Move::Done { .. })));
        }
        assert_eq!(alias(&test, "production").model_date, first.model_date);
        assert!(matches!(test.move_to("production", second.hash, 15), Ok(Move::LeftToLaterRun { .. })));
    }

    #[test]
    fn pointing_again_at_the_same_model_records_the_later_run() {
        let test = TestStore::new();
        let (model, late) = (test.release("first", 0), test.publish("late", 5));
        assert!(matches!(test.move_to("production", model.hash, 10), Ok(Move::Done { .. })));
        assert!(matches!(test.move_to("production", late.hash, 5), Ok(Move::LeftToLaterRun { .. })));
    }

    #[test]
    fn setting_by_hand_wins_over_runs_under_way_and_yields_to_the_next() {
        let test = TestStore::new();
        let old = test.release("old", 0);
        let new = test.release("new", 10);
        let prefix = old.hash.to_string();
        let set = test.store.set_alias(&name("production"), &prefix[..12], noon(100));
        assert!(matches!(set, Ok(Move::Done { .. })));
        assert_eq!(alias(&test, "production").hash, old.hash);
        assert!(matches!(test.move_to("production", new.hash, 50), Ok(Move::LeftToLaterRun { .. })));
        assert!(matches!(test.move_to("production", new.hash, 101), Ok(Move::Done { .. })));
    }

    #[test]
    fn aliases_do_not_touch_each_other() {
        let test = TestStore::new();
        let (first, second) = (test.publish("first", 0), test.publish("second", 0));
        assert!(matches!(test.move_to("production", first.hash, 0), Ok(Move::Done { .. })));
        assert!(matches!(test.move_to("experiment", second.hash, 0), Ok(Move::Done { .. })));
        let aliases = test.store.aliases().expect("a listing");
        let listed: Vec<_> = aliases
            .iter()
            .map(|alias| (alias.name.as_str(), alias.record.as_ref().expect("a good alias").hash))
            .collect();
        assert_eq!(listed, [("experiment", second.hash), ("production", first.hash)]);
    }

    #[test]
    fn an_alias_never_moves_to_a_model_that_is_missing_or_altered() {
        let test = TestStore::new();
        let good = test.release("good", 0);
        let altered = test.publish("altered", 1);
        fs::write(test.store.layout.model(altered.hash), "alter").expect("a writable file");
        assert!(matches!(test.move_to("production", altered.hash, 1), Err(Error::ModelAltered { .. })));
        let missing = ModelHash::of(b"never published");
        assert!(matches!(test.move_to("production", missing, 1), Err(Error::ModelMissing { .. })));
        assert_eq!(alias(&test, "production").hash, good.hash);
        assert!(matches!(test.move_to("production", good.hash, 2), Ok(Move::Done { .. })), "the lock was given back");
    }

    #[test]
    fn an_alias_file_of_garbage_is_replaced_only_by_force() {
        let test = TestStore::new();
        let model = test.release("model", 0);
        let path = test.store.layout.alias(&name("production"));
        for garbage in ["", "{", "[]", "{\"hash\": \"../../etc/passwd\"}", "\u{0}\u{0}"] {
            fs::write(&path, garbage).expect("a writable file");
            assert!(matches!(test.store.alias(&name("production")), Err(Error::AliasUnreadable { .. })), "{garbage}");
            assert!(matches!(test.move_to("production", model.hash, 9), Err(Error::AliasUnreadable { .. })));
            let aliases = test.store.aliases().expect("a listing");
            assert!(matches!(aliases[..], [Alias { record: Err(Error::AliasUnreadable { .. }), .. }]));
            let set = test.store.set_alias(&name("production"), &model.hash.to_string(), noon(9));
            assert!(matches!(set, Ok(Move::Done { previous: None, .. })));
            assert_eq!(alias(&test, "production").hash, model.hash);
        }
    }

    #[test]
    fn stopping_while_the_alias_is_written_leaves_the_old_one() {
        let test = TestStore::new();
        let old = test.release("old", 0);
        let new = test.publish("new", 1);
        // What is left of a process that stopped before its rename: the lock, and a temporary file.
        let lock = Lock::take(test.store.path(), "stopped", noon(1)).expect("a free lock");
        std::mem::forget(lock);
        fs::write(test.store.layout.aliases().join(".tmp-stopped"), "{\"hash\":").expect("a writable directory");

        assert_eq!(alias(&test, "production").hash, old.hash);
        assert_eq!(test.store.aliases().expect("a listing").len(), 1);
        assert!(matches!(test.move_to("production", new.hash, 2), Err(Error::Locked { .. })));
        assert!(matches!(test.move_to("production", new.hash, 40), Ok(Move::Done { .. })));
    }

    #[test]
    fn the_file_is_json_with_the_fields_a_person_would_look_for() {
        let test = TestStore::new();
        test.release("model", 0);
        let text = fs::read_to_string(test.store.layout.alias(&name("production"))).expect("the alias");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(json["hash"], ModelHash::of(b"model").to_string());
        assert_eq!(json["model_date"], "2026-03-01T12:00:00.000Z");
        assert_eq!(json["run_start"], "2026-03-01T12:00:00.000Z");
        assert_eq!(json["sequence"], 1);
        assert_eq!(json["input_key"], InputKey::of(["model"]).to_string());
    }
}
