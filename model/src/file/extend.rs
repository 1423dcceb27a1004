//! Sections that are no part of the model: notes of whoever makes it, which readers pass over.

use super::{Header, OpenError, SectionEntry, SectionKind, WriteError, hash, read_header, write};

impl Header {
    /// The bytes of the section with this code in a whole file, if the file has it undamaged.
    ///
    /// For sections that are no [`SectionKind`]; the others are read by [`Model::open`](crate::Model::open).
    #[must_use]
    pub fn section_bytes<'a>(&self, file: &'a [u8], code: u32) -> Option<&'a [u8]> {
        let entry = self.sections.iter().find(|entry| entry.kind == code)?;
        let start = usize::try_from(entry.offset).ok()?;
        let end = start.checked_add(usize::try_from(entry.length).ok()?)?;
        file.get(start..end).filter(|body| hash(body) == entry.hash)
    }
}

/// A model file with one more section at its end, under a code that no [`SectionKind`] has. Answers stay the same; the
/// file's hash does not.
///
/// # Errors
/// The bytes are no whole model file, or its header cannot grow.
///
/// # Panics
/// The code is that of a [`SectionKind`].
pub fn with_section(file: &[u8], code: u32, body: &[u8]) -> Result<Vec<u8>, WriteError> {
    assert!(SectionKind::from_code(code).is_none(), "the code is taken");
    let mut header = read_header(file)?;
    let (expected, got) = (header.file_length(), file.len() as u64);
    let start = header.sections.first().map_or(expected, |entry| entry.offset);
    if expected != got {
        return Err(OpenError::Length { expected, got }.into());
    }
    header.sections.push(SectionEntry::new(code, body));
    let mut bytes = write::beginning(&mut header)?;
    bytes.reserve_exact(file.len() - start as usize + body.len());
    bytes.extend_from_slice(&file[start as usize..]);
    bytes.extend_from_slice(body);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Metadata;

    const CODE: u32 = 1_000;

    fn file() -> Vec<u8> {
        let kinds = [SectionKind::Core, SectionKind::Tail].map(SectionKind::code);
        let mut assembly = write::Assembly::new(Metadata::default(), kinds.into_iter()).unwrap();
        assembly.section(|writer| writer.raw(b"core"));
        assembly.section(|writer| writer.raw(b"tail"));
        assembly.finish().unwrap()
    }

    #[test]
    fn a_note_is_found_again_and_changes_nothing_else() {
        let plain = file();
        let noted = with_section(&plain, CODE, b"note").unwrap();
        let noted = with_section(&noted, CODE + 1, b"another").unwrap();
        let header = read_header(&noted).unwrap();
        assert_eq!(header.file_length(), noted.len() as u64);
        for (code, body) in [(1, &b"core"[..]), (4, b"tail"), (CODE, b"note"), (CODE + 1, b"another")] {
            assert_eq!(header.section_bytes(&noted, code), Some(body));
        }
        assert_eq!(header.section_bytes(&noted, CODE + 2), None);
        assert_eq!(header.metadata, read_header(&plain).unwrap().metadata);
    }

    #[test]
    fn damaged_notes_are_not_there_and_damaged_files_get_none() {
        let plain = file();
        let mut noted = with_section(&plain, CODE, b"note").unwrap();
        let header = read_header(&noted).unwrap();
        *noted.last_mut().unwrap() ^= 1;
        assert_eq!(header.section_bytes(&noted, CODE), None);
        assert_eq!(header.section_bytes(&noted[..noted.len() - 1], CODE), None);
        assert!(with_section(&plain[..plain.len() - 1], CODE, b"note").is_err());
        assert!(with_section(b"no model", CODE, b"note").is_err());
    }
}
