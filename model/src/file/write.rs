//! Writing a model file.

use bincode::Options as _;

use super::columns::Writer;
use super::open::prove;
use super::{FORMAT_VERSION, Header, MAGIC, MAX_HEADER, PREAMBLE, SectionEntry, SectionKind, hash, sections};
use crate::catalogue::{CatalogueParts, Names};
use crate::metadata::Metadata;
use crate::pairs::{ForwardPairs, Scale};
use crate::rules::RuleTable;
use crate::song::ArtistId;
use crate::uris::Uris;

/// Everything a model file is made of. `metadata.counts` is filled in by [`write`].
#[derive(Clone, Debug)]
pub struct Parts {
    /// Facts about the model.
    pub metadata: Metadata,
    /// Names, artists, supports, works, fold table.
    pub catalogue: CatalogueParts,
    /// What the levels of the pairs stand for.
    pub scale: Scale,
    /// Pairs with the levels of their weights.
    pub pairs: ForwardPairs,
    /// Playlists with both songs of each pair, in the same order.
    pub together: Vec<u32>,
    /// Rules with several antecedent songs.
    pub rules: RuleTable,
    /// Songs seen in one playlist.
    pub tail: TailParts,
    /// URIs by song, if the data set has any.
    pub uris: Option<Uris>,
}

/// Songs seen in one playlist.
#[derive(Clone, Debug, Default)]
pub struct TailParts {
    /// Their titles.
    pub titles: Names,
    /// The artist of each.
    pub artists: Vec<ArtistId>,
}

/// A model that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The parts do not fit together; a bug in whoever made them.
    #[error("the parts of the model do not fit together: {0}")]
    Inconsistent(#[from] super::OpenError),
    /// The header could not be coded: metadata of more than a megabyte.
    #[error("the model's metadata cannot be written: {0}")]
    Metadata(#[from] bincode::Error),
}

/// The bytes of a model file. Equal parts give equal bytes.
///
/// # Errors
/// The parts do not fit together, which is found by reading what was written.
pub fn write(parts: Parts) -> Result<Vec<u8>, WriteError> {
    write_with_notes(parts, &[])
}

/// The same with notes of whoever makes the model: sections at the end of the file that readers pass over, each under a
/// code that no [`SectionKind`] has.
///
/// # Errors
/// As [`write`].
///
/// # Panics
/// A code is that of a [`SectionKind`].
pub fn write_with_notes(mut parts: Parts, notes: &[(u32, Vec<u8>)]) -> Result<Vec<u8>, WriteError> {
    assert!(notes.iter().all(|&(code, _)| SectionKind::from_code(code).is_none()), "a code is taken");
    let counts = &mut parts.metadata.counts;
    counts.songs = parts.catalogue.supports.len() as u32;
    counts.tail_songs = parts.tail.artists.len() as u32;
    counts.artists = parts.catalogue.artists.len() as u32;
    counts.pairs = parts.pairs.others.len() as u64;
    counts.multi_item_rules = parts.rules.len() as u64;

    // What is coded is let go of: large models are then in memory one and a half times, not three times.
    let Parts { metadata, catalogue, scale, pairs, together, rules, tail, uris } = parts;
    let kinds = [SectionKind::Core, SectionKind::Evidence, SectionKind::Rules, SectionKind::Tail];
    let kinds = kinds.into_iter().chain(uris.as_ref().map(|_| SectionKind::Uris)).map(SectionKind::code);
    let mut assembly = Assembly::new(metadata, kinds.chain(notes.iter().map(|&(code, _)| code)))?;
    assembly.section(|writer| sections::write_core(writer, &catalogue, scale, &pairs));
    drop((catalogue, pairs));
    assembly.section(|writer| sections::write_evidence(writer, &together));
    drop(together);
    assembly.section(|writer| sections::write_rules(writer, &rules));
    drop(rules);
    assembly.section(|writer| sections::write_tail(writer, &tail.titles, &tail.artists));
    drop(tail);
    if let Some(uris) = uris {
        assembly.section(|writer| sections::write_uris(writer, &uris));
    }
    for (_, note) in notes {
        assembly.section(|writer| writer.raw(note));
    }
    let bytes = assembly.finish()?;
    prove(&bytes)?;
    Ok(bytes)
}

/// The core section of a model with these parts: to see how large it would be.
#[must_use]
pub fn core_section(catalogue: &CatalogueParts, scale: Scale, pairs: &ForwardPairs) -> Vec<u8> {
    let mut writer = Writer::default();
    sections::write_core(&mut writer, catalogue, scale, pairs);
    writer.into_bytes()
}

/// A file being written section by section, behind room for its beginning.
pub(super) struct Assembly {
    header: Header,
    /// Sections that are there.
    done: usize,
    writer: Writer,
}

impl Assembly {
    /// A file that is going to have sections with these codes, in this order.
    pub(super) fn new(metadata: Metadata, codes: impl Iterator<Item = u32>) -> Result<Self, bincode::Error> {
        let mut header = Header { metadata, sections: codes.map(|code| SectionEntry::new(code, &[])).collect() };
        let room = beginning(&mut header)?;
        Ok(Self { header, done: 0, writer: Writer::behind(room) })
    }

    /// Writes the next section.
    pub(super) fn section(&mut self, write: impl FnOnce(&mut Writer)) {
        let start = self.writer.bytes().len();
        write(&mut self.writer);
        let entry = &mut self.header.sections[self.done];
        *entry = SectionEntry::new(entry.kind, &self.writer.bytes()[start..]);
        self.done += 1;
    }

    /// The file, once all sections are there.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, bincode::Error> {
        let beginning = beginning(&mut self.header)?;
        let mut bytes = self.writer.into_bytes();
        bytes[..beginning.len()].copy_from_slice(&beginning);
        Ok(bytes)
    }
}

/// A file up to its first section. Offsets of sections are put into the header on the way.
pub(super) fn beginning(header: &mut Header) -> Result<Vec<u8>, bincode::Error> {
    // Integers have a fixed width, so neither offsets nor lengths and hashes change the header's length.
    let header_length = header_options().serialized_size(header)?;
    let mut offset = PREAMBLE as u64 + header_length;
    for entry in &mut header.sections {
        entry.offset = offset;
        offset += entry.length;
    }
    let coded = header_options().serialize(header)?;
    let mut bytes = Vec::with_capacity(PREAMBLE + coded.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&(coded.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&hash(&coded).to_le_bytes());
    bytes.extend_from_slice(&coded);
    Ok(bytes)
}

pub(super) fn header_options() -> impl bincode::Options {
    bincode::DefaultOptions::new().with_fixint_encoding().with_limit(MAX_HEADER).reject_trailing_bytes()
}
