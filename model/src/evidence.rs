//! Evidence: how many playlists have both songs of a pair.

/// The exact number of playlists with both songs, for every pair of the pair table.
///
/// Two pairs in three are in a single playlist, so a number takes as many bits as it asks for: P. Elias, "Universal codeword
/// sets and representations of the integers", IEEE Trans. Inf. Theory 21(2), 1975, code γ. That is two bits a pair for
/// real playlists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Codes one behind the other, in the order in which pairs are stored, from the high bits of a word to its low ones.
    words: Vec<u64>,
    /// How many of their bits are taken.
    bits: u64,
    /// Where every [`BLOCK`]th code begins.
    starts: Vec<u64>,
    /// How many codes there are.
    len: usize,
}

/// Codes between two places that are known: as many as a look-up may have to pass.
const BLOCK: usize = 64;

impl Evidence {
    /// Adds the numbers of the next pairs.
    pub(crate) fn extend(&mut self, together: &[u32]) {
        for &together in together {
            if self.len.is_multiple_of(BLOCK) {
                self.starts.push(self.bits);
            }
            // Codes are of numbers from 1. No pair should be in no playlist: 0 has the code of what is too large.
            let value = if together == 0 { 1 << u32::BITS } else { u64::from(together) };
            let digits = u64::BITS - value.leading_zeros();
            // As many zeros before the digits as there are behind the first of them.
            self.push(0, digits - 1);
            self.push(value, digits);
            self.len += 1;
        }
    }

    /// Gives back what growing took too much.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.words.shrink_to_fit();
        self.starts.shrink_to_fit();
    }

    /// The number of playlists with both songs of a pair, by its place in [`crate::pairs::ForwardPairs`].
    #[must_use]
    pub fn together(&self, pair: usize) -> Option<u32> {
        if pair >= self.len {
            return None;
        }
        let mut at = self.starts[pair / BLOCK];
        for _ in 0..pair % BLOCK {
            at += 2 * u64::from(self.peek(at).leading_zeros()) + 1;
        }
        Some(self.read(&mut at))
    }

    /// These numbers for all pairs, in that order.
    pub fn all(&self) -> impl Iterator<Item = u32> {
        let mut at = 0;
        (0..self.len).map(move |_| self.read(&mut at))
    }

    /// Adds the lowest bits of a value, which has no others: at most 33.
    fn push(&mut self, value: u64, count: u32) {
        if count == 0 {
            return;
        }
        let taken = (self.bits % u64::from(u64::BITS)) as u32;
        let free = u64::BITS - taken;
        if taken == 0 {
            self.words.push(0);
        }
        self.bits += u64::from(count);
        if let Some(last) = self.words.last_mut() {
            *last |= if count <= free { value << (free - count) } else { value >> (count - free) };
        }
        if count > free {
            self.words.push(value << (u64::BITS - (count - free)));
        }
    }

    /// Reads the number whose code begins at a bit, and goes to the next.
    fn read(&self, at: &mut u64) -> u32 {
        let zeros = self.peek(*at).leading_zeros();
        *at += u64::from(zeros);
        let digits = zeros + 1;
        let value = self.peek(*at) >> (u64::BITS - digits);
        *at += u64::from(digits);
        // 0 where there are 33 digits.
        value as u32
    }

    /// The next 64 bits from here, zeros behind the last.
    fn peek(&self, at: u64) -> u64 {
        let (word, taken) = ((at / u64::from(u64::BITS)) as usize, at % u64::from(u64::BITS));
        let next = self.words.get(word + 1).copied().unwrap_or(0);
        self.words[word] << taken | next.unbounded_shr((u64::from(u64::BITS) - taken) as u32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_count_comes_back(
            counts in prop::collection::vec((any::<u32>(), 0_u32..32).prop_map(|(count, less)| count >> less), 0..300),
            part in 1_usize..100,
        ) {
            let mut evidence = Evidence::default();
            counts.chunks(part).for_each(|part| evidence.extend(part));
            evidence.shrink_to_fit();
            prop_assert_eq!(evidence.all().collect::<Vec<u32>>(), &counts[..]);
            for (pair, &count) in counts.iter().enumerate() {
                prop_assert_eq!(evidence.together(pair), Some(count));
            }
            prop_assert_eq!(evidence.together(counts.len()), None);
        }
    }

    #[test]
    fn the_smallest_and_largest_counts_come_back() {
        let counts = [0, 1, u32::MAX, 0, u32::MAX, 2, 3, 1 << 31];
        let mut evidence = Evidence::default();
        evidence.extend(&counts);
        assert_eq!(evidence.all().collect::<Vec<u32>>(), counts);
    }

    #[test]
    fn small_counts_take_little_room() {
        let mut evidence = Evidence::default();
        evidence.extend(&[1; 640]);
        assert_eq!((evidence.words.len(), evidence.starts.len()), (10, 10));
    }
}
