//! What the page knows, as plain values with pure transitions: nothing here needs a browser.

pub mod answer;
pub mod import;
pub mod library;
pub mod link;
pub mod picker;
pub mod playlist;
pub mod preferences;
pub mod route;
pub mod song;
pub mod status;
pub mod variety;
