//! Version numbers, as programs print them.

use std::fmt;
use std::str::FromStr;

/// A version number of one to four parts, compared part by part: `132`, `1.96`, `0.22.1`, `156.0.8078.79`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(Vec<u64>);

/// Which versions of a tool will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// This one and no other.
    Exactly(Version),
    /// This one or a later one that promises to be compatible with it.
    CompatibleWith(Version),
}

impl Version {
    /// The first version number in what `tool --version` printed.
    pub(crate) fn first_in(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| word.parse().ok())
    }

    /// The first part.
    pub(crate) fn major(&self) -> u64 {
        self.0[0]
    }

    fn part(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }

    /// The parts that a compatible version must share: up to and with the first that is not zero.
    fn fixed_parts(&self) -> usize {
        self.0.iter().position(|part| *part != 0).map_or(self.0.len(), |index| index + 1)
    }
}

impl FromStr for Version {
    type Err = String;

    /// Reads the number at the beginning of a word and leaves a suffix such as `-nightly` or `+dfsg1-1` out.
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let word = word.strip_prefix('v').unwrap_or(word);
        let end = word.find(|letter: char| !(letter.is_ascii_digit() || letter == '.')).unwrap_or(word.len());
        let parts: Result<Vec<u64>, _> = word[..end].split('.').map(str::parse).collect();
        parts.map(Self).map_err(|_| format!("`{word}` is not a version number"))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u64::to_string).collect();
        formatter.write_str(&parts.join("."))
    }
}

impl Wanted {
    /// Whether `found` will do.
    pub(crate) fn accepts(&self, found: &Version) -> bool {
        match self {
            Self::Exactly(wanted) => found == wanted,
            Self::CompatibleWith(wanted) => {
                found >= wanted && (0..wanted.fixed_parts()).all(|index| found.part(index) == wanted.part(index))
            }
        }
    }

    /// The version to install where none that will do is found.
    pub(crate) fn version(&self) -> &Version {
        match self {
            Self::Exactly(version) | Self::CompatibleWith(version) => version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn the_version_is_found_in_what_each_tool_prints() {
        for (printed, expected) in [
            ("trunk 0.22.1", "0.22.1"),
            ("wasm-bindgen 0.2.130\n", "0.2.130"),
            ("wasm-opt version 132 (version_132)", "132"),
            ("cargo-deny 0.20.2", "0.20.2"),
            ("Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)", "156.0.8078.79"),
            ("ChromeDriver 156.0.8078.79 (a21ce95c24ce-refs/branch-heads/8078@{#1704})", "156.0.8078.79"),
            ("rustc 1.97.0-nightly (59807616e 2026-04-14)", "1.97.0"),
            ("  Candidate: 1.96.0+dfsg1-1~deb12u2", "1.96.0"),
            ("v20.20.2", "20.20.2"),
        ] {
            assert_eq!(Version::first_in(printed), Some(version(expected)), "{printed}");
        }
    }

    #[test]
    fn text_without_a_number_has_no_version() {
        for text in ["", "(none)", "command not found", "...", "1..2", "99999999999999999999999"] {
            assert_eq!(Version::first_in(text), None, "{text}");
        }
    }

    #[test]
    fn versions_compare_by_number_and_not_by_letter() {
        assert!(version("0.22.10") > version("0.22.9"));
        assert!(version("1.95") < version("1.95.1"));
        assert!(version("9.0") < version("10.0"));
    }

    #[test]
    fn exactly_means_exactly() {
        let wanted = Wanted::Exactly(version("0.2.130"));
        assert!(wanted.accepts(&version("0.2.130")));
        assert!(!wanted.accepts(&version("0.2.131")));
        assert!(!wanted.accepts(&version("0.2.13")));
    }

    #[test]
    fn compatible_means_as_cargo_means_it() {
        let wanted = Wanted::CompatibleWith(version("0.22.1"));
        assert!(wanted.accepts(&version("0.22.1")) && wanted.accepts(&version("0.22.14")));
        assert!(
            !wanted.accepts(&version("0.22.0"))
                && !wanted.accepts(&version("0.23.0"))
                && !wanted.accepts(&version("1.22.1"))
        );
        let wanted = Wanted::CompatibleWith(version("2.3"));
        assert!(
            wanted.accepts(&version("2.10.1"))
                && !wanted.accepts(&version("3.0"))
                && !wanted.accepts(&version("2.2.9"))
        );
    }
}
