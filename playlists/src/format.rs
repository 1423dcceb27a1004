//! Which format a file has, told by its name.

use std::fmt;

/// A playlist file format this crate reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values: with a header and one song a row, [`csv`](crate::csv), or one basket a line,
    /// [`lines`](crate::lines).
    Csv,
    /// FIMI baskets: [`dat`](crate::dat).
    Dat,
    /// Slices of the Million Playlist Dataset: [`mpd`](crate::mpd).
    Mpd,
}

impl Format {
    /// Every format, in the order in which they are listed to people.
    pub const ALL: [Format; 3] = [Format::Csv, Format::Dat, Format::Mpd];

    /// The format of a file of this name, path or URL; `None` when its ending is not one of ours.
    ///
    /// Upper or lower case does not matter, a last `.gz` is looked through, and so are a URL's query
    /// and fragment.
    ///
    /// ```
    /// use segue_playlists::Format;
    /// assert_eq!(Format::from_name("lists/Summer.CSV.gz"), Some(Format::Csv));
    /// assert_eq!(Format::from_name("https://example.org/retail.dat?raw=1"), Some(Format::Dat));
    /// assert_eq!(Format::from_name("notes.odt"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Format> {
        let name = file_name(name);
        let name = strip_ending(name, "gz").unwrap_or(name);
        Format::ALL.into_iter().find(|format| strip_ending(name, format.ending()).is_some())
    }

    /// The file name ending of this format, without the dot.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Dat => "dat",
            Format::Mpd => "json",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Csv => "CSV",
            Format::Dat => "FIMI .dat",
            Format::Mpd => "Million Playlist Dataset JSON",
        })
    }
}

/// Whether a file of this name, path or URL is gzipped, by its `.gz` ending.
#[must_use]
pub fn is_gzip_name(name: &str) -> bool {
    strip_ending(file_name(name), "gz").is_some()
}

/// Whether these are the first bytes of a gzip file, whatever its name says.
#[must_use]
pub fn is_gzip(first_bytes: &[u8]) -> bool {
    first_bytes.starts_with(&[0x1f, 0x8b])
}

/// The last part of a path; of a URL without its query and fragment.
fn file_name(name: &str) -> &str {
    let path = if name.contains("://") { name.split(['?', '#']).next().unwrap_or(name) } else { name };
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// `name` without `.ending`, if it ends so in any case and something stands before it.
fn strip_ending<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let (stem, last) = name.rsplit_once('.')?;
    (!stem.is_empty() && last.eq_ignore_ascii_case(ending)).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_without_gz_decides() {
        for name in ["a.csv", "a.csv.gz", "A.CSV", "dir.dat/a.b.csv.GZ", r"C:\lists\a.csv"] {
            assert_eq!(Format::from_name(name), Some(Format::Csv), "{name}");
        }
        assert_eq!(Format::from_name("retail.dat"), Some(Format::Dat));
        assert_eq!(Format::from_name("retail.dat.gz"), Some(Format::Dat));
        assert_eq!(Format::from_name("mpd.slice.0-999.json"), Some(Format::Mpd));
    }

    #[test]
    fn names_without_a_known_ending_have_no_format() {
        for name in ["", "csv", ".csv", "a.gz", "a.csv.zip", "a.csv.gz.gz", "lists.csv/", "a.csvx"] {
            assert_eq!(Format::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_query_is_looked_through_in_urls_only() {
        assert_eq!(Format::from_name("https://example.org/a.csv.gz?x=b.dat#top"), Some(Format::Csv));
        assert_eq!(Format::from_name("what?.csv"), Some(Format::Csv));
        assert!(is_gzip_name("https://example.org/a.csv.gz?x=1"));
        assert!(!is_gzip_name("a.csv"));
    }

    #[test]
    fn gzip_is_known_by_its_first_bytes() {
        assert!(is_gzip(&[0x1f, 0x8b, 8, 0]));
        assert!(!is_gzip(b"pid,track_name"));
        assert!(!is_gzip(&[]));
    }
}
