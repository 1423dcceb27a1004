//! The best known songs, whatever is asked.

use crate::baskets::Baskets;
use crate::evaluate::restrict::supports;
use crate::evaluate::{Ranker, Recommender};

/// Ranks songs by the number of training playlists with them, ties to the smaller number.
#[derive(Clone, Debug)]
pub struct Popularity {
    order: Vec<u32>,
}

impl Popularity {
    /// Counts songs.
    #[must_use]
    pub fn new(training: &Baskets) -> Self {
        let supports = supports(training);
        let mut order: Vec<u32> =
            (0..).zip(&supports).filter(|(_, support)| **support > 0).map(|(song, _)| song).collect();
        order.sort_by_key(|&song| (std::cmp::Reverse(supports[song as usize]), song));
        Self { order }
    }

    /// Lengthens a list to `count` songs with the best known songs that are neither seeds nor in it.
    pub fn fill(&self, list: &mut Vec<u32>, seeds: &[u32], count: usize) {
        if list.len() >= count {
            return;
        }
        let mut taken: Vec<u32> = list.iter().chain(seeds).copied().collect();
        taken.sort_unstable();
        let free = self.order.iter().filter(|song| taken.binary_search(song).is_err());
        list.extend(free.take(count - list.len()));
    }
}

impl Recommender for Popularity {
    fn ranker(&self) -> Ranker<'_> {
        Box::new(|seeds, count| {
            let mut list = Vec::with_capacity(count);
            self.fill(&mut list, seeds, count);
            list
        })
    }
}
