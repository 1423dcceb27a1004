//! The checked open.

use std::sync::Arc;

use super::columns::Fault;
use super::{FORMAT_VERSION, Header, MAGIC, MAX_HEADER, PREAMBLE, SectionEntry, SectionKind, hash, header, sections};
use crate::Model;
use crate::catalogue::{Catalogue, CatalogueParts, Names, Tail};
use crate::evidence::Evidence;
use crate::memo::NameMemo;
use crate::pace::{Pace, at_once};
use crate::pairs::{ForwardPairs, PairTable, Scale};
use crate::rules::RuleTable;
use crate::scoring::Factors;
use crate::song::ArtistId;
use crate::uris::{UriBytes, Uris};

/// A model file that is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The first bytes are not those of a model file: it is something else, or was transferred as text.
    #[error("not a model file")]
    NotAModel,
    /// Written by a program of another time: use that program, or mine the playlists again.
    #[error("format version {got}, expected {expected}: mine the playlists again, or use the program that wrote it")]
    Version {
        /// The version this program reads.
        expected: u32,
        /// The file's.
        got: u32,
    },
    /// The file is shorter or longer than its header says: its writing or transfer was cut off. Get it again.
    #[error("{got} bytes, expected {expected}: get the file again")]
    Length {
        /// Bytes by the header.
        expected: u64,
        /// Bytes there.
        got: u64,
    },
    /// The bytes of a part are not those that were written. Get the file again.
    #[error("the {part} is damaged (its hash differs): get the file again")]
    Damaged {
        /// `header` or a section's name.
        part: &'static str,
    },
    /// A part holds what no miner writes, under a hash that is right: a bug, or a forged file.
    #[error("the {part} is malformed: {fault}")]
    Malformed {
        /// `header` or a section's name.
        part: &'static str,
        /// What is wrong.
        fault: String,
    },
    /// The file has no such section.
    #[error("the file has no {part} section")]
    Missing {
        /// The section's name.
        part: &'static str,
    },
}

/// The header of a file of which at least the header is there.
///
/// # Errors
/// The bytes are no model file, of another version, cut off within the header, or damaged there.
pub fn read_header(bytes: &[u8]) -> Result<Header, OpenError> {
    let malformed = |fault: String| OpenError::Malformed { part: "header", fault };
    let cut_off = |expected: usize| OpenError::Length { expected: expected as u64, got: bytes.len() as u64 };
    if !bytes.starts_with(&MAGIC[..MAGIC.len().min(bytes.len())]) || bytes.is_empty() {
        return Err(OpenError::NotAModel);
    }
    let preamble = bytes.first_chunk::<PREAMBLE>().ok_or(cut_off(PREAMBLE))?;
    let number = |at: usize| u32::from_le_bytes([preamble[at], preamble[at + 1], preamble[at + 2], preamble[at + 3]]);
    let version = number(8);
    if ![FORMAT_VERSION, header::FORMER_VERSION].contains(&version) {
        return Err(OpenError::Version { expected: FORMAT_VERSION, got: version });
    }
    let length = number(12);
    if u64::from(length) > MAX_HEADER {
        return Err(malformed(format!("it claims {length} bytes")));
    }
    let end = PREAMBLE + length as usize;
    let coded = bytes.get(PREAMBLE..end).ok_or(cut_off(end))?;
    if hash(coded) != u64::from(number(16)) | u64::from(number(20)) << 32 {
        return Err(OpenError::Damaged { part: "header" });
    }
    let header = header::read(coded, version).map_err(|fault| malformed(fault.into()))?;
    if !header.metadata.scoring.is_in_range() {
        return Err(malformed("a scoring parameter is out of its range".into()));
    }
    let mut offset = end as u64;
    for entry in &header.sections {
        if entry.offset != offset {
            return Err(malformed("its sections do not follow one another".into()));
        }
        offset = offset.checked_add(entry.length).ok_or_else(|| malformed("a section is too long".into()))?;
    }
    if header.sections.first().map(|entry| entry.kind) != Some(SectionKind::Core.code()) {
        return Err(malformed("its first section is not the core".into()));
    }
    Ok(header)
}

impl Header {
    /// Bytes of the whole file.
    #[must_use]
    pub fn file_length(&self) -> u64 {
        self.sections.last().map_or(0, |entry| entry.offset + entry.length)
    }

    /// Bytes up to the end of the core: the part that is enough to answer from.
    #[must_use]
    pub fn core_length(&self) -> u64 {
        self.sections.first().map_or(0, |entry| entry.offset + entry.length)
    }
}

impl Model {
    /// Opens a whole model file.
    ///
    /// # Errors
    /// The file is damaged, cut off, of another version, or no model at all; the error says which and what to do.
    pub fn open(bytes: &[u8]) -> Result<Self, OpenError> {
        let header = whole_header(bytes)?;
        let mut model = Self::open_core(bytes)?;
        for (kind, entry) in header.further_sections() {
            model.attach(kind, section_bytes(bytes, entry))?;
        }
        Ok(model)
    }

    /// Opens the beginning of a model file, of which at least the core is there.
    ///
    /// # Errors
    /// As [`Model::open`]; what follows the core is not looked at.
    pub fn open_core(bytes: &[u8]) -> Result<Self, OpenError> {
        at_once(async |pace| Self::open_core_at(pace, bytes).await)
    }

    /// [`Model::open_core`] at a pace.
    ///
    /// # Errors
    /// As there.
    pub async fn open_core_at(pace: &Pace<'_>, bytes: &[u8]) -> Result<Self, OpenError> {
        let header = read_header(bytes)?;
        let (parts, scale, pairs) = header.core(pace, bytes).await?;
        let pairs = PairTable::new(pace, scale, &pairs).await;
        let catalogue = Catalogue::new(pace, parts).await;
        let factors = Factors::new(&header.metadata.scoring, &catalogue);
        Ok(Self {
            header,
            memo: NameMemo::new(catalogue.len()),
            factors,
            catalogue,
            pairs,
            evidence: None,
            rules: None,
            tail: None,
            uris: None,
        })
    }

    /// Adds a section of the same file, as it stands there.
    ///
    /// # Errors
    /// The bytes are not those of the file this model was opened from; the model stays as it is.
    pub fn attach(&mut self, kind: SectionKind, body: &[u8]) -> Result<(), OpenError> {
        let section = self.read_section(kind, body)?;
        self.add(section)
    }

    /// Reads a section of the same file, as it stands there: [`Model::add`] makes it part of the model.
    ///
    /// # Errors
    /// The bytes are not those of the file this model was opened from.
    pub fn read_section(&self, kind: SectionKind, body: &[u8]) -> Result<Section, OpenError> {
        at_once(async |pace| self.read_section_at(pace, kind, body).await)
    }

    /// [`Model::read_section`] at a pace.
    ///
    /// # Errors
    /// As there.
    pub async fn read_section_at(&self, pace: &Pace<'_>, kind: SectionKind, body: &[u8]) -> Result<Section, OpenError> {
        let bounds =
            Bounds { songs: self.catalogue.len(), artists: self.catalogue.artist_count(), pairs: self.pairs.len() };
        let content = match self.header.further(pace, kind, body, bounds).await? {
            Further::Nothing => Content::Nothing,
            Further::Evidence(evidence) => Content::Evidence(evidence),
            Further::Rules(rules) => Content::Rules(rules),
            Further::Tail(titles, artists) => {
                Content::Tail(Box::new(Tail::new(pace, self.catalogue.fold(), titles, artists).await))
            }
            Further::Uris(uris) => Content::Uris(Uris::from_bytes(uris)),
        };
        Ok(Section { file: self.header.sections.clone(), content })
    }

    /// Adds a section that was read for this model or for another of the same file.
    ///
    /// # Errors
    /// It is of another file; the model stays as it is.
    pub fn add(&mut self, section: Section) -> Result<(), OpenError> {
        if section.file != self.header.sections {
            return Err(OpenError::Damaged { part: "section" });
        }
        match section.content {
            Content::Nothing => {}
            Content::Evidence(evidence) => self.evidence = Some(evidence),
            Content::Rules(rules) => self.rules = Some(rules),
            Content::Tail(tail) => self.tail = Some(*tail),
            Content::Uris(uris) => self.uris = Some(uris),
        }
        // More names are known now than when others were found out.
        self.memo = NameMemo::new(self.catalogue.len());
        Ok(())
    }

    /// Whether every section that the file has is here, so that answers are the same as from the whole file.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.header.further_sections().all(|(kind, _)| match kind {
            SectionKind::Core => true,
            SectionKind::Evidence => self.evidence.is_some(),
            SectionKind::Rules => self.rules.is_some(),
            SectionKind::Tail => self.tail.is_some(),
            SectionKind::Uris => self.uris.is_some(),
        })
    }
}

/// Proves a whole file: everything that can fail when it is opened, without the indexes that are made afterwards.
///
/// # Errors
/// As [`Model::open`].
pub(super) fn prove(bytes: &[u8]) -> Result<(), OpenError> {
    let header = whole_header(bytes)?;
    let bounds = {
        let (parts, _, pairs) = at_once(async |pace| header.core(pace, bytes).await)?;
        Bounds { songs: parts.supports.len(), artists: parts.artists.len(), pairs: pairs.others.len() }
    };
    for (kind, entry) in header.further_sections() {
        at_once(async |pace| header.further(pace, kind, section_bytes(bytes, entry), bounds).await)?;
    }
    Ok(())
}

/// A section that is read, proven and indexed, to be added to its model.
#[derive(Debug)]
pub struct Section {
    /// The table of the file that it is of; hashes and all, so that no other file has the same.
    file: Vec<SectionEntry>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// The core, which is there before.
    Nothing,
    Evidence(Evidence),
    Rules(RuleTable),
    Tail(Box<Tail>),
    Uris(Uris),
}

/// What the core says of the other sections.
#[derive(Clone, Copy)]
struct Bounds {
    songs: usize,
    artists: usize,
    pairs: usize,
}

/// A section beyond the core, decoded and proven.
enum Further {
    /// The core, which is read before the others.
    Nothing,
    Evidence(Evidence),
    Rules(RuleTable),
    Tail(Names, Vec<ArtistId>),
    Uris(Arc<[UriBytes]>),
}

impl Header {
    /// The known sections behind the core.
    fn further_sections(&self) -> impl Iterator<Item = (SectionKind, &SectionEntry)> {
        let known = self.sections.iter().filter_map(|entry| Some((SectionKind::from_code(entry.kind)?, entry)));
        known.filter(|(kind, _)| *kind != SectionKind::Core)
    }

    /// The core of a file of which at least the core is there.
    async fn core(&self, pace: &Pace<'_>, bytes: &[u8]) -> Result<(CatalogueParts, Scale, ForwardPairs), OpenError> {
        let (expected, got) = (self.core_length(), bytes.len() as u64);
        if got < expected {
            return Err(OpenError::Length { expected, got });
        }
        let entry = self.section(SectionKind::Core).ok_or(OpenError::Missing { part: "core" })?;
        let body = section_bytes(bytes, entry);
        check_hash(SectionKind::Core, entry, body)?;
        pace.did(body.len()).await;
        sections::read_core(pace, body).await.map_err(malformed(SectionKind::Core))
    }

    async fn further(
        &self,
        pace: &Pace<'_>,
        kind: SectionKind,
        body: &[u8],
        bounds: Bounds,
    ) -> Result<Further, OpenError> {
        let entry = self.section(kind).ok_or(OpenError::Missing { part: kind.name() })?;
        if entry.length != body.len() as u64 {
            return Err(OpenError::Length { expected: entry.length, got: body.len() as u64 });
        }
        check_hash(kind, entry, body)?;
        let read = match kind {
            SectionKind::Core => Ok(Further::Nothing),
            SectionKind::Evidence => sections::read_evidence(pace, body, bounds.pairs).await.map(Further::Evidence),
            SectionKind::Rules => sections::read_rules(body, bounds.songs).map(Further::Rules),
            SectionKind::Tail => {
                sections::read_tail(body, bounds.artists).map(|(titles, artists)| Further::Tail(titles, artists))
            }
            SectionKind::Uris => sections::read_uris(body, bounds.songs).map(Further::Uris),
        };
        read.map_err(malformed(kind))
    }
}

/// The header of a file that is as long as it says.
fn whole_header(bytes: &[u8]) -> Result<Header, OpenError> {
    let header = read_header(bytes)?;
    let (expected, got) = (header.file_length(), bytes.len() as u64);
    if expected == got { Ok(header) } else { Err(OpenError::Length { expected, got }) }
}

/// The bytes of a section of a file that is known to hold it.
fn section_bytes<'a>(bytes: &'a [u8], entry: &SectionEntry) -> &'a [u8] {
    &bytes[entry.offset as usize..(entry.offset + entry.length) as usize]
}

fn check_hash(kind: SectionKind, entry: &SectionEntry, body: &[u8]) -> Result<(), OpenError> {
    if hash(body) == entry.hash { Ok(()) } else { Err(OpenError::Damaged { part: kind.name() }) }
}

fn malformed(kind: SectionKind) -> impl Fn(Fault) -> OpenError {
    move |fault| OpenError::Malformed { part: kind.name(), fault: fault.into() }
}
