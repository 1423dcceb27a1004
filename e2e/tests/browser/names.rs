//! Names that could do harm: nothing of them is taken for anything but text.

use anyhow::Result;
use segue_e2e::browser::{Browser, Look};
use segue_e2e::page::Page;
use segue_e2e::server::{Server, Store};
use serde_json::json;

const HTML: &str = "<img src=x onerror=window.hurt=1><b>Bold</b>";
const QUOTES: &str = "\"It's\" `quoted` &amp; 'so' \\";
const RIGHT_TO_LEFT: &str = "שלום \u{202e}evil\u{202c} مرحبا";

#[tokio::test(flavor = "multi_thread")]
async fn names_with_html_quotes_right_to_left_and_endless_text_do_no_harm() -> Result<()> {
    let endless = "Endless".repeat(60);
    let names = [HTML, QUOTES, RIGHT_TO_LEFT, &endless, "Plain"];
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let mut csv = String::from("pid,artist_name,track_name\n");
    for playlist in 0..12 {
        for (at, name) in names.iter().enumerate() {
            // The artist has such a name too.
            csv.push_str(&format!("{playlist},{},{}\n", quoted(names[(at + 1) % names.len()]), quoted(name)));
        }
    }
    let store = Store::empty()?;
    store.mine_csv(&csv)?;
    let server = Server::start(store).await?;
    let browser = Browser::start(Look::PHONE).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.pick("plain", "Plain").await?;
    let suggested: Vec<String> = page.suggestions().await?.into_iter().map(|shown| shown.title).collect();
    for name in &names[..4] {
        assert!(suggested.iter().any(|title| title == name), "{name} is shown as it is: {suggested:?}");
    }
    // Everything that shows names: rules, the playlist, a name for it, what was turned down, a link.
    page.tap(".why").await?;
    for _ in 0..3 {
        page.tap(".suggestion .add").await?;
    }
    page.tap("#rename-playlist").await?;
    page.wait_until("the name can be typed", "return document.activeElement.id === 'playlist-name'").await?;
    page.press(&format!("{HTML}\u{E007}")).await?;
    page.tap(".suggestion .dismiss").await?;
    page.tap("#turned-down summary").await?;
    page.tap("#share-playlist").await?;
    let link = page.script("return document.getElementById('link').value").await?;
    let expected = page.playlist().await?;
    page.script("document.getElementById('sheet').close()").await?;
    check(&page).await?;

    // The link opened elsewhere has the same names, and another one does no harm either.
    let other = Browser::start(Look::PHONE).await?;
    let elsewhere = Page::open(&other, server.origin()).await?;
    elsewhere.async_script("location.href = given[0]", vec![link]).await?;
    elsewhere.wait_until("the playlist came", "return document.querySelectorAll('.entry').length === 4").await?;
    assert_eq!(elsewhere.playlist().await?, expected);
    let name = "return document.querySelector('#playlists option:checked').textContent";
    assert_eq!(elsewhere.script(name).await?, json!(HTML));
    check(&elsewhere).await
}

async fn check(page: &Page<'_>) -> Result<()> {
    assert_eq!(page.script("return window.hurt === undefined").await?, true, "no script ran");
    assert_eq!(page.script("return document.querySelectorAll('#app img, #app b').length").await?, 0);
    let width = page.script("return document.documentElement.scrollWidth").await?;
    assert_eq!(width, 320, "nothing is wider than the window");
    Ok(())
}
