//! The heaviest of many neighbours, without sorting the others.

/// Ranks that come in before the lighter ones are let go of, as a multiple of those wanted.
const ROOM: usize = 4;

/// A neighbour's place in a row as one number, so that places are compared without a branch, which would be guessed
/// wrong every other time: heavier first, ties to the smaller song.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(u64);

impl Rank {
    /// Nothing comes after this.
    const LAST: Self = Self(u64::MAX);

    /// What weighs anything comes before this.
    const WEIGHTLESS: Self = Self(0x7FFF_FFFF << 32);

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

/// Neighbours that are looked at together.
const CHUNK: usize = 16;

/// The heaviest of what is offered, in a buffer of several times as many: when that is full, the lighter ones go, and
/// from then on nothing lighter than the rest comes in.
pub(super) struct Heaviest {
    wanted: usize,
    /// What came in, up to `found`.
    ranks: Vec<Rank>,
    found: usize,
    /// What comes in must be before this.
    bound: Rank,
    /// The bound at first.
    first_bound: Rank,
}

impl Heaviest {
    /// The heaviest that weigh anything.
    pub(super) fn new(wanted: usize) -> Self {
        Self::before(Rank::WEIGHTLESS, wanted)
    }

    /// The heaviest, whether they weigh anything or not.
    pub(super) fn of_any(wanted: usize) -> Self {
        Self::before(Rank::LAST, wanted)
    }

    fn before(bound: Rank, wanted: usize) -> Self {
        Self { wanted, ranks: vec![Rank::LAST; ROOM * wanted + CHUNK], found: 0, bound, first_bound: bound }
    }

    pub(super) fn clear(&mut self) {
        self.found = 0;
        self.bound = self.first_bound;
    }

    /// Takes in neighbours with these weights, none of them NaN; as many songs as weights.
    pub(super) fn offer(&mut self, weights: &[f32], songs: &[u32]) {
        for (weights, songs) in weights.chunks(CHUNK).zip(songs.chunks(CHUNK)) {
            // Mostly none of them comes in any more, which is seen without looking at one after the other.
            let least = self.least();
            if weights.iter().fold(false, |any, &weight| any | (weight >= least)) {
                self.offer_chunk(weights, songs);
            }
        }
    }

    fn offer_chunk(&mut self, weights: &[f32], songs: &[u32]) {
        let (bound, mut count) = (self.bound, 0);
        let free = &mut self.ranks[self.found..self.found + CHUNK];
        for (&weight, &song) in weights.iter().zip(songs) {
            let rank = Rank::new(weight, song);
            // Written whether it stays or not: nobody could guess which, a branch least of all.
            free[count] = rank;
            count += usize::from(rank < bound);
        }
        self.found += count;
        if self.found + CHUNK > self.ranks.len() {
            self.shrink();
        }
    }

    /// What a neighbour has to weigh at least.
    fn least(&self) -> f32 {
        if self.bound == Rank::LAST { f32::NEG_INFINITY } else { self.bound.weight() }
    }

    /// The heaviest, in any order.
    pub(super) fn finish(&mut self) -> &[Rank] {
        self.shrink();
        &self.ranks[..self.found]
    }

    /// The lightest of the heaviest; if nothing had to go, what is behind all that may come in.
    pub(super) fn lightest(&self) -> Rank {
        self.bound
    }

    fn shrink(&mut self) {
        if self.found > self.wanted {
            self.bound = *self.ranks[..self.found].select_nth_unstable(self.wanted - 1).1;
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
        fn the_heaviest_are_those_that_sorting_puts_first(weights in prop::collection::vec(0_u8..9, 0..150), wanted in 1_usize..9) {
            let mut heaviest = Heaviest::new(wanted);
            let weights: Vec<f32> = weights.into_iter().map(f32::from).collect();
            let songs: Vec<u32> = (0..weights.len() as u32).collect();
            let ranks: Vec<Rank> = weights.iter().zip(&songs).map(|(&weight, &song)| Rank::new(weight, song)).collect();
            for _ in 0..2 {
                heaviest.clear();
                heaviest.offer(&weights, &songs);
                let mut found = heaviest.finish().to_vec();
                found.sort_unstable();
                let mut sorted: Vec<Rank> = ranks.iter().copied().filter(|rank| rank.weight() > 0.0).collect();
                sorted.sort_unstable();
                let lightest = if sorted.len() > wanted { sorted[wanted - 1] } else { Rank::new(0.0, 0) };
                sorted.truncate(wanted);
                prop_assert_eq!((found, heaviest.lightest()), (sorted, lightest));
            }
        }
    }
}
