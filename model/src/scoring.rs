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

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::Model;
use crate::api::Source;
use crate::catalogue::Catalogue;
use crate::song::{ArtistId, SongId};

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
    /// By song; 0 between two uses.
    sums: Vec<f64>,
    /// Songs with a sum, `count` of them, in the order in which they got it.
    touched: Vec<SongId>,
    count: usize,
    /// Scored songs, in that order.
    scored: Vec<(SongId, f64)>,
}

impl Scratch {
    fn fit(&mut self, songs: usize) {
        self.sums.resize(songs, 0.0);
        // One more than there can be: what is no news is written there, and over.
        self.touched.resize(songs + 1, SongId(0));
    }

    /// Adds `weight` times the neighbours' weights of `song`.
    fn vote(&mut self, model: &Model, song: SongId, weight: f64) {
        let Self { sums, touched, count, .. } = self;
        let mut next = *count;
        model.pairs().for_each_neighbour(song, weight, |neighbour, vote| {
            let sum = &mut sums[neighbour];
            // Without a branch, which would go either way too often to be foreseen.
            touched[next] = SongId(neighbour as u32);
            next += usize::from(*sum == 0.0);
            *sum += vote;
        });
        *count = next;
    }

    /// Makes the sums, each times its song's factor, the scores, and forgets them.
    fn score(&mut self, factor: impl Fn(SongId) -> f64) {
        let sums = &mut self.sums;
        let touched = self.touched[..self.count].iter();
        self.scored.clear();
        self.scored.extend(touched.map(|&song| (song, std::mem::take(&mut sums[song.index()]) * factor(song))));
        self.count = 0;
    }
}

/// Ranks songs for a query.
#[must_use]
pub fn rank(model: &Model, query: &Query, scratch: &mut Scratch) -> Ranking {
    let catalogue = model.catalogue();
    scratch.fit(catalogue.len());
    let scoring = &model.metadata().scoring;
    let mut list = List::new(model, query);

    // Pairs.
    for &seed in &query.seeds {
        scratch.vote(model, seed, model.factors.seeds[catalogue.support_class(seed)]);
    }
    let factors = model.factors.popularity(scoring, catalogue, query);
    let factor = |song: SongId| factors[catalogue.support_class(song)];
    let mut artists = artist_scores(model, query);
    // The artist joins only what already is a candidate: song, score by pairs, position among the artists'.
    let mut joined: Vec<(SongId, f64, usize)> = Vec::new();
    for (at, &(song, _)) in artists.iter().enumerate() {
        let sum = scratch.sums[song.index()];
        if sum != 0.0 {
            joined.push((song, sum * factor(song), at));
        }
    }
    scratch.score(factor);

    let top = scoring.top_mean as usize;
    // Some more than are wanted: works and artists that are in the list already take some away.
    let best_by_pairs = best(&scratch.scored, query.limit.saturating_add(8).max(top), |song| list.may_hold(song));
    let mean = mean_score(&best_by_pairs[..best_by_pairs.len().min(top)]);
    let artist_mean = mean_score(&best(&artists, top, |song| list.may_hold(song)));
    for (_, score) in &mut artists {
        *score /= artist_mean;
    }
    for (_, score, at) in &mut joined {
        *score = *score / mean + scoring.artist_weight * artists[*at].1;
    }

    // What is better than the last of the best can only be one of them, or one that its artist has joined.
    let hint = best_by_pairs.last().map_or(f64::NEG_INFINITY, |&(_, score)| score / mean);
    let may_join = |song: SongId| {
        let artist = catalogue.artist(song);
        query.artists.iter().any(|&(joining, _)| joining == artist) && !catalogue.artist_name(artist).is_empty()
    };
    let alone = best_by_pairs.iter().filter(|&&(song, _)| !may_join(song)).map(|&(song, score)| (song, score / mean));
    let joining = joined.iter().map(|&(song, score, _)| (song, score));
    let better = alone.chain(joining).filter(|&(_, score)| score > hint).collect();
    list.fill(better, Source::Pair);
    let mut in_between = Vec::new();
    if !list.is_full() {
        joined.sort_unstable_by_key(|&(song, ..)| song);
        for (song, score) in &mut scratch.scored {
            *score = match joined.binary_search_by_key(song, |&(song, ..)| song) {
                Ok(at) => joined[at].1,
                Err(_) => *score / mean,
            };
        }
        let before = List::new(model, query);
        in_between = best(&scratch.scored, scoring.two_hop_sources as usize, |song| before.may_hold(song));
        list.fill(scratch.scored.clone(), Source::Pair);
    }

    // Pairs of pairs.
    if list.is_full() {
        in_between.clear();
    } else if !in_between.is_empty() {
        for &(song, score) in &in_between {
            scratch.vote(model, song, score);
        }
        scratch.score(factor);
        list.fill(scratch.scored.clone(), Source::TwoHop);
    }
    if !list.is_full() {
        list.fill(artists, Source::Artist);
    }
    if !list.is_full() {
        list.fill_with_popular();
    }
    Ranking { songs: list.ranked, in_between }
}

/// Numbers of seeds whose popularity factors are kept.
const SEEDS_KEPT: usize = 64;

/// Powers of supports, each computed once for every support that occurs.
#[derive(Clone, Debug)]
pub(crate) struct Factors {
    /// n_A to the power of minus the seed exponent.
    seeds: Vec<f64>,
    /// n_B + 1 to the power of the artist exponent.
    artists: Vec<f64>,
    /// n_B to the power for so many seeds, from 0, without novelty.
    popularity: [OnceLock<Box<[f64]>>; SEEDS_KEPT],
}

impl Factors {
    pub(crate) fn new(scoring: &Scoring, catalogue: &Catalogue) -> Self {
        let powers = |more: f64, exponent: f64| {
            let supports = catalogue.distinct_supports().iter();
            supports.map(|support| libm::pow(support.as_f64() + more, exponent)).collect()
        };
        Self {
            seeds: powers(0.0, -scoring.seed_exponent),
            artists: powers(1.0, scoring.artist_exponent),
            popularity: [const { OnceLock::new() }; SEEDS_KEPT],
        }
    }

    /// What sums are multiplied by to undo or add to what pair weights take from popular songs; by class of support.
    fn popularity(&self, scoring: &Scoring, catalogue: &Catalogue, query: &Query) -> Cow<'_, [f64]> {
        let compute = || {
            let divided_by = scoring.breadth(query.seeds.len()) - scoring.stored_exponent;
            let exponent = scoring.candidate_exponent - divided_by - query.novelty * scoring.novelty_exponent;
            let supports = catalogue.distinct_supports().iter();
            supports.map(|support| libm::pow(support.as_f64(), exponent)).collect()
        };
        match self.popularity.get(query.seeds.len()).filter(|_| query.novelty == 0.0) {
            Some(kept) => Cow::Borrowed(kept.get_or_init(compute)),
            None => Cow::Owned(compute().into_vec()),
        }
    }
}

/// For every song by an artist of the seeds: number of seeds by that artist × (n_B + 1)^exponent.
fn artist_scores(model: &Model, query: &Query) -> Vec<(SongId, f64)> {
    let (catalogue, scoring) = (model.catalogue(), &model.metadata().scoring);
    let exponent = scoring.artist_exponent - query.novelty * scoring.novelty_exponent;
    let mut scores = Vec::new();
    let mut last = (usize::MAX, 0.0);
    for &(artist, seeds) in &query.artists {
        // Without artists all songs share the artist "", which says nothing.
        if catalogue.artist_name(artist).is_empty() {
            continue;
        }
        for &song in catalogue.songs_of(artist) {
            let class = catalogue.support_class(song);
            if class != last.0 {
                let power = if query.novelty == 0.0 {
                    model.factors.artists[class]
                } else {
                    libm::pow(catalogue.support(song).as_f64() + 1.0, exponent)
                };
                last = (class, power);
            }
            scores.push((song, f64::from(seeds) * last.1));
        }
    }
    scores
}

/// What scores with these best ones are to be divided by: their mean, or 1 where that says nothing.
fn mean_score(best: &[(SongId, f64)]) -> f64 {
    let mean = best.iter().map(|&(_, score)| score).sum::<f64>() / best.len() as f64;
    if mean > 0.0 { mean } else { 1.0 }
}

/// The `count` best of some scored songs that are wanted, best first.
fn best(scored: &[(SongId, f64)], count: usize, is_wanted: impl Fn(SongId) -> bool) -> Vec<(SongId, f64)> {
    let mut best: Vec<(SongId, f64)> = Vec::with_capacity(count.saturating_mul(2).min(scored.len()));
    // The best so far are kept among at most as many others, which are thrown away from time to time.
    let mut least = f64::NEG_INFINITY;
    for &(song, score) in scored {
        if score < least || !is_wanted(song) {
            continue;
        }
        best.push((song, score));
        if best.len() == count.saturating_mul(2) {
            let (_, last, _) = best.select_nth_unstable_by(count - 1, better_first);
            least = last.1;
            best.truncate(count);
        }
    }
    best.sort_unstable_by(better_first);
    best.truncate(count);
    best
}

/// Higher scores first, ties to the smaller id.
fn better_first(left: &(SongId, f64), right: &(SongId, f64)) -> Ordering {
    right.1.total_cmp(&left.1).then(left.0.cmp(&right.0))
}

/// The list while it is being filled: knows what it may not hold.
struct List<'a> {
    model: &'a Model,
    ranked: Vec<Ranked>,
    limit: usize,
    max_per_artist: usize,
    /// Works of seeds, exclusions and of what is already in the list; sorted.
    works: Vec<SongId>,
    /// Artists not to suggest; sorted.
    artists: Vec<ArtistId>,
    /// Artists in the list, with how often; sorted.
    used_artists: Vec<(ArtistId, usize)>,
}

impl<'a> List<'a> {
    fn new(model: &'a Model, query: &Query) -> Self {
        let work = |&song: &SongId| model.catalogue().work(song);
        let mut works: Vec<SongId> = query.seeds.iter().chain(&query.exclude).map(work).collect();
        works.sort_unstable();
        works.dedup();
        let mut artists = query.exclude_artists.clone();
        artists.sort_unstable();
        Self {
            model,
            ranked: Vec::new(),
            limit: query.limit,
            max_per_artist: query.max_per_artist,
            works,
            artists,
            used_artists: Vec::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.ranked.len() >= self.limit
    }

    fn may_hold(&self, song: SongId) -> bool {
        let catalogue = self.model.catalogue();
        self.works.binary_search(&catalogue.work(song)).is_err()
            && self.artists.binary_search(&catalogue.artist(song)).is_err()
    }

    /// Adds a song if nothing speaks against it; says whether it did.
    fn push(&mut self, song: SongId, score: f64, source: Source) -> bool {
        let catalogue = self.model.catalogue();
        let work = catalogue.work(song);
        let (Err(work_at), true) = (self.works.binary_search(&work), self.may_hold(song)) else {
            return false;
        };
        let artist = catalogue.artist(song);
        match self.used_artists.binary_search_by_key(&artist, |&(artist, _)| artist) {
            // A catalogue without artists has one nameless artist, of whom no list can have too much.
            Ok(at) if self.used_artists[at].1 >= self.max_per_artist && !catalogue.artist_name(artist).is_empty() => {
                return false;
            }
            Ok(at) => self.used_artists[at].1 += 1,
            Err(at) => self.used_artists.insert(at, (artist, 1)),
        }
        self.works.insert(work_at, work);
        self.ranked.push(Ranked { song, score, source });
        true
    }

    /// Adds the best of these until the list is full; those that are in it already are passed over. Scores of a source
    /// that only fills are scaled to go on below what is already there.
    fn fill(&mut self, mut candidates: Vec<(SongId, f64)>, source: Source) {
        candidates.retain(|&(song, _)| self.may_hold(song));
        candidates.sort_unstable_by(better_first);
        // Divided first, so that no rounding lifts a score above the floor.
        let (floor, largest) = match (source, candidates.first()) {
            (Source::Pair, _) | (_, None) => (1.0, 1.0),
            (_, Some(first)) => (self.ranked.last().map_or(1.0, |ranked| ranked.score), first.1),
        };
        for (song, score) in candidates {
            if self.is_full() {
                break;
            }
            self.push(song, score / largest * floor, source);
        }
    }

    fn fill_with_popular(&mut self) {
        let catalogue = self.model.catalogue();
        let floor = self.ranked.last().map_or(1.0, |ranked| ranked.score);
        let mut most = None;
        for song in catalogue.songs() {
            if self.is_full() {
                break;
            }
            let support = catalogue.support(song).as_f64();
            let share = support / *most.get_or_insert(support);
            self.push(song, share * floor, Source::Popular);
        }
    }
}
