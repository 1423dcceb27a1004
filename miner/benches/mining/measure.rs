//! What a run takes: CPU time, wall time, peak memory.

use std::env;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use serde::{Deserialize, Serialize};

/// What one run took.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Seconds, user and system.
    pub(crate) cpu: f64,
    /// Seconds.
    pub(crate) wall: f64,
    /// Bytes; 0 where it was not measured.
    pub(crate) memory: u64,
}

/// The name of the hidden command of the helper.
const HELPER: &str = "--measure-one-process";

/// Runs a program to its end: what it prints, and what it took.
///
/// A helper process (this program again) starts it: the system tells of peak memory only for all children of a process
/// together, so each needs a parent of its own, and a small one.
pub(crate) fn process(program: &str, arguments: &[&str]) -> anyhow::Result<(String, Measured)> {
    let helper = env::current_exe()?;
    let output = Command::new(helper).arg(HELPER).arg(program).args(arguments).output()?;
    if !output.status.success() {
        bail!("{program} {} failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout)?;
    let (measured, printed) = text.split_once('\n').context("the helper printed nothing")?;
    Ok((printed.to_owned(), serde_json::from_str(measured)?))
}

/// Does the helper's work if that is what this process was started for.
pub(crate) fn as_helper() -> Option<anyhow::Result<()>> {
    let mut arguments = env::args_os().skip(1);
    (arguments.next()? == HELPER).then(|| {
        let program = arguments.next().context("no program")?;
        let begun = Instant::now();
        let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
        let wall = begun.elapsed().as_secs_f64();
        if !output.status.success() {
            bail!("{}", output.status);
        }
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let cpu = (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6;
        // Kilobytes, but on macOS.
        let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
        let measured = Measured { cpu, wall, memory: usage.max_rss().unsigned_abs() * unit };
        print!("{}\n{}", serde_json::to_string(&measured)?, String::from_utf8_lossy(&output.stdout));
        Ok(())
    })
}

/// CPU time of this process so far, seconds.
pub(crate) fn own_cpu() -> anyhow::Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    Ok((usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6)
}

/// The middle of some numbers; `None` of none.
pub(crate) fn median(numbers: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        length if length % 2 == 0 => Some((numbers[middle - 1] + numbers[middle]) / 2.0),
        _ => Some(numbers[middle]),
    }
}
