//! A Chromium browser and the driver that steers it in tests.

use std::env;
use std::path::PathBuf;

use super::debian;
use super::version_memo::VersionMemo;
use crate::Result;
use crate::command::{is_program, on_path};
use crate::project::Project;

const BROWSERS: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const MAC_BROWSER: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// The two programs that the browser tests start.
#[derive(Debug)]
pub(crate) struct Browser {
    /// The browser.
    pub(crate) chromium: PathBuf,
    /// Its driver, of the same major version.
    pub(crate) chromedriver: PathBuf,
}

/// Finds a browser with its driver; installs Debian's where that can be done.
///
/// # Errors
/// When there is none, or the two do not fit together; the message says what to install.
pub(crate) fn find_or_install(project: &Project, memo: &mut VersionMemo) -> Result<(Browser, String)> {
    if debian::can_install() && (browser()?.is_none() || driver()?.is_none()) {
        debian::install(project, &["chromium", "chromium-driver"])?;
    }
    let (Some(chromium), Some(chromedriver)) = (browser()?, driver()?) else {
        return Err(
            "the browser tests need a Chromium browser and chromedriver of the same version on PATH, or named by \
                    SEGUE_CHROMIUM and SEGUE_CHROMEDRIVER. Debian: `sudo apt-get install chromium chromium-driver`; \
                    macOS: `brew install --cask google-chrome chromedriver`"
                .into(),
        );
    };
    let version = |memo: &mut VersionMemo, path: &PathBuf| {
        memo.version_of(path).ok_or_else(|| format!("{} does not tell its version", path.display()))
    };
    let (of_browser, of_driver) = (version(memo, &chromium)?, version(memo, &chromedriver)?);
    if of_browser.major() != of_driver.major() {
        return Err(format!(
            "{} is {of_browser} and {} is {of_driver}: the driver steers only a browser of its own major version",
            chromium.display(),
            chromedriver.display()
        )
        .into());
    }
    let description = format!("{} {of_browser}", chromium.display());
    Ok((Browser { chromium, chromedriver }, description))
}

fn browser() -> Result<Option<PathBuf>> {
    let mac = || Some(PathBuf::from(MAC_BROWSER)).filter(|path| is_program(path));
    Ok(named("SEGUE_CHROMIUM")?.or_else(|| BROWSERS.into_iter().find_map(on_path)).or_else(mac))
}

fn driver() -> Result<Option<PathBuf>> {
    Ok(named("SEGUE_CHROMEDRIVER")?.or_else(|| on_path("chromedriver")))
}

/// The program that a variable names.
fn named(variable: &str) -> Result<Option<PathBuf>> {
    match env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from) {
        Some(path) if !is_program(&path) => {
            Err(format!("{variable} names {}, which is no program", path.display()).into())
        }
        found => Ok(found),
    }
}
