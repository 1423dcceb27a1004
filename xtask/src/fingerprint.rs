//! Tells whether files are the ones they were.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;

use crate::Result;

/// A hash over the names and contents of files, and over any text. Compared only on the machine that made it.
#[derive(Debug, Default)]
pub(crate) struct Fingerprint(DefaultHasher);

impl Fingerprint {
    /// Adds a text, such as the version of a tool.
    pub(crate) fn add_text(&mut self, text: &str) {
        text.hash(&mut self.0);
    }

    /// Adds what a file is to hold.
    pub(crate) fn add_bytes(&mut self, bytes: &[u8]) {
        bytes.hash(&mut self.0);
    }

    /// Adds a file, or a folder with all that is in it, hidden files and build folders left out. A path where nothing
    /// is counts too: it is different from an empty file.
    ///
    /// # Errors
    /// When something there cannot be read; the message names it.
    pub(crate) fn add_path(&mut self, path: &Path) -> Result<()> {
        if path.is_dir() {
            let mut names: Vec<_> = fs::read_dir(path)
                .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.file_name())).collect())
                .map_err(|error| format!("{}: {error}", path.display()))?;
            names.retain(|name| {
                let name = name.to_string_lossy();
                !name.starts_with('.') && !matches!(&*name, "target" | "dist" | "node_modules")
            });
            // The order in which a file system lists its files means nothing.
            names.sort();
            names.len().hash(&mut self.0);
            for name in names {
                name.hash(&mut self.0);
                self.add_path(&path.join(name))?;
            }
        } else if path.exists() {
            let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            Some(bytes).hash(&mut self.0);
        } else {
            None::<Vec<u8>>.hash(&mut self.0);
        }
        Ok(())
    }

    /// The hash of all that was added, as text.
    pub(crate) fn finish(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A folder of its own for one test, gone afterwards.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("segue-xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(path.join("inner")).unwrap();
            fs::write(path.join("a"), "one").unwrap();
            fs::write(path.join("inner/b"), "two").unwrap();
            Self(path)
        }

        fn fingerprint(&self) -> String {
            let mut fingerprint = Fingerprint::default();
            fingerprint.add_path(&self.0).unwrap();
            fingerprint.finish()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_same_files_have_the_same_fingerprint() {
        let scratch = Scratch::new("same");
        let before = scratch.fingerprint();
        fs::write(scratch.0.join("a"), "one").unwrap();
        assert_eq!(before, scratch.fingerprint());
    }

    #[test]
    fn a_changed_renamed_added_or_emptied_file_changes_it() {
        let scratch = Scratch::new("changed");
        let mut seen = vec![scratch.fingerprint()];
        fs::write(scratch.0.join("inner/b"), "twx").unwrap();
        seen.push(scratch.fingerprint());
        fs::rename(scratch.0.join("a"), scratch.0.join("c")).unwrap();
        seen.push(scratch.fingerprint());
        fs::write(scratch.0.join("inner/d"), "").unwrap();
        seen.push(scratch.fingerprint());
        fs::write(scratch.0.join("inner/b"), "").unwrap();
        seen.push(scratch.fingerprint());
        fs::remove_file(scratch.0.join("inner/b")).unwrap();
        seen.push(scratch.fingerprint());
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count, "{seen:?}");
    }

    #[test]
    fn what_a_build_leaves_behind_does_not_count() {
        let scratch = Scratch::new("left");
        let before = scratch.fingerprint();
        fs::create_dir_all(scratch.0.join("target/debug")).unwrap();
        fs::write(scratch.0.join("target/debug/x"), "x").unwrap();
        fs::write(scratch.0.join(".hidden"), "x").unwrap();
        assert_eq!(before, scratch.fingerprint());
    }

    #[test]
    fn a_missing_file_differs_from_an_empty_one() {
        let scratch = Scratch::new("missing");
        let of = |name: &str| {
            let mut fingerprint = Fingerprint::default();
            fingerprint.add_path(&scratch.0.join(name)).unwrap();
            fingerprint.finish()
        };
        fs::write(scratch.0.join("empty"), "").unwrap();
        assert_ne!(of("empty"), of("nowhere"));
    }
}
