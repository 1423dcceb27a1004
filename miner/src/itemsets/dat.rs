//! FIMI `.dat` straight into a [`Database`]: one basket a line, items separated by white space, without names between.
//!
//! The format, and a reader that hands out lines, are in [`segue_playlists::dat`].

use std::io::{BufReader, Read};

use segue_playlists::dat;

use super::Database;

/// A `.dat` file that was read.
#[derive(Clone, Debug, Default)]
pub struct DatFile {
    /// Its baskets.
    pub database: Database,
    /// What the item numbers stand for.
    pub items: ItemNames,
    /// Lines that are no baskets.
    pub unreadable: Vec<dat::UnreadableBasket>,
}

/// What stands in the file for each item number.
#[derive(Clone, Debug, Default)]
pub struct ItemNames {
    names: Vec<String>,
}

impl ItemNames {
    /// The item as it stands in the file.
    #[must_use]
    pub fn name(&self, item: u32) -> std::borrow::Cow<'_, str> {
        self.names[item as usize].as_str().into()
    }
}

/// Reads a `.dat` file, unpacked, with that many threads (0: as many as there are cores). Every line is a basket, blank ones too.
///
/// # Errors
/// The bytes cannot be had, or a line is too long.
pub fn read(input: impl Read, _threads: usize) -> Result<DatFile, dat::Error> {
    let mut reader = dat::Reader::new(BufReader::new(input));
    let mut file = DatFile::default();
    let mut numbers = std::collections::HashMap::new();
    let mut basket_items = Vec::new();
    while let Some(basket) = reader.next_basket()? {
        match basket {
            Ok(basket) => {
                basket_items.clear();
                for name in basket.items() {
                    let number = *numbers.entry(name.to_owned()).or_insert_with(|| {
                        file.items.names.push(name.to_owned());
                        file.items.names.len() as u32 - 1
                    });
                    basket_items.push(number);
                }
                file.database.push(&basket_items);
            }
            Err(line) => file.unreadable.push(line),
        }
    }
    Ok(file)
}
