//! A walk through the states that the page can be in, for whoever wants to look at each of them.

use anyhow::Result;

use crate::browser::{Browser, Look};
use crate::page::Page;
use crate::server::{Server, Store};

const ENTER: &str = "\u{E007}";
const ESCAPE: &str = "\u{E00C}";
const DOWN: &str = "\u{E015}";

/// Songs of which one is known, one is ambiguous, one misspelt and one unknown.
const LIST: &str = "The Beatles \u{2013} Yesterday\nHome\nHey Judee\nA song that nobody knows\n";

/// Brings the page of a new browser into one state after the other; `look` is called in each with its name.
///
/// # Errors
/// A state is not reached, or `look` fails; the error names the state.
pub async fn tour(look_at: Look, mut look: impl AsyncFnMut(&str, &Browser, &Page<'_>) -> Result<()>) -> Result<()> {
    let empty = Server::start(Store::empty()?).await?;
    let browser = Browser::start(look_at).await?;
    let page = Page::open(&browser, empty.origin()).await?;
    page.wait_for_status("NoModel").await?;
    look("no-model", &browser, &page).await?;

    let server = Server::start(Store::of_demo()?).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.wait_for_status("ReadyOffline").await?;
    look("first-visit", &browser, &page).await?;

    page.tab_to("picker-field").await?;
    page.press("love").await?;
    page.wait_until("songs are found", "return document.querySelectorAll('.option').length > 3").await?;
    page.press(DOWN).await?;
    look("picker", &browser, &page).await?;
    page.press(&format!("{ESCAPE}{ESCAPE}xqzxqz")).await?;
    page.wait_until("nothing is found", "return document.querySelector('.nothing-found') !== null").await?;
    look("nothing-found", &browser, &page).await?;
    page.press(&format!("{ESCAPE}{ESCAPE}")).await?;

    page.pick("yesterday", "Yesterday").await?;
    page.pick("bohem", "Bohemian Rhapsody").await?;
    page.suggestions().await?;
    page.script("document.activeElement.blur()").await?;
    look("suggestions", &browser, &page).await?;
    page.tap(".why").await?;
    page.wait_until("rules are shown", "return document.querySelector('.rules tbody tr') !== null").await?;
    look("reasons", &browser, &page).await?;
    page.tap(".why").await?;

    page.tap("#import-playlist").await?;
    page.wait_until("the form is here", "return document.getElementById('list-text') !== null").await?;
    look("import", &browser, &page).await?;
    page.async_script("document.getElementById('list-text').value = given[0]", vec![LIST.into()]).await?;
    page.tap("#read-list").await?;
    page.wait_until("the list is read", "return document.querySelector('.report') !== null").await?;
    look("report", &browser, &page).await?;
    close_sheet(&page).await?;
    page.tap("#share-playlist").await?;
    page.wait_until("the link is here", "return document.getElementById('link') !== null").await?;
    look("share", &browser, &page).await?;
    close_sheet(&page).await?;

    page.tap("#rename-playlist").await?;
    page.wait_until("the name can be typed", "return document.activeElement.id === 'playlist-name'").await?;
    page.press(&format!("Sunday morning{ENTER}")).await?;
    page.suggestions().await?;
    page.tap(".suggestion .dismiss").await?;
    page.tap("#turned-down summary").await?;
    page.wait_until("there is something to undo", "return document.querySelector('.notice') !== null").await?;
    look("turned-down", &browser, &page).await?;
    page.tap("#turned-down summary").await?;
    page.tap("#language").await?;
    page.wait_until("Portuguese is spoken", "return document.documentElement.lang === 'pt-BR'").await?;
    page.suggestions().await?;
    look("portuguese", &browser, &page).await?;
    page.tap("#language").await?;
    page.wait_until("English is spoken", "return document.documentElement.lang === 'en'").await?;

    let page = Page::open_at(&browser, server.origin(), "/rules").await?;
    page.wait_until("rules are shown", "return document.querySelectorAll('.rows .rule:not([hidden])').length > 5")
        .await?;
    look("rules", &browser, &page).await?;
    page.tap(".rows .rule a").await?;
    page.wait_until("the neighbourhood is shown", "return document.querySelectorAll('.node').length > 3").await?;
    look("neighbourhood", &browser, &page).await?;
    let page = Page::open_at(&browser, server.origin(), "/model").await?;
    page.wait_until("the plots are shown", "return document.querySelectorAll('.plot').length === 2").await?;
    look("model", &browser, &page).await?;

    browser.client().goto(&format!("{}/nothing/here", server.origin())).await?;
    let nowhere = Page::open_here(&browser).await?;
    look("nowhere", &browser, &nowhere).await?;

    let page = Page::open(&browser, server.origin()).await?;
    page.wait_for_status("ReadyOffline").await?;
    server.stop().await?;
    page.reload().await?;
    page.wait_for_status("Offline").await?;
    page.suggestions().await?;
    look("offline", &browser, &page).await
}

/// Closes what lies over the page, and waits until nothing is left of it.
async fn close_sheet(page: &Page<'_>) -> Result<()> {
    page.script("document.getElementById('sheet').close()").await?;
    page.wait_until("the sheet is empty", "return document.querySelector('#sheet .form, #sheet .report') === null")
        .await
}
