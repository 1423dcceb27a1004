//! Writing a model file.

use bincode::Options as _;

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
pub fn write(mut parts: Parts) -> Result<Vec<u8>, WriteError> {
    let counts = &mut parts.metadata.counts;
    counts.songs = parts.catalogue.supports.len() as u32;
    counts.tail_songs = parts.tail.artists.len() as u32;
    counts.artists = parts.catalogue.artists.len() as u32;
    counts.pairs = parts.pairs.others.len() as u64;
    counts.multi_item_rules = parts.rules.all().len() as u64;

    // What is coded is let go of: large models are then in memory one and a half times, not three times.
    let Parts { metadata, catalogue, scale, pairs, together, rules, tail, uris } = parts;
    let mut bodies = vec![(SectionKind::Core, sections::write_core(&catalogue, scale, &pairs))];
    drop((catalogue, pairs));
    bodies.push((SectionKind::Evidence, sections::write_evidence(&together)));
    drop(together);
    bodies.push((SectionKind::Rules, sections::write_rules(&rules)));
    drop(rules);
    bodies.push((SectionKind::Tail, sections::write_tail(&tail.titles, &tail.artists)));
    drop(tail);
    if let Some(uris) = uris {
        bodies.push((SectionKind::Uris, sections::write_uris(&uris)));
    }
    let bytes = assemble(metadata, &bodies)?;
    drop(bodies);
    prove(&bytes)?;
    Ok(bytes)
}

/// The core section of a model with these parts: to see how large it would be.
#[must_use]
pub fn core_section(catalogue: &CatalogueParts, scale: Scale, pairs: &ForwardPairs) -> Vec<u8> {
    sections::write_core(catalogue, scale, pairs)
}

pub(super) fn assemble(metadata: Metadata, bodies: &[(SectionKind, Vec<u8>)]) -> Result<Vec<u8>, bincode::Error> {
    let entry = |(kind, body): &(SectionKind, Vec<u8>)| SectionEntry::new(kind.code(), body);
    let mut bytes = beginning(&mut Header { metadata, sections: bodies.iter().map(entry).collect() })?;
    for (_, body) in bodies {
        bytes.extend_from_slice(body);
    }
    Ok(bytes)
}

/// A file up to its first section. Offsets of sections are put into the header on the way.
pub(super) fn beginning(header: &mut Header) -> Result<Vec<u8>, bincode::Error> {
    // Integers have a fixed width, so the offsets do not change the header's length.
    let header_length = header_options().serialized_size(header)?;
    let mut offset = PREAMBLE as u64 + header_length;
    for entry in &mut header.sections {
        entry.offset = offset;
        offset += entry.length;
    }
    let coded = header_options().serialize(header)?;
    let mut bytes = Vec::with_capacity(offset as usize);
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
