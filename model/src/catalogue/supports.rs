//! Which of the supports that occur a song has, in a byte for each song.
//!
//! Songs are ordered by support, so most neighbours have the same: what is kept is where each *block* of songs begins, and
//! how many steps further each song is. What is looked up for a thousand songs at a time, at random, thus stays in a
//! processor's nearest cache.

use std::ops::RangeInclusive;

use crate::song::{SongId, Support};

/// Songs in a block.
pub(crate) const BLOCK: usize = 32;

/// The supports that occur, as *classes*: 0 is the highest.
#[derive(Clone, Debug)]
pub(crate) struct SupportClasses {
    /// The support of each class, falling.
    supports: Vec<Support>,
    /// The class of each block's first song, and of the last song of all.
    firsts: Vec<u32>,
    /// For each song how many classes it is behind the first song of its block: less than there are songs in a block.
    steps: Vec<u8>,
}

impl SupportClasses {
    /// Of these supports of songs, which never rise.
    pub(crate) fn new(supports: &[Support]) -> Self {
        let (mut distinct, mut firsts) = (Vec::new(), Vec::with_capacity(supports.len() / BLOCK + 2));
        let mut steps = Vec::with_capacity(supports.len());
        for block in supports.chunks(BLOCK) {
            let mut first = 0;
            for (at, support) in block.iter().enumerate() {
                if distinct.last() != Some(support) {
                    distinct.push(*support);
                }
                let class = distinct.len() - 1;
                if at == 0 {
                    first = class;
                    firsts.push(class as u32);
                }
                steps.push((class - first) as u8);
            }
        }
        firsts.push(distinct.len().saturating_sub(1) as u32);
        Self { supports: distinct, firsts, steps }
    }

    /// The support of each class.
    pub(crate) fn supports(&self) -> &[Support] {
        &self.supports
    }

    /// The class of a song.
    pub(crate) fn of(&self, song: SongId) -> usize {
        self.firsts[Self::block(song)] as usize + usize::from(self.steps[song.index()])
    }

    /// The block that a song is in.
    pub(crate) fn block(song: SongId) -> usize {
        song.index() / BLOCK
    }

    /// For each block classes among which are those of its songs.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = RangeInclusive<usize>> {
        self.firsts.windows(2).map(|ends| ends[0] as usize..=ends[1] as usize)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_song_has_the_class_of_its_support(mut supports in prop::collection::vec(2..40_u32, 0..200)) {
            supports.sort_unstable_by(|left, right| right.cmp(left));
            let supports: Vec<Support> = supports.into_iter().map(Support).collect();
            let classes = SupportClasses::new(&supports);
            prop_assert!(classes.supports().is_sorted_by(|left, right| left > right));
            prop_assert_eq!(classes.blocks().count(), supports.len().div_ceil(BLOCK));
            for (song, &support) in (0..).map(SongId).zip(&supports) {
                let class = classes.of(song);
                prop_assert_eq!(classes.supports()[class], support);
                let within = classes.blocks().nth(SupportClasses::block(song));
                prop_assert!(within.is_some_and(|within| within.contains(&class)));
            }
        }
    }
}
