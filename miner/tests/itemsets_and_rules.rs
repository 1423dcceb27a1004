//! `segue-miner itemsets` and `segue-miner rules` as people run them.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const FIVE: &str =
    "Bread Milk\nBread Diaper Beer Eggs\nMilk Diaper Beer Coke\nBread Milk Diaper Beer\nBread Diaper Milk Coke\n";

/// A folder with the five baskets in every format.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (mut rows, mut lists) = (String::from("pid,track_name\n"), Vec::new());
    for (pid, basket) in FIVE.lines().enumerate() {
        basket.split(' ').for_each(|item| rows += &format!("{pid},{item}\n"));
        let tracks: Vec<Value> = basket.split(' ').map(|item| serde_json::json!({"track_name": item})).collect();
        lists.push(serde_json::json!({"pid": pid, "tracks": tracks}));
    }
    fs::write(folder.path().join("five.dat"), FIVE).unwrap();
    fs::write(folder.path().join("rows.csv"), rows).unwrap();
    fs::write(folder.path().join("lines.csv"), FIVE.replace(' ', ",")).unwrap();
    fs::write(folder.path().join("slice.json"), serde_json::json!({"playlists": lists}).to_string()).unwrap();
    folder
}

fn miner(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue-miner"));
    command.current_dir(folder).env_remove("MIN_SUPPORT").env_remove("DATASET_URL").env_remove("MAX_BASKETS");
    command.args(arguments.split_whitespace()).output().unwrap()
}

/// The standard output of a run that succeeds.
fn printed(folder: &Path, arguments: &str) -> String {
    let output = miner(folder, arguments);
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The standard error of a run that fails.
fn failure(folder: &Path, arguments: &str) -> String {
    let output = miner(folder, arguments);
    assert!(!output.status.success(), "{arguments}");
    String::from_utf8(output.stderr).unwrap()
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_format_gives_the_same_sets_and_rules() {
    let folder = folder();
    for file in ["five.dat", "rows.csv", "lines.csv --layout lines", "slice.json"] {
        for (arguments, expected) in [
            ("itemsets --min-support 2 --count", "17\n"),
            ("itemsets --min-support 0.4 --count", "17\n"),
            ("itemsets --min-support 40% --count --threads 2", "17\n"),
            ("itemsets --min-support 41% --count", "8\n"),
            ("itemsets --min-support 2 --min-len 2 --max-len 2 --count", "8\n"),
            ("itemsets --min-support 2 --target maximal --count", "4\n"),
            ("rules --min-support 2 --min-confidence .5 --consequents any --count", "40\n"),
            ("rules --min-support 2 --min-confidence 50% --count", "28\n"),
            ("rules --min-support 2 --min-confidence 0 --min-conviction 1000000 --count", "7\n"),
        ] {
            assert_eq!(printed(folder.path(), &format!("{arguments} {file}")), expected, "{arguments} {file}");
        }
    }
}

#[test]
fn sets_are_printed_with_names_and_supports() {
    let folder = folder();
    let csv = printed(folder.path(), "itemsets five.dat --min-support 3 --min-len 2");
    let mut lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.remove(0), "items,length,support,relative_support");
    lines.sort_unstable();
    let expected = ["Bread | Diaper,2,3,0.6", "Bread | Milk,2,3,0.6", "Diaper | Beer,2,3,0.6", "Milk | Diaper,2,3,0.6"];
    assert_eq!(lines, expected);

    let json = objects(&printed(folder.path(), "itemsets five.dat --min-support 4 --format json"));
    assert_eq!(json.len(), 3);
    assert!(json.contains(&serde_json::json!({"items": ["Bread"], "support": 4, "relative_support": 0.8})));

    let fimi = printed(folder.path(), "itemsets five.dat --min-support 4 --format fimi");
    let mut lines: Vec<&str> = fimi.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["Bread (4)", "Diaper (4)", "Milk (4)"]);
}

#[test]
fn rules_are_printed_with_every_measure() {
    let folder = folder();
    let arguments = "rules five.dat --min-support 2 --min-confidence 2/3 --format json";
    let rules = objects(&printed(folder.path(), arguments));
    let rule = |from: &[&str], to: &str| {
        let sorted = |value: &Value| {
            let mut names: Vec<String> =
                value.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
            names.sort();
            names
        };
        rules.iter().find(|rule| sorted(&rule["antecedent"]) == from && sorted(&rule["consequent"]) == [to]).unwrap()
    };
    let beer = rule(&["Diaper", "Milk"], "Beer");
    assert_eq!(
        (&beer["support"], &beer["antecedent_support"], &beer["consequent_support"]),
        (&2.into(), &3.into(), &3.into())
    );
    assert_eq!(beer["confidence"].as_f64(), Some(2.0 / 3.0));
    for (measure, expected) in [("lift", 10.0 / 9.0), ("leverage", 0.04), ("conviction", 1.2)] {
        assert!((beer[measure].as_f64().unwrap() - expected).abs() < 1e-12, "{measure}");
    }
    assert_eq!(rule(&["Beer"], "Diaper")["conviction"], Value::Null, "it never fails");
    let csv = printed(folder.path(), "rules five.dat --min-support 3 --min-confidence 1");
    assert_eq!(
        csv,
        "antecedent,consequent,support,antecedent_support,consequent_support,confidence,lift,leverage,conviction\n\
         Beer,Diaper,3,3,4,1,1.25,0.12,inf\n"
    );
    let fimi = printed(folder.path(), "rules five.dat --min-support 3 --min-confidence 1 --format fimi");
    assert_eq!(fimi, "Beer ==> Diaper #SUP: 3 #CONF: 1 #LIFT: 1.25\n");
}

#[test]
fn the_best_of_each_antecedent_come_in_order() {
    let folder = folder();
    let rules = objects(&printed(
        folder.path(),
        "rules five.dat --min-support 2 --min-confidence 0 --max-len 2 --top 1 --by lift --format json",
    ));
    let found: Vec<(&str, &str)> = rules
        .iter()
        .map(|rule| (rule["antecedent"][0].as_str().unwrap(), rule["consequent"][0].as_str().unwrap()))
        .collect();
    assert_eq!(found.len(), 5);
    assert!(found.contains(&("Coke", "Milk")) && found.contains(&("Diaper", "Beer")), "{found:?}");
}

#[test]
fn one_and_two_threads_print_the_same() {
    let folder = folder();
    for arguments in ["itemsets five.dat --min-support 1", "rules five.dat --min-support 1 --consequents any"] {
        let one = printed(folder.path(), &format!("{arguments} --threads 1"));
        assert_eq!(one, printed(folder.path(), &format!("{arguments} --threads 2")));
    }
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let folder = folder();
    let whole = printed(folder.path(), "itemsets five.dat --min-support 2");
    assert_eq!(printed(folder.path(), "itemsets five.dat --min-support 2 --output sets.csv"), "");
    assert_eq!(fs::read_to_string(folder.path().join("sets.csv")).unwrap(), whole);
    let files = fs::read_dir(folder.path()).unwrap().count();
    let error = failure(folder.path(), "itemsets five.dat --min-support 1 --max-itemsets 20 --output sets.csv");
    assert!(error.contains("--max-itemsets") && error.contains("20"), "{error}");
    assert_eq!(fs::read_to_string(folder.path().join("sets.csv")).unwrap(), whole);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), files);
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = folder();
    fs::create_dir(folder.path().join("lists")).unwrap();
    fs::copy(folder.path().join("rows.csv"), folder.path().join("lists/rows.csv")).unwrap();
    for arguments in [
        "itemsets five.dat --output five.dat",
        "itemsets lines.csv --layout lines --count --output ./lists/../lines.csv",
        "rules rows.csv slice.json --output slice.json",
        "mine lists --output lists/rows.csv",
        "evaluate rows.csv --output rows.csv",
    ] {
        let error = failure(folder.path(), arguments);
        assert!(error.contains("name another file"), "{arguments}: {error}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("five.dat")).unwrap(), FIVE);
}

#[test]
fn playlists_that_share_twenty_four_songs_end_in_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let shared: Vec<String> = (1..=24).map(|song| song.to_string()).collect();
    let baskets = format!("{0}\n{0}\n1 2 3\n4 5 6\n", shared.join(" "));
    fs::write(folder.path().join("twins.dat"), baskets).unwrap();
    assert_eq!(printed(folder.path(), "itemsets twins.dat --min-support 2 --count"), "16777215\n");
    let error = failure(folder.path(), "itemsets twins.dat --min-support 2 --max-itemsets 1000 --output sets.csv");
    assert!(error.contains("more than 1000 sets") && error.contains("raise the minimum support"), "{error}");
    let error = failure(folder.path(), "rules twins.dat --min-support 2 --memory 1M");
    assert!(error.contains("1048576 bytes of memory") && error.contains("--memory"), "{error}");

    let mut rows = String::from("pid,artist_name,track_name\n");
    for (pid, song) in (0..6).flat_map(|pid| (0..24).map(move |song| (pid, song))) {
        rows += &format!("{pid},artist {song},song {song}\n");
    }
    fs::write(folder.path().join("twins.csv"), rows).unwrap();
    let output = miner(folder.path(), "mine twins.csv --counts-only --output twins.segue");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(folder.path().join("twins.segue").is_file());
}

#[test]
fn the_summary_says_what_was_found_and_how() {
    let folder = folder();
    let output = miner(folder.path(), "itemsets five.dat --min-support 2 --count");
    let summary = String::from_utf8(output.stderr).unwrap();
    for part in ["baskets    5", "rows       18", "17 (1: 5, 2: 8, 3: 4)", "at least 2 baskets"] {
        assert!(summary.contains(part), "{part}: {summary}");
    }
    fs::write(folder.path().join("same.dat"), "1 2 3\n1 2 3\n").unwrap();
    for (arguments, part) in [
        ("itemsets same.dat --min-support 2 --count", "all 3 frequent items are in every basket"),
        ("itemsets same.dat --min-support 3 --count", "no item is frequent"),
    ] {
        let summary = String::from_utf8(miner(folder.path(), arguments).stderr).unwrap();
        assert!(summary.contains(part), "{arguments}: {summary}");
    }
}

#[test]
fn names_with_bars_and_spaces_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), "pid,artist_name,track_name\n1,a | b,c\n1,d,e\n2,a | b,c\n2,d,e\n").unwrap();
    let csv = printed(folder.path(), "itemsets a.csv --min-support 2 --min-len 2");
    assert_eq!(csv, "items,length,support,relative_support\na \\| b - c | d - e,2,2,1\n");
    let error = failure(folder.path(), "itemsets a.csv --min-support 2 --format fimi");
    assert!(error.contains("white space") && error.contains("json"), "{error}");
}

#[test]
fn mistakes_are_told_with_what_to_mend() {
    let folder = folder();
    fs::write(folder.path().join("empty.dat"), "").unwrap();
    fs::write(folder.path().join("bad.dat"), b"1 2\n\xff\xff\n").unwrap();
    for (arguments, part) in [
        ("itemsets missing.dat", "missing.dat"),
        ("itemsets empty.dat", "no baskets"),
        ("itemsets bad.dat", "--max-unreadable"),
        ("itemsets five.dat --min-support 0", "count of playlists"),
        ("itemsets five.dat --memory much", "500M"),
        ("rules five.dat --min-confidence 1.5", "from 0 to 1"),
        ("rules five.dat --min-lift x", "2/3"),
        ("rules five.dat --by lift", "--top"),
    ] {
        let error = failure(folder.path(), arguments);
        assert!(error.contains(part), "{arguments}: {error}");
    }
}
