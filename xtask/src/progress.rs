//! Tells the person waiting what is going on and how long it took.

use std::time::{Duration, Instant};

use crate::Result;

/// Says that something begins that may take a while.
pub(crate) fn begin(text: &str) {
    eprintln!("==> {text}");
}

/// Says something about what is going on.
pub(crate) fn note(text: &str) {
    eprintln!("    {text}");
}

/// Does a part of the set-up and says, in one line, what came of it and in how many seconds.
///
/// # Errors
/// Those of `work`.
pub(crate) fn part<T>(name: &str, work: impl FnOnce() -> Result<(T, String)>) -> Result<T> {
    let start = Instant::now();
    let (value, outcome) = work()?;
    eprintln!("    {name:<14} {outcome} ({})", seconds(start.elapsed()));
    Ok(value)
}

/// A duration as it is shown everywhere: seconds with two decimals, or minutes.
pub(crate) fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.2} s")
    } else {
        let whole = time.as_secs();
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_times_are_shown_in_minutes() {
        assert_eq!(seconds(Duration::from_millis(1_234)), "1.23 s");
        assert_eq!(seconds(Duration::from_millis(61_700)), "1 min 01 s");
        assert_eq!(seconds(Duration::from_secs(3_600)), "60 min 00 s");
    }
}
