//! The song picker, by keyboard alone.

use anyhow::Result;
use segue_e2e::browser::{Browser, Look};
use segue_e2e::page::Page;
use segue_e2e::server::{Server, Store};
use serde_json::Value;

const BACKSPACE: &str = "\u{E003}";
const ENTER: &str = "\u{E007}";
const ESCAPE: &str = "\u{E00C}";
const END: &str = "\u{E010}";
const HOME: &str = "\u{E011}";
const UP: &str = "\u{E013}";
const DOWN: &str = "\u{E015}";

#[tokio::test(flavor = "multi_thread")]
async fn songs_are_picked_by_keyboard_only_as_the_combobox_pattern_has_it() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.wait_for_status("ReadyOffline").await?;
    page.tab_to("picker-field").await?;
    page.press("love").await?;

    // How many were found is announced, more than are listed; what was typed is marked.
    let announced = "return document.querySelector('.picker [role=status]').textContent";
    page.wait_until("the count is announced", &format!("{announced}.includes('the best 8 are listed')")).await?;
    let marked =
        page.script("return document.querySelector('#picker-option-0 mark').textContent.toLowerCase()").await?;
    assert_eq!(marked, "love");
    let artists =
        "return [...document.querySelectorAll('.option .artist')].every((artist) => artist.textContent !== '')";
    assert_eq!(page.script(artists).await?, true, "every song has its artist");
    let supports = "return [...document.querySelectorAll('.option .support')].every((text) => /^[\\d,]+ playlists?$/.test(text.textContent))";
    assert_eq!(page.script(supports).await?, true, "and how well known it is");

    page.press(DOWN).await?;
    page.press(DOWN).await?;
    assert_eq!(active(&page).await?, "picker-option-1");
    page.press(UP).await?;
    assert_eq!(active(&page).await?, "picker-option-0");
    page.press(UP).await?;
    assert_eq!(active(&page).await?, "picker-option-7", "around to the end");
    page.press(HOME).await?;
    assert_eq!(active(&page).await?, "", "back in the text");
    assert_eq!(cursor(&page).await?, 0);
    page.press(END).await?;
    assert_eq!(cursor(&page).await?, 4);

    page.press(DOWN).await?;
    let title = page.script("return document.querySelector('#picker-option-0 .title').textContent").await?;
    page.press(ENTER).await?;
    assert_eq!(page.playlist().await?, [title.as_str().unwrap_or_default()]);
    assert_eq!(field(&page).await?, "", "the field is empty for the next song");

    page.press("hey").await?;
    page.press(ESCAPE).await?;
    assert_eq!(expanded(&page).await?, "false");
    assert_eq!(field(&page).await?, "hey");
    page.press(ESCAPE).await?;
    assert_eq!(field(&page).await?, "");
    page.press(BACKSPACE).await?;
    assert_eq!(page.playlist().await?, [""; 0], "Backspace in the empty field takes the last song off");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_with_typing_errors_is_found() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.wait_for_status("ReadyOffline").await?;
    page.pick("bohemain rapsody", "Bohemian Rhapsody").await?;
    page.press("xqzxqz").await?;
    page.wait_until("nothing is found, and it is said", "return document.querySelector('.nothing-found') !== null")
        .await
}

async fn active(page: &Page<'_>) -> Result<Value> {
    page.script("return document.getElementById('picker-field').getAttribute('aria-activedescendant')").await
}

async fn expanded(page: &Page<'_>) -> Result<Value> {
    page.script("return document.getElementById('picker-field').getAttribute('aria-expanded')").await
}

async fn cursor(page: &Page<'_>) -> Result<Value> {
    page.script("return document.getElementById('picker-field').selectionStart").await
}

async fn field(page: &Page<'_>) -> Result<Value> {
    page.script("return document.getElementById('picker-field').value").await
}
