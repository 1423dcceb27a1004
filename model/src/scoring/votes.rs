//! Sums of votes, by song.

use super::factors::Popularity;
use super::largest::Scored;
use crate::Model;
use crate::catalogue::Catalogue;
use crate::song::SongId;

/// Adds up what songs say about their neighbours. The buffers are kept from one use to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Votes {
    /// By song; 0 between two uses.
    sums: Vec<f32>,
    /// Songs with a sum, `count` of them, in the order in which they got it.
    touched: Vec<SongId>,
    count: usize,
    /// Their sums.
    counted: Vec<f32>,
    /// What their scores are at most.
    bounds: Vec<f32>,
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

    /// The songs with a sum, each scored by its sum times the factor of its popularity. The sums are forgotten.
    pub(super) fn score<'a>(&'a mut self, catalogue: &'a Catalogue, popularity: &'a Popularity) -> Scored<'a> {
        let Self { sums, touched, count, counted, bounds } = self;
        let songs = &touched[..std::mem::take(count)];
        counted.resize(songs.len(), 0.0);
        bounds.resize(songs.len(), 0.0);
        for ((song, counted), bound) in songs.iter().zip(counted.iter_mut()).zip(bounds.iter_mut()) {
            *counted = std::mem::take(&mut sums[song.index()]);
            *bound = *counted * popularity.bound(*song);
        }
        Scored::at_most(songs, bounds, Sums { sums: counted, catalogue, popularity })
    }
}

/// What scores at most so high are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums<'a> {
    sums: &'a [f32],
    catalogue: &'a Catalogue,
    popularity: &'a Popularity,
}

impl Sums<'_> {
    /// The score of a song, which is the one at this place.
    pub(super) fn score(&self, at: usize, song: SongId) -> f32 {
        self.sums[at] * self.popularity.of(self.catalogue, song)
    }

    /// What share of its bound a score is at least.
    pub(super) fn least_share(&self) -> f32 {
        self.popularity.least_share()
    }
}
