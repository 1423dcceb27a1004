//! `cargo xtask run`: from a checkout to the app in a browser.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::command::{program, run};
use crate::progress;
use crate::project::Project;
use crate::readiness::is_ready;
use crate::setup::{Purpose, set_up};
use crate::ui;

pub(crate) const HELP: &str = "\
cargo xtask run [--port PORT] [--model-input FILE...] [-- SERVER-ARGUMENTS...]

Sets up, builds the web app and the programs, mines playlists into target/run/store, and serves the app and its API until
Ctrl-C. The first time takes minutes (see `cargo xtask setup --help`); with nothing changed, seconds.

    --port PORT             where to serve; 30502 if not said
    --model-input FILE...   playlists to mine instead of the demo's: CSV files, .dat files, folders
                            (`segue-miner mine --help` tells the formats)
    -- ARGUMENTS...         the rest goes to segue-server as it is (`cargo xtask run -- --help` shows what it takes)

Without --model-input the demo playlists are mined. They are invented; the songs are real.
Mining the same input again does nothing: the model is found in the store.
";

const DEFAULT_PORT: u16 = 30502;

/// `cargo xtask run`.
pub(crate) fn command(project: &Project, arguments: &[String]) -> Result<()> {
    let start = Instant::now();
    let options = Options::parse(arguments)?;
    must_be_free(options.port)?;
    let ready = set_up(project, Purpose::Run)?;
    ui::build(project, &ready)?;

    progress::begin("segue-miner and segue-server");
    run(program("cargo").current_dir(&project.root).args([
        "build",
        "--release",
        "--bins",
        "--package",
        "segue-miner",
        "--package",
        "segue-server",
    ]))?;

    let store = project.target.join("run").join("store");
    let mut miner = program(project.release_binary("segue-miner"));
    if options.model_input.is_empty() {
        progress::begin("mining the demo playlists");
        miner.arg("demo");
    } else {
        progress::begin("mining");
        miner.arg("mine").args(&options.model_input);
    }
    run(miner.arg("--store").arg(&store))?;

    progress::begin("segue-server");
    let mut server = program(project.release_binary("segue-server"));
    server.arg("--store").arg(&store).arg("--site").arg(ui::site(project));
    server.args(["--port", &options.port.to_string()]).args(&options.server_arguments);
    serve(&mut server, options.port, start)
}

#[derive(Debug, PartialEq, Eq)]
struct Options {
    port: u16,
    model_input: Vec<OsString>,
    server_arguments: Vec<OsString>,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self { port: DEFAULT_PORT, model_input: Vec::new(), server_arguments: Vec::new() };
        let mut words = arguments.iter().peekable();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--" => options.server_arguments.extend(words.by_ref().map(OsString::from)),
                "--port" => {
                    let port = words.next().ok_or("--port wants a number")?;
                    options.port = port
                        .parse()
                        .ok()
                        .filter(|port| *port != 0)
                        .ok_or_else(|| format!("--port {port}: a port is a number from 1 to 65535"))?;
                }
                "--model-input" => {
                    while let Some(file) = words.next_if(|word| !word.starts_with("--")) {
                        options.model_input.push(std::path::absolute(file)?.into());
                    }
                    if options.model_input.is_empty() {
                        return Err("--model-input wants at least one file or folder".into());
                    }
                }
                other => return Err(format!("`{other}` is not understood.\n\n{HELP}").into()),
            }
        }
        Ok(options)
    }
}

/// Said before the building, not after it.
fn must_be_free(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            Err(format!("something answers on port {port} already: end it, or choose another with --port").into())
        }
        // Any other trouble the server tells about better.
        _ => Ok(()),
    }
}

/// Runs the server until it ends, and passes a wish to end on to it once, so that it can finish what it is doing.
fn serve(server: &mut Command, port: u16, start: Instant) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        // In a group of its own: else Ctrl-C would reach the server twice, from the terminal and from here.
        server.process_group(0).stdin(std::process::Stdio::null());
    }
    let mut child = server.spawn().map_err(|error| format!("segue-server cannot be started: {error}"))?;
    let ending = Arc::new(AtomicBool::new(false));
    forward_signals(&child, Arc::clone(&ending))?;
    announce(port, start, Arc::clone(&ending));
    let status = child.wait()?;
    let asked_to_end = ending.swap(true, Ordering::SeqCst);
    if status.success() || asked_to_end { Ok(()) } else { Err(format!("segue-server ended with {status}").into()) }
}

#[cfg(unix)]
fn forward_signals(child: &Child, ending: Arc<AtomicBool>) -> Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let process = child.id();
    thread::spawn(move || {
        for signal in signals.forever() {
            ending.store(true, Ordering::SeqCst);
            let name = if signal == SIGINT { "INT" } else { "TERM" };
            // The shell's own `kill`: there may be no program of that name, and calling the system directly is unsafe code.
            let _ = program("sh").args(["-c", &format!("kill -s {name} {process}")]).status();
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn forward_signals(_: &Child, _: Arc<AtomicBool>) -> Result<()> {
    Ok(())
}

/// Says where the app is as soon as it answers.
fn announce(port: u16, start: Instant, ending: Arc<AtomicBool>) {
    thread::spawn(move || {
        while !is_ready(port) {
            if ending.load(Ordering::SeqCst) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let seconds = progress::seconds(start.elapsed());
        progress::begin(&format!("Segue answers at http://localhost:{port} ({seconds}). Ctrl-C ends it."));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> std::result::Result<Options, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_said_means_the_demo_on_the_usual_port() {
        let options = parse("").unwrap();
        assert_eq!((options.port, options.model_input.len(), options.server_arguments.len()), (30502, 0, 0));
    }

    #[test]
    fn files_end_at_the_next_option_and_the_rest_is_the_servers() {
        let options = parse("--model-input /a.csv /b --port 8080 -- --verbose --port 1").unwrap();
        assert_eq!(options.port, 8080);
        assert_eq!(options.model_input, ["/a.csv", "/b"]);
        assert_eq!(options.server_arguments, ["--verbose", "--port", "1"]);
    }

    #[test]
    fn a_wrong_argument_is_named() {
        for (line, part) in [
            ("--port", "--port"),
            ("--port 0", "0"),
            ("--port 70000", "70000"),
            ("--model-input", "--model-input"),
            ("--modle", "--modle"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(part), "{line}: {error}");
        }
    }

    #[test]
    fn a_port_in_use_is_refused_before_anything_is_built() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(must_be_free(port).unwrap_err().to_string().contains(&port.to_string()));
        drop(listener);
        assert!(must_be_free(port).is_ok());
    }
}
