//! Minima as exact fractions.

use std::fmt;
use std::str::FromStr;

/// Above the numerators and denominators of all thresholds: small enough that no comparison overflows 128 bits.
const LIMIT: u64 = 1_000_000_000_000_000_000;

/// A minimum for a measure of a rule: a fraction, so that comparing with it does not depend on rounding.
///
/// People write a decimal (`0.5`, `1.2`, `-0.01`), a percentage (`50%`) or a fraction (`2/3`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    numerator: i64,
    denominator: u64,
}

impl Threshold {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// One.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// The fraction `numerator / denominator`, not above 10¹⁸ each; `None` for another one.
    #[must_use]
    pub fn new(numerator: i64, denominator: u64) -> Option<Self> {
        let is_fine = numerator.unsigned_abs() <= LIMIT && (1..=LIMIT).contains(&denominator);
        is_fine.then_some(Self { numerator, denominator })
    }

    /// The simplest fraction that is this floating-point number to its last bit, so that what was computed as 5 / 6 means
    /// five sixths, and 0.1 a tenth: the first convergent of its continued fraction that rounds to it. `None` if it is
    /// not finite or too large.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        let size = value.abs();
        // Also false for what is no number.
        let is_fine = size < LIMIT as f64;
        if !is_fine {
            return None;
        }
        let (mut before, mut last, mut rest) = ((0_u64, 1_u64), (1_u64, 0_u64), size);
        loop {
            let whole = rest.floor();
            let next = |before: u64, last: u64| (whole as u64).checked_mul(last)?.checked_add(before);
            let (numerator, denominator) = next(before.0, last.0).zip(next(before.1, last.1))?;
            if numerator as f64 / denominator as f64 == size {
                let numerator = i64::try_from(numerator).ok()?;
                return Self::new(if value < 0.0 { -numerator } else { numerator }, denominator);
            }
            if denominator > LIMIT {
                return None;
            }
            (before, last) = (last, (numerator, denominator));
            rest = 1.0 / (rest - whole);
        }
    }

    /// Above the line.
    pub(super) fn numerator(self) -> i128 {
        i128::from(self.numerator)
    }

    /// Below the line; at least 1.
    pub(super) fn denominator(self) -> i128 {
        i128::from(self.denominator)
    }

    /// As a floating-point number, for showing.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

/// Not a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give a number such as 0.5, 50% or 2/3, with at most 16 decimals")]
pub struct NotAThreshold;

impl FromStr for Threshold {
    type Err = NotAThreshold;

    fn from_str(text: &str) -> Result<Self, NotAThreshold> {
        let (sign, number) = match text.trim().strip_prefix('-') {
            Some(number) => (-1, number),
            None => (1, text.trim()),
        };
        let (numerator, denominator) = match number.split_once('/') {
            Some((above, below)) => (integer(above)?, integer(below)?),
            None => {
                let (number, percent) = match number.strip_suffix('%') {
                    Some(number) => (number.trim_end(), 100),
                    None => (number, 1),
                };
                let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
                // With two more for percentages: not above the limit.
                if decimals.len() > 16 {
                    return Err(NotAThreshold);
                }
                let numerator = integer(&format!("{whole}{decimals}"))?;
                (numerator, 10_u64.pow(decimals.len() as u32) * percent)
            }
        };
        let numerator = i64::try_from(numerator).map_err(|_| NotAThreshold)?;
        Self::new(sign * numerator, denominator).ok_or(NotAThreshold)
    }
}

fn integer(digits: &str) -> Result<u64, NotAThreshold> {
    let is_number = (1..=17).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().map_err(|_| NotAThreshold) } else { Err(NotAThreshold) }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_f64().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn equal(threshold: Threshold, numerator: i128, denominator: i128) -> bool {
        threshold.numerator() * denominator == numerator * threshold.denominator()
    }

    #[test]
    fn what_people_write_is_taken_exactly() {
        for (text, numerator, denominator) in [
            ("0.1", 1, 10),
            (".5", 1, 2),
            ("1.", 1, 1),
            ("50%", 1, 2),
            ("0.5 %", 1, 200),
            ("2/3", 2, 3),
            ("-0.01", -1, 100),
            ("-1/4", -1, 4),
            ("3", 3, 1),
            ("0", 0, 1),
            ("0.333333333333333", 333_333_333_333_333, 1_000_000_000_000_000),
        ] {
            assert!(equal(text.parse().unwrap(), numerator, denominator), "{text}");
        }
        for text in [
            "",
            ".",
            "%",
            "x",
            "1e3",
            "1/0",
            "1/",
            "/2",
            "--1",
            "1.2.3",
            "+1",
            "0.12345678901234567",
            "123456789012345678",
        ] {
            assert_eq!(text.parse::<Threshold>(), Err(NotAThreshold), "{text}");
        }
    }

    #[test]
    fn floating_point_numbers_mean_the_simplest_fraction() {
        for (value, numerator, denominator) in
            [(0.1, 1, 10), (2.0 / 3.0, 2, 3), (5.0 / 6.0, 5, 6), (0.0, 0, 1), (-0.25, -1, 4), (1.2, 6, 5), (7.0, 7, 1)]
        {
            assert!(equal(Threshold::from_f64(value).unwrap(), numerator, denominator), "{value}");
        }
        for value in [f64::NAN, f64::INFINITY, -f64::INFINITY, 1e30] {
            assert_eq!(Threshold::from_f64(value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn a_computed_share_is_that_share(part in 0_u32..2_000_000, more in 1_u32..2_000_000) {
            let threshold = Threshold::from_f64(f64::from(part) / f64::from(part + more)).unwrap();
            prop_assert!(equal(threshold, i128::from(part), i128::from(part + more)));
        }

        #[test]
        fn any_number_gives_itself_again_or_nothing(value in -1e12_f64..1e12, small in 0.0_f64..1.0) {
            for value in [value, small] {
                if let Some(threshold) = Threshold::from_f64(value) {
                    prop_assert_eq!(threshold.to_f64(), value);
                }
            }
        }
    }
}
