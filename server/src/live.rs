//! The live model: what is being served, and how it is replaced while requests go on.

mod follow;
mod served;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use segue_store::Timestamp;
use tokio::sync::watch;

use crate::coding::Coding;

pub use follow::{Follow, Refusal, follow};
pub use served::{Part, Served};

/// The model being served, shared by all requests.
///
/// Reading it takes no lock: a request keeps the model it began with, whatever is swapped in meanwhile.
#[derive(Debug)]
pub struct Live {
    current: ArcSwapOption<Served>,
    status: watch::Sender<Status>,
    /// When the last look at the store ended, and at first when it began to be looked at: seconds since 1970.
    looked: AtomicU64,
}

/// What has happened so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Models put in place, the first included.
    pub swaps: u64,
    /// Models not put in place, by why; each failure counts once, however long it lasts.
    pub refused: [u64; Refusal::ALL.len()],
    /// Why the alias cannot be followed right now, if so.
    pub failing: Option<String>,
    /// How often all parts of a model were compressed.
    pub compressed: u64,
    /// When the run began that pointed the alias where it points, as far as that is known.
    pub run_start: Option<Timestamp>,
}

impl Default for Live {
    fn default() -> Self {
        let live = Self {
            current: ArcSwapOption::empty(),
            status: watch::Sender::new(Status::default()),
            looked: AtomicU64::default(),
        };
        live.note_look();
        live
    }
}

impl Live {
    /// The current model; `None` until the first one.
    #[must_use]
    pub fn current(&self) -> Option<Arc<Served>> {
        self.current.load_full()
    }

    /// Answers from the current model, if there is one, without keeping it.
    pub fn with_current<T>(&self, answer: impl FnOnce(Option<&Served>) -> T) -> T {
        answer(self.current.load().as_deref())
    }

    /// Replaces the model. Requests that began with the old one end with it.
    pub fn put(&self, served: Arc<Served>) {
        self.current.store(Some(served));
        self.status.send_modify(|status| {
            status.swaps += 1;
            status.failing = None;
        });
    }

    /// What has happened so far.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Tells of everything that happens from now on.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// When the last look at the store ended. A volume may hang so that a look never ends, and nothing else says so.
    #[must_use]
    pub fn looked(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.looked.load(Ordering::Relaxed))
    }

    /// Compresses all parts of a model by brotli, unless it is replaced meanwhile. Takes long: not for a thread that serves.
    pub fn compress(&self, served: &Arc<Served>) {
        for part in served.parts() {
            let is_current = self.current.load().as_ref().is_some_and(|current| Arc::ptr_eq(current, served));
            if !is_current {
                return;
            }
            part.compress(Coding::Brotli);
        }
        self.status.send_modify(|status| status.compressed += 1);
    }

    /// Lets go of what can be made again of the current model and nobody is taking.
    fn let_go(&self) {
        self.with_current(|served| served.into_iter().flat_map(Served::parts).for_each(Part::let_go));
    }

    fn refuse(&self, refusal: Refusal, why: String) {
        self.status.send_modify(|status| {
            status.refused[refusal as usize] += 1;
            status.failing = Some(why);
        });
    }

    /// Notes that a look at the store has ended, whatever it saw.
    fn note_look(&self) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.looked.store(now.as_secs(), Ordering::Relaxed);
    }

    /// Notes which run pointed the alias where it points.
    fn note_run(&self, run_start: Timestamp) {
        self.status.send_if_modified(|status| status.run_start.replace(run_start) != Some(run_start));
    }

    /// Notes whether the alias can be followed right now.
    fn note(&self, failing: Option<&str>) {
        self.status.send_if_modified(|status| {
            let changed = status.failing.as_deref() != failing;
            if changed {
                status.failing = failing.map(str::to_owned);
            }
            changed
        });
    }
}
