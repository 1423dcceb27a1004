//! A standard library for `wasm32-unknown-unknown`: found, or fetched, or compiled from the distribution's sources.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::{Purpose, debian};
use crate::Result;
use crate::command::{answer, on_path, program, run, run_logged};
use crate::progress;
use crate::project::Project;
use crate::version::Version;

/// The toolchain that Debian's compiler is linked under for rustup.
const LINKED: &str = "debian-web";
const TARGET: &str = "wasm32-unknown-unknown";
/// Lies beside a library that was compiled here and says by which compiler: it serves that very one only.
const STAMP: &str = "built-by.txt";

/// The compiler that builds for the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WebToolchain {
    /// A toolchain of rustup's other than the current one.
    name: Option<&'static str>,
    /// What `rustc -vV` prints.
    pub(crate) compiler: String,
}

impl WebToolchain {
    /// Makes a command use this toolchain.
    pub(crate) fn apply(&self, command: &mut Command) {
        if let Some(name) = self.name {
            command.env("RUSTUP_TOOLCHAIN", name);
        }
    }

    /// The toolchain, if its compiler is there and has a library that fits.
    fn usable(name: Option<&'static str>) -> Option<Self> {
        let compiler = Compiler::ask(name)?;
        compiler.has_usable_std().then_some(Self { name, compiler: compiler.verbose_version })
    }

    fn describe(&self) -> String {
        let first = self.compiler.lines().next().unwrap_or_default();
        format!("{first}, {}", self.name.map_or("the current toolchain".to_owned(), |name| format!("toolchain {name}")))
    }
}

/// Looks for a usable library and gets one where there is none.
///
/// # Errors
/// When none can be had from here; the message says what to do.
pub(crate) fn find_or_install(project: &Project, purpose: Purpose) -> Result<(WebToolchain, String)> {
    let toolchain = match usable() {
        Some(toolchain) => toolchain,
        None => install(project)?,
    };
    if purpose == Purpose::Test && toolchain.name == Some(LINKED) && debian::can_install() && !has_clippy() {
        debian::install(project, &["rust-web-clippy"])?;
    }
    let description = toolchain.describe();
    Ok((toolchain, description))
}

fn usable() -> Option<WebToolchain> {
    // A toolchain that is not linked is not asked for: rustup might try to fetch it.
    let linked = || answer(program("rustup").args(["toolchain", "list"])).is_some_and(|list| is_listed(&list, LINKED));
    WebToolchain::usable(None).or_else(|| linked().then(|| WebToolchain::usable(Some(LINKED))).flatten())
}

fn install(project: &Project) -> Result<WebToolchain> {
    let rustup = on_path("rustup").is_some();
    let minimum = minimum_version(&project.read("Cargo.toml")?)?;
    let debian = if debian::can_install() { debian::candidate(project, "rustc-web")? } else { None };
    match choose(env::var("SEGUE_WASM_STD").ok().as_deref(), debian.as_ref(), &minimum, rustup)? {
        Way::Debian => from_debian(project, rustup)?,
        Way::Rustup => {
            progress::note(&format!("rustup target add {TARGET}"));
            run_logged(program("rustup").args(["target", "add", TARGET]), &project.tools.join("logs/rustup.log"))?;
        }
    }
    let toolchain =
        usable().ok_or("the standard library for wasm32 was installed, and yet the compiler does not see it")?;
    prove(project, &toolchain)?;
    Ok(toolchain)
}

/// How to get a library where there is none.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// Compile it from the distribution's sources.
    Debian,
    /// Let rustup fetch it.
    Rustup,
}

/// Debian's way wherever it can be gone, since it asks nothing but the package archive, which such a machine must reach
/// anyway; rustup's own elsewhere.
fn choose(wish: Option<&str>, debian: Option<&Version>, minimum: &Version, rustup: bool) -> Result<Way> {
    let debian_serves = debian.is_some_and(|version| version >= minimum);
    match wish {
        Some("debian") if debian_serves => Ok(Way::Debian),
        Some("debian") => Err(format!(
            "SEGUE_WASM_STD=debian needs root, apt-get and the package rustc-web {minimum} or later in the archive"
        )
        .into()),
        Some("rustup") if rustup => Ok(Way::Rustup),
        Some("rustup") => Err("SEGUE_WASM_STD=rustup needs rustup on PATH".into()),
        Some(other) => Err(format!("SEGUE_WASM_STD is `{other}`: it may be `debian` or `rustup`").into()),
        None if debian_serves => Ok(Way::Debian),
        None if rustup => Ok(Way::Rustup),
        None => Err(format!(
            "there is no standard library for {TARGET}. Install rustup and run `rustup target add {TARGET}`; or, on Debian \
             with rustc-web {minimum} or later in its archive, run `cargo xtask setup` once as root"
        )
        .into()),
    }
}

/// Compiles the library with Debian's compiler, puts it where that compiler looks, and links the compiler for rustup.
fn from_debian(project: &Project, rustup: bool) -> Result<()> {
    debian::install(project, &["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"])?;
    let compiler = Compiler::at(Path::new("/usr/bin/rustc")).ok_or("/usr/bin/rustc does not answer")?;
    let linker = format!("lld-{}", compiler.llvm_major()?);
    debian::install(project, &[&linker])?;
    link_linker(&Path::new("/usr/bin").join(linker), &compiler.linker()?)?;
    if !compiler.has_usable_std() {
        compile_std(project, &compiler)?;
    }
    if rustup {
        run(program("rustup").args(["toolchain", "link", LINKED]).arg(&compiler.sysroot))?;
    }
    Ok(())
}

/// Debian splits the linker off; the compiler asks for it under the name that it has in the toolchains of rustup.
#[cfg(unix)]
fn link_linker(linker: &Path, wanted: &Path) -> Result<()> {
    if !wanted.exists() {
        if let Some(folder) = wanted.parent() {
            fs::create_dir_all(folder)?;
        }
        // It may be there and point to a linker that is gone.
        let _ = fs::remove_file(wanted);
        std::os::unix::fs::symlink(linker, wanted)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn link_linker(_: &Path, _: &Path) -> Result<()> {
    Err("Debian's compiler is only to be had on Debian".into())
}

fn compile_std(project: &Project, compiler: &Compiler) -> Result<()> {
    let start = Instant::now();
    progress::note("compiling the standard library for wasm32 (about a minute and a half on two cores)");
    let folder = project.tools.join("wasm-std");
    let target = folder.join("target");
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    fs::write(
        folder.join("Cargo.toml"),
        "[package]\nname = \"seed\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[profile.release]\nopt-level = 3\n\n[workspace]\n",
    )?;
    let mut command = program("/usr/bin/cargo");
    command
        .current_dir(&folder)
        .args(["build", "--release", "--target", TARGET])
        .args(["-Z", "build-std=std,panic_abort,panic_unwind,proc_macro,test"])
        .env("RUSTC", &compiler.program)
        .env("CARGO_TARGET_DIR", &target)
        // The distribution's compiler is a stable one, and building the library is not yet a stable feature.
        .env("RUSTC_BOOTSTRAP", "1")
        // So that the app's own link-time optimisation reaches into the library.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("RUSTC_WRAPPER")
        .env_remove("LD_LIBRARY_PATH");
    run_logged(&mut command, &project.tools.join("logs/wasm-std.log"))?;

    // Complete, with its stamp, under another name first: half a library must never look like one.
    let library = compiler.std_folder();
    let part = library.with_file_name("lib.part");
    if part.exists() {
        fs::remove_dir_all(&part)?;
    }
    fs::create_dir_all(&part)?;
    for entry in fs::read_dir(target.join(TARGET).join("release/deps"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libseed-") {
            fs::copy(&path, part.join(&name))?;
        }
    }
    fs::write(part.join(STAMP), &compiler.verbose_version)?;
    if library.exists() {
        fs::remove_dir_all(&library)?;
    }
    fs::rename(&part, &library)?;
    fs::remove_dir_all(&folder)?;
    progress::note(&format!("compiled ({})", progress::seconds(start.elapsed())));
    Ok(())
}

/// Links a little program: a library that is merely there has proved nothing.
fn prove(project: &Project, toolchain: &WebToolchain) -> Result<()> {
    let folder = project.tools.join("wasm-std-proof");
    fs::create_dir_all(&folder)?;
    fs::write(
        folder.join("proof.rs"),
        "#[unsafe(no_mangle)]\npub extern \"C\" fn digits(number: u32) -> usize {\n    format!(\"{number}\").len()\n}\n",
    )?;
    let mut command = program("rustc");
    toolchain.apply(&mut command);
    command
        .current_dir(&folder)
        .args(["--edition", "2024", "--target", TARGET, "--crate-type", "cdylib", "-O", "-Clto=fat"])
        .args(["-o", "proof.wasm", "proof.rs"]);
    run_logged(&mut command, &project.tools.join("logs/wasm-std-proof.log"))?;
    Ok(fs::remove_dir_all(&folder)?)
}

fn has_clippy() -> bool {
    Path::new("/usr/bin/clippy-driver").exists()
}

/// A compiler and what it says of itself.
#[derive(Debug)]
struct Compiler {
    program: PathBuf,
    verbose_version: String,
    sysroot: PathBuf,
}

impl Compiler {
    fn ask(toolchain: Option<&str>) -> Option<Self> {
        Self::from(|| {
            let mut command = program("rustc");
            if let Some(name) = toolchain {
                command.env("RUSTUP_TOOLCHAIN", name);
            }
            command
        })
    }

    fn at(path: &Path) -> Option<Self> {
        Self::from(|| program(path))
    }

    fn from(rustc: impl Fn() -> Command) -> Option<Self> {
        Some(Self {
            program: rustc().get_program().into(),
            verbose_version: answer(rustc().arg("-vV"))?,
            sysroot: answer(rustc().args(["--print", "sysroot"]))?.trim_end().into(),
        })
    }

    fn std_folder(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib").join(TARGET).join("lib")
    }

    fn linker(&self) -> Result<PathBuf> {
        Ok(self.sysroot.join("lib/rustlib").join(self.field("host")?).join("bin/rust-lld"))
    }

    fn llvm_major(&self) -> Result<u64> {
        Ok(self.field("LLVM version")?.parse::<Version>()?.major())
    }

    fn field(&self, name: &str) -> Result<&str> {
        self.verbose_version
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
            .ok_or_else(|| format!("`rustc -vV` does not tell its {name}").into())
    }

    /// A library without a stamp came with its compiler.
    fn has_usable_std(&self) -> bool {
        let folder = self.std_folder();
        let has_std = fs::read_dir(&folder).is_ok_and(|entries| {
            entries.flatten().any(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name.starts_with("libstd-") && name.ends_with(".rlib")
            })
        });
        let fits = match fs::read_to_string(folder.join(STAMP)) {
            Ok(stamp) => stamp == self.verbose_version && self.linker().is_ok_and(|linker| linker.exists()),
            Err(_) => true,
        };
        has_std && fits
    }
}

fn is_listed(list: &str, toolchain: &str) -> bool {
    list.lines().any(|line| line.split_whitespace().next() == Some(toolchain))
}

fn minimum_version(manifest: &str) -> Result<Version> {
    let line = manifest.lines().find_map(|line| line.trim().strip_prefix("rust-version = \""));
    Ok(line.ok_or("Cargo.toml does not say `rust-version`")?.trim_end_matches('"').parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERBOSE: &str = "rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)\nbinary: rustc\n\
                           host: x86_64-unknown-linux-gnu\nrelease: 1.96.0\nLLVM version: 22.1.8\n";

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    fn way(debian: Option<&str>, rustup: bool) -> Option<Way> {
        choose(None, debian.map(version).as_ref(), &version("1.95"), rustup).ok()
    }

    #[test]
    fn debians_own_compiler_comes_before_rustup_where_it_is_new_enough() {
        assert_eq!(way(Some("1.96.0"), true), Some(Way::Debian));
        assert_eq!(way(Some("1.96.0"), false), Some(Way::Debian));
        assert_eq!(way(Some("1.85.0"), true), Some(Way::Rustup));
        assert_eq!(way(None, true), Some(Way::Rustup));
        assert_eq!(way(Some("1.85.0"), false), None);
    }

    #[test]
    fn a_wish_decides_or_says_what_it_lacks() {
        let new = version("1.96.0");
        let choose = |wish, debian, rustup| choose(Some(wish), debian, &version("1.95"), rustup);
        assert_eq!(choose("rustup", Some(&new), true).unwrap(), Way::Rustup);
        assert_eq!(choose("debian", Some(&new), true).unwrap(), Way::Debian);
        assert!(choose("debian", None, true).unwrap_err().to_string().contains("rustc-web 1.95"));
        assert!(choose("rustup", Some(&new), false).unwrap_err().to_string().contains("PATH"));
        assert!(choose("nix", Some(&new), true).unwrap_err().to_string().contains("`nix`"));
    }

    #[test]
    fn a_toolchain_is_listed_under_its_whole_name() {
        let list = "stable-x86_64-unknown-linux-gnu (active, default)\ndebian-web\n";
        assert!(is_listed(list, "debian-web"));
        assert!(!is_listed(list, "debian"));
        assert!(!is_listed(list, "stable"));
    }

    #[test]
    fn the_minimum_version_is_the_workspaces() {
        let manifest = include_str!("../../../Cargo.toml");
        assert!(minimum_version(manifest).unwrap() >= version("1.95"));
    }

    #[test]
    fn a_library_serves_only_the_compiler_of_its_stamp() {
        let sysroot = env::temp_dir().join(format!("segue-xtask-sysroot-{}", std::process::id()));
        let compiler =
            Compiler { program: "rustc".into(), verbose_version: VERBOSE.to_owned(), sysroot: sysroot.clone() };
        let folder = compiler.std_folder();
        assert!(!compiler.has_usable_std(), "nothing is there");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("libcore-1.rlib"), "").unwrap();
        assert!(!compiler.has_usable_std(), "core is not std");
        fs::write(folder.join("libstd-1.rlib"), "").unwrap();
        assert!(compiler.has_usable_std(), "it came with the compiler");
        fs::write(folder.join(STAMP), VERBOSE.replace("22.1.8", "22.1.7")).unwrap();
        assert!(!compiler.has_usable_std(), "another compiler built it");
        fs::write(folder.join(STAMP), VERBOSE).unwrap();
        assert!(!compiler.has_usable_std(), "there is no linker");
        let linker = compiler.linker().unwrap();
        fs::create_dir_all(linker.parent().unwrap()).unwrap();
        fs::write(linker, "").unwrap();
        assert!(compiler.has_usable_std());
        fs::remove_dir_all(&sysroot).unwrap();
        assert_eq!(compiler.llvm_major().unwrap(), 22);
    }
}
