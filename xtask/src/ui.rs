//! Builds the web app into `dist/`, when anything that it is made of has changed.

mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::Result;
use crate::command::{answer, run};
use crate::fingerprint::Fingerprint;
use crate::progress;
use crate::project::Project;
use crate::setup::{Purpose, Ready, set_up};

pub(crate) const HELP: &str = "\
cargo xtask ui

Builds the web app with Trunk into dist/: wasm made small by the profile `web` and by wasm-opt, with JavaScript, styles and
index.html around it. What nobody needs for a first suggestion is cut out of the wasm into a module that is loaded later
(app/src/later.rs); `trunk serve` and `trunk build` alone leave it in one piece. Any server of static files can serve that folder; `segue-server --site dist` does.

Nothing is built when neither the sources, nor Cargo.lock, nor the compiler, nor dist/ changed since the last time.
The wasm is compiled in target/web, apart from what is compiled for this machine.
";

/// `cargo xtask ui`.
pub(crate) fn command(project: &Project, arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        return Err(format!("`{argument}` is not understood.\n\n{HELP}").into());
    }
    let ready = set_up(project, Purpose::Run)?;
    build(project, &ready)
}

/// The folder that the app is built into.
pub(crate) fn site(project: &Project) -> PathBuf {
    project.root.join("dist")
}

/// Builds the app unless it is built already.
///
/// # Errors
/// When the build fails.
pub(crate) fn build(project: &Project, ready: &Ready) -> Result<()> {
    let start = Instant::now();
    progress::begin("web app");
    let site = site(project);
    let stamp = project.web_target.join("ui.fingerprint");
    let made_of = fingerprint_of_inputs(project, ready)?;
    if site.join("index.html").exists()
        && fs::read_to_string(&stamp).is_ok_and(|old| Some(old) == both(&made_of, &site))
    {
        progress::note(&format!("dist/ is up to date ({})", progress::seconds(start.elapsed())));
        return Ok(());
    }
    // Trunk is told to stay offline, so that it takes the tools of the set-up and no others; cargo's part is done here.
    run(ready.web_program("cargo").current_dir(&project.root).args(["fetch", "--quiet"]))?;
    let mut trunk = ready.web_program("trunk");
    trunk.current_dir(&project.root).args(["build", "--release", "--offline"]);
    run(program::to_be_cut(&mut trunk, project))?;
    program::cut(project, ready, &site)?;
    fs::create_dir_all(&project.web_target)?;
    fs::write(&stamp, both(&made_of, &site).unwrap_or_default())?;
    progress::note(&format!("dist/ is built ({})", progress::seconds(start.elapsed())));
    Ok(())
}

/// What the app was made of and what came of it: someone may have changed `dist/` since, as `trunk serve` does.
fn both(made_of: &str, site: &Path) -> Option<String> {
    let mut made = Fingerprint::default();
    made.add_path(site).ok()?;
    Some(format!("{made_of} {}\n", made.finish()))
}

fn fingerprint_of_inputs(project: &Project, ready: &Ready) -> Result<String> {
    let tree = answer(
        ready
            .web_program("cargo")
            .current_dir(&project.root)
            .args(["tree", "--quiet", "--package", "segue-app", "--target", "wasm32-unknown-unknown"])
            .args(["--edges", "normal,build", "--prefix", "none", "--format", "{p}"]),
    )
    .ok_or("`cargo tree --package segue-app` failed: run it to see why")?;
    let mut fingerprint = Fingerprint::default();
    fingerprint.add_text(&ready.web.compiler);
    for folder in local_packages(&tree) {
        fingerprint.add_path(Path::new(folder))?;
    }
    for path in ["style", "split", "xtask/src/ui", "Cargo.toml", "Cargo.lock", "Trunk.toml", ".cargo/config.toml"] {
        fingerprint.add_path(&project.root.join(path))?;
    }
    Ok(fingerprint.finish())
}

/// The folders of this workspace's packages in what `cargo tree` prints: `name v1.2.3 (/folder)`, sometimes with more in
/// brackets behind.
fn local_packages(tree: &str) -> Vec<&str> {
    let mut folders: Vec<&str> = tree
        .lines()
        .flat_map(|line| line.split('(').skip(1))
        .filter_map(|rest| rest.split(')').next())
        .filter(|text| Path::new(text).is_absolute())
        .collect();
    folders.sort_unstable();
    folders.dedup();
    folders
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn packages_of_the_workspace_are_those_with_a_folder() {
        let tree = "segue-app v0.1.0 (/some where/app)\nleptos v0.8.23\nleptos_macro v0.8.23 (proc-macro)\n\
                    segue-model v0.1.0 (/some where/model)\nsegue-model v0.1.0 (/some where/model) (*)\n\
                    own-macro v0.1.0 (proc-macro) (/some where/own)\n";
        assert_eq!(local_packages(tree), ["/some where/app", "/some where/model", "/some where/own"]);
    }
}
