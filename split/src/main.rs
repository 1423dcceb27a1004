//! Works on the web UI's program between the compiler and the browser.
//!
//! - `segue-split cut PROGRAM.wasm FOLDER` cuts it at the seams that `wasm_split` marks in its source. Into the folder go
//!   `segue-app.wasm`, which wasm-bindgen has to see next, a module for each seam, and `segue-app-later.js`, which loads
//!   them. The program must have been linked with `--emit-relocs`: what refers to what is read from there. What panics
//!   would say is left out.
//! - `segue-split shorten PROGRAM.wasm PROGRAM.js` gives short names to what wasm-bindgen has the two call each other by.
//! - `segue-split order PROGRAM.wasm` puts functions that are alike side by side, which compresses better.
//! - `segue-split compress FOLDER` puts compressed forms beside the files of the finished app.

mod compress;
mod order;
mod panics;
mod shorten;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use wasm_split_cli_support::{Options, transform};

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    match arguments.as_slice() {
        [command, program, folder] if command == Path::new("cut") => cut(program, folder),
        [command, program, script] if command == Path::new("shorten") => shorten(program, script),
        [command, program] if command == Path::new("order") => order(program),
        [command, folder] if command == Path::new("compress") => compress::compress(folder),
        _ => bail!(
            "usage: segue-split cut PROGRAM.wasm FOLDER, shorten PROGRAM.wasm PROGRAM.js, order PROGRAM.wasm, or compress FOLDER"
        ),
    }
}

fn cut(program: &Path, folder: &Path) -> Result<()> {
    let wasm = panics::without_messages(&read(program)?)
        .with_context(|| format!("{} cannot be rid of what panics say", program.display()))?;
    let main = folder.join("segue-app.wasm");
    let mut options = Options::new(&wasm);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = "./segue-app.js";
    options.link_name = "./segue-app-later.js";
    // Its errors are of a type that knows no standard trait.
    transform(options).map_err(|error| anyhow!("{} cannot be cut: {error:#}", program.display()))?;
    Ok(())
}

fn shorten(program: &Path, script: &Path) -> Result<()> {
    let text = String::from_utf8(read(script)?).with_context(|| format!("{} is no text", script.display()))?;
    let (wasm, text) =
        shorten::shorten(&read(program)?, &text).with_context(|| format!("{} is not understood", program.display()))?;
    fs::write(program, wasm)?;
    fs::write(script, text)?;
    Ok(())
}

fn order(program: &Path) -> Result<()> {
    let ordered =
        order::ordered(&read(program)?).with_context(|| format!("{} is not understood", program.display()))?;
    fs::write(program, ordered)?;
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}
