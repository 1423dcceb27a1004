//! Models: putting them into a store and finding them again.

use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::durable::{self, Read};
use crate::layout::{self, MODEL_ENDING, RECORD_ENDING};
use crate::{Error, InputKey, ModelHash, Store, Timestamp};

/// Longest model file that is read, bytes. A model of 200,000 songs has some 54 MB; what is far longer is no model, and
/// reading it would take the memory of everything else.
pub const LONGEST_MODEL: u64 = 1 << 30;

/// A model to be published.
#[derive(Debug, Clone, Copy)]
pub struct NewModel<'a> {
    /// The model file, whole.
    pub bytes: &'a [u8],
    /// What it was mined from.
    pub input_key: InputKey,
    /// The date the model shows, as in its metadata.
    pub model_date: Timestamp,
    /// When the run began that mined it.
    pub run_start: Timestamp,
}

/// What the store knows of a model, in `models/<sha256>.json` beside it. Written once, after the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// The model.
    pub hash: ModelHash,
    /// What it was mined from.
    pub input_key: InputKey,
    /// The date the model shows.
    pub model_date: Timestamp,
    /// When the run began that mined it.
    pub run_start: Timestamp,
    /// When it was first published.
    pub published: Timestamp,
    /// The size of the model file in bytes.
    pub size: u64,
}

/// A model file of a store.
#[derive(Debug)]
pub struct StoredModel {
    /// The hash in its name. Its bytes are not verified.
    pub hash: ModelHash,
    /// The size of the file in bytes.
    pub size: u64,
    /// Its record, or why there is none.
    pub record: Result<ModelRecord, Error>,
    /// When the file was last modified, as the volume has it.
    pub(crate) modified: Option<SystemTime>,
}

impl StoredModel {
    /// When the model was published: as recorded, otherwise when its file was written; `None` when
    /// neither is known.
    #[must_use]
    pub fn published(&self) -> Option<Timestamp> {
        let recorded = self.record.as_ref().ok().map(|record| record.published);
        recorded.or_else(|| self.modified.map(Timestamp::new))
    }
}

impl Store {
    /// Makes the directories and sees that they can be written, before long work whose result would have nowhere to go.
    ///
    /// # Errors
    /// [`Error::Io`] when the volume cannot be written.
    pub fn prepare(&self) -> Result<(), Error> {
        self.layout.create()?;
        durable::write_temporary(&self.layout.models(), b"").map(drop)
    }

    /// Puts a model into the store. No alias means it yet: [`move_alias`](Store::move_alias) does that.
    ///
    /// A model that is already there stays as it is, with its record and date; one that is there but cut short or
    /// altered is replaced. No lock is needed: two processes may publish at once, even the same
    /// model. When this fails or the process stops on the way, nothing but a temporary file or a model that no
    /// alias means is left, and publishing again mends it.
    ///
    /// # Errors
    /// [`Error::Io`] when the volume cannot be written.
    pub fn publish(&self, model: &NewModel<'_>, now: SystemTime) -> Result<ModelRecord, Error> {
        let hash = ModelHash::of(model.bytes);
        self.layout.create()?;
        let models = self.layout.models();
        match self.verify_model(hash) {
            Ok(()) => {}
            Err(Error::ModelMissing { .. } | Error::ModelAltered { .. } | Error::ModelTooLong { .. }) => {
                durable::replace(&models, &format!("{hash}{MODEL_ENDING}"), model.bytes)?;
            }
            Err(error) => return Err(error),
        }
        match self.record(hash) {
            Ok(record) => Ok(record),
            Err(Error::RecordUnreadable { .. }) => {
                let record = ModelRecord {
                    hash,
                    input_key: model.input_key,
                    model_date: model.model_date,
                    run_start: model.run_start,
                    published: Timestamp::new(now),
                    size: model.bytes.len() as u64,
                };
                durable::replace_json(&models, &format!("{hash}{RECORD_ENDING}"), &record)?;
                Ok(record)
            }
            Err(error) => Err(error),
        }
    }

    /// The model mined from this input, if the store has it whole (its hash is verified); the last
    /// published if there are several.
    ///
    /// Between this and [`move_alias`](Store::move_alias) an old model that no alias means may be pruned; then
    /// that says [`Error::ModelMissing`], and the input is to be mined after all.
    ///
    /// # Errors
    /// [`Error::Io`] when the store cannot be read. Models that are altered or have no record are passed over.
    pub fn find_mined(&self, input_key: &InputKey) -> Result<Option<ModelRecord>, Error> {
        let mut found: Vec<ModelRecord> = self
            .models()?
            .into_iter()
            .filter_map(|model| model.record.ok())
            .filter(|record| record.input_key == *input_key)
            .collect();
        found.sort_by_key(|record| (record.published, record.hash));
        for record in found.into_iter().rev() {
            match self.verify_model(record.hash) {
                Ok(()) => return Ok(Some(record)),
                Err(Error::ModelMissing { .. } | Error::ModelAltered { .. } | Error::ModelTooLong { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// A model's bytes, verified to have this hash.
    ///
    /// # Errors
    /// [`Error::ModelMissing`], [`Error::ModelAltered`], [`Error::ModelTooLong`], or [`Error::Io`].
    pub fn read_model(&self, hash: ModelHash) -> Result<Vec<u8>, Error> {
        self.model_as(hash, |path| {
            let read = durable::read(path, LONGEST_MODEL)?;
            Ok(read.map(|bytes| (ModelHash::of(&bytes), bytes.len() as u64, bytes)))
        })
    }

    /// Sees that a model is there and has this hash, without taking it into memory.
    ///
    /// # Errors
    /// As [`read_model`](Store::read_model).
    pub(crate) fn verify_model(&self, hash: ModelHash) -> Result<(), Error> {
        self.model_as(hash, |path| {
            let read = durable::read_as(path, LONGEST_MODEL, |file, _| ModelHash::of_reader(file))?;
            Ok(read.map(|(found, length)| (found, length, ())))
        })
    }

    /// What `read` makes of the file of a model. It also gives the hash of the bytes and their number.
    fn model_as<T>(
        &self,
        hash: ModelHash,
        read: impl FnOnce(&Path) -> Result<Read<(ModelHash, u64, T)>, Error>,
    ) -> Result<T, Error> {
        let path = self.layout.model(hash);
        match read(&path)? {
            Read::Whole((found, _, model)) if found == hash => Ok(model),
            Read::Whole((found, length, _)) => Err(Error::ModelAltered { path, found, length }),
            Read::Missing => Err(Error::ModelMissing { hash, path }),
            Read::TooLong(length) => Err(Error::ModelTooLong { path, length }),
        }
    }

    /// A model's record.
    ///
    /// # Errors
    /// [`Error::RecordUnreadable`] when there is none or it is not this model's; [`Error::Io`].
    pub fn record(&self, hash: ModelHash) -> Result<ModelRecord, Error> {
        let path = self.layout.record(hash);
        let reason = match durable::read_json::<ModelRecord>(&path)? {
            Some(Ok(record)) if record.hash == hash => return Ok(record),
            Some(Ok(record)) => format!("it is the record of {}", record.hash),
            Some(Err(reason)) => reason,
            None => "there is none".to_owned(),
        };
        Err(Error::RecordUnreadable { path, reason })
    }

    /// All models, by hash, with their records. Their bytes are not verified.
    ///
    /// # Errors
    /// [`Error::Io`] when they cannot be listed.
    pub fn models(&self) -> Result<Vec<StoredModel>, Error> {
        let files = layout::files(&self.layout.models())?;
        let models = files.into_iter().filter_map(|file| {
            let hash = file.name.strip_suffix(MODEL_ENDING)?.parse().ok()?;
            Some(StoredModel { hash, size: file.size, record: self.record(hash), modified: file.modified })
        });
        Ok(models.collect())
    }

    /// The one model whose hash begins with `prefix`, which may be the whole hash.
    ///
    /// # Errors
    /// [`Error::NoSuchModel`], [`Error::AmbiguousModel`], or [`Error::Io`].
    pub fn model_by_prefix(&self, prefix: &str) -> Result<ModelHash, Error> {
        let models = self.models()?;
        let mut matching = models.iter().map(|model| model.hash).filter(|hash| hash.to_string().starts_with(prefix));
        let shown = || prefix.chars().take(80).collect();
        match (matching.next(), matching.count()) {
            (Some(hash), 0) => Ok(hash),
            (Some(_), others) => Err(Error::AmbiguousModel { prefix: shown(), count: others + 1 }),
            (None, _) => Err(Error::NoSuchModel { prefix: shown() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::testing::{TestStore, noon};

    #[test]
    fn a_published_model_is_found_by_its_hash_and_by_its_input() {
        let test = TestStore::new();
        let model = test.publish("a model", 0);
        assert_eq!(model.hash, ModelHash::of(b"a model"));
        assert_eq!(model.size, 7);
        assert_eq!(test.store.read_model(model.hash).expect("the model"), b"a model");
        assert_eq!(test.store.find_mined(&InputKey::of(["a model"])).expect("a listing"), Some(model));
        assert_eq!(test.store.find_mined(&InputKey::of(["another"])).expect("a listing"), None);
    }

    #[test]
    fn nothing_but_the_model_and_its_record_is_left_behind() {
        let test = TestStore::new();
        let hash = test.publish("a model", 0).hash;
        assert_eq!(test.files(), [format!("models/{hash}.json"), format!("models/{hash}.segue")]);
    }

    #[cfg(unix)]
    #[test]
    fn other_users_may_read_what_is_published() {
        use std::os::unix::fs::PermissionsExt as _;
        let test = TestStore::new();
        let plain = test.directory.path().join("plain");
        fs::write(&plain, b"").expect("a writable directory");
        let mode = |path| fs::metadata(path).expect("a file").permissions().mode();
        let hash = test.publish("a model", 0).hash;
        assert_eq!(mode(test.store.layout.model(hash)), mode(plain.clone()));
        assert_eq!(mode(test.store.layout.record(hash)), mode(plain));
    }

    #[test]
    fn publishing_again_keeps_the_date() {
        let test = TestStore::new();
        let first = test.publish("a model", 0);
        assert_eq!(test.publish("a model", 500), first);
    }

    #[test]
    fn a_store_that_does_not_exist_is_empty() {
        let test = TestStore::new();
        assert!(test.store.models().expect("a listing").is_empty());
        assert!(test.store.aliases().expect("a listing").is_empty());
        assert_eq!(test.store.find_mined(&InputKey::of(["x"])).expect("a listing"), None);
        assert!(!test.store.path().exists(), "reading makes nothing");
    }

    #[test]
    fn a_model_that_is_altered_is_not_found_and_publishing_mends_it() {
        let test = TestStore::new();
        let model = test.publish("a model", 0);
        for altered in ["a mode", "a modem", "a model ", ""] {
            fs::write(test.store.layout.model(model.hash), altered).expect("a writable file");
            let error = test.store.read_model(model.hash).expect_err("an altered model");
            assert!(matches!(error, Error::ModelAltered { length, .. } if length == altered.len() as u64), "{error}");
            assert_eq!(test.store.find_mined(&model.input_key).expect("a listing"), None);
            assert_eq!(test.publish("a model", 9), model);
            assert_eq!(test.store.read_model(model.hash).expect("mended"), b"a model");
        }
    }

    #[test]
    fn what_is_far_too_long_for_a_model_is_not_read_and_publishing_mends_it() {
        let test = TestStore::new();
        let model = test.publish("a model", 0);
        // It has holes only, and takes no room.
        let file = fs::File::create(test.store.layout.model(model.hash)).expect("a writable file");
        file.set_len(LONGEST_MODEL + 1).expect("a volume that knows holes");
        let error = test.store.read_model(model.hash).expect_err("not read");
        assert!(matches!(error, Error::ModelTooLong { length, .. } if length == LONGEST_MODEL + 1), "{error}");
        assert_eq!(test.store.find_mined(&model.input_key).expect("a listing"), None);
        assert_eq!(test.publish("a model", 9), model);
        assert_eq!(test.store.read_model(model.hash).expect("mended"), b"a model");
    }

    #[test]
    fn stopping_after_the_temporary_file_or_before_the_record_leaves_a_usable_store() {
        let test = TestStore::new();
        test.store.layout.create().expect("directories");
        let hash = ModelHash::of(b"a model");
        fs::write(test.store.layout.models().join(".tmp-stopped"), b"a mo").expect("a writable directory");
        assert!(test.store.models().expect("a listing").is_empty());

        fs::write(test.store.layout.model(hash), b"a model").expect("a writable directory");
        let models = test.store.models().expect("a listing");
        assert!(matches!(models[..], [StoredModel { record: Err(Error::RecordUnreadable { .. }), .. }]));
        assert!(matches!(test.move_to("production", hash, 0), Err(Error::RecordUnreadable { .. })));

        let model = test.publish("a model", 0);
        assert_eq!(test.store.find_mined(&model.input_key).expect("a listing"), Some(model));
        assert!(test.move_to("production", hash, 0).is_ok());
    }

    #[test]
    fn a_record_that_is_garbage_or_another_models_is_written_anew() {
        let test = TestStore::new();
        let model = test.publish("a model", 0);
        let other = test.publish("another", 0);
        fs::write(test.store.layout.record(model.hash), "{").expect("a writable file");
        assert!(matches!(test.store.record(model.hash), Err(Error::RecordUnreadable { .. })));
        assert_eq!(test.publish("a model", 0), model);
        fs::copy(test.store.layout.record(other.hash), test.store.layout.record(model.hash)).expect("a copy");
        assert!(matches!(test.store.record(model.hash), Err(Error::RecordUnreadable { .. })));
        assert_eq!(test.publish("a model", 0), model);
    }

    #[test]
    fn of_two_models_from_one_input_the_later_is_found_while_it_is_whole() {
        let test = TestStore::new();
        let input_key = InputKey::of(["data"]);
        let publish = |bytes: &[u8], second| {
            let time = Timestamp::new(noon(second));
            let model = NewModel { bytes, input_key, model_date: time, run_start: time };
            test.store.publish(&model, noon(second)).expect("a writable store")
        };
        let (first, second) = (publish(b"first", 0), publish(b"second", 1));
        assert_eq!(test.store.find_mined(&input_key).expect("a listing"), Some(second.clone()));
        fs::write(test.store.layout.model(second.hash), b"sec").expect("a writable file");
        assert_eq!(test.store.find_mined(&input_key).expect("a listing"), Some(first));
    }

    #[test]
    fn a_prefix_names_one_model_or_none() {
        let test = TestStore::new();
        let hashes: Vec<ModelHash> = (0..20).map(|number| test.publish(&format!("model {number}"), 0).hash).collect();
        for hash in &hashes {
            assert_eq!(test.store.model_by_prefix(&hash.to_string()).expect("a whole hash"), *hash);
        }
        // Twenty hashes have sixteen first digits to share.
        let first_digit = |hash: &ModelHash| hash.to_string()[..1].to_owned();
        let shared = hashes
            .iter()
            .map(first_digit)
            .find(|digit| hashes.iter().filter(|hash| first_digit(hash) == *digit).count() > 1);
        let shared = shared.expect("two of them begin alike");
        assert!(matches!(test.store.model_by_prefix(&shared), Err(Error::AmbiguousModel { count: 2.., .. })));
        assert!(matches!(test.store.model_by_prefix(""), Err(Error::AmbiguousModel { count: 20, .. })));
        for prefix in ["x", "../aliases", &"0".repeat(65)] {
            assert!(matches!(test.store.model_by_prefix(prefix), Err(Error::NoSuchModel { .. })), "{prefix}");
        }
    }
}
