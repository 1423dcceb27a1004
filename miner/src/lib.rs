//! From playlists to a model: counting, rules, weights.
//!
//! The way of the data, module by module: [`fetch`] opens what the user names, [`read`](mod@read) takes rows from it,
//! [`baskets`] merges spellings into songs, [`counts`] counts pairs, [`weights`] turns counts into the pair table,
//! [`itemsets`] and [`rules`] find what several songs have in common, and [`build`](mod@build) puts it all into the
//! parts of a [model file](segue_model::file). [`evaluate`](mod@evaluate) says how good it is. [`demo`] has playlists of its own to begin with.

pub mod baskets;
pub mod build;
pub mod counts;
pub mod demo;
pub mod evaluate;
pub mod fetch;
pub mod itemsets;
pub mod read;
pub mod rules;
pub mod size;
pub mod support;
pub mod tune;
pub mod unicode;
pub mod weights;
