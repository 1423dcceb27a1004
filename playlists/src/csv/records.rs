//! Bytes into records, with line numbers that stay right and quotes that must be closed.

use std::io::{self, BufRead, Chain, Cursor, Read};

use csv_core::ReadRecordResult;

use super::{Error, is_blank};

/// The longest row that is read, in bytes. Without a bound, one quote that is not closed would make
/// the rest of the file, however large, into one row.
pub const LONGEST_RECORD: usize = 1 << 20;

/// Splits input into records of unquoted fields, reusing its buffers.
#[derive(Debug)]
pub(crate) struct Records<R> {
    input: Chain<Cursor<Vec<u8>>, R>,
    parser: csv_core::Reader,
    /// The fields of the current record, one after the other.
    bytes: Vec<u8>,
    /// Where each field ends in `bytes`; the first `count` are the current record's.
    ends: Vec<usize>,
    count: usize,
    /// The line on which the current record begins.
    first_line: u64,
    /// The line on which the next byte of input stands.
    line: u64,
    /// The last byte taken was a CR: an LF that follows belongs to the same line end.
    after_carriage_return: bool,
}

/// The fields of one record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    bytes: &'a [u8],
    ends: &'a [usize],
    line: u64,
}

impl<R: BufRead> Records<R> {
    pub(crate) fn new(mut input: R) -> Result<Self, Error> {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        let mut start = Vec::new();
        let length = BYTE_ORDER_MARK.len() as u64;
        (&mut input).take(length).read_to_end(&mut start).map_err(|source| Error::Io { line: 1, source })?;
        if start == BYTE_ORDER_MARK {
            start.clear();
        }
        Ok(Records {
            input: Cursor::new(start).chain(input),
            parser: csv_core::Reader::new(),
            bytes: vec![0; 1024],
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
        let line = self.line;
        let line_feeds_before = self.parser.line();
        let (mut length, mut count) = (0, 0);
        loop {
            let input = fill(&mut self.input, line)?;
            let at_end = input.is_empty();
            // The parser takes the end of input for the end of a quoted field. A line end instead
            // finishes any record but one inside quotes, and so tells them apart.
            let input = if at_end { b"\n" } else { input };
            let (result, taken, written, ended) =
                self.parser.read_record(input, &mut self.bytes[length..], &mut self.ends[count..]);
            let last_taken = taken.checked_sub(1).map(|index| input[index]);
            if !at_end {
                self.input.consume(taken);
            }
            length += written;
            count += ended;
            match result {
                ReadRecordResult::InputEmpty if at_end => {
                    return Err(Error::UnclosedQuote { line });
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.bytes.len() >= LONGEST_RECORD => {
                    return Err(Error::RecordTooLong { line });
                }
                ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    self.after_carriage_return = last_taken == Some(b'\r');
                    let line_feeds = self.parser.line() - line_feeds_before;
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
        Record { bytes: &self.bytes, ends: &self.ends[..self.count], line: self.first_line }
    }

    /// Passes over line ends before a record; false at the end of input. The parser would pass over
    /// them too, but not tell how many lines that were before the record began.
    fn skip_line_ends(&mut self) -> Result<bool, Error> {
        loop {
            let input = fill(&mut self.input, self.line)?;
            let Some(&byte) = input.first() else {
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
            self.input.consume(1);
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
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(&self.bytes[start..end])
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

/// The next bytes of input, none only at its end.
fn fill<R: BufRead>(input: &mut R, line: u64) -> Result<&[u8], Error> {
    // Asked twice because a slice cannot be handed out of the loop that waits out interruptions;
    // the second time the answer is in the buffer.
    loop {
        match input.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return Err(Error::Io { line, source }),
        }
    }
    input.fill_buf().map_err(|source| Error::Io { line, source })
}
