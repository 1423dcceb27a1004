//! The app with no server but one of files.

use anyhow::Result;
use segue_e2e::browser::{Browser, Look};
use segue_e2e::files::FileServer;
use segue_e2e::page::Page;
use segue_e2e::server::{Server, Store};
use serde_json::json;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn plain_files_are_enough_for_everything_even_for_a_newer_model() -> Result<()> {
    let store = Store::of_demo()?;
    let folder = TempDir::new()?;
    store.write_site(folder.path())?;
    let files = FileServer::start(folder.path(), "/").await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, files.address()).await?;
    page.pick("yesterday", "Yesterday").await?;
    page.pick("bohem", "Bohemian Rhapsody").await?;
    page.wait_for_status("ReadyOffline").await?;
    let suggested = page.suggestions().await?;
    assert!(page.origin().await?.starts_with("on this device"));

    // A real server of the same model says the same.
    let server = Server::start(store).await?;
    let other = Browser::start(Look::DESK).await?;
    let elsewhere = Page::open(&other, server.origin()).await?;
    elsewhere.pick("yesterday", "Yesterday").await?;
    elsewhere.pick("bohem", "Bohemian Rhapsody").await?;
    assert_eq!(elsewhere.suggestions().await?, suggested);

    // The site written again with another model: it is offered, and taken.
    let newer = Store::empty()?;
    newer
        .mine_csv("pid,artist_name,track_name\n0,The Beatles,Yesterday\n0,A,New\n1,The Beatles,Yesterday\n1,A,New\n")?;
    newer.write_site(folder.path())?;
    let offered = "window.dispatchEvent(new Event('focus'));
                   return document.querySelector('.notices')?.textContent.includes('newer') ?? false";
    page.wait_until("the newer model is offered", offered).await?;
    page.click(".notice button").await?;
    page.wait_until("the offer is taken", "return document.querySelector('.notice') === null").await?;
    assert_eq!(page.suggestions().await?[0].title, "New");
    page.wait_for_status("ReadyOffline").await?;

    // And without any server at all.
    drop(files);
    page.reload().await?;
    page.wait_for_status("Offline").await?;
    assert_eq!(page.suggestions().await?[0].title, "New");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_finds_nothing_that_keeps_it_from_installing_the_page() -> Result<()> {
    let folder = TempDir::new()?;
    Store::of_demo()?.write_site(folder.path())?;
    let files = FileServer::start(folder.path(), "/").await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, files.address()).await?;
    page.wait_for_status("ReadyOffline").await?;
    let found = browser.devtools("Page.getInstallabilityErrors", json!({})).await?;
    assert_eq!(found["installabilityErrors"], json!([]));
    let manifest = browser.devtools("Page.getAppManifest", json!({})).await?;
    assert_eq!(manifest["errors"], json!([]));
    Ok(())
}
