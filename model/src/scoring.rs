//! Scoring: from seeds to a ranked list.
//!
//! Each known seed A gives every neighbour B the pair's weight M_AB; popular seeds give a little less. The sum is then
//! divided by a power of B's support that grows with the number of seeds: for one seed the ranking is near that of
//! confidence, for many near that of cosine similarity. Songs by the seeds' artists get a little on top. A list that
//! is still short is filled from neighbours of neighbours, from the seeds' artists, and with popular songs.
//!
//! Sums run in a fixed order, ties go to the smaller song id, and transcendental functions come from `libm`, so host
//! and browser give the same bits.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use crate::Model;
use crate::api::Source;
use crate::song::{ArtistId, SongId, Support};

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
            seed_exponent: 0.1,
            candidate_exponent: 0.1,
            stored_exponent: 0.29,
            breadth_base: 0.10,
            breadth_slope: 0.12,
            breadth_max: 0.55,
            artist_weight: 0.2,
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
    sums: Vec<f64>,
    touched: Vec<SongId>,
}

impl Scratch {
    /// Adds `weight` times the neighbours' weights of `song`.
    fn vote(&mut self, model: &Model, song: SongId, weight: f64) {
        model.pairs().for_each_neighbour(song, |neighbour, pair_weight| {
            let sum = &mut self.sums[neighbour];
            if *sum == 0.0 {
                self.touched.push(SongId(neighbour as u32));
            }
            *sum += weight * pair_weight;
        });
    }

    /// Hands out the songs with a sum, and forgets them.
    fn drain(&mut self) -> Vec<(SongId, f64)> {
        let sums = &mut self.sums;
        self.touched.drain(..).map(|song| (song, std::mem::take(&mut sums[song.index()]))).collect()
    }
}

/// Ranks songs for a query.
#[must_use]
pub fn rank(model: &Model, query: &Query, scratch: &mut Scratch) -> Ranking {
    scratch.sums.resize(model.catalogue().len(), 0.0);
    let scoring = &model.metadata().scoring;
    let mut list = List::new(model, query);

    // Pairs.
    for &seed in &query.seeds {
        let weight = libm::pow(model.catalogue().support(seed).as_f64(), -scoring.seed_exponent);
        scratch.vote(model, seed, weight);
    }
    let mut popularity = PopularityFactors::new(model, query);
    let mut candidates = popularity.apply(scratch.drain());
    candidates.retain(|&(song, _)| list.may_hold(song));
    divide_by_top_mean(&mut candidates, scoring.top_mean);
    let mut artists = artist_scores(model, query);
    artists.retain(|&(song, _)| list.may_hold(song));
    divide_by_top_mean(&mut artists, scoring.top_mean);
    // Both are sorted by song: `artists` joins only what already is a candidate.
    candidates.sort_unstable_by_key(|&(song, _)| song);
    artists.sort_unstable_by_key(|&(song, _)| song);
    for candidate in &mut candidates {
        if let Ok(at) = artists.binary_search_by_key(&candidate.0, |&(song, _)| song) {
            candidate.1 += scoring.artist_weight * artists[at].1;
        }
    }
    let in_between = best(&candidates, scoring.two_hop_sources as usize);
    list.fill(candidates, Source::Pair);

    // Pairs of pairs.
    let mut used_in_between = Vec::new();
    if !list.is_full() && !in_between.is_empty() {
        for &(song, score) in &in_between {
            scratch.vote(model, song, score);
        }
        let mut candidates = popularity.apply(scratch.drain());
        candidates.retain(|&(song, _)| list.may_hold(song));
        list.fill(candidates, Source::TwoHop);
        used_in_between = in_between;
    }
    if !list.is_full() {
        list.fill(artists, Source::Artist);
    }
    if !list.is_full() {
        list.fill_with_popular();
    }
    Ranking { songs: list.ranked, in_between: used_in_between }
}

/// n_B to the query's power, computed once for each support that occurs.
struct PopularityFactors<'a> {
    model: &'a Model,
    exponent: f64,
    by_class: Vec<f64>,
}

impl<'a> PopularityFactors<'a> {
    fn new(model: &'a Model, query: &Query) -> Self {
        let scoring = &model.metadata().scoring;
        let divided_by = scoring.breadth(query.seeds.len()) - scoring.stored_exponent;
        let exponent = scoring.candidate_exponent - divided_by - query.novelty * scoring.novelty_exponent;
        Self { model, exponent, by_class: vec![f64::NAN; model.catalogue().distinct_supports().len()] }
    }

    fn apply(&mut self, mut candidates: Vec<(SongId, f64)>) -> Vec<(SongId, f64)> {
        let catalogue = self.model.catalogue();
        for (song, score) in &mut candidates {
            let class = catalogue.support_class(*song);
            if self.by_class[class].is_nan() {
                self.by_class[class] = libm::pow(catalogue.distinct_supports()[class].as_f64(), self.exponent);
            }
            *score *= self.by_class[class];
        }
        candidates
    }
}

/// For every song by an artist of the seeds: number of seeds by that artist × (n_B + 1)^exponent.
fn artist_scores(model: &Model, query: &Query) -> Vec<(SongId, f64)> {
    let (catalogue, scoring) = (model.catalogue(), &model.metadata().scoring);
    let exponent = scoring.artist_exponent - query.novelty * scoring.novelty_exponent;
    let mut scores = Vec::new();
    let mut last = (Support(0), 0.0);
    for &(artist, seeds) in &query.artists {
        // Without artists all songs share the artist "", which says nothing.
        if catalogue.artist_name(artist).is_empty() {
            continue;
        }
        for &song in catalogue.songs_of(artist) {
            let support = catalogue.support(song);
            if support != last.0 {
                last = (support, libm::pow(support.as_f64() + 1.0, exponent));
            }
            scores.push((song, f64::from(seeds) * last.1));
        }
    }
    scores
}

/// Divides all scores by the mean of the `top` largest.
fn divide_by_top_mean(scores: &mut [(SongId, f64)], top: u32) {
    let largest = best(scores, top as usize);
    let mean = largest.iter().map(|&(_, score)| score).sum::<f64>() / largest.len() as f64;
    if mean > 0.0 {
        for (_, score) in scores {
            *score /= mean;
        }
    }
}

/// The `count` best of some scored songs, best first.
fn best(scores: &[(SongId, f64)], count: usize) -> Vec<(SongId, f64)> {
    let mut scores = scores.to_vec();
    if scores.len() > count && count > 0 {
        scores.select_nth_unstable_by(count - 1, better_first);
    }
    scores.truncate(count);
    scores.sort_unstable_by(better_first);
    scores
}

/// Higher scores first, ties to the smaller id.
fn better_first(left: &(SongId, f64), right: &(SongId, f64)) -> Ordering {
    right.1.total_cmp(&left.1).then(left.0.cmp(&right.0))
}

/// A scored song in a heap that pops the best first.
struct Candidate(SongId, f64);

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        better_first(&(other.0, other.1), &(self.0, self.1))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate {}

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

    /// Adds the best of these until the list is full. Scores of a source that only fills are scaled to go on below
    /// what is already there.
    fn fill(&mut self, candidates: Vec<(SongId, f64)>, source: Source) {
        let mut heap: BinaryHeap<Candidate> =
            candidates.into_iter().map(|(song, score)| Candidate(song, score)).collect();
        // Divided first, so that no rounding lifts a score above the floor.
        let (floor, largest) = match (source, self.ranked.last(), heap.peek()) {
            (Source::Pair, _, _) | (_, _, None) => (1.0, 1.0),
            (_, last, Some(first)) => (last.map_or(1.0, |ranked| ranked.score), first.1),
        };
        while let (false, Some(Candidate(song, score))) = (self.is_full(), heap.pop()) {
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
