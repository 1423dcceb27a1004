//! One basket a line: a CSV without a header, whose every record is a playlist and every field a song of it.
//!
//! ```text
//! bread,milk
//! bread,"apples, green",beer
//! ```
//!
//! Fields may be quoted, are handed out without surrounding white space, and are passed over where blank, so a file
//! padded to equal width (`bread,milk,,`) reads the same. Lines of nothing but blanks are passed over.
//!
//! A long CSV (see [`csv`](crate::csv)) has the same ending in its name; [`layout`] tells them apart where that is safe.

use std::collections::{HashMap, HashSet};
use std::io::BufRead;

use crate::csv::{Columns, Error, Header, Record, Records};

/// How a CSV holds playlists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// A header, then one song of one playlist a row: [`csv`](crate::csv).
    Rows,
    /// No header, one playlist a line: this module.
    Lines,
}

/// Reads baskets, one at a time, borrowed from the reader's own buffer.
///
/// ```
/// use segue_playlists::lines::Reader;
///
/// let mut reader = Reader::new(&b"bread,milk\n\"apples, green\",,beer\n"[..])?;
/// let mut baskets = Vec::new();
/// while let Some(basket) = reader.next_basket()? {
///     baskets.push(basket?.items().collect::<Vec<_>>().join("+"));
/// }
/// assert_eq!(baskets, ["bread+milk", "apples, green+beer"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    records: Records<R>,
}

/// One line of the file.
#[derive(Debug, Clone, Copy)]
pub struct Basket<'a> {
    record: Record<'a>,
}

/// A line that cannot be used; reading goes on with the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: field {field} is not UTF-8 text")]
pub struct UnreadableLine {
    /// The line, from 1.
    pub line: u64,
    /// The first field that is no text, from 1.
    pub field: usize,
}

impl<R: BufRead> Reader<R> {
    /// A reader of the baskets in `input`.
    ///
    /// # Errors
    /// [`Error::Io`] when the input cannot be read.
    pub fn new(input: R) -> Result<Self, Error> {
        Ok(Reader { records: Records::new(input)? })
    }

    /// The next basket, `None` after the last. Lines that are no text come as `Err(UnreadableLine)` inside: count them
    /// and go on.
    ///
    /// # Errors
    /// [`Error`] when the file cannot be read any further.
    pub fn next_basket(&mut self) -> Result<Option<Result<Basket<'_>, UnreadableLine>>, Error> {
        loop {
            if !self.records.read()? {
                return Ok(None);
            }
            // Blank by any white space there is, as items are trimmed of it.
            let is_blank = |field| std::str::from_utf8(field).is_ok_and(|item| item.trim().is_empty());
            if !self.records.current().fields().all(is_blank) {
                break;
            }
        }
        let record = self.records.current();
        let no_text = record.fields().position(|field| std::str::from_utf8(field).is_err());
        Ok(Some(match no_text {
            None => Ok(Basket { record }),
            Some(field) => Err(UnreadableLine { line: record.line(), field: field + 1 }),
        }))
    }
}

impl<'a> Basket<'a> {
    /// The line on which it begins, from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.record.line()
    }

    /// Its items as they stand in the line, repetitions included, blanks left out.
    pub fn items(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        // All of them are text: that was looked at when the basket was made.
        self.record
            .fields()
            .map(|field| std::str::from_utf8(field).unwrap_or_default().trim())
            .filter(|item| !item.is_empty())
    }
}

/// Which layout a CSV has, from its beginning (`whole`: that is all of it); `None` when that is not safe to tell.
///
/// A first line that names a playlist and a title column makes it [`Layout::Rows`]. It is [`Layout::Lines`] if the
/// first line has nothing of a header, and nothing is left of a table: something in the first line comes again further
/// down (a column's name does not), and at least one line in ten differs from the commonest number of fields (a few
/// rows of a table do, by a comma without quotes).
///
/// ```
/// use segue_playlists::lines::{Layout, layout};
/// assert_eq!(layout(b"pid,artist_name,track_name\n1,a,b\n", true), Some(Layout::Rows));
/// assert_eq!(layout(b"bread,milk\nbread,butter,beer\nmilk\n", true), Some(Layout::Lines));
/// assert_eq!(layout(b"basket,product\n1,bread\n1,milk\n", true), None);
/// ```
#[must_use]
pub fn layout(start: &[u8], whole: bool) -> Option<Layout> {
    let end = if whole { start.len() } else { start.iter().rposition(|&byte| byte == b'\n')? + 1 };
    let mut records = Records::new(&start[..end]).ok()?;
    if !records.read().ok()? {
        return None;
    }
    let first = records.current();
    let header = Header::find(first, Columns::Playlists);
    if header.is_ok() {
        return Some(Layout::Rows);
    }
    let names: HashSet<Vec<u8>> =
        first.fields().map(<[u8]>::trim_ascii).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect();
    let mut widths = HashMap::from([(first.len(), 1_usize)]);
    let mut again = false;
    // What was cut in the middle of a quoted field ends the look.
    while let Ok(true) = records.read() {
        let record = records.current();
        if record.is_blank() {
            continue;
        }
        *widths.entry(record.len()).or_default() += 1;
        again = again || record.fields().any(|field| names.contains(field.trim_ascii()));
    }
    let all: usize = widths.values().sum();
    let commonest = widths.values().max().copied().unwrap_or(0);
    if again && (all - commonest) * 10 >= all {
        return Some(Layout::Lines);
    }
    // Some names of a header: the reader of rows says which are missing.
    (!matches!(header, Err(Error::NoHeader { .. }))).then_some(Layout::Rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn baskets(text: &[u8]) -> Vec<Result<(u64, Vec<String>), String>> {
        let mut reader = Reader::new(text).unwrap();
        let mut baskets = Vec::new();
        while let Some(basket) = reader.next_basket().unwrap() {
            baskets.push(match basket {
                Ok(basket) => Ok((basket.line(), basket.items().map(str::to_owned).collect())),
                Err(line) => Err(line.to_string()),
            });
        }
        baskets
    }

    fn basket(line: u64, items: &[&str]) -> Result<(u64, Vec<String>), String> {
        Ok((line, items.iter().map(|item| (*item).to_owned()).collect()))
    }

    #[test]
    fn every_line_is_a_basket_and_every_field_an_item() {
        let text = "\u{feff}bread, milk \r\n\r\n,,\r\n\"a, b\",\"say \"\"hi\"\"\",,\r\nbread,bread";
        assert_eq!(
            baskets(text.as_bytes()),
            [basket(1, &["bread", "milk"]), basket(4, &["a, b", "say \"hi\""]), basket(5, &["bread", "bread"])]
        );
        assert!(baskets(b"").is_empty());
    }

    #[test]
    fn a_line_that_is_no_text_is_told_and_passed_over() {
        assert_eq!(
            baskets(b"a,b\nc,\xff,d\ne\n"),
            [basket(1, &["a", "b"]), Err("line 2: field 2 is not UTF-8 text".into()), basket(3, &["e"])]
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_is_an_error() {
        let mut reader = Reader::new(&b"a,b\n\"c,d\n"[..]).unwrap();
        assert!(reader.next_basket().unwrap().is_some());
        assert!(matches!(reader.next_basket(), Err(Error::UnclosedQuote { line: 2 })));
    }

    #[test]
    fn a_table_is_never_taken_for_baskets() {
        let mut unquoted = String::from("1,The Lanterns,Harbour Light\n");
        for row in 0..50 {
            unquoted += &format!("1,The Lanterns,Song {row}\n");
        }
        unquoted += "1,Earth, Wind & Fire,September\n";
        for table in [
            "basket,product\n1,bread\n1,milk\n",
            "basket,product\n1,bread\n1,milk, fresh\n",
            "1,The Lanterns,Harbour Light\n1,The Lanterns,Home\n2,The Lanterns,Home\n",
            &unquoted,
            "one line,only\n",
            "",
            "\n\n",
        ] {
            assert_eq!(layout(table.as_bytes(), true), None, "{table}");
        }
        for table in ["PID,Track Name\n", "track_name,artist_name\nTitle,Artist\n", "pid,name\n1,a\n"] {
            assert_eq!(layout(table.as_bytes(), true), Some(Layout::Rows), "{table}");
        }
    }

    #[test]
    fn baskets_are_known_by_what_comes_again_and_by_uneven_lines() {
        for lines in [
            "Bread,Milk\nBread,Diaper,Beer,Eggs\nMilk,Diaper,Beer,Coke\n",
            "song,milk\nmilk\nsong,\"eggs\nand ham\",milk\n",
            "milk\neggs,milk\n",
        ] {
            assert_eq!(layout(lines.as_bytes(), true), Some(Layout::Lines), "{lines}");
        }
    }

    #[test]
    fn a_line_of_any_white_space_is_no_basket() {
        let read: Vec<_> = baskets("milk\n\u{2000}\n \t,\u{a0}\nbeer\n".as_bytes());
        let items: Vec<Vec<String>> = read.into_iter().map(|basket| basket.unwrap().1).collect();
        assert_eq!(items, [["milk"], ["beer"]]);
    }

    #[test]
    fn a_beginning_is_judged_without_its_cut_line() {
        assert_eq!(layout(b"milk\neggs,milk\n\"cut", false), Some(Layout::Lines));
        assert_eq!(layout(b"pid,track_name", false), None);
        assert_eq!(layout(b"pid,track_name\n1,", false), Some(Layout::Rows));
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again(lists in prop::collection::vec(prop::collection::vec("\\PC{0,5}", 1..5), 0..8)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for list in &lists {
                writer.write_record(list).unwrap();
            }
            let found: Vec<Vec<String>> =
                baskets(&writer.into_inner().unwrap()).into_iter().map(|basket| basket.unwrap().1).collect();
            let expected: Vec<Vec<String>> = lists
                .iter()
                .map(|list| list.iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect())
                .filter(|list: &Vec<String>| !list.is_empty())
                .collect();
            // A byte order mark at the beginning is none of the first item.
            if !lists.first().is_some_and(|list| list[0].starts_with('\u{feff}')) {
                prop_assert_eq!(found, expected);
            }
        }
    }
}
