//! The app stays light.

use anyhow::Result;
use segue_e2e::payload::weigh;
use segue_e2e::programs::site;

/// Bytes that may have to come before a first suggestion, compressed. Aimed at: 160 kB.
const FIRST: usize = 180 * 1024;
/// Bytes of everything there is. Aimed at: 260 kB.
const ALL: usize = 300 * 1024;

#[test]
fn little_has_to_come_before_the_first_suggestion_and_all_of_it_is_light() -> Result<()> {
    let weights = weigh(&site()?)?;
    for weight in &weights {
        println!(
            "{:>9} {:>9}  {}{}",
            weight.raw,
            weight.brotli,
            weight.file,
            if weight.first { "" } else { " (later)" }
        );
    }
    let first: usize = weights.iter().filter(|weight| weight.first).map(|weight| weight.brotli).sum();
    let all: usize = weights.iter().map(|weight| weight.brotli).sum();
    println!("before the first suggestion {first}, everything {all}");
    assert!(weights.iter().any(|weight| weight.file.ends_with(".wasm") && !weight.first), "a part comes later");
    assert!(first <= FIRST, "{first} bytes before the first suggestion, of {FIRST} at most: {weights:#?}");
    assert!(all <= ALL, "{all} bytes in all, of {ALL} at most: {weights:#?}");
    Ok(())
}
