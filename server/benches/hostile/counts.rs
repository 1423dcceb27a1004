//! What was seen by all clients together.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct Counts {
    answered: AtomicU64,
    shed: AtomicU64,
    hostile: AtomicU64,
    wrong: AtomicU64,
    first_wrong: Mutex<Option<String>>,
    /// How long `/healthz` took each time.
    health: Mutex<Vec<Duration>>,
    slowest_since_last: Mutex<Duration>,
}

/// Counts at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) answered: u64,
    pub(crate) shed: u64,
    pub(crate) hostile: u64,
    pub(crate) wrong: u64,
}

impl Counts {
    pub(crate) fn answer(&self) {
        self.answered.fetch_add(1, Relaxed);
    }

    pub(crate) fn shed(&self) {
        self.shed.fetch_add(1, Relaxed);
    }

    pub(crate) fn hostile(&self) {
        self.hostile.fetch_add(1, Relaxed);
    }

    pub(crate) fn wrong(&self, what: impl Into<String>) {
        self.wrong.fetch_add(1, Relaxed);
        self.first_wrong.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what.into());
    }

    pub(crate) fn first_wrong(&self) -> String {
        self.first_wrong.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }

    pub(crate) fn healthy(&self, took: Duration) {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).push(took);
        let mut slowest = self.slowest_since_last.lock().unwrap_or_else(PoisonError::into_inner);
        *slowest = took.max(*slowest);
    }

    pub(crate) fn slowest_health_since_last(&self) -> Duration {
        std::mem::take(&mut self.slowest_since_last.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn health(&self) -> String {
        let mut all = self.health.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort_unstable();
        let at = |share: f64| {
            let at = ((all.len() as f64 * share) as usize).min(all.len().saturating_sub(1));
            all.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e3)
        };
        let (median, p99, p999, max) = (at(0.5), at(0.99), at(0.999), at(1.0));
        let slow = all.iter().filter(|took| took.as_millis() >= 100).count();
        format!(
            "/healthz: {} times on a new connection; median {median:.1} ms, p99 {p99:.1} ms, p99.9 {p999:.1} ms, \
             at most {max:.1} ms; {slow} times 100 ms or more",
            all.len()
        )
    }

    pub(crate) fn seen(&self) -> Seen {
        Seen {
            answered: self.answered.load(Relaxed),
            shed: self.shed.load(Relaxed),
            hostile: self.hostile.load(Relaxed),
            wrong: self.wrong.load(Relaxed),
        }
    }
}
