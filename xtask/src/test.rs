//! `cargo xtask test`: everything that a change must pass.

use std::io::{self, Write};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::Result;
use crate::browsing::with_browser;
use crate::command::{program, run, run_reading};
use crate::ops::with_kubectl;
use crate::progress;
use crate::project::Project;
use crate::setup::{Purpose, Ready, linters, set_up};
use crate::test_results::TestResults;
use crate::ui;

pub(crate) const HELP: &str = "\
cargo xtask test [--only STEP]...

Sets up, then does every step in this order, and stops at the first that fails. At the end: a table of the seconds, and
the number of tests.

    format     cargo fmt --check
    licences   cargo deny check licenses bans sources (deny.toml)
    lint       cargo clippy for this machine, warnings are errors
    lint-web   cargo clippy for wasm32: the app and what it is made of
    manifests  kube/: rendered, checked, held against schemas; images, workflows and scripts linted
    test       cargo test of every crate, documentation examples too, and of the server's spans
    delivery   a rollout and a new data set lose no request, the negative control does; Jobs that are killed
    ui         the web app, built as it is shipped
    browser    the whole product in a real browser, headless

    --only STEP   this step alone; may be said several times. `format`, `lint`, `manifests`, `test` and `delivery` need no
                  set-up (`manifests` and `delivery` get what they need themselves).
";

const WEB_TARGET: &str = "wasm32-unknown-unknown";

/// `cargo xtask test`.
pub(crate) fn command(project: &Project, arguments: &[String]) -> Result<()> {
    let chosen = choose(arguments)?;
    let mut report = Report::default();
    let outcome = do_all(project, &chosen, &mut report);
    report.print(&chosen);
    outcome
}

/// A check: its name in the table, and what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Format,
    Licences,
    Lint,
    LintWeb,
    Manifests,
    Test,
    Delivery,
    Ui,
    Browser,
}

/// The fast ones first.
const STEPS: [Step; 9] = [
    Step::Format,
    Step::Licences,
    Step::Lint,
    Step::LintWeb,
    Step::Manifests,
    Step::Test,
    Step::Delivery,
    Step::Ui,
    Step::Browser,
];

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Licences => "licences",
            Self::Lint => "lint",
            Self::LintWeb => "lint-web",
            Self::Manifests => "manifests",
            Self::Test => "test",
            Self::Delivery => "delivery",
            Self::Ui => "ui",
            Self::Browser => "browser",
        }
    }

    /// Whether more is needed than cargo, rustfmt and clippy.
    fn needs_set_up(self) -> bool {
        !matches!(self, Self::Format | Self::Lint | Self::Manifests | Self::Test | Self::Delivery)
    }
}

fn choose(arguments: &[String]) -> Result<Vec<Step>> {
    let mut wanted = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let name = match word.as_str() {
            "--only" => words.next().ok_or("--only wants the name of a step")?,
            other => return Err(format!("`{other}` is not understood.\n\n{HELP}").into()),
        };
        let step = STEPS.into_iter().find(|step| step.name() == name);
        wanted.push(
            step.ok_or_else(|| format!("there is no step `{name}`; there are: {}", STEPS.map(Step::name).join(", ")))?,
        );
    }
    Ok(STEPS.into_iter().filter(|step| wanted.is_empty() || wanted.contains(step)).collect())
}

fn do_all(project: &Project, chosen: &[Step], report: &mut Report) -> Result<()> {
    let ready = if chosen.iter().any(|step| step.needs_set_up()) {
        Some(report.timed("set-up", |_| set_up(project, Purpose::Test))?)
    } else {
        None
    };
    for step in chosen {
        progress::begin(step.name());
        report.timed(step.name(), |report| do_step(project, ready.as_ref(), *step, report))?;
    }
    Ok(())
}

fn do_step(project: &Project, ready: Option<&Ready>, step: Step, report: &mut Report) -> Result<()> {
    let ready = || ready.ok_or("this step needs the set-up");
    match step {
        Step::Format => run(cargo(project).args(["fmt", "--all", "--check"])),
        Step::Licences => run(ready()?.program("cargo").current_dir(&project.root).args([
            "deny",
            "check",
            "--hide-inclusion-graph",
            "licenses",
            "bans",
            "sources",
        ])),
        Step::Lint => run(cargo(project).args(["clippy", "--workspace", "--all-targets"]).args([
            "--features",
            "segue-ops/tools,segue-server/opentelemetry",
            "--",
            "-D",
            "warnings",
        ])),
        Step::LintWeb => run(ready()?
            .web_program("cargo")
            .current_dir(&project.root)
            .args(["clippy", "--target", WEB_TARGET])
            .args(["--package", "segue-app", "--package", "segue-model", "--package", "segue-playlists"])
            .args(["--", "-D", "warnings"])),
        Step::Manifests => {
            let linters = linters::find_or_install(project)?;
            let mut tests = tests_with_tools(project);
            tests.args(["--test", "manifests", "--test", "linters"]);
            tests.env("SEGUE_LINTERS", linters.programs).env("SEGUE_TYPES", linters.types);
            report.run_tests(with_kubectl(project, &mut tests)?, &mut io::stdout())
        }
        Step::Test => {
            let mut tests = cargo(project);
            report.run_tests(tests.args(["test", "--workspace", "--exclude", "segue-e2e"]), &mut io::stdout())?;
            // What is not built unless it is asked for.
            let mut tests = cargo(project);
            tests.args(["test", "--package", "segue-server", "--features", "opentelemetry", "--test", "spans"]);
            report.run_tests(&mut tests, &mut io::stdout())
        }
        Step::Delivery => {
            let mut tests = tests_with_tools(project);
            tests.args(["--test", "delivery", "--", "--test-threads", "1"]);
            report.run_tests(with_kubectl(project, &mut tests)?, &mut io::stdout())
        }
        Step::Ui => ui::build(project, ready()?),
        Step::Browser => {
            let ready = ready()?;
            // With `--only browser` the app may not be built yet, or not as it is now.
            ui::build(project, ready)?;
            let mut tests = cargo(project);
            tests.args(["test", "--package", "segue-e2e"]);
            report.run_tests(with_browser(project, ready, &mut tests)?, &mut io::stdout())
        }
    }
}

/// The tests of operations that are built only where kubectl and linters are sure to be there.
fn tests_with_tools(project: &Project) -> Command {
    let mut tests = cargo(project);
    tests.args(["test", "--package", "segue-ops", "--features", "tools"]);
    tests
}

fn cargo(project: &Project) -> Command {
    let mut command = program("cargo");
    command.current_dir(&project.root);
    command
}

/// What was done, and in what time.
#[derive(Debug, Default)]
struct Report {
    rows: Vec<Row>,
    /// The closing line of every test binary, as it was printed.
    closing_lines: Vec<String>,
    results: TestResults,
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    time: Duration,
    passed: bool,
}

impl Report {
    fn timed<T>(&mut self, name: &'static str, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let outcome = work(self);
        self.rows.push(Row { name, time: start.elapsed(), passed: outcome.is_ok() });
        outcome.map_err(|error| format!("{name}: {error}").into())
    }

    fn run_tests(&mut self, command: &mut Command, output: &mut impl Write) -> Result<()> {
        run_reading(command, output, |line| {
            if let Some(results) = TestResults::in_line(line) {
                self.results += results;
                self.closing_lines.push(line.to_owned());
            }
        })
    }

    fn print(&self, chosen: &[Step]) {
        println!();
        for line in &self.closing_lines {
            println!("{line}");
        }
        println!("\n{:<12}{:>14}", "step", "time");
        for Row { name, time, passed } in &self.rows {
            println!("{name:<12}{:>14}  {}", progress::seconds(*time), if *passed { "ok" } else { "FAILED" });
        }
        for step in chosen.iter().filter(|step| self.rows.iter().all(|row| row.name != step.name())) {
            println!("{:<12}{:>14}  not done", step.name(), "");
        }
        let total = self.rows.iter().map(|row| row.time).sum();
        println!("{:<12}{:>14}\n", "all", progress::seconds(total));
        println!("{}", self.results);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> std::result::Result<Vec<&'static str>, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        choose(&words).map(|steps| steps.into_iter().map(Step::name).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_said_means_every_step_in_order() {
        assert_eq!(names("").unwrap(), STEPS.map(Step::name));
    }

    #[test]
    fn chosen_steps_are_done_in_the_usual_order() {
        assert_eq!(names("--only test --only format").unwrap(), ["format", "test"]);
        assert!(names("--only formt").unwrap_err().contains("licences"));
        assert!(names("--only").is_err());
        assert!(names("all").is_err());
    }

    #[test]
    fn the_help_tells_of_every_step() {
        for step in STEPS {
            assert!(HELP.contains(&format!("\n    {:<11}", step.name())), "{}", step.name());
        }
    }

    #[test]
    fn a_failing_step_is_in_the_report_with_its_name() {
        let mut report = Report::default();
        assert!(report.timed("first", |_| Ok(())).is_ok());
        let error = report.timed::<()>("second", |_| Err("broken".into())).unwrap_err();
        assert_eq!(error.to_string(), "second: broken");
        assert_eq!(report.rows.iter().map(|row| row.passed).collect::<Vec<_>>(), [true, false]);
    }

    #[cfg(unix)]
    #[test]
    fn tests_that_fail_are_counted_too() {
        let mut report = Report::default();
        let script = "echo 'test result: ok. 5 passed; 0 failed; 0 ignored'; \
                      echo 'test result: FAILED. 1 passed; 2 failed; 0 ignored'; exit 1";
        assert!(report.run_tests(program("sh").args(["-c", script]), &mut io::sink()).is_err());
        assert_eq!(report.results, TestResults { passed: 6, failed: 2 });
        assert_eq!(report.closing_lines.len(), 2);
    }
}
