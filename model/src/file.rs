//! The model file.
//!
//! ```text
//! magic "segue\0\r\n" · format version u32 · header length u32 · header xxh3 u64 · header · core · evidence · …
//! ```
//!
//! All integers are little-endian. The header is [`Header`] in bincode: the metadata and a table of the sections that
//! follow it. `core` always comes first, so **the beginning of a file up to the end of `core` is itself enough to
//! answer from**: that is what a browser downloads first. The other sections can be attached to it later, in any
//! order. Sections are column-coded and not compressed; they are made to compress well in transit.
//!
//! Opening proves every length, offset and id to be in range. After that no look-up can fail.

mod columns;
mod extend;
mod header;
mod open;
mod sections;
mod write;

use serde::{Deserialize, Serialize};

pub use extend::with_section;
pub use open::{OpenError, Section, read_header};
pub use write::{Parts, TailParts, WriteError, core_section, write, write_with_notes};

use crate::metadata::Metadata;

/// First bytes of every model file. The line end shows a file that was mangled as text.
pub const MAGIC: [u8; 8] = *b"segue\0\r\n";

/// Version of the format that is written. This version and the one before are read; a newer file needs a newer program,
/// an older one must be mined again. Version 3 added the size budget to the metadata, [`Mining::budget`].
///
/// [`Mining::budget`]: crate::metadata::Mining::budget
pub const FORMAT_VERSION: u32 = 3;

/// The quality of the brotli that a model is sent in, and that size budgets are measured with. 5 takes some 15 ms a
/// megabyte and leaves 6 % to the best, which takes 40 times as long.
pub const BROTLI_QUALITY: u8 = 5;

/// Bytes before the header.
const PREAMBLE: usize = 24;

/// Longest header that is read, bytes.
const MAX_HEADER: u64 = 1 << 20;

/// What the file says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Facts about the model.
    pub metadata: Metadata,
    /// Where its parts are.
    pub sections: Vec<SectionEntry>,
}

impl Header {
    /// The entry of a section, if the file has it.
    #[must_use]
    pub fn section(&self, kind: SectionKind) -> Option<&SectionEntry> {
        self.sections.iter().find(|entry| entry.kind == kind.code())
    }
}

/// Where a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionEntry {
    /// [`SectionKind::code`]; sections of unknown kinds are left alone.
    pub kind: u32,
    /// First byte, from the beginning of the file.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// XXH3-64 of those bytes.
    pub hash: u64,
}

impl SectionEntry {
    /// The entry of a section whose place is not known yet.
    fn new(kind: u32, body: &[u8]) -> Self {
        Self { kind, offset: 0, length: body.len() as u64, hash: hash(body) }
    }
}

/// The sections of a model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SectionKind {
    /// Names, works, artists, supports, fold table, pair weights: enough to answer.
    Core,
    /// Exact number of playlists with both songs of each pair.
    Evidence,
    /// Rules with several antecedent songs.
    Rules,
    /// Songs seen in one playlist.
    Tail,
    /// URIs of songs.
    Uris,
}

impl SectionKind {
    /// Every kind, in the order of the file.
    pub const ALL: [Self; 5] = [Self::Core, Self::Evidence, Self::Rules, Self::Tail, Self::Uris];

    /// The number that stands for the kind in a file.
    #[must_use]
    pub fn code(self) -> u32 {
        match self {
            Self::Core => 1,
            Self::Evidence => 2,
            Self::Rules => 3,
            Self::Tail => 4,
            Self::Uris => 5,
        }
    }

    /// The kind's name, as in URLs and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Evidence => "evidence",
            Self::Rules => "rules",
            Self::Tail => "tail",
            Self::Uris => "uris",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn from_code(code: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

fn hash(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}
