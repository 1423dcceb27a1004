//! The pages.

// Leptos' `#[component]` writes `pub` before what it makes of a function.
#![allow(unreachable_pub)]

pub(crate) mod about_model;
pub(crate) mod continue_playlist;
pub(crate) mod graph;
pub(crate) mod model_page;
pub(crate) mod nowhere;
pub(crate) mod rules_page;
