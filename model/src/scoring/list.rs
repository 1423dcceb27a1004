//! The list of suggestions while it is being filled.

use super::candidate::Candidate;
use super::largest::{Best, Scored};
use super::works::Works;
use super::{Query, Ranked};
use crate::Model;
use crate::api::Source;
use crate::song::{ArtistId, SongId};

/// The list while it is being filled: knows what it may not hold.
pub(super) struct List<'a> {
    model: &'a Model,
    ranked: Vec<Ranked>,
    limit: usize,
    max_per_artist: usize,
    /// Works of seeds, exclusions and of what is already in the list.
    works: &'a mut Works,
    /// Artists not to suggest; sorted.
    artists: Vec<ArtistId>,
    /// Artists in the list, with how often, where that matters; sorted.
    used_artists: Vec<(ArtistId, usize)>,
}

impl<'a> List<'a> {
    pub(super) fn new(model: &'a Model, query: &Query, works: &'a mut Works) -> Self {
        let catalogue = model.catalogue();
        works.clear(catalogue.len());
        for &song in query.seeds.iter().chain(&query.exclude) {
            works.insert(catalogue.work(song));
        }
        let mut artists = query.exclude_artists.clone();
        crate::sort::sort(&mut artists);
        Self {
            model,
            ranked: Vec::with_capacity(query.limit.min(catalogue.len())),
            limit: query.limit,
            max_per_artist: query.max_per_artist,
            works,
            artists,
            used_artists: Vec::new(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.ranked.len() >= self.limit
    }

    pub(super) fn into_ranked(self) -> Vec<Ranked> {
        self.ranked
    }

    /// The `count` best songs of those that the list may hold, best first, in a buffer for them.
    pub(super) fn best_it_may_hold<'b>(&self, all: Scored<'_>, count: usize, best: &'b mut Best) -> &'b [Candidate] {
        // It mostly suffices to look at a few more, since few are not wanted; and looking costs more than sorting.
        let mut looked_at = count.saturating_add(SOME_MORE + (self.works.len() / 2).min(MANY_MORE));
        loop {
            best.gather(all, looked_at, count, |song| self.may_hold(song));
            if best.candidates.len() >= count || looked_at >= all.len() {
                return &best.candidates;
            }
            looked_at = looked_at.saturating_mul(4);
        }
    }

    /// Adds candidates, best first, until the list is full; those that it may not hold are passed over.
    pub(super) fn extend(&mut self, best: impl Iterator<Item = Candidate>, source: Source) {
        self.extend_scaled(best, source, |score| score);
    }

    /// Adds the best of these until the list is full. Scores of a source that only fills are scaled to go on below what
    /// is already there.
    pub(super) fn fill(&mut self, all: Scored<'_>, source: Source, best: &mut Best) {
        let floor = self.floor();
        let mut largest = None;
        let mut count = self.limit - self.ranked.len();
        while !self.is_full() {
            let best = self.best_it_may_hold(all, count, best);
            let largest = *largest.get_or_insert(best.first().map_or(1.0, |best| best.score()));
            if source == Source::Pair {
                self.extend(best.iter().copied(), source);
            } else {
                // Divided first, so that no rounding lifts a score above the floor.
                self.extend_scaled(best.iter().copied(), source, |score| score / largest * floor);
            }
            if best.len() < count {
                return;
            }
            // Some were by artists of whom there is enough.
            count = count.saturating_mul(4);
        }
    }

    /// Adds popular songs until the list is full.
    pub(super) fn fill_with_popular(&mut self) {
        let catalogue = self.model.catalogue();
        let floor = self.floor();
        let mut most = None;
        for song in catalogue.songs() {
            if self.is_full() {
                break;
            }
            let support = catalogue.support(song).as_f64() as f32;
            let share = support / *most.get_or_insert(support);
            self.push(song, share * floor, Source::Popular);
        }
    }

    fn extend_scaled(&mut self, best: impl Iterator<Item = Candidate>, source: Source, scale: impl Fn(f32) -> f32) {
        for candidate in best {
            if self.is_full() {
                break;
            }
            self.push(candidate.song(), scale(candidate.score()), source);
        }
    }

    /// The lowest score in the list.
    fn floor(&self) -> f32 {
        self.ranked.last().map_or(1.0, |ranked| ranked.score as f32)
    }

    pub(super) fn may_hold(&self, song: SongId) -> bool {
        let catalogue = self.model.catalogue();
        !self.works.contains(catalogue.work(song)) && !self.is_excluded(song)
    }

    fn is_excluded(&self, song: SongId) -> bool {
        // Mostly nobody is, and songs' artists are not looked up.
        !self.artists.is_empty() && self.artists.binary_search(&self.model.catalogue().artist(song)).is_ok()
    }

    /// Adds a song if nothing speaks against it.
    fn push(&mut self, song: SongId, score: f32, source: Source) {
        let catalogue = self.model.catalogue();
        let work = catalogue.work(song);
        if self.works.contains(work) || self.is_excluded(song) {
            return;
        }
        // A catalogue without artists has one nameless artist, of whom no list can have too much.
        let artist = (self.max_per_artist != usize::MAX).then(|| catalogue.artist(song));
        if let Some(artist) = artist.filter(|&artist| !catalogue.is_nameless(artist)) {
            match self.used_artists.binary_search_by_key(&artist, |&(artist, _)| artist) {
                Ok(at) if self.used_artists[at].1 >= self.max_per_artist => return,
                Ok(at) => self.used_artists[at].1 += 1,
                Err(at) => self.used_artists.insert(at, (artist, 1)),
            }
        }
        self.works.insert(work);
        self.ranked.push(Ranked { song, score: f64::from(score), source });
    }
}

/// Songs looked at besides as many as are wanted.
const SOME_MORE: usize = 2;
/// Most songs looked at besides because of so many works that are not to be in the list.
const MANY_MORE: usize = 32;
