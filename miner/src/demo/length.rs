//! How long playlists are.

use super::random::Random;

/// The middle of each 64th of a log-normal distribution, exp(4.22 + 0.65·Φ⁻¹((i + ½) / 64)), clipped to 15..=180: most
/// playlists are short, a few are long. A table, because exponentials differ in their last bits between platforms.
const LENGTHS: [u64; 64] = [
    15, 19, 22, 24, 26, 28, 30, 31, 33, 35, 36, 37, 39, 40, 42, 43, 45, 46, 47, 49, 50, 52, 53, 55, 56, 58, 59, 61, 62,
    64, 65, 67, 69, 71, 73, 74, 76, 78, 80, 83, 85, 87, 90, 92, 95, 98, 101, 104, 107, 111, 115, 119, 123, 128, 134,
    140, 147, 156, 165, 177, 180, 180, 180, 180,
];

/// Draws how many songs a playlist should have.
pub(super) fn draw(random: &mut Random) -> usize {
    *random.choose(&LENGTHS) as usize
}
