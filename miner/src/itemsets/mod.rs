//! Frequent itemsets: sets of items (here songs) that are together in enough baskets (here playlists).
//!
//! ```
//! use segue_miner::itemsets::{Database, Itemsets, Search, Target, Wanted};
//!
//! let mut database = Database::default();
//! for basket in [&[1, 2, 5][..], &[2, 5], &[1, 2, 5], &[3]] {
//!     database.push(basket);
//! }
//! let wanted = Wanted { min_support: 2, ..Wanted::default() };
//! // Counting never makes the sets themselves …
//! let summary = Search::new(database.clone(), wanted)?.count()?;
//! assert_eq!(summary.counts, [0, 3, 3, 1]);
//! // … collecting keeps them, with a look-up of their supports …
//! let itemsets: Itemsets = Search::new(database.clone(), wanted)?.collect()?;
//! assert_eq!(itemsets.support(&[2, 5]), Some(3));
//! // … and visiting hands them out one by one.
//! let closed = Wanted { target: Target::Closed, ..wanted };
//! let mut found = Vec::new();
//! Search::new(database, closed)?.visit(&mut |items: &[u32], support| found.push((items.to_vec(), support)))?;
//! found.sort();
//! assert_eq!(found, [(vec![1, 2, 5], 2), (vec![2, 5], 3)]);
//! # Ok::<(), segue_miner::itemsets::Stopped>(())
//! ```

mod closed;
mod collected;
pub mod dat;
mod database;
mod dense;
mod explorer;
mod lists;
mod processor;
mod rows;
mod search;
mod sharing;
mod sink;
mod sparse;
mod summary;
#[cfg(test)]
mod tests;
mod threads;
mod visitor;
mod wanted;

pub use collected::Itemsets;
pub use database::Database;
pub use search::Search;
pub use summary::Summary;
pub use visitor::{IntoControlFlow, Visitor};
pub use wanted::{Layout, Stopped, Target, Wanted};
