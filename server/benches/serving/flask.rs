//! Flask under gunicorn with a table of rules by mlxtend: what projects that recommend by rules usually are.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::process::{Server, THREADS};

/// The application and, run as a program, the miner of its table.
const APPLICATION: &str = include_str!("flask_rules.py");

/// A Python with Flask, and a table of rules.
pub(crate) struct Environment {
    folder: tempfile::TempDir,
}

impl Environment {
    /// Installs what is needed from PyPI and mines the table.
    pub(crate) fn install(python: &str, playlists: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let environment = Self { folder };
        let run = |program: &Path, arguments: &[&str]| {
            let output = Command::new(program)
                .args(arguments)
                .current_dir(environment.folder.path())
                .output()
                .with_context(|| program.display().to_string())?;
            let said = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "{} {}: {said}", program.display(), arguments.join(" "));
            anyhow::Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        eprintln!("installing Flask, gunicorn and mlxtend from PyPI into a throw-away environment");
        run(Path::new(python), &["-m", "venv", "venv"])?;
        let packages = ["-m", "pip", "install", "--quiet", "flask", "gunicorn", "mlxtend"];
        run(&environment.program("python"), &packages)?;
        fs::write(environment.folder.path().join("flask_rules.py"), APPLICATION)?;
        let playlists = fs::canonicalize(playlists).with_context(|| playlists.display().to_string())?;
        let playlists = playlists.to_str().context("the file's name is no text")?;
        println!("Flask's table: {}", run(&environment.program("python"), &["flask_rules.py", playlists])?);
        Ok(environment)
    }

    /// Starts it; `way` says how it looks for rules.
    pub(crate) fn start(&self, way: &str) -> anyhow::Result<Server> {
        // A free port that was just there: gunicorn does not tell which one it took.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(self.program("gunicorn"));
        command.current_dir(self.folder.path()).env("RULES", way);
        command.args(["--bind", &address.to_string(), "--workers", &THREADS.to_string()]);
        command.args(["--worker-class", "gthread", "--threads", "4", "--preload", "flask_rules:app"]);
        let server = Server::start(&format!("Flask, {way}"), command)?;
        while !server.ask("POST /api/recommend", "{\"songs\": [\"x\"]}").is_ok_and(|(status, _)| status == 200) {
            std::thread::yield_now();
        }
        Ok(server)
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder.path().join("venv/bin").join(name)
    }
}
