//! Bytes into records, with line numbers that stay right and quotes that must be closed.

use std::io::{self, BufRead};
use std::ops::Range;
use std::str::Utf8Error;

use csv_core::ReadRecordResult;
use memchr::{memchr_iter, memchr3};

use super::{Error, is_blank};

/// The longest row that is read, in bytes. Without a bound, one quote that is not closed would make
/// the rest of the file, however large, into one row.
pub const LONGEST_RECORD: usize = 1 << 20;

/// Bytes asked of the input at once, unless a record is longer.
const BUFFER: usize = 1 << 16;

/// Splits input into records of unquoted fields, reusing its buffers.
///
/// Nearly all records of playlists have no quote in them: their fields are what stands between commas, and are
/// handed out where they are. The others go through the parser.
#[derive(Debug)]
pub(crate) struct Records<R> {
    window: Window<R>,
    /// For records with quotes: made when there is one, since making its table takes longer than reading most playlists.
    parser: Option<Box<csv_core::Reader>>,
    delimiter: u8,
    /// Where the current record is.
    found: Found,
    /// Fields without their quotes, one after the other, of a record that had quotes.
    unquoted: Vec<u8>,
    /// Where each field ends; the first `count` are the current record's.
    ends: Vec<usize>,
    count: usize,
    /// The line on which the current record begins.
    first_line: u64,
    /// The line on which the next byte of input stands.
    line: u64,
    /// The last byte taken was a CR: an LF that follows belongs to the same line end.
    after_carriage_return: bool,
}

#[derive(Debug)]
enum Found {
    /// In these bytes of the window, commas between the fields.
    InPlace(Range<usize>),
    /// In `unquoted`.
    Unquoted,
}

/// The fields of one record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    bytes: &'a [u8],
    ends: &'a [usize],
    /// Bytes between one field and the next.
    gap: usize,
    line: u64,
}

impl<R: BufRead> Records<R> {
    pub(crate) fn new(input: R) -> Result<Self, Error> {
        Self::delimited(input, b',')
    }

    /// Records whose fields another byte than a comma separates.
    pub(crate) fn delimited(input: R, delimiter: u8) -> Result<Self, Error> {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        let mut window = Window::new(input);
        let is_open = |rest: &[u8]| rest.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(rest);
        while is_open(window.rest()) && window.more(1)? {}
        if window.rest().starts_with(BYTE_ORDER_MARK) {
            window.start += BYTE_ORDER_MARK.len();
        }
        Ok(Records {
            window,
            parser: None,
            delimiter,
            found: Found::Unquoted,
            unquoted: Vec::new(),
            ends: vec![0; 16],
            count: 0,
            first_line: 1,
            line: 1,
            after_carriage_return: false,
        })
    }

    /// Makes the next record the current one; false when there is none.
    pub(crate) fn read(&mut self) -> Result<bool, Error> {
        self.count = 0;
        if !self.skip_line_ends()? {
            return Ok(false);
        }
        self.first_line = self.line;
        let mut looked_at = 0;
        loop {
            let rest = self.window.rest();
            match memchr3(b'\n', b'\r', b'"', &rest[looked_at..]).map(|at| (looked_at + at, rest[looked_at + at])) {
                Some((_, b'"')) => return self.read_quoted(),
                Some((length, line_end)) => {
                    self.take_in_place(length);
                    self.window.start += 1;
                    self.line += 1;
                    self.after_carriage_return = line_end == b'\r';
                    return Ok(true);
                }
                None => {
                    looked_at = rest.len();
                    if looked_at >= LONGEST_RECORD {
                        return Err(Error::RecordTooLong { line: self.first_line });
                    }
                    if !self.window.more(self.first_line)? {
                        self.take_in_place(looked_at);
                        return Ok(true);
                    }
                }
            }
        }
    }

    /// Takes the next bytes, in which there is no quote, as a record.
    fn take_in_place(&mut self, length: usize) {
        let start = self.window.start;
        self.window.start += length;
        let fields = memchr_iter(self.delimiter, &self.window.bytes[start..start + length]).chain([length]);
        self.ends.clear();
        self.ends.extend(fields);
        self.count = self.ends.len();
        self.found = Found::InPlace(start..start + length);
    }

    /// Reads a record that has a quote somewhere.
    fn read_quoted(&mut self) -> Result<bool, Error> {
        self.found = Found::Unquoted;
        let line = self.first_line;
        let delimiter = self.delimiter;
        let parser =
            self.parser.get_or_insert_with(|| Box::new(csv_core::ReaderBuilder::new().delimiter(delimiter).build()));
        let line_feeds_before = parser.line();
        let (mut length, mut count) = (0, 0);
        loop {
            let at_end = self.window.rest().is_empty() && !self.window.more(line)?;
            // The parser takes the end of input for the end of a quoted field. A line end instead
            // finishes any record but one inside quotes, and so tells them apart.
            let input = if at_end { b"\n" } else { self.window.rest() };
            let (result, taken, written, ended) =
                parser.read_record(input, &mut self.unquoted[length..], &mut self.ends[count..]);
            let last_taken = taken.checked_sub(1).map(|index| input[index]);
            if !at_end {
                self.window.start += taken;
            }
            length += written;
            count += ended;
            match result {
                ReadRecordResult::InputEmpty if at_end => {
                    return Err(Error::UnclosedQuote { line });
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.unquoted.len() >= LONGEST_RECORD => {
                    return Err(Error::RecordTooLong { line });
                }
                ReadRecordResult::OutputFull => self.unquoted.resize((self.unquoted.len() * 2).max(1024), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize((self.ends.len() * 2).max(16), 0),
                ReadRecordResult::Record => {
                    self.after_carriage_return = last_taken == Some(b'\r');
                    let line_feeds = parser.line() - line_feeds_before;
                    self.line += line_feeds + u64::from(self.after_carriage_return);
                    self.count = count;
                    return Ok(true);
                }
                ReadRecordResult::End => return Ok(false),
            }
        }
    }

    /// The record that was read last.
    pub(crate) fn current(&self) -> Record<'_> {
        let (bytes, gap) = match &self.found {
            Found::InPlace(place) => (&self.window.bytes[place.clone()], 1),
            Found::Unquoted => (&self.unquoted[..], 0),
        };
        let ends = &self.ends[..self.count];
        Record { bytes: &bytes[..ends.last().copied().unwrap_or(0)], ends, gap, line: self.first_line }
    }

    /// Passes over line ends before a record; false at the end of input. The parser would pass over
    /// them too, but not tell how many lines that were before the record began.
    fn skip_line_ends(&mut self) -> Result<bool, Error> {
        loop {
            let Some(&byte) = self.window.rest().first() else {
                if self.window.more(self.line)? {
                    continue;
                }
                return Ok(false);
            };
            match byte {
                b'\n' if self.after_carriage_return => self.after_carriage_return = false,
                b'\n' => self.line += 1,
                b'\r' => {
                    self.line += 1;
                    self.after_carriage_return = true;
                }
                _ => return Ok(true),
            }
            self.window.start += 1;
        }
    }
}

/// The part of the input that is being looked at.
#[derive(Debug)]
struct Window<R> {
    input: R,
    /// What was read is in `start..end`; behind that is room.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl<R: BufRead> Window<R> {
    fn new(input: R) -> Self {
        Self { input, bytes: vec![0; BUFFER], start: 0, end: 0 }
    }

    /// What was read and not yet taken.
    fn rest(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Reads more behind what there is; false at the end of input. What was taken is overwritten.
    fn more(&mut self, line: u64) -> Result<bool, Error> {
        self.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.end == self.bytes.len() {
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
        loop {
            match self.input.read(&mut self.bytes[self.end..]) {
                Ok(count) => {
                    self.end += count;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(Error::Io { line, source }),
            }
        }
    }
}

impl<'a> Record<'a> {
    /// The line on which the record begins, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// How many fields there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The field at `index`, if the record is as long.
    #[inline]
    pub(crate) fn field(&self, index: usize) -> Option<&'a [u8]> {
        self.range(index).map(|range| &self.bytes[range])
    }

    /// The record's text, if all of it is UTF-8: to look at that once is quicker than at each field.
    pub(crate) fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes).ok()
    }

    /// The field at `index` as text; `whole` is that of the record.
    #[inline]
    pub(crate) fn text_field(&self, index: usize, whole: Option<&'a str>) -> Option<Result<&'a str, Utf8Error>> {
        let range = self.range(index)?;
        let known = whole.and_then(|whole| whole.get(range.clone()));
        Some(known.map_or_else(|| std::str::from_utf8(&self.bytes[range]), Ok))
    }

    /// Where the field at `index` is.
    #[inline]
    fn range(&self, index: usize) -> Option<Range<usize>> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] + self.gap };
        Some(start..end)
    }

    /// All fields in order.
    pub(crate) fn fields(self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.len()).filter_map(move |index| self.field(index))
    }

    /// Whether no field holds anything but white space.
    pub(crate) fn is_blank(self) -> bool {
        self.fields().all(is_blank)
    }
}
