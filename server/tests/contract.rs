//! What clients of the API may rely on.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod common;

use std::io::Read as _;

use common::{Answer, Running, ask_on, config, head, model::small, publish};
use serde_json::{Value, json};
use tokio::net::TcpStream;

struct Fixture {
    server: Running,
    hash: String,
    bytes: Vec<u8>,
    _store: tempfile::TempDir,
}

async fn fixture() -> Fixture {
    let store = tempfile::tempdir().unwrap();
    let bytes = small("2026-03-01T12:00:00Z");
    let hash = publish(store.path(), &bytes).to_string();
    let server = Running::start(config(store.path())).await;
    server.until_ready().await;
    Fixture { server, hash, bytes, _store: store }
}

#[tokio::test]
async fn both_names_answer_with_any_content_type_and_none() {
    let Fixture { server, hash, .. } = &fixture().await;
    let body = br#"{"songs": ["Harbour Light"], "limit": 3}"#;
    let mut answers = Vec::new();
    for path in ["/api/recommend", "/api/recommender"] {
        for content_type in
            ["", "content-type: application/json\r\n", "content-type: application/x-www-form-urlencoded\r\n"]
        {
            let head = head(&format!("POST {path}"), body.len(), &format!("{content_type}connection: close\r\n"));
            let answer = ask_on(TcpStream::connect(server.address).await.unwrap(), &head, body).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(answer.header("content-type"), Some("application/json"));
            answers.push(answer.json());
        }
    }
    for answer in answers {
        assert_eq!(answer["songs"].as_array().map(Vec::len), Some(3));
        assert!(!answer["songs"].as_array().unwrap().contains(&json!("Harbour Light")));
        assert_eq!(answer["version"], "1.2.3-test");
        assert_eq!(answer["model_date"], "2026-03-01T12:00:00Z");
        assert!(answer["total_rules"].as_u64() > Some(0));
        assert_eq!(answer["debug_info"]["computed_by"], "server");
        assert_eq!(answer["debug_info"]["model_hash"], json!(hash));
        assert!(answer["debug_info"]["took_ms"].is_number());
        assert_eq!(answer.get("recommendations"), None);
    }
}

#[tokio::test]
async fn both_names_count_as_one() {
    let store = tempfile::tempdir().unwrap();
    publish(store.path(), &small("2026-03-01T12:00:00Z"));
    // Where pages of other sites may ask, requests go another way through the server.
    for origins in [vec![], vec!["https://music.example".to_owned()]] {
        let mut config = config(store.path());
        config.cors_origins = origins;
        let server = Running::start(config).await;
        server.until_ready().await;
        for _ in 0..3 {
            assert_eq!(server.ask("POST /api/recommender", br#"{"songs": ["Harbour Light"]}"#).await.status, 200);
        }
        server.ask("GET /api/recommender", b"").await.problem(405);
        let metrics = String::from_utf8(server.ask("GET /metrics", b"").await.body).unwrap();
        let line = "segue_http_request_duration_seconds_count{route=\"/api/recommend\"} 4";
        assert!(metrics.lines().any(|found| found == line), "no `{line}` in\n{metrics}");
        assert!(!metrics.contains("/api/recommender"), "{metrics}");
        assert!(server.ask("GET /api/stats", b"").await.json()["median_ms"].is_number());
    }
}

#[tokio::test]
async fn an_answer_is_the_models_own() {
    use segue_model::{Model, answer::answer, api::Request, scoring::Scratch};

    let Fixture { server, bytes, .. } = &fixture().await;
    let mut request = Request::new(vec!["Glass Garden".into(), "Nobody Knows This".into(), "Only Once".into()]);
    request.explain = true;
    let model = Model::open(bytes).unwrap();
    let mut expected = answer(&model, &request, &mut Scratch::default()).unwrap().into_owned();
    let got = server.recommend(serde_json::to_vec(&request).unwrap()).await.body;
    // The texts are compared: reading a number may lose its last bit.
    let parsed: segue_model::api::Response = serde_json::from_slice(&got).unwrap();
    (expected.version, expected.debug_info) = (parsed.version, parsed.debug_info);
    assert_eq!(String::from_utf8(got).unwrap(), serde_json::to_string(&expected).unwrap());
}

#[tokio::test]
async fn requests_of_many_songs_are_answered_too() {
    let Fixture { server, .. } = &fixture().await;
    let songs: Vec<String> = (0..1_000).map(|n| format!("Unheard Of {n}")).collect();
    let answer = server.recommend(json!({"songs": songs, "explain": true}).to_string()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["unknown"].as_array().map(Vec::len), Some(1_000));
}

#[tokio::test]
async fn bad_input_is_a_problem_that_says_what_to_mend_and_the_server_goes_on() {
    let Fixture { server, .. } = &fixture().await;
    let many = json!({"songs": vec!["Harbour Light"; 10_000]}).to_string();
    let deep = format!("{{\"mood\": {}", "[".repeat(100_000));
    for (body, status, field) in [
        ("", 400, None),
        ("{\"songs\": [", 400, None),
        ("songs=Yesterday", 400, None),
        (&deep, 400, None),
        ("{\"songs\": [\"x\"], \"novelty\": 1e999}", 400, None),
        ("[\"Yesterday\"]", 422, None),
        ("{}", 422, Some("songs")),
        ("{\"songs\": \"Yesterday\"}", 422, Some("songs")),
        ("{\"songs\": [1]}", 422, Some("songs[0]")),
        ("{\"songs\": []}", 422, Some("songs")),
        (&many, 422, Some("songs")),
        ("{\"songs\": [\"x\"], \"limit\": 0}", 422, Some("limit")),
        ("{\"songs\": [\"x\"], \"limit\": 501}", 422, Some("limit")),
        ("{\"songs\": [\"x\"], \"limit\": -1}", 422, Some("limit")),
        ("{\"songs\": [\"x\"], \"max_per_artist\": 0}", 422, Some("max_per_artist")),
        ("{\"songs\": [\"x\"], \"novelty\": 1.5}", 422, Some("novelty")),
        ("{\"songs\": [\"x\"], \"explain\": \"yes\"}", 422, Some("explain")),
    ] {
        let problem = server.recommend(body).await.problem(status);
        assert_eq!(problem.get("field").and_then(Value::as_str), field, "{problem}");
        if status == 400 && !body.is_empty() {
            assert!(problem["line"].is_u64() && problem["column"].is_u64(), "{problem}");
        }
    }
    // Not UTF-8.
    server.recommend(b"{\"songs\": [\"\xff\xfe\"]}").await.problem(400);
    assert_eq!(server.recommend(r#"{"songs": ["Harbour Light"]}"#).await.status, 200);
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_refused_after_it_was_sent() {
    let Fixture { server, .. } = &fixture().await;
    let body = vec![b' '; 10 << 20];
    assert!(server.recommend(&body).await.problem(413)["detail"].as_str().unwrap().contains("1048576"));
    // A client that asks first is told at once, and need not send anything.
    let head = head("POST /api/recommend", body.len(), "expect: 100-continue\r\nconnection: close\r\n");
    ask_on(TcpStream::connect(server.address).await.unwrap(), &head, b"").await.problem(413);
    assert_eq!(server.recommend(r#"{"songs": ["Harbour Light"]}"#).await.status, 200);
}

#[tokio::test]
async fn wrong_methods_and_unknown_addresses_are_problems() {
    let Fixture { server, .. } = &fixture().await;
    for (request, allow) in [
        ("GET /api/recommend", "POST"),
        ("DELETE /api/recommender", "POST"),
        ("POST /api/model/info", "GET,HEAD"),
        ("POST /healthz", "GET,HEAD"),
        ("POST /", "GET,HEAD"),
        ("BREW /api/songs", "GET,HEAD"),
    ] {
        let answer = server.ask(request, b"").await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), Some(allow), "{request}");
    }
    let options = server.ask("OPTIONS /api/recommend", b"").await;
    assert_eq!((options.status, options.header("allow")), (204, Some("POST")));
    for path in ["/api", "/api/", "/api/recommendations", "/api/model/x/y/z", "/api/%ff", "/nothing.js", "/nothing"] {
        server.ask(&format!("GET {path}"), b"").await.problem(404);
        server.ask(&format!("HEAD {path}"), b"").await;
    }
    server.ask("GET /api/model/%ff/core", b"").await.problem(400);
}

#[tokio::test]
async fn search_finds_songs_by_what_was_typed() {
    let Fixture { server, .. } = &fixture().await;
    let found = server.ask("GET /api/songs?q=harb&limit=1", b"").await.json();
    assert_eq!(
        found,
        json!([{"name": "Harbour Light", "title": "Harbour Light", "artist": "The Lanterns", "support": 4}])
    );
    assert_eq!(server.ask("GET /api/songs?q=mira%20sole", b"").await.json().as_array().map(Vec::len), Some(2));
    assert_eq!(server.ask("GET /api/songs?q=", b"").await.json(), json!([]));
    for (query, field) in [("", "q"), ("?q=a&limit=0", "limit"), ("?q=a&limit=101", "limit"), ("?q=a&limit=x", "limit")]
    {
        assert_eq!(server.ask(&format!("GET /api/songs{query}"), b"").await.problem(422)["field"], field);
    }
    server.ask("GET /api/songs?q=a&q=b", b"").await.problem(400);
    server.ask(&format!("GET /api/songs?q={}", "a".repeat(1_001)), b"").await.problem(422);
}

#[tokio::test]
async fn sections_reassemble_to_the_file() {
    let Fixture { server, hash, bytes, .. } = &fixture().await;
    let info = server.ask("GET /api/model/info", b"").await;
    assert_eq!(info.header("cache-control"), Some("no-cache"));
    let info = info.json();
    assert_eq!(info["hash"], json!(hash));
    assert_eq!(info["file_length"], bytes.len());
    assert_eq!(info["data_set"]["name"], "test playlists");
    let mut file = Vec::new();
    let mut names = Vec::new();
    for section in info["sections"].as_array().unwrap() {
        let name = section["name"].as_str().unwrap();
        let answer = server.ask(&format!("GET /api/model/{hash}/{name}"), b"").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
        let length = section["length"].as_u64().unwrap() as usize;
        assert_eq!(section["offset"].as_u64().unwrap() as usize + length, file.len() + answer.body.len());
        let hashed = xxh3_of(&answer.body[answer.body.len() - length..]);
        assert_eq!(section["hash"], format!("{hashed:016x}"));
        file.extend_from_slice(&answer.body);
        names.push(name);
    }
    assert_eq!(names, ["core", "evidence", "rules", "tail", "uris"]);
    assert_eq!(&file, bytes);

    let core = server.ask("GET /api/model", b"").await;
    assert_eq!(core.body.len() as u64, info["core_length"].as_u64().unwrap());
    segue_model::Model::open_core(&core.body).unwrap();
    let head = server.ask("HEAD /api/model", b"").await;
    assert_eq!(head.header("content-length"), Some(core.body.len().to_string().as_str()));
    assert_eq!(head.body, b"");

    server.ask(&format!("GET /api/model/{hash}/cover"), b"").await.problem(404);
    let other = "0".repeat(64);
    let problem = server.ask(&format!("GET /api/model/{other}/core"), b"").await.problem(404);
    assert_eq!(problem["type"], "urn:segue:problem:not-current");
}

fn xxh3_of(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

#[tokio::test]
async fn a_model_that_the_client_has_is_not_sent_again() {
    let Fixture { server, hash, .. } = &fixture().await;
    let etag = server.ask("GET /api/model", b"").await.header("etag").unwrap().to_owned();
    assert_eq!(etag, format!("\"{hash}\""));
    for path in ["/api/model", "/api/model/info", &format!("/api/model/{hash}/rules")] {
        for tags in
            [etag.clone(), format!("W/{etag}"), format!("\"{hash}-br\""), format!("\"else\", {etag}"), "*".to_owned()]
        {
            let head = head(&format!("GET {path}"), 0, &format!("if-none-match: {tags}\r\nconnection: close\r\n"));
            let answer = ask_on(TcpStream::connect(server.address).await.unwrap(), &head, b"").await;
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{tags}");
            assert!(answer.header("etag").is_some_and(|tag| tag.contains(hash.as_str())), "{tags}");
        }
        let head = head(&format!("GET {path}"), 0, "if-none-match: \"else\"\r\nconnection: close\r\n");
        let answer = ask_on(TcpStream::connect(server.address).await.unwrap(), &head, b"").await;
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn a_download_can_be_continued_where_it_broke_off() {
    let Fixture { server, bytes, hash, .. } = &fixture().await;
    let ask = async |headers: &str| {
        let head = head(&format!("GET /api/model/{hash}/core"), 0, &format!("{headers}connection: close\r\n"));
        ask_on(TcpStream::connect(server.address).await.unwrap(), &head, b"").await
    };
    let whole = ask("").await;
    assert_eq!((whole.status, whole.header("accept-ranges")), (200, Some("bytes")));
    let (length, tag) = (whole.body.len(), whole.header("etag").unwrap());

    let rest = ask(&format!("range: bytes=100-\r\nif-range: {tag}\r\n")).await;
    assert_eq!(rest.status, 206);
    assert_eq!(rest.header("content-range"), Some(format!("bytes 100-{}/{length}", length - 1).as_str()));
    assert_eq!(rest.header("etag"), Some(tag));
    assert_eq!(rest.body, bytes[100..length]);

    let of_another = ask("range: bytes=100-\r\nif-range: \"else\"\r\n").await;
    assert_eq!((of_another.status, of_another.body.len()), (200, length));
    let beyond = ask(&format!("range: bytes={length}-\r\n")).await;
    assert_eq!(beyond.header("content-range"), Some(format!("bytes */{length}").as_str()));
    beyond.problem(416);
}

#[tokio::test]
async fn downloads_come_compressed_once_that_is_made() {
    let Fixture { server, bytes, .. } = &fixture().await;
    let ask = async |coding: &str| {
        let head = head("GET /api/model", 0, &format!("accept-encoding: {coding}\r\nconnection: close\r\n"));
        ask_on(TcpStream::connect(server.address).await.unwrap(), &head, b"").await
    };
    for (coding, name) in [("gzip, br, zstd", "br"), ("gzip, zstd", "zstd"), ("gzip", "gzip")] {
        let answer = loop {
            let answer = ask(coding).await;
            assert_eq!(answer.header("vary"), Some("accept-encoding"));
            if answer.header("content-encoding") == Some(name) {
                break answer;
            }
        };
        let mut decoded = Vec::new();
        match name {
            "br" => brotli::BrotliDecompress(&mut &*answer.body, &mut decoded).unwrap(),
            "zstd" => zstd::stream::copy_decode(&*answer.body, &mut decoded).unwrap(),
            _ => drop(flate2::read::GzDecoder::new(&*answer.body).read_to_end(&mut decoded).unwrap()),
        }
        assert!(bytes.starts_with(&decoded) && !decoded.is_empty());
    }
    assert_eq!(ask("br;q=0, zstd;q=0, gzip;q=0").await.header("content-encoding"), None);
}

#[tokio::test]
async fn operators_are_answered() {
    let Fixture { server, hash, .. } = &fixture().await;
    assert_eq!(server.ask("GET /healthz", b"").await.body, b"ok\n");
    let version = server.ask("GET /version", b"").await.json();
    assert_eq!(
        (&version["version"], &version["model_hash"], &version["model_date"]),
        (&json!("1.2.3-test"), &json!(hash), &json!("2026-03-01T12:00:00Z"))
    );
    server.recommend("nonsense").await.problem(400);
    let metrics = server.ask("GET /metrics", b"").await;
    assert!(metrics.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let metrics = String::from_utf8(metrics.body).unwrap();
    for line in [
        "segue_http_requests_total{route=\"/api/recommend\",method=\"POST\",status=\"400\"} 1",
        "segue_http_request_duration_seconds_count{route=\"/api/recommend\"} 1",
        "segue_http_requests_in_flight 1",
        "segue_build_info{version=\"1.2.3-test\"} 1",
        "segue_model_swaps_total 1",
        "segue_models_refused_total{reason=\"altered\"} 0",
        "segue_alias_failing 0",
        "segue_model_songs 6",
        &format!("hash=\"{hash}\""),
    ] {
        assert!(metrics.contains(line), "no {line} in {metrics}");
    }
    assert!(metrics.ends_with("# EOF\n"));
}

#[tokio::test]
async fn responses_tell_browsers_not_to_guess() {
    let Fixture { server, .. } = &fixture().await;
    for request in ["GET /", "GET /api/model", "GET /nothing.js", "GET /api/nothing"] {
        let answer: Answer = server.ask(request, b"").await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
    }
}
