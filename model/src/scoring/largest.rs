//! The best of many scored songs, without sorting them all.

use super::candidate::Candidate;
use crate::song::SongId;

/// Songs with their scores, side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scored<'a> {
    pub(super) songs: &'a [SongId],
    /// As many; none is negative or NaN.
    pub(super) scores: &'a [f32],
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
        if (1..scored.scores.len()).contains(&groups) {
            heights.clear();
            heights.resize(groups, 0.0);
            for scores in scored.scores.chunks(groups) {
                for (height, &score) in heights.iter_mut().zip(scores) {
                    *height = if score > *height { score } else { *height };
                }
            }
            crate::sort::select_by(heights, count - 1, |left, right| right.to_bits().cmp(&left.to_bits()));
            least = heights[count - 1];
        }
        let mut add = |songs: &[SongId], scores: &[f32]| {
            let all = songs.iter().zip(scores).map(|(&song, &score)| Candidate::new(song, score));
            candidates.extend(all.filter(|candidate| candidate.score() >= least));
        };
        let (songs, last_songs) = scored.songs.as_chunks::<TOGETHER>();
        let (scores, last_scores) = scored.scores.as_chunks::<TOGETHER>();
        for (songs, scores) in songs.iter().zip(scores) {
            if scores.iter().fold(false, |any, &score| any | (score >= least)) {
                add(songs, scores);
            }
        }
        add(last_songs, last_scores);
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
        best.gather(Scored { songs: &songs, scores }, count);
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
