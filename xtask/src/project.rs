//! Where things are: the checkout, what is built in it, and the tools kept outside it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

/// The folders that the commands work in.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Where cargo builds for this machine.
    pub(crate) target: PathBuf,
    /// Where cargo builds for the browser. That may be another compiler than this machine's own, and two compilers in
    /// one folder would throw away each other's work.
    pub(crate) web_target: PathBuf,
    /// Tools installed by the set-up: outside the checkout, so that every clone finds them.
    pub(crate) tools: PathBuf,
}

impl Project {
    /// Finds the folders of the checkout that this program was built from.
    ///
    /// # Errors
    /// When no home folder is known to keep tools in.
    pub(crate) fn find() -> Result<Self> {
        // `cargo run` sets the variable; the folder noted at compile time serves a program that is started by hand.
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().ok_or("xtask lies at the root of the file system")?.to_path_buf();
        // This program is <target>/<profile>/xtask: asking it spares reading cargo's configuration.
        let target = env::current_exe()?
            .ancestors()
            .nth(2)
            .filter(|folder| folder.join("CACHEDIR.TAG").exists())
            .map_or_else(|| root.join("target"), Path::to_path_buf);
        let web_target = target.join("web");
        let tools = tools_folder(|name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))
            .ok_or("no home folder is known: set SEGUE_TOOLS to a folder to keep tools in")?;
        Ok(Self { root, target, web_target, tools: absolute(tools)? })
    }

    /// The text of a file of the checkout.
    ///
    /// # Errors
    /// When it cannot be read; the message names it.
    pub(crate) fn read(&self, path: &str) -> Result<String> {
        let path = self.root.join(path);
        Ok(fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?)
    }

    /// A program of this workspace, as built by `cargo build --release`.
    pub(crate) fn release_binary(&self, name: &str) -> PathBuf {
        self.target.join("release").join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }
}

fn tools_folder(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    variable("SEGUE_TOOLS").or_else(|| {
        variable("XDG_CACHE_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".cache")))
            .or_else(|| variable("LOCALAPPDATA"))
            .map(|cache| cache.join("segue-tools"))
    })
}

fn absolute(path: PathBuf) -> Result<PathBuf> {
    Ok(std::path::absolute(path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(variables: &[(&str, &str)]) -> Option<PathBuf> {
        tools_folder(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| PathBuf::from(value)))
    }

    #[test]
    fn tools_are_kept_where_the_developer_says_then_in_the_cache_then_at_home() {
        let all = [("SEGUE_TOOLS", "/t"), ("XDG_CACHE_HOME", "/c"), ("HOME", "/h")];
        assert_eq!(folder(&all), Some(PathBuf::from("/t")));
        assert_eq!(folder(&all[1..]), Some(PathBuf::from("/c/segue-tools")));
        assert_eq!(folder(&all[2..]), Some(PathBuf::from("/h/.cache/segue-tools")));
        assert_eq!(folder(&[]), None);
    }
}
