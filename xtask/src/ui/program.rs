//! The web app's program: cut into what comes at once and what comes later, made small, and put in the place of the uncut
//! one that Trunk made.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::command::{program, run};
use crate::fingerprint::Fingerprint;
use crate::project::Project;
use crate::setup::Ready;

/// Begins the name of every file of the program.
const NAME: &str = "segue-app";

/// The script by which the program loads its other parts.
const LOADER: &str = "segue-app-later.js";

/// What keeps the page on a device: the one script that is ours as it is.
const WORKER: &str = "service-worker.js";

/// How the program is compiled: with its seams, with views whose parts share their code, and with the notes of the linker
/// from which the cut learns what needs what. The stack is a little smaller than a mebibyte: then the addresses behind it, of
/// which the program is full, take three bytes each and not four.
const FLAGS: &str = "--cfg split --cfg erase_components -Clink-arg=--emit-relocs -Clink-arg=-zstack-size=983040";

/// What wasm-opt is told: small, with what every browser of the last years understands. What `-Oz` makes is smaller still,
/// but not when it is compressed; the same goes for values that are kept to be used twice, and for longer functions taken
/// into the one that calls them: where those end, they look like many others. The lowest memory is the far end of the stack,
/// so no address is near zero. Functions of like names are much alike, which is a good order to begin with.
const SMALL: [&str; 14] = [
    "--low-memory-unused",
    "-Os",
    "--converge",
    "--skip-pass=local-cse",
    "--one-caller-inline-max-function-size=60",
    "--reorder-functions-by-name",
    "--strip-producers",
    "--strip-target-features",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Has a command that compiles for the browser compile a program that can be cut.
pub(super) fn to_be_cut<'a>(command: &'a mut Command, project: &Project) -> &'a mut Command {
    // What panics say of places would otherwise be full of this machine's folders.
    let mut flags = format!("{FLAGS} --remap-path-prefix={}/=", project.root.display());
    let home = |name, below| env::var_os(name).map(|folder| PathBuf::from(folder).join(below));
    if let Some(cargo) = home("CARGO_HOME", "").or_else(|| home("HOME", ".cargo")) {
        flags += &format!(" --remap-path-prefix={}/=", cargo.join("registry/src").display());
    }
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags)
}

/// Cuts the program that was compiled last, and has the site consist of the pieces.
///
/// # Errors
/// When a tool fails, or the site does not look as Trunk leaves it.
pub(super) fn cut(project: &Project, ready: &Ready, site: &Path) -> Result<()> {
    let folder = project.web_target.join("split");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let compiled = project.web_target.join("wasm32-unknown-unknown/web").join(NAME).with_extension("wasm");
    let split = |command: &str, files: &[&Path]| {
        let mut cargo = program("cargo");
        cargo.current_dir(&project.root).args(["run", "--quiet", "--package", "segue-split", "--", command]);
        run(cargo.args(files))
    };
    split("cut", &[&compiled, &folder])?;
    run(ready
        .program("wasm-bindgen")
        .args([
            "--target",
            "web",
            "--no-typescript",
            "--keep-lld-exports",
            "--keep-debug",
            "--out-name",
            NAME,
            "--out-dir",
        ])
        .arg(&folder)
        .arg(folder.join(NAME).with_extension("wasm")))?;
    fs::remove_file(folder.join(NAME).with_extension("wasm"))?;
    split("shorten", &[&folder.join(format!("{NAME}_bg.wasm")), &folder.join(format!("{NAME}.js"))])?;

    let mut pieces = BTreeMap::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("wasm") => {
                run(ready.program("wasm-opt").args(SMALL).arg(&path).arg("-o").arg(&path))?;
                split("order", &[&path])?;
                pieces.insert(name, fs::read(&path)?);
            }
            Some("js") => {
                pieces.insert(name, without_comments(&fs::read_to_string(&path)?).into_bytes());
            }
            _ => {}
        }
    }
    put(site, pieces)?;
    let worker = site.join(WORKER);
    fs::write(&worker, without_comments(&fs::read_to_string(&worker)?))?;
    split("compress", &[site])
}

/// Replaces the program of a site by these pieces, under names that tell their content.
fn put(site: &Path, mut pieces: BTreeMap<String, Vec<u8>>) -> Result<()> {
    let mut fingerprint = Fingerprint::default();
    for (name, content) in &pieces {
        fingerprint.add_text(name);
        fingerprint.add_bytes(content);
    }
    let hash = fingerprint.finish();
    let names: Vec<(String, String)> = pieces.keys().map(|name| (name.clone(), name_with(name, &hash))).collect();
    for content in pieces.iter_mut().filter(|(name, _)| name.ends_with(".js")).map(|(_, content)| content) {
        *content = replaced(&String::from_utf8_lossy(content), &names).into_bytes();
    }

    let index = site.join("index.html");
    let html = fs::read_to_string(&index).map_err(|error| format!("{}: {error}", index.display()))?;
    let mut uncut = Vec::new();
    for (end, name) in [(".js", format!("{NAME}.js")), ("_bg.wasm", format!("{NAME}_bg.wasm"))] {
        let file = only_file(site, end)?;
        let old = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        uncut.push((old, name_with(&name, &hash)));
        fs::remove_file(file)?;
    }
    for (name, content) in pieces {
        fs::write(site.join(name_with(&name, &hash)), content)?;
    }
    // The program imports what loads its other parts: so that this is not asked for only once the program is read.
    let loader = name_with(LOADER, &hash);
    let hint = format!("<link rel=\"modulepreload\" href=\"{loader}\"></head>");
    // A page that names what is not there must never be left behind: the rest is in its place by now.
    fs::write(&index, replaced(&html, &uncut).replace("</head>", &hint))?;
    Ok(())
}

/// The one file of the program whose name ends so.
fn only_file(site: &Path, end: &str) -> Result<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(site)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(&format!("{NAME}-")) && name.ends_with(end) {
            found.push(path);
        }
    }
    match found.len() {
        1 => Ok(found.remove(0)),
        count => Err(format!("{}: {count} files {NAME}-…{end}, where Trunk leaves one", site.display()).into()),
    }
}

/// `segue-app_bg.wasm` with a hash is `segue-app-0123456789abcdef_bg.wasm`; names that begin otherwise are given the
/// program's too.
fn name_with(name: &str, hash: &str) -> String {
    let rest = name.strip_prefix(NAME).map_or_else(|| format!("-{name}"), str::to_owned);
    format!("{NAME}-{hash}{rest}")
}

fn replaced(text: &str, names: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (old, new) in names {
        // With what stands before a file's name, so that no name is found within another.
        for before in ["/", "'", "\""] {
            let named = format!("{before}{old}");
            let mut parts = text.split(named.as_str());
            let mut changed = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                // The key of an object: by this name the program itself asks for what it imports.
                let name = if part.starts_with("\":") { old } else { new };
                changed = changed + before + name + part;
            }
            text = changed;
        }
    }
    text
}

/// JavaScript without its indentation, empty lines, and comments that have lines of their own.
fn without_comments(script: &str) -> String {
    let mut small = String::with_capacity(script.len());
    let mut in_comment = false;
    for line in script.lines().map(str::trim) {
        if in_comment || line.starts_with("/*") {
            in_comment = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            small.push_str(line);
            small.push('\n');
        }
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_go_and_code_stays() {
        let script = "/**\n * @param {number} a\n */\nexport function f(a) {\n    // why\n    return a / 2; // half\n}\n\n/* one */\nf(1);\n";
        assert_eq!(without_comments(script), "export function f(a) {\nreturn a / 2; // half\n}\nf(1);\n");
    }

    #[test]
    fn names_are_told_apart_though_one_begins_another() {
        let names = ["segue-app.js", "segue-app-later.js"].map(|name| (name.to_owned(), name_with(name, "00ff")));
        let script = "import './segue-app.js'; import \"./segue-app-later.js\";";
        assert_eq!(replaced(script, &names), "import './segue-app-00ff.js'; import \"./segue-app-00ff-later.js\";");
        let imports = "({\"./segue-app-later.js\": import1})";
        assert_eq!(replaced(imports, &names), imports, "what the program calls it stays");
        assert_eq!(name_with("0_later.wasm", "00ff"), "segue-app-00ff-0_later.wasm");
    }

    #[test]
    fn the_page_names_the_pieces_and_the_uncut_program_is_gone() {
        let site = std::env::temp_dir().join(format!("segue-xtask-site-{}", std::process::id()));
        fs::create_dir_all(&site).unwrap();
        fs::write(site.join("index.html"), "import '/segue-app-1f.js'; '/segue-app-2e_bg.wasm'").unwrap();
        fs::write(site.join("segue-app-1f.js"), "old").unwrap();
        fs::write(site.join("segue-app-2e_bg.wasm"), "old").unwrap();
        let pieces = [("segue-app.js", "load './later.wasm'"), ("segue-app_bg.wasm", "main"), ("later.wasm", "later")];
        let pieces = pieces.map(|(name, content)| (name.to_owned(), content.as_bytes().to_vec()));
        put(&site, BTreeMap::from(pieces)).unwrap();

        let html = fs::read_to_string(site.join("index.html")).unwrap();
        let named: Vec<&str> = html.split('\'').filter_map(|part| part.strip_prefix('/')).collect();
        assert_eq!(named.len(), 2);
        let script = fs::read_to_string(site.join(named[0])).unwrap();
        let later = script.trim_start_matches("load './").trim_end_matches('\'');
        assert_eq!(fs::read_to_string(site.join(later)).unwrap(), "later");
        assert_eq!(fs::read_to_string(site.join(named[1])).unwrap(), "main");
        assert!(!site.join("segue-app-1f.js").exists() && !site.join("segue-app-2e_bg.wasm").exists());
        assert!(put(&site.join("nowhere"), BTreeMap::new()).is_err());
        fs::remove_dir_all(&site).unwrap();
    }
}
