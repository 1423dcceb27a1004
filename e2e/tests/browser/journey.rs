//! What a listener does.

use anyhow::Result;
use segue_e2e::browser::{Browser, Look, UNTRUSTED_HOST};
use segue_e2e::middleman::Middleman;
use segue_e2e::page::Page;
use segue_e2e::server::{Server, Store};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_go_on_without_the_server_even_after_a_reload() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;

    page.pick("yesterday", "Yesterday").await?;
    page.pick("bohem", "Bohemian Rhapsody").await?;
    let online = page.suggestions().await?;
    assert_eq!(online.len(), 20);
    assert!(online[0].reason.contains("playlists with"), "a reason tells counts: {:?}", online[0]);
    assert!(online.iter().all(|shown| shown.title != "Yesterday" && !shown.title.starts_with("Bohemian Rhapsody")));

    page.wait_for_status("ReadyOffline").await?;
    assert_eq!(page.suggestions().await?, online, "the rest of the model changes nothing but where reasons come from");

    let stopped = server.stop().await?;
    page.reload().await?;
    page.wait_for_status("Offline").await?;
    assert_eq!(page.playlist().await?, ["Yesterday", "Bohemian Rhapsody"]);
    assert_eq!(page.suggestions().await?, online);
    assert!(page.origin().await?.starts_with("on this device"));

    // It goes on: a further song is found and changes the list.
    page.pick("billie j", "Billie Jean").await?;
    let further = page.suggestions().await?;
    assert_eq!(further.len(), 20);
    assert_ne!(further, online);

    // And it notices when the server is back.
    let _server = stopped.start().await?;
    page.wait_for_status("ReadyOffline").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_example_and_a_suggestion_are_taken_with_one_click_each() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;

    page.click(".example:enabled").await?;
    assert_eq!(page.playlist().await?, ["Yesterday", "Bohemian Rhapsody"]);
    let first = page.suggestions().await?[0].title.clone();
    page.click(".suggestion .add").await?;
    assert_eq!(page.playlist().await?, ["Yesterday", "Bohemian Rhapsody", first.as_str()]);
    let next = page.suggestions().await?;
    assert!(next.iter().all(|shown| shown.title != first));

    page.click(".suggestion .dismiss").await?;
    let turned_down = &next[0].title;
    assert!(page.suggestions().await?.iter().all(|shown| shown.title != *turned_down));
    page.click(".notice button").await?;
    assert_eq!(page.suggestions().await?, next, "undone");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_model_is_offered_and_loaded_on_demand() -> Result<()> {
    let store = Store::empty()?;
    store.mine(&[])?;
    let server = Server::start(store.clone()).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.pick("yesterday", "Yesterday").await?;
    page.wait_for_status("ReadyOffline").await?;
    let before = page.suggestions().await?;

    publish_newer(&store, &server).await?;
    wait_for_the_offer(&page).await?;
    assert_eq!(page.suggestions().await?, before, "nothing changes under the listener's hands");
    page.click(".notice button").await?;
    page.wait_until("the offer is taken", "return document.querySelector('.notice') === null").await?;
    page.wait_for_status("ReadyOffline").await?;
    assert_eq!(page.suggestions().await?[0].title, NEWER, "the newer model answers");

    // What is kept is the newer one, whole.
    server.stop().await?;
    page.reload().await?;
    page.wait_for_status("Offline").await?;
    assert_eq!(page.suggestions().await?[0].title, NEWER);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_model_that_arrives_damaged_is_refused_and_the_last_good_one_stays() -> Result<()> {
    let store = Store::empty()?;
    store.mine(&[])?;
    let server = Server::start(store.clone()).await?;
    let middleman = Middleman::before(server.origin()).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, middleman.origin()).await?;
    page.pick("yesterday", "Yesterday").await?;
    page.wait_for_status("ReadyOffline").await?;
    let before = page.suggestions().await?;
    let is_refused = "(document.querySelector('.notices')?.textContent.includes('was refused') ?? false)";
    let refused = &format!("return {is_refused}");

    publish_newer(&store, &server).await?;
    for damaged in ["/core", "/evidence"] {
        middleman.damage(Some(damaged));
        wait_for_the_offer(&page).await?;
        let times = middleman.times();
        page.click(".notice button:enabled").await?;
        middleman.wait_for_more_than(times + 1).await?;
        page.wait_until("it may be tried again", "return document.querySelector('.notice button:enabled') !== null")
            .await?;
        page.wait_until("it is refused", refused).await?;
        assert_eq!(page.suggestions().await?, before, "the model at hand answers");

        // Kept is the last good one, too: the next visit has it.
        page.reload().await?;
        let fallen_back = format!(
            "return {is_refused} && document.querySelector('.suggestion .title')?.textContent === {}",
            json!(before[0].title)
        );
        page.wait_until("it is refused again", &fallen_back).await?;
        assert_eq!(page.suggestions().await?, before, "with {damaged} damaged, the kept model answers");
    }

    // Whole at last, it is taken.
    middleman.damage(None);
    page.reload().await?;
    page.wait_for_status("ReadyOffline").await?;
    assert_eq!(page.suggestions().await?[0].title, NEWER);
    assert_eq!(page.script(refused).await?, false);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_kept_model_is_fetched_again() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.pick("yesterday", "Yesterday").await?;
    page.wait_for_status("ReadyOffline").await?;
    let before = page.suggestions().await?;

    let damage = r"
        const cache = await caches.open('segue-models');
        for (const request of await cache.keys()) {
            if (!request.url.endsWith('/core')) continue;
            const bytes = new Uint8Array(await (await cache.match(request)).arrayBuffer());
            bytes[bytes.length - 1] ^= 1;
            await cache.put(request, new Response(bytes));
            return true;
        }
        return false;
    ";
    assert_eq!(page.async_script(damage, Vec::new()).await?, true);
    page.reload().await?;
    page.wait_for_status("ReadyOffline").await?;
    assert_eq!(page.suggestions().await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_model_is_waited_for() -> Result<()> {
    let store = Store::empty()?;
    let server = Server::start(store.clone()).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.wait_for_status("NoModel").await?;
    store.mine(&[])?;
    page.wait_for_status("ReadyOffline").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_browser_keeps_nothing_the_page_works_while_it_is_open_and_says_so() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, &server.origin().replace("127.0.0.1", UNTRUSTED_HOST)).await?;
    assert_eq!(page.script("return window.isSecureContext").await?, false);
    page.pick("yesterday", "Yesterday").await?;
    page.wait_for_status("OnlyWhileOpen").await?;
    server.stop().await?;
    page.pick("bohem", "Bohemian Rhapsody").await?;
    assert_eq!(page.suggestions().await?.len(), 20);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn until_the_model_is_here_the_server_answers_and_until_all_of_it_is_here_it_gives_the_reasons() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    browser.block(&["*/core", "*/evidence"]).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.pick("yesterday", "Yesterday").await?;
    let by_server = page.suggestions().await?;
    assert!(page.origin().await?.starts_with("server"), "the model is not here yet");

    browser.block(&["*/evidence"]).await?;
    page.wait_for_status("Incomplete").await?;
    assert!(page.origin().await?.starts_with("on this device"), "the core is here");
    assert_eq!(page.suggestions().await?, by_server, "with the server's reasons");

    browser.block(&[]).await?;
    page.wait_for_status("ReadyOffline").await?;
    assert_eq!(page.suggestions().await?, by_server, "with reasons of its own");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_are_walked_through_and_taken_with_the_keyboard() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.pick("yesterday", "Yesterday").await?;
    let before = page.suggestions().await?;
    page.script("document.querySelector('.suggestion .add').focus()").await?;
    page.press("\u{E015}\u{E015}").await?;
    page.press("\u{E007}").await?;
    assert_eq!(page.playlist().await?, ["Yesterday", before[2].title.as_str()]);
    let focused =
        "return document.activeElement.closest('.suggestion') === document.querySelectorAll('.suggestion')[2]";
    assert_eq!(page.script(focused).await?, true, "the focus stays in its place");

    let third = page.suggestions().await?[2].title.clone();
    page.press("\u{E017}").await?;
    assert!(page.suggestions().await?.iter().all(|shown| shown.title != third), "Delete turns down");

    // Backspace in the empty field takes the last song off, Escape empties the field.
    page.script("document.getElementById('picker-field').focus()").await?;
    page.press("\u{E003}").await?;
    assert_eq!(page.playlist().await?, ["Yesterday"]);
    page.press("help").await?;
    page.press("\u{E00C}\u{E00C}").await?;
    assert_eq!(page.script("return document.getElementById('picker-field').value").await?, "");
    Ok(())
}

/// The song that the newer model suggests beside "Yesterday", and the older one does not know.
const NEWER: &str = "Something Quite New";

/// Publishes a model in which "Yesterday" goes with [`NEWER`], and waits until the server has it.
async fn publish_newer(store: &Store, server: &Server) -> Result<()> {
    let older = server.model_hash()?;
    let mut csv = String::from("pid,artist_name,track_name\n");
    for playlist in 0..20 {
        csv.push_str(&format!("{playlist},The Beatles,Yesterday\n{playlist},Somebody,{NEWER}\n"));
        csv.push_str(&format!("{playlist},Anyone,Song {}\n", playlist / 2));
    }
    store.mine_csv(&csv)?;
    server.wait_for_another_model(&older).await
}

/// Has the page ask, as it does whenever its window is looked at again, until it offers the newer model.
async fn wait_for_the_offer(page: &Page<'_>) -> Result<()> {
    let offered = "window.dispatchEvent(new Event('focus'));
                   return document.querySelector('.notices')?.textContent.includes('newer') ?? false";
    page.wait_until("the newer model is offered", offered).await
}
