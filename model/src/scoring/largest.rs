//! The best of many scored songs, without sorting them all.

use super::candidate::Candidate;
use super::votes::Neighbours;
use crate::song::SongId;

/// Songs with their scores, side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scored<'a> {
    songs: Songs<'a>,
    /// As many, or what they are at most; none is negative or NaN.
    bounds: &'a [f32],
}

#[derive(Clone, Copy, Debug)]
enum Songs<'a> {
    /// Whose scores the bounds are.
    Listed(&'a [u32]),
    /// Whose scores are at most the bounds.
    Neighbours(Neighbours<'a>),
}

impl<'a> Scored<'a> {
    /// Songs whose scores are these.
    pub(super) fn exactly(songs: &'a [u32], scores: &'a [f32]) -> Self {
        Self { songs: Songs::Listed(songs), bounds: scores }
    }

    /// Songs whose scores are at most these, and are worth looking up for the best only.
    pub(super) fn at_most(bounds: &'a [f32], songs: Neighbours<'a>) -> Self {
        Self { songs: Songs::Neighbours(songs), bounds }
    }

    /// Places for songs.
    pub(super) fn len(&self) -> usize {
        self.bounds.len()
    }

    /// Whether there is a song with a score at a place.
    pub(super) fn has_score(&self, at: usize) -> bool {
        self.bounds[at] > 0.0
    }

    /// The song at a place, if it has a score there.
    pub(super) fn song(&self, at: usize) -> SongId {
        match self.songs {
            Songs::Listed(songs) => SongId(songs[at]),
            Songs::Neighbours(neighbours) => neighbours.song(at),
        }
    }

    /// The score of this song, which is the one at a place.
    pub(super) fn score(&self, at: usize, song: SongId) -> f32 {
        match self.songs {
            Songs::Listed(_) => self.bounds[at],
            Songs::Neighbours(neighbours) => neighbours.score(song, self.bounds[at]),
        }
    }
}

/// The best of some scored songs, with what finding them needs. The buffers are kept from one use to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Best {
    pub(super) candidates: Vec<Candidate>,
    /// Largest bound of each group.
    heights: Vec<f32>,
    /// Groups that have songs that may be among the best.
    groups: Vec<u32>,
    /// Places of songs that may be among the best.
    places: Vec<u32>,
}

/// Songs in a group. Those that come one after the other, which are as good as each other, are in different ones.
const ROUNDS: usize = 8;
/// Numbers that are looked at side by side. In a browser, less code is worth more.
const TURNS: usize = if cfg!(target_arch = "wasm32") { 1 } else { 8 };
/// Songs come in multiples of this many: groups are equally large then, and so are what is looked at.
pub(super) const DEALT: usize = TURNS * ROUNDS;
/// Groups that there have to be for each song that is wanted: with fewer more is looked at that is not wanted.
const GROUPS_EACH: usize = 2;
/// How often the range in which the bound of the best is searched is quartered at most.
const QUARTERINGS: usize = 5;
/// The least score that is one.
const LEAST_SCORE: f32 = f32::from_bits(1);

impl Best {
    /// Makes `candidates` the `count` best of those songs that are `wanted`, best first, if so many are among the best ones
    /// that are `looked_at`; otherwise fewer. What has a score of 0 is none of them.
    ///
    /// Songs are dealt out to groups: the number that so many groups' best ones reach is a bound that enough songs reach, and
    /// not many more.
    pub(super) fn gather(
        &mut self,
        scored: Scored<'_>,
        looked_at: usize,
        count: usize,
        wanted: impl Fn(SongId) -> bool,
    ) {
        let Self { candidates, heights, groups, places } = self;
        let bounds = scored.bounds;
        let in_groups = !cfg!(target_arch = "wasm32")
            && bounds.len() >= looked_at.saturating_mul(GROUPS_EACH * ROUNDS)
            && bounds.len().is_multiple_of(ROUNDS);
        let heights = if in_groups { deal(bounds, heights) } else { bounds };
        let mut least = LEAST_SCORE;
        if looked_at < heights.len() {
            least = least.max(reached_by(heights, looked_at));
        }
        loop {
            let places = if in_groups {
                expand(pick(heights, least, groups), least, bounds, places)
            } else {
                pick(bounds, least, places)
            };
            let mut found = 0;
            candidates.resize(places.len() + 1, Candidate::new(SongId(0), 0.0));
            for &place in places {
                let song = scored.song(place as usize);
                candidates[found] = Candidate::new(song, scored.score(place as usize, song));
                found += usize::from(wanted(song));
            }
            candidates.truncate(found);
            crate::sort::sort_by(candidates, better_first);
            candidates.truncate(count);
            let last = candidates.last().filter(|_| candidates.len() == count);
            match last.map(|last| last.score().max(LEAST_SCORE)) {
                // Among those whose bounds are less there may be better ones.
                Some(last) if last < least => least = last,
                _ => break,
            }
        }
    }
}

/// Deals these out to groups, to each as many, and gives the largest of each group.
fn deal<'a>(bounds: &[f32], heights: &'a mut Vec<f32>) -> &'a [f32] {
    let (first, others) = bounds.split_at(bounds.len() / ROUNDS);
    heights.clear();
    heights.extend_from_slice(first);
    for round in others.chunks_exact(first.len().max(1)) {
        heights.iter_mut().zip(round).for_each(|(height, &bound)| *height = larger(*height, bound));
    }
    heights
}

/// The places of those that are not below `least`, in a buffer for them.
fn pick<'a>(of: &[f32], least: f32, places: &'a mut Vec<u32>) -> &'a [u32] {
    // Without a branch for each, which would go either way too often to be foreseen: what is not to be picked is written where
    // the next one will be, and over.
    make_room(places, of.len() + 1);
    let mut found = 0;
    for (place, &height) in (0..).zip(of) {
        places[found] = place;
        found += usize::from(reaches(height, least));
    }
    &places[..found]
}

/// The places of songs of these groups whose bounds are not below `least`, in a buffer for them.
fn expand<'a>(groups: &[u32], least: f32, bounds: &[f32], places: &'a mut Vec<u32>) -> &'a [u32] {
    let in_round = bounds.len() / ROUNDS;
    make_room(places, groups.len() * ROUNDS);
    let mut count = 0;
    for &group in groups {
        let mut of_group = [0; ROUNDS];
        let mut found = 0;
        let mut at = group as usize;
        for _ in 0..ROUNDS {
            of_group[found % ROUNDS] = at as u32;
            found += usize::from(reaches(bounds[at], least));
            at += in_round;
        }
        // All of them, of which the next ones are written over.
        places[count..count + ROUNDS].copy_from_slice(&of_group);
        count += found;
    }
    &places[..count]
}

fn make_room(places: &mut Vec<u32>, count: usize) {
    if places.len() < count {
        places.resize(count, 0);
    }
}

/// Whether a number is not below another, neither of which is negative: such are in the order of their bits.
fn reaches(one: f32, other: f32) -> bool {
    one.to_bits() >= other.to_bits()
}

/// A number that so many of these are not below, and not many more.
fn reached_by(heights: &[f32], count: usize) -> f32 {
    let mut beyond = largest(heights);
    let mut reached = 0.0;
    for _ in 0..QUARTERINGS {
        let quarter = (beyond - reached) / 4.0;
        let ends = [reached, reached + quarter, reached + 2.0 * quarter, reached + 3.0 * quarter, beyond];
        let reach = how_many_reach(heights, [ends[1], ends[2], ends[3]]);
        let last = reach.iter().map(|&reach| usize::from(reach >= count)).sum::<usize>();
        (reached, beyond) = (ends[last], ends[last + 1]);
        if last > 0 && reach[last - 1] <= count + count / 8 {
            break;
        }
    }
    reached
}

/// The largest of these, or 0.
fn largest(heights: &[f32]) -> f32 {
    // Side by side, as no comparison then waits for the one before.
    let (rounds, rest) = heights.as_chunks::<TURNS>();
    let largest = |all: [f32; TURNS], round: &[f32; TURNS]| std::array::from_fn(|turn| larger(all[turn], round[turn]));
    let of_turns = rounds.iter().fold([0.0; TURNS], largest);
    of_turns.iter().chain(rest).fold(0.0, |all, &height| larger(all, height))
}

fn larger(one: f32, other: f32) -> f32 {
    if other > one { other } else { one }
}

/// How many of these are not below each of three numbers.
fn how_many_reach(heights: &[f32], numbers: [f32; 3]) -> [usize; 3] {
    let mut sums = [[0_i32; TURNS]; 3];
    let (rounds, rest) = heights.as_chunks::<TURNS>();
    for round in rounds {
        for (sums, number) in sums.iter_mut().zip(numbers) {
            *sums = std::array::from_fn(|turn| sums[turn] - i32::from(round[turn] >= number));
        }
    }
    std::array::from_fn(|at| {
        let of_rest = rest.iter().map(|&height| usize::from(height >= numbers[at])).sum::<usize>();
        sums[at].iter().sum::<i32>().unsigned_abs() as usize + of_rest
    })
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
        let mut best = Best { candidates: vec![other], heights: vec![9.0], groups: vec![7], places: vec![7] };
        best.gather(Scored::exactly(&songs, scores), count, count, |_| true);
        expected.retain(|candidate| candidate.score() > 0.0);
        expected.sort_unstable_by(better_first);
        expected.truncate(count);
        assert_eq!(best.candidates, expected);
    }

    proptest! {
        #[test]
        fn the_best_of_any_scores_are_those_that_sorting_puts_first(
            scores in prop::collection::vec(prop_oneof![Just(0.0), 0.0..1e9_f32], 0..600), count in 0..40_usize,
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

    proptest! {
        #[test]
        fn so_many_reach_it_and_not_many_more(
            heights in prop::collection::vec(0.0..1_f32, 0..200), numbers in prop::array::uniform3(0.0..1_f32), count in 1..60_usize,
        ) {
            let how_many = |number: f32| heights.iter().filter(|&&height| height >= number).count();
            prop_assert_eq!(how_many_reach(&heights, numbers), numbers.map(how_many));
            prop_assert_eq!(largest(&heights), heights.iter().copied().fold(0.0, f32::max));
            if count <= heights.len() {
                prop_assert!(how_many(reached_by(&heights, count)) >= count);
            }
        }

        #[test]
        fn groups_lead_to_all_that_is_large_enough(bounds in prop::collection::vec(0.0..1_f32, 0..40), least in 0.0..1_f32) {
            // As long as what is dealt out.
            let bounds: Vec<f32> = bounds.iter().cycle().take(bounds.len() * ROUNDS).enumerate().map(|(at, bound)| bound * (1.0 - at as f32 / 400.0)).collect();
            let (mut heights, mut groups, mut places) = (vec![2.0], vec![7], vec![7]);
            let heights = deal(&bounds, &mut heights);
            let mut places = expand(pick(heights, least, &mut groups), least, &bounds, &mut places).to_vec();
            places.sort_unstable();
            let expected: Vec<u32> = (0..).zip(&bounds).filter(|(_, bound)| **bound >= least).map(|(at, _)| at).collect();
            prop_assert_eq!(&places, &expected);
            prop_assert_eq!(pick(&bounds, least, &mut groups), &expected[..]);
        }
    }

    #[test]
    fn equal_scores_go_by_song() {
        check(&[0.5; 1_000], 28);
        check(&[0.0; 1_000], 28);
        check(&[&[1e-44; 100], &[1.0, f32::INFINITY, 0.0][..]].concat(), 10);
    }
}
