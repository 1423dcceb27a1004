//! One process at a time, on volumes where all that can be relied on is that of two processes which
//! give a file the same new name one fails.
//!
//! The lock is a file that names its owner, a random token, and a time at which it ends should the owner
//! stop without giving it back. The difficulty is breaking a lock that has ended: "read it, find it
//! stale, remove it" may remove the *next* owner's lock when two processes break at once. So the
//! right to remove the lock of token T is itself a file made in the same way, the *claim* `lock.T.0`:
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
//! one file operation, and the worst outcome two alias moves of which one is lost.

use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::{Error, Timestamp, durable};

/// How long a lock lasts if it is not given back. What is done under it takes milliseconds.
pub const LEASE: Duration = Duration::from_secs(30);

/// How far the clocks of machines that share a volume may differ. A lock that ends even later than
/// one taken now would end by a clock that is ahead so much was written by a clock since set back, and is
/// broken.
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
    /// Whether the file says so; otherwise it says nothing sensible and this was made up from its age.
    #[serde(skip, default = "yes")]
    written: bool,
}

fn yes() -> bool {
    true
}

/// Tells one taking of the lock from every other: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
struct Token(String);

impl Lock {
    /// Takes the lock of `directory`, breaking one that has ended.
    pub(crate) fn take(directory: &Path, owner: &str, now: SystemTime) -> Result<Lock, Error> {
        let path = directory.join(LOCK_NAME);
        let mine = Content::new(owner, Token::random(now), now + LEASE);
        // Each round but the last either takes the lock, finds it held, or sees that it was given back or broken;
        // so many rounds in vain mean that others are faster all the time.
        for _ in 0..20 {
            if create(&path, &mine)? {
                let lock = Lock { path: path.clone(), token: mine.token.clone(), until: now + LEASE };
                lock.check()?;
                return Ok(lock);
            }
            let Some(held) = read(&path)? else { continue };
            if !held.has_ended(now) {
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
        let mine = Content::new("its owner, giving it back", self.token.clone(), self.until);
        let _ = remove_lock_of(&self.path, &self.token, &mine, self.until - LEASE);
    }
}

impl Content {
    fn new(owner: impl Into<String>, token: Token, until: SystemTime) -> Content {
        Content { owner: owner.into(), token, until: Timestamp::new(until), written: true }
    }

    fn has_ended(&self, now: SystemTime) -> bool {
        let until = self.until.time();
        // Nothing follows from a made-up time that is far off: the volume's clock may be ahead.
        until <= now || (self.written && until > now + LEASE + CLOCK_TOLERANCE)
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

/// Removes the lock at `path` if it is that of `token`. Who is about to do so already, if somebody is.
fn remove_lock_of(path: &Path, token: &Token, mine: &Content, now: SystemTime) -> Result<Option<Content>, Error> {
    let claim = |level: u32| path.with_file_name(format!("lock.{}.{level}", token.0));
    let mut level = 0;
    while !create(&claim(level), mine)? {
        match read(&claim(level))? {
            Some(claimed) if !claimed.has_ended(now) => return Ok(Some(claimed)),
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

/// Makes a file that says `content`; false when there is one already.
///
/// It is written first and gets its name, whole, as a hard link, which fails if the name is taken. (NFS may
/// say so too when the link was made but the answer got lost: then the file is found to be this one.)
fn create(path: &Path, content: &Content) -> Result<bool, Error> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let json = serde_json::to_vec(content).map_err(io::Error::other).map_err(Error::io("write", path))?;
    let temporary = durable::write_temporary(directory, &json)?;
    match fs::hard_link(temporary.path(), path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Ok(read(path)?.is_some_and(|there| there.token == content.token))
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied) => {
            create_without_links(path, &json)
        }
        Err(error) => Err(Error::io("create", path)(error)),
    }
}

/// [`create`] on a volume without hard links. The file is there for a moment before it says anything.
fn create_without_links(path: &Path, json: &[u8]) -> Result<bool, Error> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(json).map(|()| true).map_err(Error::io("write", path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(Error::io("create", path)(error)),
    }
}

/// What a lock or claim file says; `None` when there is none.
///
/// One that says nothing sensible may be being written this moment, or its writer stopped before it was. It
/// lasts from when it was modified, by the volume's clock, and its token is made of that time.
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
            let until = modified + LEASE + CLOCK_TOLERANCE;
            let owner = "a process that has not written its name";
            Ok(Some(Content { written: false, ..Content::new(owner, token, until) }))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::testing::noon;

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    fn file_names(directory: &Path) -> Vec<String> {
        crate::layout::files(directory).expect("a listing").into_iter().map(|file| file.name).collect()
    }

    /// Leaves the lock of a process that stopped while holding it.
    fn leave_lock(directory: &Path, now: SystemTime) -> Content {
        std::mem::forget(Lock::take(directory, "stopped", now).expect("a free lock"));
        read(&directory.join(LOCK_NAME)).expect("readable").expect("a lock")
    }

    #[test]
    fn a_lock_that_is_held_names_its_owner_and_one_given_back_is_gone() {
        let directory = directory();
        let lock = Lock::take(directory.path(), "the first", noon(0)).expect("a free lock");
        let error = Lock::take(directory.path(), "the second", noon(29)).expect_err("it is held");
        assert!(error.to_string().contains("the first until 2026-03-01T12:00:30.000Z"), "{error}");
        drop(lock);
        assert_eq!(file_names(directory.path()), [""; 0]);
        assert!(Lock::take(directory.path(), "the second", noon(29)).is_ok());
    }

    #[test]
    fn a_lock_that_has_ended_is_taken_over_and_its_late_owner_finds_out() {
        let directory = directory();
        let late = Lock::take(directory.path(), "late", noon(0)).expect("a free lock");
        let next = Lock::take(directory.path(), "next", noon(30)).expect("it has ended");
        assert!(matches!(late.check(), Err(Error::LockLost { .. })));
        drop(late);
        assert!(next.check().is_ok(), "the late owner does not give back what is not its own");
        drop(next);
        assert_eq!(file_names(directory.path()), [""; 0]);
    }

    #[test]
    fn a_clock_set_back_a_little_waits_and_one_set_back_far_does_not_wait_for_ever() {
        let directory = directory();
        leave_lock(directory.path(), noon(9 * 60));
        assert!(matches!(Lock::take(directory.path(), "next", noon(0)), Err(Error::Locked { .. })));
        leave_lock_anew(directory.path(), noon(24 * 60 * 60));
        assert!(Lock::take(directory.path(), "next", noon(0)).is_ok());
    }

    fn leave_lock_anew(directory: &Path, now: SystemTime) {
        fs::remove_file(directory.join(LOCK_NAME)).expect("a lock");
        leave_lock(directory, now);
    }

    #[test]
    fn a_process_that_stopped_while_breaking_a_lock_does_not_block_the_next() {
        let directory = directory();
        let left = leave_lock(directory.path(), noon(0));
        let claim = |second: u64, level: u32| {
            let path = directory.path().join(format!("lock.{}.{level}", left.token.0));
            let content = Content::new("breaker", Token::random(noon(second)), noon(second) + LEASE);
            assert!(create(&path, &content).expect("a writable directory"));
        };
        claim(40, 0);
        let held = Lock::take(directory.path(), "next", noon(60));
        assert!(matches!(held, Err(Error::Locked { ref owner, .. }) if owner == "breaker"), "{held:?}");
        claim(70, 1);
        assert!(matches!(Lock::take(directory.path(), "next", noon(99)), Err(Error::Locked { .. })));
        let lock = Lock::take(directory.path(), "next", noon(100)).expect("both claims have ended");
        assert_eq!(file_names(directory.path()), [LOCK_NAME]);
        drop(lock);
        assert_eq!(file_names(directory.path()), [""; 0]);
    }

    #[test]
    fn a_late_breaker_leaves_the_next_owners_lock_alone() {
        let directory = directory();
        let path = directory.path().join(LOCK_NAME);
        let stale = leave_lock(directory.path(), noon(0));
        // Two find it stale; the first breaks it and takes its own, then the second goes on.
        let first = Lock::take(directory.path(), "first", noon(40)).expect("it has ended");
        let mine = Content::new("second", Token::random(noon(40)), noon(70));
        assert!(remove_lock_of(&path, &stale.token, &mine, noon(40)).expect("a writable directory").is_none());
        assert!(first.check().is_ok());
        assert_eq!(file_names(directory.path()), [LOCK_NAME], "the claim is gone");
    }

    #[test]
    fn a_lock_that_says_nothing_lasts_from_when_it_was_made() {
        let directory = directory();
        let bad_token = r#"{"owner":"me","token":"../x","until":"2026-03-01T12:00:00Z"}"#;
        for content in ["", r#"{"owner": "me""#, bad_token] {
            fs::write(directory.path().join(LOCK_NAME), content).expect("a writable directory");
            let now = SystemTime::now();
            for now in [now, now + LEASE, noon(0)] {
                assert!(matches!(Lock::take(directory.path(), "next", now), Err(Error::Locked { .. })), "{content}");
            }
            assert!(Lock::take(directory.path(), "next", now + LEASE + 2 * CLOCK_TOLERANCE).is_ok(), "{content}");
            assert_eq!(file_names(directory.path()), [""; 0]);
        }
    }

    #[test]
    fn a_volume_without_hard_links_has_locks_too() {
        let directory = directory();
        let path = directory.path().join(LOCK_NAME);
        let content = Content::new("the first", Token::random(noon(0)), noon(0) + LEASE);
        let json = serde_json::to_vec(&content).expect("JSON");
        assert!(create_without_links(&path, &json).expect("a writable directory"));
        assert!(!create_without_links(&path, &json).expect("a writable directory"));
        let held = Lock::take(directory.path(), "next", noon(1));
        assert!(matches!(held, Err(Error::Locked { ref owner, .. }) if owner == "the first"), "{held:?}");
        assert!(Lock::take(directory.path(), "next", noon(30)).is_ok());
    }

    #[test]
    fn a_link_whose_answer_got_lost_is_known_again() {
        let directory = directory();
        let path = directory.path().join(LOCK_NAME);
        let content = Content::new("me", Token::random(noon(0)), noon(0) + LEASE);
        assert!(create(&path, &content).expect("a writable directory"));
        assert!(create(&path, &content).expect("a writable directory"));
        let other = Content::new("me", Token::random(noon(0)), noon(0) + LEASE);
        assert!(!create(&path, &other).expect("a writable directory"));
    }

    #[test]
    fn of_many_who_break_a_stale_lock_at_once_one_gets_it() {
        const THREADS: usize = 8;
        for round in 0..25 {
            let directory = directory();
            leave_lock(directory.path(), noon(0));
            let (barrier, winners) = (Barrier::new(THREADS), AtomicUsize::new(0));
            std::thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        barrier.wait();
                        match Lock::take(directory.path(), "a thread", noon(60)) {
                            // Kept: whoever comes later must find it held.
                            Ok(lock) => {
                                winners.fetch_add(1, Ordering::Relaxed);
                                std::mem::forget(lock);
                            }
                            Err(Error::Locked { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                    });
                }
            });
            // All may have found another about to break it, but never two have it.
            assert!(winners.into_inner() <= 1, "round {round}");
            let _ = Lock::take(directory.path(), "afterwards", noon(120)).expect("it has ended");
        }
    }

    #[test]
    fn never_two_hold_the_lock_at_once() {
        const THREADS: usize = 4;
        const TURNS: usize = 25;
        let directory = directory();
        let holders = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..TURNS {
                        let lock =
                            wait_for_lock(Duration::from_secs(60), |now| Lock::take(directory.path(), "thread", now));
                        let lock = lock.expect("a turn in time");
                        assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                        std::thread::yield_now();
                        assert_eq!(holders.fetch_sub(1, Ordering::SeqCst), 1);
                        drop(lock);
                    }
                });
            }
        });
        assert_eq!(file_names(directory.path()), [""; 0]);
    }

    #[test]
    fn waiting_ends_when_patience_does_and_other_errors_end_it_at_once() {
        let locked = || Error::Locked { owner: "x".into(), until: Timestamp::new(noon(0)), path: "x".into() };
        let mut attempts = 0;
        let result: Result<(), Error> = wait_for_lock(Duration::ZERO, |_| {
            attempts += 1;
            Err(locked())
        });
        assert!(matches!((result, attempts), (Err(Error::Locked { .. }), 1)));
        let mut answers = vec![Err(Error::NotAHash { text: "x".into() }), Err(locked()), Err(locked())];
        let result: Result<(), Error> = wait_for_lock(LEASE, |_| answers.pop().unwrap_or(Ok(())));
        assert!(matches!(result, Err(Error::NotAHash { .. })));
    }

    #[test]
    fn tokens_differ() {
        assert_ne!(Token::random(noon(0)), Token::random(noon(0)));
    }
}
