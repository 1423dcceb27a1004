//! FIMI `.dat`: one basket a line, its items separated by white space.
//!
//! This is the format of the Frequent Itemset Mining Implementations repository. Items there are
//! non-negative integers; any other token without white space is an item too, so that a list such as
//! `bread milk eggs` can be read. Conventions:
//!
//! - Every line is a basket, and a blank line is an *empty* basket: it holds nothing but counts in the
//!   number of baskets, and so in every relative support, as the repository's programs have it. A line
//!   end at the end of the file does not begin another basket. A caller that does not want empty
//!   baskets skips them with [`Basket::is_empty`].
//! - Items repeated in a line are handed out as often as they stand there; whoever counts removes
//!   repetitions.
//! - Lines end in LF or CRLF. A byte order mark is skipped. A file without any line is a file of no
//!   baskets, not an error.

use std::io::{self, BufRead, Read};

/// The longest line that is read, in bytes: about ten million items. A longer one is not a basket.
pub const LONGEST_LINE: usize = 64 << 20;

/// Reads baskets from a `.dat` file, one at a time.
///
/// ```
/// use segue_playlists::dat::Reader;
///
/// let mut reader = Reader::new(&b"1 2 5\n2 5\n"[..]);
/// let mut items = Vec::new();
/// while let Some(basket) = reader.next_basket()? {
///     if let Ok(basket) = basket {
///         basket.numbers(&mut items).expect("only numbers here");
///     }
/// }
/// assert_eq!(items, [2, 5]);
/// # Ok::<(), segue_playlists::dat::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    line: Vec<u8>,
    line_number: u64,
}

/// One line of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basket<'a> {
    text: &'a str,
    line: u64,
}

/// Why reading a file stops.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes could not be had: the disk, the network or a damaged gzip file. Nothing after this
    /// line was read.
    #[error("after line {line}: the file could not be read further ({source}); check that it is complete")]
    Io {
        /// The last line that was read whole.
        line: u64,
        /// What the input said.
        source: io::Error,
    },
    /// A line is longer than [`LONGEST_LINE`]: this is hardly a `.dat` file. Look at what the file is.
    #[error("line {line} is longer than {LONGEST_LINE} bytes: is this a .dat file, one basket a line?")]
    LineTooLong {
        /// The number of that line, from 1.
        line: u64,
    },
}

/// A line that is not a basket; reading goes on with the next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct UnreadableBasket {
    /// The line's number, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The line is not UTF-8. Convert the file; a compressed one needs a name ending in `.gz`.
    #[error("not UTF-8 text (from byte {valid_up_to} of the line)")]
    NotUtf8 {
        /// How many bytes of the line are text.
        valid_up_to: usize,
    },
    /// A token is not an integer from 0 to 4,294,967,295 where numbers were asked for. Read the file
    /// with [`Basket::items`] if its items are words.
    #[error("{token:?} is not a whole number from 0 to 4294967295")]
    NotANumber {
        /// The token, shortened to its first 40 characters.
        token: String,
    },
}

impl<R: BufRead> Reader<R> {
    /// A reader of the baskets in `input`. Nothing is read yet.
    pub fn new(input: R) -> Self {
        Reader { input, line: Vec::new(), line_number: 0 }
    }

    /// The next basket, `None` after the last. Lines that are not baskets come as
    /// `Err(UnreadableBasket)` inside: count them and go on.
    ///
    /// # Errors
    /// [`Error`] when the file cannot be read any further.
    pub fn next_basket(&mut self) -> Result<Option<Result<Basket<'_>, UnreadableBasket>>, Error> {
        self.line.clear();
        let limit = LONGEST_LINE as u64 + 1;
        let count = (&mut self.input)
            .take(limit)
            .read_until(b'\n', &mut self.line)
            .map_err(|source| Error::Io { line: self.line_number, source })?;
        if count == 0 {
            return Ok(None);
        }
        self.line_number += 1;
        let line = self.line_number;
        if count > LONGEST_LINE {
            return Err(Error::LineTooLong { line });
        }
        let mut bytes = self.line.as_slice();
        if line == 1 {
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        }
        Ok(Some(match std::str::from_utf8(bytes.trim_ascii()) {
            Ok(text) => Ok(Basket { text, line }),
            Err(error) => {
                let problem = Problem::NotUtf8 { valid_up_to: error.valid_up_to() };
                Err(UnreadableBasket { line, problem })
            }
        }))
    }
}

impl<'a> Basket<'a> {
    /// The line's number, from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Whether the line holds no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The items as they stand in the line, repetitions included.
    pub fn items(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.text.split_ascii_whitespace()
    }

    /// Puts the items, as numbers, into `items` (emptied first), repetitions included.
    ///
    /// # Errors
    /// [`Problem::NotANumber`] for the first token that is not a `u32`; what `items` then holds is
    /// unspecified.
    pub fn numbers(&self, items: &mut Vec<u32>) -> Result<(), UnreadableBasket> {
        items.clear();
        // One pass over the bytes, with the overflow looked for once a number: splitting first and
        // parsing second takes about twice as long, and large files are little but this.
        let mut rest = self.text.as_bytes();
        while let [first, after @ ..] = rest {
            rest = after;
            let mut number = u64::from(first.wrapping_sub(b'0'));
            if number > 9 {
                if first.is_ascii_whitespace() {
                    continue;
                }
                return Err(self.first_non_number());
            }
            while let [byte, after @ ..] = rest {
                let digit = byte.wrapping_sub(b'0');
                if digit > 9 {
                    break;
                }
                // Saturating, so that any number of digits stays too large.
                number = number.saturating_mul(10).saturating_add(u64::from(digit));
                rest = after;
            }
            let Ok(number) = u32::try_from(number) else { return Err(self.first_non_number()) };
            items.push(number);
        }
        Ok(())
    }

    #[cold]
    fn first_non_number(&self) -> UnreadableBasket {
        let is_number = |token: &&str| token.bytes().all(|byte| byte.is_ascii_digit()) && token.parse::<u32>().is_ok();
        let token = self.items().find(|token| !is_number(token)).unwrap_or_default();
        let token = token.chars().take(40).collect();
        UnreadableBasket { line: self.line, problem: Problem::NotANumber { token } }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Baskets = Vec<Result<Vec<String>, UnreadableBasket>>;

    fn words(file: &[u8]) -> Baskets {
        let mut reader = Reader::new(file);
        let mut baskets = Vec::new();
        while let Some(basket) = reader.next_basket().expect("a slice can be read") {
            baskets.push(basket.map(|basket| basket.items().map(str::to_owned).collect()));
        }
        baskets
    }

    fn numbers(file: &[u8]) -> Vec<Result<Vec<u32>, UnreadableBasket>> {
        let mut reader = Reader::new(file);
        let mut baskets = Vec::new();
        while let Some(basket) = reader.next_basket().expect("a slice can be read") {
            let mut items = Vec::new();
            baskets.push(basket.and_then(|basket| basket.numbers(&mut items).map(|()| items)));
        }
        baskets
    }

    #[test]
    fn each_line_is_a_basket_and_repetitions_stay() {
        assert_eq!(numbers(b"1 2 2 10 \n7\n"), [Ok(vec![1, 2, 2, 10]), Ok(vec![7])]);
        assert_eq!(words(b"bread  milk\tbread"), [Ok(vec!["bread".into(), "milk".into(), "bread".into()])]);
    }

    #[test]
    fn a_blank_line_is_an_empty_basket_and_the_last_line_end_is_none() {
        assert_eq!(numbers(b"1\n\n  \n2\n"), [Ok(vec![1]), Ok(vec![]), Ok(vec![]), Ok(vec![2])]);
        assert_eq!(numbers(b"1\n2"), [Ok(vec![1]), Ok(vec![2])]);
        assert_eq!(numbers(b""), []);
        assert_eq!(numbers(b"\n"), [Ok(vec![])]);
    }

    #[test]
    fn crlf_and_a_byte_order_mark_are_no_part_of_items() {
        assert_eq!(numbers(b"\xef\xbb\xbf1 2\r\n3\r\n"), [Ok(vec![1, 2]), Ok(vec![3])]);
    }

    #[test]
    fn the_largest_number_is_read_and_a_larger_one_is_refused() {
        assert_eq!(numbers(b"4294967295 0 0007"), [Ok(vec![u32::MAX, 0, 7])]);
        for token in ["4294967296", "99999999999999999999999999", "-1", "+1", "1.5", "milk"] {
            let line = format!("1 {token} 2\n");
            let problem = Problem::NotANumber { token: token.into() };
            assert_eq!(numbers(line.as_bytes()), [Err(UnreadableBasket { line: 1, problem })]);
        }
    }

    #[test]
    fn a_line_that_is_not_text_is_reported_and_reading_goes_on() {
        let problem = Problem::NotUtf8 { valid_up_to: 2 };
        let file = b"1 2\n3 \xff\n4\n";
        assert_eq!(numbers(file), [Ok(vec![1, 2]), Err(UnreadableBasket { line: 2, problem }), Ok(vec![4])]);
    }

    #[test]
    fn a_failing_input_is_an_error_that_names_the_last_good_line() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the cable is out"))
            }
        }
        let mut reader = Reader::new(io::BufReader::new(Read::chain(&b"1 2\n"[..], Broken)));
        assert!(matches!(reader.next_basket(), Ok(Some(Ok(_)))));
        let error = reader.next_basket().expect_err("the input is broken");
        assert!(error.to_string().starts_with("after line 1:"), "{error}");
    }

    #[test]
    fn an_endless_line_is_refused() {
        let mut reader = Reader::new(io::BufReader::new(io::repeat(b'1')));
        assert!(matches!(reader.next_basket(), Err(Error::LineTooLong { line: 1 })));
    }

    proptest! {
        #[test]
        fn written_baskets_are_read_back(
            baskets in prop::collection::vec(prop::collection::vec(any::<u32>(), 0..20), 0..20),
            crlf in any::<bool>(),
            capacity in 1usize..40,
        ) {
            let mut file = String::new();
            for basket in &baskets {
                let line: Vec<String> = basket.iter().map(u32::to_string).collect();
                file += &line.join(" ");
                file += if crlf { "\r\n" } else { "\n" };
            }
            let mut reader = Reader::new(io::BufReader::with_capacity(capacity, file.as_bytes()));
            let mut items = Vec::new();
            for (index, basket) in baskets.iter().enumerate() {
                let read = reader.next_basket()?.expect("as many lines as baskets")?;
                prop_assert_eq!(read.line(), index as u64 + 1);
                read.numbers(&mut items)?;
                prop_assert_eq!(&items, basket);
            }
            prop_assert!(reader.next_basket()?.is_none());
        }

        #[test]
        fn any_bytes_are_read_to_the_end(file in prop::collection::vec(any::<u8>(), 0..300)) {
            let lines = file.split_inclusive(|byte| *byte == b'\n').count();
            prop_assert_eq!(words(&file).len(), lines);
        }
    }
}
