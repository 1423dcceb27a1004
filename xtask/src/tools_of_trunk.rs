//! Reads `Trunk.toml`: the one place that says which trunk and which wasm-opt build the app.

use crate::Result;
use crate::version::Version;

/// The `trunk-version` in the text of `Trunk.toml`.
///
/// # Errors
/// When it names none.
pub(crate) fn trunk_version(text: &str) -> Result<Version> {
    Ok(value(text, "trunk-version")?.parse()?)
}

/// The release of binaryen that `[tools] wasm_opt` names, without `version_`.
///
/// # Errors
/// When it names none.
pub(crate) fn wasm_opt_version(text: &str) -> Result<Version> {
    Ok(value(text, "wasm_opt")?.trim_start_matches("version_").parse()?)
}

fn value<'text>(text: &'text str, key: &str) -> Result<&'text str> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim().trim_matches('"'))
        .ok_or_else(|| format!("Trunk.toml does not say `{key} = \"…\"`").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_projects_own_file_names_both_tools() {
        let text = include_str!("../../Trunk.toml");
        assert_eq!(trunk_version(text).unwrap().to_string(), "0.22.1");
        assert_eq!(wasm_opt_version(text).unwrap().to_string(), "132");
    }

    #[test]
    fn a_missing_key_is_named() {
        let error = wasm_opt_version("[tools]\nsass = \"1\"").unwrap_err().to_string();
        assert!(error.contains("wasm_opt"), "{error}");
    }
}
