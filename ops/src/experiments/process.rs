//! The programs, started as a container runtime would: told by variables, ended by signals.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Where the programs are.
#[derive(Clone, Debug)]
pub struct Programs(pub PathBuf);

impl Programs {
    /// A program of this project, to be started with nothing in its environment but what is given to it.
    #[must_use]
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.0.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)));
        command.env_clear().stdin(Stdio::null());
        command
    }
}

/// A process that is killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program with these variables; what it says goes to a file.
    ///
    /// # Errors
    /// It cannot be started, or the file not be made.
    pub fn start(command: &mut Command, variables: &BTreeMap<String, String>, log: &Path) -> io::Result<Self> {
        let file = File::create(log)?;
        let child = command.envs(variables).stdout(file.try_clone()?).stderr(file).spawn()?;
        Ok(Self { child, log: log.to_owned() })
    }

    /// Its end, if it has ended: whether with success.
    pub fn ended(&mut self) -> Option<bool> {
        self.child.try_wait().ok().flatten().map(|status| status.success())
    }

    /// Waits for its end: whether with success.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn wait(&mut self) -> io::Result<bool> {
        Ok(self.child.wait()?.success())
    }

    /// Sends a signal such as `TERM`. That it has ended already is no error.
    pub fn signal(&self, name: &str) {
        let _ = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .stderr(Stdio::null())
            .status();
    }

    /// What it has said so far.
    #[must_use]
    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The address that a server says it listens on, once it has said so.
    #[must_use]
    pub fn listens_on(&self) -> Option<SocketAddr> {
        let said = self.said();
        let (_, rest) = said.split_once("listening on http://")?;
        let end = rest.find(|character: char| !(character.is_ascii_digit() || ".:".contains(character)))?;
        rest[..end].parse().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks a server on this machine, on a connection of its own; gives status and body.
///
/// # Errors
/// It does not answer in time, or not in HTTP.
pub fn get(address: SocketAddr, path: &str, timeout: Duration) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
    status.map(|status| (status, body)).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
}
