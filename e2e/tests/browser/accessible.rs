//! No state of the page breaks a rule of accessibility that a program can check.

use anyhow::Result;
use segue_e2e::accessibility::broken_rules;
use segue_e2e::browser::{Browser, Look};
use segue_e2e::page::Page;
use segue_e2e::server::{Server, Store};
use segue_e2e::tour::tour;

#[tokio::test(flavor = "multi_thread")]
async fn no_state_of_the_page_on_a_desk_breaks_a_rule_of_accessibility() -> Result<()> {
    check(Look::DESK).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_state_of_the_page_on_a_phone_breaks_a_rule_of_accessibility() -> Result<()> {
    check(Look::PHONE).await
}

async fn check(look: Look) -> Result<()> {
    let mut broken = Vec::new();
    let mut states = 0;
    tour(look, async |state: &str, browser: &Browser, page: &Page<'_>| {
        states += 1;
        broken.extend(broken_rules(browser, page).await?.into_iter().map(|rule| format!("{state}, {rule}")));
        Ok(())
    })
    .await?;
    assert!(states > 10, "{states} states were looked at");
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_breaks_rules_is_found_out() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.script("document.querySelector('label[for=picker-field]').remove()").await?;
    page.script("document.getElementById('picker-field').placeholder = ''").await?;
    page.script("document.querySelector('h2').style.color = '#bbb'").await?;
    let broken = broken_rules(&browser, &page).await?.join("\n");
    for rule in ["light: label", "light: color-contrast", "dark: label"] {
        assert!(broken.contains(rule), "{rule} is not among\n{broken}");
    }
    Ok(())
}
