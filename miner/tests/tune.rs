//! `segue-miner tune` as a program, and what becomes of its file.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Output};

use segue_miner::tune::Parameters;
use segue_model::file::read_header;

fn miner(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_segue-miner")).args(arguments).output().unwrap()
}

#[test]
fn what_was_tuned_is_what_a_model_is_mined_with() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (lists, parameters, model) = (path("lists.csv"), path("parameters.json"), path("model.segue"));
    let mut csv = String::from("pid,artist_name,track_name\n");
    for playlist in 0..150 {
        for song in 0..10 {
            writeln!(csv, "{playlist},Artist {},Song {}", song % 3, (playlist * 7 + song * song) % 60).unwrap();
        }
    }
    fs::write(&lists, csv).unwrap();

    let tuned = miner(&["tune", &lists, "--counts-only", "--leave-out", "3", "--output", &parameters]);
    assert!(tuned.status.success(), "{}", String::from_utf8_lossy(&tuned.stderr));
    let table = String::from_utf8(tuned.stdout).unwrap();
    assert!(table.contains("| scoring.seed_exponent |") && table.contains("NDCG@100 was"), "{table}");

    let mined = miner(&["mine", &lists, "--parameters", &parameters, "--output", &model]);
    assert!(mined.status.success(), "{}", String::from_utf8_lossy(&mined.stderr));
    let metadata = read_header(&fs::read(&model).unwrap()).unwrap().metadata;
    let written: Parameters = serde_json::from_slice(&fs::read(&parameters).unwrap()).unwrap();
    assert_eq!(Parameters::of(&metadata.mining, &metadata.scoring), written);

    fs::write(&parameters, "{\"antecedent_exponent\": 1}").unwrap();
    let refused = miner(&["mine", &lists, "--parameters", &parameters, "--output", &model]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("missing field"));
}
