//! What can go wrong in a store, and what to do about it.

use std::io;
use std::path::PathBuf;

use crate::publish::LONGEST_MODEL;
use crate::{ModelHash, Name, Timestamp};

/// What can go wrong in a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A model or alias name has characters that are not allowed. Choose another.
    #[error(
        "{name:?} is no name for a model or alias: use 1 to 64 letters, digits, '.', '_' and '-', beginning with a letter or digit"
    )]
    InvalidName {
        /// The name as given, shortened.
        name: String,
    },
    /// A text is not a SHA-256. Take one as it is listed.
    #[error("{text:?} is not a hash: expected 64 digits 0-9 and a-f")]
    NotAHash {
        /// The text as given, shortened.
        text: String,
    },
    /// A text is not a time.
    #[error("{text:?} is not a time such as 2026-03-01T12:00:00Z")]
    NotATimestamp {
        /// The text as given, shortened.
        text: String,
    },
    /// The volume did not do what was asked. Check that it is mounted, has room, and may be written by
    /// this user.
    #[error("could not {action} {}: {cause}", .path.display())]
    Io {
        /// What was tried, such as "write".
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the system said; part of the message, so no source of its own.
        cause: io::Error,
    },
    /// There is no such alias. Publish a model under it, or point it at one by hand; a server may wait for it.
    #[error("there is no alias {alias} yet ({} does not exist): publish a model, or set the alias", .path.display())]
    AliasMissing {
        /// The alias asked for.
        alias: Name,
        /// Where its file would be.
        path: PathBuf,
    },
    /// An alias's file is not what a miner writes, so nobody can tell which model it means. Look at the file, then
    /// set the alias by hand.
    #[error("the alias file {} cannot be understood ({reason}): set the alias again", .path.display())]
    AliasUnreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The store has no model of this hash: it was pruned, or the alias was written by hand. Point the
    /// alias at a model that is there, or mine again.
    #[error("there is no model {hash} ({} does not exist): mine again, or set the alias to a model that is listed", .path.display())]
    ModelMissing {
        /// The hash asked for.
        hash: ModelHash,
        /// Where its file would be.
        path: PathBuf,
    },
    /// A model's bytes do not have the hash that is its name: it is cut short or altered. Remove the
    /// file and mine again; until then do not serve it.
    #[error("the model {} is cut short or altered: its {length} bytes have the hash {found}; remove it and mine again", .path.display())]
    ModelAltered {
        /// The file.
        path: PathBuf,
        /// The hash its bytes have.
        found: ModelHash,
        /// How many bytes there are.
        length: u64,
    },
    /// A file under a model's name is far longer than any model, and was not read. Remove it and mine again.
    #[error("the model {} is not read: it has {length} bytes, and no model has more than {LONGEST_MODEL}; remove it and mine again", .path.display())]
    ModelTooLong {
        /// The file.
        path: PathBuf,
        /// How many bytes there are.
        length: u64,
    },
    /// A model is there, but its record is not, or cannot be understood, so its date and input are not
    /// known. Publishing the model again writes the record.
    #[error("the record {} cannot be understood ({reason}): publish the model again", .path.display())]
    RecordUnreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No model's hash begins like this. List the models.
    #[error("no model's hash begins with {prefix:?}")]
    NoSuchModel {
        /// What was asked for, shortened.
        prefix: String,
    },
    /// Several models' hashes begin like this. Give more digits.
    #[error("{count} models' hashes begin with {prefix:?}: give more digits")]
    AmbiguousModel {
        /// What was asked for.
        prefix: String,
        /// How many models it could be.
        count: usize,
    },
    /// Another process is moving an alias or pruning, or one stopped while it did. Try again:
    /// [`wait_for_lock`](crate::wait_for_lock) does. The lock ends by itself at the time given.
    #[error("the store is locked by {owner} until {until}: try again (or, if no such process runs, remove {})", .path.display())]
    Locked {
        /// Who holds the lock, as they call themselves.
        owner: String,
        /// When it ends if they do not give it back.
        until: Timestamp,
        /// The lock file.
        path: PathBuf,
    },
    /// This process was held up so long that another took over its lock. Nothing was changed since; try again.
    #[error("the lock {} was taken over while this process was held up: try again", .path.display())]
    LockLost {
        /// The lock file.
        path: PathBuf,
    },
}

impl Error {
    /// Makes an [`Error::Io`] of a failed `action` on `path`.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |cause| Error::Io { action, path, cause }
    }
}
