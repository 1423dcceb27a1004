//! Evidence: how many playlists have both songs of a pair.

/// The exact number of playlists with both songs, for every pair of the pair table.
///
/// Of real playlists, two pairs in three are in a single one and most of the others in two, so that a bit for each of the
/// former and two for each of the latter tell nearly everything. What is further on is found by counting bits before it
/// (G. Jacobson, "Space-efficient static trees and graphs", FOCS 1989).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// For each pair, in the order in which they are stored, whether its number is another than 1.
    not_one: Bits,
    /// For each of those whether its number is another than 2.
    not_two: Bits,
    /// The numbers of those; [`LARGE`] stands for one that is among the larger ones.
    others: Vec<u8>,
    /// Numbers of [`LARGE`] or more by their place among the others, ascending.
    larger: Vec<(u32, u32)>,
}

/// Smallest number that does not fit in.
const LARGE: u8 = u8::MAX;

impl Evidence {
    /// Adds the numbers of the next pairs.
    pub(crate) fn extend(&mut self, together: &[u32]) {
        for &together in together {
            self.not_one.push(together != 1);
            if together == 1 {
                continue;
            }
            self.not_two.push(together != 2);
            if together == 2 {
                continue;
            }
            if together >= u32::from(LARGE) {
                self.larger.push((self.others.len() as u32, together));
            }
            self.others.push(u8::try_from(together).unwrap_or(LARGE));
        }
    }

    /// The number of playlists with both songs of a pair, by its place in [`crate::pairs::ForwardPairs`].
    #[must_use]
    pub fn together(&self, pair: usize) -> Option<u32> {
        if !self.not_one.get(pair)? {
            return Some(1);
        }
        let pair = self.not_one.set_before(pair);
        if !self.not_two.get(pair)? {
            return Some(2);
        }
        let pair = self.not_two.set_before(pair);
        let count = *self.others.get(pair)?;
        if count != LARGE {
            return Some(u32::from(count));
        }
        let at = self.larger.binary_search_by_key(&pair, |&(pair, _)| pair as usize).ok()?;
        Some(self.larger[at].1)
    }

    /// These numbers for all pairs, in that order.
    pub fn all(&self) -> impl Iterator<Item = u32> {
        (0..self.not_one.len).filter_map(|pair| self.together(pair))
    }
}

/// Bits, and how many of them are set before any of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bits {
    /// The bits, from the low ones of each word.
    words: Vec<u64>,
    /// How many are set before each [`BLOCK`] of words.
    before: Vec<u32>,
    /// How many are set in all.
    set: u32,
    len: usize,
}

/// Words between two places before which the number of set bits is known: as many as come into a processor's caches together.
const BLOCK: usize = 8;

impl Bits {
    fn push(&mut self, bit: bool) {
        let at = self.len % u64::BITS as usize;
        if at == 0 {
            if self.words.len().is_multiple_of(BLOCK) {
                self.before.push(self.set);
            }
            self.words.push(0);
        }
        if let Some(last) = self.words.last_mut() {
            *last |= u64::from(bit) << at;
        }
        self.set += u32::from(bit);
        self.len += 1;
    }

    /// Whether a bit is set; `None` behind the last one.
    fn get(&self, at: usize) -> Option<bool> {
        let word = self.words.get(at / u64::BITS as usize).filter(|_| at < self.len)?;
        Some(word >> (at % u64::BITS as usize) & 1 == 1)
    }

    /// How many are set before this one, which must be there.
    fn set_before(&self, at: usize) -> usize {
        let (word, bit) = (at / u64::BITS as usize, at % u64::BITS as usize);
        let block = word / BLOCK;
        let in_block: u32 = self.words[block * BLOCK..word].iter().map(|word| word.count_ones()).sum();
        let in_word = (self.words[word] & ((1 << bit) - 1)).count_ones();
        (self.before[block] + in_block + in_word) as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn evidence(counts: &[u32], part: usize) -> Evidence {
        let mut evidence = Evidence::default();
        counts.chunks(part).for_each(|part| evidence.extend(part));
        evidence
    }

    proptest! {
        #[test]
        fn every_count_comes_back(
            counts in prop::collection::vec(prop_oneof![6 => Just(1), 2 => Just(2), 1 => 0_u32..300, 1 => any::<u32>()], 0..2_000),
            part in 1_usize..100,
        ) {
            let evidence = evidence(&counts, part);
            prop_assert_eq!(evidence.all().collect::<Vec<u32>>(), &counts[..]);
            prop_assert_eq!(evidence.together(counts.len()), None);
        }
    }

    #[test]
    fn the_smallest_and_largest_counts_come_back() {
        let counts = [0, 1, u32::MAX, 0, 254, 255, 256, 2, 3, 1 << 31];
        assert_eq!(evidence(&counts, 4).all().collect::<Vec<u32>>(), counts);
    }

    #[test]
    fn small_counts_take_little_room() {
        let evidence = evidence(&[1; 640], 64);
        assert_eq!((evidence.not_one.words.len(), evidence.not_one.before.len()), (10, 2));
        assert!(evidence.not_two.words.is_empty() && evidence.others.is_empty());
    }
}
