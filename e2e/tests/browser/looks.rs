//! How the page looks, as far as that can be measured.

use anyhow::Result;
use segue_e2e::browser::{Browser, Look};
use segue_e2e::page::Page;
use segue_e2e::server::{Server, Store};
use serde_json::Value;

/// Every visible text with its contrast to what is behind it, by the formula of WCAG 2.
const CONTRASTS: &str = r"
    const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const numbers = (color) => color.match(/[\d.]+/g).map(Number);
    const luminance = (color) => {
        const [red, green, blue] = numbers(color).map((value) => channel(value / 255));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const color = getComputedStyle(at).backgroundColor;
            const [, , , alpha = 1] = numbers(color);
            if (alpha === 1) return color;
        }
        return 'rgb(255, 255, 255)';
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim();
        const element = walker.currentNode.parentElement;
        if (!text || !element.checkVisibility() || element.closest('.unseen, noscript, script')) continue;
        const style = getComputedStyle(element);
        const [one, other] = [luminance(style.color), luminance(behind(element))];
        const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        found.push([Math.round(contrast * 100) / 100, text.slice(0, 40)]);
    }
    return found.sort((one, other) => one[0] - other[0]);
";

/// Every layout shift since the page began to load that no key or click explains, with the classes of what moved.
const SHIFTS: &str = r"
    const shifts = await new Promise((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries())).observe({ type: 'layout-shift', buffered: true });
        setTimeout(resolve, 500, []);
    });
    const moved = (shift) => shift.sources.map(({ node, previousRect, currentRect }) =>
        `${node?.parentElement?.className}>${node?.className ?? node?.textContent} ${previousRect.y}->${currentRect.y}`);
    return shifts.filter((shift) => !shift.hadRecentInput).map((shift) => [shift.value, moved(shift)]);
";

#[tokio::test(flavor = "multi_thread")]
async fn the_narrowest_phone_in_the_dark_shows_everything_within_its_width() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::PHONE).await?;
    let page = Page::open(&browser, server.origin()).await?;
    let width = "return document.documentElement.scrollWidth";
    assert_eq!(page.script("return window.innerWidth").await?, 320);
    assert_eq!(page.script(width).await?, 320, "an empty playlist");
    check_contrasts(&page, 5).await?;

    page.pick("yesterday", "Yesterday").await?;
    page.suggestions().await?;
    page.wait_for_status("ReadyOffline").await?;
    assert_eq!(page.script(width).await?, 320, "with suggestions");
    assert!(page.script("return matchMedia('(prefers-color-scheme: dark)').matches").await? == true);
    check_contrasts(&page, 60).await?;

    // The list of songs found lies within the window too.
    page.press("love").await?;
    page.wait_until("songs are found", "return document.querySelectorAll('.option').length > 3").await?;
    let inside = r"
        const { left, right, top, bottom } = document.querySelector('.options').getBoundingClientRect();
        return left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight;
    ";
    assert_eq!(page.script(inside).await?, true);
    assert_eq!(page.script(width).await?, 320, "with songs found");
    check_contrasts(&page, 60).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_light_page_is_as_legible() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.pick("yesterday", "Yesterday").await?;
    page.suggestions().await?;
    check_contrasts(&page, 60).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_while_the_page_and_its_model_load() -> Result<()> {
    for look in [Look::DESK, Look::PHONE] {
        let server = Server::start(Store::of_demo()?).await?;
        let browser = Browser::start(look).await?;
        let page = Page::open(&browser, server.origin()).await?;
        page.pick("yesterday", "Yesterday").await?;
        // A second visit has everything to show at once: the playlist, its suggestions, the notice.
        page.reload().await?;
        page.suggestions().await?;
        page.wait_for_status("ReadyOffline").await?;
        let shifts = page.async_script(SHIFTS, Vec::new()).await?;
        let total: f64 = shifts.as_array().into_iter().flatten().filter_map(|shift| shift[0].as_f64()).sum();
        assert!(total < 0.005, "at {look:?} the page moves by {total}: {shifts}");
    }
    Ok(())
}

async fn check_contrasts(page: &Page<'_>, at_least: usize) -> Result<()> {
    let found = page.script(CONTRASTS).await?;
    let found = found.as_array().map_or(&[][..], Vec::as_slice);
    assert!(found.len() >= at_least, "{} texts are visible", found.len());
    let weak: Vec<&Value> =
        found.iter().filter(|text| text[0].as_f64().is_none_or(|contrast| contrast < 7.0)).collect();
    assert!(weak.is_empty(), "text with a contrast below 7: {weak:?}");
    Ok(())
}
