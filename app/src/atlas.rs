//! What the pages about the model show, as plain values: its rules, the neighbourhood of a song, plots.

pub mod neighbourhood;
pub mod phrases;
pub mod plots;
pub mod rules;
