//! `cargo xtask sbom`: what the programs that are shipped are made of.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::command::{answer, program, run, run_logged};
use crate::progress;
use crate::project::Project;

pub(crate) const HELP: &str = "\
cargo xtask sbom

Builds the server and the miner like a release, with the list of their crates inside them (`cargo auditable`, as the images
do), and writes that list as CycloneDX: target/sbom/segue-server.cdx.json and target/sbom/segue-miner.cdx.json. Fails if one of
them does not name every crate that cargo links.

The two tools, cargo-auditable and auditable2cdx, are built once in the folder for tools: about two minutes on two cores.
What a program that is already out there is made of: `auditable2cdx PROGRAM`, or `cargo audit bin PROGRAM` for what is known against it.
";

/// The programs that are shipped, which are packages too.
pub(crate) const SHIPPED: [&str; 2] = ["segue-server", "segue-miner"];

/// The tools, and the version of each. Neither tells its version when asked.
const TOOLS: [(&str, &str); 2] = [("cargo-auditable", "0.7.7"), ("auditable2cdx", "0.1.0")];

/// `cargo xtask sbom`.
pub(crate) fn command(project: &Project, arguments: &[String]) -> Result<()> {
    if let Some(word) = arguments.first() {
        return Err(format!("`{word}` is not understood.\n\n{HELP}").into());
    }
    progress::begin("sbom");
    for (name, version) in TOOLS {
        install(project, name, version)?;
    }
    let mut build = program(project.tools.join("bin/cargo-auditable"));
    build.current_dir(&project.root).args(["auditable", "build", "--release", "--locked"]);
    for package in SHIPPED {
        build.args(["--package", package]);
    }
    run(&mut build)?;
    let folder = project.target.join("sbom");
    fs::create_dir_all(&folder)?;
    for package in SHIPPED {
        let list = answer(program(project.tools.join("bin/auditable2cdx")).arg(project.release_binary(package)))
            .ok_or_else(|| format!("{package} does not hold the list of its crates"))?;
        let tree = answer(
            program("cargo")
                .current_dir(&project.root)
                .args(["tree", "--locked", "--package", package, "--edges", "normal,no-proc-macro"])
                .args(["--prefix", "none", "--format", "{p}"]),
        )
        .ok_or("`cargo tree` does not say what is linked")?;
        let missing = missing(&list, &tree);
        if !missing.is_empty() {
            return Err(format!("the list of {package} lacks {}", missing.join(", ")).into());
        }
        let file = folder.join(format!("{package}.cdx.json"));
        fs::write(&file, &list)?;
        progress::note(&format!("{}: {} crates", shown(&file, &project.root), list.matches("\"purl\"").count()));
    }
    Ok(())
}

/// Installs a tool where it is not yet there.
fn install(project: &Project, name: &str, version: &str) -> Result<()> {
    let noted = fs::read_to_string(project.tools.join(".crates.toml")).unwrap_or_default();
    if noted.contains(&format!("\"{name} {version} ")) {
        return Ok(());
    }
    progress::note(&format!("building {name} {version} from source, once"));
    fs::create_dir_all(&project.tools)?;
    let mut command = program("cargo");
    command
        .current_dir(&project.tools)
        .args(["install", name, "--version", &format!("={version}"), "--locked", "--root"])
        .arg(&project.tools)
        .env("CARGO_TARGET_DIR", project.tools.join("build").join(name));
    run_logged(&mut command, &project.tools.join(format!("logs/{name}.log")))?;
    Ok(fs::remove_dir_all(project.tools.join("build").join(name))?)
}

/// The crates of `cargo tree` (`name v1.2.3 …` a line) that a CycloneDX list does not name, each once.
fn missing(list: &str, tree: &str) -> Vec<String> {
    let crates = tree.lines().filter_map(|line| {
        let (name, rest) = line.split_once(" v")?;
        Some((name, rest.split(' ').next()?))
    });
    let mut missing: Vec<String> = crates
        .filter(|(name, version)| !list.contains(&format!("pkg:cargo/{name}@{version}")))
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    missing.sort();
    missing.dedup();
    missing
}

fn shown(file: &Path, root: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_images_are_built_with_the_same_tool() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let (name, version) = TOOLS[0];
        for image in ["Dockerfile.ui", "Dockerfile.miner"] {
            let text = fs::read_to_string(root.join(image)).unwrap();
            assert!(text.contains(&format!("cargo install {name} --version ={version} ")), "{image}");
            assert!(text.contains("cargo auditable build --release --locked"), "{image}");
        }
    }

    #[test]
    fn a_crate_that_is_linked_and_not_listed_is_missing() {
        let list = r#"{"components":[{"purl":"pkg:cargo/bytes@1.2.3"},{"purl":"pkg:cargo/http@1.0.0"}]}"#;
        let tree = "segue v0.1.0 (/src)\nbytes v1.2.3\nbytes v1.2.3 (*)\nhttp v0.2.0\n\nhttp v1.0.0\n";
        assert_eq!(missing(list, tree), ["http 0.2.0", "segue 0.1.0"]);
        assert!(missing(list, "bytes v1.2.3\n").is_empty());
    }
}
