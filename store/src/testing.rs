//! A store in a temporary directory, and a day to live on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use crate::{InputKey, ModelHash, ModelRecord, Move, Name, NewModel, Precedence, Store, Timestamp};

/// Noon of the day on which the tests happen, plus this many seconds.
pub(crate) fn noon(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_772_366_400 + seconds)
}

pub(crate) const HOUR: u64 = 60 * 60;

pub(crate) fn name(name: &str) -> Name {
    name.parse().expect("a name")
}

/// A store whose directory goes when it is dropped.
pub(crate) struct TestStore {
    pub(crate) store: Store,
    pub(crate) directory: TempDir,
}

impl TestStore {
    pub(crate) fn new() -> TestStore {
        let directory = tempfile::tempdir().expect("a temporary directory");
        TestStore { store: Store::new(directory.path(), &name("playlists")), directory }
    }

    /// Publishes `bytes`, mined from an input of the same bytes by a run that began at this second.
    pub(crate) fn publish(&self, bytes: &str, second: u64) -> ModelRecord {
        let time = Timestamp::new(noon(second));
        let input_key = InputKey::of([bytes]);
        let model = NewModel { bytes: bytes.as_bytes(), input_key, model_date: time, run_start: time };
        self.store.publish(&model, noon(second)).expect("a writable store")
    }

    pub(crate) fn move_to(&self, alias: &str, hash: ModelHash, second: u64) -> Result<Move, crate::Error> {
        let time = noon(second);
        self.store.move_alias(&name(alias), hash, Timestamp::new(time), Precedence::LaterRun, time)
    }

    /// Publishes and moves `production` to it.
    pub(crate) fn release(&self, bytes: &str, second: u64) -> ModelRecord {
        let model = self.publish(bytes, second);
        let moved = self.move_to("production", model.hash, second).expect("a free alias");
        assert!(matches!(moved, Move::Done { .. }), "{moved:?}");
        model
    }

    /// The names of all files of the store, relative to its directory, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        for directory in ["", "models", "aliases"] {
            let files = crate::layout::files(&self.store.path().join(directory)).expect("a listing");
            found.extend(files.into_iter().map(|file| format!("{directory}/{}", file.name)));
        }
        found.sort();
        found
    }
}
