//! What a listener waits for, in a real browser: `cargo xtask bench browser`.
//!
//! Everything is measured inside the page. Times are those of the machine it runs on, which should have nothing else to
//! do; only the visit by phone is slowed down, by the numbers that Lighthouse calls mobile.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use fastrand::Rng;
use segue_e2e::browser::{Browser, Look};
use segue_e2e::page::Page;
use segue_e2e::server::{Server, Store};
use segue_model::Model;
use segue_model::api::Request;
use segue_model::resolve::name_of;
use segue_model::song::SongId;
use serde_json::{Value, json};

const HELP: &str = "\
cargo xtask bench browser [--store DIR]... [--playlists FILE]... [--visits N] [--lighthouse N]

Opens the built web app in a real browser and measures, for each catalogue: how long its model takes to be ready once its
bytes are here, the longest time that nothing else can happen meanwhile, a key typed in the song picker until its
songs are listed, and suggestions for 1, 5 and 25 songs. Then how long a first visit by phone takes: a processor four times
as slow, 1.6 Mbit/s, round trips of 150 ms.

    --store DIR        a store that was mined before
    --playlists FILE   playlists to mine first (CSV)
                       without either: made-up playlists with 9,000, 27,000 and 56,000 songs
    --visits N         visits by phone, of which the median counts; 5 if not said, 0 leaves them out
    --lighthouse N     lets Lighthouse look at the page N times as a phone, with its own settings; it is installed
                       from npm on the first use, which takes 360 MB
";

/// Catalogues that are made up, songs.
const MADE_UP: [u32; 3] = [9_000, 27_000, 56_000];
/// Songs that are searched for.
const SEARCHES: usize = 60;
/// Letters typed of each.
const LETTERS: usize = 14;
/// Requests with each number of seeds.
const REQUESTS: usize = 200;
const SEEDS: [usize; 3] = [1, 5, 25];
/// Times that a model is opened.
const OPENED: usize = 7;
const SEED: u64 = 20_261_121;

#[tokio::main]
async fn main() -> Result<()> {
    let Some(options) = Options::parse(std::env::args().skip(1))? else {
        print!("{HELP}");
        return Ok(());
    };
    println!(
        "| songs | core, MB | ready, ms | with all sections, ms | longest task, ms | key to list, ms (p50 · p95 · worst) | seeds: suggestions, ms (p50 · p95) |"
    );
    println!("|---|---|---|---|---|---|---|");
    for store in options.stores()? {
        println!("{}", of_catalogue(store).await?);
    }
    if options.visits > 0 {
        println!("\n| first visit by phone | median, ms | all |\n|---|---|---|");
        for line in by_phone(options.visits).await? {
            println!("{line}");
        }
    }
    if options.lighthouse > 0 {
        println!("\n{}", by_lighthouse(options.lighthouse).await?);
    }
    Ok(())
}

#[derive(Debug)]
struct Options {
    stores: Vec<PathBuf>,
    playlists: Vec<PathBuf>,
    visits: usize,
    lighthouse: usize,
}

impl Options {
    /// `None` where help is wanted.
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Self>> {
        let mut options = Self { stores: Vec::new(), playlists: Vec::new(), visits: 5, lighthouse: 0 };
        while let Some(word) = words.next() {
            match word.as_str() {
                // What cargo adds.
                "--bench" => {}
                "--help" | "-h" => return Ok(None),
                "--store" => options.stores.push(words.next().context("--store wants a folder")?.into()),
                "--playlists" => options.playlists.push(words.next().context("--playlists wants a file")?.into()),
                "--visits" => options.visits = number(&mut words, "--visits")?,
                "--lighthouse" => options.lighthouse = number(&mut words, "--lighthouse")?,
                other => bail!("`{other}` is not understood.\n\n{HELP}"),
            }
        }
        Ok(Some(options))
    }

    fn stores(&self) -> Result<Vec<Arc<Store>>> {
        let read =
            |file: &Path| std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()));
        let texts: Vec<String> = match &self.playlists[..] {
            [] if self.stores.is_empty() => MADE_UP.iter().map(|songs| made_up(*songs)).collect(),
            files => files.iter().map(|file| read(file)).collect::<Result<_>>()?,
        };
        let mined = |csv: &String| {
            let store = Store::empty()?;
            store.mine_csv(csv)?;
            Ok(store)
        };
        self.stores.iter().map(|folder| Ok(Store::at(folder))).chain(texts.iter().map(mined)).collect()
    }
}

/// The number behind an option.
fn number(words: &mut impl Iterator<Item = String>, option: &str) -> Result<usize> {
    let word = words.next().with_context(|| format!("{option} wants a number"))?;
    word.parse().with_context(|| format!("{option} wants a number, not {word}"))
}

/// Playlists over so many songs, as CSV: popular songs oftener than others, songs of a kind together.
fn made_up(songs: u32) -> String {
    let mut random = Rng::with_seed(SEED);
    let names: Vec<String> =
        (0..songs).map(|song| format!("{},{}", name(song / 6, 2), name(song + 7_919, 3))).collect();
    let mut csv = String::from("pid,artist_name,track_name\n");
    // Each song twice at least, which is what it takes to have pairs.
    for playlist in 0..songs / 12 {
        let kind = random.u32(0..40);
        for place in 0..60 {
            let share = random.f64() * random.f64();
            let drawn = (share * f64::from(songs)) as u32;
            // Every other place goes round the catalogue, so that no song is left out.
            let song = if place % 2 == 0 { drawn / 40 * 40 + kind } else { (playlist * 30 + place / 2) % songs };
            csv.push_str(&format!("{playlist},{}\n", names[(song % songs) as usize]));
        }
    }
    csv
}

/// A name of a few made-up words; equal numbers make equal names.
fn name(number: u32, words: usize) -> String {
    const BEGIN: [&str; 16] = ["b", "br", "d", "dr", "f", "g", "h", "j", "k", "l", "m", "n", "p", "s", "st", "t"];
    const END: [&str; 12] = ["an", "are", "ight", "elo", "in", "ira", "ome", "on", "ove", "ul", "und", "y"];
    let mut random = Rng::with_seed(u64::from(number));
    let word = |random: &mut Rng| {
        let syllables = random.usize(1..=3);
        (0..syllables).map(|_| format!("{}{}", BEGIN[random.usize(..16)], END[random.usize(..12)])).collect::<String>()
    };
    (0..words).map(|_| word(&mut random)).collect::<Vec<String>>().join(" ")
}

/// A line of the table of catalogues.
async fn of_catalogue(store: Arc<Store>) -> Result<String> {
    let server = Server::start(store).await?;
    let core = server.get(&format!("/api/model/{}/core", server.model_hash()?))?;
    let model = Model::open_core(&core)?;
    let browser = Browser::start(Look::DESK).await?;
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.wait_for_status("ReadyOffline").await?;
    let tasks = numbers(&page.script("return seen.tasks.map(([, duration]) => duration)").await?);
    let longest = tasks.iter().copied().fold(0.0, f64::max);

    let keys = Times(numbers(&page.async_script(TYPE, vec![searches(&model).into(), LETTERS.into()]).await?));
    let opened = page.async_script(OPEN, vec![OPENED.into()]).await?;
    let (ready, whole) = (Times(numbers(&opened["core"])), Times(numbers(&opened["whole"])));
    let mut suggestions = Vec::new();
    for seeds in SEEDS {
        let times = page.async_script(ASK, vec![requests(&model, seeds).into()]).await?;
        let times = Times(numbers(&times));
        suggestions.push(format!("{seeds}: {:.1} · {:.1}", times.at(0.5), times.at(0.95)));
    }
    Ok(format!(
        "| {} | {:.2} | {:.0} | {:.0} | {longest:.0} | {:.1} · {:.1} · {:.1} | {} |",
        model.catalogue().len(),
        core.len() as f64 / 1e6,
        ready.at(0.5),
        whole.at(0.5),
        keys.at(0.5),
        keys.at(0.95),
        keys.at(1.0),
        suggestions.join("; "),
    ))
}

/// Notes long tasks, and when there is a field to type in and a first suggestion.
const WATCH: &str = r"
    window.seen = { tasks: [] };
    new PerformanceObserver((list) => {
        for (const { startTime, duration } of list.getEntries()) seen.tasks.push([startTime, duration]);
    }).observe({ type: 'longtask', buffered: true });
    new MutationObserver(() => {
        if (document.getElementById('picker-field')) seen.field ??= performance.now();
        if (document.querySelector('.suggestion')) seen.suggestion ??= performance.now();
    }).observe(document, { subtree: true, childList: true });
";

/// Types letter by letter; a key's time ends when all that it sets off is done, the list of songs drawn, but not painted.
const TYPE: &str = r"
    const [searches, letters] = given;
    const field = document.getElementById('picker-field');
    const { port1, port2 } = new MessageChannel();
    const settled = () => new Promise((resolve) => { port1.onmessage = resolve; port2.postMessage(0); });
    const times = [];
    for (const search of searches) {
        for (let end = 1; end <= Math.min(letters, search.length); end++) {
            field.value = search.slice(0, end);
            const begun = performance.now();
            field.dispatchEvent(new Event('input', { bubbles: true }));
            await settled();
            times.push(performance.now() - begun);
        }
    }
    return times;
";

/// Opens the model that is served, its bytes being here.
const OPEN: &str = r"
    const { hash } = await (await fetch('/api/model/info')).json();
    const part = async (name) => new Uint8Array(await (await fetch(`/api/model/${hash}/${name}`)).arrayBuffer());
    const bytes = await part('core');
    const sections = {};
    const times = { core: [], whole: [] };
    for (let round = 0; round < given[0]; round++) {
        let begun = performance.now();
        const engine = await wasmBindings.Engine.open(bytes);
        const core = performance.now() - begun;
        for (const name of engine.sections()) sections[name] ??= await part(name);
        begun = performance.now();
        for (const name of engine.sections()) await engine.attach(name, sections[name]);
        times.core.push(core);
        times.whole.push(core + performance.now() - begun);
        window.engine?.free();
        window.engine = engine;
    }
    return times;
";

/// Answers requests, each from its JSON to that of the answer; the browser compiles what runs often while the first are
/// answered, which do not count.
const ASK: &str = r"
    const times = [];
    for (const request of given[0].slice(0, 50)) await engine.answer(request);
    for (const request of given[0]) {
        const begun = performance.now();
        await engine.answer(request);
        times.push(performance.now() - begun);
    }
    return times;
";

/// Titles all over the catalogue as they may be typed; every third has two letters swapped.
fn searches(model: &Model) -> Vec<String> {
    let catalogue = model.catalogue();
    let song = |at: usize| SongId((at * catalogue.len() / SEARCHES) as u32);
    let typed = |at: usize| {
        let mut letters: Vec<char> = catalogue.title(song(at)).to_lowercase().chars().collect();
        if at.is_multiple_of(3) && letters.len() > 6 {
            letters.swap(3, 4);
        }
        letters.into_iter().collect()
    };
    (0..SEARCHES).map(typed).collect()
}

/// Requests with so many seeds, popular songs oftener.
fn requests(model: &Model, seeds: usize) -> Vec<String> {
    let mut random = Rng::with_seed(SEED);
    let songs = model.catalogue().len() as f64;
    let mut song = || SongId((random.f64() * random.f64() * songs) as u32);
    let mut request = || {
        let mut request = Request::new((0..seeds).map(|_| name_of(model, song()).into()).collect());
        request.explain = true;
        serde_json::to_string(&request).expect("requests are plain data")
    };
    (0..REQUESTS).map(|_| request()).collect()
}

/// First visits to the demo playlists by phone, to the page and to a playlist that somebody shares: until the page can be
/// used, and until it has suggested something.
async fn by_phone(visits: usize) -> Result<Vec<String>> {
    let server = Server::start(Store::of_demo()?).await?;
    let shared = link(&server).await?;
    let (mut interactive, mut with_link, mut suggested) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..visits {
        interactive.push(time_to_interactive(&visit_by_phone(server.origin(), "field").await?)?);
        let seen = visit_by_phone(&shared, "suggestion").await?;
        with_link.push(time_to_interactive(&seen)?);
        suggested.push(seen["suggestion"].as_f64().context("a suggestion was seen")?);
    }
    let line = |what: &str, times: Vec<f64>| {
        let all: Vec<String> = times.iter().map(|time| format!("{time:.0}")).collect();
        format!("| {what} | {:.0} | {} |", Times(times).at(0.5), all.join(", "))
    };
    Ok(vec![
        line("interactive", interactive),
        line("with a shared playlist: interactive", with_link),
        line("with a shared playlist: first suggestion", suggested),
    ])
}

/// What was seen of a first visit that ends five seconds after `last` of it was there, and after the last long task.
async fn visit_by_phone(address: &str, last: &str) -> Result<Value> {
    let browser = Browser::start(Look { width: 412, height: 823, dark: false, phone: true }).await?;
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await?;
    browser.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": 4 })).await?;
    browser.devtools("Network.enable", json!({})).await?;
    let down = 1_638_400 / 8;
    let network = json!({ "offline": false, "latency": 150, "downloadThroughput": down, "uploadThroughput": down });
    browser.devtools("Network.emulateNetworkConditions", network).await?;
    browser.client().goto(address).await?;
    let page = Page::open_here(&browser).await?;
    page.wait_until("it is there", &format!("return seen.{last} !== undefined")).await?;
    let quiet = format!(
        "return performance.now() - Math.max(seen.{last}, ...seen.tasks.map(([begun, took]) => begun + took)) > 5000"
    );
    page.wait_until("five seconds without long tasks", &quiet).await?;
    page.script("return seen").await
}

/// What Lighthouse says of the first page over the demo playlists: a table with a line for each of so many looks.
async fn by_lighthouse(looks: usize) -> Result<String> {
    const CATEGORIES: [&str; 4] = ["performance", "accessibility", "best-practices", "seo"];
    const TIMES: [&str; 4] =
        ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "interactive"];
    let lighthouse = std::env::var_os("SEGUE_LIGHTHOUSE").context("SEGUE_LIGHTHOUSE says where Lighthouse is")?;
    let chromium = std::env::var_os("SEGUE_CHROMIUM").context("SEGUE_CHROMIUM says where the browser is")?;
    let node = std::env::var_os("SEGUE_NODE").unwrap_or_else(|| "node".into());
    let server = Server::start(Store::of_demo()?).await?;
    let names = CATEGORIES.into_iter().map(str::to_owned).chain(TIMES.iter().map(|time| format!("{time}, ms")));
    let mut lines =
        vec![names.collect::<Vec<String>>().join(" | "), ["---"; CATEGORIES.len() + TIMES.len()].join(" | ")];
    for _ in 0..looks {
        let mut node = tokio::process::Command::new(&node);
        node.arg(&lighthouse).arg(server.origin()).env("CHROME_PATH", &chromium);
        node.args(["--quiet", "--output=json", "--chrome-flags=--headless=new --no-sandbox"]);
        node.arg(format!("--only-categories={}", CATEGORIES.join(",")));
        let output = node.output().await.context("starting node")?;
        if !output.status.success() {
            bail!("Lighthouse failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        let seen: Value = serde_json::from_slice(&output.stdout).context("what Lighthouse prints is JSON")?;
        let score = |name: &str| seen["categories"][name]["score"].as_f64().map(|score| score * 100.0);
        let time = |name: &str| seen["audits"][name]["numericValue"].as_f64();
        let values = CATEGORIES.into_iter().map(score).chain(TIMES.into_iter().map(time));
        let values = values.map(|value| value.map_or("–".to_owned(), |value| format!("{value:.0}")));
        lines.push(values.collect::<Vec<String>>().join(" | "));
        for (name, audit) in seen["audits"].as_object().into_iter().flatten() {
            if audit["score"].as_f64().is_some_and(|score| score < 0.9) {
                eprintln!("{name}: {}", audit["title"].as_str().unwrap_or_default());
            }
        }
    }
    Ok(lines.iter().map(|line| format!("| {line} |\n")).collect())
}

/// A link to a playlist of two songs.
async fn link(server: &Server) -> Result<String> {
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    page.pick("yesterday", "Yesterday").await?;
    page.pick("bohem", "Bohemian Rhapsody").await?;
    page.click("#share-playlist").await?;
    page.wait_until("the link is here", "return (document.getElementById('link')?.value ?? '') !== ''").await?;
    let link = page.script("return document.getElementById('link').value").await?;
    Ok(link.as_str().context("a link is text")?.to_owned())
}

/// When there is a field to type in, and no long task begins for five seconds.
fn time_to_interactive(seen: &Value) -> Result<f64> {
    let mut interactive = seen["field"].as_f64().context("a field to type in was seen")?;
    for task in seen["tasks"].as_array().into_iter().flatten() {
        let (begun, took) = (task[0].as_f64().unwrap_or_default(), task[1].as_f64().unwrap_or_default());
        if begun < interactive + 5_000.0 {
            interactive = interactive.max(begun + took);
        }
    }
    Ok(interactive)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// Milliseconds.
struct Times(Vec<f64>);

impl Times {
    /// The time that this share of all times does not exceed.
    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }
}
