//! Tests of the whole product through a real browser.
//!
//! The real miner mines the demo playlists into a store, the real server serves it and the built web app, and a real
//! Chromium opens that. `cargo xtask test --only browser` sets everything up; to run the tests by hand:
//!
//! ```sh
//! cargo xtask ui
//! npm ci --prefix e2e
//! cargo test -p segue-e2e
//! ```
//!
//! | variable | what | default |
//! |---|---|---|
//! | `SEGUE_BIN_DIR` | folder with `segue-miner`, `segue-server` and `segue` | they are built, in the profile of the tests |
//! | `SEGUE_SITE` | folder of the built web app | `dist` |
//! | `SEGUE_CHROMIUM` | the browser | `chromium` |
//! | `SEGUE_CHROMEDRIVER` | its WebDriver | `chromedriver` |
//! | `SEGUE_AXE` | axe-core's script, the accessibility rules | `e2e/node_modules/axe-core/axe.min.js` |
//!
//! Nothing is skipped: where one of them is missing, the tests fail and say what to install.
//!
//! `cargo xtask screenshots` takes pictures of every state of the page, `cargo xtask bench browser` measures it.

pub mod accessibility;
pub mod browser;
pub mod files;
pub mod middleman;
pub mod page;
pub mod payload;
pub mod programs;
pub mod server;
pub mod tour;
