//! Progress on the terminal; silent where there is none.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar that counts bytes.
    pub(crate) fn bytes(what: &'static str) -> Self {
        let bar = ProgressBar::new(0).with_prefix(what);
        let style = ProgressStyle::with_template("{prefix} {wide_msg} {bytes}/{total_bytes} [{bar:20}] {elapsed}");
        // The template is ours and well-formed; if it were not, the bar would look plainer.
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar }
    }

    /// A sign of life for work whose end is not known.
    pub(crate) fn spinner(what: &'static str) -> Self {
        let bar = ProgressBar::new_spinner().with_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar }
    }

    pub(crate) fn report(&self, name: &str, done: u64, length: Option<u64>, more: &str) {
        self.bar.set_length(length.unwrap_or(done));
        self.bar.set_position(done);
        self.bar.set_message(format!("{name} · {more}"));
    }

    /// What is being done now, or how far it is.
    pub(crate) fn say(&self, what: impl Into<String>) {
        self.bar.set_message(what.into());
    }

    pub(crate) fn done(self) {
        self.bar.finish_and_clear();
    }
}
