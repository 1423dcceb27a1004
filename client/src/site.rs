//! `segue site`: the web app and a model as a folder of plain files.

use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use segue_model::Model;
use segue_model::file::{Header, SectionKind};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Where the app asks for its model: the addresses that `segue-server` has, as files.
const MODELS: &str = "api/model";
/// What the app asks for besides the core.
const FURTHER: [SectionKind; 4] = [SectionKind::Evidence, SectionKind::Rules, SectionKind::Tail, SectionKind::Uris];
/// What many hosts of files answer with where there is no file: the app, which then shows the page of that address.
const FALLBACK: &str = "404.html";

/// Write the web app with a model beside it, for any server of files to serve
///
/// There is nothing to run behind such a site: every suggestion is computed in the browser. Written again with another
/// model, it offers that to whoever has the page open.
#[derive(Debug, Args)]
pub(crate) struct Site {
    /// The built web app, as `cargo xtask ui` leaves it in dist
    #[arg(long, value_name = "DIR")]
    app: PathBuf,

    /// The model file
    #[arg(long, value_name = "FILE")]
    model: PathBuf,

    /// The folder to write; what an earlier run wrote there is replaced, other files are left alone
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Site {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let bytes = fs::read(&self.model).with_context(|| format!("cannot read {}", self.model.display()))?;
        let model = Model::open(&bytes).with_context(|| self.model.display().to_string())?;
        if !self.app.join("index.html").is_file() {
            bail!("there is no web app in {}: build it with `cargo xtask ui`", self.app.display());
        }
        let models = self.out.join(MODELS);
        if models.exists() {
            fs::remove_dir_all(&models).with_context(|| format!("cannot replace {}", models.display()))?;
        }
        copy_folder(&self.app, &self.out)?;
        copy(&self.app.join("index.html"), &self.out.join(FALLBACK))?;
        let hash = hexadecimal(&Sha256::digest(&bytes));
        for (name, part) in parts(model.header(), &bytes) {
            write(&models.join(&hash).join(name), part)?;
        }
        // Last, so that it never names what is not there.
        write(&models.join("info"), info(model.header(), &hash).to_string().as_bytes())?;
        writeln!(stdout(), "{}: the app, and a model of {} songs", self.out.display(), model.catalogue().len())?;
        Ok(())
    }
}

/// The parts of a file that the app asks for by name; the core's is the beginning of the file.
fn parts<'a>(header: &Header, bytes: &'a [u8]) -> Vec<(&'static str, &'a [u8])> {
    let core = (SectionKind::Core.name(), &bytes[..header.core_length() as usize]);
    let further = FURTHER.into_iter().filter_map(|kind| {
        let entry = header.section(kind)?;
        Some((kind.name(), &bytes[entry.offset as usize..(entry.offset + entry.length) as usize]))
    });
    std::iter::once(core).chain(further).collect()
}

/// What the app reads of `/api/model/info`.
fn info(header: &Header, hash: &str) -> Value {
    let metadata = &header.metadata;
    json!({
        "hash": hash,
        "model_date": metadata.model_date,
        "data_set": metadata.data_set,
        "counts": metadata.counts,
        "core_length": header.core_length(),
        "file_length": header.file_length(),
    })
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        // Trunk's own notes are hidden files.
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() { copy_folder(&from, &to)? } else { copy(&from, &to)? }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    write(to, &bytes)
}

fn write(to: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::write(to, bytes).with_context(|| format!("cannot write {}", to.display()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
