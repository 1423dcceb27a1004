//! Fetching: from what the user names (files, folders, URLs) to bytes, hashed on the way.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::bufread::MultiGzDecoder;
use segue_playlists::lines::Layout;
use segue_playlists::{Format, is_gzip, is_gzip_name};
use sha2::{Digest as _, Sha256};

/// Longest wait for a server to answer, or to send anything more.
const PATIENCE: Duration = Duration::from_secs(60);

/// One file or URL to read playlists from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What the user called it, without credentials or query.
    pub name: String,
    /// Its format.
    pub format: Format,
    /// How it holds playlists, if it is a CSV; `None` to tell by its beginning.
    pub layout: Option<Layout>,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    File(PathBuf),
    Url(String),
}

/// Input that cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// There is no such file or folder.
    #[error("cannot read {path}")]
    Unreadable {
        /// The path as given.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file's name says nothing about its format.
    #[error(
        "{name}: no playlist file by its name; give a .csv, .dat or .json (Million Playlist Dataset) file, or one of them with .gz"
    )]
    UnknownFormat {
        /// The name as given.
        name: String,
    },
    /// The folder holds no playlist file.
    #[error("{path}: the folder has no .csv, .dat or .json file, nor one of them with .gz")]
    EmptyFolder {
        /// The path as given.
        path: String,
    },
    /// The server did not give the file.
    #[error("{name}: {message}; check the address, and that this machine may reach it")]
    Download {
        /// The URL, without credentials or query.
        name: String,
        /// What the HTTP client said.
        message: String,
    },
}

/// The inputs that a user named, folders replaced by the playlist files in them (sorted by name).
///
/// # Errors
/// Something named does not exist, or is no playlist file.
pub fn inputs(names: &[String]) -> Result<Vec<Input>, FetchError> {
    let mut inputs = Vec::new();
    for name in names {
        if let Some(path) = name.strip_prefix("file://") {
            inputs.push(file(Path::new(path))?);
        } else if name.starts_with("http://") || name.starts_with("https://") {
            let shown = without_secrets(name);
            // A URL may say nothing about its format; CSV is what data sets come in.
            let format = Format::from_name(name).unwrap_or(Format::Csv);
            inputs.push(Input { name: shown, format, layout: None, place: Place::Url(name.clone()) });
        } else if Path::new(name).is_dir() {
            inputs.extend(folder(name)?);
        } else {
            inputs.push(file(Path::new(name))?);
        }
    }
    Ok(inputs)
}

fn file(path: &Path) -> Result<Input, FetchError> {
    let shown = path.display().to_string();
    fs::metadata(path).map_err(|source| FetchError::Unreadable { path: shown.clone(), source })?;
    let format = Format::from_name(&shown).ok_or_else(|| FetchError::UnknownFormat { name: shown.clone() })?;
    let name = path.file_name().map_or(shown, |name| name.to_string_lossy().into_owned());
    Ok(Input { name, format, layout: None, place: Place::File(path.to_owned()) })
}

fn folder(path: &str) -> Result<Vec<Input>, FetchError> {
    let unreadable = |source| FetchError::Unreadable { path: path.to_owned(), source };
    let mut files: Vec<PathBuf> = fs::read_dir(path)
        .map_err(unreadable)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()
        .map_err(unreadable)?;
    files.retain(|file| file.is_file() && Format::from_name(&file.to_string_lossy()).is_some());
    files.sort();
    if files.is_empty() {
        return Err(FetchError::EmptyFolder { path: path.to_owned() });
    }
    files.iter().map(|path| file(path)).collect()
}

/// A URL without user name, password, query and fragment.
fn without_secrets(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => url.to_owned(),
    }
}

/// An input that is being read.
pub struct Stream {
    /// Its bytes, unpacked.
    pub bytes: Box<dyn io::BufRead>,
    /// How far it is.
    pub meter: Meter,
}

/// How far the reading of an input is.
pub struct Meter {
    length: Option<u64>,
    progress: Arc<Mutex<Progress>>,
}

#[derive(Default)]
struct Progress {
    hasher: Sha256,
    read: u64,
}

impl Meter {
    /// Bytes in all, packed, where that is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Packed bytes read so far.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.progress.lock().map_or(0, |progress| progress.read)
    }

    /// SHA-256 of the packed bytes. `rest` are the unpacked ones that nobody has read yet.
    ///
    /// # Errors
    /// What is left cannot be read.
    pub fn sha256(self, mut rest: impl io::BufRead) -> io::Result<[u8; 32]> {
        io::copy(&mut rest, &mut io::sink())?;
        let mut progress = self.progress.lock().map_err(|_| io::Error::other("reading was broken off"))?;
        Ok(progress.hasher.finalize_reset().into())
    }
}

impl Input {
    /// Begins to read. Gzip is told by its first bytes, whatever the name says.
    ///
    /// # Errors
    /// The file cannot be opened, or the server does not give it.
    pub fn open(&self) -> Result<Stream, FetchError> {
        let (raw, length) = self.raw()?;
        let progress = Arc::new(Mutex::new(Progress::default()));
        let bytes = unpacked(Hashed { inner: raw, progress: Arc::clone(&progress) }, &self.name);
        Ok(Stream { bytes, meter: Meter { length, progress } })
    }

    /// Its bytes, unpacked, for those who need no hash of them.
    ///
    /// # Errors
    /// The file cannot be opened, or the server does not give it.
    pub fn bytes(&self) -> Result<Box<dyn io::BufRead + Send>, FetchError> {
        Ok(unpacked(self.raw()?.0, &self.name))
    }

    /// Whether it is read from this file.
    #[must_use]
    pub fn is_file(&self, path: &Path) -> bool {
        match &self.place {
            Place::File(file) => {
                matches!((file.canonicalize(), path.canonicalize()), (Ok(file), Ok(path)) if file == path)
            }
            Place::Url(_) => false,
        }
    }

    /// Its bytes as they are, and how many there are if that is known.
    fn raw(&self) -> Result<(Box<dyn Read + Send>, Option<u64>), FetchError> {
        Ok(match &self.place {
            Place::File(path) => {
                let unreadable = |source| FetchError::Unreadable { path: path.display().to_string(), source };
                let file = File::open(path).map_err(unreadable)?;
                let length = file.metadata().map_err(unreadable)?.len();
                (Box::new(file), Some(length))
            }
            Place::Url(url) => {
                let agent: ureq::Agent = ureq::Agent::config_builder()
                    .timeout_connect(Some(PATIENCE))
                    .timeout_recv_response(Some(PATIENCE))
                    .build()
                    .into();
                let answer = agent
                    .get(url)
                    .call()
                    .map_err(|error| FetchError::Download { name: self.name.clone(), message: error.to_string() })?;
                let body = answer.into_body();
                let length = body.content_length();
                (Box::new(body.into_reader()), length)
            }
        })
    }
}

/// Bytes without their packing: gzip is told by its first bytes, and by the name only where those cannot be had.
fn unpacked<R: Read + Send + 'static>(raw: R, name: &str) -> Box<dyn io::BufRead + Send> {
    let mut buffered = BufReader::with_capacity(1 << 18, raw);
    let packed = match io::BufRead::fill_buf(&mut buffered) {
        Ok(first) => is_gzip(first),
        // The reader of the format will meet the error again and say where.
        Err(_) => is_gzip_name(name),
    };
    if packed { Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(buffered))) } else { Box::new(buffered) }
}

/// Hashes what is read through it.
struct Hashed<R> {
    inner: R,
    progress: Arc<Mutex<Progress>>,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let mut progress = self.progress.lock().map_err(|_| io::Error::other("reading was broken off"))?;
        progress.hasher.update(&buffer[..count]);
        progress.read += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn secrets_of_a_url_are_not_shown() {
        assert_eq!(without_secrets("https://me:word@data.example/a.csv?key=1#x"), "https://data.example/a.csv");
        assert_eq!(without_secrets("http://data.example"), "http://data.example");
    }

    #[test]
    fn gzip_is_unpacked_and_the_packed_bytes_are_hashed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lists.csv.gz");
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(b"pid,track_name\n1,a\n").unwrap();
        let packed = packer.finish().unwrap();
        fs::write(&path, &packed).unwrap();
        let found = inputs(&[folder.path().display().to_string()]).unwrap();
        assert_eq!(found.len(), 1);
        let Stream { mut bytes, meter } = found[0].open().unwrap();
        let mut text = String::new();
        bytes.read_to_string(&mut text).unwrap();
        assert_eq!(text, "pid,track_name\n1,a\n");
        assert_eq!(meter.read(), packed.len() as u64);
        assert_eq!(meter.sha256(bytes).unwrap()[..], Sha256::digest(&packed)[..]);
        // What nobody read is hashed too.
        let Stream { bytes, meter } = found[0].open().unwrap();
        assert_eq!(meter.sha256(bytes).unwrap()[..], Sha256::digest(&packed)[..]);
    }

    #[test]
    fn what_is_no_playlist_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let named = |name: &str| inputs(&[folder.path().join(name).display().to_string()]);
        assert!(matches!(named("missing.csv"), Err(FetchError::Unreadable { .. })));
        assert!(matches!(named(""), Err(FetchError::EmptyFolder { .. })));
        fs::write(folder.path().join("notes.odt"), "").unwrap();
        assert!(matches!(named("notes.odt"), Err(FetchError::UnknownFormat { .. })));
    }
}
