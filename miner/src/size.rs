//! Sizes in bytes as people write them.

use std::fmt;
use std::str::FromStr;

/// A number of bytes, at least 1.
///
/// Written as a number with a unit: `1MB` and `900k` count in thousands, as networks do, `1MiB` and `900Ki` in 1,024s.
/// Case, spaces and a final `B` do not matter; without a unit it is bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

/// Not a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give a size such as 1MB, 900k, 1.5MiB or 800000")]
pub struct NotASize;

impl FromStr for ByteSize {
    type Err = NotASize;

    fn from_str(text: &str) -> Result<Self, NotASize> {
        let text = text.trim();
        let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(unit_at);
        let unit = unit.trim_start().to_ascii_lowercase();
        let factor: u64 = match unit.strip_suffix('b').unwrap_or(&unit) {
            "" => 1,
            "k" => 1_000,
            "m" => 1_000_000,
            "g" => 1_000_000_000,
            "ki" => 1 << 10,
            "mi" => 1 << 20,
            "gi" => 1 << 30,
            _ => return Err(NotASize),
        };
        // "." and "1.2.3" are no numbers; what has a point is rounded down to whole bytes.
        let number: f64 = number.parse().map_err(|_| NotASize)?;
        let bytes = number * factor as f64;
        // Beyond 2^53 whole numbers are not exact any more, and no model is that large.
        if (1.0..=9.0e15).contains(&bytes) { Ok(Self(bytes as u64)) } else { Err(NotASize) }
    }
}

impl fmt::Display for ByteSize {
    /// In thousands, with two digits behind the point; the number of bytes below one thousand.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0 as f64;
        match self.0 {
            0..1_000 => write!(f, "{} B", self.0),
            1_000..1_000_000 => write!(f, "{:.1} kB", bytes / 1e3),
            1_000_000..1_000_000_000 => write!(f, "{:.2} MB", bytes / 1e6),
            _ => write!(f, "{:.2} GB", bytes / 1e9),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("1MB", 1_000_000),
            ("1 mb", 1_000_000),
            ("1m", 1_000_000),
            ("900k", 900_000),
            ("900kB", 900_000),
            ("1MiB", 1_048_576),
            ("1.5Mi", 1_572_864),
            ("0.86MB", 860_000),
            ("800000", 800_000),
            (" 512 B ", 512),
            ("2G", 2_000_000_000),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "MB", "-1MB", "1.2.3k", ".", "1 TB", "1 000", "0", "0.4", "1e9", "9999999999GB", "one"] {
            assert_eq!(text.parse::<ByteSize>(), Err(NotASize), "{text}");
        }
    }

    #[test]
    fn sizes_are_shown_in_the_unit_that_suits_them() {
        for (bytes, text) in [(999, "999 B"), (1_000, "1.0 kB"), (999_960, "1000.0 kB"), (998_400_000, "998.40 MB")] {
            assert_eq!(ByteSize(bytes).to_string(), text);
        }
    }
}
