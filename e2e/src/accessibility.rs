//! What makes a page inaccessible, as far as a program can see it: axe-core's rules.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::browser::Browser;
use crate::page::Page;
use crate::programs::axe;

/// All rules that axe-core has no doubts about, and two that it applies only when asked to: contrast of 7:1, and controls
/// large enough for fingers.
const RUN: &str = r"
    // A colour on its way to another is nothing that anyone reads by.
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
    const rules = { 'color-contrast-enhanced': { enabled: true }, 'target-size': { enabled: true } };
    const found = await axe.run(document, { rules, resultTypes: ['violations'] });
    const where = ({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`;
    return {
        kept: found.passes.length,
        broken: found.violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.slice(0, 5).map(where).join('\n  ')}`),
    };
";

/// Fewest rules that any state of the page gives something to look at.
const AT_LEAST: u64 = 20;

/// The rules that the page breaks as it is now, in the light and in the dark, each with where; none is what is wanted.
///
/// The script comes in through the WebDriver, not through the page, whose content security policy would not let it.
///
/// # Errors
/// The rules are not there, cannot be run, or hardly any applies.
pub async fn broken_rules(browser: &Browser, page: &Page<'_>) -> Result<Vec<String>> {
    if page.script("return window.axe === undefined").await? == true {
        let script = std::fs::read_to_string(axe()?)?;
        page.script(&script).await?;
    }
    let mut broken = Vec::new();
    for (scheme, dark) in [("light", false), ("dark", true)] {
        browser.prefer(dark).await?;
        let found = page.async_script(RUN, Vec::new()).await?;
        let kept = found["kept"].as_u64().unwrap_or_default();
        anyhow::ensure!(kept >= AT_LEAST, "only {kept} rules have been looked at");
        let of_scheme = found["broken"].as_array().context("a list of violations")?;
        broken.extend(of_scheme.iter().filter_map(Value::as_str).map(|rule| format!("{scheme}: {rule}")));
    }
    Ok(broken)
}
