//! The page, as a listener uses it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use fantoccini::Locator;
use fantoccini::key::Key;
use serde::Deserialize;
use serde_json::Value;

use crate::browser::Browser;

/// How long anything on the page may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(50);

/// A suggestion, as it is read on the page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Shown {
    /// Title.
    pub title: String,
    /// Artist.
    pub artist: String,
    /// The number beside the bar.
    pub strength: String,
    /// Source and sentence.
    pub reason: String,
}

/// The page in a browser.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    browser: &'a Browser,
}

impl<'a> Page<'a> {
    /// Opens the page of a server.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn open(browser: &'a Browser, origin: &str) -> Result<Self> {
        Self::open_at(browser, origin, "/").await
    }

    /// Opens a page of a server by its address.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn open_at(browser: &'a Browser, origin: &str, address: &str) -> Result<Self> {
        browser.client().goto(&format!("{origin}{address}")).await?;
        Self::open_here(browser).await
    }

    /// The page that the browser is at.
    ///
    /// # Errors
    /// It is not the app.
    pub async fn open_here(browser: &'a Browser) -> Result<Self> {
        let page = Self { browser };
        page.wait_until("the app has started", "return window.wasmBindings !== undefined").await?;
        Ok(page)
    }

    /// Loads it again.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn reload(&self) -> Result<()> {
        self.browser.client().refresh().await?;
        self.wait_until("the app has started again", "return window.wasmBindings !== undefined").await
    }

    /// Types into whatever has the focus.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn press(&self, keys: &str) -> Result<()> {
        self.browser.client().active_element().await?.send_keys(keys).await?;
        Ok(())
    }

    /// Moves the focus with the Tab key until it is on the element of this id, as someone without a mouse does.
    ///
    /// # Errors
    /// It is not reached in fifty steps.
    pub async fn tab_to(&self, id: &str) -> Result<()> {
        for _ in 0..50 {
            if self.script("return document.activeElement.id").await? == id {
                return Ok(());
            }
            self.press(&String::from(char::from(Key::Tab))).await?;
        }
        bail!("the Tab key does not lead to #{id}");
    }

    /// Picks a song with the keyboard alone: type, arrow down, Enter.
    ///
    /// # Errors
    /// The song is not offered first.
    pub async fn pick(&self, typed: &str, title: &str) -> Result<()> {
        self.tab_to("picker-field").await?;
        self.press(typed).await?;
        let first = "return document.querySelector('#picker-option-0 .title')?.textContent ?? ''";
        self.wait_for("the first option", first, |text| text == title).await?;
        self.press(&String::from(char::from(Key::Down))).await?;
        let active = "return document.getElementById('picker-field').getAttribute('aria-activedescendant') ?? ''";
        self.wait_for("the active option", active, |id| id == "picker-option-0").await?;
        self.press(&String::from(char::from(Key::Enter))).await?;
        let last = "return [...document.querySelectorAll('.entry .title')].at(-1)?.textContent ?? ''";
        self.wait_for("the last song of the playlist", last, |text| text == title).await?;
        Ok(())
    }

    /// Titles of the playlist.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn playlist(&self) -> Result<Vec<String>> {
        let titles = self
            .script("return [...document.querySelectorAll('.entry .title')].map((title) => title.textContent)")
            .await?;
        Ok(serde_json::from_value(titles)?)
    }

    /// The suggestions, as soon as there are any and each has its reason.
    ///
    /// # Errors
    /// There are none, or they lack reasons.
    pub async fn suggestions(&self) -> Result<Vec<Shown>> {
        let script = r"
            const text = (row, part) => row.querySelector(part).textContent;
            return [...document.querySelectorAll('.suggestion')].map((row) => ({
                title: text(row, '.title'),
                artist: text(row, '.artist'),
                strength: text(row, '.number'),
                reason: text(row, '.reason'),
            }));
        ";
        let complete = |rows: &Value| {
            let rows = rows.as_array().map_or(&[][..], Vec::as_slice);
            let waits = |row: &Value| row["reason"].as_str().is_none_or(|reason| reason.ends_with('\u{2026}'));
            !rows.is_empty() && !rows.iter().any(waits)
        };
        Ok(serde_json::from_value(self.wait_for("suggestions with reasons", script, complete).await?)?)
    }

    /// Waits for the status to be this: a name of the app's `Summary`, such as `ReadyOffline`.
    ///
    /// # Errors
    /// It does not come to that; the error says how far it came.
    pub async fn wait_for_status(&self, summary: &str) -> Result<()> {
        let status =
            "const status = document.getElementById('status'); return [status.dataset.summary, status.textContent]";
        self.wait_for(&format!("the status {summary}"), status, |status| status[0] == summary).await?;
        Ok(())
    }

    /// Where the suggestions were computed, as the page says it.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn origin(&self) -> Result<String> {
        let text = self.script("return document.getElementById('origin').textContent").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Clicks on the first element of a CSS selector.
    ///
    /// # Errors
    /// There is none, or something lies over it.
    pub async fn click(&self, selector: &str) -> Result<()> {
        self.browser
            .client()
            .wait()
            .at_most(PATIENCE)
            .every(EVERY)
            .for_element(Locator::Css(selector))
            .await?
            .click()
            .await?;
        Ok(())
    }

    /// A click on the first element of a CSS selector wherever it is, even where the picker lies over it and a finger would
    /// scroll first.
    ///
    /// # Errors
    /// There is none.
    pub async fn tap(&self, selector: &str) -> Result<()> {
        let script = "document.querySelector(arguments[0]).click()";
        self.browser.client().execute(script, vec![selector.into()]).await?;
        Ok(())
    }

    /// Chooses a file of this machine in the file field of a CSS selector.
    ///
    /// # Errors
    /// There is no such field.
    pub async fn choose_file(&self, selector: &str, file: &std::path::Path) -> Result<()> {
        let path = file.to_str().context("the path is no text")?;
        let field =
            self.browser.client().wait().at_most(PATIENCE).every(EVERY).for_element(Locator::Css(selector)).await?;
        field.send_keys(path).await?;
        Ok(())
    }

    /// Chooses in the list of a CSS selector the option of this text.
    ///
    /// # Errors
    /// There is no such option.
    pub async fn choose(&self, selector: &str, option: &str) -> Result<()> {
        let script = r"
            const list = document.querySelector(arguments[0]);
            const option = [...list.options].find((option) => option.textContent === arguments[1]);
            if (!option) return [...list.options].map((option) => option.textContent).join(' | ');
            option.selected = true;
            list.dispatchEvent(new Event('change', { bubbles: true }));
            return null;
        ";
        let given = vec![selector.into(), option.into()];
        match self.browser.client().execute(script, given).await? {
            Value::Null => Ok(()),
            offered => bail!("{option:?} is not offered, but {offered}"),
        }
    }

    /// Moves the slider of a CSS selector.
    ///
    /// # Errors
    /// There is no such slider.
    pub async fn slide(&self, selector: &str, value: u8) -> Result<()> {
        let script = r"
            const slider = document.querySelector(arguments[0]);
            slider.value = arguments[1];
            slider.dispatchEvent(new Event('input', { bubbles: true }));
        ";
        self.browser.client().execute(script, vec![selector.into(), value.into()]).await?;
        Ok(())
    }

    /// Runs a script and gives what it returns.
    ///
    /// # Errors
    /// The script throws.
    pub async fn script(&self, script: &str) -> Result<Value> {
        Ok(self.browser.client().execute(script, Vec::new()).await?)
    }

    /// Runs the body of an async function with these arguments and gives what it returns.
    ///
    /// # Errors
    /// The script throws.
    pub async fn async_script(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async (...given) => {{ {script} }})(...[...arguments].slice(0, -1))
                 .then((value) => done({{ value }}), (error) => done({{ error: String(error) }}));"
        );
        let mut result = self.browser.client().execute_async(&script, arguments).await?;
        if let Some(error) = result["error"].as_str() {
            bail!("the script failed: {error}");
        }
        Ok(result["value"].take())
    }

    /// Waits until a script returns true.
    ///
    /// # Errors
    /// It does not.
    pub async fn wait_until(&self, what: &str, script: &str) -> Result<()> {
        self.wait_for(what, script, |value| *value == Value::Bool(true)).await?;
        Ok(())
    }

    async fn wait_for(&self, what: &str, script: &str, good: impl Fn(&Value) -> bool) -> Result<Value> {
        let begun = Instant::now();
        loop {
            // Between two pages there is nothing to run a script in.
            let value = self.script(script).await;
            match value {
                Ok(value) if good(&value) => return Ok(value),
                value if begun.elapsed() > PATIENCE => {
                    let last = value.with_context(|| format!("{what} did not come in {PATIENCE:?}"))?;
                    bail!("{what} did not come in {PATIENCE:?}; the last was {last}");
                }
                _ => tokio::time::sleep(EVERY).await,
            }
        }
    }
}
