//! `segue-miner evaluate` as a program: its output, and the way of rankings out and back.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn evaluate(inputs: &Path, options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue-miner"));
    command.arg("evaluate").arg(inputs).args(options).output().unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// 200 playlists, each of ten songs that stand together on a circle of 60.
fn playlists(folder: &Path, name: &str) -> PathBuf {
    let mut csv = String::from("pid,artist_name,track_name\n");
    for playlist in 0..200 {
        for song in 0..10 {
            writeln!(csv, "{playlist},Artist {},Song {}", song % 3, (playlist * 7 + song * song) % 60).unwrap();
        }
    }
    let path = folder.join(name);
    fs::write(&path, csv).unwrap();
    path
}

fn mean(report: &serde_json::Value, system: &str, metric: &str) -> f64 {
    let systems = report["systems"].as_array().unwrap();
    let found = systems.iter().find(|entry| entry["name"] == system).unwrap();
    found["metrics"][metric]["mean"]["value"].as_f64().unwrap()
}

#[test]
fn the_same_question_has_the_same_answer_and_the_model_beats_popularity() {
    let folder = tempfile::tempdir().unwrap();
    let lists = playlists(folder.path(), "lists.csv");
    let options = ["--split-seed", "1,2", "--seeds", "1,5", "--format", "json"];
    let (one, again) = (evaluate(&lists, &options), evaluate(&lists, &options));
    assert_eq!(one.stdout, again.stdout);
    let report = json(&one);
    assert_eq!(report["splits"].as_array().unwrap().len(), 2);
    assert_eq!(report["splits"][0]["held_out_playlists"], 40);
    assert!(mean(&report, "segue", "NDCG@100") > 1.2 * mean(&report, "popularity", "NDCG@100"), "{report}");
    let other = json(&evaluate(&lists, &["--split-seed", "3", "--seeds", "1,5", "--format", "json"]));
    assert_ne!(mean(&report, "segue", "NDCG@100"), mean(&other, "segue", "NDCG@100"));
}

#[test]
fn rankings_made_elsewhere_are_judged_on_the_exported_queries() {
    let folder = tempfile::tempdir().unwrap();
    let lists = playlists(folder.path(), "lists.csv");
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let exported = evaluate(&lists, &["--split-seed", "4,5", "--seeds", "1,3", "--against", "none", "--export", out]);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    // Who knows the truth ranks perfectly.
    let rankings = format!("oracle={out}/{{split}}/truth.dat");
    let options = ["--split-seed", "4,5", "--seeds", "1,3", "--against", "none", "--format", "json", "--rankings"];
    let report = json(&evaluate(&lists, &[&options[..], &[&rankings]].concat()));
    for metric in ["NDCG@100", "R-precision", "HR@10", "MRR"] {
        assert!((mean(&report, "oracle", metric) - 1.0).abs() < 1e-12, "{metric}");
    }
    assert_eq!(mean(&report, "oracle", "clicks"), 0.0);
    assert_eq!(report["comparisons"][0]["against"], "oracle");

    let other = evaluate(&lists, &["--split-seed", "6", "--rankings", &format!("oracle={out}/4/truth.dat")]);
    assert!(!other.status.success());
    assert!(String::from_utf8_lossy(&other.stderr).contains("these rankings are for other queries"));
}

#[test]
fn a_second_file_is_held_out_and_restrictions_that_leave_nothing_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (lists, test) = (playlists(folder.path(), "lists.csv"), playlists(folder.path(), "test.csv"));
    let options = ["--test", test.to_str().unwrap(), "--against", "cosine", "--format", "json", "--seeds", "1"];
    let report = json(&evaluate(&lists, &options));
    assert_eq!(report["splits"][0]["name"], "test.csv");
    assert_eq!(report["splits"][0]["training_playlists"], 200);
    assert_eq!(report["splits"][0]["held_out_playlists"], 200);

    let list = folder.path().join("songs.csv");
    fs::write(&list, "artist_name,track_name\nNobody,Nothing\n").unwrap();
    let nothing = evaluate(&lists, &["--songs", list.to_str().unwrap()]);
    assert!(!nothing.status.success());
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("no song of the 200 playlists is left"));
}

#[test]
fn a_model_that_knows_the_answers_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let lists = playlists(folder.path(), "lists.csv");
    let model = folder.path().join("all.segue");
    let mut mine = Command::new(env!("CARGO_BIN_EXE_segue-miner"));
    assert!(mine.arg("mine").arg(&lists).arg("--output").arg(&model).output().unwrap().status.success());
    let output = evaluate(&lists, &["--model", model.to_str().unwrap(), "--against", "none"]);
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("trained on 40 of the 40 held-out playlists"), "{said}");
}

#[test]
fn a_budget_is_kept_to_and_what_it_costs_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let lists = playlists(folder.path(), "lists.csv");
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let options = ["--seeds", "1,5", "--against", "none", "--format", "json", "--budget", "4.5kB"];
    let output = evaluate(&lists, &options);
    let report = json(&output);
    assert!(said(&output).contains("(4.5 kB allowed)"), "{}", said(&output));
    assert_eq!(report["comparisons"][0]["against"], "without budget");
    assert!(mean(&report, "segue", "NDCG@100") > 0.0);

    let model = folder.path().join("small.segue");
    let mine = |budget: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue-miner"));
        command.args(["mine", "--evaluate", "--budget", budget, "--output"]).arg(&model).arg(&lists).output().unwrap()
    };
    let output = mine("4.5k");
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("without the budget, which costs"), "{}", said(&output));
    let bytes = fs::read(&model).unwrap();
    let header = segue_model::file::read_header(&bytes).unwrap();
    let budget = header.metadata.mining.budget.as_ref().unwrap();
    assert_eq!(budget.bytes, 4_500);
    let downloaded = segue_miner::build::budget::compressed_size(&bytes[..header.core_length() as usize]);
    assert!(downloaded <= budget.bytes, "{downloaded}");

    let refused = mine("2k");
    assert!(!refused.status.success());
    assert!(said(&refused).contains("a budget of 2.0 kB is too small: the names of"), "{}", said(&refused));
    let nonsense = mine("1 apple");
    assert!(said(&nonsense).contains("give a size such as 1MB"), "{}", said(&nonsense));
}

#[test]
fn options_are_judged_beside_answers_without_them() {
    let folder = tempfile::tempdir().unwrap();
    let lists = playlists(folder.path(), "lists.csv");
    let options = ["--seeds", "1,5", "--against", "none", "--format", "json", "--novelty", "1"];
    let report = json(&evaluate(&lists, &options));
    assert_eq!(report["comparisons"][0]["against"], "without options");
    let popularity = |system: &str| mean(&report, system, "popularity@10");
    assert!(popularity("segue") < popularity("without options"), "{report}");
    let options = ["--seeds", "1,5", "--against", "none", "--format", "json", "--max-per-artist", "1"];
    let report = json(&evaluate(&lists, &options));
    // Of three artists a list has one song each: all pairs of its songs are of two artists.
    assert_eq!(mean(&report, "segue", "artist diversity@10"), 1.0);
    assert!(mean(&report, "without options", "artist diversity@10") < 1.0);
}
