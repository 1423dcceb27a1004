//! FIMI `.dat` straight into a [`Database`]: one basket a line, items separated by white space.
//!
//! The format, and a reader that hands out lines, are in [`segue_playlists::dat`]. This one is for files that are little but
//! numbers, as nearly all are: it turns eight bytes at a time into numbers, and the numbers are the items. Whatever else stands
//! there (words, huge numbers, bytes that are no text) is left to the other reader, and items are numbered as they come.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufReader, Cursor, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use segue_playlists::dat;

use super::Database;
use super::database::Piece;
use super::threads::thread_count;

/// A `.dat` file that was read.
#[derive(Clone, Debug, Default)]
pub struct DatFile {
    /// Its baskets.
    pub database: Database,
    /// What the item numbers stand for.
    pub items: ItemNames,
    /// Lines that are no baskets.
    pub unreadable: Vec<dat::UnreadableBasket>,
}

/// What stands in the file for each item number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemNames {
    /// `None` where each number is its own name.
    names: Option<Vec<String>>,
}

impl ItemNames {
    /// The item as it stands in the file.
    #[must_use]
    pub fn name(&self, item: u32) -> Cow<'_, str> {
        match &self.names {
            None => item.to_string().into(),
            Some(names) => names[item as usize].as_str().into(),
        }
    }

    /// Whether every name is a number: the item number itself.
    #[must_use]
    pub fn are_numbers(&self) -> bool {
        self.names.is_none()
    }
}

/// Bytes read at a time.
const BLOCK: usize = 1 << 19;

/// Numbers from here on are names: a table of all smaller numbers would be mostly empty.
const LARGEST_NUMBER: u64 = 1 << 22;

/// Reads a `.dat` file, unpacked, with that many threads (0: as many as there are cores). Every line is a basket, blank ones too.
///
/// # Errors
/// The bytes cannot be had, or a line is too long.
pub fn read(input: impl Read + Send, threads: usize) -> Result<DatFile, dat::Error> {
    let mut blocks = Blocks { input, rest: Vec::new(), block: 0, ended: false };
    let mut file = Merged::default();
    let threads = thread_count(threads);
    if threads == 1 {
        let mut bytes = Vec::new();
        while blocks.next(&mut bytes).map_err(|problem| file.error(problem))?.is_some() {
            let parsed = if file.numbers.is_none() { parse_numbers(&bytes, &mut file.file.database) } else { 0 };
            file.words(&bytes[parsed..])?;
        }
    } else {
        let blocks = Mutex::new(blocks);
        let done = Mutex::new((BTreeMap::<usize, Part>::new(), &mut file, 0));
        let words = AtomicBool::new(false);
        let work = || {
            let mut bytes = Vec::new();
            // What this thread reads is counted here, and its baskets are handed on.
            let mut database = Database::default();
            loop {
                // A lock is only ever broken by a panic, which ends everything when the threads are joined.
                let Ok(next) = blocks.lock().map(|mut blocks| blocks.next(&mut bytes)) else { break };
                let (at, part) = match next {
                    Ok(None) => break,
                    Ok(Some(at)) => {
                        let parsed =
                            if words.load(Ordering::Relaxed) { 0 } else { parse_numbers(&bytes, &mut database) };
                        let rest = bytes[parsed..].to_vec();
                        if !rest.is_empty() {
                            words.store(true, Ordering::Relaxed);
                        }
                        (at, Part::Block(database.take_pieces(), rest))
                    }
                    Err(problem) => (usize::MAX, Part::Problem(problem)),
                };
                let Ok(mut done) = done.lock() else { break };
                let (parts, file, next) = &mut *done;
                parts.insert(at, part);
                while let Some(Part::Block(pieces, rest)) = parts.remove(next) {
                    file.append(pieces);
                    if let Err(error) = file.words(&rest) {
                        parts.insert(usize::MAX, Part::Error(error));
                    }
                    *next += 1;
                }
            }
            database
        };
        let counted: Vec<Database> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mine = work();
            let others = others.into_iter().map(|other| match other.join() {
                Ok(counted) => counted,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            others.chain([mine]).collect()
        });
        if let Ok((mut parts, file, _)) = done.into_inner() {
            match parts.remove(&usize::MAX) {
                Some(Part::Problem(problem)) => return Err(file.error(problem)),
                Some(Part::Error(error)) => return Err(error),
                _ => {}
            }
            // With other numbers for the items, they were counted anew.
            if file.numbers.is_none() {
                counted.iter().for_each(|counted| file.file.database.add_supports(counted));
            }
        }
    }
    let Merged { file, names, .. } = file;
    Ok(DatFile { items: ItemNames { names }, ..file })
}

/// The input in blocks of whole lines.
struct Blocks<R> {
    input: R,
    /// What was read of the next line.
    rest: Vec<u8>,
    /// The number of the next block.
    block: usize,
    ended: bool,
}

/// Why there is no next block.
enum Problem {
    Unreadable(io::Error),
    LineTooLong,
}

/// What became of a block.
enum Part {
    /// The baskets from its beginning that are numbers, and its bytes from there on.
    Block(Vec<Piece>, Vec<u8>),
    Problem(Problem),
    Error(dat::Error),
}

impl<R: Read> Blocks<R> {
    /// Puts the next lines into `bytes`, and returns the number of the block.
    fn next(&mut self, bytes: &mut Vec<u8>) -> Result<Option<usize>, Problem> {
        bytes.clear();
        bytes.append(&mut self.rest);
        while !self.ended {
            let before = bytes.len();
            let read = (&mut self.input).take(BLOCK as u64).read_to_end(bytes);
            match read {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(source) => {
                    self.ended = true;
                    return Err(Problem::Unreadable(source));
                }
            }
            if let Some(end) = bytes[before..].iter().rposition(|&byte| byte == b'\n') {
                self.rest.extend_from_slice(&bytes[before + end + 1..]);
                bytes.truncate(before + end + 1);
                break;
            }
            if bytes.len() > dat::LONGEST_LINE {
                self.ended = true;
                return Err(Problem::LineTooLong);
            }
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        if self.block == 0 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        self.block += 1;
        Ok(Some(self.block - 1))
    }
}

/// What was read so far.
#[derive(Default)]
struct Merged {
    file: DatFile,
    /// Once there is anything but small numbers: the name of each item …
    names: Option<Vec<String>>,
    /// … and the item of each name.
    numbers: Option<HashMap<String, u32>>,
}

impl Merged {
    fn lines(&self) -> u64 {
        (self.file.database.len() + self.file.unreadable.len()) as u64
    }

    fn error(&self, problem: Problem) -> dat::Error {
        match problem {
            Problem::Unreadable(source) => dat::Error::Io { line: self.lines(), source },
            Problem::LineTooLong => dat::Error::LineTooLong { line: self.lines() + 1 },
        }
    }

    /// Adds baskets of small numbers, not yet counted.
    fn append(&mut self, pieces: Vec<Piece>) {
        if self.numbers.is_none() {
            return self.file.database.put_pieces(pieces);
        }
        let mut basket = Vec::new();
        for numbers in pieces.iter().flat_map(|piece| piece.range(0..piece.len())) {
            basket.clear();
            basket.extend(numbers.iter().map(|number| self.item(&number.to_string())));
            self.file.database.push(&basket);
        }
    }

    /// Adds lines with any items.
    fn words(&mut self, bytes: &[u8]) -> Result<(), dat::Error> {
        if bytes.is_empty() {
            return Ok(());
        }
        if self.numbers.is_none() {
            self.numbers = Some(HashMap::new());
            self.names = Some(Vec::new());
            let mut before = std::mem::take(&mut self.file.database);
            self.append(before.take_pieces());
        }
        let lines = self.lines();
        let mut reader = dat::Reader::new(BufReader::new(Cursor::new(bytes)));
        let mut items = Vec::new();
        loop {
            match reader.next_basket() {
                Ok(None) => return Ok(()),
                Ok(Some(Ok(basket))) => {
                    items.clear();
                    items.extend(basket.items().map(|name| self.item(name)));
                    self.file.database.push(&items);
                }
                Ok(Some(Err(mut unreadable))) => {
                    unreadable.line += lines;
                    self.file.unreadable.push(unreadable);
                }
                Err(dat::Error::LineTooLong { line }) => {
                    return Err(dat::Error::LineTooLong { line: line + lines });
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The item of a name.
    fn item(&mut self, name: &str) -> u32 {
        let (names, numbers) = (self.names.get_or_insert_default(), self.numbers.get_or_insert_default());
        if let Some(&item) = numbers.get(name) {
            return item;
        }
        let item = names.len() as u32;
        names.push(name.to_owned());
        numbers.insert(name.to_owned(), item);
        item
    }
}

/// Adds the baskets in `bytes` as far as they are small numbers. Returns where the first line begins that has anything
/// else in it, or the end.
fn parse_numbers(bytes: &[u8], database: &mut Database) -> usize {
    let mut line = 0;
    let mut at = 0;
    let mut adding = database.adding();
    // The line feed that may be missing at the end of the file, and enough to always have eight bytes.
    let tail: Vec<u8> = bytes[bytes.len().saturating_sub(8)..].iter().chain(b"\n       ").copied().collect();
    let tail_start = bytes.len().saturating_sub(8);
    loop {
        let eight = match bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
            Some(eight) => *eight,
            None => match tail[(at - tail_start).min(tail.len())..].first_chunk::<8>() {
                Some(eight) if line < bytes.len() => *eight,
                _ => return line,
            },
        };
        let (digits, number) = leading_number(u64::from_le_bytes(eight));
        match digits {
            0 => match eight[0] {
                b'\n' => {
                    adding.end();
                    line = (at + 1).min(bytes.len());
                    at += 1;
                }
                b' ' | b'\t' | b'\r' | b'\x0c' => at += 1,
                _ => return adding.abandon(line),
            },
            8 => return adding.abandon(line),
            digits => {
                // A leading zero makes another name.
                if number >= LARGEST_NUMBER || (eight[0] == b'0' && digits > 1) {
                    return adding.abandon(line);
                }
                adding.add(number as u32);
                match eight[digits] {
                    b' ' => at += digits + 1,
                    b'\n' => {
                        adding.end();
                        at += digits + 1;
                        line = at.min(bytes.len());
                    }
                    b'\t' | b'\r' | b'\x0c' => at += digits,
                    _ => return adding.abandon(line),
                }
            }
        }
    }
}

/// How many of eight bytes (the first of them lowest) are digits before the first that is none, and their number.
#[inline(always)]
fn leading_number(bytes: u64) -> (usize, u64) {
    let values = bytes ^ 0x3030_3030_3030_3030;
    // The high bit of each byte that is more than 9. A carry from one byte to the next only comes from a byte that is
    // itself more than 9, so that the lowest one found is right.
    let others = (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080;
    let digits = others.trailing_zeros() as usize / 8;
    if digits == 0 {
        return (0, 0);
    }
    // Zeros before the digits, then neighbours put together three times: 8 × 1, 4 × 2, 2 × 4 digits.
    let ones = values << (64 - 8 * digits);
    let pairs = (ones.wrapping_mul(10 * 0x100 + 1) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100 * 0x1_0000 + 1) >> 16) & 0x0000_ffff_0000_ffff;
    (digits, fours.wrapping_mul(10_000 * 0x1_0000_0000 + 1) >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the reader of lines finds.
    fn expected(bytes: &[u8]) -> (Vec<Vec<String>>, Vec<u64>) {
        let mut reader = dat::Reader::new(bytes);
        let (mut baskets, mut unreadable) = (Vec::new(), Vec::new());
        while let Some(basket) = reader.next_basket().unwrap() {
            match basket {
                Ok(basket) => {
                    let mut items: Vec<String> = basket.items().map(str::to_owned).collect();
                    items.sort();
                    items.dedup();
                    baskets.push(items);
                }
                Err(line) => unreadable.push(line.line),
            }
        }
        (baskets, unreadable)
    }

    fn found(file: &DatFile) -> (Vec<Vec<String>>, Vec<u64>) {
        let names = |basket: &[u32]| {
            let mut names: Vec<String> = basket.iter().map(|&item| file.items.name(item).into_owned()).collect();
            names.sort();
            names
        };
        (file.database.iter().map(names).collect(), file.unreadable.iter().map(|line| line.line).collect())
    }

    fn check(bytes: &[u8]) {
        for threads in [1, 2] {
            let file = read(bytes, threads).unwrap();
            assert_eq!(found(&file), expected(bytes), "{:?}", String::from_utf8_lossy(bytes));
            for item in 0..file.database.width() {
                let holding = file.database.iter().filter(|basket| basket.contains(&item)).count();
                assert_eq!(file.database.support(item) as usize, holding);
            }
        }
    }

    #[test]
    fn numbers_are_their_own_names() {
        let file = read(&b"\xef\xbb\xbf3 1 3\r\n\n  4194303\t0 \n12"[..], 1).unwrap();
        assert!(file.items.are_numbers());
        let baskets: Vec<&[u32]> = file.database.iter().collect();
        assert_eq!(baskets, [&[1, 3][..], &[], &[0, 4_194_303], &[12]]);
        assert_eq!((file.database.support(3), file.database.support(2)), (1, 0));
    }

    #[test]
    fn anything_else_is_named_as_it_stands_there() {
        for bytes in [
            &b"1 2 2\n7 bread 007\nmilk 7\n1"[..],
            b"4194304\n1",
            b"123456789012345678901234567890 1",
            b"1 -2\n",
            b"1 2\n3 \xff\n4 4\n\n \xfe",
            b"\xef\xbb\xbfbread",
            b"",
            b"\n",
            b"1",
            b"1234567",
            b"12345678",
            b"1 2\x0b3\n",
        ] {
            check(bytes);
        }
        assert!(!read(&b"1 x"[..], 1).unwrap().items.are_numbers());
    }

    #[test]
    fn words_in_the_middle_of_a_long_file_are_read_in_order_by_any_threads() {
        let mut text = String::new();
        for line in 0..200_000 {
            text += if line == 120_000 { "one 2 three\n" } else { "1 22 333 4444\n" };
        }
        assert!(text.len() > 4 * BLOCK);
        for threads in [1, 3] {
            let file = read(text.as_bytes(), threads).unwrap();
            assert_eq!(file.database.len(), 200_000);
            let names: Vec<_> = (0..file.database.width()).map(|item| file.items.name(item).into_owned()).collect();
            assert_eq!(names, ["1", "22", "333", "4444", "one", "2", "three"]);
        }
    }

    #[test]
    fn what_breaks_off_names_the_last_line_that_was_read() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the cable is out"))
            }
        }
        for threads in [1, 2] {
            let error = read(Read::chain(Cursor::new("1 2\n3\n"), Broken), threads).unwrap_err();
            assert!(error.to_string().contains("the cable is out"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_as_the_reader_of_lines_reads_them(
            bytes in prop::collection::vec(
                prop_oneof![6 => 0x30_u8..0x3a, 3 => prop::sample::select(&b" \n\r\t"[..]), 1 => any::<u8>()],
                0..200,
            ),
        ) {
            check(&bytes);
        }

        #[test]
        fn leading_digits_are_a_number(bytes in any::<[u8; 8]>(), digits in 0_usize..8) {
            let mut bytes = bytes;
            for byte in &mut bytes[..digits] {
                *byte = b'0' + *byte % 10;
            }
            let length = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
            prop_assume!(length < 8);
            let number = bytes[..length].iter().fold(0, |number, byte| number * 10 + u64::from(byte - b'0'));
            prop_assert_eq!(leading_number(u64::from_le_bytes(bytes)), (length, number));
        }
    }
}
