//! Files that are whole or not there, and reading them.

use std::fs::{self, File};
use std::io::{self, Read as _, Take, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

use crate::Error;
use crate::layout::TEMPORARY_START;

/// Longest alias, record or lock that is read, bytes; they have some hundred.
const LONGEST_JSON: u64 = 1 << 20;

/// Makes `directory/name` hold `bytes`, replacing what was there.
///
/// Whoever opens the name sees the old file or the new one, whole, even after a power cut: the bytes are
/// written under a temporary name in the same directory and fsynced, then the name changes in
/// one step and that step is fsynced too. When anything fails the old file stays.
pub(crate) fn replace(directory: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let path = directory.join(name);
    let temporary = write_temporary(directory, bytes)?;
    temporary.as_file().sync_all().map_err(Error::io("write", &path))?;
    temporary.persist(&path).map_err(|error| Error::io("rename a temporary file to", &path)(error.error))?;
    sync_directory(directory)
}

/// A file in `directory` that holds `bytes`, under a temporary name, and goes when it is dropped.
pub(crate) fn write_temporary(directory: &Path, bytes: &[u8]) -> Result<NamedTempFile, Error> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_START);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any new file, less the umask: readers often run as another user, and the default of
        // temporary files is for the owner alone.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut temporary = builder.tempfile_in(directory).map_err(Error::io("make a temporary file in", directory))?;
    let path = temporary.path().to_owned();
    temporary.write_all(bytes).map_err(Error::io("write", path))?;
    Ok(temporary)
}

/// [`replace`] with `value` as JSON.
pub(crate) fn replace_json(directory: &Path, name: &str, value: &impl Serialize) -> Result<(), Error> {
    let json = serde_json::to_vec_pretty(value).map_err(io::Error::other);
    let mut json = json.map_err(Error::io("write", directory.join(name)))?;
    json.push(b'\n');
    replace(directory, name, &json)
}

/// What a file holds.
#[derive(Debug)]
pub(crate) enum Read<T> {
    /// There is no file.
    Missing,
    /// The file is longer than it may be, this many bytes; it was not read.
    TooLong(u64),
    /// What was made of all of it.
    Whole(T),
}

impl<T> Read<T> {
    /// The same, with something else made of what is whole.
    pub(crate) fn map<U>(self, make: impl FnOnce(T) -> U) -> Read<U> {
        match self {
            Self::Missing => Read::Missing,
            Self::TooLong(length) => Read::TooLong(length),
            Self::Whole(whole) => Read::Whole(make(whole)),
        }
    }
}

/// All bytes of a file of at most `longest` bytes.
pub(crate) fn read(path: &Path, longest: u64) -> Result<Read<Vec<u8>>, Error> {
    read_as(path, longest, |file, length| {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length as usize)?;
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    })
}

/// What `read` makes of a file of at most `longest` bytes, which is given it with its length.
///
/// The file is opened anew each time: that is when NFS looks whether the name still means the same file.
pub(crate) fn read_as<T>(
    path: &Path,
    longest: u64,
    read: impl Fn(&mut Take<File>, u64) -> io::Result<T>,
) -> Result<Read<T>, Error> {
    let mut attempts = 0;
    loop {
        match read_once(path, longest, &read) {
            Ok(read) => return Ok(read),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Read::Missing),
            // Replaced between opening and reading, on NFS; the name already has a new file.
            Err(error) if error.kind() == io::ErrorKind::StaleNetworkFileHandle && attempts < 3 => attempts += 1,
            Err(error) => return Err(Error::io("read", path)(error)),
        }
    }
}

fn read_once<T>(
    path: &Path,
    longest: u64,
    read: impl Fn(&mut Take<File>, u64) -> io::Result<T>,
) -> io::Result<Read<T>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > longest {
        return Ok(Read::TooLong(length));
    }
    // It may be growing.
    let mut file = file.take(longest + 1);
    let whole = read(&mut file, length)?;
    let length = longest + 1 - file.limit();
    Ok(if length > longest { Read::TooLong(length) } else { Read::Whole(whole) })
}

/// The value in a JSON file, or why its text is not one; `None` when there is no file.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<Result<T, String>>, Error> {
    Ok(match read(path, LONGEST_JSON)? {
        Read::Missing => None,
        Read::TooLong(length) => Some(Err(format!("it has {length} bytes"))),
        Read::Whole(bytes) => Some(serde_json::from_slice(&bytes).map_err(|error| error.to_string())),
    })
}

/// Removes a file; it being gone already is fine. Whether it was there.
pub(crate) fn remove(path: &Path) -> Result<bool, Error> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("remove", path)(error)),
    }
}

/// Makes a change of names in `directory` outlast a power cut.
fn sync_directory(directory: &Path) -> Result<(), Error> {
    if cfg!(not(unix)) {
        return Ok(()); // Directories cannot be opened there.
    }
    let synced = File::open(directory).and_then(|directory| directory.sync_all());
    match synced {
        // Some network volumes do not offer it; they keep names safe by themselves, or not at all.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        synced => synced.map_err(Error::io("fsync", directory)),
    }
}
