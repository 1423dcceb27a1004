//! Reading a header: what [`bincode`] writes, field by field.
//!
//! Integers and lengths have their full width, a choice is a byte (0: none). bincode itself reads through serde, which
//! weighs several kilobytes in a browser, and knows nothing of what the version before had.

use super::columns::{Fault, Reader};
use super::{FORMAT_VERSION, Header, SectionEntry};
use crate::metadata::{Budget, Counts, DataSet, Learned, Metadata, Metric, Mining};
use crate::scoring::Scoring;

/// The version before [`FORMAT_VERSION`], which knew nothing of budgets.
pub(super) const FORMER_VERSION: u32 = 2;

/// The header of these bytes, in the format of this version: the present one or the one before.
///
/// # Errors
/// They are no header of that version.
pub(super) fn read(coded: &[u8], version: u32) -> Result<Header, Fault> {
    let mut fields = Fields(Reader::new(coded));
    let header = Header {
        metadata: Metadata {
            model_date: fields.text()?,
            miner_version: fields.text()?,
            data_set: fields.data_set()?,
            counts: fields.counts()?,
            mining: fields.mining(version)?,
            scoring: fields.scoring()?,
            evaluation: fields.list(|fields| Ok(Metric { name: fields.text()?, value: fields.float()? }))?,
        },
        sections: fields.list(Fields::section)?,
    };
    fields.0.finish()?;
    Ok(header)
}

/// A header's fields, one after another.
struct Fields<'a>(Reader<'a>);

impl Fields<'_> {
    fn data_set(&mut self) -> Result<DataSet, Fault> {
        Ok(DataSet {
            name: self.text()?,
            notice: self.text()?,
            sha256: self.text()?,
            rows: self.long()?,
            unreadable_rows: self.long()?,
            playlists: self.integer()?,
        })
    }

    fn counts(&mut self) -> Result<Counts, Fault> {
        Ok(Counts {
            songs: self.integer()?,
            tail_songs: self.integer()?,
            artists: self.integer()?,
            pairs: self.long()?,
            multi_item_rules: self.long()?,
        })
    }

    fn mining(&mut self, version: u32) -> Result<Mining, Fault> {
        Ok(Mining {
            antecedent_exponent: self.float()?,
            consequent_exponent: self.float()?,
            playlist_exponent: self.float()?,
            neighbours: self.integer()?,
            min_support: self.integer()?,
            min_confidence: self.float()?,
            max_length: self.integer()?,
            max_baskets: self.long()?,
            seed: self.long()?,
            learned: self.choice(Self::learned)?,
            budget: if version < FORMAT_VERSION { None } else { self.choice(Self::budget)? },
        })
    }

    fn learned(&mut self) -> Result<Learned, Fault> {
        Ok(Learned {
            factors: self.integer()?,
            confidence: self.float()?,
            regularization: self.float()?,
            sweeps: self.integer()?,
            steps: self.integer()?,
            seed: self.long()?,
            weight: self.float()?,
        })
    }

    fn budget(&mut self) -> Result<Budget, Fault> {
        Ok(Budget { bytes: self.long()?, levels: self.integer()?, floor: self.integer()? })
    }

    fn scoring(&mut self) -> Result<Scoring, Fault> {
        Ok(Scoring {
            seed_exponent: self.float()?,
            candidate_exponent: self.float()?,
            stored_exponent: self.float()?,
            breadth_base: self.float()?,
            breadth_slope: self.float()?,
            breadth_max: self.float()?,
            artist_weight: self.float()?,
            artist_exponent: self.float()?,
            top_mean: self.integer()?,
            two_hop_sources: self.integer()?,
            novelty_exponent: self.float()?,
        })
    }

    fn section(&mut self) -> Result<SectionEntry, Fault> {
        Ok(SectionEntry { kind: self.integer()?, offset: self.long()?, length: self.long()?, hash: self.long()? })
    }

    fn integer(&mut self) -> Result<u32, Fault> {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(self.0.raw(4)?);
        Ok(u32::from_le_bytes(bytes))
    }

    fn long(&mut self) -> Result<u64, Fault> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.0.raw(8)?);
        Ok(u64::from_le_bytes(bytes))
    }

    fn float(&mut self) -> Result<f64, Fault> {
        self.long().map(f64::from_bits)
    }

    fn text(&mut self) -> Result<String, Fault> {
        // A length that no memory has is one that the bytes do not have either.
        let length = usize::try_from(self.long()?).unwrap_or(usize::MAX);
        let text = std::str::from_utf8(self.0.raw(length)?).map_err(|_| "a text is not UTF-8")?;
        Ok(text.to_owned())
    }

    fn choice<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
        match self.0.raw(1)? {
            [0] => Ok(None),
            [1] => read(self).map(Some),
            _ => Err("a choice is neither there nor not"),
        }
    }

    /// As many as are there, whatever their number is said to be.
    fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
        let count = self.long()?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use bincode::Options as _;
    use proptest::prelude::*;

    use super::super::write::header_options;
    use super::*;

    fn header(texts: &[String], number: u64, float: f64, chosen: bool) -> Header {
        let text = |at: usize| texts.get(at).cloned().unwrap_or_default();
        let small = number as u32;
        let metadata = Metadata {
            model_date: text(0),
            miner_version: text(1),
            data_set: DataSet {
                name: text(2),
                notice: text(3),
                sha256: text(4),
                rows: number,
                unreadable_rows: number / 3,
                playlists: small,
            },
            counts: Counts { songs: small, tail_songs: 2, artists: 3, pairs: number, multi_item_rules: 5 },
            mining: Mining {
                antecedent_exponent: float,
                neighbours: small,
                seed: number,
                learned: chosen.then(|| Learned { seed: number, weight: float, ..Learned::default() }),
                budget: (!chosen).then_some(Budget { bytes: number, levels: small, floor: 7 }),
                ..Mining::default()
            },
            scoring: Scoring { seed_exponent: float, top_mean: small, ..Scoring::default() },
            evaluation: texts.iter().map(|name| Metric { name: name.clone(), value: float }).collect(),
        };
        let section = |at: usize| SectionEntry { kind: at as u32, offset: number, length: number / 2, hash: !number };
        Header { metadata, sections: (0..texts.len()).map(section).collect() }
    }

    proptest! {
        #[test]
        fn what_bincode_writes_is_read(
            texts in prop::collection::vec(".{0,9}", 0..7), number: u64, float in -1e9..1e9_f64, chosen: bool,
        ) {
            let header = header(&texts, number, float, chosen);
            let coded = header_options().serialize(&header).expect("a header is plain data");
            prop_assert_eq!(&read(&coded, FORMAT_VERSION), &Ok(header));
            // Nor is a shorter or a longer one taken for it.
            prop_assert!(read(&coded[..coded.len() - 1], FORMAT_VERSION).is_err());
            prop_assert!(read(&[&coded[..], &[0]].concat(), FORMAT_VERSION).is_err());
        }

        #[test]
        fn no_bytes_are_too_much_for_it(bytes: Vec<u8>, version in FORMER_VERSION..=FORMAT_VERSION) {
            let _ = read(&bytes, version);
        }
    }

    #[test]
    fn a_text_that_claims_all_memory_and_a_choice_of_another_kind_are_refused() {
        assert!(read(&[0xFF; 64], FORMAT_VERSION).is_err());
        let coded = header_options().serialize(&header(&[], 1, 0.5, true)).expect("a header is plain data");
        let learned = coded.iter().rposition(|byte| *byte == 128).expect("the number of factors") - 1;
        let mut other = coded.clone();
        other[learned] = 2;
        assert!(read(&coded, FORMAT_VERSION).is_ok());
        assert_eq!(read(&other, FORMAT_VERSION), Err("a choice is neither there nor not"));
    }
}
