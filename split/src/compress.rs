//! Compressed forms beside files, made once at their best: what servers of files send to whoever takes them.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Endings of the files that are worth it.
const WORTH_IT: [&str; 3] = ["css", "js", "wasm"];

/// Writes `FILE.br` and `FILE.gz` beside each style, script and program in a folder that has a hash of its content in its
/// name: such files are never changed, so these always are of the same content.
pub(crate) fn compress(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        if !WORTH_IT.contains(&&*ending) || !has_hash(&name) {
            continue;
        }
        let content = fs::read(&path).with_context(|| format!("{name} cannot be read"))?;
        for (ending, compressed) in [("br", brotli(&content)?), ("gz", gzip(&content)?)] {
            if compressed.len() < content.len() {
                fs::write(folder.join(format!("{name}.{ending}")), compressed)?;
            }
        }
    }
    Ok(())
}

fn has_hash(name: &str) -> bool {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| word.len() >= 14 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let options = BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &options)?;
    Ok(compressed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn files_that_never_change_get_compressed_forms_of_their_content() {
        let folder = std::env::temp_dir().join(format!("segue-split-compress-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let text = "the same over and over ".repeat(100);
        for name in ["style-0123456789abcdef.css", "index.html", "service-worker.js", "tiny-0123456789abcdef.js"] {
            fs::write(folder.join(name), if name.starts_with("tiny") { "1" } else { &text }).unwrap();
        }
        compress(&folder).unwrap();
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        let mut unpacked = (Vec::new(), String::new());
        brotli::BrotliDecompress(&mut &read("style-0123456789abcdef.css.br")[..], &mut unpacked.0).unwrap();
        flate2::read::GzDecoder::new(&read("style-0123456789abcdef.css.gz")[..])
            .read_to_string(&mut unpacked.1)
            .unwrap();
        let count = fs::read_dir(&folder).unwrap().count();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(unpacked, (text.clone().into_bytes(), text));
        assert_eq!(count, 6, "nothing else is made");
    }
}
