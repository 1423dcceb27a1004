//! Pointers in Git: the data set, the images' tags, and the key that follows from both. Nothing else is edited.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::job_key::{JOB_KEY, job_key, keyed_job};
use crate::render::{overlay_folder, overlays, render};

/// What a data set's pointer is to say; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Data {
    /// Where it is.
    pub url: Option<String>,
    /// When it was made; for people.
    pub date: Option<String>,
    /// The SHA-256 that the miner is to find, 64 hexadecimal digits; empty for no check.
    pub sha256: Option<String>,
}

/// Points an overlay at a data set.
///
/// # Errors
/// There is no such overlay, its pointer file is not as expected, or the hash is none.
pub fn data(repository: &Path, overlay: &str, data: &Data) -> Result<()> {
    if let Some(hash) = data.sha256.as_deref().filter(|hash| !hash.is_empty())
        && (hash.len() != 64 || !hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
    {
        bail!("`{hash}` is no SHA-256: 64 hexadecimal digits in lower case, as `sha256sum` prints them");
    }
    let wanted = [("DATASET_URL", &data.url), ("DATASET_DATE", &data.date), ("DATASET_SHA256", &data.sha256)];
    let path = pointer_file(repository, overlay)?;
    edit(&path, |mut text| {
        for (key, value) in wanted {
            if let Some(value) = value {
                text = set_value(&text, key, value)?;
            }
        }
        Some(text)
    })?;
    key(repository, overlay).map(drop)
}

/// Gives both images of an overlay a tag.
///
/// # Errors
/// There is no such overlay, it names no images, or the tag is none.
pub fn image(repository: &Path, overlay: &str, tag: &str) -> Result<()> {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if tag.is_empty() || tag == "latest" || !tag.bytes().all(is_good) || tag.len() > 128 {
        bail!("`{tag}` is no tag that stays what it is: give a version, or a commit's hash");
    }
    let path = existing(repository, overlay)?.join("kustomization.yaml");
    edit(&path, |text| set_tags(&text, tag))?;
    key(repository, overlay).map(drop)
}

/// Writes an overlay's key anew. Says whether it had been stale.
///
/// # Errors
/// There is no such overlay, or it cannot be rendered.
pub fn key(repository: &Path, overlay: &str) -> Result<bool> {
    let documents = render(&existing(repository, overlay)?)?;
    // An overlay whose miner is a hook needs no key.
    let Some(job) = keyed_job(&documents) else { return Ok(false) };
    let fresh = job_key(&documents, job);
    edit(&pointer_file(repository, overlay)?, |text| set_value(&text, JOB_KEY, &fresh))
}

/// [`key`] of every overlay; gives those that had been stale.
///
/// # Errors
/// As [`key`].
pub fn keys(repository: &Path) -> Result<Vec<String>> {
    let mut stale = Vec::new();
    for overlay in overlays(repository)? {
        if key(repository, &overlay)? {
            stale.push(overlay);
        }
    }
    Ok(stale)
}

fn existing(repository: &Path, overlay: &str) -> Result<PathBuf> {
    let known = overlays(repository)?;
    if !known.iter().any(|name| name == overlay) {
        bail!("there is no overlay `{overlay}`; there are: {}", known.join(", "));
    }
    Ok(overlay_folder(repository, overlay))
}

fn pointer_file(repository: &Path, overlay: &str) -> Result<PathBuf> {
    Ok(existing(repository, overlay)?.join("data.yaml"))
}

/// Changes a file; says whether that made a difference.
fn edit(path: &Path, change: impl FnOnce(String) -> Option<String>) -> Result<bool> {
    let before = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let Some(after) = change(before.clone()) else {
        bail!("{} is not as expected: it lacks a line that is to be changed", path.display());
    };
    if after != before {
        fs::write(path, &after).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(after != before)
}

/// The text with the one line `  KEY: …` saying `value`.
fn set_value(text: &str, key: &str, value: &str) -> Option<String> {
    let start = format!("  {key}: ");
    let quoted = serde_json::Value::String(value.to_owned()).to_string();
    replace_lines(text, |line| line.starts_with(&start).then(|| format!("{start}{quoted}")))
        .filter(|(_, n)| *n == 1)
        .map(|(text, _)| text)
}

/// The text with every `newTag: …` saying `tag`.
fn set_tags(text: &str, tag: &str) -> Option<String> {
    // Quoted where YAML would read a number.
    let written = if tag.parse::<f64>().is_ok() { format!("\"{tag}\"") } else { tag.to_owned() };
    let change = |line: &str| {
        let (indent, _) = line.split_once("newTag: ")?;
        indent.trim().is_empty().then(|| format!("{indent}newTag: {written}"))
    };
    replace_lines(text, change).filter(|(_, count)| *count > 0).map(|(text, _)| text)
}

/// The text with some lines replaced, and how many were.
fn replace_lines(text: &str, change: impl Fn(&str) -> Option<String>) -> Option<(String, usize)> {
    let mut count = 0;
    let mut result = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (bare, end) = line.strip_suffix('\n').map_or((line, ""), |bare| (bare, "\n"));
        match change(bare) {
            Some(new) => {
                count += 1;
                result.push_str(&new);
            }
            None => result.push_str(bare),
        }
        result.push_str(end);
    }
    Some((result, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_replaced_and_nothing_else() {
        let before = "# about JOB_KEY: x\ndata:\n  DATASET_URL: \"old\"\n  JOB_KEY: \"0\"\n";
        let after = set_value(before, "DATASET_URL", "https://x.example/a.csv?b=\"c\"").unwrap();
        assert_eq!(after, before.replace("\"old\"", r#""https://x.example/a.csv?b=\"c\"""#));
    }

    #[test]
    fn a_line_that_is_not_there_or_twice_is_an_error() {
        assert_eq!(set_value("data:\n", "JOB_KEY", "1"), None);
        assert_eq!(set_value("  JOB_KEY: 1\n  JOB_KEY: 2\n", "JOB_KEY", "1"), None);
        assert_eq!(set_tags("images: []\n", "1"), None);
    }

    #[test]
    fn every_tag_is_replaced_and_one_that_looks_like_a_number_is_quoted() {
        let before = "images:\n  - name: a\n    newTag: 0.1.0\n  - name: b\n    newTag: 0.1.0";
        assert_eq!(set_tags(before, "0.2.0").unwrap(), before.replace("0.1.0", "0.2.0"));
        assert_eq!(set_tags(before, "1234567").unwrap(), before.replace("0.1.0", "\"1234567\""));
    }
}
