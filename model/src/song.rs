//! Songs as numbers: the ids that every table of a model is indexed by.

use serde::{Deserialize, Serialize};

/// A song of the catalogue: its rank by [`Support`], the most supported song being 0.
///
/// Because ids are ranks, "ties go to the smaller id" means "ties go to the better known song".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SongId(pub u32);

impl SongId {
    /// The id as an index into per-song arrays.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An artist of the catalogue (or of its tail). Artists are numbered in order of first appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtistId(pub u32);

impl ArtistId {
    /// The id as an index into per-artist arrays.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A song seen in one playlist only: known by name, without pairs. An index into the tail section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TailId(pub u32);

impl TailId {
    /// The id as an index into arrays by songs of the tail.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The number of playlists that contain something (absolute support).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Support(pub u32);

impl Support {
    /// The count as a floating-point number, exactly.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.0)
    }
}
