//! Random numbers that stay the same for ever.

/// Steele, Lea and Flood's SplitMix64 ("Fast Splittable Pseudorandom Number Generators", OOPSLA 2014): more than good
/// enough to shuffle songs, and short enough to be kept here, so that no update of a library can change the playlists.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    /// The numbers for one playlist, unlike those of its neighbours.
    pub(super) fn for_playlist(seed: u64, playlist: u32) -> Self {
        let mut random = Self { state: seed ^ (u64::from(playlist) << 32) };
        // The state is a counter: one step, and starts that were close are far apart.
        let state = random.next();
        Self { state }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which must not be 0. Its bias of at most `limit` / 2⁶⁴ does not matter here.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        debug_assert!(limit > 0, "nothing is below 0");
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in `percent` of 100 cases.
    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`, which must not be empty, all equally likely.
    pub(super) fn choose<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }

    /// One of `choices`, each as likely as its weight says; `None` if all weights are 0.
    pub(super) fn choose_by_weight<T>(&mut self, choices: impl Iterator<Item = (T, u64)> + Clone) -> Option<T> {
        let total: u64 = choices.clone().map(|(_, weight)| weight).sum();
        if total == 0 {
            return None;
        }
        let mut left = self.below(total);
        for (choice, weight) in choices {
            if left < weight {
                return Some(choice);
            }
            left -= weight;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_stream_is_that_of_splitmix64() {
        // The first outputs of the published generator for the state 1234567.
        let mut random = Random { state: 1_234_567 };
        let stream: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(stream, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn choices_follow_their_weights() {
        let mut random = Random { state: 1 };
        let mut counts = [0_u32; 3];
        for _ in 0..10_000 {
            let choice = random.choose_by_weight([(0, 10_u64), (1, 0), (2, 30)].into_iter());
            counts[choice.expect("there is weight")] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((2_200..2_800).contains(&counts[0]), "{counts:?}");
        assert_eq!(random.choose_by_weight([("nothing", 0)].into_iter()), None);
    }

    #[test]
    fn numbers_stay_within_their_limits() {
        let mut random = Random { state: 7 };
        for _ in 0..1_000 {
            assert!(random.below(3) < 3);
            assert!((5..=6).contains(&random.between(5, 6)));
        }
        assert!(!random.percent(0));
        assert!(random.percent(100));
    }
}
