//! A scored song in one number.

use crate::song::SongId;

/// A song with its score. Of two the better one is larger: that with the higher score, the smaller song where they are
/// equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate(u64);

impl Candidate {
    /// Less than every song: no song has this number.
    pub(super) const NONE: Self = Self(0);

    /// Of a score that is not negative, nor NaN: the bits of such numbers are in the order of the numbers.
    pub(super) fn new(song: SongId, score: f32) -> Self {
        Self(u64::from(score.to_bits()) << 32 | u64::from(!song.0))
    }

    pub(super) fn song(self) -> SongId {
        SongId(!(self.0 as u32))
    }

    pub(super) fn score(self) -> f32 {
        f32::from_bits((self.0 >> 32) as u32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_better_one_is_larger(
            one in (0.0..2_f32, any::<u32>()), other in (prop_oneof![Just(0.0), 0.0..1e-39_f32, 0.0..2_f32], any::<u32>()),
        ) {
            let [left, right] = [one, other].map(|(score, song)| Candidate::new(SongId(song), score));
            let expected = one.0.total_cmp(&other.0).then(other.1.cmp(&one.1));
            prop_assert_eq!(left.cmp(&right), expected);
            prop_assert_eq!((left.score(), left.song()), (one.0, SongId(one.1)));
        }
    }
}
