//! Manifests against the schemas of Kubernetes; images, workflows, scripts and all YAML against their linters.
//!
//! `cargo xtask test --only manifests` installs what these need and runs them.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use segue_ops::documents::{Documents, kind, set, text};
use segue_ops::render::{overlay_folder, overlays, render};
use serde_json::Value;

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn linter(name: &str) -> Command {
    let folder = env::var_os("SEGUE_LINTERS").expect("SEGUE_LINTERS names the folder with the linters");
    let mut command = Command::new(PathBuf::from(&folder).join(name));
    // Linters start one another: actionlint asks shellcheck.
    let path =
        env::join_paths([PathBuf::from(folder)].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap())));
    command.current_dir(repository()).env("PATH", path.unwrap());
    command
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn passes(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", said(&output));
}

/// The version of Kubernetes whose schemas count.
const KUBERNETES: &str = "1.36";

/// What kubernetes-validate says of objects: fields it does not know are wrong, and so is a kind that it does not know.
fn validate(documents: &Documents) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (number, object) in documents.0.iter().enumerate() {
        let file = folder.path().join(format!("{number}.yaml"));
        fs::write(&file, object.to_string()).unwrap();
        files.push(file);
    }
    let output = linter("kubernetes-validate").args(["-k", KUBERNETES, "--strict"]).args(files).output().unwrap();
    let said = said(&output);
    let passed = said.lines().filter(|line| line.starts_with("INFO") && line.contains(" passed ")).count();
    if output.status.success() && passed == documents.0.len() { Ok(()) } else { Err(said) }
}

/// Whether Kubernetes itself brings an object's kind, rather than an extension.
fn is_built_in(api_version: &str) -> bool {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    !group.contains('.') || group.ends_with(".k8s.io") && group != "gateway.networking.k8s.io"
}

#[test]
fn every_object_that_kubernetes_itself_knows_is_as_its_schema_says() {
    let folders = overlays(repository()).unwrap().into_iter().map(|name| overlay_folder(repository(), &name));
    let more = ["kube/variants", "kube/argocd/notifications"].map(|folder| repository().join(folder));
    for folder in folders.chain(more) {
        let mut documents = render(&folder).unwrap();
        documents.0.retain(|object| is_built_in(text(object, "/apiVersion")));
        assert!(!documents.0.is_empty());
        validate(&documents).unwrap_or_else(|said| panic!("{}:\n{said}", folder.display()));
    }
    let volume = fs::read_to_string(repository().join("kube/kind/volume.yaml")).unwrap();
    validate(&Documents::parse(&volume).unwrap()).unwrap();
}

#[test]
fn a_misspelt_field_a_wrong_type_and_an_unknown_kind_are_refused() {
    let good = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}], selector: {a: b}}\n";
    validate(&Documents::parse(good).unwrap()).unwrap();
    for (was, becomes) in [("selector", "selektor"), ("80", "http"), ("v1", "v9")] {
        let bad = Documents::parse(&good.replace(was, becomes)).unwrap();
        assert!(validate(&bad).is_err(), "{becomes}");
    }
}

/// Where the type of a kind is that an extension of Kubernetes brings.
const EXTENSIONS: [(&str, &str); 6] = [
    ("AppProject", "argo-cd/argoproj.io/v1alpha1"),
    ("Application", "argo-cd/argoproj.io/v1alpha1"),
    ("ApplicationSet", "argo-cd/argoproj.io/v1alpha1"),
    ("HTTPRoute", "gateway-api/gateway.networking.k8s.io/v1"),
    ("PrometheusRule", "prometheus-operator/monitoring.coreos.com/v1"),
    ("ServiceMonitor", "prometheus-operator/monitoring.coreos.com/v1"),
];

/// What TypeScript says of objects written as literals of their kinds' types: fields it does not know are wrong.
fn compile(objects: &[Value]) -> Result<(), String> {
    let folder = PathBuf::from(env::var_os("SEGUE_TYPES").expect("SEGUE_TYPES names the folder with the types"));
    // Within that folder, where the compiler finds the types.
    let scratch = tempfile::tempdir_in(&folder).unwrap();
    let (mut imports, mut literals) = (String::new(), String::new());
    for (kind, module) in EXTENSIONS {
        imports += &format!("import type {{ I{kind} }} from \"@kubernetes-models/{module}/{kind}\";\n");
    }
    for (number, object) in objects.iter().enumerate() {
        literals += &format!("export const object{number}: I{} = {object};\n", kind(object));
    }
    let file = scratch.path().join("objects.ts");
    fs::write(&file, imports + &literals).unwrap();
    let output = Command::new("node")
        .arg(folder.join("node_modules/typescript/bin/tsc"))
        .args(["--noEmit", "--strict", "--module", "esnext", "--moduleResolution", "bundler", "--skipLibCheck"])
        .args(["--target", "es2022"])
        .arg(&file)
        .output()
        .unwrap();
    if output.status.success() { Ok(()) } else { Err(said(&output)) }
}

#[test]
fn every_object_of_an_extension_is_as_its_type_says_and_misspelt_fields_are_refused() {
    let root = fs::read_to_string(repository().join("kube/argocd/root.yaml")).unwrap();
    let mut objects = Documents::parse(&root).unwrap().0;
    for folder in ["kube/argocd", "kube/variants", "kube/overlays/production"] {
        let rendered = render(&repository().join(folder)).unwrap();
        objects.extend(rendered.0.into_iter().filter(|object| !is_built_in(text(object, "/apiVersion"))));
    }
    for (kind, _) in EXTENSIONS {
        assert!(objects.iter().any(|object| text(object, "/kind") == kind), "no {kind} to look at");
    }
    compile(&objects).unwrap();
    for (kind, pointer) in [
        ("Application", "/spec/syncPolicy/automated/selfHeeal"),
        ("PrometheusRule", "/spec/groups/0/rules/0/exprr"),
        ("ServiceMonitor", "/spec/endpoints/0/intervall"),
        ("AppProject", "/spec/destination"),
    ] {
        let mut bad = objects.iter().find(|object| text(object, "/kind") == kind).unwrap().clone();
        set(&mut bad, pointer, true.into()).unwrap();
        let said = compile(&[bad]).unwrap_err();
        assert!(said.contains(pointer.rsplit('/').next().unwrap()), "{said}");
    }
}

#[test]
fn all_yaml_is_tidy() {
    passes(linter("yamllint").args([
        "--strict",
        "--config-file",
        ".yamllint.yaml",
        "kube",
        ".github",
        ".yamllint.yaml",
    ]));
}

#[test]
fn the_images_are_made_as_hadolint_wants() {
    passes(linter("hadolint").args(["--failure-threshold", "warning", "Dockerfile.ui", "Dockerfile.miner"]));
}

#[test]
fn the_workflows_are_right_and_safe() {
    let workflows: Vec<PathBuf> =
        fs::read_dir(repository().join(".github/workflows")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(workflows.len() >= 2);
    passes(linter("actionlint").args(&workflows));
    passes(linter("zizmor").args(["--offline", "--persona", "pedantic", ".github"]));
}

#[test]
fn the_scripts_are_as_shellcheck_wants() {
    passes(linter("shellcheck").args(["kube/kind/up.sh", ".ci/run"]));
}
