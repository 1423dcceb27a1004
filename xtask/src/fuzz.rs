//! `cargo xtask fuzz`: looks for inputs that break a promise.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::command::{answer, program, run};
use crate::progress;
use crate::project::Project;

pub(crate) const HELP: &str = "\
cargo xtask fuzz [TARGET...] [--seconds N]

Runs the targets of fuzz/ (all of them, or those named) under libFuzzer with the address sanitizer, each for 60 seconds if
not said otherwise. Begins with fuzz/corpus and with what earlier runs found, which is kept in target/fuzz. An input that a
target fails on is written to fuzz/regressions, where `cargo xtask test` runs it from then on.

Needs a nightly compiler and cargo-fuzz: `rustup toolchain install nightly`, `cargo install cargo-fuzz`.

    --seconds N   for each target
";

/// `cargo xtask fuzz`.
pub(crate) fn command(project: &Project, arguments: &[String]) -> Result<()> {
    let (wanted, seconds) = read(arguments)?;
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
            .args(["run", "nightly", "cargo", "fuzz", "run", "--fuzz-dir", "fuzz/libfuzzer", "-O", &target])
            .args([&found, &project.root.join("fuzz/corpus").join(&target)])
            .args(["--", "-max_len=4096", "-timeout=10", "-print_final_stats=1"])
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", failing.display())));
        // Only where there is something in it: git knows no empty folders.
        let _ = fs::remove_dir(&failing);
        outcome?;
    }
    Ok(())
}

/// The targets that are named, and the seconds for each.
fn read(arguments: &[String]) -> Result<(Vec<String>, u64)> {
    let (mut wanted, mut seconds) = (Vec::new(), 60);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seconds" => {
                let number = words.next().and_then(|number| number.parse().ok());
                seconds = number.ok_or("--seconds wants a whole number")?;
            }
            word if word.starts_with('-') => return Err(format!("`{word}` is not understood.\n\n{HELP}").into()),
            name => wanted.push(name.to_owned()),
        }
    }
    Ok((wanted, seconds))
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
        assert_eq!(read(&[]).unwrap(), (Vec::new(), 60));
        assert_eq!(chosen(&words("csv model"), &[]).unwrap(), ["csv", "model"]);
    }

    #[test]
    fn targets_and_seconds_may_be_said() {
        assert_eq!(read(&words("model --seconds 5 csv")).unwrap(), (words("model csv"), 5));
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
        }
        assert_eq!(checks.matches("\n    (\"").count(), targets.len());
    }
}
