//! Playlists to mine, at an address as a data set has one.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use super::process::Programs;

/// The demo playlists, and another data set: the same with some playlists more.
#[derive(Clone, Debug)]
pub struct DataSets {
    folder: PathBuf,
    address: SocketAddr,
}

/// A data set, as a pointer names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSet {
    /// Where it is.
    pub url: String,
    /// Its SHA-256.
    pub sha256: String,
    /// Itself.
    pub csv: String,
}

impl DataSets {
    /// Writes the demo playlists, or so many of them, into a folder and serves that folder, as long as this process lives.
    ///
    /// # Errors
    /// The miner cannot write them, or no port can be had.
    pub fn serve(programs: &Programs, folder: &Path, most: Option<usize>) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let demo = folder.join("demo.csv");
        let mut miner = programs.command("segue-miner");
        let status = miner.args(["demo", "--counts-only", "--csv"]).arg(&demo).output().context("segue-miner")?.status;
        anyhow::ensure!(status.success(), "segue-miner demo: {status}");
        if let Some(most) = most {
            fs::write(&demo, beginning(&fs::read_to_string(&demo)?, most))?;
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let served = folder.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A miner that was killed reads no further.
                let _ = answer(stream, &served);
            }
        });
        Ok(Self { folder: folder.to_owned(), address })
    }

    /// The demo playlists.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn demo(&self) -> Result<DataSet> {
        self.named("demo.csv")
    }

    /// The demo playlists with as many more of one artist's songs: another data set for each number.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn changed(&self, more: usize) -> Result<DataSet> {
        let demo = fs::read_to_string(self.folder.join("demo.csv"))?;
        let (header, rows) = demo.split_once('\n').context("the demo has no rows")?;
        // The first playlist over and over, under names that are not taken.
        let first_name = rows.split(',').next().context("the demo has no rows")?.to_owned();
        let first: Vec<&str> = rows.lines().take_while(|row| row.starts_with(&format!("{first_name},"))).collect();
        let mut changed = format!("{header}\n{rows}");
        for number in 0..more {
            for row in &first {
                let rest = row.split_once(',').map_or("", |(_, rest)| rest);
                let _ = writeln!(changed, "{},{rest}", 1_000_000 + number);
            }
        }
        let name = format!("demo-and-{more}.csv");
        fs::write(self.folder.join(&name), changed)?;
        self.named(&name)
    }

    fn named(&self, name: &str) -> Result<DataSet> {
        let csv = fs::read_to_string(self.folder.join(name))?;
        let sha256 = Sha256::digest(&csv).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(DataSet { url: format!("http://{}/{name}", self.address), sha256, csv })
    }
}

/// The header and the first so many playlists.
fn beginning(csv: &str, most: usize) -> String {
    let playlist = |row: &str| row.split(',').next().map(str::to_owned);
    let (mut last, mut count) = (None, 0);
    let rows = csv.split_inclusive('\n').enumerate().take_while(|(number, row)| {
        if *number > 0 && playlist(row) != last {
            (last, count) = (playlist(row), count + 1);
        }
        count <= most
    });
    rows.map(|(_, row)| row).collect()
}

fn answer(mut stream: std::net::TcpStream, folder: &Path) -> io::Result<()> {
    let mut request = [0; 4096];
    let length = stream.read(&mut request)?;
    let request = String::from_utf8_lossy(&request[..length]);
    // Only names of files in the folder: the last part of the path.
    let name = request.split(' ').nth(1).and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    match fs::read(folder.join(name)) {
        Ok(bytes) => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", bytes.len());
            stream.write_all(head.as_bytes())?;
            stream.write_all(&bytes)
        }
        Err(_) => stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_has_whole_playlists() {
        let csv = "playlist,title\n1,a\n1,b\n2,a\n3,c\n3,d\n";
        assert_eq!(beginning(csv, 2), "playlist,title\n1,a\n1,b\n2,a\n");
        assert_eq!(beginning(csv, 9), csv);
    }
}
