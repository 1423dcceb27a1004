//! Recommenders to judge: Segue's model as it answers, and what others do.

mod ials;
mod model;
mod pair_votes;
mod popularity;
mod rules;

use std::cmp::Ordering;

pub use ials::Ials;
pub use model::{BuildError, ModelRecommender, Options, build_model, draft_model, open};
pub use pair_votes::PairVotes;
pub use popularity::Popularity;
pub use rules::ConfidenceRules;

/// The `count` best of scored songs, best first, ties to the smaller number. What is in `scores` is used up.
pub fn take_best(scores: &mut Vec<(u32, f64)>, count: usize) -> Vec<u32> {
    let better_first =
        |left: &(u32, f64), right: &(u32, f64)| -> Ordering { right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)) };
    if scores.len() > count {
        if count > 0 {
            scores.select_nth_unstable_by(count - 1, better_first);
        }
        scores.truncate(count);
    }
    scores.sort_unstable_by(better_first);
    scores.drain(..).map(|(song, _)| song).collect()
}
