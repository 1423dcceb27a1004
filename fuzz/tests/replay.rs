//! Every target, run on what fuzzers begin with, on what they found worth keeping, and on what once made it fail.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use segue_fuzz::{TARGETS, seeds};

/// Runs a target on all files of a folder; gives their number and the names of those that it fails on.
fn replay(folder: &Path, target: fn(&[u8])) -> (usize, Vec<String>) {
    let Ok(files) = fs::read_dir(folder) else { return (0, Vec::new()) };
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let failing = paths.iter().filter(|path| {
        let input = fs::read(path).unwrap();
        catch_unwind(|| target(&input)).is_err()
    });
    (paths.len(), failing.map(|path| path.display().to_string()).collect())
}

fn replay_all(of: &str) -> Vec<usize> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(of);
    let counted = TARGETS.map(|(name, target)| {
        let (count, failing) = replay(&folder.join(name), target);
        assert!(failing.is_empty(), "{name} fails on {failing:#?}");
        count
    });
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(TARGETS.iter().any(|(target, _)| name == *target), "{of}/{} is of no target", name.display());
    }
    counted.to_vec()
}

#[test]
fn seeds_do_no_harm() {
    for (target, run) in TARGETS {
        let seeds: Vec<_> = seeds::all().into_iter().filter(|seed| seed.0 == target).collect();
        assert!(!seeds.is_empty(), "{target} has no seed");
        for (_, name, input) in seeds {
            assert!(catch_unwind(|| run(&input)).is_ok(), "{target} fails on {name}");
        }
    }
}

#[test]
fn the_corpus_does_no_harm() {
    let counted = replay_all("corpus");
    assert!(counted.iter().all(|count| *count > 0), "a target without corpus: {counted:?}");
}

#[test]
fn what_once_failed_fails_no_more() {
    replay_all("regressions");
}
