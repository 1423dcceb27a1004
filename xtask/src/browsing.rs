//! What works with the built app in a real browser: pictures and benches of the crate `segue-e2e`.

use std::process::Command;

use crate::Result;
use crate::command::{program, run};
use crate::project::Project;
use crate::setup::{Purpose, Ready, set_up};
use crate::ui;

pub(crate) const SCREENSHOTS_HELP: &str = "\
cargo xtask screenshots

Builds the web app and takes a picture of each of its states, in the light and in the dark, on a desk and on a phone: all
into target/screenshots, and those that the documents show into docs/screenshots.
";

/// `cargo xtask screenshots`.
pub(crate) fn screenshots(project: &Project, arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        return Err(format!("`{argument}` is not understood.\n\n{SCREENSHOTS_HELP}").into());
    }
    let mut pictures = program("cargo");
    pictures.current_dir(&project.root).args([
        "run",
        "--quiet",
        "--package",
        "segue-e2e",
        "--bin",
        "screenshots",
        "--",
    ]);
    pictures.arg(project.target.join("screenshots")).arg(project.root.join("docs/screenshots"));
    run(with_app(project, &mut pictures)?)
}

/// Has the web app built, and tells a program where it and the browser are.
///
/// # Errors
/// When something is missing that cannot be installed, or the app cannot be built.
pub(crate) fn with_app<'a>(project: &Project, command: &'a mut Command) -> Result<&'a mut Command> {
    let ready = set_up(project, Purpose::Test)?;
    ui::build(project, &ready)?;
    with_browser(project, &ready, command)
}

/// Tells a program where the built app, the browser and the accessibility rules are.
///
/// # Errors
/// When this was not set up for testing.
pub(crate) fn with_browser<'a>(project: &Project, ready: &Ready, command: &'a mut Command) -> Result<&'a mut Command> {
    let browser = ready.browser.as_ref().ok_or("this needs a browser")?;
    let axe = ready.axe.as_ref().ok_or("this needs accessibility rules")?;
    Ok(command
        .env("SEGUE_CHROMIUM", &browser.chromium)
        .env("SEGUE_CHROMEDRIVER", &browser.chromedriver)
        .env("SEGUE_AXE", axe)
        .env("SEGUE_SITE", ui::site(project)))
}
