//! The heaviest of many neighbours, without sorting the others.

/// Ranks that come in before the lighter ones are let go of, as a multiple of those wanted.
const ROOM: usize = 4;

/// A neighbour's place in a row as one number, so that places are compared without a branch, which would be guessed
/// wrong every other time: heavier first, ties to the smaller song.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(u64);

impl Rank {
    /// Nothing comes after this.
    pub(super) const LAST: Self = Self(u64::MAX);

    pub(super) fn new(weight: f32, song: u32) -> Self {
        // The order of `f32::total_cmp`, reversed: that of the bits, but positive numbers the other way round.
        let bits = weight.to_bits();
        let falling = if bits >> 31 == 0 { bits ^ 0x7FFF_FFFF } else { bits };
        Self(u64::from(falling) << 32 | u64::from(song))
    }

    pub(super) fn weight(self) -> f32 {
        let falling = (self.0 >> 32) as u32;
        f32::from_bits(if falling >> 31 == 0 { falling ^ 0x7FFF_FFFF } else { falling })
    }

    pub(super) fn song(self) -> u32 {
        self.0 as u32
    }

    /// A number in the order of songs, then of ranks.
    pub(super) fn by_song(self) -> u64 {
        self.0.rotate_left(32)
    }

    /// Undoes [`Rank::by_song`].
    pub(super) fn from_by_song(by_song: u64) -> Self {
        Self(by_song.rotate_left(32))
    }
}

/// The heaviest of what is offered, in a buffer of several times as many: when that is full, the lighter ones go, and
/// from then on nothing lighter than the rest comes in.
pub(super) struct Heaviest {
    wanted: usize,
    /// What came in, up to `found`.
    ranks: Vec<Rank>,
    found: usize,
    /// The lightest that may still come in.
    lightest: Rank,
}

impl Heaviest {
    pub(super) fn new(wanted: usize) -> Self {
        Self { wanted, ranks: vec![Rank::LAST; ROOM * wanted + 1], found: 0, lightest: Rank::LAST }
    }

    pub(super) fn clear(&mut self) {
        self.found = 0;
        self.lightest = Rank::LAST;
    }

    #[inline]
    pub(super) fn offer(&mut self, rank: Rank) {
        // Written whether it stays or not: nobody could guess which, a branch least of all.
        self.ranks[self.found] = rank;
        self.found += usize::from(rank < self.lightest);
        if self.found == self.ranks.len() {
            self.shrink();
        }
    }

    /// The heaviest, in any order.
    pub(super) fn finish(&mut self) -> &[Rank] {
        self.shrink();
        &self.ranks[..self.found]
    }

    /// The lightest of the heaviest; [`Rank::LAST`] if nothing had to go.
    pub(super) fn lightest(&self) -> Rank {
        self.lightest
    }

    fn shrink(&mut self) {
        if self.found > self.wanted {
            self.lightest = *self.ranks[..self.found].select_nth_unstable(self.wanted - 1).1;
            self.found = self.wanted;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn heavier_comes_first_then_the_smaller_song(weights in any::<(f32, f32)>(), songs in any::<(u32, u32)>(), equal in any::<bool>()) {
            let other_weight = if equal { weights.0 } else { weights.1 };
            let (one, other) = (Rank::new(weights.0, songs.0), Rank::new(other_weight, songs.1));
            prop_assert_eq!(one.cmp(&other), other_weight.total_cmp(&weights.0).then(songs.0.cmp(&songs.1)));
            prop_assert_eq!(one.weight().to_bits(), weights.0.to_bits());
            prop_assert_eq!(one.song(), songs.0);
            prop_assert_eq!(Rank::from_by_song(one.by_song()), one);
            prop_assert_eq!(one.by_song().cmp(&other.by_song()), songs.0.cmp(&songs.1).then(one.cmp(&other)));
        }

        #[test]
        fn the_heaviest_are_those_that_sorting_puts_first(weights in prop::collection::vec(0_u8..9, 0..60), wanted in 1_usize..9) {
            let mut heaviest = Heaviest::new(wanted);
            let ranks: Vec<Rank> = weights.iter().zip(0..).map(|(&weight, song)| Rank::new(f32::from(weight), song)).collect();
            for _ in 0..2 {
                heaviest.clear();
                ranks.iter().for_each(|&rank| heaviest.offer(rank));
                let mut found = heaviest.finish().to_vec();
                found.sort_unstable();
                let mut sorted = ranks.clone();
                sorted.sort_unstable();
                let lightest = if sorted.len() > wanted { sorted[wanted - 1] } else { Rank::LAST };
                sorted.truncate(wanted);
                prop_assert_eq!((found, heaviest.lightest()), (sorted, lightest));
            }
        }
    }
}
