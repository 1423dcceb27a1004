//! How long playlists are.

use super::random::Random;

/// The middle of each 64th of a log-normal distribution, exp(4.26 + 0.65·Φ⁻¹((i + ½) / 64)), clipped to 15..=180: most
/// playlists are short, a few are long. A table, because exponentials differ in their last bits between platforms.
const LENGTHS: [u64; 64] = [
    15, 19, 23, 25, 27, 29, 31, 33, 34, 36, 38, 39, 41, 42, 43, 45, 46, 48, 49, 51, 52, 54, 55, 57, 58, 60, 61, 63, 65,
    66, 68, 70, 72, 74, 75, 77, 79, 82, 84, 86, 88, 91, 93, 96, 99, 102, 105, 108, 112, 115, 119, 124, 128, 134, 139,
    146, 153, 162, 172, 180, 180, 180, 180, 180,
];

/// Draws how many songs a playlist should have.
pub(super) fn draw(random: &mut Random) -> usize {
    *random.choose(&LENGTHS) as usize
}
