//! What the dashboard and the alerts ask for is what the server tells.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::{Running, config, model::small, publish};

/// Every word that begins as our metrics do.
fn metrics_in(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("segue_")).collect()
}

#[tokio::test]
async fn every_metric_on_the_dashboard_and_in_the_alerts_is_told() {
    let store = tempfile::tempdir().unwrap();
    publish(store.path(), &small("2026-03-01T12:00:00Z"));
    let server = Running::start(config(store.path())).await;
    server.until_ready().await;
    server.recommend(r#"{"songs": ["Harbour Light"]}"#).await;
    let told = String::from_utf8(server.ask("GET /metrics", b"").await.body).unwrap();
    let told = metrics_in(&told);

    let components = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kube/components");
    for (file, least) in [("dashboard/segue.json", 15), ("alerts/alerts.yaml", 7)] {
        let text = fs::read_to_string(components.join(file)).unwrap();
        let asked = metrics_in(&text);
        assert!(asked.len() >= least, "{file}: {asked:?}");
        let unknown: Vec<_> = asked.difference(&told).collect();
        assert!(unknown.is_empty(), "{file} asks for {unknown:?}");
    }
    let dashboard = fs::read(components.join("dashboard/segue.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_slice(&dashboard).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "panels share an id");
}
