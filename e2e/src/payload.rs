//! What the built app weighs on its way to a browser: every file compressed by brotli at its best, as a server of files
//! does once.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// A file of the app.
#[derive(Clone, Debug)]
pub struct Weight {
    /// Its name.
    pub file: String,
    /// Bytes as they are.
    pub raw: usize,
    /// Bytes as they travel.
    pub brotli: usize,
    /// Whether it is waited for before a first suggestion: the page itself, and whatever that names for the screen.
    pub first: bool,
}

/// The files of a built app, by name.
///
/// # Errors
/// One cannot be read.
pub fn weigh(site: &Path) -> Result<Vec<Weight>> {
    let page = fs::read_to_string(site.join("index.html")).context("index.html cannot be read")?;
    let mut weights = Vec::new();
    for entry in fs::read_dir(site)? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let content = fs::read(&path).with_context(|| format!("{file} cannot be read"))?;
        // Compressed forms stand beside the files themselves.
        let is_form = [".br", ".gz"].iter().any(|ending| file.ends_with(ending));
        if !content.is_empty() && !is_form {
            // An icon and a manifest are named too, and waited for by nobody.
            let is_asset = [".css", ".js", ".wasm"].iter().any(|ending| file.ends_with(ending));
            let is_named = page.split('<').any(|tag| tag.contains(&file) && !tag.contains("media="));
            let first = file == "index.html" || (is_asset && is_named);
            weights.push(Weight { raw: content.len(), brotli: compressed(&content)?, first, file });
        }
    }
    weights.sort_by(|left, right| left.file.cmp(&right.file));
    Ok(weights)
}

fn compressed(content: &[u8]) -> Result<usize> {
    let options = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut output = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut output, &options)?;
    Ok(output.len())
}
