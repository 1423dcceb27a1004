//! Segue's model: what the miner writes and everyone else reads.
//!
//! A model is one immutable file. The miner makes it from playlists; the server, the browser and the command line open
//! it and [`answer`](answer::answer) requests from it. All of them run this crate, so they give the same answer, bit
//! for bit.
//!
//! ```
//! use segue_model::{Model, answer::answer, api::Request, scoring::Scratch};
//!
//! # fn example(bytes: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! let model = Model::open(bytes)?; // checked once: after this no look-up can fail
//! let request = Request::new(vec!["Yesterday".into(), "Queen - Bohemian Rhapsody".into()]);
//! let response = answer(&model, &request, &mut Scratch::default())?;
//! for song in response.songs {
//!     println!("{song}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # The rooms, lowest first
//! - [`fold`], [`song`], [`catalogue`], [`uris`]: which songs there are, and when two names are the same;
//! - [`pairs`], [`evidence`], [`rules`]: what goes with what, and the counts that show it;
//! - [`resolve`], [`search`], [`scoring`], [`explain`]: from what was typed to songs, from songs to a ranked list, and why;
//! - [`metadata`], [`file`](mod@file), [`pace`]: what a model says of itself, how all of this is stored, and opened bit by bit;
//! - [`api`], [`answer`]: a request, its options, the response.
//!
//! Nothing here does I/O, reads a clock, starts a thread or draws a random number.

pub mod answer;
pub mod api;
pub mod catalogue;
pub mod evidence;
pub mod explain;
pub mod file;
pub mod fold;
mod grams;
mod memo;
pub mod metadata;
pub mod pace;
pub mod pairs;
pub mod resolve;
pub mod rules;
pub mod scoring;
pub mod search;
pub mod song;
pub mod sort;
pub mod uris;

use catalogue::{Catalogue, Tail};
use evidence::Evidence;
use file::Header;
use memo::NameMemo;
use metadata::Metadata;
use pairs::PairTable;
use rules::RuleTable;
use scoring::Factors;
use uris::Uris;

/// An open model: its core, and those of the other sections that are at hand.
///
/// [`Model::open`] takes a whole file; [`Model::open_core`] its beginning, to which [`Model::attach`] adds.
/// [`Model::open_core_at`] and [`Model::read_section_at`] do the same in steps.
#[derive(Clone, Debug)]
pub struct Model {
    header: Header,
    catalogue: Catalogue,
    pairs: PairTable,
    evidence: Option<Evidence>,
    rules: Option<RuleTable>,
    tail: Option<Tail>,
    uris: Option<Uris>,
    memo: NameMemo,
    factors: Factors,
}

impl Model {
    /// Facts about the model.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.header.metadata
    }

    /// The file's header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Every song in two playlists or more.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Which songs go together, and how strongly.
    #[must_use]
    pub fn pairs(&self) -> &PairTable {
        &self.pairs
    }

    /// The counts behind the pairs, if that section is here.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        self.evidence.as_ref()
    }

    /// Rules with several antecedent songs, if that section is here.
    #[must_use]
    pub fn rules(&self) -> Option<&RuleTable> {
        self.rules.as_ref()
    }

    /// Songs seen in one playlist, if that section is here.
    #[must_use]
    pub fn tail(&self) -> Option<&Tail> {
        self.tail.as_ref()
    }

    /// URIs of songs, if that section is here.
    #[must_use]
    pub fn uris(&self) -> Option<&Uris> {
        self.uris.as_ref()
    }
}
