//! A model is served first and compressed afterwards.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod common;

use std::io::Read as _;
use std::sync::Arc;

use common::model::small;
use common::{ask_on, head};
use segue_model::file::SectionKind;
use segue_server::coding::Coding;
use segue_server::live::{Follow, Live, Served, follow};
use segue_store::{ModelHash, Store, Timestamp};

fn served(model_date: &str) -> Arc<Served> {
    let bytes = small(model_date);
    let hash = ModelHash::of(&bytes);
    Arc::new(Served::open(bytes, hash, Timestamp::new(std::time::SystemTime::UNIX_EPOCH)).unwrap())
}

fn coding_of_core(served: &Served) -> Coding {
    served.part(SectionKind::Core).unwrap().in_best_of(&[Coding::Brotli, Coding::Identity]).0
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
        assert_eq!(core.in_best_of(&takes).0, Coding::Identity);
        assert_eq!([core.first_demand(&takes), core.first_demand(&takes)], [Some(wanted), None]);
        core.compress(wanted);
        assert_eq!(core.in_best_of(&takes).0, wanted);
        assert_eq!(core.in_best_of(&[Coding::Brotli, Coding::Identity]).0, Coding::Identity);
    }
    for made_anyway in [&[Coding::Brotli, Coding::Zstd][..], &[Coding::Identity], &[]] {
        assert_eq!(core.first_demand(made_anyway), None);
    }
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
    let config = common::config(store.path());
    let name = |name: &str| name.parse().unwrap();
    let what = Follow {
        store: Store::new(store.path(), &name("default")),
        alias: name("production"),
        interval: config.poll_interval,
    };
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
