//! Baskets as rows of bits.

use super::explorer::Extension;
use super::processor::Processor;
use super::sharing::WORTH_GIVING;

/// A row of bits for each item, a column for each basket: which baskets have which item.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// Words in a row.
    words: usize,
    /// The item of each row, by falling support.
    items: Vec<Extension>,
    /// Row by row.
    bits: Vec<u64>,
}

impl Rows {
    /// Makes rows for these items, all bits 0.
    pub(super) fn reset(&mut self, columns: usize, items: &[Extension]) {
        self.words = columns.div_ceil(64);
        self.items.clear();
        self.items.extend_from_slice(items);
        self.bits.clear();
        self.bits.resize(self.words * items.len(), 0);
    }

    /// Notes that a basket has an item.
    #[inline(always)]
    pub(super) fn set(&mut self, row: usize, column: usize) {
        self.bits[row * self.words + column / 64] |= 1 << (column % 64);
    }

    /// The item of each row.
    pub(super) fn items(&self) -> &[Extension] {
        &self.items
    }

    /// Whether to extend a set by each of the first rows is so much work that another thread may be given it.
    #[inline(always)]
    pub(super) fn are_worth_giving(&self, rows: usize) -> bool {
        rows * rows * self.words >= WORTH_GIVING
    }

    /// The first rows alone.
    pub(super) fn first(&self, rows: usize) -> Self {
        Self { words: self.words, items: self.items[..rows].to_vec(), bits: self.bits[..rows * self.words].to_vec() }
    }

    /// Bytes in so many rows.
    pub(super) fn bytes(&self, rows: usize) -> usize {
        8 * self.words * rows
    }

    /// The bits of a row.
    #[inline(always)]
    pub(super) fn row(&self, row: usize) -> &[u64] {
        &self.bits[row * self.words..(row + 1) * self.words]
    }

    /// How many columns each of the first rows shares with `row`, into `counts`.
    #[inline(always)]
    pub(super) fn count_shared(&self, row: &[u64], counts: &mut [u32]) {
        match self.words {
            1 => self.count_shared_in::<1>(row, counts),
            2 => self.count_shared_in::<2>(row, counts),
            3 => self.count_shared_in::<3>(row, counts),
            4 => self.count_shared_in::<4>(row, counts),
            words => {
                for (other, count) in self.bits.chunks_exact(words).zip(counts) {
                    *count = shared(row, other);
                }
            }
        }
    }

    #[inline(always)]
    fn count_shared_in<const WORDS: usize>(&self, row: &[u64], counts: &mut [u32]) {
        let (Some(row), (others, _)) = (row.first_chunk::<WORDS>(), self.bits.as_chunks::<WORDS>()) else { return };
        for (other, count) in others.iter().zip(counts) {
            *count = (0..WORDS).map(|word| (row[word] & other[word]).count_ones()).sum();
        }
    }

    /// Fills these rows with those of `from` that `extensions` name, of each the columns in which `with` has a bit.
    #[inline(always)]
    pub(super) fn select(&mut self, from: &Self, with: &[u64], support: u32, extensions: &[Extension]) {
        self.items.clear();
        self.items.extend_from_slice(extensions);
        self.bits.clear();
        let narrow = support.div_ceil(64) as usize;
        // Copying column by column costs about as much as intersecting eight words, once for each column and row; it saves
        // words in every pair of rows.
        if (from.words - narrow) * extensions.len() > 4 * support as usize {
            self.words = narrow;
            let columns: Vec<u32> = columns(with).collect();
            for extension in extensions {
                let row = from.row(extension.place as usize);
                self.bits.extend(columns.chunks(64).map(|columns| {
                    columns
                        .iter()
                        .rev()
                        .fold(0, |word, &column| word << 1 | row[column as usize / 64] >> (column % 64) & 1)
                }));
            }
            return;
        }
        self.words = from.words;
        for extension in extensions {
            let row = from.row(extension.place as usize);
            self.bits.extend(row.iter().zip(with).map(|(left, right)| left & right));
        }
    }
}

/// The columns in which a row has a bit.
fn columns(row: &[u64]) -> impl Iterator<Item = u32> {
    (0..).zip(row).flat_map(|(at, &word)| {
        let mut left = word;
        std::iter::from_fn(move || {
            let column = (left != 0).then(|| at * 64 + left.trailing_zeros());
            left &= left.wrapping_sub(1);
            column
        })
    })
}

/// How many columns two rows share.
#[inline(always)]
pub(super) fn shared(left: &[u64], right: &[u64]) -> u32 {
    left.iter().zip(right).map(|(left, right)| (left & right).count_ones()).sum()
}

/// How many columns three rows share.
#[inline(always)]
pub(super) fn shared_by_three(first: &[u64], second: &[u64], third: &[u64]) -> u32 {
    first.iter().zip(second).zip(third).map(|((first, second), third)| (first & second & third).count_ones()).sum()
}

/// A `count_shared` for the processor at hand.
#[inline(always)]
pub(super) fn count_shared_on<P: Processor>(processor: P, rows: &Rows, row: &[u64], counts: &mut [u32]) {
    processor.run(
        #[inline(always)]
        || rows.count_shared(row, counts),
    );
}
