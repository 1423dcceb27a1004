//! Reads `Cargo.lock`: the versions that the project is really built with.

use crate::version::Version;

/// The version of a package in the text of a `Cargo.lock`; the first, if there are several.
pub(crate) fn locked_version(lock: &str, package: &str) -> Option<Version> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
source = "registry"

[[package]]
name = "wasm-bindgen-macro"
version = "0.2.131"
"#;

    #[test]
    fn a_locked_package_is_found_by_its_whole_name() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").unwrap().to_string(), "0.2.130");
        assert_eq!(locked_version(LOCK, "wasm-bindgen-macro").unwrap().to_string(), "0.2.131");
        assert_eq!(locked_version(LOCK, "wasm"), None);
    }
}
