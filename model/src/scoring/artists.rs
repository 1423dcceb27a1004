//! What songs get for being by an artist of the seeds.

use super::Query;
use super::largest::Scored;
use super::votes::Votes;
use crate::Model;
use crate::song::SongId;

/// Songs by the seeds' artists. The buffers are kept from one use to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Artists {
    songs: Vec<u32>,
    scores: Vec<f32>,
    pub(super) joined: Vec<Joined>,
}

/// A song by an artist of the seeds that also has votes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joined {
    pub(super) song: SongId,
    pub(super) sum: f32,
    pub(super) of_artist: f32,
}

impl Artists {
    /// Scores every song by an artist of the seeds: number of seeds by that artist × (n_B + 1)^exponent.
    pub(super) fn score(&mut self, model: &Model, query: &Query) {
        let (catalogue, scoring) = (model.catalogue(), &model.metadata().scoring);
        let exponent = scoring.artist_exponent - query.novelty * scoring.novelty_exponent;
        let Self { songs, scores, .. } = self;
        songs.clear();
        scores.clear();
        for &(artist, seeds) in &query.artists {
            // Without artists all songs share the artist "", which says nothing.
            if catalogue.is_nameless(artist) {
                continue;
            }
            let theirs = catalogue.songs_of(artist);
            songs.extend(theirs.iter().map(|song| song.0));
            if query.novelty == 0.0 {
                let powers = &model.factors.of_artists_songs()[catalogue.places_of(artist)];
                scores.extend(powers.iter().map(|power| seeds as f32 * power));
            } else {
                let power = |&song: &SongId| libm::pow(catalogue.support(song).as_f64() + 1.0, exponent) as f32;
                scores.extend(theirs.iter().map(|song| seeds as f32 * power(song)));
            }
        }
    }

    /// The songs with their scores.
    pub(super) fn scored(&self) -> Scored<'_> {
        Scored::exactly(&self.songs, &self.scores)
    }

    /// Makes `joined` those that have votes.
    pub(super) fn join(&mut self, votes: &Votes) {
        let Self { songs, scores, joined } = self;
        joined.resize(songs.len() + 1, Joined { song: SongId(0), sum: 0.0, of_artist: 0.0 });
        let mut count = 0;
        for (&song, &of_artist) in songs.iter().zip(scores.iter()) {
            let song = SongId(song);
            let sum = votes.of(song);
            // Without a branch, as votes are added up.
            joined[count] = Joined { song, sum, of_artist };
            count += usize::from(sum != 0.0);
        }
        joined.truncate(count);
    }
}
