//! The page itself changes while somebody has it open.

use std::path::Path;

use anyhow::{Context as _, Result};
use segue_e2e::browser::{Browser, Look};
use segue_e2e::page::Page;
use segue_e2e::programs::site;
use segue_e2e::server::{Server, Store};
use serde_json::json;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_version_of_the_page_is_offered_and_replaces_the_one_that_was_kept() -> Result<()> {
    let folder = TempDir::new()?;
    for entry in std::fs::read_dir(site()?)? {
        let path = entry?.path();
        std::fs::copy(&path, folder.path().join(path.file_name().context("a file has a name")?))?;
    }
    let server = Server::start_with(Store::of_demo()?, folder.path()).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.pick("yesterday", "Yesterday").await?;
    page.wait_for_status("ReadyOffline").await?;
    let look = "window.dispatchEvent(new Event('focus'));";
    let offered = "return document.getElementById('outdated') !== null";
    // Asked in vain, it offers nothing.
    let asked = "return performance.getEntriesByType('resource').filter(({ name }) => new URL(name).pathname === '/').length > 0";
    page.wait_until("the page is asked for", &format!("{look} {asked}")).await?;
    assert_eq!(page.script(offered).await?, false);

    let stopped = server.stop().await?;
    let (before, after) = publish_newer(folder.path())?;
    let server = stopped.start().await?;
    page.wait_until("the newer version is offered", &format!("{look} {offered}")).await?;
    page.click("#outdated button").await?;
    let runs =
        format!("return performance.getEntriesByType('resource').some(({{ name }}) => name.endsWith('{after}'))");
    page.wait_until("the newer version runs", &runs).await?;
    page.wait_for_status("ReadyOffline").await?;
    assert_eq!(page.script(offered).await?, false);
    assert_eq!(page.playlist().await?, ["Yesterday"], "nothing is lost");
    let kept = "return Promise.all(given.map(async (name) => (await caches.match('/' + name)) !== undefined))";
    let kept = page.async_script(kept, vec![before.into(), after.into()]).await?;
    assert_eq!(kept, json!([false, true]), "the older version's program is gone, the newer one's is kept");

    server.stop().await?;
    page.reload().await?;
    page.wait_for_status("Offline").await
}

/// Gives the program another name, as a change of it does: what it was, and what it is now.
fn publish_newer(folder: &Path) -> Result<(String, String)> {
    let names = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names: Vec<String> = names.collect::<Result<_>>()?;
    let is_program = |name: &&String| name.starts_with("segue-app-") && name.ends_with("_bg.wasm");
    let before = names.iter().find(is_program).context("the app has a program")?;
    let after = "segue-app-0123456789abcdef_bg.wasm";
    std::fs::rename(folder.join(before), folder.join(after))?;
    let page = std::fs::read_to_string(folder.join("index.html"))?;
    std::fs::write(folder.join("index.html"), page.replace(before, after))?;
    Ok((before.clone(), after.to_owned()))
}
