//! Starts the web UI in the page that loaded it.

#[cfg(target_arch = "wasm32")]
fn main() {
    segue_app::app::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!(
        "segue-app runs in a browser: build it with `trunk build --release`, or start everything with `cargo xtask run`."
    );
    std::process::exit(2);
}
