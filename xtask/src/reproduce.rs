//! `cargo xtask reproduce`: whether a release comes out the same wherever it is built.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::command::{program, run};
use crate::progress;
use crate::project::Project;
use crate::sbom::SHIPPED;

pub(crate) const HELP: &str = "\
cargo xtask reproduce

Builds the server and the miner as they were last committed, from nothing, in two folders of different names, and compares the
programs byte by byte. Takes two whole release builds: some minutes each on two cores. The folders, in target/reproduce, are removed
if nothing differs; otherwise the programs in them are left to be compared.

For the same programs on another machine: the same compiler, and the same folder for CARGO_HOME, as in the images.
";

/// The folders that are built in. Names of different length move everything that a path has got into.
const FOLDERS: [&str; 2] = ["here", "somewhere/else/altogether"];

/// `cargo xtask reproduce`.
pub(crate) fn command(project: &Project, arguments: &[String]) -> Result<()> {
    if let Some(word) = arguments.first() {
        return Err(format!("`{word}` is not understood.\n\n{HELP}").into());
    }
    let folder = project.target.join("reproduce");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut built = Vec::new();
    for name in FOLDERS {
        progress::begin(&format!("build in target/reproduce/{name}"));
        built.push(build(project, &folder.join(name))?);
    }
    let different = SHIPPED.into_iter().enumerate().filter_map(|(at, name)| {
        let all: Vec<Option<Vec<u8>>> = built.iter().map(|programs| fs::read(&programs[at]).ok()).collect();
        let same = all[0].is_some() && all.iter().all(|bytes| *bytes == all[0]);
        let length = all[0].as_ref().map_or(0, Vec::len);
        progress::note(&format!("{name}: {length} bytes, {}", if same { "the same" } else { "different" }));
        (!same).then_some(name)
    });
    let different: Vec<&str> = different.collect();
    if !different.is_empty() {
        return Err(format!("{} differ from build to build", different.join(" and ")).into());
    }
    Ok(fs::remove_dir_all(folder)?)
}

/// Builds what was last committed in a folder; gives the programs of [`SHIPPED`].
fn build(project: &Project, folder: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)?;
    let archive = folder.join("committed.tar");
    run(program("git").current_dir(&project.root).args(["archive", "--output"]).arg(&archive).arg("HEAD"))?;
    run(program("tar").current_dir(folder).args(["--extract", "--file", "committed.tar"]))?;
    let target = folder.join("target");
    let mut cargo = program("cargo");
    cargo.current_dir(folder).args(["build", "--release", "--locked"]).env("CARGO_TARGET_DIR", &target);
    for name in SHIPPED {
        cargo.args(["--package", name]);
    }
    run(&mut cargo)?;
    Ok(SHIPPED.map(|name| target.join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))).into())
}
