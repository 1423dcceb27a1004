//! Variety: the same suggestions in an order in which artists take turns.
//!
//! The next song is the one that scores best when each song already taken by its artist costs a share of its score. It is the
//! greedy re-ranking of maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998), with "by the same artist" for
//! similarity.

use segue_model::api::Recommendation;

/// Longest list to choose from, as a multiple of the list that is shown.
pub const CHOICE: u64 = 4;

/// Share of its score that a song keeps, for each song by its artist that stands before it, at full variety.
const KEPT: f64 = 0.3;

/// The first `limit` songs of a list in a varied order; `variety` from 0 (as they are) to 1.
#[must_use]
pub fn varied(mut songs: Vec<Recommendation>, variety: f64, limit: usize) -> Vec<Recommendation> {
    if variety <= 0.0 {
        songs.truncate(limit);
        return songs;
    }
    let kept = 1.0 - (1.0 - KEPT) * variety.min(1.0);
    let mut left: Vec<(f64, Recommendation)> = songs.into_iter().map(|song| (song.score, song)).collect();
    let mut taken = Vec::new();
    while taken.len() < limit && !left.is_empty() {
        // The first of the best: the list's own order decides among equals.
        let mut best = 0;
        for (at, (worth, _)) in left.iter().enumerate() {
            if *worth > left[best].0 {
                best = at;
            }
        }
        let (_, song) = left.remove(best);
        for (worth, other) in &mut left {
            if other.artist == song.artist {
                *worth *= kept;
            }
        }
        taken.push(song);
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use segue_model::api::Source;

    fn song(title: &str, artist: &str, score: f64) -> Recommendation {
        Recommendation {
            title: title.into(),
            artist: artist.into(),
            uri: None,
            score,
            source: Source::Pair,
            because: Vec::new(),
            rule: None,
        }
    }

    fn titles(songs: &[Recommendation]) -> Vec<&str> {
        songs.iter().map(|song| song.title.as_str()).collect()
    }

    fn list() -> Vec<Recommendation> {
        vec![
            song("a1", "a", 1.0),
            song("a2", "a", 0.9),
            song("a3", "a", 0.8),
            song("b1", "b", 0.6),
            song("c1", "c", 0.2),
        ]
    }

    #[test]
    fn without_variety_the_list_is_as_it_is() {
        assert_eq!(titles(&varied(list(), 0.0, 3)), ["a1", "a2", "a3"]);
    }

    #[test]
    fn with_variety_artists_take_turns_but_what_fits_badly_stays_behind() {
        assert_eq!(titles(&varied(list(), 1.0, 3)), ["a1", "b1", "a2"]);
        assert_eq!(titles(&varied(list(), 0.3, 3)), ["a1", "a2", "b1"]);
        assert_eq!(titles(&varied(list(), 1.0, 9)), ["a1", "b1", "a2", "c1", "a3"]);
    }

    proptest! {
        #[test]
        fn no_song_comes_twice_and_none_is_lost(
            scores in proptest::collection::vec((0.0..1.0_f64, 0..4_u8), 0..30),
            variety in 0.0..1.0_f64,
        ) {
            let named = |(at, &(score, artist)): (usize, &(f64, u8))| song(&at.to_string(), &artist.to_string(), score);
            let list: Vec<_> = scores.iter().enumerate().map(named).collect();
            let count = list.len();
            let after = varied(list, variety, count);
            let mut seen: Vec<usize> = titles(&after).iter().filter_map(|title| title.parse().ok()).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..count).collect::<Vec<_>>());
        }
    }
}
