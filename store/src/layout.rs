//! Where things are in a store.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::{Error, ModelHash, Name};

/// The ending of model files.
pub(crate) const MODEL_ENDING: &str = ".segue";
/// The ending of alias files and records.
pub(crate) const RECORD_ENDING: &str = ".json";
/// How temporary files' names begin. A [`Name`] and a hash never begin so.
pub(crate) const TEMPORARY_START: &str = ".tmp-";

/// The paths of one model name.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

/// A file in a directory.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    /// `None` where the volume has no such thing.
    pub(crate) modified: Option<SystemTime>,
}

impl Layout {
    pub(crate) fn new(directory: &Path, model_name: &Name) -> Layout {
        Layout { root: directory.join(model_name.as_str()) }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn models(&self) -> PathBuf {
        self.root.join("models")
    }

    pub(crate) fn aliases(&self) -> PathBuf {
        self.root.join("aliases")
    }

    pub(crate) fn model(&self, hash: ModelHash) -> PathBuf {
        self.models().join(format!("{hash}{MODEL_ENDING}"))
    }

    pub(crate) fn record(&self, hash: ModelHash) -> PathBuf {
        self.models().join(format!("{hash}{RECORD_ENDING}"))
    }

    pub(crate) fn alias(&self, alias: &Name) -> PathBuf {
        self.aliases().join(format!("{alias}{RECORD_ENDING}"))
    }

    /// Makes the directories that are not there yet.
    pub(crate) fn create(&self) -> Result<(), Error> {
        for directory in [self.models(), self.aliases()] {
            fs::create_dir_all(&directory).map_err(Error::io("make the directory", &directory))?;
        }
        Ok(())
    }
}

/// The files of `directory` in the order of their names; none when there is no such directory. Names that
/// are not UTF-8 are nobody's here and left out.
pub(crate) fn files(directory: &Path) -> Result<Vec<Entry>, Error> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", directory)(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Error::io("list", directory))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = entry.path();
        match entry.metadata() {
            Ok(metadata) if metadata.is_file() => {
                files.push(Entry { name, path, size: metadata.len(), modified: metadata.modified().ok() });
            }
            Ok(_) => {}
            // Renamed or removed since it was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("look at", path)(error)),
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}
