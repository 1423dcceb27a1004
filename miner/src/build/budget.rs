//! Making a model fit a size: which pairs it can afford, and how finely weighed.
//!
//! What counts is what a browser downloads before it can answer: the file up to the end of its core, names included, in
//! the brotli that servers send. Names stay as they are. Of the pairs, the lightest go first
//! ([`prune`](crate::weights::prune)), until the rest fits; how many that are is found by interpolation, each guess
//! being written, compressed and measured. Three shapes are tried, in this order:
//!
//! | levels | heaviest pairs of each song that are spared | taken if |
//! |---|---|---|
//! | 16 | 5 | everything fits, or 20 pairs a song do |
//! | 8 | 5 | at most half of what fits is there only because it is spared |
//! | 8 | 1 | anything fits |
//!
//! Half the levels save a bit a pair. Where there is room they are missed; where there is little, more pairs are worth
//! more. `docs/quality.md` has what was measured.

use brotli::enc::BrotliEncoderParams;
use segue_model::catalogue::CatalogueParts;
use segue_model::file::{BROTLI_QUALITY, core_section};
use segue_model::metadata::{Budget, DataSet};

use crate::size::ByteSize;
use crate::weights::prune::Prunable;
use crate::weights::{WeighedPairs, WeightedPairs};

/// Most neighbours of a song that are looked at, unless asked otherwise.
pub const NEIGHBOURS: u32 = 500;

/// Pairs a song from which on they are worth 16 levels.
const PAIRS_FOR_ALL_LEVELS: usize = 20;

/// Bytes that the header takes, evaluation included, beside the texts that the user gives.
const HEADER: u64 = 1_500;

/// One part of so many is left free: header and core, compressed together, take a little more than each by itself (0.07 %
/// was seen at 5.6 MB).
const FREE: u64 = 500;

/// What a pair is first guessed to take.
const BYTES_A_PAIR: f64 = 1.1;

/// Share of the room at which the search is content.
const CONTENT: f64 = 0.998;

/// Guesses at most; each halves what is in question, or better.
const GUESSES: usize = 16;

/// A budget that not even the least model keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a budget of {budget} is too small: the names of {songs} songs and the strongest neighbour of each take {least}, so \
     give at least --budget {}k, or fewer playlists",
    .least.0.div_ceil(1_000)
)]
pub struct TooSmall {
    /// What was asked for.
    pub budget: ByteSize,
    /// The smallest that can be kept to.
    pub least: ByteSize,
    /// Songs with pairs.
    pub songs: usize,
}

/// Pairs that fit, and what became of the others.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The pairs.
    pub weighted: WeightedPairs,
    /// For the metadata.
    pub budget: Budget,
}

/// Neighbours of a song to choose from: some more than can fit, so that songs with many strong ones may have them.
#[must_use]
pub fn neighbours_to_weigh(wanted: u32, budget: ByteSize, songs: usize) -> u32 {
    let affordable = 6 * budget.0 / (songs.max(1) as u64);
    wanted.min(u32::try_from(affordable).unwrap_or(u32::MAX)).max(20)
}

/// The best pairs for the size.
///
/// # Errors
/// Not even one neighbour of each song fits.
pub fn fit(
    catalogue: &CatalogueParts,
    data_set: &DataSet,
    pairs: WeighedPairs,
    budget: ByteSize,
) -> Result<Fitted, TooSmall> {
    let header = HEADER + (data_set.name.len() + data_set.notice.len()) as u64;
    let songs = catalogue.supports.len();
    let prunable = Prunable::new(pairs);
    let candidates = prunable.pairs().others.len();
    let search = Search { catalogue, prunable: &prunable, room: room(budget.0, header) };
    let fitted = |shape: Shape, count: usize| Fitted {
        weighted: search.pairs(shape, count),
        budget: Budget { bytes: budget.0, levels: shape.levels, floor: shape.floor.into() },
    };

    let full = Shape { levels: 16, floor: 5 };
    if let Some(count) = search.most_that_fit(full)
        && (count >= candidates || count >= PAIRS_FOR_ALL_LEVELS * songs)
    {
        return Ok(fitted(full, count));
    }
    let coarse = Shape { levels: 8, floor: 5 };
    if let Some(count) = search.most_that_fit(coarse)
        && 2 * prunable.in_floor(coarse.floor) <= count
    {
        return Ok(fitted(coarse, count));
    }
    let least = Shape { levels: 8, floor: 1 };
    match search.most_that_fit(least) {
        Some(count) => Ok(fitted(least, count)),
        None => {
            let size = search.size(least, 0);
            let enough = (size + header..).find(|&bytes| room(bytes, header) >= size);
            Err(TooSmall { budget, least: ByteSize(enough.unwrap_or(u64::MAX)), songs })
        }
    }
}

/// Bytes that a budget leaves for the core.
fn room(budget: u64, header: u64) -> u64 {
    budget.saturating_sub(header + budget / FREE)
}

/// Bytes of what browsers download first when they download these bytes.
#[must_use]
pub fn compressed_size(bytes: &[u8]) -> u64 {
    let parameters =
        BrotliEncoderParams { quality: BROTLI_QUALITY.into(), size_hint: bytes.len(), ..Default::default() };
    let mut counter = Counter(0);
    // Reading from memory and counting cannot fail.
    let _ = brotli::BrotliCompress(&mut &*bytes, &mut counter, &parameters);
    counter.0
}

struct Counter(u64);

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Shape {
    levels: u32,
    floor: u16,
}

struct Search<'a> {
    catalogue: &'a CatalogueParts,
    prunable: &'a Prunable,
    /// Bytes for the core.
    room: u64,
}

impl Search<'_> {
    fn pairs(&self, shape: Shape, count: usize) -> WeightedPairs {
        self.prunable.heaviest(count, shape.floor).quantised(shape.levels)
    }

    /// Compressed bytes of the core with so many pairs.
    fn size(&self, shape: Shape, count: usize) -> u64 {
        let WeightedPairs { scale, pairs, .. } = self.pairs(shape, count);
        compressed_size(&core_section(self.catalogue, scale, &pairs))
    }

    /// The largest number of pairs found to fit; none if not even those in the floor do.
    fn most_that_fit(&self, shape: Shape) -> Option<usize> {
        let all = self.prunable.pairs().others.len();
        // A pair takes four bits at the least, so that much is clear without trying.
        if (all as u64) < 2 * self.room && self.size(shape, all) <= self.room {
            return Some(all);
        }
        let floor = self.prunable.in_floor(shape.floor);
        let mut fits = (floor, self.size(shape, floor));
        if fits.1 > self.room {
            return None;
        }
        let mut too_many: Option<(usize, u64)> = None;
        for _ in 0..GUESSES {
            let (most, is_tried) = too_many.map_or((all, false), |(count, _)| (count, true));
            let left = (self.room - fits.1) as f64;
            if most - fits.0 <= 1 || (fits.1 as f64) >= CONTENT * self.room as f64 {
                break;
            }
            // Aimed a little below, or the guesses would come near only from above.
            let bytes_a_pair =
                too_many.map_or(BYTES_A_PAIR, |(count, size)| (size - fits.1).max(1) as f64 / (count - fits.0) as f64);
            let step = (left - (1.0 - CONTENT) / 2.0 * self.room as f64).max(1.0) / bytes_a_pair;
            let last = if is_tried { most - 1 } else { most };
            let guess = (fits.0 + step as usize).clamp(fits.0 + 1, last);
            match self.size(shape, guess) {
                size if size <= self.room => fits = (guess, size),
                size => too_many = Some((guess, size)),
            }
            if fits.0 == all {
                break;
            }
        }
        Some(fits.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::{Baskets, BasketsBuilder};
    use crate::build::{Plan, build};
    use segue_model::file::{self, Parts};

    /// Playlists of 40 songs out of 400, near one another on a circle.
    fn playlists() -> Baskets {
        let mut builder = BasketsBuilder::default();
        for playlist in 0..150_u32 {
            for step in 0..40_u32 {
                let song = (playlist * 37 + step * step * (playlist % 5 + 1)) % 400;
                builder.add(&playlist.to_string(), &format!("Artist {}", song % 90), &format!("Song {song}"), None);
            }
        }
        builder.finish()
    }

    fn built(budget: u64) -> Result<Parts, TooSmall> {
        let plan = Plan { budget: Some(ByteSize(budget)), ..Plan::default() };
        build(&playlists(), DataSet::default(), &plan, &|_| {}).map(|(parts, _)| parts)
    }

    fn downloaded(parts: Parts) -> u64 {
        let bytes = file::write(parts).unwrap();
        let header = file::read_header(&bytes).unwrap();
        compressed_size(&bytes[..header.core_length() as usize])
    }

    #[test]
    fn models_keep_to_their_budgets_and_use_them() {
        let all = build(&playlists(), DataSet::default(), &Plan::default(), &|_| {}).unwrap().0;
        let mut pairs_before = 0;
        for budget in [12_000, 14_000, 16_000] {
            let parts = built(budget).unwrap();
            let stored = parts.metadata.mining.budget.clone().unwrap();
            assert_eq!(stored.bytes, budget);
            assert!(parts.pairs.levels.iter().all(|&level| u32::from(level) < stored.levels));
            let pairs = parts.pairs.others.len();
            assert!(pairs > pairs_before && pairs < all.pairs.others.len(), "{budget}: {pairs} pairs");
            pairs_before = pairs;
            let size = downloaded(parts);
            assert!(size <= budget && size + HEADER + budget / 50 > budget, "{budget}: {size}");
        }
        let generous = built(10_000_000).unwrap();
        assert!(generous.pairs.others.len() >= all.pairs.others.len());
        assert_eq!(generous.metadata.mining.budget.unwrap().levels, 16);
    }

    #[test]
    fn a_budget_that_is_too_small_is_refused_with_one_that_is_not() {
        let refused = built(2_000).unwrap_err();
        assert_eq!((refused.budget, refused.songs), (ByteSize(2_000), 400));
        let message = refused.to_string();
        assert!(message.contains("--budget"), "{message}");
        let parts = built(refused.least.0).unwrap();
        assert_eq!(parts.metadata.mining.budget.clone().unwrap().floor, 1);
        assert!(downloaded(parts) <= refused.least.0);
        assert!(built(refused.least.0 - 1).is_err());
    }

    #[test]
    fn every_song_has_a_neighbour_however_small_the_budget() {
        let parts = built(built(2_000).unwrap_err().least.0).unwrap();
        let mut has_one = vec![false; 400];
        let mut start = 0;
        for (song, &end) in parts.pairs.ends.iter().enumerate() {
            for &other in &parts.pairs.others[start..end as usize] {
                (has_one[song], has_one[other as usize]) = (true, true);
            }
            start = end as usize;
        }
        assert!(has_one.iter().all(|&has| has));
    }
}
