//! Sums of votes, by song.

use super::largest::Scored;
use crate::Model;
use crate::song::SongId;

/// Adds up what songs say about their neighbours. The buffers are kept from one use to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Votes {
    /// By song; 0 between two uses.
    sums: Vec<f64>,
    /// Songs with a sum, `count` of them, in the order in which they got it.
    touched: Vec<SongId>,
    count: usize,
    scored: Scored,
}

impl Votes {
    /// Makes room for this many songs.
    pub(super) fn fit(&mut self, songs: usize) {
        self.sums.resize(songs, 0.0);
        // One more than there can be: what is no news is written there, and over.
        self.touched.resize(songs + 1, SongId(0));
    }

    /// Adds `weight` times the neighbours' weights of `song`.
    pub(super) fn add(&mut self, model: &Model, song: SongId, weight: f64) {
        let (sums, touched) = (self.sums.as_mut_slice(), self.touched.as_mut_slice());
        let mut next = self.count;
        model.pairs().for_each_neighbour(song, weight, |neighbour, vote| {
            let sum = &mut sums[neighbour];
            // Without a branch, which would go either way too often to be foreseen.
            if let Some(place) = touched.get_mut(next) {
                *place = SongId(neighbour as u32);
            }
            next += usize::from(*sum == 0.0);
            *sum += vote;
        });
        // Votes too small to make a sum would count again and again.
        self.count = next.min(sums.len());
    }

    /// The sum of a song.
    pub(super) fn of(&self, song: SongId) -> f64 {
        self.sums[song.index()]
    }

    /// Makes the sums, each times its song's factor, scores, and forgets them.
    pub(super) fn score(&mut self, factor: impl Fn(SongId) -> f64) -> &mut Scored {
        let Self { sums, touched, count, scored } = self;
        let touched = &touched[..std::mem::take(count)];
        scored.clear();
        scored.songs.extend_from_slice(touched);
        scored.scores.resize(touched.len(), 0.0);
        for (&song, score) in touched.iter().zip(&mut scored.scores) {
            let sum = &mut sums[song.index()];
            *score = *sum * factor(song);
            *sum = 0.0;
        }
        scored
    }
}
