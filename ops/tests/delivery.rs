//! A rollout, a new data set, and a rollout that has to lose requests: the short form of the delivery experiments.
//!
//! `cargo xtask test --only delivery` runs it: rendering the manifests needs kubectl.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod played_kubectl;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use played_kubectl::PlayedKubectl;
use segue_ops::documents::set;
use segue_ops::experiments::cases;
use segue_ops::experiments::data::DataSets;
use segue_ops::experiments::lab::{Driver, Lab};
use segue_ops::experiments::process::Programs;
use segue_ops::experiments::report::table;
use segue_ops::render::{overlay_folder, render};

/// The programs of this profile, brought up to date.
fn programs(repository: &Path) -> Programs {
    let this = env::current_exe().unwrap();
    let folder = this.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).unwrap();
    let mut build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.current_dir(repository).args(["build", "--quiet", "--bins"]);
    build.args(["-p", "segue-server", "-p", "segue-miner", "-p", "segue-client"]);
    if folder.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().unwrap().success());
    Programs(PathBuf::from(folder))
}

fn lab(records: &Path, requests: usize) -> Lab {
    let repository = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let programs = programs(repository);
    let mut documents = render(&overlay_folder(repository, "production")).unwrap();
    // Programs of the development profile mine slowly: a few playlists do.
    let mining = documents.find_mut("ConfigMap", "segue-mining").unwrap();
    set(mining, "/data/MAX_BASKETS", "400".into()).unwrap();
    Lab {
        driver: Driver::Local,
        data: DataSets::serve(&programs, &records.join("data"), None).unwrap(),
        programs,
        documents,
        records: records.to_owned(),
        requests,
    }
}

#[test]
fn no_request_fails_where_servers_drain_and_some_do_where_they_do_not() {
    let records = tempfile::tempdir().unwrap();
    let lab = lab(records.path(), 1_000);
    let outcomes = cases::short(&lab).unwrap();
    println!("{}", table(&outcomes));
    for outcome in &outcomes {
        assert!(outcome.is_as_expected(), "{}: {:#?}", outcome.title, outcome.figures);
        assert!(outcome.figures.first_new_s.is_some(), "{}: the change never showed", outcome.title);
        assert!(outcome.figures.requests >= lab.requests, "{}", outcome.title);
    }
}

#[test]
fn killed_jobs_leave_the_store_usable_and_the_next_run_succeeds() {
    let records = tempfile::tempdir().unwrap();
    let lab = lab(records.path(), 100);
    let (outcome, _) = cases::killed_jobs(&lab, 10).unwrap();
    assert_eq!((outcome.started, outcome.retried, outcome.figures.failed), (10, 1, 0), "{outcome:?}");
    assert!(outcome.killed > 0, "every run had ended before it was killed: {outcome:?}");
}

#[test]
fn the_driver_for_a_real_cluster_sees_the_same_of_a_played_one_that_answers_as_kubectl_does() {
    let records = tempfile::tempdir().unwrap();
    let played = lab(records.path(), 500);
    for case in [cases::new_data, cases::bad_image] {
        let folder = tempfile::tempdir().unwrap();
        let kubectl = PlayedKubectl::new(&played.programs, folder.path(), &played.documents).unwrap();
        let service = kubectl.service();
        let driver = Driver::Kubectl { kubectl: Rc::new(kubectl), namespace: "trial".to_owned(), service };
        let outcome = case(&Lab { driver, ..played.clone() }).unwrap();
        assert!(outcome.is_as_expected(), "{}: {:#?}", outcome.title, outcome.figures);
        let is_of_data = outcome.record.name == "new-data";
        assert_eq!(outcome.figures.first_new_s.is_some(), is_of_data, "{}", outcome.title);
        let events = outcome.record.events().unwrap();
        let happened = |what: &str| events.iter().any(|(_, event)| event.contains(what));
        assert!(happened("v1-1 ready"), "{events:?}");
        assert_eq!(happened("ended by itself"), !is_of_data, "{events:?}");
    }
}
