//! The description of the API, held against what the server really answers.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod common;

use common::{Running, config, model::small, publish};
use serde_json::{Value, json};

/// Why `value` is not as `schema` says, if so.
fn mismatch(description: &Value, schema: &Value, value: &Value) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = description.pointer(reference.strip_prefix('#').unwrap());
        return mismatch(description, schema.unwrap_or_else(|| panic!("no {reference}")), value);
    }
    if let Some(any) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        let all: Vec<String> = any.iter().map_while(|schema| mismatch(description, schema, value)).collect();
        return (all.len() == any.len()).then(|| format!("none of: {}", all.join("; ")));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is_of = |name: &&str| match *name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    if !types.is_empty() && !types.iter().any(is_of) {
        return Some(format!("{value} is not of {types:?}"));
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        return Some(format!("{value} is not one of {allowed:?}"));
    }
    if let Some(items) = value.as_array() {
        return items.iter().find_map(|item| mismatch(description, &schema["items"], item));
    }
    let (Some(members), Some(properties)) = (value.as_object(), schema["properties"].as_object()) else { return None };
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(missing) = required.into_iter().find(|name| !members.contains_key(*name)) {
        return Some(format!("{missing} is missing in {value}"));
    }
    members.iter().find_map(|(name, value)| match properties.get(name) {
        Some(schema) => mismatch(description, schema, value).map(|why| format!("{name}: {why}")),
        None => Some(format!("{name} is not described")),
    })
}

/// The schema of an answer in the description.
fn schema<'a>(description: &'a Value, path: &str, method: &str, status: &str, media_type: &str) -> &'a Value {
    let schema = &description["paths"][path][method]["responses"][status]["content"][media_type]["schema"];
    assert!(!schema.is_null(), "{method} {path} {status} is not described");
    schema
}

#[tokio::test]
async fn answers_are_as_described() {
    let store = tempfile::tempdir().unwrap();
    publish(store.path(), &small("2026-03-01T12:00:00Z"));
    let server = Running::start(config(store.path())).await;
    server.until_ready().await;
    let description = server.ask("GET /api/openapi.json", b"").await.json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));

    let request = json!({
        "songs": ["Harbour Light", {"title": "Low Tide", "artist": "The Lanterns"}, {"title": "Only Once"}, "Nobody Knows"],
        "limit": 4, "exclude": ["Signal Fire"], "exclude_artists": ["Ada Quill"], "max_per_artist": 3, "novelty": 0.5,
        "explain": true,
    });
    let described = &description["components"]["schemas"]["RecommendRequest"];
    assert_eq!(mismatch(&description, described, &request), None);
    assert_eq!(described["required"], json!(["songs"]));
    assert_eq!(described["properties"].as_object().unwrap().len(), 7);
    assert!(mismatch(&description, described, &json!({"songs": [1]})).is_some(), "the comparison sees nothing");

    let json = "application/json";
    let answer = server.recommend(request.to_string()).await.json();
    let described = schema(&description, "/api/recommend", "post", "200", json);
    assert_eq!(mismatch(&description, described, &answer), None);
    // Every part of the answer was there to be compared.
    assert!(answer["recommendations"][0]["because"][0]["lift"].is_number());
    assert!(answer["recommendations"].as_array().unwrap().iter().any(|song| song["rule"].is_object()), "{answer}");
    assert!(answer["matched"][0]["tier"].is_string() && answer["unknown"][0]["query"].is_string());
    let plain = server.recommend(r#"{"songs": ["Harbour Light"]}"#).await.json();
    assert_eq!(mismatch(&description, described, &plain), None);

    for (request, path) in [
        ("GET /api/songs?q=a", "/api/songs"),
        ("GET /api/model/info", "/api/model/info"),
        ("GET /version", "/version"),
        ("GET /api/stats", "/api/stats"),
    ] {
        let answer = server.ask(request, b"").await.json();
        assert_eq!(mismatch(&description, schema(&description, path, "get", "200", json), &answer), None);
    }
    let problem = server.recommend("[").await.problem(400);
    let described = schema(&description, "/api/recommend", "post", "4XX", "application/problem+json");
    assert_eq!(mismatch(&description, described, &problem), None);
}

#[tokio::test]
async fn every_address_that_is_described_exists() {
    let store = tempfile::tempdir().unwrap();
    publish(store.path(), &small("2026-03-01T12:00:00Z"));
    let server = Running::start(config(store.path())).await;
    server.until_ready().await;
    let description = server.ask("GET /api/openapi.json", b"").await.json();
    let hash = server.ask("GET /api/model/info", b"").await.json()["hash"].as_str().unwrap().to_owned();
    let paths = description["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 13);
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let path = path.replace("{hash}", &hash).replace("{section}", "core");
            let answer = server.ask(&format!("{} {path}", method.to_uppercase()), b"").await;
            assert!(!matches!(answer.status, 404 | 405), "{method} {path}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn what_is_described_to_take_a_key_needs_one_where_there_are_keys() {
    let store = tempfile::tempdir().unwrap();
    publish(store.path(), &small("2026-03-01T12:00:00Z"));
    let mut config = config(store.path());
    config.api_keys = "0123456789abcdef0123".parse().ok();
    let server = Running::start(config).await;
    server.until_ready().await;
    let description = server.ask("GET /api/openapi.json", b"").await.json();
    let schemes = &description["components"]["securitySchemes"];
    assert_eq!(schemes["bearer"], json!({"type": "http", "scheme": "bearer"}));
    assert_eq!(schemes["key"], json!({"type": "apiKey", "in": "header", "name": "x-api-key"}));
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let answer = server.ask(&format!("{} {path}", method.to_uppercase()), b"").await;
            assert_eq!(answer.status == 401, operation["security"].is_array(), "{method} {path}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn the_description_is_a_page_too_and_needs_nothing_but_itself() {
    let store = tempfile::tempdir().unwrap();
    let server = Running::start(config(store.path())).await;
    let page = server.ask("GET /api/docs", b"").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    // What the page has inside: styles, and nothing else.
    assert!(policy.contains("default-src 'none'") && policy.contains("style-src 'self' 'unsafe-inline'"), "{policy}");
    assert!(String::from_utf8(page.body).unwrap().contains("/api/recommend/batch"));
}

#[tokio::test]
async fn stats_tell_people_how_it_goes() {
    let store = tempfile::tempdir().unwrap();
    let server = Running::start(config(store.path())).await;
    let before = server.ask("GET /api/stats", b"").await.json();
    assert_eq!(
        (&before["model"], &before["matched_share"], &before["median_ms"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    publish(store.path(), &small("2026-03-01T12:00:00Z"));
    server.until_ready().await;
    for body in [r#"{"songs": ["Harbour Light", "Low Tide", "Glass Garden", "Nobody Knows"]}"#, "["] {
        server.recommend(body).await;
    }
    let stats = server.ask("GET /api/stats", b"").await.json();
    assert_eq!((&stats["answers"], &stats["matched_share"]), (&json!(1), &json!(0.75)));
    assert_eq!((&stats["requests"]["4xx"], &stats["in_flight"]), (&json!(1), &json!(1)));
    assert_eq!((&stats["model_swaps"], &stats["failing"]), (&json!(1), &Value::Null));
    assert_eq!(stats["model"]["date"], "2026-03-01T12:00:00Z");
    assert!(stats["p99_ms"].as_f64().unwrap() >= stats["median_ms"].as_f64().unwrap());
}
