//! Which playlists a model was trained on: a sketch in its file, to tell later whether it has seen a playlist.
//!
//! Playlists change a little from one data set to the next, so it is not enough to know them when nothing has changed.
//! Each playlist leaves [`BANDS`] numbers, each a hash of the minima of [`ROWS`] hash functions over its songs (MinHash:
//! Broder, "On the resemblance and containment of documents", SEQUENCES 1997; bands: Leskovec, Rajaraman, Ullman,
//! "Mining of Massive Datasets", section 3.4). Two playlists whose share of common songs among all of theirs is s have
//! one of these numbers in common with probability 1 − (1 − s⁶)⁶: 1 for s = 1, .99 at .9, .84 at .8, .09 at .5,
//! 6 in a million at .1.

use rayon::prelude::*;
use segue_model::file::Header;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::identity::{SongIdentity, of_baskets};
use crate::baskets::Baskets;

/// Numbers left by each playlist.
const BANDS: usize = 6;
/// Hash functions behind each number.
const ROWS: usize = 6;

/// The code of the section of a model file that holds the sketch.
pub const SECTION: u32 = 64;

/// First byte of that section.
const VERSION: u8 = 2;

/// A sketch of the playlists that a model was trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrainedOn {
    /// Ascending, each once.
    numbers: Vec<u32>,
}

impl TrainedOn {
    /// The sketch of these playlists.
    #[must_use]
    pub fn new(playlists: &Baskets) -> Self {
        let songs = song_hashes(&of_baskets(playlists));
        let playlists: Vec<&[u32]> = playlists.iter().collect();
        let mut numbers: Vec<u32> = playlists.par_iter().flat_map_iter(|playlist| bands(playlist, &songs)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        Self { numbers }
    }

    /// For each playlist whether it, or one much like it, was trained on.
    #[must_use]
    pub fn has_seen(&self, playlists: &Baskets) -> Vec<bool> {
        self.has_seen_each(playlists.iter(), playlists)
    }

    /// The same for any playlists of the songs that `names` numbers. A playlist without songs is like no other.
    #[must_use]
    pub fn has_seen_each<'a>(&self, playlists: impl Iterator<Item = &'a [u32]>, names: &Baskets) -> Vec<bool> {
        let songs = song_hashes(&of_baskets(names));
        let known = |number: &u32| self.numbers.binary_search(number).is_ok();
        playlists.map(|playlist| !playlist.is_empty() && bands(playlist, &songs).iter().any(known)).collect()
    }

    /// As the bytes of a section.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        std::iter::once(VERSION).chain(self.numbers.iter().flat_map(|number| number.to_le_bytes())).collect()
    }

    /// From a whole model file; `None` if the file has no sketch that can be understood.
    #[must_use]
    pub fn of_file(header: &Header, file: &[u8]) -> Option<Self> {
        let (&VERSION, body) = header.section_bytes(file, SECTION)?.split_first()? else { return None };
        let (numbers, rest) = body.as_chunks();
        let numbers: Vec<u32> = numbers.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
        (rest.is_empty() && numbers.is_sorted()).then_some(Self { numbers })
    }
}

fn song_hashes(identities: &[SongIdentity]) -> Vec<u32> {
    identities.iter().map(|identity| identity.0 as u32).collect()
}

/// The numbers of a playlist with at least one song.
fn bands(playlist: &[u32], songs: &[u32]) -> [u32; BANDS] {
    let mut minima = [u32::MAX; BANDS * ROWS];
    for &song in playlist {
        let hash = songs[song as usize];
        for (minimum, (factor, summand)) in minima.iter_mut().zip(FACTORS.iter().zip(&SUMMANDS)) {
            *minimum = (*minimum).min(hash.wrapping_mul(*factor).wrapping_add(*summand));
        }
    }
    let mut bands = minima.chunks_exact(ROWS).zip(0..).map(|(minima, band)| {
        let bytes: Vec<u8> = minima.iter().flat_map(|minimum| minimum.to_le_bytes()).collect();
        xxh3_64_with_seed(&bytes, band) as u32
    });
    std::array::from_fn(|_| bands.next().unwrap_or(0))
}

/// The hash functions, over hashes of songs: h · factor + summand modulo 2³², all of them at once by vector
/// instructions.
const FACTORS: [u32; BANDS * ROWS] = {
    let mut factors = arbitrary(0);
    let mut at = 0;
    while at < factors.len() {
        // Odd, so that no two hashes come to the same.
        factors[at] |= 1;
        at += 1;
    }
    factors
};
const SUMMANDS: [u32; BANDS * ROWS] = arbitrary(1);

/// Numbers that have nothing to do with each other: SplitMix64's (Steele, Lea, Flood, OOPSLA 2014).
const fn arbitrary(seed: u64) -> [u32; BANDS * ROWS] {
    let mut numbers = [0; BANDS * ROWS];
    let (mut at, mut state) = (0, seed);
    while at < numbers.len() {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        numbers[at] = ((z ^ (z >> 31)) >> 32) as u32;
        at += 1;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::BasketsBuilder;

    /// Playlist `at` has the songs from `at * step` on.
    fn baskets(playlists: u32, length: u32, step: u32, other: u32) -> Baskets {
        let mut builder = BasketsBuilder::default();
        for at in 0..playlists {
            for song in 0..length {
                let number = if song < other { 1_000_000 + at * length + song } else { at * step + song };
                builder.add(&at.to_string(), "", &number.to_string(), None);
            }
        }
        builder.finish()
    }

    fn share_seen(old: &Baskets, new: &Baskets) -> f64 {
        let seen = TrainedOn::new(old).has_seen(new);
        seen.iter().filter(|&&seen| seen).count() as f64 / seen.len() as f64
    }

    #[test]
    fn playlists_are_known_again_though_a_little_has_changed() {
        let old = baskets(300, 60, 60, 0);
        assert_eq!(share_seen(&old, &old), 1.0);
        // 2 of 60 songs are others: 58 of 62 are common.
        assert!(share_seen(&old, &baskets(300, 60, 60, 2)) > 0.98);
        // 7 of 60 are others: 53 of 67, of which four in five are found.
        assert!((0.71..0.91).contains(&share_seen(&old, &baskets(300, 60, 60, 7))));
        // 40 of 60 are others: 20 of 100.
        assert!(share_seen(&old, &baskets(300, 60, 60, 40)) < 0.02);
    }

    #[test]
    fn playlists_that_overlap_a_little_are_not_taken_for_each_other() {
        // Each shares half its songs with the next, a third of both: .8 % of them for a single neighbour.
        let new = baskets(300, 60, 30, 30);
        assert!(share_seen(&baskets(300, 60, 30, 0), &new) < 0.1);
    }

    #[test]
    fn the_sketch_survives_its_file() {
        let old = TrainedOn::new(&baskets(20, 5, 5, 0));
        let bytes = old.encode();
        assert_eq!(bytes.len(), 1 + 20 * BANDS * 4);
        let file = segue_model::file::with_section(&model(), SECTION, &bytes).unwrap();
        let header = segue_model::file::read_header(&file).unwrap();
        assert_eq!(TrainedOn::of_file(&header, &file), Some(old));
        for wrong in [&bytes[..bytes.len() - 1], &[1, 0, 0, 0, 0], &[]] {
            let file = segue_model::file::with_section(&model(), SECTION, wrong).unwrap();
            let header = segue_model::file::read_header(&file).unwrap();
            assert_eq!(TrainedOn::of_file(&header, &file), None);
        }
        assert_eq!(TrainedOn::of_file(&segue_model::file::read_header(&model()).unwrap(), &model()), None);
    }

    fn model() -> Vec<u8> {
        let plan = crate::build::Plan::default();
        segue_model::file::write(
            crate::build::build(&baskets(4, 3, 1, 0), Default::default(), &plan, &|_| {}).unwrap().0,
        )
        .unwrap()
    }
}
