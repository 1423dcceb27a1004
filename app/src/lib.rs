//! The web UI.
//!
//! # The rooms, lowest first
//! - [`state`]: what the page knows, as values with pure transitions; [`language`], [`phrases`], [`wording`]: what it says;
//! - [`engine`]: the model in the page; [`examples`]: playlists to start from; [`highlight`]: what was searched
//!   for, in a name;
//! - and, in a browser only, `json`, `model_cache`, `saved`, `server_api`, `page_keeper`: storage and server; `slices`: opening a
//!   model bit by bit; `bindings`: the engine for scripts; `session`: the state held in signals; `navigation`: pages and addresses; `answering`, `loading`: how questions are answered and
//!   how the model comes; `transfer`: lists in and out; `components`; `pages`; `app`: putting it all on the page.
//!
//! The first two lines are compiled and tested on any machine, the third only for `wasm32`.

pub mod atlas;
pub mod engine;
pub mod examples;
pub mod highlight;
pub mod language;
pub mod phrases;
pub mod state;
pub mod wording;

#[cfg(target_arch = "wasm32")]
mod answering;
#[cfg(target_arch = "wasm32")]
pub mod app;
#[cfg(target_arch = "wasm32")]
pub mod bindings;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod components;
#[cfg(target_arch = "wasm32")]
mod json;
#[cfg(target_arch = "wasm32")]
mod later;
#[cfg(target_arch = "wasm32")]
mod loading;
#[cfg(target_arch = "wasm32")]
mod model_cache;
#[cfg(target_arch = "wasm32")]
mod navigation;
#[cfg(target_arch = "wasm32")]
mod page_keeper;
#[cfg(target_arch = "wasm32")]
mod pages;
#[cfg(target_arch = "wasm32")]
mod saved;
#[cfg(target_arch = "wasm32")]
mod server_api;
#[cfg(target_arch = "wasm32")]
mod session;
#[cfg(target_arch = "wasm32")]
mod slices;
#[cfg(target_arch = "wasm32")]
mod transfer;
#[cfg(target_arch = "wasm32")]
mod wire;
