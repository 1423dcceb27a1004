//! The best of many scored songs, without sorting them all.

use super::candidate::Candidate;
use super::votes::Sums;
use crate::song::SongId;

/// Songs with their scores, side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scored<'a> {
    pub(super) songs: &'a [SongId],
    /// As many, or what they are at most; none is negative or NaN.
    bounds: &'a [f32],
    /// What tells the scores, if those are bounds.
    sums: Option<Sums<'a>>,
}

impl<'a> Scored<'a> {
    /// Songs whose scores are these.
    pub(super) fn exactly(songs: &'a [SongId], scores: &'a [f32]) -> Self {
        Self { songs, bounds: scores, sums: None }
    }

    /// Songs whose scores are at most these, and are worth looking up for the best only.
    pub(super) fn at_most(songs: &'a [SongId], bounds: &'a [f32], sums: Sums<'a>) -> Self {
        Self { songs, bounds, sums: Some(sums) }
    }

    /// The score of the song at a place.
    pub(super) fn score(&self, at: usize) -> f32 {
        self.sums.map_or(self.bounds[at], |sums| sums.score(at, self.songs[at]))
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
    ordered: Vec<Candidate>,
}

/// Groups that songs are put into for each one that is wanted.
const GROUPS_EACH: usize = 2;
/// Songs looked at together for one that may be among the best.
const TOGETHER: usize = 8;

impl Best {
    /// Makes `candidates` the `count` best songs and some more, in the order in which they come; all of them where there
    /// are not many more.
    ///
    /// The songs are dealt out to groups, of which as many as songs are wanted are highest: the lowest of these is a
    /// bound that enough songs reach, and not many more.
    pub(super) fn gather(&mut self, scored: Scored<'_>, count: usize) {
        let Self { candidates, heights, .. } = self;
        candidates.clear();
        let groups = count.saturating_mul(GROUPS_EACH);
        let mut least = 0.0;
        if (1..scored.bounds.len()).contains(&groups) {
            heights.clear();
            heights.resize(groups, 0.0);
            for bounds in scored.bounds.chunks(groups) {
                for (height, &bound) in heights.iter_mut().zip(bounds) {
                    *height = if bound > *height { bound } else { *height };
                }
            }
            crate::sort::select_by(heights, count - 1, |left, right| right.to_bits().cmp(&left.to_bits()));
            least = scored.least_score(heights[count - 1]);
        }
        let mut add = |start: usize, bounds: &[f32]| {
            let places = (start..).zip(bounds).filter(|&(_, &bound)| bound >= least).map(|(at, _)| at);
            candidates.extend(places.map(|at| Candidate::new(scored.songs[at], scored.score(at))));
        };
        let (bounds, last) = scored.bounds.as_chunks::<TOGETHER>();
        for (chunk, bounds) in bounds.iter().enumerate() {
            if bounds.iter().fold(false, |any, &bound| any | (bound >= least)) {
                add(chunk * TOGETHER, bounds);
            }
        }
        add(scored.bounds.len() - last.len(), last);
    }

    /// Makes `candidates` its `count` best, best first.
    pub(super) fn keep(&mut self, count: usize) {
        let Self { candidates, ordered, .. } = self;
        if (1..candidates.len()).contains(&count) {
            ordered.clone_from(candidates);
            crate::sort::select_by(ordered, count - 1, better_first);
            let least = ordered[count - 1];
            candidates.retain(|&candidate| candidate >= least);
        }
        crate::sort::sort_by(candidates, better_first);
        candidates.truncate(count);
    }
}

pub(super) fn better_first(left: &Candidate, right: &Candidate) -> std::cmp::Ordering {
    right.cmp(left)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(scores: &[f32], count: usize) {
        let songs: Vec<SongId> = (0..scores.len() as u32).map(SongId).collect();
        let mut expected: Vec<Candidate> =
            songs.iter().zip(scores).map(|(&song, &score)| Candidate::new(song, score)).collect();
        let other = Candidate::new(SongId(7), 7.0);
        let mut best = Best { candidates: vec![other], heights: vec![9.0], ordered: vec![other] };
        best.gather(Scored::exactly(&songs, scores), count);
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
