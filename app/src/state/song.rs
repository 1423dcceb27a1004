//! A song as the page shows it and as it is asked for.

use segue_model::api::{MAX_NAME_BYTES, SongQuery};

/// A song of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Song {
    /// Title.
    pub title: String,
    /// Artist; empty in a catalogue without artists.
    pub artist: String,
}

impl Song {
    /// A song by its names.
    #[must_use]
    pub fn new(title: impl Into<String>, artist: impl Into<String>) -> Self {
        Self { title: title.into(), artist: artist.into() }
    }

    /// Whether its names are short enough for a request. Those of every catalogue are, those from elsewhere may not be.
    #[must_use]
    pub fn can_be_asked_for(&self) -> bool {
        !self.title.is_empty() && self.title.len().max(self.artist.len()) <= MAX_NAME_BYTES
    }

    /// How a request names it. Both names apart find this very song in every model that has it, which a bare title
    /// kept from an older model may not.
    #[must_use]
    pub fn query(&self) -> SongQuery {
        if self.artist.is_empty() {
            SongQuery::Text(self.title.clone())
        } else {
            SongQuery::Named { title: self.title.clone(), artist: self.artist.clone() }
        }
    }
}
