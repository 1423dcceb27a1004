//! Models: putting them into a store and finding them again.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::layout::{self, MODEL_ENDING, RECORD_ENDING};
use crate::{Error, InputKey, ModelHash, Store, Timestamp, durable};

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
        match self.read_model(hash) {
            Ok(_) => {}
            Err(Error::ModelMissing { .. } | Error::ModelAltered { .. }) => {
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
            match self.read_model(record.hash) {
                Ok(_) => return Ok(Some(record)),
                Err(Error::ModelMissing { .. } | Error::ModelAltered { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// A model's bytes, verified to have this hash.
    ///
    /// # Errors
    /// [`Error::ModelMissing`], [`Error::ModelAltered`], or [`Error::Io`].
    pub fn read_model(&self, hash: ModelHash) -> Result<Vec<u8>, Error> {
        let path = self.layout.model(hash);
        let Some(bytes) = durable::read(&path)? else {
            return Err(Error::ModelMissing { hash, path });
        };
        let found = ModelHash::of(&bytes);
        if found != hash {
            return Err(Error::ModelAltered { path, found, length: bytes.len() as u64 });
        }
        Ok(bytes)
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
