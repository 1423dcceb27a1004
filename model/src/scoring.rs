//! Scoring: from seeds to a ranked list.
//!
//! Each known seed A gives every neighbour B the pair's weight M_AB; popular seeds give a little less. The sum is then
//! divided by a power of B's support that grows with the number of seeds: for one seed the ranking is near that of
//! confidence, for many near that of cosine similarity. Songs by the seeds' artists get a little on top. A list that
//! is still short is filled from neighbours of neighbours, from the seeds' artists, and with popular songs.
//!
//! *Novelty* v, from 0 to 1, divides the scores of all sources but the last by n_B^(v · ½) more: at 1, a song in a
//! hundred playlists has to fit ten times as well as a song in one. Vargas, Castells ("Rank and relevance in novelty and
//! diversity metrics for recommender systems", RecSys 2011) call what this favours popularity complement. Before a
//! song is put into the list, it is held against what is there: no version of a seed, of an excluded song or of another
//! suggestion, and no more than so many songs by one artist.
//!
//! Sums run in a fixed order, ties go to the smaller song id, and transcendental functions come from `libm`, so host
//! and browser give the same bits.

mod artists;
mod candidate;
mod factors;
mod largest;
mod list;
mod votes;
mod works;

use serde::{Deserialize, Serialize};

use crate::Model;
use crate::api::Source;
use crate::resolve::Resolved;
use crate::song::{ArtistId, SongId};

use artists::{Artists, Joined};
use candidate::Candidate;
pub(crate) use factors::Factors;
use largest::{Best, Scored, better_first};
use list::List;
use votes::Votes;
use works::Works;

/// Every number of the scheme. Stored in the model's metadata, so a model is always scored as it was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scoring {
    /// A seed's votes are divided by n_A to this power (0 to 1). Higher lets rare seeds decide more.
    pub seed_exponent: f64,
    /// A candidate's sum is multiplied by n_B to this power (0 to 1), which undoes part of what symmetric pair weights
    /// take from popular songs. Higher favours popular songs.
    pub candidate_exponent: f64,
    /// The power of n_B that pair weights are already divided by (0 to 1): what `breadth` below is measured from.
    pub stored_exponent: f64,
    /// The power of n_B to divide by for one seed (0 to 1). Higher favours rarer songs.
    pub breadth_base: f64,
    /// How fast that power grows with the logarithm of the number of seeds (0 to 1).
    pub breadth_slope: f64,
    /// What it grows to at most (0 to 1).
    pub breadth_max: f64,
    /// Weight of the artist score against the pair score (0 to 1). Higher gives more songs by the seeds' artists.
    pub artist_weight: f64,
    /// The artist score of a song grows with its support to this power (0 to 1).
    pub artist_exponent: f64,
    /// Scores are divided by the mean of this many best ones (1 to 100), so that parts can be added.
    pub top_mean: u32,
    /// How many of the best pair suggestions stand in for seeds when a list is filled (1 to 500).
    pub two_hop_sources: u32,
    /// With novelty v a candidate's score is divided by n_B to the power v times this (0 to 1).
    pub novelty_exponent: f64,
}

impl Default for Scoring {
    fn default() -> Self {
        Self {
            seed_exponent: 0.3,
            candidate_exponent: 0.1,
            stored_exponent: 0.29,
            breadth_base: 0.16,
            breadth_slope: 0.08,
            breadth_max: 0.55,
            artist_weight: 0.35,
            artist_exponent: 0.25,
            top_mean: 20,
            two_hop_sources: 50,
            novelty_exponent: 0.5,
        }
    }
}

impl Scoring {
    /// Whether every number is in the range that its description gives, without which scores would make no sense.
    #[must_use]
    pub fn is_in_range(&self) -> bool {
        let Self {
            seed_exponent,
            candidate_exponent,
            stored_exponent,
            breadth_base,
            breadth_slope,
            breadth_max,
            artist_weight,
            artist_exponent,
            top_mean,
            two_hop_sources,
            novelty_exponent,
        } = *self;
        let shares = [
            seed_exponent,
            candidate_exponent,
            stored_exponent,
            breadth_base,
            breadth_slope,
            breadth_max,
            artist_weight,
            artist_exponent,
            novelty_exponent,
        ];
        shares.iter().all(|share| (0.0..=1.0).contains(share))
            && (1..=100).contains(&top_mean)
            && (1..=500).contains(&two_hop_sources)
    }

    /// The power of n_B to divide by for k known seeds: clip(base + slope · ln k, 0, max).
    #[must_use]
    pub fn breadth(&self, seeds: usize) -> f64 {
        let seeds = seeds.max(1) as f64;
        (self.breadth_base + self.breadth_slope * libm::log(seeds)).clamp(0.0, self.breadth_max)
    }
}

/// What to rank for, in ids.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Known seeds, each once, in the order asked.
    pub seeds: Vec<SongId>,
    /// Artists of all seeds found, those without pairs included, with how many seeds each has; in the order asked.
    pub artists: Vec<(ArtistId, u32)>,
    /// Songs never to suggest, in any version. The seeds need not be among them.
    pub exclude: Vec<SongId>,
    /// Artists never to suggest.
    pub exclude_artists: Vec<ArtistId>,
    /// Most suggestions.
    pub limit: usize,
    /// Most suggestions by one artist.
    pub max_per_artist: usize,
    /// From 0 (what fits best) to 1 (less popular songs first).
    pub novelty: f64,
}

/// A suggestion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// The song.
    pub song: SongId,
    /// Its score; never rises along a list.
    pub score: f64,
    /// Why it is in the list.
    pub source: Source,
}

/// A ranked list, with what explaining it needs.
#[derive(Clone, Debug, Default)]
pub struct Ranking {
    /// Suggestions, best first.
    pub songs: Vec<Ranked>,
    /// The songs whose neighbours filled the list, with their weight.
    pub in_between: Vec<(SongId, f64)>,
}

/// Buffers that can be kept from one request to the next.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    votes: Votes,
    artists: Artists,
    best: Best,
    alone: Vec<Candidate>,
    joined: Vec<Candidate>,
    works: Works,
    /// What a request's songs were found as.
    pub(crate) resolved: Vec<Option<Resolved>>,
    /// What was ranked for.
    pub(crate) query: Query,
}

/// Ranks songs for a query.
#[must_use]
pub fn rank(model: &Model, query: &Query, scratch: &mut Scratch) -> Ranking {
    let catalogue = model.catalogue();
    let scoring = &model.metadata().scoring;
    let Scratch { votes, artists, best, alone, joined, works, .. } = scratch;
    let mut list = List::new(model, query, works);
    let top = scoring.top_mean as usize;

    // Pairs.
    votes.begin(catalogue.len());
    model.pairs().fetch(&query.seeds);
    for &seed in &query.seeds {
        votes.add(model, seed, model.factors.of_seed(catalogue, seed));
    }
    let popularity = model.factors.popularity(scoring, catalogue, query);

    // The artist joins only what already is a candidate.
    artists.score(model, query);
    let artist_mean = mean(artists.best().filter(|&(song, _)| list.may_hold(song)).map(|(_, score)| score).take(top));
    artists.join(votes);
    let scored = votes.score(model, &popularity);

    // Some more than are wanted: works and artists that are in the list already take some away.
    let enough = query.limit.saturating_add(4).max(top);
    let best_by_pairs = list.best_it_may_hold(scored, enough, best);
    let mean = mean(best_by_pairs.iter().map(|candidate| candidate.score()).take(top));
    let with_artist = |joined: &Joined| {
        let by_pairs = popularity.score(catalogue, joined.song, joined.sum) / mean;
        by_pairs + scoring.artist_weight as f32 * (joined.of_artist / artist_mean)
    };

    // What is better than the last of the best can only be one of them, or one that its artist has joined.
    let hint = best_by_pairs.last().map_or(-1.0, |last| last.score() / mean);
    let with_mean = |best: &Candidate| Candidate::new(best.song(), best.score() / mean);
    fill_sorted(alone, best_by_pairs.iter().map(with_mean), hint);
    let with_artists = artists.joined.iter().map(|joined| Candidate::new(joined.song, with_artist(joined)));
    fill_sorted(joined, with_artists, hint);
    // A song that is both comes joined first, as its artist takes nothing away, and is not put into the list again.
    list.extend(merge(joined, alone), Source::Pair);
    if list.is_full() {
        return Ranking { songs: list.into_ranked(), in_between: Vec::new() };
    }

    crate::sort::sort_by(&mut artists.joined, |left, right| left.song.cmp(&right.song));
    let joined = |song: SongId| artists.joined.binary_search_by_key(&song, |joined| joined.song).ok();
    let score = |at: usize| {
        let song = scored.song(at);
        let score = match joined(song) {
            Some(joined) => with_artist(&artists.joined[joined]),
            None => scored.score(at, song) / mean,
        };
        (song.0, score)
    };
    let (songs, scores): (Vec<u32>, Vec<f32>) = (0..scored.len()).filter(|&at| scored.has_score(at)).map(score).unzip();
    let scored = Scored::exactly(&songs, &scores);
    let sources = scoring.two_hop_sources as usize;
    let in_between = List::new(model, query, &mut Works::default()).best_it_may_hold(scored, sources, best);
    let mut in_between: Vec<(SongId, f64)> =
        in_between.iter().map(|candidate| (candidate.song(), f64::from(candidate.score()))).collect();
    list.fill(scored, Source::Pair, best);

    // Pairs of pairs.
    if list.is_full() {
        in_between.clear();
    } else if !in_between.is_empty() {
        votes.begin(catalogue.len());
        for &(song, score) in &in_between {
            votes.add(model, song, score as f32);
        }
        list.fill(votes.score(model, &popularity), Source::TwoHop, best);
    }
    if !list.is_full() {
        list.fill(artists.scored(), Source::Artist, best);
    }
    if !list.is_full() {
        list.fill_with_popular();
    }
    Ranking { songs: list.into_ranked(), in_between }
}

/// Puts those of these that have a score above another into a buffer, and nothing else, best first.
fn fill_sorted(buffer: &mut Vec<Candidate>, candidates: impl ExactSizeIterator<Item = Candidate>, above: f32) {
    buffer.resize(candidates.len() + 1, Candidate::new(SongId(0), 0.0));
    let mut found = 0;
    for candidate in candidates {
        // Without a branch, which would go either way too often to be foreseen: what is not above is written over.
        buffer[found] = candidate;
        found += usize::from(candidate.score() > above);
    }
    buffer.truncate(found);
    crate::sort::sort_by(buffer, better_first);
}

/// All of two lists, each of which has the best first, in one such order.
fn merge(one: &[Candidate], other: &[Candidate]) -> impl Iterator<Item = Candidate> {
    let (mut at_one, mut at_other) = (0, 0);
    let at = |list: &[Candidate], at: usize| list.get(at).copied().unwrap_or(Candidate::NONE);
    std::iter::from_fn(move || {
        let (first, second) = (at(one, at_one), at(other, at_other));
        // Without a branch, which would go either way too often to be foreseen.
        let is_first = usize::from(first >= second);
        at_one += is_first;
        at_other += 1 - is_first;
        Some(first.max(second)).filter(|&best| best != Candidate::NONE)
    })
}

/// What scores with these best ones are to be divided by: their mean, or 1 where that says nothing.
fn mean(best: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = best.fold((0.0, 0), |(sum, count), score| (sum + score, count + 1));
    let mean = sum / count as f32;
    if mean > 0.0 { mean } else { 1.0 }
}
