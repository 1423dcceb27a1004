//! Starts other programs: quietly, for what they print, with a log, or passing their output on.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::progress;

/// A program to start, without what the `cargo` that started this one left in the environment: cargo would see changed
/// variables and build again what is already built.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    for (variable, _) in env::vars_os() {
        let name = variable.to_string_lossy();
        if name == "CARGO" || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&variable);
        }
    }
    command
}

/// What a program prints on its standard output; `None` when it is not there or fails. For asking, where "no" is an
/// answer.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program to its end, its output going where this program's goes.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", line(command)).into()) }
}

/// Runs a program to its end, its standard output passed on to `output` and each line of it shown to `each_line`.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub(crate) fn run_reading(
    command: &mut Command,
    output: &mut impl Write,
    mut each_line: impl FnMut(&str),
) -> Result<()> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| cannot_start(command, &error))?;
    if let Some(pipe) = child.stdout.take() {
        let mut reader = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes)? > 0 {
            output.write_all(&bytes)?;
            each_line(String::from_utf8_lossy(&bytes).trim_end());
            bytes.clear();
        }
    }
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", line(command)).into()) }
}

/// Runs a long program to its end, its output kept in a log file; every half minute a line says how far it is.
///
/// # Errors
/// When it cannot be started or does not succeed; the message ends with the last lines of the log.
pub(crate) fn run_logged(command: &mut Command, log: &Path) -> Result<()> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
    writeln!(file, "$ {}", line(command))?;
    let (reader, writer) = io::pipe()?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .spawn()
        .map_err(|error| cannot_start(command, &error))?;
    // The command holds the writing end: without it the reader would wait for ever.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut last_sign = Instant::now();
    let mut lines = 0_usize;
    for text in BufReader::new(reader).split(b'\n') {
        let text = text?;
        file.write_all(&text)?;
        file.write_all(b"\n")?;
        lines += 1;
        if last_sign.elapsed() >= Duration::from_secs(30) {
            last_sign = Instant::now();
            progress::note(&format!("… {} ({lines} lines so far)", String::from_utf8_lossy(&text).trim()));
        }
    }
    let status = child.wait()?;
    if status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&fs::read(log)?).into_owned();
    let all: Vec<&str> = text.lines().collect();
    let tail = all[all.len().saturating_sub(30)..].join("\n    ");
    Err(format!("`{}` ended with {status}; the end of {}:\n    {tail}", line(command), log.display()).into())
}

/// A program on `PATH`, and the file that would be started.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    all_on_path(name).next()
}

/// Every program of this name on `PATH`, in order.
pub(crate) fn all_on_path(name: &str) -> impl Iterator<Item = PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let folders: Vec<PathBuf> = env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    folders.into_iter().map(move |folder| folder.join(&file)).filter(|path| is_program(path))
}

/// Whether a file can be started.
pub(crate) fn is_program(path: &Path) -> bool {
    let Ok(metadata) = fs::metadata(path) else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    {
        metadata.is_file()
    }
}

fn cannot_start(command: &Command, error: &io::Error) -> String {
    format!("`{}` cannot be started: {error}", command.get_program().to_string_lossy())
}

fn line(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_shows_the_end_of_its_log() {
        let log = env::temp_dir().join(format!("segue-xtask-log-{}", std::process::id()));
        let mut command = program("sh");
        command.args(["-c", "echo to the output; echo to the errors >&2; exit 3"]);
        let error = run_logged(&mut command, &log).unwrap_err().to_string();
        fs::remove_file(&log).unwrap();
        assert!(error.contains("to the output") && error.contains("to the errors") && error.contains('3'), "{error}");
    }

    #[test]
    fn every_line_of_the_output_is_seen_even_without_a_last_line_break() {
        let (mut output, mut lines) = (Vec::new(), Vec::new());
        run_reading(program("printf").arg("a\\nb"), &mut output, |line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, ["a", "b"]);
        assert_eq!(output, b"a\nb");
    }

    #[test]
    fn asking_a_program_that_is_not_there_is_no_error() {
        assert_eq!(answer(&mut program("segue-no-such-program")), None);
        assert_eq!(answer(&mut program("false")), None);
        assert_eq!(answer(program("printf").arg("yes")), Some("yes".to_owned()));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(&mut program("segue-no-such-program")).unwrap_err().to_string();
        assert!(error.contains("segue-no-such-program"), "{error}");
    }
}
