//! What songs get for being by an artist of the seeds.

use super::Query;
use super::largest::Scored;
use super::votes::Votes;
use crate::Model;
use crate::song::SongId;

/// Songs by the seeds' artists. The buffers are kept from one use to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Artists {
    /// Songs by one artist after the other, those of each with the best first.
    songs: Vec<u32>,
    /// As many.
    scores: Vec<f32>,
    /// By artist, but for those whose songs have all been looked at.
    left: Vec<Left>,
    /// Places of songs that also have votes.
    with_votes: Vec<u32>,
    pub(super) joined: Vec<Joined>,
}

/// A song by an artist of the seeds that also has votes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joined {
    pub(super) song: SongId,
    pub(super) sum: f32,
    pub(super) of_artist: f32,
}

/// Where the songs of one artist are that are still to be looked at: some.
#[derive(Clone, Copy, Debug)]
struct Left {
    start: u32,
    end: u32,
    /// The score of the first, which is the best.
    best: f32,
}

impl Artists {
    /// Scores every song by an artist of the seeds: number of seeds by that artist × (n_B + 1)^exponent.
    pub(super) fn score(&mut self, model: &Model, query: &Query) {
        let (catalogue, scoring) = (model.catalogue(), &model.metadata().scoring);
        let exponent = scoring.artist_exponent - query.novelty * scoring.novelty_exponent;
        let Self { songs, scores, left, .. } = self;
        songs.clear();
        scores.clear();
        left.clear();
        for &(artist, seeds) in &query.artists {
            // Without artists all songs share the artist "", which says nothing.
            if catalogue.is_nameless(artist) || query.exclude_artists.contains(&artist) {
                continue;
            }
            let theirs = catalogue.songs_of(artist);
            let start = songs.len();
            songs.extend(theirs.iter().map(|song| song.0));
            if query.novelty == 0.0 {
                let powers = &model.factors.of_artists_songs()[catalogue.places_of(artist)];
                scores.extend(powers.iter().map(|power| seeds as f32 * power));
            } else {
                let power = |&song: &SongId| libm::pow(catalogue.support(song).as_f64() + 1.0, exponent) as f32;
                scores.extend(theirs.iter().map(|song| seeds as f32 * power(song)));
                if exponent < 0.0 {
                    songs[start..].reverse();
                    scores[start..].reverse();
                }
            }
            if let Some(&best) = scores.get(start) {
                left.push(Left { start: start as u32, end: songs.len() as u32, best });
            }
        }
    }

    /// The songs with their scores, best first, each once between two scorings. They are in order for each artist, so only
    /// artists' first ones are compared.
    pub(super) fn best(&mut self) -> impl Iterator<Item = (SongId, f32)> {
        let Self { songs, scores, left, .. } = self;
        std::iter::from_fn(move || {
            let (mut first, mut best) = (0, f32::NEG_INFINITY);
            for (at, left) in left.iter().enumerate() {
                if left.best > best {
                    (first, best) = (at, left.best);
                }
            }
            let artist = left.get_mut(first)?;
            let song = SongId(songs[artist.start as usize]);
            artist.start += 1;
            if artist.start < artist.end {
                artist.best = scores[artist.start as usize];
            } else {
                left.swap_remove(first);
            }
            Some((song, best))
        })
    }

    /// The songs with their scores.
    pub(super) fn scored(&self) -> Scored<'_> {
        Scored::exactly(&self.songs, &self.scores)
    }

    /// Makes `joined` those that have votes.
    pub(super) fn join(&mut self, votes: &Votes) {
        let Self { songs, scores, with_votes, joined, .. } = self;
        with_votes.resize(songs.len() + 1, 0);
        let mut count = 0;
        for (at, &song) in (0..).zip(songs.iter()) {
            // Without a branch, which would go either way too often to be foreseen: one without votes is written over.
            with_votes[count] = at;
            count += usize::from(votes.of(SongId(song)) != 0.0);
        }
        joined.clear();
        joined.extend(with_votes[..count].iter().map(|&at| {
            let song = SongId(songs[at as usize]);
            Joined { song, sum: votes.of(song), of_artist: scores[at as usize] }
        }));
    }
}
