//! A real browser, without a window.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::programs::{chromedriver, chromium};

/// How long the driver may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a script may run.
const SCRIPT_PATIENCE: Duration = Duration::from_secs(120);

const INSTALL: &str = "install both, for example with `apt-get install chromium chromium-driver`, or name them in \
                       SEGUE_CHROMIUM and SEGUE_CHROMEDRIVER";

/// What the page is looked at with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Width of the window, CSS pixels.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// Whether the listener prefers dark pages.
    pub dark: bool,
    /// Whether it is a phone: a touch screen that shows pages at their own width.
    pub phone: bool,
}

impl Look {
    /// A desk, in the light.
    pub const DESK: Self = Self { width: 1280, height: 900, dark: false, phone: false };
    /// The narrowest phone, in the dark.
    pub const PHONE: Self = Self { width: 320, height: 640, dark: true, phone: true };
}

/// A host that the browser finds on this machine and, as with any host but localhost, does not trust without TLS.
pub const UNTRUSTED_HOST: &str = "elsewhere.test";

/// A browser with one page. It ends when this is dropped.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    // Dropped in this order: the driver, which ends the browser, then what the browser has written.
    _driver: Driver,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser that has never been used.
    ///
    /// # Errors
    /// Browser or driver are not installed, do not start, or do not fit together.
    pub async fn start(look: Look) -> Result<Self> {
        let profile = TempDir::new()?;
        let driver = start_driver().await?;
        let flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ];
        let mut flags: Vec<String> = flags.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        flags.push(format!("--host-resolver-rules=MAP {UNTRUSTED_HOST} 127.0.0.1"));
        flags.push(format!("--window-size={},{}", look.width.max(500), look.height));
        let mut options = json!({ "args": flags });
        if let Some(path) = absolute(&chromium()) {
            options["binary"] = path.into();
        }
        let Value::Object(capabilities) = json!({ "goog:chromeOptions": options }) else { bail!("not an object") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await
            .with_context(|| format!("`{}` did not start under `{}`: {INSTALL}", chromium(), chromedriver()))?;
        let browser = Self { client, _driver: driver, _profile: profile };
        browser.devtools("Emulation.setDeviceMetricsOverride", json!({
            "width": look.width, "height": look.height, "deviceScaleFactor": if look.phone { 2 } else { 1 }, "mobile": look.phone,
        })).await?;
        browser.prefer(look.dark).await?;
        let mut timeouts = browser.client.get_timeouts().await?;
        timeouts.set_script(Some(SCRIPT_PATIENCE));
        browser.client.update_timeouts(timeouts).await?;
        Ok(browser)
    }

    /// The WebDriver session.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Lets the listener prefer dark pages, or light ones.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn prefer(&self, dark: bool) -> Result<()> {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
        Ok(())
    }

    /// Lets requests to addresses of these patterns (`*/evidence`) fail, and no others.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn block(&self, patterns: &[&str]) -> Result<()> {
        self.devtools("Network.enable", json!({})).await?;
        self.devtools("Network.setBlockedURLs", json!({ "urls": patterns })).await?;
        Ok(())
    }

    /// A command of the Chrome DevTools Protocol.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        let command = DevTools { command: command.to_owned(), parameters };
        Ok(self.client.issue_cmd(command).await?)
    }
}

/// A running WebDriver.
#[derive(Debug)]
struct Driver {
    process: Child,
    port: u16,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It ends its browsers before it answers. Killed, it would leave them behind.
        let shutdown = ureq::get(format!("http://127.0.0.1:{}/shutdown", self.port));
        let _ = shutdown.config().timeout_global(Some(PATIENCE)).build().call();
        let _ = self.process.start_kill();
    }
}

/// Starts the driver, again if need be: it takes a free port for IPv4 and ends when that is taken for IPv6.
async fn start_driver() -> Result<Driver> {
    for _ in 0..5 {
        if let Some(driver) = try_driver().await? {
            return Ok(driver);
        }
    }
    bail!("`{}` did not name its port", chromedriver())
}

/// The driver, if it does not end at once.
async fn try_driver() -> Result<Option<Driver>> {
    let mut process = Command::new(chromedriver())
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("`{}` does not start: {INSTALL}", chromedriver()))?;
    let mut lines = BufReader::new(process.stdout.take().context("no output")?).lines();
    let port = async {
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                return port.trim_end_matches('.').parse().ok();
            }
        }
        None
    };
    let port = tokio::time::timeout(PATIENCE, port).await.ok().flatten();
    let Some(port) = port else { return Ok(None) };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok(Some(Driver { process, port }))
}

/// The driver wants a path; a bare name it finds by itself, under the names browsers usually have.
fn absolute(name: &str) -> Option<String> {
    if name.contains('/') {
        return Some(name.to_owned());
    }
    let folders = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())?;
    found.to_str().map(str::to_owned)
}

#[derive(Debug)]
struct DevTools {
    command: String,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.command, "params": self.parameters }).to_string()))
    }
}
