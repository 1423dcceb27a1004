//! Which pairs of neighbouring letters a text has, in a few bits: enough to pass over most songs of a catalogue that
//! cannot contain what is searched for.

use std::ops::{BitOr, BitOrAssign};

/// The pairs of neighbouring bytes in a text, each as one of 256 bits. Different pairs may share a bit, so a text may seem
/// to have pairs that it has not; never the other way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grams([u64; 4]);

impl Grams {
    /// The pairs in a text.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut grams = Self::default();
        for pair in text.windows(2) {
            grams.add(pair[0], pair[1]);
        }
        grams
    }

    /// The pairs where two texts meet that stand one behind the other, a space between them.
    pub(crate) fn between(first: &[u8], second: &[u8]) -> Self {
        let mut grams = Self::default();
        if let (Some(&last), Some(&first)) = (first.last(), second.first()) {
            grams.add(last, b' ');
            grams.add(b' ', first);
        }
        grams
    }

    /// How many of these pairs a text certainly lacks that has those.
    pub(crate) fn missing_in(&self, those: &Self) -> u32 {
        let Self([a, b, c, d]) = self;
        let Self([e, f, g, h]) = those;
        (a & !e).count_ones() + (b & !f).count_ones() + (c & !g).count_ones() + (d & !h).count_ones()
    }

    fn add(&mut self, first: u8, second: u8) {
        let spread = (u32::from(first) << 8 | u32::from(second)).wrapping_mul(0x9E37_79B1);
        let bit = spread >> (u32::BITS - 8);
        self.0[(bit / u64::BITS) as usize] |= 1 << (bit % u64::BITS);
    }
}

impl BitOr for Grams {
    type Output = Self;

    fn bitor(mut self, other: Self) -> Self {
        self |= other;
        self
    }
}

impl BitOrAssign for Grams {
    fn bitor_assign(&mut self, other: Self) {
        for (bits, more) in self.0.iter_mut().zip(other.0) {
            *bits |= more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_is_missing_in_a_text_that_contains_it(before in ".{0,9}", text in ".{0,9}", after in ".{0,9}") {
            let whole = Grams::of(format!("{before}{text}{after}").as_bytes());
            prop_assert_eq!(Grams::of(text.as_bytes()).missing_in(&whole), 0);
        }

        #[test]
        fn a_text_behind_another_has_the_pairs_of_both_and_those_between(first in ".{1,9}", second in ".{1,9}") {
            let (one, other) = (first.as_bytes(), second.as_bytes());
            let parts = Grams::of(one) | Grams::of(other) | Grams::between(one, other);
            prop_assert_eq!(parts, Grams::of(format!("{first} {second}").as_bytes()));
        }
    }

    #[test]
    fn what_is_not_there_is_missing() {
        assert_eq!(Grams::of(b"love").missing_in(&Grams::of(b"lo ve")), 1);
        assert_eq!(Grams::of(b"a").missing_in(&Grams::default()), 0, "a single letter has no pairs");
    }
}
