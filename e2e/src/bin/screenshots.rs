//! Takes pictures of every state of the page: `cargo xtask screenshots`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use segue_e2e::browser::{Browser, Look};
use segue_e2e::page::Page;
use segue_e2e::tour::tour;

/// Looks, with their names.
const LOOKS: [(&str, Look); 4] = [
    ("desk-light", Look { width: 1120, height: 760, dark: false, phone: false }),
    ("desk-dark", Look { width: 1120, height: 760, dark: true, phone: false }),
    ("phone-light", Look { width: 390, height: 720, dark: false, phone: true }),
    ("phone-dark", Look { width: 390, height: 720, dark: true, phone: true }),
];

/// Those that the documents show.
const CHOSEN: [&str; 4] =
    ["desk-light-suggestions", "desk-dark-reasons", "phone-light-suggestions", "phone-dark-picker"];

#[tokio::main]
async fn main() -> Result<()> {
    let mut folders = std::env::args().skip(1).map(PathBuf::from);
    let (Some(all), Some(chosen)) = (folders.next(), folders.next()) else {
        anyhow::bail!("usage: screenshots FOLDER-FOR-ALL FOLDER-FOR-THE-CHOSEN");
    };
    std::fs::create_dir_all(&all)?;
    std::fs::create_dir_all(&chosen)?;
    for (name, look) in LOOKS {
        tour(look, async |state: &str, browser: &Browser, page: &Page<'_>| {
            settle(page).await?;
            let file = all.join(format!("{name}-{state}.png"));
            std::fs::write(&file, browser.client().screenshot().await?)?;
            eprintln!("{}", file.display());
            Ok(())
        })
        .await?;
    }
    for name in CHOSEN {
        copy(&all, &chosen, name)?;
    }
    Ok(())
}

/// Waits for whatever still moves, and shows the page from its beginning.
async fn settle(page: &Page<'_>) -> Result<()> {
    let settled = "
        window.scrollTo(0, 0);
        await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    ";
    page.async_script(settled, Vec::new()).await?;
    Ok(())
}

fn copy(from: &Path, to: &Path, name: &str) -> Result<()> {
    let file = format!("{name}.png");
    std::fs::copy(from.join(&file), to.join(&file)).with_context(|| format!("no state is called {name}"))?;
    Ok(())
}
