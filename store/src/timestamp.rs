//! Points in time as they are written in records.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Error;

/// A point in time, to the millisecond, written as RFC 3339 in UTC: `2026-03-01T12:00:00.000Z`.
///
/// What is read back equals what was written: a time is cut to milliseconds when it is made, and
/// times before 1970 or after 9999 (a clock that was never set) become the nearest of those years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(SystemTime);

/// 9999-12-31T23:59:59.999Z, the last RFC 3339 can write, in milliseconds since 1970.
const LAST_MILLISECOND: u128 = 253_402_300_799_999;

impl Timestamp {
    /// This time, cut to milliseconds.
    #[must_use]
    pub fn new(time: SystemTime) -> Timestamp {
        let since_1970 = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let milliseconds = since_1970.as_millis().min(LAST_MILLISECOND);
        Timestamp(UNIX_EPOCH + Duration::from_millis(milliseconds as u64))
    }

    /// The time as the standard library has it.
    #[must_use]
    pub fn time(self) -> SystemTime {
        self.0
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Timestamp {
        Timestamp::new(time)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_rfc3339_millis(self.0).fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Timestamp, Error> {
        humantime::parse_rfc3339(text)
            .map(Timestamp::new)
            .map_err(|_| Error::NotATimestamp { text: text.chars().take(80).collect() })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_time_is_written_as_rfc_3339() {
        let time = UNIX_EPOCH + Duration::from_nanos(1_772_366_400_123_456_789);
        assert_eq!(Timestamp::new(time).to_string(), "2026-03-01T12:00:00.123Z");
    }

    #[test]
    fn a_clock_that_was_never_set_does_no_harm() {
        let before = UNIX_EPOCH - Duration::from_secs(5);
        assert_eq!(Timestamp::new(before).to_string(), "1970-01-01T00:00:00.000Z");
        let after = UNIX_EPOCH + Duration::from_secs(300_000_000_000);
        assert_eq!(Timestamp::new(after).to_string(), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "2026-03-01"] {
            assert!(matches!(text.parse::<Timestamp>(), Err(Error::NotATimestamp { .. })), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_back_equals_what_was_written(nanoseconds in any::<u64>()) {
            let written = Timestamp::new(UNIX_EPOCH + Duration::from_nanos(nanoseconds));
            prop_assert_eq!(written.to_string().parse::<Timestamp>()?, written);
        }
    }
}
