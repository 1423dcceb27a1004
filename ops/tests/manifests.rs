//! The manifests of this repository: every overlay is right, and every defect would be seen.
//!
//! Rendering needs kubectl: `cargo xtask test --only manifests` sees to it and runs these.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use segue_ops::bump::{self, Data};
use segue_ops::documents::Documents;
use segue_ops::mutants::MUTANTS;
use segue_ops::render::{overlay_folder, overlays, render, rendered_text};
use segue_ops::{argocd, rules};

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn overlay(name: &str) -> Documents {
    render(&overlay_folder(repository(), name)).unwrap()
}

#[test]
fn no_rule_finds_anything_in_any_overlay() {
    let names = overlays(repository()).unwrap();
    assert!(names.len() >= 4, "{names:?}");
    for name in names {
        assert_eq!(rules::check(&overlay(&name)), [], "{name}");
    }
    assert_eq!(rules::check(&render(&repository().join("kube/variants")).unwrap()), [], "variants");
}

#[test]
fn every_defect_is_found_by_its_own_rule_and_by_no_other() {
    let good = overlay("production");
    for mutant in MUTANTS {
        let bad = mutant.of(&good).unwrap_or_else(|| panic!("{}: production lacks what this is about", mutant.defect));
        assert_ne!(bad, good, "{}", mutant.defect);
        let found: BTreeSet<&str> = rules::check(&bad).iter().map(|finding| finding.rule).collect();
        assert_eq!(found, BTreeSet::from([mutant.rule]), "{}: {:#?}", mutant.defect, rules::check(&bad));
    }
}

#[test]
fn every_component_is_rendered_by_something() {
    let used: String = overlays(repository())
        .unwrap()
        .iter()
        .map(|name| overlay_folder(repository(), name))
        .chain([repository().join("kube/variants")])
        .map(|folder| fs::read_to_string(folder.join("kustomization.yaml")).unwrap())
        .collect();
    for component in fs::read_dir(repository().join("kube/components")).unwrap() {
        let name = component.unwrap().file_name().into_string().unwrap();
        assert!(used.contains(&format!("components/{name}\n")), "{name} is rendered by nothing");
    }
}

#[test]
fn applications_fit_the_overlays_and_a_misfit_is_found() {
    let good = rendered_text(&repository().join("kube/argocd")).unwrap();
    let check = |yaml: &str| argocd::check(repository(), &Documents::parse(yaml).unwrap()).unwrap();
    assert_eq!(check(&good), Vec::<String>::new());
    for (was, becomes, said) in [
        ("overlay: staging", "overlay: stage", "no overlay `stage`"),
        ("namespace: segue-staging\n        overlay", "namespace: segue-stage\n        overlay", "segue-stage"),
        ("autoscaled: \"true\"", "autoscaled: \"false\"", "autoscaled"),
        ("project: segue", "project: sego", "sego"),
        ("kind: CronJob", "kind: CronJobs", "CronJob/segue-miner-nightly"),
        ("selfHeal: true", "selfHeal: false", "heals"),
        ("  sourceRepos:\n  - https://", "  sourceRepos:\n  - http://", "does not allow the repository"),
    ] {
        let bad = good.replace(was, becomes);
        assert_ne!(bad, good, "{was}");
        let found = check(&bad);
        assert!(found.iter().any(|finding| finding.contains(said)), "{was}: {found:?}");
    }
}

/// A copy of `kube`, to be changed.
struct Copy(tempfile::TempDir);

impl Copy {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&repository().join("kube"), &folder.path().join("kube"));
        Self(folder)
    }

    fn files(&self) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        collect(self.0.path(), &mut files);
        files.sort();
        files
    }

    /// The lines of all files that differ from those of `before`, new text first.
    fn changed_since(&self, before: &[(PathBuf, String)]) -> Vec<String> {
        let pairs = self.files().into_iter().zip(before);
        pairs
            .flat_map(|((path, new), (_, old))| {
                let lines: Vec<String> = new
                    .lines()
                    .zip(old.lines())
                    .filter(|(new, old)| new != old)
                    .map(|(new, _)| new.trim().to_owned())
                    .collect();
                assert_eq!(new.lines().count(), old.lines().count(), "{}", path.display());
                lines
            })
            .collect()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, files);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            files.push((path, text));
        }
    }
}

#[test]
fn a_bump_changes_the_pointer_and_the_key_and_nothing_else() {
    let copy = Copy::new();
    let before = copy.files();
    let repository = copy.0.path();
    let hash = "ab".repeat(32);
    let data = Data {
        url: Some("https://data.example.org/new.csv".to_owned()),
        date: Some("2026-02-01".to_owned()),
        sha256: Some(hash.clone()),
    };
    bump::data(repository, "production", &data).unwrap();
    let changed = copy.changed_since(&before);
    assert_eq!(changed.len(), 4, "{changed:?}");
    assert!(changed.contains(&format!("DATASET_SHA256: \"{hash}\"")), "{changed:?}");
    assert!(changed.iter().any(|line| line.starts_with("JOB_KEY: ")), "{changed:?}");
    let documents = render(&overlay_folder(repository, "production")).unwrap();
    assert_eq!(rules::check(&documents), []);

    let before = copy.files();
    bump::image(repository, "production", "0.2.0").unwrap();
    let changed = copy.changed_since(&before);
    assert_eq!(changed.iter().filter(|line| *line == "newTag: 0.2.0").count(), 2, "{changed:?}");
    assert_eq!(changed.len(), 3, "{changed:?}");
    assert_eq!(rules::check(&render(&overlay_folder(repository, "production")).unwrap()), []);

    let before = copy.files();
    bump::image(repository, "production", "0.2.0").unwrap();
    assert_eq!(copy.changed_since(&before), Vec::<String>::new(), "the same tag again changes nothing");
    assert!(bump::image(repository, "production", "latest").is_err());
    assert!(bump::image(repository, "nowhere", "0.2.0").unwrap_err().to_string().contains("production"));
}
