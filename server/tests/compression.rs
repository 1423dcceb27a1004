//! A model is served first and compressed afterwards.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod common;

use std::io::Read as _;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use common::model::small;
use common::{ask_on, head};
use segue_model::file::SectionKind;
use segue_server::Config;
use segue_server::app::{App, router};
use segue_server::coding::Coding;
use segue_server::live::{Follow, Live, Served, follow};
use segue_store::{ModelHash, Store, Timestamp};
use tower::ServiceExt as _;

fn served(model_date: &str) -> Arc<Served> {
    let bytes = small(model_date);
    let hash = ModelHash::of(&bytes);
    Arc::new(Served::open(bytes, hash, Timestamp::new(std::time::SystemTime::UNIX_EPOCH)).unwrap())
}

fn coding_of_core(served: &Served) -> Coding {
    served.part(SectionKind::Core).unwrap().best_of(&[Coding::Brotli, Coding::Identity])
}

fn what(config: &Config) -> Follow {
    Follow {
        store: Store::new(&config.store, &config.model_name),
        alias: config.alias.clone(),
        interval: config.poll_interval,
    }
}

#[test]
fn a_model_is_served_as_it_is_until_it_is_compressed() {
    let live = Live::default();
    let served = served("first");
    live.put(Arc::clone(&served));
    let status = live.status();
    assert_eq!((status.swaps, status.compressed), (1, 0));
    assert_eq!(coding_of_core(&served), Coding::Identity);
    live.compress(&served);
    assert_eq!(live.status().compressed, 1);
    assert_eq!(coding_of_core(&served), Coding::Brotli);
}

#[test]
fn what_hardly_anybody_takes_is_made_once_somebody_asks() {
    let served = served("first");
    let core = served.part(SectionKind::Core).unwrap();
    for wanted in [Coding::Zstd, Coding::Gzip] {
        let takes = [wanted, Coding::Brotli, Coding::Identity];
        assert_eq!(core.best_of(&takes), Coding::Identity);
        assert_eq!([core.first_demand(&takes), core.first_demand(&takes)], [Some(wanted), None]);
        core.compress(wanted);
        assert_eq!(core.best_of(&takes), wanted);
        assert_eq!(core.best_of(&[Coding::Brotli, Coding::Identity]), Coding::Identity);
    }
    for made_anyway in [&[Coding::Brotli, Coding::Zstd][..], &[Coding::Identity], &[]] {
        assert_eq!(core.first_demand(made_anyway), None);
    }
}

#[test]
fn bytes_that_brotli_has_are_kept_while_somebody_takes_them() {
    let live = Live::default();
    let file = small("first");
    let served = served("first");
    live.put(Arc::clone(&served));
    for part in served.parts() {
        assert!(part.at_hand(Coding::Identity).is_some(), "{:?}: nothing to decode it from yet", part.kind);
    }
    live.compress(&served);
    let mut decoded = 0;
    for part in served.parts() {
        let entry = served.model.header().section(part.kind).unwrap();
        let start = if part.kind == SectionKind::Core { 0 } else { entry.offset as usize };
        let expected = &file[start..(entry.offset + entry.length) as usize];
        let has_brotli = part.best_of(&[Coding::Brotli]) == Coding::Brotli;
        decoded += usize::from(has_brotli);
        assert_eq!(part.at_hand(Coding::Identity).is_none(), has_brotli, "{:?}", part.kind);
        let taken = part.plain().unwrap();
        assert_eq!(taken, expected, "{:?}", part.kind);
        part.let_go();
        // Whoever comes meanwhile gets the same copy.
        assert_eq!(part.at_hand(Coding::Identity).unwrap().as_ptr(), taken.as_ptr());
        drop(taken);
        part.let_go();
        assert_eq!(part.at_hand(Coding::Identity).is_none(), has_brotli, "{:?}", part.kind);
        // Other codings are made of them too.
        part.compress(Coding::Gzip);
        if let Some(coded) = part.at_hand(Coding::Gzip) {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&*coded).read_to_end(&mut plain).unwrap();
            assert_eq!(plain, expected, "{:?}", part.kind);
        }
    }
    assert!(decoded > 0);
}

#[tokio::test]
async fn whoever_takes_no_coding_gets_the_file_after_it_was_compressed_too() {
    let store = tempfile::tempdir().unwrap();
    let file = small("first");
    common::publish(store.path(), &file);
    let config = common::config(store.path());
    let app = App::new(&config).unwrap();
    let following = tokio::spawn(follow(Arc::clone(&app.live), what(&config)));
    app.live.watch().wait_for(|status| status.compressed == 1).await.unwrap();
    let get = async |range: Option<&str>| {
        let mut request = Request::get("/api/model").body(Body::empty()).unwrap();
        request.headers_mut().extend(range.map(|range| (header::RANGE, range.parse().unwrap())));
        let response = router(Arc::clone(&app)).oneshot(request).await.unwrap();
        assert_eq!(response.headers().get(header::CONTENT_ENCODING), None);
        (response.status().as_u16(), to_bytes(response.into_body(), file.len()).await.unwrap())
    };
    let served = app.served().unwrap();
    let core = served.part(SectionKind::Core).unwrap();
    assert_eq!(core.best_of(&[Coding::Brotli]), Coding::Brotli);
    assert_eq!(get(None).await, (200, file[..served.model.header().core_length() as usize].to_vec().into()));
    assert_eq!(get(Some("bytes=7-99")).await, (206, file[7..100].to_vec().into()));
    // Nobody takes them any more, so they go with one of the next looks at the store.
    while core.at_hand(Coding::Identity).is_some() {
        tokio::task::yield_now().await;
    }
    following.abort();
}

#[test]
fn a_model_that_was_replaced_is_not_compressed_any_more() {
    let live = Live::default();
    let [old, new] = ["first", "second"].map(served);
    live.put(Arc::clone(&old));
    live.put(new);
    live.compress(&old);
    assert_eq!(live.status().compressed, 0);
    assert_eq!(coding_of_core(&old), Coding::Identity);
}

#[test]
fn a_swap_needs_no_thread_to_compress() {
    // The only thread for work that blocks looks for models: what is compressed on it comes after the swap.
    let runtime = tokio::runtime::Builder::new_multi_thread().max_blocking_threads(1).enable_all().build().unwrap();
    let store = tempfile::tempdir().unwrap();
    common::publish(store.path(), &small("first"));
    let live = Arc::new(Live::default());
    let what = what(&common::config(store.path()));
    let mut status = live.watch();
    runtime.block_on(async {
        let following = tokio::spawn(follow(Arc::clone(&live), what));
        status.wait_for(|status| status.swaps == 1).await.unwrap();
        status.wait_for(|status| status.compressed == 1).await.unwrap();
        common::publish(store.path(), &small("second"));
        status.wait_for(|status| status.swaps == 2).await.unwrap();
        status.wait_for(|status| status.compressed == 2).await.unwrap();
        following.abort();
    });
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_takes_that() {
    let store = tempfile::tempdir().unwrap();
    common::publish(store.path(), &small("first"));
    let server = common::Running::start(common::config(store.path())).await;
    server.until_ready().await;
    let one = r#"{"songs": ["Harbour Light"], "explain": true}"#;
    let body = |requests: usize| format!("{{\"requests\": [{}]}}", vec![one; requests].join(","));
    let ask = async |requests, accepts: &str| {
        let body = body(requests);
        let more = format!("connection: close\r\naccept-encoding: {accepts}\r\n");
        let stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
        let answer = ask_on(stream, &head("POST /api/recommend/batch", body.len(), &more), body.as_bytes()).await;
        assert_eq!(answer.status, 200);
        answer
    };
    let plain = ask(60, "identity").await;
    assert!(plain.body.len() > 16 << 10);
    assert_eq!(plain.header("content-encoding"), None);
    let songs = |body: &[u8]| {
        let answers: serde_json::Value = serde_json::from_slice(body).unwrap();
        let answers = answers["answers"].as_array().unwrap();
        answers.iter().map(|answer| answer["recommendations"].clone()).collect::<Vec<_>>()
    };
    for (accepts, coding) in [("gzip", "gzip"), ("gzip;q=0.5, zstd", "zstd"), ("gzip, deflate, br, zstd", "br")] {
        let coded = ask(60, accepts).await;
        assert_eq!((coded.header("content-encoding"), coded.header("vary")), (Some(coding), Some("accept-encoding")));
        let mut body = Vec::new();
        match coding {
            "gzip" => drop(flate2::read::GzDecoder::new(&coded.body[..]).read_to_end(&mut body).unwrap()),
            "zstd" => body = zstd::stream::decode_all(&coded.body[..]).unwrap(),
            _ => brotli::BrotliDecompress(&mut &coded.body[..], &mut body).unwrap(),
        }
        assert_eq!(songs(&body), songs(&plain.body), "{coding}");
        assert!(coded.body.len() * 4 < plain.body.len());
    }
    assert_eq!(ask(1, "gzip").await.header("content-encoding"), None);
}
