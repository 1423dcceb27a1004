//! Takes pictures of the page: `cargo run -p segue-e2e --bin screenshots -- DIR`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use segue_e2e::browser::{Browser, Look};
use segue_e2e::page::Page;
use segue_e2e::server::{Server, Store};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("usage: screenshots DIR")?);
    std::fs::create_dir_all(&folder)?;
    let phone = |width, dark| Look { width, height: 640, dark, phone: true };
    let looks = [
        ("desk-light", Look::DESK),
        ("desk-dark", Look { dark: true, ..Look::DESK }),
        ("wide-light", Look { width: 1920, height: 1080, ..Look::DESK }),
        ("phone-light", phone(390, false)),
        ("phone-dark", phone(320, true)),
    ];
    for (name, look) in looks {
        let server = Server::start(Store::of_demo()?).await?;
        let browser = Browser::start(look).await?;
        let page = Page::open(&browser, server.origin()).await?;
        page.wait_for_status("ReadyOffline").await?;
        picture(&browser, &folder, &format!("{name}-1-first-visit")).await?;
        page.tab_to("picker-field").await?;
        page.press("love").await?;
        page.wait_until("songs are found", "return document.querySelectorAll('.option').length > 3").await?;
        page.press("\u{E015}").await?;
        picture(&browser, &folder, &format!("{name}-2-picker")).await?;
        page.press("\u{E00C}\u{E00C}").await?;
        page.pick("yesterday", "Yesterday").await?;
        page.pick("bohem", "Bohemian Rhapsody").await?;
        page.suggestions().await?;
        page.script("document.activeElement.blur()").await?;
        picture(&browser, &folder, &format!("{name}-3-suggestions")).await?;
        page.click(".suggestion .dismiss").await?;
        server.stop().await?;
        page.reload().await?;
        page.wait_for_status("Offline").await?;
        page.click(".suggestion .dismiss").await?;
        picture(&browser, &folder, &format!("{name}-4-offline")).await?;
        whole_page(&browser, &folder, &format!("{name}-5-whole")).await?;
    }
    nothing(&folder).await
}

/// A first visit that finds no model.
async fn nothing(folder: &Path) -> Result<()> {
    let server = Server::start(Store::empty()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.wait_for_status("NoModel").await?;
    picture(&browser, folder, "desk-light-6-no-model").await?;
    Ok(())
}

async fn picture(browser: &Browser, folder: &Path, name: &str) -> Result<()> {
    std::fs::write(folder.join(format!("{name}.png")), browser.client().screenshot().await?)?;
    Ok(())
}

async fn whole_page(browser: &Browser, folder: &Path, name: &str) -> Result<()> {
    let parameters = json!({ "captureBeyondViewport": true });
    let picture = browser.devtools("Page.captureScreenshot", parameters).await?;
    let coded = picture["data"].as_str().context("no picture")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(coded)?;
    std::fs::write(folder.join(format!("{name}.png")), bytes)?;
    Ok(())
}
