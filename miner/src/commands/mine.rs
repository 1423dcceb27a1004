//! `segue-miner mine`: a model of the user's playlists.

use clap::Args;

use super::InputArguments;
use super::publish::{PublishArguments, Start};

/// Mine playlists into a model and publish it.
///
/// Input that was mined before with the same parameters is found again: the alias is pointed to that model, which keeps
/// its date, and nothing is mined.
#[derive(Args)]
pub(crate) struct Mine {
    #[command(flatten)]
    input: InputArguments,
    /// What users of the model should be told about the data: its licence, or where it comes from.
    #[arg(long, default_value = "", value_name = "TEXT")]
    notice: String,
    #[command(flatten)]
    publish: PublishArguments,
}

impl Mine {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let start = Start::now();
        self.publish.check()?;
        self.input.spared_by(self.publish.file())?;
        let playlists = self.input.read()?;
        self.publish.run(&playlists, (self.input.max_baskets, self.input.seed), &self.notice, &start)
    }
}
