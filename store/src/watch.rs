//! Following an alias.

use crate::{AliasRecord, Error, ModelHash, Name, Store};

/// Looks again and again which model an alias means.
///
/// It holds no file open and starts nothing: [`poll`](Follower::poll) it every second, from a
/// thread that may block.
#[derive(Debug)]
pub struct Follower {
    store: Store,
    alias: Name,
    delivered: Option<AliasRecord>,
    failure: Option<String>,
}

/// A model that the alias has come to mean. Its bytes have its hash; whether they are a model is for the
/// caller to check.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The hash of `bytes`, verified.
    pub hash: ModelHash,
    /// What the alias's file says.
    pub alias: AliasRecord,
    /// The model file.
    pub bytes: Vec<u8>,
}

impl Store {
    /// A follower of `alias`, which need not exist yet. The first poll hands over the model it means.
    #[must_use]
    pub fn follow(&self, alias: &Name) -> Follower {
        Follower { store: self.clone(), alias: alias.clone(), delivered: None, failure: None }
    }
}

impl Follower {
    /// Looks once: the model that the alias means, if that is another than was handed over last.
    ///
    /// Opens and reads the alias's file anew (what NFS promises to be current), and reads the model only when its
    /// hash is another. A candidate is handed over once: one that the caller cannot use does not
    /// come again until the alias has meant another model.
    ///
    /// # Errors
    /// Once per distinct failure ([`Error::AliasMissing`], [`Error::AliasUnreadable`], [`Error::ModelMissing`], [`Error::ModelAltered`],
    /// [`Error::Io`]); while it lasts further polls try again and say `Ok(None)`, and
    /// [`failing`](Follower::failing) says why. Keep serving the old model.
    pub fn poll(&mut self) -> Result<Option<Candidate>, Error> {
        match self.look() {
            Ok(candidate) => {
                self.failure = None;
                Ok(candidate)
            }
            Err(error) => {
                let failure = error.to_string();
                if self.failure.as_ref() == Some(&failure) {
                    return Ok(None);
                }
                self.failure = Some(failure);
                Err(error)
            }
        }
    }

    /// What the alias said when it was last followed successfully.
    #[must_use]
    pub fn current(&self) -> Option<&AliasRecord> {
        self.delivered.as_ref()
    }

    /// Why the last poll failed, if it did.
    #[must_use]
    pub fn failing(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    fn look(&mut self) -> Result<Option<Candidate>, Error> {
        let alias = self.store.alias(&self.alias)?;
        if self.delivered.as_ref().is_some_and(|delivered| delivered.hash == alias.hash) {
            self.delivered = Some(alias);
            return Ok(None);
        }
        let bytes = self.store.read_model(alias.hash)?;
        self.delivered = Some(alias.clone());
        Ok(Some(Candidate { hash: alias.hash, alias, bytes }))
    }
}
