//! The whole product in a real browser.

mod accessible;
mod journey;
mod looks;
mod models;
mod names;
mod newer_page;
mod pages;
mod payload;
mod picker;
mod playlists;
mod random_requests;
mod same_answer;
mod static_site;
