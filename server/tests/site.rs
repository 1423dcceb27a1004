//! The web UI's files.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod common;

use std::fs;

use common::{Answer, Running, ask_on, config, head};
use segue_server::app::App;
use tokio::net::TcpStream;

const SCRIPT: &str = "/app-5f0c1f2d3e4a5b6c.js";
const MODULE: &str = "/app-5f0c1f2d3e4a5b6c_bg.wasm";

struct Fixture {
    server: Running,
    folder: tempfile::TempDir,
}

async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("dist");
    fs::create_dir_all(site.join("examples")).unwrap();
    fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    for (name, content) in [
        ("index.html", "<!doctype html>the page"),
        ("robots.txt", "User-agent: *"),
        (&SCRIPT[1..], "script"),
        (&format!("{}.br", &SCRIPT[1..]), "script in br"),
        (&format!("{}.gz", &SCRIPT[1..]), "script in gzip"),
        (&MODULE[1..], "module"),
    ] {
        fs::write(site.join(name), content).unwrap();
    }
    let mut config = config(&folder.path().join("store"));
    config.site = Some(site);
    Fixture { server: Running::start(config).await, folder }
}

impl Fixture {
    async fn get(&self, path: &str, headers: &str) -> Answer {
        let head = head(&format!("GET {path}"), 0, &format!("{headers}connection: close\r\n"));
        ask_on(TcpStream::connect(self.server.address).await.unwrap(), &head, b"").await
    }
}

#[tokio::test]
async fn pages_are_the_index_and_never_cached_unasked() {
    let site = fixture().await;
    for path in ["/", "/index.html", "/rules", "/rules/?song=Yesterday", "/model/evidence", "/examples"] {
        let answer = site.get(path, "").await;
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"<!doctype html>the page".as_slice()), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert_eq!(answer.header("content-type"), Some("text/html"));
    }
    let head = site.server.ask("HEAD /rules", b"").await;
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, Some("23")));
}

#[tokio::test]
async fn files_with_a_hash_are_cached_for_ever_and_compressed() {
    let site = fixture().await;
    for (coding, expected, body) in
        [("", None, "script"), ("gzip", Some("gzip"), "script in gzip"), ("gzip, br", Some("br"), "script in br")]
    {
        let answer = site.get(SCRIPT, &format!("accept-encoding: {coding}\r\n")).await;
        assert_eq!((answer.status, answer.body.as_slice()), (200, body.as_bytes()));
        assert_eq!(answer.header("content-encoding"), expected);
        assert_eq!(answer.header("content-type"), Some("text/javascript"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
    }
    assert_eq!(site.get(MODULE, "").await.header("content-type"), Some("application/wasm"));
    assert_eq!(site.get("/robots.txt", "").await.header("cache-control"), Some("no-cache"));
}

#[tokio::test]
async fn unknown_files_are_problems() {
    let site = fixture().await;
    for path in ["/nothing.js", "/app-0000000000000000.wasm", "/examples/nothing.json", "/api/nothing", "/.env"] {
        site.get(path, "").await.problem(404);
    }
    let answer = site.server.ask("POST /rules", b"").await;
    answer.problem(405);
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
}

/// A link to itself: even those who may read everything cannot open it.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_cannot_be_read_is_a_problem_that_nobody_keeps() {
    let site = fixture().await;
    let name = "style-5f0c1f2d3e4a5b6c.css";
    let file = site.folder.path().join("dist").join(name);
    std::os::unix::fs::symlink(name, &file).unwrap();
    let answer = site.get(&format!("/{name}"), "").await;
    assert_eq!(answer.problem(500)["type"], "urn:segue:problem:internal");
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    fs::remove_file(&file).unwrap();
    fs::write(&file, "style").unwrap();
    for (range, status, caching) in
        [("bytes=0-1", 206, Some("public, max-age=31536000, immutable")), ("bytes=9-", 416, None)]
    {
        let answer = site.get(&format!("/{name}"), &format!("range: {range}\r\n")).await;
        assert_eq!((answer.status, answer.header("cache-control")), (status, caching));
    }
}

#[tokio::test]
async fn nothing_outside_thefolder_is_served() {
    let site = fixture().await;
    for path in
        ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//secret.txt", "/examples/../../secret.txt"]
    {
        let answer = site.get(path, "").await;
        assert!(answer.status >= 400 && !answer.body.starts_with(b"secret"), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn without_a_ui_the_start_page_explains() {
    let store = tempfile::tempdir().unwrap();
    let server = Running::start(config(store.path())).await;
    let answer = server.ask("GET /", b"").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(String::from_utf8(answer.body).unwrap().contains("--site"));
    server.ask("GET /rules", b"").await.problem(404);
}

#[test]
fn a_folder_without_a_ui_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.site = Some(folder.path().to_owned());
    let error = App::new(&config).unwrap_err().to_string();
    assert!(error.contains("trunk build"), "{error}");
}
