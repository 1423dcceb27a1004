//! What a search found, in numbers.

/// What a search found, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Sets found, by length: `counts[0]` is always 0, and the last entry is not 0. A number that does not fit stays at
    /// [`u64::MAX`].
    pub counts: Vec<u64>,
    /// How it was searched and why, in a sentence for people.
    pub method: String,
}

impl Summary {
    /// All sets found; [`u64::MAX`] stands for that many or more.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, &count| sum.saturating_add(count))
    }
}
