//! Ranges of bytes: which part of a body a client asks for (RFC 9110, 14).

use std::ops::Range;

use axum::http::{HeaderMap, HeaderValue, header};

/// What of a body is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Everything: no range is asked for, or one that is to be ignored.
    Whole,
    /// These bytes.
    Part(Range<usize>),
    /// Bytes that there are not.
    Nothing,
}

/// What a client wants of a body of this many bytes with this strong entity tag.
///
/// A list of ranges is ignored, as the standard allows; so is a range on condition of another body (`If-Range`).
#[must_use]
pub fn wanted(headers: &HeaderMap, length: usize, tag: &HeaderValue) -> Wanted {
    let is_of_another = headers.get(header::IF_RANGE).is_some_and(|condition| condition != tag);
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok()).filter(|_| !is_of_another);
    let Some((first, last)) = asked.and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) else {
        return Wanted::Whole;
    };
    // Digits only: `parse` would take a sign too.
    let number = |text: &str| {
        let text = text.trim();
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<usize>().ok()).flatten()
    };
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Some(first), None) if last.trim().is_empty() => first..length,
        // The last so many.
        (None, Some(count)) if first.trim().is_empty() => length - count.min(length)..length,
        _ => return Wanted::Whole,
    };
    if range.start < range.end { Wanted::Part(range) } else { Wanted::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: HeaderValue = HeaderValue::from_static("\"tag\"");

    fn of_ten(range: &'static str) -> Wanted {
        wanted(&HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static(range))]), 10, &TAG)
    }

    #[test]
    fn a_range_is_what_its_ends_say() {
        for (range, part) in
            [("bytes=0-0", 0..1), ("bytes=2-4", 2..5), ("bytes=7-99", 7..10), ("bytes=3-", 3..10), ("bytes=-4", 6..10)]
        {
            assert_eq!(of_ten(range), Wanted::Part(part), "{range}");
        }
        assert_eq!(of_ten("bytes=-99"), Wanted::Part(0..10));
    }

    #[test]
    fn a_range_beyond_the_end_is_nothing() {
        for range in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
            assert_eq!(of_ten(range), Wanted::Nothing, "{range}");
        }
    }

    #[test]
    fn what_is_no_single_range_is_ignored() {
        for range in ["bytes=4-2", "bytes=0-1,3-4", "bytes=-", "bytes=a-b", "bytes=+1-2", "lines=1-2", "bytes", ""] {
            assert_eq!(of_ten(range), Wanted::Whole, "{range}");
        }
        assert_eq!(wanted(&HeaderMap::new(), 10, &TAG), Wanted::Whole);
    }

    #[test]
    fn a_range_of_another_body_is_ignored() {
        let with = |condition: &'static str| {
            let headers = [(header::RANGE, "bytes=0-3"), (header::IF_RANGE, condition)];
            let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
            wanted(&HeaderMap::from_iter(headers), 10, &TAG)
        };
        assert_eq!(with("\"tag\""), Wanted::Part(0..4));
        // Weak tags and dates do not say that the bytes are the same.
        for condition in ["\"other\"", "W/\"tag\"", "Sat, 21 Nov 2026 08:00:00 GMT"] {
            assert_eq!(with(condition), Wanted::Whole, "{condition}");
        }
    }
}
