//! The pages.

// Leptos' `#[component]` writes `pub` before what it makes of a function.
#![allow(unreachable_pub)]

pub(crate) mod continue_playlist;
pub(crate) mod nowhere;
