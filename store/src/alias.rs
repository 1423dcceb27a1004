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
        self.read_model(hash)?;
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
