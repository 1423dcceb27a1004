//! What a command says on the standard error when it is done: a line a fact.

use std::fmt::Display;
use std::fs;

/// A line: what, and how much of it.
pub(crate) fn line(what: &str, value: impl Display) {
    eprintln!("{what:<11}{value}");
}

/// Sets or rules by their length: `counts[n]` are those of `n`.
pub(crate) fn by_length(counts: &[u64]) -> String {
    let lengths = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    lengths.map(|(length, count)| format!("{length}: {count}")).collect::<Vec<_>>().join(", ")
}

/// A large number in a few digits.
pub(crate) fn short(number: f64) -> String {
    match number {
        1e9.. => format!("{:.1} billion", number / 1e9),
        1e6.. => format!("{:.1} million", number / 1e6),
        1e4.. => format!("{:.0} thousand", number / 1e3),
        _ => format!("{number:.0}"),
    }
}

/// An amount of memory or of bytes in a file.
pub(crate) fn megabytes(bytes: usize) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Largest resident memory of this process so far, bytes; where the system tells.
pub(crate) fn peak_memory() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_lengths_without_sets_left_out() {
        assert_eq!(short(999.6), "1000");
        assert_eq!(short(123_456.0), "123 thousand");
        assert_eq!(short(4_200_000.0), "4.2 million");
        assert_eq!(short(3e9), "3.0 billion");
        assert_eq!(by_length(&[0, 0, 7, 1]), "2: 7, 3: 1");
    }
}
