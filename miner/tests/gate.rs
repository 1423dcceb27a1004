//! The gate before publication, as the program keeps it: what it lets through, refuses, and cannot tell. And a store
//! that takes nothing.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use segue_model::file::read_header;
use segue_store::{Name, Store};

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Playlists numbered from `from`, of twelve tastes with 15 songs each; `noise` of 100 songs are of any taste.
    fn playlists(&self, name: &str, from: u64, count: u64, noise: u64) -> PathBuf {
        let mut state = from;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut csv = String::from("pid,artist_name,track_name\n");
        for playlist in from..from + count {
            let own = random(12);
            for _ in 0..8 {
                let taste = if random(100) < noise { random(12) } else { own };
                writeln!(csv, "{playlist},,Song {taste} {}", random(15)).unwrap();
            }
        }
        let path = self.folder.path().join(name);
        fs::write(&path, csv).unwrap();
        path
    }

    fn mine(&self, playlists: &Path, options: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_segue-miner"))
            .arg("mine")
            .arg(playlists)
            .arg("--store")
            .arg(self.folder.path().join("store"))
            .args(options)
            .env_remove("MODEL_NAME")
            .env_remove("MODEL_ALIAS")
            .output()
            .unwrap()
    }

    fn store(&self) -> Store {
        Store::new(&self.folder.path().join("store"), &"default".parse().unwrap())
    }

    /// What the alias means, with the sequence number of its last move.
    fn current(&self) -> (String, u64) {
        let record = self.store().alias(&"production".parse::<Name>().unwrap()).unwrap();
        (record.hash.to_string(), record.sequence)
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_worse_model_is_refused_and_a_better_one_let_through() {
    let place = Place::new();
    let good = place.playlists("good.csv", 1, 600, 10);
    let output = place.mine(&good, &["--gate"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("no model yet"), "{}", said(&output));
    let before = place.current();

    let noisy = place.playlists("noisy.csv", 50_001, 600, 75);
    let output = place.mine(&noisy, &["--gate"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("the new model is worse: NDCG@100"), "{}", said(&output));
    assert_eq!(place.current(), before, "the alias is as it was");
    assert!(place.store().read_model(before.0.parse().unwrap()).is_ok());
    assert_eq!(place.store().models().unwrap().len(), 2, "the refused model is there to be tried out");

    // Asked again, it is refused again, though nothing is mined.
    let output = place.mine(&noisy, &["--gate"]);
    assert!(!output.status.success() && said(&output).contains("mined before"), "{}", said(&output));
    // A margin that allows everything lets it through, and so does having no gate.
    let output = place.mine(&noisy, &["--gate=strict", "--gate-margin", "1"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_ne!(place.current().0, before.0);

    let better = place.playlists("better.csv", 90_001, 600, 10);
    let output = place.mine(&better, &["--gate=strict"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("playlists that neither was trained on"), "{}", said(&output));
    assert_eq!(place.current().1, before.1 + 2);
}

#[test]
fn where_the_current_model_has_seen_the_playlists_the_gate_says_that_it_cannot_tell() {
    let place = Place::new();
    let playlists = place.playlists("lists.csv", 1, 300, 10);
    assert!(place.mine(&playlists, &[]).status.success());
    let before = place.current();

    let output = place.mine(&playlists, &["--gate=strict", "--neighbours", "5"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("only 0 of the"), "{}", said(&output));
    assert_eq!(place.current(), before);

    let output = place.mine(&playlists, &["--gate", "--neighbours", "5"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("gate: warning: the models cannot be compared"), "{}", said(&output));
    assert_eq!(place.current().1, before.1 + 1);
}

#[test]
fn a_measured_model_says_how_good_it_is() {
    let place = Place::new();
    let playlists = place.playlists("lists.csv", 1, 300, 10);
    assert!(place.mine(&playlists, &["--evaluate"]).status.success());
    let bytes = place.store().read_model(place.current().0.parse().unwrap()).unwrap();
    let metadata = read_header(&bytes).unwrap().metadata;
    let value = |name: &str| metadata.evaluation.iter().find(|metric| metric.name == name).unwrap().value;
    // Of 180 songs 14 or so fit: chance would find one in a dozen.
    assert!(value("NDCG@100") > 0.3 && value("NDCG@100") < 1.0, "{:?}", metadata.evaluation);
    assert!(value("Recall@50") > 0.5 && value("held-out playlists") > 30.0, "{:?}", metadata.evaluation);
    assert_eq!(metadata.data_set.playlists, 300, "the model itself is of all playlists");

    let output = Command::new(env!("CARGO_BIN_EXE_segue-miner"))
        .args(["mine", "--gate", "--output"])
        .arg(place.folder.path().join("x.segue"))
        .arg(&playlists)
        .env_remove("MODEL_DIR")
        .output()
        .unwrap();
    assert!(!output.status.success() && said(&output).contains("add --store"), "{}", said(&output));
}

#[test]
fn a_store_that_cannot_be_written_is_found_out_before_anything_is_mined() {
    let place = Place::new();
    let playlists = place.playlists("lists.csv", 1, 50, 10);
    // A file where the directory should be, which stops even root.
    fs::write(place.folder.path().join("store"), "").unwrap();
    let output = place.mine(&playlists, &["--evaluate"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(!said(&output).contains("NDCG"), "it was mined: {}", said(&output));
    let message = said(&output);
    let reason = message.lines().last().unwrap_or_default();
    assert!(reason.contains("nowhere to put a model") && reason.contains("store"), "{reason}");
    assert_eq!(reason.matches("os error").count(), 1, "said once: {reason}");
}
