//! `cargo xtask site`: the web app with a model beside it, as plain files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::command::{program, run};
use crate::progress;
use crate::project::Project;
use crate::setup::{Purpose, set_up};
use crate::ui;

pub(crate) const HELP: &str = "\
cargo xtask site --out DIR [--model FILE]

Builds the web app and writes it into DIR with a model beside it. Any server of static files can serve that folder as
the root of a host: nothing of ours runs there, every suggestion is computed in the browser. To try it:

    cargo xtask site --out public && python3 -m http.server --directory public

    --out DIR      the folder to write; what an earlier run wrote there is replaced, other files are left alone
    --model FILE   a model file, as `segue-miner mine` makes them; that of the demo playlists if not said

Let the host send `api/model/info` with `Cache-Control: no-cache`, and files compressed, if it lets you choose.
";

/// `cargo xtask site`.
pub(crate) fn command(project: &Project, arguments: &[String]) -> Result<()> {
    let options = Options::parse(arguments)?;
    let ready = set_up(project, Purpose::Run)?;
    ui::build(project, &ready)?;
    progress::begin("segue and segue-miner");
    let packages = ["--package", "segue-client", "--package", "segue-miner"];
    run(program("cargo").current_dir(&project.root).args(["build", "--release", "--bins"]).args(packages))?;
    let model = match options.model {
        Some(model) => model,
        None => model_of_demo(project)?,
    };
    progress::begin("site");
    let mut segue = program(project.release_binary("segue"));
    segue.arg("site").arg("--app").arg(ui::site(project)).arg("--model").arg(model).arg("--out").arg(options.out);
    run(&mut segue)
}

/// Mines the demo playlists into a store of their own, and gives the model file.
fn model_of_demo(project: &Project) -> Result<PathBuf> {
    progress::begin("mining the demo playlists");
    let store = project.target.join("site").join("store");
    if store.exists() {
        fs::remove_dir_all(&store)?;
    }
    run(program(project.release_binary("segue-miner")).arg("demo").arg("--store").arg(&store))?;
    model_in(&store)?.ok_or_else(|| format!("the miner left no model in {}", store.display()).into())
}

/// A model file somewhere in a folder.
fn model_in(folder: &Path) -> Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if let Some(found) = model_in(&path)? {
                return Ok(Some(found));
            }
        } else if path.extension().is_some_and(|ending| ending == "segue") {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

#[derive(Debug, PartialEq, Eq)]
struct Options {
    out: PathBuf,
    model: Option<PathBuf>,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self> {
        let (mut out, mut model) = (None, None);
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let place = match word.as_str() {
                "--out" => &mut out,
                "--model" => &mut model,
                other => return Err(format!("`{other}` is not understood.\n\n{HELP}").into()),
            };
            *place = Some(std::path::absolute(words.next().ok_or_else(|| format!("{word} wants a path"))?)?);
        }
        Ok(Self { out: out.ok_or("say where to: --out DIR")?, model })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> std::result::Result<Options, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words).map_err(|error| error.to_string())
    }

    #[test]
    fn a_folder_is_wanted_and_a_model_may_be_named() {
        assert_eq!(parse("--out /o").unwrap(), Options { out: "/o".into(), model: None });
        assert_eq!(parse("--model /m --out /o").unwrap(), Options { out: "/o".into(), model: Some("/m".into()) });
        assert!(parse("").unwrap_err().contains("--out"));
        assert!(parse("--out").unwrap_err().contains("path"));
        assert!(parse("--oot x").unwrap_err().contains("--oot"));
    }

    #[test]
    fn the_model_is_found_wherever_the_store_keeps_it() {
        let root = std::env::temp_dir().join(format!("segue-xtask-site-{}", std::process::id()));
        fs::create_dir_all(root.join("a/models")).unwrap();
        fs::write(root.join("a/alias.json"), "").unwrap();
        let none = model_in(&root).unwrap();
        fs::write(root.join("a/models/1.segue"), "").unwrap();
        let found = model_in(&root).unwrap();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!((none, found), (None, Some(root.join("a/models/1.segue"))));
    }
}
