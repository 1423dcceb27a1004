//! A model being served: opened for answers, and as bytes for browsers.

use std::cell::RefCell;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::http::HeaderValue;
use bytes::Bytes;
use segue_model::Model;
use segue_model::file::{OpenError, SectionKind};
use segue_model::uris::UriBytes;
use segue_store::{ModelHash, Timestamp};

use crate::coding::{Coding, decode_brotli};

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
    length: usize,
    /// As it is in the file. Once there is brotli, only while somebody takes it.
    plain: Mutex<Option<Bytes>>,
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

/// The section of URIs: the model holds it as the file has it, so that a copy for downloads is not needed.
struct UrisSection(Arc<[UriBytes]>);

impl AsRef<[u8]> for UrisSection {
    fn as_ref(&self) -> &[u8] {
        self.0.as_flattened()
    }
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
        let uris = model.uris().map(|uris| Bytes::from_owner(UrisSection(Arc::clone(uris.by_song()))));
        // The checked open has proven that the sections follow one another and end where the file ends.
        let parts = SectionKind::ALL
            .into_iter()
            .filter_map(|kind| {
                let entry = header.section(kind)?;
                let start = if kind == SectionKind::Core { 0 } else { entry.offset as usize };
                let of_file = || file.slice(start..(entry.offset + entry.length) as usize);
                let of_model = uris.clone().filter(|_| kind == SectionKind::Uris);
                let bytes = of_model.unwrap_or_else(of_file);
                Some(Part {
                    kind,
                    length: bytes.len(),
                    plain: Mutex::new(Some(bytes)),
                    brotli: OnceLock::new(),
                    zstd: OnDemand::default(),
                    gzip: OnDemand::default(),
                })
            })
            .collect();
        let hash_text = hash.to_string();
        Ok(Self { model, hash, hash_text, model_date, parts })
    }

    /// The hash as a header's value: each thread's own, since whoever counts what is shared by all waits for the others.
    #[must_use]
    pub fn hash_value(&self) -> HeaderValue {
        thread_local! {
            static LAST: RefCell<Option<(ModelHash, HeaderValue)>> = const { RefCell::new(None) };
        }
        LAST.with_borrow_mut(|last| match last {
            Some((hash, value)) if *hash == self.hash => value.clone(),
            _ => {
                // Hexadecimal digits are always a valid value.
                let value = HeaderValue::from_str(&self.hash_text).unwrap_or(HeaderValue::from_static(""));
                last.insert((self.hash, value)).1.clone()
            }
        })
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
        let coded = slot.get_or_init(|| {
            let plain = self.plain().ok()?;
            let coded = coding.encode(&plain).ok()?;
            let worth_it = coded.len() < self.length - self.length / 20;
            worth_it.then(|| coded.into())
        });
        if coding == Coding::Brotli {
            let mut plain = self.plain.lock().unwrap_or_else(PoisonError::into_inner);
            // A copy, since a piece of the file keeps all of it; the model's own bytes stay in any case.
            let keep =
                |bytes: Bytes| if self.kind == SectionKind::Uris { bytes } else { Bytes::copy_from_slice(&bytes) };
            *plain = plain.take().filter(|_| coded.is_none()).map(keep);
        }
    }

    /// Lets go of the bytes as they are, if they can be had from brotli and nobody is taking them.
    pub fn let_go(&self) {
        if self.brotli.get().is_some_and(Option::is_some) {
            // Who holds the lock is about to take them.
            let Ok(mut plain) = self.plain.try_lock() else { return };
            drop(plain.take_if(|bytes| bytes.is_unique()));
        }
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

    /// The first of these codings that is made; [`Coding::Identity`] if none is.
    #[must_use]
    pub fn best_of(&self, codings: &[Coding]) -> Coding {
        let is_made = |&coding: &Coding| self.slot(coding).is_none_or(|slot| matches!(slot.get(), Some(Some(_))));
        codings.iter().copied().find(is_made).unwrap_or(Coding::Identity)
    }

    /// The part in a coding, if that is in memory.
    #[must_use]
    pub fn at_hand(&self, coding: Coding) -> Option<Bytes> {
        match self.slot(coding) {
            Some(slot) => slot.get()?.clone(),
            None => self.plain.try_lock().ok()?.clone(),
        }
    }

    /// The bytes as they are. May take as long as decoding them: not for a thread that serves.
    ///
    /// # Errors
    /// Brotli does not decode what it coded, as far as is known never.
    pub fn plain(&self) -> io::Result<Bytes> {
        let mut plain = self.plain.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = &*plain {
            return Ok(bytes.clone());
        }
        let coded = self.brotli.get().cloned().flatten().ok_or(io::ErrorKind::NotFound)?;
        let decoded = Bytes::from(decode_brotli(&coded, self.length)?);
        Ok(plain.insert(decoded).clone())
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
