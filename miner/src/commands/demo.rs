//! `segue-miner demo`: a model of the embedded demo playlists.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use segue_miner::{demo, fetch, read};

use super::publish::{PublishArguments, Start};

/// Mine the embedded demo playlists, which are invented, over songs that are real.
#[derive(Args)]
pub(crate) struct Demo {
    /// Also write the playlists to this file, as CSV.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    publish: PublishArguments,
}

impl Demo {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let start = Start::now();
        if self.csv.is_none() {
            self.publish.check()?;
        }
        // Through a file, so that the demo takes the way of everybody's playlists.
        let folder = tempfile::tempdir().context("making a temporary folder")?;
        let path = folder.path().join("demo.csv");
        let file = fs::File::create(&path).with_context(|| format!("writing {}", path.display()))?;
        demo::write_csv(std::io::BufWriter::new(file)).context("writing the demo playlists")?;
        if let Some(wanted) = &self.csv {
            fs::copy(&path, wanted).with_context(|| format!("writing {}", wanted.display()))?;
            eprintln!("wrote {}", wanted.display());
            if self.publish.check().is_err() {
                return Ok(());
            }
        }
        let inputs = fetch::inputs(&[path.display().to_string()])?;
        let mut playlists = read::read(&inputs, 0.0, |_, _, _, _| {})?;
        playlists.name = demo::NAME.to_owned();
        self.publish.run(&playlists, (0, 0), demo::NOTICE, &start)
    }
}
