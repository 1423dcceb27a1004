//! Evaluating: how well a recommender guesses the rest of playlists that it was not trained on.
//!
//! The way of the data: [`restrict`](mod@restrict) chooses the songs that count, [`split`] holds playlists out,
//! [`queries`] takes some songs of each as seeds and the others as truth, a [`Recommender`] ranks songs for the seeds,
//! [`metrics`] compares the ranking with the truth, [`summary`] averages and says how sure the averages are, and
//! [`report`] puts several systems and several splits side by side. [`exchange`] hands queries to other programs and
//! takes their rankings back. [`gate`] compares a new model with the one in use, with the help of [`trained_on`].
//!
//! ```
//! use segue_miner::baskets::BasketsBuilder;
//! use segue_miner::evaluate::metrics::Metric;
//! use segue_miner::evaluate::queries::Queries;
//! use segue_miner::evaluate::recommenders::Popularity;
//! use segue_miner::evaluate::split::Split;
//! use segue_miner::evaluate::{judge, summary::Summary};
//!
//! let mut builder = BasketsBuilder::default();
//! for playlist in 0..50 {
//!     for title in ["a", "b", "c", "d"] {
//!         builder.add(&playlist.to_string(), "somebody", title, None);
//!     }
//! }
//! let split = Split::seeded(&builder.finish(), 0.2, 1);
//! let queries = Queries::new(&split, &[1, 2], 1);
//! let judgement = judge(&Popularity::new(&split.training), &queries);
//! // Every playlist has the same four songs: whatever the seeds, the rest is easily guessed.
//! assert_eq!(Summary::new(&queries, &judgement).mean(Metric::Ndcg100).value, 1.0);
//! ```

pub mod exchange;
pub mod gate;
pub mod identity;
pub mod metrics;
pub mod queries;
pub mod recommenders;
pub mod report;
pub mod restrict;
pub mod split;
pub mod summary;
pub mod trained_on;

use rayon::prelude::*;

use metrics::{Judgement, judge_rankings};
use queries::Queries;

/// Songs that a recommender is asked for: the length of list for which [`Metric::Clicks`](metrics::Metric::Clicks) is
/// defined.
pub const LIST_LENGTH: usize = 500;

/// In a ranking: a song that the playlists of the evaluation do not have. It takes a place, and is never right.
pub const OTHER_SONG: u32 = u32::MAX;

/// A function from seeds and a number of songs to that many songs (fewer if there are no more), best first.
///
/// Songs are numbered as in the [`Baskets`](crate::baskets::Baskets) of the evaluation, or [`OTHER_SONG`]; no seed and
/// no song twice.
pub type Ranker<'a> = Box<dyn FnMut(&[u32], usize) -> Vec<u32> + 'a>;

/// Something that continues playlists.
pub trait Recommender: Sync {
    /// A ranking function with buffers of its own. Queries are shared out to threads; each thread makes some.
    fn ranker(&self) -> Ranker<'_>;
}

/// What a recommender ranks for each query, in the order of the queries; on all threads.
#[must_use]
pub fn rank_all(recommender: &dyn Recommender, queries: &Queries) -> Vec<Vec<u32>> {
    let rank = |ranker: &mut Ranker<'_>, query: &queries::Query| ranker(&query.seeds, LIST_LENGTH);
    queries.all.par_iter().with_min_len(16).map_init(|| recommender.ranker(), rank).collect()
}

/// Ranks for every query and judges the rankings.
#[must_use]
pub fn judge(recommender: &dyn Recommender, queries: &Queries) -> Judgement {
    judge_rankings(&rank_all(recommender, queries), queries)
}
