//! What is asked: seeds drawn by popularity.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use segue_model::Model;
use segue_model::resolve::name_of;
use segue_model::song::SongId;
use serde_json::json;

use crate::process::Server;

/// Different requests in a file; they are asked in turn.
const REQUESTS: usize = 10_000;

/// Requests in a file, one body a line.
pub(crate) struct Requests {
    pub(crate) file: PathBuf,
    bodies: Vec<String>,
}

impl Requests {
    /// Requests with so many seeds each.
    pub(crate) fn draw(model: &Model, seeds: usize, folder: &Path) -> anyhow::Result<Self> {
        let catalogue = model.catalogue();
        ensure!(catalogue.len() > 2 * seeds, "the model has too few songs");
        let mut ends = Vec::with_capacity(catalogue.len());
        for song in catalogue.songs() {
            ends.push(ends.last().unwrap_or(&0) + u64::from(catalogue.support(song).0));
        }
        let all = *ends.last().unwrap_or(&1);
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        let bodies: Vec<String> = (0..REQUESTS)
            .map(|_| {
                let mut songs = BTreeSet::new();
                while songs.len() < seeds {
                    let at = random.next() % all;
                    songs.insert(SongId(ends.partition_point(|&end| end <= at) as u32));
                }
                let names: Vec<_> = songs.into_iter().map(|song| name_of(model, song)).collect();
                json!({ "songs": names }).to_string()
            })
            .collect();
        let file = folder.join(format!("{seeds}-seeds.txt"));
        fs::write(&file, bodies.join("\n"))?;
        Ok(Self { file, bodies })
    }

    /// An answer of the length that half of the answers have at most.
    pub(crate) fn typical_answer(&self, server: &Server) -> anyhow::Result<String> {
        let mut answers = Vec::new();
        for body in self.bodies.iter().take(101) {
            let (status, answer) = server.ask("POST /api/recommend", body)?;
            ensure!(status == 200, "{status}: {answer}");
            answers.push(answer);
        }
        answers.sort_by_key(String::len);
        Ok(answers.swap_remove(answers.len() / 2))
    }
}

/// Xorshift (Marsaglia 2003): the same requests in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
