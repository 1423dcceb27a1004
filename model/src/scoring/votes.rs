//! Sums of votes, by song.

use super::largest::Scored;
use crate::Model;
use crate::song::SongId;

/// Adds up what songs say about their neighbours. The buffers are kept from one use to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Votes {
    /// By song; 0 between two uses.
    sums: Vec<f32>,
    /// Songs with a sum, `count` of them, in the order in which they got it.
    touched: Vec<SongId>,
    count: usize,
    scores: Vec<f32>,
}

impl Votes {
    /// Makes room for this many songs.
    pub(super) fn fit(&mut self, songs: usize) {
        self.sums.resize(songs, 0.0);
        // One more than there can be: what is no news is written there, and over.
        self.touched.resize(songs + 1, SongId(0));
    }

    /// Adds `weight` times the neighbours' weights of `song`.
    pub(super) fn add(&mut self, model: &Model, song: SongId, weight: f32) {
        let (sums, touched) = (self.sums.as_mut_slice(), self.touched.as_mut_slice());
        let mut next = self.count;
        model.pairs().for_each_neighbour(song, weight, |neighbour, vote| {
            let sum = &mut sums[neighbour];
            // Without a branch, which would go either way too often to be foreseen.
            touched[next] = SongId(neighbour as u32);
            next += usize::from(sum.to_bits() == 0);
            *sum += vote;
        });
        self.count = next;
    }

    /// The sum of a song.
    pub(super) fn of(&self, song: SongId) -> f32 {
        self.sums[song.index()]
    }

    /// The songs with a sum, each scored by its sum times the factor of its class. The sums are forgotten.
    pub(super) fn score(&mut self, classes: &[u32], factors: &[f32]) -> Scored<'_> {
        let Self { sums, touched, count, scores } = self;
        let songs = &touched[..std::mem::take(count)];
        scores.resize(songs.len(), 0.0);
        // As many as classes, so that one look tells that a song is among both.
        let sums = &mut sums[..classes.len()];
        for (song, score) in songs.iter().zip(scores.iter_mut()) {
            let sum = std::mem::take(&mut sums[song.index()]);
            *score = sum * factors[classes[song.index()] as usize];
        }
        Scored { songs, scores }
    }
}
