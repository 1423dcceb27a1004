//! A store with the demo playlists' model, and servers on it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::programs::{program, site};

/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// A store of models. One that was made here goes when the last of its users goes.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    _made: Option<TempDir>,
}

impl Store {
    /// The store that all tests of this process share, mined when the first one asks.
    ///
    /// # Errors
    /// Mining fails.
    pub fn of_demo() -> Result<Arc<Self>> {
        static SHARED: Mutex<Weak<Store>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = shared.upgrade() {
            return Ok(store);
        }
        let store = Self::empty()?;
        store.mine(&[])?;
        *shared = Arc::downgrade(&store);
        Ok(store)
    }

    /// A store of one's own, without a model.
    ///
    /// # Errors
    /// There is no room for temporary files.
    pub fn empty() -> Result<Arc<Self>> {
        let made = TempDir::new()?;
        Ok(Arc::new(Self { path: made.path().to_owned(), _made: Some(made) }))
    }

    /// A store that was mined before, which stays.
    #[must_use]
    pub fn at(path: &Path) -> Arc<Self> {
        Arc::new(Self { path: path.to_owned(), _made: None })
    }

    /// Mines the demo playlists into it, with these further flags.
    ///
    /// # Errors
    /// The miner fails; its output is in the error.
    pub fn mine(&self, flags: &[&str]) -> Result<()> {
        self.run_miner(&["demo"], flags)
    }

    /// Mines playlists in a CSV of these lines into it.
    ///
    /// # Errors
    /// The miner fails; its output is in the error.
    pub fn mine_csv(&self, csv: &str) -> Result<()> {
        let file = self.path().join("playlists.csv");
        std::fs::write(&file, csv)?;
        self.run_miner(&["mine", file.to_str().context("the path is no text")?], &[])
    }

    fn run_miner(&self, command: &[&str], flags: &[&str]) -> Result<()> {
        let mut miner = std::process::Command::new(program("segue-miner")?);
        let output = miner
            .args(command)
            .arg("--store")
            .arg(self.path())
            .args(flags)
            .output()
            .context("segue-miner did not start")?;
        if !output.status.success() {
            bail!("segue-miner {} failed:\n{}", command[0], String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Writes the web app with the model of this store, which must have one and no more, into a folder, as files that
    /// need no server of ours.
    ///
    /// # Errors
    /// The program fails; its output is in the error.
    pub fn write_site(&self, folder: &Path) -> Result<()> {
        let mut segue = std::process::Command::new(program("segue")?);
        segue.arg("site").arg("--app").arg(site()?).arg("--model").arg(self.model()?).arg("--out").arg(folder);
        let output = segue.output().context("segue did not start")?;
        if !output.status.success() {
            bail!("segue site failed:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// The file of its only model.
    fn model(&self) -> Result<PathBuf> {
        let models = self.path().join("default/models");
        let entries = models.read_dir().with_context(|| models.display().to_string())?;
        let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        // Beside each model lies a note on how it was made.
        files.retain(|file| file.extension().is_some_and(|ending| ending == "segue"));
        match &files[..] {
            [file] => Ok(file.clone()),
            files => bail!("{} holds {} models", models.display(), files.len()),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A running server, with the web app. It is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    origin: String,
    store: Arc<Store>,
    site: PathBuf,
}

impl Server {
    /// Starts a server on a free port and waits until it listens, and, if the store has a model, until it answers.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn start(store: Arc<Store>) -> Result<Self> {
        Self::start_with(store, &site()?).await
    }

    /// The same with another web app than the built one, in this folder.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn start_with(store: Arc<Store>, site: &Path) -> Result<Self> {
        Self::start_on(store, site.to_owned(), 0).await
    }

    async fn start_on(store: Arc<Store>, site: PathBuf, port: u16) -> Result<Self> {
        let mut child = Command::new(program("segue-server")?)
            .arg("--store")
            .arg(store.path())
            .arg("--site")
            .arg(&site)
            .args(["--host", "127.0.0.1", "--port", &port.to_string(), "--log-format", "json"])
            .env_remove("LOG")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("segue-server did not start")?;
        let has_model = store.path().read_dir()?.next().is_some();
        let out = child.stdout.take().context("no output")?;
        let err = child.stderr.take().context("no output")?;
        let mut out = BufReader::new(out).lines();
        let mut err = BufReader::new(err).lines();
        let mut log = String::new();
        let wait = async {
            let mut origin = None;
            loop {
                // Which of the two the log goes to is the server's business.
                let line = tokio::select! {
                    Ok(Some(line)) = out.next_line() => line,
                    Ok(Some(line)) = err.next_line() => line,
                    else => break None,
                };
                if let Some(at) = line.find("http://127.0.0.1:") {
                    let port = line[at + 17..].chars().take_while(char::is_ascii_digit);
                    origin = Some(format!("http://127.0.0.1:{}", port.collect::<String>()));
                }
                let serves = line.contains("serving a new model");
                log.push_str(&line);
                log.push('\n');
                if (serves || !has_model) && origin.is_some() {
                    break origin;
                }
            }
        };
        let origin = tokio::time::timeout(PATIENCE, wait).await.ok().flatten();
        let Some(origin) = origin else { bail!("segue-server did not become ready:\n{log}") };
        // What it logs from now on is read, so that it never waits for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = out.next_line().await {} });
        tokio::spawn(async move { while let Ok(Some(_)) = err.next_line().await {} });
        Ok(Self { child, origin, store, site })
    }

    /// The address before every path: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Kills it, and waits until it is gone, its connections with it.
    ///
    /// # Errors
    /// The operating system refuses.
    pub async fn stop(mut self) -> Result<Stopped> {
        self.child.kill().await?;
        let port = self.origin.rsplit(':').next().unwrap_or_default().parse()?;
        Ok(Stopped { port, store: self.store, site: self.site })
    }

    /// The bytes at a path.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub fn get(&self, path: &str) -> Result<Vec<u8>> {
        let mut response = ureq::get(format!("{}{path}", self.origin)).call().with_context(|| format!("GET {path}"))?;
        Ok(response.body_mut().with_config().limit(1 << 30).read_to_vec()?)
    }

    /// Posts JSON and gives the response's text.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub fn post(&self, path: &str, json: &str) -> Result<String> {
        let post = ureq::post(format!("{}{path}", self.origin)).header("content-type", "application/json");
        let mut response = post.send(json).with_context(|| format!("POST {path} of {json}"))?;
        Ok(response.body_mut().with_config().limit(1 << 30).read_to_string()?)
    }

    /// Hash of the model that is served.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub fn model_hash(&self) -> Result<String> {
        let info: Value = serde_json::from_slice(&self.get("/api/model/info")?)?;
        Ok(info["hash"].as_str().context("no hash")?.to_owned())
    }

    /// Waits until it serves another model than this one.
    ///
    /// # Errors
    /// It does not, or it is gone.
    pub async fn wait_for_another_model(&self, hash: &str) -> Result<()> {
        let wait = async {
            while self.model_hash()? == hash {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, wait).await.context("the server did not take up the newer model")?
    }
}

/// A server that was stopped.
#[derive(Debug)]
pub struct Stopped {
    port: u16,
    store: Arc<Store>,
    site: PathBuf,
}

impl Stopped {
    /// Starts it again, on the same port.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn start(self) -> Result<Server> {
        Server::start_on(self.store, self.site, self.port).await
    }
}
