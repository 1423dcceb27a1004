//! Minimum support as people write it: a count, or a share of all playlists.

use std::fmt;
use std::str::FromStr;

/// A minimum support.
///
/// An integer is a count of playlists; a number with a decimal point or a percent sign is a share of them, compared
/// exactly: 2 of 5 playlists are frequent at 0.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MinSupport {
    /// At least this many playlists.
    Count(u32),
    /// At least `numerator / denominator` of all playlists.
    Share {
        /// Above the line.
        numerator: u64,
        /// Below the line, a power of ten.
        denominator: u64,
    },
}

impl MinSupport {
    /// The smallest frequent count among so many playlists; at least 1.
    #[must_use]
    pub fn count(self, playlists: usize) -> u32 {
        match self {
            Self::Count(count) => count.max(1),
            Self::Share { numerator, denominator } => {
                let count = (u128::from(numerator) * playlists as u128).div_ceil(u128::from(denominator));
                u32::try_from(count).unwrap_or(u32::MAX).max(1)
            }
        }
    }
}

/// Not a minimum support.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give a count of playlists such as 20, or a share such as 0.01 or 1%")]
pub struct NotASupport;

impl FromStr for MinSupport {
    type Err = NotASupport;

    fn from_str(text: &str) -> Result<Self, NotASupport> {
        let (number, percent) = match text.trim().strip_suffix('%') {
            Some(number) => (number.trim_end(), true),
            None => (text.trim(), false),
        };
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        if !percent && !number.contains('.') {
            return number.parse().ok().filter(|&count| count > 0).map(Self::Count).ok_or(NotASupport);
        }
        let digits = format!("{whole}{decimals}");
        let is_number = !digits.is_empty() && digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Err(NotASupport);
        }
        let numerator: u64 = digits.parse().map_err(|_| NotASupport)?;
        let denominator = 10_u64.pow(decimals.len() as u32) * if percent { 100 } else { 1 };
        if numerator == 0 || numerator > denominator {
            return Err(NotASupport);
        }
        Ok(Self::Share { numerator, denominator })
    }
}

impl fmt::Display for MinSupport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Share { numerator, denominator } => {
                write!(f, "{}%", *numerator as f64 * 100.0 / *denominator as f64)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_compared_exactly() {
        for (text, playlists, count) in [
            ("0.4", 5, 2),
            ("40%", 5, 2),
            ("0.41", 5, 3),
            ("0.1", 10, 1),
            ("0.3", 10, 3),
            ("1%", 2306, 24),
            ("100%", 7, 7),
            ("1.0", 7, 7),
            ("7", 5, 7),
            ("0.5%", 100, 1),
        ] {
            assert_eq!(text.parse::<MinSupport>().unwrap().count(playlists), count, "{text} of {playlists}");
        }
    }

    #[test]
    fn what_is_no_support_is_refused() {
        for text in ["", "0", "0.0", "-1", "1.5", "101%", "x", "1e3", ".", "%"] {
            assert_eq!(text.parse::<MinSupport>(), Err(NotASupport), "{text}");
        }
    }
}
