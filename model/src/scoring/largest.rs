//! The best of many scored songs, without sorting them all.

use super::candidate::Candidate;
use super::votes::Sums;
use crate::song::SongId;

/// Songs with their scores, side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scored<'a> {
    songs: &'a [u32],
    /// As many, or what they are at most; none is negative or NaN.
    bounds: &'a [f32],
    /// What tells the scores, if those are bounds.
    sums: Option<Sums<'a>>,
}

impl<'a> Scored<'a> {
    /// Songs whose scores are these.
    pub(super) fn exactly(songs: &'a [u32], scores: &'a [f32]) -> Self {
        Self { songs, bounds: scores, sums: None }
    }

    /// Songs whose scores are at most these, and are worth looking up for the best only.
    pub(super) fn at_most(songs: &'a [u32], bounds: &'a [f32], sums: Sums<'a>) -> Self {
        Self { songs, bounds, sums: Some(sums) }
    }

    pub(super) fn len(&self) -> usize {
        self.songs.len()
    }

    /// The songs in their order, without their scores.
    pub(super) fn songs(&self) -> &'a [u32] {
        self.songs
    }

    /// The song at a place.
    pub(super) fn song(&self, at: usize) -> SongId {
        SongId(self.songs[at])
    }

    /// The score of the song at a place.
    pub(super) fn score(&self, at: usize) -> f32 {
        self.sums.map_or(self.bounds[at], |sums| sums.score(at, self.song(at)))
    }

    fn candidate(&self, at: usize) -> Candidate {
        Candidate::new(self.song(at), self.score(at))
    }

    /// What a song's score is at least, if its bound is `bound`; 0 where roundings make that uncertain.
    fn least_score(&self, bound: f32) -> f32 {
        let Some(sums) = self.sums else { return bound };
        let least = bound * sums.least_share();
        if least.is_normal() { least } else { 0.0 }
    }
}

/// The best of some scored songs, with what finding them needs. The buffers are kept from one use to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Best {
    pub(super) candidates: Vec<Candidate>,
    /// Largest score of each group.
    heights: Vec<f32>,
    /// Places of songs that may be among the best.
    places: Vec<u32>,
}

/// Groups that songs are put into for each one that is wanted: with more of them less is looked at that is not wanted.
const GROUPS_EACH: usize = 4;
/// Songs looked at together for one that may be among the best.
const TOGETHER: usize = 8;
/// Most halvings of the range in which the bound of the best is searched.
const HALVINGS: usize = 10;

impl Best {
    /// Makes `candidates` those of the `count` best songs and some more that are `wanted`, in the order in which they come;
    /// of all of them where there are not many more.
    ///
    /// Songs are dealt out to groups: the number that so many groups' best ones reach is a bound that enough songs reach, and
    /// not many more.
    pub(super) fn gather(&mut self, scored: Scored<'_>, count: usize, wanted: impl Fn(SongId) -> bool) {
        let Self { candidates, heights, places } = self;
        let groups = count.saturating_mul(GROUPS_EACH);
        let heights = if groups < scored.bounds.len() {
            heights.clear();
            heights.resize(groups, 0.0);
            for bounds in scored.bounds.chunks(groups.max(1)) {
                for (height, &bound) in heights.iter_mut().zip(bounds) {
                    *height = if bound > *height { bound } else { *height };
                }
            }
            heights
        } else {
            scored.bounds
        };
        let least = if count < heights.len() { scored.least_score(reached_by(heights, count)) } else { 0.0 };

        // Without a branch for each, which would go either way too often to be foreseen. One more than there can be: what is
        // not to be looked at is written there, and over.
        let mut found = 0;
        if places.len() <= scored.bounds.len() {
            places.resize(scored.bounds.len() + 1, 0);
        }
        let mut find = |start: usize, bounds: &[f32]| {
            for (at, &bound) in (start..).zip(bounds) {
                places[found] = at as u32;
                found += usize::from(bound >= least);
            }
        };
        let (bounds, last) = scored.bounds.as_chunks::<TOGETHER>();
        for (chunk, bounds) in bounds.iter().enumerate() {
            if bounds.iter().fold(false, |any, &bound| any | (bound >= least)) {
                find(chunk * TOGETHER, bounds);
            }
        }
        find(scored.bounds.len() - last.len(), last);

        let mut kept = 0;
        for at in 0..found {
            let place = places[at];
            places[kept] = place;
            kept += usize::from(wanted(scored.song(place as usize)));
        }
        candidates.clear();
        candidates.extend(places[..kept].iter().map(|&at| scored.candidate(at as usize)));
        // Of those below some may be missing.
        candidates.retain(|candidate| candidate.score() >= least);
    }

    /// Makes `candidates` its `count` best, best first.
    pub(super) fn keep(&mut self, count: usize) {
        crate::sort::sort_by(&mut self.candidates, better_first);
        self.candidates.truncate(count);
    }
}

/// A number that so many of these are not below, and not many more.
fn reached_by(heights: &[f32], count: usize) -> f32 {
    let highest = heights.iter().fold(0.0, |highest, &height| if height > highest { height } else { highest });
    let (mut reached, mut beyond) = (0.0, highest);
    for _ in 0..HALVINGS {
        let middle = (reached + beyond) / 2.0;
        let reach_it = heights.iter().map(|&height| u32::from(height >= middle)).sum::<u32>() as usize;
        if reach_it < count {
            beyond = middle;
        } else {
            reached = middle;
            if reach_it <= count + count / 8 {
                break;
            }
        }
    }
    reached
}

pub(super) fn better_first(left: &Candidate, right: &Candidate) -> std::cmp::Ordering {
    right.cmp(left)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(scores: &[f32], count: usize) {
        let songs: Vec<u32> = (0..scores.len() as u32).collect();
        let mut expected: Vec<Candidate> =
            songs.iter().zip(scores).map(|(&song, &score)| Candidate::new(SongId(song), score)).collect();
        let other = Candidate::new(SongId(7), 7.0);
        let mut best = Best { candidates: vec![other], heights: vec![9.0], places: vec![7] };
        best.gather(Scored::exactly(&songs, scores), count, |_| true);
        best.keep(count);
        expected.sort_unstable_by(better_first);
        expected.truncate(count);
        assert_eq!(best.candidates, expected);
    }

    proptest! {
        #[test]
        fn the_best_of_any_scores_are_those_that_sorting_puts_first(
            scores in prop::collection::vec(0.0..1e9_f32, 0..600), count in 0..40_usize,
        ) {
            check(&scores, count);
        }

        #[test]
        fn the_best_of_scores_as_they_are_are_those_that_sorting_puts_first(
            levels in prop::collection::vec(0..60_u32, 0..900), count in 0..40_usize,
        ) {
            let score = |level| (0.001 * libm::pow(1.15, f64::from(level))) as f32;
            check(&levels.into_iter().map(score).collect::<Vec<_>>(), count);
        }
    }

    #[test]
    fn equal_scores_go_by_song() {
        check(&[0.5; 1_000], 28);
        check(&[0.0; 1_000], 28);
        check(&[&[1e-44; 100], &[1.0, f32::INFINITY, 0.0][..]].concat(), 10);
    }
}
