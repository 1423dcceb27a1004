//! What has to hold for any bytes whatever.
//!
//! Everything that reads what others wrote has a *target* here: a function that takes any bytes, and panics when
//! something is not as promised. Fuzzers look for such bytes (`cargo xtask fuzz`, by way of `libfuzzer/`); an ordinary
//! test runs every target on the inputs in `corpus/` and `regressions/`, so what was mended stays mended.
//!
//! - [`model`]: model files, as server and browser open them; [`mend`] gives altered bytes the right hashes, since
//!   otherwise nothing behind the hashes would ever be reached;
//! - [`tables`]: data sets for the miner; [`lists`]: playlists that listeners bring;
//! - [`requests`]: bodies and addresses sent to the server;
//! - [`seeds`]: what the fuzzers begin with.

pub mod lists;
pub mod mend;
pub mod model;
pub mod requests;
pub mod seeds;
pub mod tables;

/// A name, and what is run on any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 8] = [
    ("model", model::whole),
    ("parts", model::parts),
    ("csv", tables::csv),
    ("mpd", tables::mpd),
    ("baskets", tables::baskets),
    ("lists", lists::any),
    ("requests", requests::bodies),
    ("addresses", requests::addresses),
];
