//! Remembers what `tool --version` said, so that a second set-up need not start every tool again: wasm-opt alone takes
//! half a second to tell.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::command::{answer, program};
use crate::version::Version;

/// Versions of programs, each valid as long as its file is the one that was asked.
#[derive(Debug)]
pub(crate) struct VersionMemo {
    file: PathBuf,
    known: BTreeMap<String, String>,
    changed: bool,
}

impl VersionMemo {
    /// Reads what was remembered in this folder: nothing, if there is no such file.
    pub(crate) fn read(folder: &Path) -> Self {
        let file = folder.join("versions.tsv");
        let text = fs::read_to_string(&file).unwrap_or_default();
        let known = text
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(version, key)| (key.to_owned(), version.to_owned()))
            .collect();
        Self { file, known, changed: false }
    }

    /// The version of a program; `None` when it does not tell.
    pub(crate) fn version_of(&mut self, path: &Path) -> Option<Version> {
        let key = key(path)?;
        if let Some(version) = self.known.get(&key).and_then(|version| version.parse().ok()) {
            return Some(version);
        }
        let version = Version::first_in(&answer(program(path).arg("--version"))?)?;
        self.known.insert(key, version.to_string());
        self.changed = true;
        Some(version)
    }

    /// Keeps what is new. Not being able to costs time, next time, and nothing else.
    pub(crate) fn write(&self) {
        if self.changed {
            let lines: String = self.known.iter().map(|(key, version)| format!("{version}\t{key}\n")).collect();
            let _ = self.file.parent().map(fs::create_dir_all);
            let _ = fs::write(&self.file, lines);
        }
    }
}

/// Names a file and its state: another file put in its place has another time or size.
fn key(path: &Path) -> Option<String> {
    let real = fs::canonicalize(path).ok()?;
    let metadata = fs::metadata(&real).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{}\t{}\t{}", real.display(), modified.as_nanos(), metadata.len()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_program_is_asked_once_and_again_when_it_was_replaced() {
        let write_program = |path: &Path, prints: &str| {
            fs::write(path, format!("#!/bin/sh\necho {prints}\necho asked >> {}.asked\n", path.display())).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        };
        let folder = std::env::temp_dir().join(format!("segue-xtask-memo-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let tool = folder.join("tool");
        write_program(&tool, "tool 1.2.3");
        for _ in 0..2 {
            let mut memo = VersionMemo::read(&folder);
            assert_eq!(memo.version_of(&tool).unwrap().to_string(), "1.2.3");
            memo.write();
        }
        assert_eq!(fs::read_to_string(folder.join("tool.asked")).unwrap().lines().count(), 1);
        write_program(&tool, "tool 1.2.10");
        assert_eq!(VersionMemo::read(&folder).version_of(&tool).unwrap().to_string(), "1.2.10");
        assert_eq!(VersionMemo::read(&folder).version_of(&folder.join("none")), None);
        fs::remove_dir_all(&folder).unwrap();
    }
}
