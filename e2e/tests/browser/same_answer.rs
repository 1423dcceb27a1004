//! One model, one scorer, the same answer everywhere.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use segue_e2e::browser::{Browser, Look};
use segue_e2e::page::Page;
use segue_e2e::server::{Server, Store};
use segue_model::Model;
use segue_model::api::Request;
use serde_json::Value;

use crate::models::{core_of, with_one_weight_changed};
use crate::random_requests::RandomRequests;

const REQUESTS: usize = 1_000;
/// Requests in one message to the browser.
const BATCH: usize = 25;
const SEED: u64 = 20_261_121;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_random_requests_get_the_same_answers_from_server_and_browser() -> Result<()> {
    let server = Server::start(Store::of_demo()?).await?;
    let browser = Browser::start(Look::DESK).await?;
    let page = Page::open(&browser, server.origin()).await?;
    let core = core_of(&server)?;
    let model = Model::open_core(&core)?;
    let requests = requests(&model);
    let posted: Vec<Value> = posted(&server, &requests)?;

    open_engine(&page, None).await?;
    let computed = computed(&page, &requests).await?;
    for ((request, posted), computed) in requests.iter().zip(&posted).zip(&computed) {
        assert_eq!(posted, computed, "of {request}");
    }
    check_variety(&requests, &posted);

    // The comparison finds a difference where there is one.
    let (changed, pair) = with_one_weight_changed(&core)?;
    open_engine(&page, Some(&changed)).await?;
    let otherwise = self::computed(&page, &requests).await?;
    let different = posted.iter().zip(&otherwise).filter(|(one, other)| one != other).count();
    assert!(different > 0, "nobody noticed that the weight of {pair:?} was changed");
    Ok(())
}

fn requests(model: &Model) -> Vec<String> {
    let mut random = RandomRequests::new(model, SEED);
    assert!(random.accented() > 10, "the catalogue has accented names to ask for");
    let coded = |request: Request| serde_json::to_string(&request).expect("requests are plain data");
    (0..REQUESTS).map(|_| coded(random.draw())).collect()
}

/// The requests were as mixed as they are meant to be.
fn check_variety(requests: &[String], answers: &[Value]) {
    let explained = || answers.iter().filter(|answer| answer.get("recommendations").is_some());
    let named = |field: &str, name: &str| {
        let lists = explained().filter_map(|answer| answer[field].as_array()).flatten();
        lists.filter_map(|entry| entry[name].as_str()).map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let count = |field: &str| requests.iter().filter(|request| request.contains(field)).count();
    for field in ["\"exclude\"", "\"exclude_artists\"", "\"max_per_artist\"", "\"explain\":true", "\"novelty\":0."] {
        assert!(count(field) > REQUESTS / 10, "{field} is used");
    }
    for tier in ["artist-title", "title", "plain-title", "base-title", "artist"] {
        assert!(named("matched", "tier").contains(tier), "{tier} occurs");
    }
    assert!(named("recommendations", "source").contains("pair"));
    assert!(named("unknown", "query").len() > REQUESTS / 10, "unknown songs occur");
    let ambiguous = explained().filter_map(|answer| answer["matched"].as_array()).flatten();
    assert!(ambiguous.filter(|found| found["alternatives"][0].is_string()).count() > 0, "ambiguous titles occur");
}

fn posted(server: &Server, requests: &[String]) -> Result<Vec<Value>> {
    requests.iter().map(|request| comparable(&server.post("/api/recommend", request)?)).collect()
}

/// Has the browser fetch the model and open it in wasm; with these bytes in the place of its core, if there are any.
async fn open_engine(page: &Page<'_>, core: Option<&[u8]>) -> Result<()> {
    let script = r"
        const { hash } = await (await fetch('/api/model/info')).json();
        const part = async (name) =>
            new Uint8Array(await (await fetch(`/api/model/${hash}/${name}`)).arrayBuffer());
        const hexadecimal = given[0];
        const core = hexadecimal
            ? Uint8Array.from(hexadecimal.match(/../g), (byte) => parseInt(byte, 16))
            : await part('core');
        window.engine = await wasmBindings.Engine.open(core);
        for (const section of window.engine.sections()) await window.engine.attach(section, await part(section));
        return window.engine.sections().length;
    ";
    let core = core.map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let sections = page.async_script(script, vec![core.into()]).await?;
    assert!(sections.as_u64().is_some_and(|sections| sections >= 2), "the model has more than its core");
    Ok(())
}

async fn computed(page: &Page<'_>, requests: &[String]) -> Result<Vec<Value>> {
    let mut answers = Vec::with_capacity(requests.len());
    for batch in requests.chunks(BATCH) {
        let script = "return Promise.all(given[0].map((request) => window.engine.answer(request)))";
        let texts = page.async_script(script, vec![batch.into()]).await?;
        for text in texts.as_array().context("a list of answers")? {
            answers.push(comparable(text.as_str().context("an answer is text")?)?);
        }
    }
    Ok(answers)
}

/// An answer without what may differ between two equal ones.
fn comparable(text: &str) -> Result<Value> {
    let mut answer: Value = serde_json::from_str(text)?;
    let fields = answer.as_object_mut().context("an answer is an object")?;
    for field in ["version", "debug_info"] {
        fields.remove(field).with_context(|| format!("an answer has {field}"))?;
    }
    Ok(answer)
}
