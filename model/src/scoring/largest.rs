//! The best of many scored songs, without sorting them all.

use std::cmp::Ordering;

use crate::song::SongId;

/// Songs with their scores, side by side.
#[derive(Clone, Debug, Default)]
pub(super) struct Scored {
    pub(super) songs: Vec<SongId>,
    /// As many.
    pub(super) scores: Vec<f64>,
}

impl Scored {
    pub(super) fn clear(&mut self) {
        self.songs.clear();
        self.scores.clear();
    }

    pub(super) fn push(&mut self, song: SongId, score: f64) {
        self.songs.push(song);
        self.scores.push(score);
    }

    pub(super) fn len(&self) -> usize {
        self.songs.len()
    }

    /// Each song with its score.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (SongId, f64)> {
        self.songs.iter().copied().zip(self.scores.iter().copied())
    }
}

/// The best of some scored songs, with what finding them needs. The buffers are kept from one use to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Best {
    pub(super) songs: Vec<(SongId, f64)>,
    /// Largest score of each group of songs.
    heights: Vec<f64>,
    /// The same, to be put in order.
    ordered: Vec<f64>,
}

/// Groups that songs are put into for each one that is wanted.
const GROUPS_EACH: usize = 3;

impl Best {
    /// Makes `songs` the `count` best of some songs, best first; all of them where there are no more.
    ///
    /// The songs are put into groups, of which as many as songs are wanted are highest: the lowest of these is a bound
    /// that enough songs reach, and not many more. Only they are sorted. No score may be NaN.
    pub(super) fn take(&mut self, scored: &Scored, count: usize) {
        let Self { songs, heights, ordered } = self;
        songs.clear();
        let size = scored.len() / count.saturating_mul(GROUPS_EACH).max(1);
        if size < 2 {
            songs.extend(scored.pairs());
        } else {
            heights.clear();
            heights.extend(scored.scores.chunks(size).map(highest));
            ordered.clone_from(heights);
            let (_, &mut least, _) = ordered.select_nth_unstable_by(count.saturating_sub(1), |l, r| r.total_cmp(l));
            let groups = scored.songs.chunks(size).zip(scored.scores.chunks(size));
            for ((group, scores), _) in groups.zip(heights.iter()).filter(|&(_, &height)| height >= least) {
                for (&song, &score) in group.iter().zip(scores) {
                    if score >= least {
                        songs.push((song, score));
                    }
                }
            }
        }
        if songs.len() > count && count > 0 {
            crate::sort::select_by(songs, count - 1, better_first);
        }
        songs.truncate(count);
        crate::sort::sort_by(songs, better_first);
    }
}

/// The largest of some scores.
fn highest(scores: &[f64]) -> f64 {
    let larger = |one: f64, other: f64| if other > one { other } else { one };
    // Four at a time: none waits for the one before.
    let mut most = [f64::NEG_INFINITY; 4];
    let (fours, others) = scores.as_chunks::<4>();
    for four in fours {
        for (most, &score) in most.iter_mut().zip(four) {
            *most = larger(*most, score);
        }
    }
    most.iter().chain(others).copied().fold(f64::NEG_INFINITY, larger)
}

/// Higher scores first, ties to the smaller id.
pub(super) fn better_first(left: &(SongId, f64), right: &(SongId, f64)) -> Ordering {
    right.1.total_cmp(&left.1).then(left.0.cmp(&right.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(scores: Vec<f64>, count: usize) {
        let mut expected: Vec<(SongId, f64)> = (0..).map(SongId).zip(scores.iter().copied()).collect();
        let scored = Scored { songs: (0..scores.len() as u32).map(SongId).collect(), scores };
        let mut best = Best { songs: vec![(SongId(7), 7.0)], heights: vec![9.0], ordered: vec![9.0] };
        best.take(&scored, count);
        expected.sort_unstable_by(better_first);
        expected.truncate(count);
        let bits =
            |list: &[(SongId, f64)]| list.iter().map(|&(song, score)| (song, score.to_bits())).collect::<Vec<_>>();
        assert_eq!(bits(&best.songs), bits(&expected));
    }

    proptest! {
        #[test]
        fn the_best_of_any_scores_are_those_that_sorting_puts_first(
            scores in prop::collection::vec(-1e9..1e9, 0..600), count in 0..40_usize,
        ) {
            check(scores, count);
        }

        #[test]
        fn the_best_of_scores_as_they_are_are_those_that_sorting_puts_first(
            scores in prop::collection::vec((0..60_u32).prop_map(|level| 0.001 * libm::pow(1.15, f64::from(level))), 0..900),
            count in 0..40_usize,
        ) {
            check(scores, count);
        }
    }

    #[test]
    fn equal_scores_go_by_song() {
        check(vec![0.5; 1_000], 28);
        check(vec![0.0; 1_000], 28);
        check(vec![1e-300; 100].into_iter().chain([1.0, f64::INFINITY, 0.0]).collect(), 10);
    }
}
