//! A model being served: opened for answers, and as bytes for browsers.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::HeaderValue;
use bytes::Bytes;
use segue_model::Model;
use segue_model::file::{OpenError, SectionKind};
use segue_store::{ModelHash, Timestamp};

use crate::coding::Coding;

/// A model being served.
#[derive(Debug)]
pub struct Served {
    /// The model.
    pub model: Model,
    /// SHA-256 of its file.
    pub hash: ModelHash,
    /// The same in hexadecimal.
    pub hash_text: String,
    /// When the model was made, as the alias has it.
    pub model_date: Timestamp,
    parts: Vec<Part>,
}

/// A part of the file that can be downloaded, with its codings once they are made.
#[derive(Debug)]
pub struct Part {
    /// Which section. [`SectionKind::Core`] is everything from the beginning of the file to the end of that section.
    pub kind: SectionKind,
    bytes: Bytes,
    /// What browsers take; made of every model.
    brotli: OnceLock<Option<Bytes>>,
    /// For whoever takes no brotli, hardly anybody: made once somebody has asked.
    zstd: OnDemand,
    gzip: OnDemand,
}

/// A coding that is made for those who follow whoever asks for it first.
#[derive(Debug, Default)]
struct OnDemand {
    coded: OnceLock<Option<Bytes>>,
    is_asked_for: AtomicBool,
}

impl Served {
    /// Opens a model file. Takes as long as the checks of [`Model::open`] take.
    ///
    /// # Errors
    /// The file is not a model that this server can read.
    pub fn open(file: Vec<u8>, hash: ModelHash, model_date: Timestamp) -> Result<Self, OpenError> {
        let model = Model::open(&file)?;
        let file = Bytes::from(file);
        let header = model.header();
        // The checked open has proven that the sections follow one another and end where the file ends.
        let parts = SectionKind::ALL
            .into_iter()
            .filter_map(|kind| {
                let entry = header.section(kind)?;
                let start = if kind == SectionKind::Core { 0 } else { entry.offset as usize };
                let bytes = file.slice(start..(entry.offset + entry.length) as usize);
                Some(Part {
                    kind,
                    bytes,
                    brotli: OnceLock::new(),
                    zstd: OnDemand::default(),
                    gzip: OnDemand::default(),
                })
            })
            .collect();
        let hash_text = hash.to_string();
        Ok(Self { model, hash, hash_text, model_date, parts })
    }

    /// The hash as a header's value: a copy, since whoever counts what is shared by all waits for the other threads.
    #[must_use]
    pub fn hash_value(&self) -> HeaderValue {
        // Hexadecimal digits are always a valid value.
        HeaderValue::from_str(&self.hash_text).unwrap_or(HeaderValue::from_static(""))
    }

    /// Everything that can be downloaded, in the order of the file.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The part of a section, if the file has it.
    #[must_use]
    pub fn part(&self, kind: SectionKind) -> Option<&Part> {
        self.parts.iter().find(|part| part.kind == kind)
    }
}

impl Part {
    /// Makes a compressed form, if it is worth it. Takes long: not for a thread that serves.
    pub fn compress(&self, coding: Coding) {
        let Some(slot) = self.slot(coding) else { return };
        slot.get_or_init(|| {
            let coded = coding.encode(&self.bytes).ok()?;
            let worth_it = coded.len() < self.bytes.len() - self.bytes.len() / 20;
            worth_it.then(|| coded.into())
        });
    }

    /// The coding that somebody who takes these, best first, would like best, if it is made on demand and they are the
    /// first to ask: then it is to be made.
    #[must_use]
    pub fn first_demand(&self, codings: &[Coding]) -> Option<Coding> {
        let wanted = *codings.first()?;
        let on_demand = match wanted {
            Coding::Zstd => &self.zstd,
            Coding::Gzip => &self.gzip,
            Coding::Brotli | Coding::Identity => return None,
        };
        (!on_demand.is_asked_for.swap(true, Ordering::Relaxed)).then_some(wanted)
    }

    /// The part in the first of these codings that is at hand; as it is if none is.
    #[must_use]
    pub fn in_best_of(&self, codings: &[Coding]) -> (Coding, Bytes) {
        let at_hand = |coding| match self.slot(coding) {
            Some(slot) => slot.get().cloned().flatten(),
            None => Some(self.bytes.clone()),
        };
        codings
            .iter()
            .find_map(|&coding| at_hand(coding).map(|bytes| (coding, bytes)))
            .unwrap_or_else(|| (Coding::Identity, self.bytes.clone()))
    }

    /// Where a compressed form is kept.
    fn slot(&self, coding: Coding) -> Option<&OnceLock<Option<Bytes>>> {
        match coding {
            Coding::Brotli => Some(&self.brotli),
            Coding::Zstd => Some(&self.zstd.coded),
            Coding::Gzip => Some(&self.gzip.coded),
            Coding::Identity => None,
        }
    }
}
