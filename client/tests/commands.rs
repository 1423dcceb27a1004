//! The commands, as processes, against a server in this process and a model file.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

#[path = "../../server/tests/common/mod.rs"]
mod common;

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use common::{Running, config, model::small, model_file, publish};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

const DATE: &str = "2026-03-01T12:00:00Z";

struct Fixture {
    server: Running,
    url: String,
    model: PathBuf,
    songs: PathBuf,
    folder: tempfile::TempDir,
}

async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let hash = publish(folder.path(), &small(DATE));
    let server = Running::start(config(folder.path())).await;
    server.until_ready().await;
    let songs = folder.path().join("songs.csv");
    let rows = "artist_name,track_name\nThe Lanterns,Harbour Light\nMira Sole,glass garden\nX,Unheard Of\n\
                Ada Quill,Only Once\nThe Lanterns,Harbour Light\n";
    std::fs::write(&songs, rows).unwrap();
    let url = format!("http://{}", server.address);
    Fixture { server, url, model: model_file(folder.path(), hash), songs, folder }
}

/// Runs `segue` with these arguments to its end.
async fn segue<const N: usize>(arguments: [&str; N]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    command.args(arguments);
    spawn_blocking(move || command.output()).await.unwrap().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_server_and_a_file_give_the_same_answer() {
    let fixture = fixture().await;
    let model = fixture.model.to_str().unwrap();
    for arguments in [
        vec!["Harbour Light", "Nobody Knows", "--limit", "3", "--explain"],
        vec!["mira sole - glass garden", "--exclude", "Low Tide", "--exclude-artist", "Northbound", "--explain"],
        vec!["Harbour Light", "--max-per-artist", "1", "--novelty", "0.7"],
        vec!["--songs-from", fixture.songs.to_str().unwrap(), "--pick", "2", "--seed", "9", "--explain"],
    ] {
        let ask = async |source: [&str; 2]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
            command.arg("recommend").args(&arguments).args(source).arg("--json");
            let mut answer = json(&spawn_blocking(move || command.output()).await.unwrap().unwrap());
            let members = answer.as_object_mut().unwrap();
            (members.remove("version"), members.remove("debug_info"), answer)
        };
        let (_, by_server, answer) = ask(["--server", &fixture.url]).await;
        let (_, by_file, same) = ask(["--model", model]).await;
        assert_eq!(answer, same);
        assert_eq!(answer["model_date"], DATE);
        assert_eq!(by_server.unwrap()["computed_by"], "server");
        assert_eq!(by_file.unwrap()["computed_by"], "client");
    }
}

#[tokio::test]
async fn the_table_says_source_and_reason() {
    let fixture = fixture().await;
    let output = segue(["recommend", "Low Tide", "Harbor Light", "--server", &fixture.url, "--explain"]).await;
    let (table, notes) = (text(&output.stdout), text(&output.stderr));
    let line = table.lines().find(|line| line.contains("Glass Garden")).unwrap();
    assert!(line.contains("Mira Sole") && line.contains("pair"), "{table}");
    assert!(line.ends_with("2 of the 3 playlists with Low Tide also have it"), "{table}");
    assert!(table.contains("Low Tide → Low Tide by The Lanterns, in 3 playlists (title)"), "{table}");
    assert!(notes.contains("not known: Harbor Light; did you mean Harbour Light"), "{notes}");
    assert!(output.status.success());
}

#[tokio::test]
async fn failures_say_what_to_do_and_have_their_exit_status() {
    let fixture = fixture().await;
    // A port that was free a moment ago.
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let output = segue(["recommend", "Low Tide", "--server", &nobody]).await;
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("segue-server --store"), "{output:?}");

    let empty = tempfile::tempdir().unwrap();
    let without_model = Running::start(config(empty.path())).await;
    let output = segue(["recommend", "Low Tide", "--server", &without_model.address.to_string()]).await;
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("503"), "{output:?}");

    let not_segue = format!("{}/healthz", fixture.url);
    assert_eq!(segue(["recommend", "Low Tide", "--server", &not_segue]).await.status.code(), Some(4));

    let missing = segue(["recommend", "Low Tide", "--model", "missing.segue"]).await;
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("segue-miner mine"), "{missing:?}");
    let no_model = fixture.songs.to_str().unwrap();
    let output = segue(["recommend", "Low Tide", "--model", no_model]).await;
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("not a model file"), "{output:?}");
    let output = segue(["recommend", "Low Tide", "--novelty", "2", "--server", &fixture.url]).await;
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("from 0 to 1"), "{output:?}");
    let output = segue(["recommend", "--songs-from", no_model, "--pick", "6"]).await;
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("has 5 songs"), "{output:?}");

    assert_eq!(segue(["recommend"]).await.status.code(), Some(2));
    assert_eq!(segue(["recommend", "Low Tide", "--limit", "0"]).await.status.code(), Some(2));
    assert_eq!(segue(["recommend", "Low Tide", "--server", "ftp://x"]).await.status.code(), Some(2));
}

#[tokio::test]
async fn a_key_is_taken_from_a_file_or_the_environment_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), &small(DATE));
    let (right, wrong) = ("0123456789abcdef0123", "fedcba98765432100123");
    let mut config = config(folder.path());
    config.api_keys = right.parse().ok();
    let server = Running::start(config).await;
    server.until_ready().await;
    let (file, url) = (folder.path().join("key"), server.address.to_string());
    let ask = async |command: &str, in_file: Option<&str>, in_variable: Option<&str>| {
        let mut segue = Command::new(env!("CARGO_BIN_EXE_segue"));
        segue.args([command, "Low Tide", "--server", &url]).env_remove("SEGUE_API_KEY");
        segue.envs(in_variable.map(|key| ("SEGUE_API_KEY", key)));
        if let Some(text) = in_file {
            std::fs::write(&file, text).unwrap();
            segue.arg("--api-key-file").arg(&file);
        }
        if command == "watch" {
            segue.args(["--count", "1"]);
        }
        let output = spawn_blocking(move || segue.output()).await.unwrap().unwrap();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(!said.contains(right) && !said.contains(wrong), "a key is shown: {said}");
        (output.status.code(), said)
    };
    let line = format!("{right}\n");
    assert_eq!(ask("recommend", Some(&line), None).await.0, Some(0));
    assert_eq!(ask("recommend", None, Some(right)).await.0, Some(0));
    assert_eq!(ask("recommend", Some(&line), Some(wrong)).await.0, Some(0), "the file is the nearer");
    assert_eq!(ask("watch", Some(&line), None).await.0, Some(0));
    for (in_variable, why) in [(None, "none was sent"), (Some(""), "none was sent"), (Some(wrong), "not know this one")]
    {
        let (status, said) = ask("recommend", None, in_variable).await;
        assert!(status == Some(4) && said.contains(why) && said.contains("--api-key-file FILE"), "{said}");
    }
    let (status, said) = ask("watch", None, None).await;
    assert!(status == Some(1) && said.contains("Z,401,"), "{said}");
    for none in ["", "\n", &format!("{right} {wrong}")] {
        let (status, said) = ask("recommend", Some(none), None).await;
        assert!(status == Some(1) && said.contains("no API key"), "{said}");
    }
}

#[tokio::test]
async fn watching_writes_a_line_a_request() {
    let fixture = fixture().await;
    let output = segue(["watch", "Low Tide", "--server", &fixture.url, "--interval", "0s", "--count", "4"]).await;
    assert!(output.status.success(), "{output:?}");
    let lines = text(&output.stdout);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!((lines[0], lines.len()), ("time,status,latency_ms,version,model_date,error", 5));
    for line in &lines[1..] {
        let fields: Vec<&str> = line.split(',').collect();
        assert!(fields[0].ends_with('Z') && fields[2].parse::<f64>().is_ok(), "{line}");
        assert_eq!((fields[1], fields[3], fields[4], fields[5]), ("200", "1.2.3-test", DATE, ""));
    }
    assert!(text(&output.stderr).starts_with("4 requests, 4 answered, 0 failed\n"), "{output:?}");
}

#[tokio::test]
async fn watching_goes_on_through_failures() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let output = segue(["watch", "Low Tide", "--server", &nobody, "--interval", "1ms", "--count", "2"]).await;
    assert_eq!(output.status.code(), Some(1));
    let lines = text(&output.stdout);
    assert_eq!(lines.lines().count(), 3);
    for line in lines.lines().skip(1) {
        assert!(line.contains("Z,0,") && line.contains("no server at http://127.0.0.1"), "{line}");
    }
    assert!(text(&output.stderr).starts_with("2 requests, 0 answered, 2 failed\n"), "{output:?}");

    let empty = tempfile::tempdir().unwrap();
    let without_model = Running::start(config(empty.path())).await;
    let url = without_model.address.to_string();
    let output = segue(["watch", "Low Tide", "--server", &url, "--count", "1"]).await;
    assert!(text(&output.stdout).lines().nth(1).unwrap().contains("Z,503,"), "{output:?}");
}

#[tokio::test]
async fn watching_sees_a_new_model_and_ends_with_a_summary() {
    let fixture = fixture().await;
    let songs = fixture.songs.to_str().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_segue"))
        .args(["watch", "--songs-from", songs, "--server", &fixture.url, "--interval", "1ms"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let folder = fixture.folder.path().to_owned();
    let output = spawn_blocking(move || {
        assert!(lines.by_ref().nth(3).unwrap().contains(DATE));
        publish(&folder, &small("later"));
        assert!(lines.any(|line| line.contains(",later,")));
        let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(interrupted.success());
        for line in lines {
            assert!(line.contains(",200,"), "{line}");
        }
        child.wait_with_output().unwrap()
    });
    let output = output.await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let summary = text(&output.stderr);
    assert!(summary.contains(" 0 failed\n") && summary.contains("model of later: "), "{summary}");
    drop(fixture.server);
}

#[tokio::test]
async fn a_survey_counts_each_title_once_by_tier_and_source() {
    let fixture = fixture().await;
    let (songs, model) = (fixture.songs.to_str().unwrap(), fixture.model.to_str().unwrap());
    let report = json(&segue(["survey", "--songs-from", songs, "--model", model, "--json"]).await);
    assert_eq!((&report["rows"], &report["titles"], &report["matched_share"]), (&5.into(), &4.into(), &0.75.into()));
    let line = |tier: &str| {
        let lines = report["lines"].as_array().unwrap();
        lines.iter().find(|line| line["tier"] == tier).unwrap().clone()
    };
    assert_eq!((&line("title")["titles"], &line("unknown")["titles"]), (&3.into(), &1.into()));
    assert_eq!(line("unknown")["source_shares"], serde_json::json!([0.0, 0.0, 0.0, 1.0]));
    assert!(line("title")["source_shares"][0].as_f64() > Some(0.5), "{report}");
    let by_server = json(&segue(["survey", "--songs-from", songs, "--server", &fixture.url, "--json"]).await);
    assert_eq!(report, by_server);
    let table = text(&segue(["survey", "--songs-from", songs, "--model", model]).await.stdout);
    assert!(table.contains("4 titles (5 rows)") && table.contains("matched              75.0 %"), "{table}");
}
