//! Which works are not to be suggested, or not again.

use crate::song::SongId;

/// A set of works. The buffers are kept from one use to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Works {
    /// A bit for each song that a work may be named by.
    bits: Vec<u64>,
    /// What is in the set, in the order in which it came.
    listed: Vec<SongId>,
}

impl Works {
    /// Makes it empty, with room for the works of so many songs.
    pub(super) fn clear(&mut self, songs: usize) {
        for work in self.listed.drain(..) {
            self.bits[place(work)] = 0;
        }
        self.bits.resize(songs.div_ceil(u64::BITS as usize), 0);
    }

    pub(super) fn len(&self) -> usize {
        self.listed.len()
    }

    pub(super) fn contains(&self, work: SongId) -> bool {
        self.bits[place(work)] & bit(work) != 0
    }

    /// Whether it was not there before.
    pub(super) fn insert(&mut self, work: SongId) -> bool {
        let bits = &mut self.bits[place(work)];
        let is_new = *bits & bit(work) == 0;
        if is_new {
            *bits |= bit(work);
            self.listed.push(work);
        }
        is_new
    }
}

fn place(work: SongId) -> usize {
    work.index() / u64::BITS as usize
}

fn bit(work: SongId) -> u64 {
    1 << (work.0 % u64::BITS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_holds_what_was_put_in_since_it_was_cleared(
            uses in prop::collection::vec((200..300_usize, prop::collection::vec(0..200_u32, 0..40)), 0..4),
        ) {
            let mut works = Works::default();
            for (songs, inserted) in uses {
                works.clear(songs);
                let mut expected = BTreeSet::new();
                for work in inserted {
                    prop_assert_eq!(works.insert(SongId(work)), expected.insert(work));
                }
                prop_assert_eq!(works.len(), expected.len());
                prop_assert!((0..200).all(|work| works.contains(SongId(work)) == expected.contains(&work)));
            }
        }
    }
}
