//! Playlists in and out, and what the listener decides about suggestions.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use segue_e2e::browser::{Browser, Look};
use segue_e2e::page::Page;
use segue_e2e::server::{Server, Store};
use serde_json::json;
use tempfile::TempDir;

/// How long a file may take to be saved.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_list_is_understood_line_by_line_and_mended() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.wait_for_status("ReadyOffline").await?;
    let paste = r"
        const data = new DataTransfer();
        data.setData('text/plain', given[0]);
        document.getElementById('picker-field').dispatchEvent(
            new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    ";
    let list = "1. The Beatles \u{2013} Yesterday\nBohemian Rhapsody by Queen\nHome\nHey Judee\nxqzxqz zqxzqx\n";
    page.async_script(paste, vec![list.into()]).await?;
    page.wait_until("the list is read", "return document.querySelector('.report') !== null").await?;
    let summary = page.script("return document.getElementById('import-summary').textContent").await?;
    assert_eq!(summary, "2 of 5 songs found \u{b7} 1 may mean several songs \u{b7} 2 not known here");

    // One that may mean several songs is chosen, a misspelt one mended, and the last stays out.
    let homes = page.script("return [...document.querySelectorAll('.lines li:nth-child(1) option')].map((option) => option.textContent)").await?;
    let second = homes[2].as_str().context("there are several songs of that title")?.to_owned();
    assert!(second.starts_with("Home \u{2013} "), "{homes}");
    page.choose(".lines li:nth-child(1) select", &second).await?;
    let misspelt = "const select = document.querySelector('.lines li:nth-child(2) select');
                    return [select.selectedIndex, select.options[0].textContent, select.options[1].textContent]";
    assert_eq!(page.script(misspelt).await?, json!([0, "Leave out", "Hey Jude \u{2013} The Beatles"]));
    page.choose(".lines li:nth-child(2) select", "Hey Jude \u{2013} The Beatles").await?;
    page.click("#add-list").await?;
    assert_eq!(page.playlist().await?, ["Yesterday", "Bohemian Rhapsody", "Home", "Hey Jude"]);
    let artist = page.script("return document.querySelectorAll('.entry .artist')[2].textContent").await?;
    assert_eq!(Some(second), artist.as_str().map(|artist| format!("Home \u{2013} {artist}")));
    assert_eq!(page.suggestions().await?.len(), 20);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_misses_becomes_a_playlist_and_is_saved_whole_in_every_format() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.wait_for_status("ReadyOffline").await?;
    let folder = TempDir::new()?;
    let file = folder.path().join("Evening.csv");
    std::fs::write(
        &file,
        "\"Track Name\",\"Album Name\",\"Artist Name(s)\"\r\n\
         \"Yesterday\",\"Help!\",\"The Beatles\"\r\n\
         \"A Song, \"\"Nobody\"\" Knows\",\"None\",\"No One At All\"\r\n\
         \"Jolene\",\"Jolene\",\"Dolly Parton, Somebody Else\"\r\n",
    )?;
    page.click("#import-playlist").await?;
    page.choose_file("#list-file", &file).await?;
    page.wait_until("the file is read", "return document.querySelector('.report') !== null").await?;
    let summary = page.script("return document.getElementById('import-summary').textContent").await?;
    assert_eq!(summary, "2 of 3 songs found \u{b7} 1 not known here");
    page.click("#open-list").await?;
    let expected = ["Yesterday", "A Song, \"Nobody\" Knows", "Jolene"];
    assert_eq!(page.playlist().await?, expected, "what is not known is kept");
    let name = "return document.querySelector('#playlists option:checked').textContent";
    assert_eq!(page.script(name).await?, "Evening");

    let saved = TempDir::new()?;
    let behaviour = json!({ "behavior": "allow", "downloadPath": saved.path() });
    browser.devtools("Browser.setDownloadBehavior", behaviour).await?;
    for ending in ["m3u8", "jspf", "csv", "txt"] {
        page.click("#share-playlist").await?;
        page.click(&format!("a[download$='.{ending}']")).await?;
        let file = written(saved.path().join(format!("Evening.{ending}"))).await?;
        page.script("document.getElementById('sheet').close()").await?;

        page.click("#new-playlist").await?;
        page.click("#import-playlist").await?;
        page.choose_file("#list-file", &file).await?;
        page.wait_until("the file is read", "return document.querySelector('.report') !== null").await?;
        // Where artist and title stand in one line, what is not known is kept as that line.
        let keep = "const last = document.querySelector('.lines select'); last.selectedIndex = last.options.length - 1;
                    last.dispatchEvent(new Event('change', { bubbles: true }));";
        page.script(keep).await?;
        page.click("#add-list").await?;
        let again = page.playlist().await?;
        assert_eq!((again.len(), again[0].as_str(), again[2].as_str()), (3, expected[0], expected[2]), "{ending}");
        assert!(again[1].ends_with(expected[1]), "{ending}: {again:?}");
        page.click("#delete-playlist").await?;
        page.choose("#playlists", "Evening").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_holds_the_playlist_and_nothing_of_it_reaches_the_server() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.pick("yesterday", "Yesterday").await?;
    page.pick("bohem", "Bohemian Rhapsody").await?;
    let suggestions = page.suggestions().await?;
    page.click("#share-playlist").await?;
    let link = page.script("return document.getElementById('link').value").await?;
    let link = link.as_str().context("there is a link")?;
    assert!(link.starts_with(&format!("{}/#playlist=", server.origin())), "{link}");

    let other = Browser::start(Look::PHONE).await?;
    other.client().goto(link).await?;
    let elsewhere = Page::open_here(&other).await?;
    elsewhere.wait_until("the playlist is here", "return document.querySelectorAll('.entry').length > 1").await?;
    assert_eq!(elsewhere.playlist().await?, ["Yesterday", "Bohemian Rhapsody"]);
    assert_eq!(elsewhere.suggestions().await?, suggestions);
    assert_eq!(elsewhere.script("return location.hash").await?, "", "the address is short again");

    // Opened once more it is the same playlist, and not another one.
    other.client().goto(link).await?;
    elsewhere.wait_until("the link is taken", "return location.hash === ''").await?;
    assert_eq!(elsewhere.script("return document.querySelectorAll('#playlists option').length").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn playlists_are_kept_by_name_switched_deleted_and_brought_back() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.pick("yesterday", "Yesterday").await?;
    page.click("#rename-playlist").await?;
    page.wait_until("the name can be typed", "return document.activeElement.id === 'playlist-name'").await?;
    page.press("Morning\u{E007}").await?;
    page.wait_until(
        "it is named",
        "return document.querySelector('#playlists')?.selectedOptions[0].textContent === 'Morning'",
    )
    .await?;
    page.click("#new-playlist").await?;
    assert_eq!(page.playlist().await?, [""; 0]);
    page.pick("bohem", "Bohemian Rhapsody").await?;
    page.choose("#playlists", "Morning").await?;
    assert_eq!(page.playlist().await?, ["Yesterday"]);
    page.click("#delete-playlist").await?;
    assert_eq!(page.playlist().await?, ["Bohemian Rhapsody"]);
    page.click(".notice button").await?;
    assert_eq!(page.playlist().await?, ["Yesterday"]);
    page.reload().await?;
    page.wait_until("it is drawn again", "return document.querySelectorAll('.entry').length > 0").await?;
    assert_eq!(page.playlist().await?, ["Yesterday"]);
    let names = "return [...document.querySelectorAll('#playlists option')].map((option) => option.textContent)";
    assert_eq!(page.script(names).await?, json!(["Morning", "Bohemian Rhapsody\u{2026}"]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_artist_is_gone_until_brought_back() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.wait_for_status("ReadyOffline").await?;
    page.pick("bohem", "Bohemian Rhapsody").await?;
    let before = page.suggestions().await?;
    let artist = before[0].artist.clone();
    page.click(".why").await?;
    let rules = "return document.querySelectorAll('.rules tbody tr').length > 0";
    page.wait_until("the rules behind it are shown", rules).await?;
    page.click(".block").await?;
    let blocked = page.suggestions().await?;
    assert_eq!(blocked.len(), 20);
    assert!(blocked.iter().all(|shown| shown.artist != artist), "nothing by {artist}");
    page.reload().await?;
    assert_eq!(page.suggestions().await?, blocked, "it is kept");
    page.click("#turned-down summary").await?;
    page.click("#turned-down button").await?;
    assert_eq!(page.suggestions().await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sliders_and_the_limit_an_artist_rank_anew_at_once() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.wait_for_status("ReadyOffline").await?;
    page.pick("yesterday", "Yesterday").await?;
    let before = page.suggestions().await?;
    let runs = |shown: &[segue_e2e::page::Shown]| shown.windows(2).filter(|two| two[0].artist == two[1].artist).count();

    page.slide("#variety input", 10).await?;
    let varied = page.suggestions().await?;
    assert_eq!(varied.len(), 20);
    assert!(runs(&varied) < runs(&before), "artists take turns");
    page.slide("#variety input", 0).await?;
    assert_eq!(page.suggestions().await?, before);

    page.slide("#novelty input", 10).await?;
    assert_ne!(page.suggestions().await?, before);
    page.slide("#novelty input", 0).await?;

    page.choose(".controls label:nth-child(2) select", "1").await?;
    let mut artists: Vec<String> = page.suggestions().await?.into_iter().map(|shown| shown.artist).collect();
    let all = artists.len();
    artists.sort();
    artists.dedup();
    assert_eq!((artists.len(), all), (20, 20), "each artist once");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_who_stays_on_the_device_asks_the_server_nothing() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    browser.block(&["*/core"]).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.click("#only-here input").await?;
    let asked =
        "return performance.getEntriesByType('resource').some(({ name }) => /api\\/(songs|recommend)/.test(name))";
    page.tab_to("picker-field").await?;
    page.press("yesterday").await?;
    page.async_script("await new Promise((resolve) => setTimeout(resolve, 0))", Vec::new()).await?;
    assert_eq!(page.script(asked).await?, false, "no search");

    // What was typed is found as soon as the model is here.
    browser.block(&[]).await?;
    page.wait_for_status("ReadyOffline").await?;
    page.wait_until("songs are found", "return document.querySelectorAll('.option').length > 0").await?;
    page.press("\u{E007}").await?;
    assert_eq!(page.suggestions().await?.len(), 20);
    assert!(page.origin().await?.starts_with("on this device"));
    assert_eq!(page.script(asked).await?, false, "no question");
    Ok(())
}

/// A file, as soon as it is written.
async fn written(file: PathBuf) -> Result<PathBuf> {
    let begun = Instant::now();
    while !std::fs::metadata(&file).is_ok_and(|file| file.len() > 0) {
        if begun.elapsed() > PATIENCE {
            bail!("{} was not saved", file.display());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(file)
}
