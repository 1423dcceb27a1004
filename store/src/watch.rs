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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::testing::{TestStore, name, noon};

    fn follow(test: &TestStore) -> Follower {
        test.store.follow(&name("production"))
    }

    fn candidate(follower: &mut Follower) -> Candidate {
        follower.poll().expect("a good store").expect("a new model")
    }

    #[track_caller]
    fn assert_nothing_new(follower: &mut Follower) {
        let polled = follower.poll();
        assert!(matches!(polled, Ok(None)), "{polled:?}");
    }

    #[test]
    fn what_is_published_is_followed_once() {
        let test = TestStore::new();
        let mut follower = follow(&test);
        let first = test.release("first", 0);
        let found = candidate(&mut follower);
        assert_eq!((found.hash, found.bytes.as_slice()), (first.hash, &b"first"[..]));
        assert_eq!((found.alias.sequence, found.alias.model_date), (1, first.model_date));
        assert_nothing_new(&mut follower);

        let second = test.release("second", 1);
        assert_eq!(candidate(&mut follower).hash, second.hash);
        assert_nothing_new(&mut follower);
        assert_eq!(follower.current().map(|alias| alias.sequence), Some(2));
    }

    #[test]
    fn an_alias_that_moves_back_is_followed_back() {
        let test = TestStore::new();
        let mut follower = follow(&test);
        let old = test.release("old", 0);
        candidate(&mut follower);
        test.release("new", 1);
        candidate(&mut follower);
        let _ = test.store.set_alias(&name("production"), &old.hash.to_string(), noon(2)).expect("a known model");
        assert_eq!(candidate(&mut follower).hash, old.hash);
    }

    #[test]
    fn a_move_to_the_same_model_is_noticed_but_not_handed_over_again() {
        let test = TestStore::new();
        let mut follower = follow(&test);
        let model = test.release("model", 0);
        candidate(&mut follower);
        let _ = test.move_to("production", model.hash, 1).expect("a free alias");
        assert_nothing_new(&mut follower);
        assert_eq!(follower.current().map(|alias| alias.sequence), Some(2));
    }

    #[test]
    fn an_alias_that_does_not_exist_yet_is_waited_for() {
        let test = TestStore::new();
        let mut follower = follow(&test);
        assert!(matches!(follower.poll(), Err(Error::AliasMissing { .. })));
        assert_nothing_new(&mut follower);
        assert!(follower.failing().is_some_and(|why| why.contains("production")));
        let model = test.release("model", 0);
        assert_eq!(candidate(&mut follower).hash, model.hash);
        assert_eq!(follower.failing(), None);
    }

    #[test]
    fn a_torn_or_altered_model_is_refused_once_and_the_old_kept_until_it_is_mended() {
        let test = TestStore::new();
        let mut follower = follow(&test);
        let old = test.release("old", 0);
        candidate(&mut follower);
        let new = test.release("new model", 1);
        let path = test.store.layout.model(new.hash);
        for altered in ["new", "", "new modem"] {
            fs::write(&path, altered).expect("a writable file");
            let error = follower.poll().expect_err("not the model the alias means");
            assert!(matches!(error, Error::ModelAltered { .. }), "{error}");
            assert_nothing_new(&mut follower);
            assert!(follower.failing().is_some());
            assert_eq!(follower.current().map(|alias| alias.hash), Some(old.hash));
        }
        fs::write(&path, "new model").expect("a writable file");
        assert_eq!(candidate(&mut follower).bytes, b"new model");
        assert_eq!(follower.failing(), None);
    }

    #[test]
    fn an_alias_to_nowhere_is_refused_and_the_old_kept() {
        let test = TestStore::new();
        let mut follower = follow(&test);
        let old = test.release("old", 0);
        candidate(&mut follower);
        let new = test.release("new", 1);
        fs::remove_file(test.store.layout.model(new.hash)).expect("a file");
        assert!(matches!(follower.poll(), Err(Error::ModelMissing { hash, .. }) if hash == new.hash));
        assert_nothing_new(&mut follower);
        let _ = test.store.set_alias(&name("production"), &old.hash.to_string(), noon(2)).expect("a known model");
        assert_nothing_new(&mut follower);
        assert_eq!(follower.failing(), None, "the model that is kept is meant again");
    }

    #[test]
    fn garbage_in_the_alias_file_is_refused_and_the_old_kept() {
        let test = TestStore::new();
        let mut follower = follow(&test);
        let model = test.release("model", 0);
        candidate(&mut follower);
        let path = test.store.layout.alias(&name("production"));
        let good = fs::read(&path).expect("the alias");
        for cut in 0..good.len() - 2 {
            fs::write(&path, &good[..cut]).expect("a writable file");
            assert!(follower.poll().map_or(true, |found| found.is_none()), "cut at {cut}");
            assert!(follower.failing().is_some(), "cut at {cut}");
        }
        fs::remove_file(&path).expect("a file");
        assert!(matches!(follower.poll(), Err(Error::AliasMissing { .. })));
        fs::write(&path, good).expect("a writable file");
        assert_nothing_new(&mut follower);
        assert_eq!((follower.failing(), follower.current().map(|alias| alias.hash)), (None, Some(model.hash)));
    }

    #[test]
    fn each_distinct_failure_is_reported() {
        let test = TestStore::new();
        let mut follower = follow(&test);
        assert!(matches!(follower.poll(), Err(Error::AliasMissing { .. })));
        let model = test.release("model", 0);
        fs::write(test.store.layout.model(model.hash), "mod").expect("a writable file");
        assert!(matches!(follower.poll(), Err(Error::ModelAltered { length: 3, .. })));
        fs::write(test.store.layout.model(model.hash), "mode").expect("a writable file");
        assert!(matches!(follower.poll(), Err(Error::ModelAltered { length: 4, .. })));
        fs::remove_file(test.store.layout.model(model.hash)).expect("a file");
        assert!(matches!(follower.poll(), Err(Error::ModelMissing { .. })));
        assert_nothing_new(&mut follower);
    }

    #[test]
    fn following_writes_nothing() {
        let test = TestStore::new();
        let _ = follow(&test).poll();
        assert!(!test.store.path().exists());
        test.release("model", 0);
        let before = test.files();
        candidate(&mut follow(&test));
        assert_eq!(test.files(), before);
    }
}
