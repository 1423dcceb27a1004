//! Metrics that many threads write to without one waiting for another.
//!
//! Processors pass memory that several of them write to and fro, and that takes longer than counting. So threads write to places
//! of their own, which whoever reads adds up, as Java's `LongAdder` does.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_utils::CachePadded;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::counter::{self, Counter};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Places. More threads than these share them, which is slower and nothing else.
const PLACES: usize = 16;

/// The same for each of some threads.
#[derive(Debug)]
pub(crate) struct Striped<T>([CachePadded<T>; PLACES]);

impl<T: Default> Default for Striped<T> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| CachePadded::default()))
    }
}

impl<T> Striped<T> {
    /// Of the thread that asks.
    fn own(&self) -> &T {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static PLACE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % PLACES;
        }
        &self.0[PLACE.with(|&place| place)]
    }

    fn all(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|of_thread| &**of_thread)
    }
}

/// What only grows.
pub(crate) type StripedCounter = Counter<u64, Striped<AtomicU64>>;

impl counter::Atomic<u64> for Striped<AtomicU64> {
    fn inc(&self) -> u64 {
        self.inc_by(1)
    }

    /// Gives what was counted before in the same place.
    fn inc_by(&self, more: u64) -> u64 {
        self.own().fetch_add(more, Ordering::Relaxed)
    }

    fn get(&self) -> u64 {
        self.all().map(|count| count.load(Ordering::Relaxed)).sum()
    }
}

/// How many there are of what comes and goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct StripedGauge(Arc<Striped<AtomicI64>>);

impl StripedGauge {
    pub(crate) fn inc(&self) {
        self.0.own().fetch_add(1, Ordering::Relaxed);
    }

    /// May be another thread than the one that counted: it is the sum that tells.
    pub(crate) fn dec(&self) {
        self.0.own().fetch_sub(1, Ordering::Relaxed);
    }
}

impl EncodeMetric for StripedGauge {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        encoder.encode_gauge(&self.0.all().map(|count| count.load(Ordering::Relaxed)).sum::<i64>())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }
}

/// Upper ends of the buckets of [`Latencies`], seconds: answers take well under a millisecond.
const BUCKETS: [f64; 13] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// How long something took: a histogram in seconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies(Arc<Striped<Took>>);

#[derive(Debug, Default)]
struct Took {
    nanoseconds: AtomicU64,
    /// Of each bucket, and what took longer.
    counts: [AtomicU64; BUCKETS.len() + 1],
}

impl Latencies {
    pub(crate) fn observe(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = BUCKETS.iter().take_while(|&&end| end < seconds).count();
        let own = self.0.own();
        // Enough for 584 years.
        own.nanoseconds.fetch_add(took.as_nanos() as u64, Ordering::Relaxed);
        own.counts[bucket].fetch_add(1, Ordering::Relaxed);
    }
}

impl TypedMetric for Latencies {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Latencies {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        let ends = BUCKETS.into_iter().chain([f64::INFINITY]).enumerate();
        let count = |bucket: usize| self.0.all().map(|own| own.counts[bucket].load(Ordering::Relaxed)).sum::<u64>();
        let buckets: Vec<(f64, u64)> = ends.map(|(bucket, end)| (end, count(bucket))).collect();
        let seconds = self.0.all().map(|own| own.nanoseconds.load(Ordering::Relaxed)).sum::<u64>() as f64 / 1e9;
        let all = buckets.iter().map(|&(_, count)| count).sum();
        encoder.encode_histogram::<NoLabelSet>(seconds, all, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use prometheus_client::metrics::histogram::Histogram;
    use prometheus_client::registry::{Metric, Registry};

    use super::*;

    fn text(metric: impl Metric) -> String {
        let mut registry = Registry::default();
        registry.register("it", "It", metric);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text
    }

    /// Does it on more threads than there are places, all of them at once.
    fn on_all(work: impl Fn() + Sync) {
        thread::scope(|scope| (0..3 * PLACES).for_each(|_| _ = scope.spawn(|| (0..1_000).for_each(|_| work()))));
    }

    #[test]
    fn what_threads_count_adds_up() {
        let counter = StripedCounter::default();
        on_all(|| _ = counter.inc_by(2));
        assert_eq!(counter.get(), 6_000 * PLACES as u64);
    }

    #[test]
    fn what_has_come_on_one_thread_may_go_on_another() {
        let gauge = StripedGauge::default();
        on_all(|| gauge.inc());
        thread::scope(|scope| _ = scope.spawn(|| (1..3_000 * PLACES).for_each(|_| gauge.dec())));
        assert!(text(gauge).contains("\nit 1\n"));
    }

    #[test]
    fn latencies_read_like_the_librarys_histogram() {
        let (latencies, usual) = (Latencies::default(), Histogram::new(BUCKETS));
        let took = [0, 1, 99_999, 100_000, 100_001, 700_000, 4_999_999_999, 5_000_000_000, 5_000_000_001, 1 << 40];
        let mut sum = 0.0;
        for took in took.map(Duration::from_nanos) {
            latencies.observe(took);
            usual.observe(took.as_secs_f64());
            sum += took.as_secs_f64();
        }
        // But for how the sum is rounded.
        let but_for_the_sum =
            |text: &str| text.lines().filter(|line| !line.starts_with("it_sum")).map(str::to_owned).collect();
        let (ours, theirs) = (text(latencies.clone()), text(usual));
        let (lines, expected): (Vec<String>, Vec<String>) = (but_for_the_sum(&ours), but_for_the_sum(&theirs));
        assert_eq!(lines, expected);
        assert!(ours.contains(&format!("it_sum {}", (sum * 1e9).round() / 1e9)), "{ours}");

        on_all(|| latencies.observe(Duration::from_micros(100)));
        let all = took.len() + 3_000 * PLACES;
        assert!(text(latencies).contains(&format!("it_count {all}\n")));
    }
}
