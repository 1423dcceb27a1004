//! What a run's requests come to.

use super::load::Asked;

/// A request that took longer is called slow.
pub const SLOW_MS: f64 = 250.0;

/// Figures of one run, from its requests alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Requests sent.
    pub requests: usize,
    /// Those without a good answer.
    pub failed: usize,
    /// Reasons of failures, each once.
    pub reasons: Vec<String>,
    /// Those that took longer than [`SLOW_MS`].
    pub slow: usize,
    /// Milliseconds within which half of the good answers came.
    pub median_ms: f64,
    /// Milliseconds within which 99 of 100 good answers came.
    pub p99_ms: f64,
    /// Seconds between two good answers at most: whoever asked in between waited or failed.
    pub longest_gap_s: f64,
    /// Seconds from the change to the first answer that shows it.
    pub first_new_s: Option<f64>,
    /// Seconds from the change to the last answer that does not.
    pub last_old_s: Option<f64>,
    /// Answers that do not show the change, sent after one that does was received.
    pub stale: usize,
}

impl Figures {
    /// The figures of requests in the order of time, given when the change was made, milliseconds since 1970, and how an
    /// answer shows it.
    #[must_use]
    pub fn of(requests: &[Asked], change_ms: f64, is_new: impl Fn(&Asked) -> bool) -> Self {
        let good: Vec<&Asked> = requests.iter().filter(|asked| asked.status == 200).collect();
        let received = |asked: &Asked| asked.sent_ms + asked.latency_ms;
        let mut latencies: Vec<f64> = good.iter().map(|asked| asked.latency_ms).collect();
        latencies.sort_by(f64::total_cmp);
        let quantile = |share: f64| latencies.get((latencies.len() as f64 * share) as usize).copied().unwrap_or(0.0);
        let mut ends: Vec<f64> = good.iter().map(|asked| received(asked)).collect();
        ends.sort_by(f64::total_cmp);
        let after: Vec<&&Asked> = good.iter().filter(|asked| received(asked) >= change_ms).collect();
        let since = |ms: f64| (ms - change_ms) / 1e3;
        let first_new = after.iter().filter(|asked| is_new(asked)).map(|asked| received(asked)).min_by(f64::total_cmp);
        let old = || after.iter().filter(|asked| !is_new(asked));
        let mut reasons: Vec<String> =
            requests.iter().filter(|asked| asked.status != 200).map(|asked| asked.error.clone()).collect();
        reasons.sort();
        reasons.dedup();
        Self {
            requests: requests.len(),
            failed: requests.len() - good.len(),
            reasons,
            slow: requests.iter().filter(|asked| asked.latency_ms > SLOW_MS).count(),
            median_ms: quantile(0.5),
            p99_ms: quantile(0.99),
            longest_gap_s: ends.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max) / 1e3,
            first_new_s: first_new.map(since),
            last_old_s: old().map(|asked| received(asked)).max_by(f64::total_cmp).map(since),
            stale: old().filter(|asked| first_new.is_some_and(|first| asked.sent_ms > first)).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(sent_ms: f64, status: u16, version: &str) -> Asked {
        let error = if status == 200 { "" } else { "refused" };
        Asked {
            sent_ms,
            status,
            latency_ms: 10.0,
            version: version.into(),
            model_date: String::new(),
            error: error.into(),
        }
    }

    #[test]
    fn figures_of_a_rollout_with_one_failure() {
        let requests = [
            asked(0.0, 200, "v1"),
            asked(1_000.0, 200, "v1"),
            asked(1_500.0, 200, "v2"),
            asked(1_800.0, 0, ""),
            asked(2_000.0, 200, "v1"),
            asked(4_000.0, 200, "v2"),
        ];
        let figures = Figures::of(&requests, 500.0, |asked| asked.version == "v2");
        assert_eq!((figures.requests, figures.failed, figures.stale, figures.slow), (6, 1, 1, 0));
        assert_eq!(figures.reasons, ["refused"]);
        assert_eq!(figures.first_new_s, Some(1.01));
        assert_eq!(figures.last_old_s, Some(1.51));
        assert_eq!(figures.longest_gap_s, 2.0);
    }

    #[test]
    fn a_change_that_never_shows_has_no_time() {
        let figures = Figures::of(&[asked(0.0, 200, "v1")], 0.0, |_| false);
        assert_eq!((figures.first_new_s, figures.stale), (None, 0));
    }
}
