//! Right lengths and hashes for altered model files.

use segue_model::file::{FORMAT_VERSION, MAGIC};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes before the header: magic, version, the header's length, its hash.
const PREAMBLE: usize = 24;

/// Bytes of an entry in the header's table: kind u32, offset u64, length u64, hash u64.
const ENTRY: usize = 28;

/// Most entries that are looked for.
const MOST_ENTRIES: usize = 8;

/// The file with magic, a version that is read, lengths, offsets and hashes put right, and everything else as it is.
///
/// The table of the sections is the header's last part, behind its length, in both versions of the format. Where it is
/// not found only the header's own hash is mended, and its decoder gets what is there.
#[must_use]
pub fn mend(file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    file.resize(file.len().max(PREAMBLE), 0);
    file[..8].copy_from_slice(&MAGIC);
    if ![FORMAT_VERSION, FORMAT_VERSION - 1].contains(&number(&file, 8)) {
        file[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    }
    let length = (number(&file, 12) as usize).min(file.len() - PREAMBLE);
    file[12..16].copy_from_slice(&(length as u32).to_le_bytes());
    let (head, body) = file.split_at_mut(PREAMBLE + length);
    if let Some(entries) = entries(&mut head[PREAMBLE..]) {
        mend_sections(entries, PREAMBLE + length, body);
    }
    let hash = xxh3_64(&head[PREAMBLE..]);
    head[16..24].copy_from_slice(&hash.to_le_bytes());
    file
}

/// The entries of the table at the end of a header.
fn entries(header: &mut [u8]) -> Option<&mut [u8]> {
    let counted = (1..=MOST_ENTRIES).find(|&count| {
        let start = header.len().checked_sub(count * ENTRY + 8);
        start.is_some_and(|start| header[start..start + 8] == (count as u64).to_le_bytes())
    })?;
    let start = header.len() - counted * ENTRY;
    Some(&mut header[start..])
}

/// Makes sections follow one another; the last takes what is left.
fn mend_sections(entries: &mut [u8], mut offset: usize, mut body: &[u8]) {
    let count = entries.len() / ENTRY;
    for (at, entry) in entries.chunks_exact_mut(ENTRY).enumerate() {
        let claimed = u64::from_le_bytes(entry[12..20].try_into().unwrap_or_default());
        let length = if at + 1 == count { body.len() } else { body.len().min(claimed as usize) };
        let (section, rest) = body.split_at(length);
        body = rest;
        entry[4..12].copy_from_slice(&(offset as u64).to_le_bytes());
        entry[12..20].copy_from_slice(&(length as u64).to_le_bytes());
        entry[20..28].copy_from_slice(&xxh3_64(section).to_le_bytes());
        offset += length;
    }
}

fn number(file: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]])
}

#[cfg(test)]
mod tests {
    use segue_model::Model;

    use super::*;

    #[test]
    fn a_whole_file_stays_as_it_is() {
        for (name, file) in crate::seeds::models() {
            assert_eq!(mend(&file), file, "{name}");
        }
    }

    #[test]
    fn behind_an_altered_byte_the_decoders_are_reached() {
        for (name, whole) in crate::seeds::models() {
            let mut reached = 0;
            for at in (0..whole.len()).step_by(7) {
                let mut altered = whole.clone();
                altered[at] ^= 0x11;
                let error = Model::open(&mend(&altered)).err().map(|error| error.to_string()).unwrap_or_default();
                assert!(!error.contains("damaged"), "{name}: byte {at}: {error}");
                reached += usize::from(error.is_empty() || error.contains("malformed"));
            }
            assert!(reached > whole.len() / 10, "{name}: {reached}");
        }
    }
}
