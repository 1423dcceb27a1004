//! What is mined: files by name, with what must be found in them, and playlists made here.

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// A file that may be there.
pub(crate) struct File {
    pub(crate) name: &'static str,
    /// Minimum supports, and how many frequent itemsets there are.
    pub(crate) supports: &'static [(u32, u64)],
    /// Minimum supports, and how many rules of confidence ½ there are with one consequent and with any.
    pub(crate) rules: &'static [(u32, u64, u64)],
    /// Items that are in every basket. pyfim does not report them alone: each is the empty set's perfect extension.
    pub(crate) in_every_basket: u64,
    /// Whether it counts in the mean over sparse data.
    pub(crate) in_mean: bool,
}

/// The files, with counts that several independent miners agree on.
pub(crate) const FILES: &[File] = &[
    File {
        name: "pl240k.dat",
        supports: &[(180, 130), (36, 8_362), (18, 81_595)],
        rules: &[(36, 6_385, 8_455)],
        in_every_basket: 0,
        in_mean: true,
    },
    File {
        name: "T10I4D100K.dat",
        supports: &[(500, 1_073), (100, 27_532), (50, 53_385)],
        rules: &[],
        in_every_basket: 0,
        in_mean: true,
    },
    File { name: "retail.dat", supports: &[(100, 6_451), (20, 57_697)], rules: &[], in_every_basket: 0, in_mean: true },
    File {
        name: "mushroom.dat",
        supports: &[(812, 574_513), (406, 3_755_705)],
        rules: &[],
        in_every_basket: 1,
        in_mean: false,
    },
    File {
        name: "chess.dat",
        supports: &[(1_598, 1_272_932), (1_438, 2_846_040)],
        rules: &[],
        in_every_basket: 0,
        in_mean: false,
    },
    File { name: "pl6m.dat", supports: &[(1_000, 318), (100, 25_921)], rules: &[], in_every_basket: 0, in_mean: true },
];

/// What was made.
pub(crate) struct Made {
    pub(crate) rows: u64,
    pub(crate) playlists: u32,
}

/// Writes playlists of about so many rows, always the same: songs by popularity (a power law) and by taste, of which
/// each playlist has one; lengths from 8 to 120, short ones more often.
pub(crate) fn make(rows: u64, path: &Path) -> std::io::Result<Made> {
    /// Songs in all for so many rows: catalogues grow slower than their playlists.
    const TASTES: u64 = 40;
    let songs = ((rows as f64).sqrt() * 40.0) as u64;
    let mut random = Random(rows);
    let mut file = BufWriter::new(fs::File::create(path)?);
    let mut made = Made { rows: 0, playlists: 0 };
    let mut playlist = Vec::new();
    while made.rows < rows {
        let length = 8 + (112.0 * random.share().powi(3)) as usize;
        let taste = random.below(TASTES);
        playlist.clear();
        for _ in 0..length {
            // Falling popularity: the logarithm of the rank is uniform, with a flat beginning.
            let rank = (20.0 * ((songs as f64 / 20.0 + 1.0).powf(random.share()) - 1.0)) as u64;
            // Two songs in three are of the playlist's taste.
            let song = if random.below(3) < 2 { rank / TASTES * TASTES + taste } else { rank };
            playlist.push(song);
        }
        playlist.sort_unstable();
        playlist.dedup();
        let words: Vec<String> = playlist.iter().map(u64::to_string).collect();
        writeln!(file, "{}", words.join(" "))?;
        made.rows += playlist.len() as u64;
        made.playlists += 1;
    }
    file.flush()?;
    Ok(made)
}

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, bound: u64) -> u64 {
        (self.share() * bound as f64) as u64
    }
}
