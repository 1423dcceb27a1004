//! One process at a time, on volumes where all that can be relied on is that of two processes which
//! create the same file exclusively one fails.
//!
//! The lock is a file that names its owner, a random token, and a time at which it ends should the owner
//! stop without giving it back. The difficulty is breaking a lock that has ended: "read it, find it
//! stale, remove it" may remove the *next* owner's lock when two processes break at once. So the
//! right to remove the lock of token T is itself a file created exclusively, the *claim* `lock.T.0`:
//!
//! 1. create the claim of T (fails: somebody else is removing that lock);
//! 2. read the lock again; only if it still is T's, remove it;
//! 3. remove the claim.
//!
//! While the claim is held nobody else removes T's lock, and while T's lock is there nobody creates another, so step 2
//! never removes a lock of another token. An owner gives its lock back by the same steps. A process that
//! stops between 1 and 3 leaves a claim that ends like a lock; the next one then claims
//! `lock.T.1`, and so on.
//!
//! As with any lock that ends by time, an owner that is held up for longer than [`LEASE`] may lose it
//! without noticing at once. [`Lock::check`] is called right before each change, so that what remains is
//! one file operation, and the worst outcome two aliases moves of which one is lost.

use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::{Error, Timestamp, durable};

/// How long a lock lasts if it is not given back. What is done under it takes milliseconds.
pub const LEASE: Duration = Duration::from_secs(30);

/// How far the clocks of machines that share a volume may differ. A lock that ends later than any
/// lock taken now could end, even so, was written by a clock since set back, and is broken.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(10 * 60);

const LOCK_NAME: &str = "lock.json";

/// Calls `attempt` with the time until it says something other than [`Error::Locked`], or `patience` is
/// over. Sleeps between attempts, 10 ms at first and half a second at most; blocks the thread.
///
/// A `patience` above [`LEASE`] outlasts a process that stopped while it held the lock.
///
/// # Errors
/// What `attempt` said last.
pub fn wait_for_lock<T>(
    patience: Duration,
    mut attempt: impl FnMut(SystemTime) -> Result<T, Error>,
) -> Result<T, Error> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(10);
    loop {
        match attempt(SystemTime::now()) {
            Err(Error::Locked { .. }) if started.elapsed() + pause < patience => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(500));
            }
            result => return result,
        }
    }
}

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    token: Token,
    until: SystemTime,
}

/// What a lock or claim file says.
#[derive(Debug, Serialize, Deserialize)]
struct Content {
    owner: String,
    token: Token,
    until: Timestamp,
}

/// Tells one taking of the lock from every other: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
struct Token(String);

impl Lock {
    /// Takes the lock of `directory`, breaking one that has ended.
    pub(crate) fn take(directory: &Path, owner: &str, now: SystemTime) -> Result<Lock, Error> {
        let path = directory.join(LOCK_NAME);
        let mine = Content { owner: owner.to_owned(), token: Token::random(now), until: Timestamp::new(now + LEASE) };
        // Each round but the last either takes the lock, finds it held, or sees that it was given back or broken;
        // so many rounds in vain mean that others are faster all the time.
        for _ in 0..20 {
            if create(&path, &mine)? {
                let lock = Lock { path: path.clone(), token: mine.token.clone(), until: now + LEASE };
                lock.check()?;
                return Ok(lock);
            }
            let Some(held) = read(&path)? else { continue };
            if !has_ended(held.until.time(), now) {
                return Err(Error::Locked { owner: held.owner, until: held.until, path });
            }
            if let Some(claimed) = remove_lock_of(&path, &held.token, &mine, now)? {
                return Err(Error::Locked { owner: claimed.owner, until: claimed.until, path });
            }
        }
        Err(Error::Locked { owner: "others in turn".to_owned(), until: Timestamp::new(now), path })
    }

    /// Fails if another process has taken over.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match read(&self.path)? {
            Some(held) if held.token == self.token => Ok(()),
            _ => Err(Error::LockLost { path: self.path.clone() }),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Whatever fails here, the lock ends by itself.
        let owner = "its owner, giving it back".to_owned();
        let mine = Content { owner, token: self.token.clone(), until: Timestamp::new(self.until) };
        let _ = remove_lock_of(&self.path, &self.token, &mine, self.until - LEASE);
    }
}

impl Token {
    fn random(now: SystemTime) -> Token {
        // Differs between processes and machines by the standard library's random keys, which it
        // takes from the system; the time and process id are added in case those were poor.
        let nanoseconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let seed = (nanoseconds, std::process::id());
        let [high, low] = [RandomState::new(), RandomState::new()].map(|state| state.hash_one(seed));
        Token(format!("{high:016x}{low:016x}"))
    }
}

impl TryFrom<String> for Token {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Token, &'static str> {
        // It becomes part of a file name.
        if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Token(text))
        } else {
            Err("a lock's token is 32 hexadecimal digits")
        }
    }
}

/// Whether this is the name of a claim on a lock.
pub(crate) fn is_claim(file_name: &str) -> bool {
    let parts = file_name.strip_prefix("lock.").and_then(|rest| rest.split_once('.'));
    parts.is_some_and(|(token, level)| {
        Token::try_from(token.to_owned()).is_ok() && level.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// This host and process, for people who read a lock file.
pub(crate) fn this_process() -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| std::env::var("HOSTNAME").ok());
    let host = host.as_deref().map(str::trim).filter(|host| !host.is_empty()).unwrap_or("unknown host").to_owned();
    format!("process {} on {host}", std::process::id())
}

fn has_ended(until: SystemTime, now: SystemTime) -> bool {
    until <= now || until > now + LEASE + CLOCK_TOLERANCE
}

/// Removes the lock at `path` if it is that of `token`. Who is about to do so already, if somebody is.
fn remove_lock_of(path: &Path, token: &Token, mine: &Content, now: SystemTime) -> Result<Option<Content>, Error> {
    let claim = |level: u32| path.with_file_name(format!("lock.{}.{level}", token.0));
    let mut level = 0;
    while !create(&claim(level), mine)? {
        match read(&claim(level))? {
            Some(claimed) if !has_ended(claimed.until.time(), now) => return Ok(Some(claimed)),
            Some(_) => level += 1,
            None => {}
        }
    }
    if read(path)?.is_some_and(|held| held.token == *token) {
        durable::remove(path)?;
    }
    for level in 0..=level {
        durable::remove(&claim(level))?;
    }
    Ok(None)
}

/// Creates a file that says `content`; false when it is there already.
fn create(path: &Path, content: &Content) -> Result<bool, Error> {
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(Error::io("create", path)(error)),
    };
    let written = serde_json::to_vec(content).map_err(io::Error::other).and_then(|json| file.write_all(&json));
    if let Err(error) = written {
        let _ = fs::remove_file(path);
        return Err(Error::io("write", path)(error));
    }
    Ok(true)
}

/// What a lock or claim file says; `None` when there is none.
///
/// One that says nothing sensible is being written this moment, or its writer stopped before it was. It
/// lasts from when it was modified, and its token is made of that time.
fn read(path: &Path) -> Result<Option<Content>, Error> {
    match durable::read_json(path)? {
        None => Ok(None),
        Some(Ok(content)) => Ok(Some(content)),
        Some(Err(_)) => {
            let modified = match fs::metadata(path).and_then(|metadata| metadata.modified()) {
                Ok(modified) => modified,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(Error::io("look at", path)(error)),
            };
            let nanoseconds = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
            let token = Token(format!("{nanoseconds:032x}"));
            let owner = "a process that has not written its name".to_owned();
            Ok(Some(Content { owner, token, until: Timestamp::new(modified + LEASE) }))
        }
    }
}
