//! Several processes on one store, and processes that are killed.
//!
//! The other processes are this test program again, running its first test on a store that they share.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use segue_store::{
    GRACE, InputKey, LEASE, ModelHash, Move, Name, NewModel, Precedence, Store, Timestamp, wait_for_lock,
};

const DIRECTORY: &str = "SEGUE_STORE_TEST_DIRECTORY";
const WRITER: &str = "SEGUE_STORE_TEST_WRITER";
const COUNT: &str = "SEGUE_STORE_TEST_COUNT";
const PATIENCE: Duration = Duration::from_secs(120);

fn store(directory: &Path) -> Store {
    Store::new(directory, &"playlists".parse().expect("a name"))
}

fn production() -> Name {
    "production".parse().expect("a name")
}

/// Publishes a model of some size and moves the alias to it.
fn release(store: &Store, text: &str) -> u64 {
    let bytes = text.repeat(5_000).into_bytes();
    let run_start = Timestamp::new(SystemTime::now());
    let model = NewModel { bytes: &bytes, input_key: InputKey::of([text]), model_date: run_start, run_start };
    let hash = store.publish(&model, SystemTime::now()).expect("a writable store").hash;
    let moved =
        wait_for_lock(PATIENCE, |now| store.move_alias(&production(), hash, run_start, Precedence::Forced, now));
    match moved.expect("a turn in time") {
        Move::Done { current, .. } => current.sequence,
        Move::LeftToLaterRun { .. } => panic!("it was forced"),
    }
}

/// The name of the test below.
const RELEASES: &str = "releases_move_the_alias_one_after_another";

#[test]
fn releases_move_the_alias_one_after_another() {
    // Another test says which store to share with it, and how often to write; without one this has a store of its own.
    let told = |name| std::env::var(name).ok();
    let shared = told(DIRECTORY);
    // Made only where it is used: whoever is killed leaves it behind.
    let own = shared.is_none().then(|| tempfile::tempdir().expect("a directory"));
    let store = store(own.as_ref().map_or_else(|| Path::new(shared.as_deref().unwrap_or_default()), |own| own.path()));
    let count = told(COUNT).map_or(3, |count| count.parse().expect("a number"));
    let mut last = 0;
    for number in 0..count {
        let sequence = release(&store, &format!("{} {number} ", told(WRITER).unwrap_or_default()));
        println!("\nmoved {sequence}");
        assert!(sequence > last, "{sequence} after {last}");
        last = sequence;
    }
    if own.is_some() {
        let alias = store.alias(&production()).expect("an alias");
        assert_eq!((alias.sequence, last), (count, count), "nobody else moved it");
        store.read_model(alias.hash).expect("what it means is whole");
    }
}

fn start_writer(directory: &Path, writer: &str, count: u64) -> Child {
    start(Command::new(std::env::current_exe().expect("this program")), directory, writer, count)
}

fn start(mut program: Command, directory: &Path, writer: &str, count: u64) -> Child {
    program
        .args(["--exact", RELEASES, "--nocapture"])
        .env(DIRECTORY, directory)
        .env(WRITER, writer)
        .env(COUNT, count.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program starts")
}

/// Reads what a writer says until it has moved the alias `count` times. The pipe is handed back: a
/// writer whose pipe is closed would stop at its next word instead of where it is killed.
fn await_moves(writer: &mut Child, count: usize) -> impl Sized + use<> {
    let mut output = BufReader::new(writer.stdout.take().expect("piped"));
    let moves = output.by_ref().lines().map_while(Result::ok).filter(|line| line.starts_with("moved"));
    assert_eq!(moves.take(count).count(), count, "the writer ended early");
    output
}

#[test]
fn of_processes_that_publish_at_once_no_move_is_lost_and_readers_see_whole_models() {
    const MOVES: u64 = 15;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let store = store(directory.path());
    release(&store, "the first");
    let mut follower = store.follow(&production());
    let mut writers: Vec<Child> =
        ["a", "b", "c"].iter().map(|writer| start_writer(directory.path(), writer, MOVES)).collect();
    let mut last = 0;
    while writers.iter_mut().any(|writer| writer.try_wait().expect("a child").is_none()) {
        if let Some(candidate) = follower.poll().expect("whole at every moment") {
            assert_eq!(ModelHash::of(&candidate.bytes), candidate.hash);
            assert!(candidate.alias.sequence > last);
            last = candidate.alias.sequence;
        }
    }
    for mut writer in writers {
        assert!(writer.wait().expect("a child").success());
    }
    assert_eq!(store.alias(&production()).expect("an alias").sequence, 1 + 3 * MOVES);
}

/// How many processes are killed: a dozen, or as many as this variable says.
const KILLS: &str = "SEGUE_KILLS";

#[test]
fn a_process_killed_at_any_moment_leaves_a_store_that_serves_and_takes_the_next_model() {
    let kills = std::env::var(KILLS).map_or(12, |kills| kills.parse().expect("SEGUE_KILLS is a number"));
    let directory = tempfile::tempdir().expect("a temporary directory");
    let store = store(directory.path());
    let (mut moment, mut between_moves, mut left_before) = (0x9E37_79B9_7F4A_7C15_u64, 0, 0);
    for round in 0..kills {
        let mut writer = start_writer(directory.path(), &format!("round {round}"), 1_000_000);
        let _pipe = await_moves(&mut writer, 1 + round % 4);
        // Xorshift: some moment within the few milliseconds that a move takes.
        moment ^= moment << 13;
        moment ^= moment >> 7;
        moment ^= moment << 17;
        std::thread::sleep(Duration::from_micros(moment % 8_000));
        writer.kill().expect("a child");
        writer.wait().expect("a child");

        let alias = store.alias(&production()).expect("whole at every moment");
        store.read_model(alias.hash).expect("what an alias means is whole");
        store.record(alias.hash).expect("and has its record");
        // Of the models that no alias means yet, too, none is torn: a file has its name when it is whole.
        for model in store.models().expect("a listing") {
            store.read_model(model.hash).expect("a model under its name is whole");
        }
        let left = files(&store, "models").iter().filter(|name| name.starts_with(".tmp-")).count();
        between_moves += usize::from(left > left_before);
        left_before = left;
        // The killed process may have left the lock; it ends by itself.
        let later = SystemTime::now() + 3 * LEASE;
        let moved = store.move_alias(&production(), alias.hash, alias.run_start, Precedence::LaterRun, later);
        assert!(matches!(moved, Ok(Move::Done { .. })), "round {round}: {moved:?}");
        if round % 20 == 19 {
            store.prune(0, SystemTime::now() + 2 * GRACE).expect("a free lock");
            left_before = 0;
        }
    }
    store.prune(0, SystemTime::now() + 2 * GRACE).expect("a free lock");
    let alias = store.alias(&production()).expect("an alias");
    assert_eq!(files(&store, "models"), [format!("{}.json", alias.hash), format!("{}.segue", alias.hash)]);
    assert_eq!(files(&store, "aliases"), ["production.json"]);
    assert_eq!(files(&store, ""), ["aliases", "models"]);
    println!("{kills} killed; {between_moves} times in the midst of writing a file among the models");
}

fn files(store: &Store, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(store.path().join(folder)).expect("a directory");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("ours are text")).collect();
    names.sort();
    names
}

/// A process that may write files of so many bytes only, as on a volume without room. With `survives` writing more
/// fails; otherwise it ends the process.
#[cfg(unix)]
fn with_little_room(kibibytes: u32, survives: bool) -> Command {
    let ignored = if survives { "trap '' XFSZ; " } else { "" };
    let mut shell = Command::new("bash");
    // bash counts in blocks of 1,024 bytes.
    shell.arg("-c").arg(format!("{ignored}ulimit -f {kibibytes}; exec \"$0\" \"$@\""));
    shell.arg(std::env::current_exe().expect("this program"));
    shell
}

#[cfg(unix)]
#[test]
fn a_volume_without_room_keeps_the_old_model_and_takes_the_next_once_there_is_room() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let store = store(directory.path());
    release(&store, "the first");
    let old = store.alias(&production()).expect("an alias");
    for survives in [true, false] {
        // A model has some 50 kB.
        let mut writer = start(with_little_room(16, survives), directory.path(), "no room", 1);
        assert!(!writer.wait().expect("a child").success(), "there was room");
        assert_eq!(store.alias(&production()).expect("whole"), old);
        store.read_model(old.hash).expect("still whole");
        assert_eq!(store.models().expect("a listing").len(), 1, "nothing half-written has a model's name");
        let left = files(&store, "models").into_iter().filter(|name| name.starts_with(".tmp-")).count();
        assert_eq!(left, usize::from(!survives), "only a process that was ended leaves its temporary file");
    }
    let mut writer = start_writer(directory.path(), "room again", 1);
    assert!(writer.wait().expect("a child").success());
    let new = store.alias(&production()).expect("whole");
    assert_eq!(new.sequence, old.sequence + 1);
    store.read_model(new.hash).expect("whole");
}
