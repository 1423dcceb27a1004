//! The tools that are built from source or come from npm: found on `PATH`, found in the tools folder, or installed there.

use std::fs;
use std::path::PathBuf;

use super::version_memo::VersionMemo;
use super::{Purpose, debian};
use crate::Result;
use crate::command::{all_on_path, is_program, on_path, program, run_logged};
use crate::lockfile::locked_version;
use crate::progress;
use crate::project::Project;
use crate::tools_of_trunk::{trunk_version, wasm_opt_version};
use crate::version::{Version, Wanted};

/// A tool and where it comes from.
#[derive(Debug)]
pub(crate) struct Tool {
    /// The name of its program.
    pub(crate) program: &'static str,
    /// More programs of the same package that are needed too, beside the first.
    companions: &'static [&'static str],
    wanted: Wanted,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// A crate, built by `cargo install` with these arguments.
    Crate { name: &'static str, arguments: &'static [&'static str], minutes: &'static str },
    /// A package of npm's, whose version is the tool's with two zeros behind.
    Npm { name: &'static str },
}

/// The tools that `purpose` needs, in the versions that the project's files name.
///
/// # Errors
/// When a file does not name one.
pub(crate) fn needed(project: &Project, purpose: Purpose) -> Result<Vec<Tool>> {
    let wasm_bindgen = locked_version(&project.read("Cargo.lock")?, "wasm-bindgen")
        .ok_or("Cargo.lock names no wasm-bindgen: the app does not depend on it")?;
    let trunk_toml = project.read("Trunk.toml")?;
    let mut tools = vec![
        Tool {
            program: "wasm-bindgen",
            companions: &["wasm-bindgen-test-runner"],
            // The program and the crate speak a format of their own: no two versions of it fit together.
            wanted: Wanted::Exactly(wasm_bindgen),
            source: Source::Crate {
                name: "wasm-bindgen-cli",
                arguments: &["--no-default-features"],
                minutes: "two to three minutes",
            },
        },
        Tool {
            program: "trunk",
            companions: &[],
            wanted: Wanted::CompatibleWith(trunk_version(&trunk_toml)?),
            source: Source::Crate {
                name: "trunk",
                arguments: &["--locked", "--ignore-rust-version", "--no-default-features", "--features", "rustls"],
                minutes: "five to eight minutes",
            },
        },
        Tool {
            program: "wasm-opt",
            companions: &[],
            // Trunk takes no other.
            wanted: Wanted::Exactly(wasm_opt_version(&trunk_toml)?),
            source: Source::Npm { name: "binaryen" },
        },
    ];
    if purpose == Purpose::Test {
        tools.push(Tool {
            program: "cargo-deny",
            companions: &[],
            wanted: Wanted::CompatibleWith("0.20.2".parse()?),
            source: Source::Crate { name: "cargo-deny", arguments: &["--locked"], minutes: "two to three minutes" },
        });
    }
    Ok(tools)
}

/// Finds the programs of a tool; installs it first where none of the right version is found.
///
/// # Errors
/// When it cannot be installed.
pub(crate) fn find_or_install(
    project: &Project,
    tool: &Tool,
    memo: &mut VersionMemo,
) -> Result<(Vec<PathBuf>, String)> {
    let (found, version) = match find(project, tool, memo) {
        Some(found) => found,
        None => {
            install(project, tool)?;
            find(project, tool, memo).ok_or_else(|| {
                format!("{} {} was installed, and yet it does not answer", tool.program, tool.wanted.version())
            })?
        }
    };
    let place = found.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    let programs = tool.companions.iter().map(|name| found.with_file_name(name)).chain([found.clone()]).collect();
    Ok((programs, format!("{version} in {place}")))
}

fn find(project: &Project, tool: &Tool, memo: &mut VersionMemo) -> Option<(PathBuf, Version)> {
    let file = format!("{}{}", tool.program, std::env::consts::EXE_SUFFIX);
    let kept = [project.tools.join("bin").join(&file), npm_folder(project).join("node_modules/.bin").join(&file)];
    all_on_path(tool.program)
        .chain(kept)
        .filter(|path| is_program(path))
        .filter(|path| tool.companions.iter().all(|name| is_program(&path.with_file_name(name))))
        .find_map(|path| {
            let version = memo.version_of(&path).filter(|version| tool.wanted.accepts(version))?;
            Some((path, version))
        })
}

fn install(project: &Project, tool: &Tool) -> Result<()> {
    let version = tool.wanted.version();
    match &tool.source {
        Source::Crate { name, arguments, minutes } => {
            progress::note(&format!("building {name} {version} from source, once ({minutes} on two quiet cores)"));
            // Kept until it is built, so that an interrupted build goes on where it was.
            let target = project.tools.join("build").join(name);
            let mut command = program("cargo");
            command
                .current_dir(existing(&project.tools)?)
                .args(["install", name, "--version", &version.to_string(), "--force", "--root"])
                .arg(&project.tools)
                .args(*arguments)
                .env("CARGO_TARGET_DIR", &target)
                // Built once and run for seconds: the time goes into the building.
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
            run_logged(&mut command, &project.tools.join(format!("logs/{name}.log")))?;
            Ok(fs::remove_dir_all(target)?)
        }
        Source::Npm { name } => {
            if on_path("npm").is_none() {
                if !debian::can_install() {
                    return Err(format!("{} comes from npm: install Node.js with npm", tool.program).into());
                }
                debian::install(project, &["nodejs", "npm"])?;
            }
            progress::note(&format!("installing {name} {version}.0.0 from npm"));
            let mut command = program("npm");
            command
                .args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--prefix"])
                .arg(existing(&npm_folder(project))?)
                .arg(format!("{name}@{version}.0.0"));
            run_logged(&mut command, &project.tools.join("logs/npm.log"))
        }
    }
}

fn npm_folder(project: &Project) -> PathBuf {
    project.tools.join("npm")
}

fn existing(folder: &PathBuf) -> Result<&PathBuf> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}
