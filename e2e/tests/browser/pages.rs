//! The further pages, their addresses, and the languages.

use anyhow::Result;
use segue_e2e::browser::{Browser, Look};
use segue_e2e::page::Page;
use segue_e2e::server::{Server, Store};

const RULES: &str = "return document.querySelectorAll('.rows .rule:not([hidden])').length > 5";

#[tokio::test(flavor = "multi_thread")]
async fn the_page_speaks_both_languages_and_keeps_the_one_that_was_chosen() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.pick("yesterday", "Yesterday").await?;
    page.wait_for_status("ReadyOffline").await?;
    page.suggestions().await?;
    let heading = "return [document.documentElement.lang, document.getElementById('yours').textContent]";
    assert_eq!(page.script(heading).await?, serde_json::json!(["en", "Your playlist"]));

    page.click("#language").await?;
    let in_portuguese = "return document.documentElement.lang === 'pt-BR'
        && document.getElementById('yours').textContent === 'Sua playlist'
        && (document.querySelector('.reason')?.textContent.includes('playlists com') ?? false)";
    page.wait_until("everything is said in Portuguese", in_portuguese).await?;
    assert_eq!(page.script("return document.activeElement.id").await?, "language", "the focus stays");
    page.reload().await?;
    page.wait_until("it is after a reload too", in_portuguese).await?;
    page.click("#language").await?;
    page.wait_until("English again", "return document.documentElement.lang === 'en'").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_browsed_filtered_sorted_and_walked_with_the_keyboard() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open_at(&browser, server.origin(), "/rules").await?;
    page.wait_until("rules are shown", RULES).await?;
    let drawn = page.script("return document.querySelectorAll('.rows .rule').length").await?;
    let all = page.script("return Number(document.querySelector('.grid').ariaRowCount ?? document.querySelector('.grid').getAttribute('aria-rowcount'))").await?;
    assert!(drawn.as_u64() < Some(60), "only what is in sight is drawn: {drawn}");
    assert!(all.as_u64() > Some(1_000), "of {all}");

    // Scrolled to the end, the last rules are there.
    page.script("const list = document.getElementById('rules-list'); list.scrollTop = list.scrollHeight").await?;
    page.wait_until(
        "the end of the table",
        "const rows = [...document.querySelectorAll('.rows .rule:not([hidden])')];
         const last = Math.max(...rows.map((row) => Number(row.getAttribute('aria-rowindex'))));
         return last === Number(document.querySelector('.grid').getAttribute('aria-rowcount'))",
    )
    .await?;

    page.click("[role=columnheader]:last-child button").await?;
    page.wait_until(
        "sorted by lift",
        "return document.querySelector('[role=columnheader]:last-child').getAttribute('aria-sort') === 'descending'",
    )
    .await?;
    // What is typed on one side is looked for on that side.
    for (field, cell) in [("#rules-consequent", 2), ("#rules-antecedent", 1)] {
        page.click(field).await?;
        page.press("bohemian").await?;
        let found = format!(
            "const rows = [...document.querySelectorAll('.rows .rule:not([hidden]) [role=cell]:nth-child({cell})')];
             return rows.length > 0 && rows.every((cell) => cell.textContent.includes('Bohemian'))"
        );
        page.wait_until("only rules with that song", &found).await?;
        if cell == 2 {
            page.press("\u{E003}".repeat("bohemian".len()).as_str()).await?;
        }
    }

    // A song of a rule leads to its neighbourhood; from there on with the keyboard alone.
    page.click(".rows .rule a").await?;
    page.wait_until("the neighbourhood", "return document.querySelectorAll('.node').length > 3").await?;
    let counts =
        "return [...document.querySelectorAll('.counts text')].every((text) => /^[\\d,]+$/.test(text.textContent))";
    assert_eq!(page.script(counts).await?, true, "evidence on every line from the middle");
    let sentences = "const lines = [...document.querySelectorAll('.edges line')];
        return lines.length > 3 && lines.every((line) => /\\d.* playlists? with .* also /.test(line.textContent)
            || /^(Both|All|The only) .* also /.test(line.textContent))";
    assert_eq!(page.script(sentences).await?, true, "and words on every line");
    let middle = "return document.querySelector('.around .title').textContent";
    let before = page.script(middle).await?;
    page.script("document.getElementById('node-0').focus()").await?;
    page.press("\u{E014}").await?;
    page.wait_until("the next song", "return document.activeElement.id === 'node-1'").await?;
    assert_eq!(page.script("return document.querySelectorAll('.evidence li').length > 0").await?, true);
    page.press("\u{E007}").await?;
    page.wait_until("another song in the middle", &format!("{middle} !== {before}")).await?;
    page.wait_until("the focus on it", "return document.activeElement.id === 'node-0'").await?;
    let address = page.script("return location.pathname + location.search").await?;
    assert!(address.as_str().is_some_and(|address| address.starts_with("/rules?song=")), "{address}");

    // The address leads there again, and the song goes into the playlist.
    let after = page.script(middle).await?;
    page.reload().await?;
    page.wait_until(
        "the same song after a reload",
        &format!("return document.querySelector('.around .title')?.textContent === {after}"),
    )
    .await?;
    page.click(".around button").await?;
    page.click("nav a").await?;
    page.wait_until("the playlist page", "return document.getElementById('picker-field') !== null").await?;
    assert_eq!(serde_json::to_value(page.playlist().await?)?, serde_json::json!([after]));
    page.script("history.back()").await?;
    page.wait_until("back to the rules", RULES).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_page_works_without_the_server_though_it_was_never_visited() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::PHONE).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.wait_for_status("ReadyOffline").await?;
    server.stop().await?;
    page.reload().await?;
    page.wait_for_status("Offline").await?;
    page.script("document.querySelectorAll('nav a')[2].click()").await?;
    page.wait_until(
        "facts and plots",
        "return document.querySelectorAll('.fact').length > 15 && document.querySelectorAll('.plot').length === 2",
    )
    .await?;
    assert_eq!(page.script("return document.documentElement.scrollWidth").await?, 320);
    assert_eq!(page.script("return location.pathname").await?, "/model");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_a_page_says_so() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open_at(&browser, server.origin(), "/nothing/here").await?;
    page.click("main a").await?;
    page.wait_until("the playlist page", "return document.getElementById('picker-field') !== null").await?;
    Ok(())
}
