//! `cargo xtask fuzz`: looks for inputs that break a promise.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::command::{answer, program, run};
use crate::progress;
use crate::project::Project;

pub(crate) const HELP: &str = "\
cargo xtask fuzz [TARGET...] [--seconds N] [--without-sanitizer]

Runs the targets of fuzz/ (all of them, or those named) under libFuzzer with the address sanitizer, each for 60 seconds if
not said otherwise. Begins with fuzz/corpus and with what earlier runs found, which is kept in target/fuzz, and mixes in the
words of fuzz/dictionaries. An input that a target fails on is written to fuzz/regressions, where `cargo xtask test` runs it
from then on.

Needs a nightly compiler and cargo-fuzz: `rustup toolchain install nightly`, `cargo install cargo-fuzz`.

    --seconds N           for each target
    --without-sanitizer   two to five times as many inputs in the time. Nothing of ours is unsafe: the sanitizer looks at what
                          our dependencies do
";

/// `cargo xtask fuzz`.
pub(crate) fn command(project: &Project, arguments: &[String]) -> Result<()> {
    let Wanted { targets: wanted, seconds, sanitizer } = read(arguments)?;
    let targets = chosen(&targets_in(&project.root.join("fuzz/libfuzzer/fuzz_targets"))?, &wanted)?;
    if answer(program("rustup").args(["run", "nightly", "cargo", "fuzz", "--version"])).is_none() {
        return Err(format!("fuzzing needs more than the project's own compiler.\n\n{HELP}").into());
    }
    let kept = project.target.join("fuzz");
    for target in targets {
        progress::begin(&format!("fuzz {target}"));
        let (found, failing) = (kept.join(&target), project.root.join("fuzz/regressions").join(&target));
        fs::create_dir_all(&found)?;
        fs::create_dir_all(&failing)?;
        let outcome = run(program("rustup")
            .current_dir(&project.root)
            .args(["run", "nightly", "cargo", "fuzz", "run", "--fuzz-dir", "fuzz/libfuzzer", "-O"])
            .args(["--sanitizer", sanitizer, &target])
            .args([&found, &project.root.join("fuzz/corpus").join(&target)])
            .args(["--", "-max_len=4096", "-timeout=10", "-print_final_stats=1"])
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-dict={}", project.root.join(format!("fuzz/dictionaries/{target}.dict")).display()))
            .arg(format!("-artifact_prefix={}/", failing.display())));
        // Only where there is something in it: git knows no empty folders.
        let _ = fs::remove_dir(&failing);
        outcome?;
    }
    Ok(())
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    /// The targets that are named; none means all.
    targets: Vec<String>,
    /// For each target.
    seconds: u64,
    /// As cargo-fuzz calls it.
    sanitizer: &'static str,
}

fn read(arguments: &[String]) -> Result<Wanted> {
    let mut wanted = Wanted { targets: Vec::new(), seconds: 60, sanitizer: "address" };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seconds" => {
                let number = words.next().and_then(|number| number.parse().ok());
                wanted.seconds = number.ok_or("--seconds wants a whole number")?;
            }
            "--without-sanitizer" => wanted.sanitizer = "none",
            word if word.starts_with('-') => return Err(format!("`{word}` is not understood.\n\n{HELP}").into()),
            name => wanted.targets.push(name.to_owned()),
        }
    }
    Ok(wanted)
}

fn targets_in(folder: &Path) -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for file in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let name = file?.file_name();
        targets.extend(name.to_string_lossy().strip_suffix(".rs").map(str::to_owned));
    }
    targets.sort();
    Ok(targets)
}

fn chosen(all: &[String], wanted: &[String]) -> Result<Vec<String>> {
    match wanted.iter().find(|name| !all.contains(name)) {
        Some(name) => Err(format!("there is no target `{name}`; there are: {}", all.join(", ")).into()),
        None if wanted.is_empty() => Ok(all.to_vec()),
        None => Ok(wanted.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn nothing_said_means_every_target() {
        assert_eq!(read(&[]).unwrap(), Wanted { targets: Vec::new(), seconds: 60, sanitizer: "address" });
        assert_eq!(chosen(&words("csv model"), &[]).unwrap(), ["csv", "model"]);
    }

    #[test]
    fn targets_and_seconds_may_be_said() {
        let wanted = read(&words("model --seconds 5 --without-sanitizer csv")).unwrap();
        assert_eq!(wanted, Wanted { targets: words("model csv"), seconds: 5, sanitizer: "none" });
        assert!(read(&words("--seconds soon")).is_err());
        assert!(read(&words("--fast")).is_err());
        assert!(chosen(&words("csv model"), &words("cvs")).unwrap_err().to_string().contains("csv, model"));
    }

    #[test]
    fn every_target_of_the_fuzzer_is_one_of_the_checks() {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        let checks = fs::read_to_string(fuzz.join("src/lib.rs")).unwrap();
        let manifest = fs::read_to_string(fuzz.join("libfuzzer/Cargo.toml")).unwrap();
        let targets = targets_in(&fuzz.join("libfuzzer/fuzz_targets")).unwrap();
        for target in &targets {
            assert!(checks.contains(&format!("(\"{target}\", ")), "{target}");
            assert!(manifest.contains(&format!("name = \"{target}\"\n")), "{target}");
            assert!(fuzz.join(format!("dictionaries/{target}.dict")).exists(), "{target}");
        }
        assert_eq!(checks.matches("\n    (\"").count(), targets.len());
    }
}
