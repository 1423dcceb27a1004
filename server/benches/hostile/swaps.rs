//! Models that replace one another while clients ask.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use anyhow::bail;
use segue_model::file::with_section;
use segue_store::{GRACE, InputKey, ModelHash, Name, NewModel, Precedence, Store, Timestamp};

/// A section that no model has: what is in it makes a file another file, and changes no answer.
const NOTE: u32 = 1_000_000;

/// Models kept besides the one that the alias means.
const KEPT: usize = 3;

/// A store, and how long each swap took from the alias to the first answer.
pub(crate) struct Swaps {
    store: Store,
    file: Vec<u8>,
    published: Vec<ModelHash>,
    pub(crate) took: Vec<Duration>,
}

impl Swaps {
    /// A store in this folder, with the model in it.
    pub(crate) fn begin(folder: &Path, file: Vec<u8>) -> anyhow::Result<Self> {
        let store = Store::new(folder, &"default".parse::<Name>()?);
        let mut swaps = Self { store, file, published: Vec::new(), took: Vec::new() };
        swaps.publish()?;
        Ok(swaps)
    }

    /// Publishes another model, or each third time moves the alias back, and waits for an answer from it.
    pub(crate) fn next(&mut self, address: &str) -> anyhow::Result<()> {
        let begun = Instant::now();
        let hash = match self.published.len().checked_sub(2) {
            Some(before) if self.took.len() % 3 == 2 => {
                let hash = self.published.remove(before);
                self.published.push(hash);
                self.point_to(hash)?;
                hash
            }
            _ => self.publish()?,
        };
        let moved = Instant::now();
        while served(address)? != hash.to_string() {
            if begun.elapsed() > Duration::from_secs(60) {
                bail!("swap {} was never answered from", self.took.len() + 1);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.took.push(moved.elapsed());
        self.store.prune(KEPT, SystemTime::now() + 2 * GRACE)?;
        Ok(())
    }

    pub(crate) fn report(&self) -> String {
        let mut took = self.took.clone();
        took.sort_unstable();
        let seconds = |at: Option<&Duration>| at.map_or(0.0, Duration::as_secs_f64);
        format!(
            "{} swaps; from the alias to an answer: median {:.2} s, at most {:.2} s",
            took.len(),
            seconds(took.get(took.len() / 2)),
            seconds(took.last())
        )
    }

    fn publish(&mut self) -> anyhow::Result<ModelHash> {
        let number = self.took.len() as u64;
        let bytes = with_section(&self.file, NOTE, &number.to_le_bytes())?;
        let now = SystemTime::now();
        let time = Timestamp::new(now);
        let new = NewModel { bytes: &bytes, input_key: InputKey::of([&bytes]), model_date: time, run_start: time };
        let hash = self.store.publish(&new, now)?.hash;
        self.point_to(hash)?;
        self.published.push(hash);
        Ok(hash)
    }

    fn point_to(&self, hash: ModelHash) -> anyhow::Result<()> {
        let now = SystemTime::now();
        let _ = self.store.move_alias(&"production".parse()?, hash, Timestamp::new(now), Precedence::Forced, now)?;
        Ok(())
    }
}

/// The model that an answer is from.
fn served(address: &str) -> anyhow::Result<String> {
    let (_, head, _) = super::clients::ask(address, "POST /api/recommend", br#"{"songs": ["x"]}"#)?;
    // Shed, it says nothing of a model.
    let model = head.lines().find_map(|line| line.strip_prefix("segue-model: "));
    Ok(model.unwrap_or_default().to_owned())
}
