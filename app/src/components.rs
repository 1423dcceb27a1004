//! What the pages are put together from. Components draw the state and forward events; they decide nothing.

// Leptos' `#[component]` writes `pub` before what it makes of a function.
#![allow(unreachable_pub)]

pub(crate) mod controls;
pub(crate) mod examples;
pub(crate) mod import;
pub(crate) mod library;
pub(crate) mod live;
pub(crate) mod masthead;
pub(crate) mod notices;
pub(crate) mod playlist;
pub(crate) mod share;
pub(crate) mod sheet;
pub(crate) mod song_picker;
pub(crate) mod status_line;
pub(crate) mod suggestions;
