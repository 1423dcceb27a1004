//! Folding: the keys under which names are compared.
//!
//! Two keys exist for a name. The *exact* key ignores case and the way accents are encoded: it is the canonical
//! decomposition ([UAX #15](https://www.unicode.org/reports/tr15/), form NFD) of the case-folded name, so two names
//! have equal exact keys when their NFC forms are equal but for case. The *plain* key also drops diacritics and
//! punctuation and reads `&` as "and".
//!
//! A full Unicode library weighs tens of kilobytes in a wasm module. The miner, which can afford one, therefore writes
//! a [`FoldTable`] with just the characters that the catalogue needs, and everybody (the miner included) folds with
//! that table, so all sides agree.

/// How one non-ASCII character folds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldEntry {
    /// The character.
    pub from: char,
    /// Its canonical combining class; 0 for everything that is not a combining mark.
    pub combining_class: u8,
    /// What stands for it in the exact key.
    pub exact: String,
    /// What stands for it in the plain key; empty for punctuation and combining marks.
    pub plain: String,
}

/// The fold rules of a catalogue: entries for non-ASCII characters, sorted by character, without repeats.
///
/// ASCII needs no table. A character without entry stands for itself (Hangul syllables are decomposed by arithmetic).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoldTable {
    entries: Vec<FoldEntry>,
}

impl FoldTable {
    /// A table of these entries, in any order; of entries for one character the first counts, those for ASCII none.
    #[must_use]
    pub fn new(mut entries: Vec<FoldEntry>) -> Self {
        entries.retain(|entry| !entry.from.is_ascii());
        let mut entries: Vec<(usize, FoldEntry)> = entries.into_iter().enumerate().collect();
        crate::sort::sort_by(&mut entries, |left, right| (left.1.from, left.0).cmp(&(right.1.from, right.0)));
        entries.dedup_by_key(|(_, entry)| entry.from);
        Self { entries: entries.into_iter().map(|(_, entry)| entry).collect() }
    }

    /// The entries, sorted by character.
    #[must_use]
    pub fn entries(&self) -> &[FoldEntry] {
        &self.entries
    }

    fn get(&self, c: char) -> Option<&FoldEntry> {
        let at = self.entries.binary_search_by_key(&c, |entry| entry.from).ok()?;
        Some(&self.entries[at])
    }

    /// The exact key of a name: case and accent encoding folded, white space collapsed and trimmed.
    #[must_use]
    pub fn exact(&self, name: &str) -> String {
        let mut key = String::new();
        self.exact_into(name, &mut key);
        key
    }

    /// Makes `key` the exact key of a name. The buffer can be used again for the next name.
    pub fn exact_into(&self, name: &str, key: &mut String) {
        key.clear();
        if name.is_ascii() {
            push_collapsed(key, name);
            key.make_ascii_lowercase();
        } else {
            key.push_str(&self.exact_of_any(name));
        }
    }

    fn exact_of_any(&self, name: &str) -> String {
        let mut key = String::with_capacity(name.len());
        for c in name.chars() {
            if c.is_ascii() {
                key.push(c.to_ascii_lowercase());
            } else if let Some(entry) = self.get(c) {
                key.push_str(&entry.exact);
            } else {
                push_decomposed_hangul(&mut key, c);
            }
        }
        if !self.is_in_canonical_order(&key) {
            key = self.in_canonical_order(&key);
        }
        collapse_white_space(&key)
    }

    /// Whether `key`, the exact key of some name, is that of `name` too.
    pub(crate) fn has_exact_key(&self, name: &str, key: &str) -> bool {
        // Most names are ASCII: then nothing has to be made to see it.
        if name.is_ascii() && name.eq_ignore_ascii_case(key) {
            return true;
        }
        let is_sure = name.is_ascii() && is_collapsed(name.as_bytes());
        !is_sure && self.exact(name) == key
    }

    /// The plain key of a name: its exact key without diacritics and punctuation, `&` read as "and", hyphens and
    /// slashes as spaces. A name that consists of punctuation alone ("???") keeps its exact key.
    #[must_use]
    pub fn plain(&self, name: &str) -> String {
        let mut key = String::new();
        self.plain_into(name, &mut key);
        key
    }

    /// Makes `key` the plain key of a name. The buffer can be used again for the next name.
    pub fn plain_into(&self, name: &str, key: &mut String) {
        key.clear();
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b' ';
        if name.bytes().all(is_plain) && is_collapsed(name.as_bytes()) {
            key.push_str(name);
        } else if name.is_ascii() {
            push_plain_ascii(key, name);
        } else {
            for c in name.chars() {
                match c {
                    '&' => key.push_str(" and "),
                    '-' | '/' | '_' => key.push(' '),
                    _ if c.is_ascii_alphanumeric() || c.is_ascii_whitespace() => {
                        key.push(c.to_ascii_lowercase());
                    }
                    _ if c.is_ascii() => {}
                    _ => match self.get(c) {
                        Some(entry) => key.push_str(&entry.plain),
                        None => push_decomposed_hangul(key, c),
                    },
                }
            }
            *key = collapse_white_space(key);
        }
        if key.is_empty() {
            self.exact_into(name, key);
        }
    }

    /// The key of a title's work: the plain key without version suffixes such as "- Remastered 2011".
    #[must_use]
    pub fn base(&self, title: &str) -> String {
        self.plain(without_version_suffix(&self.exact(title)))
    }

    /// Sorts each run of combining marks by combining class, stably: the Canonical Ordering Algorithm.
    fn in_canonical_order(&self, key: &str) -> String {
        let mut chars: Vec<(u8, usize, char)> =
            key.chars().enumerate().map(|(at, c)| (self.combining_class(c), at, c)).collect();
        for run in chars.chunk_by_mut(|left, right| left.0 != 0 && right.0 != 0) {
            crate::sort::sort(run);
        }
        chars.into_iter().map(|(.., c)| c).collect()
    }

    /// Whether there is nothing to sort: mostly so, and told without making anything.
    fn is_in_canonical_order(&self, key: &str) -> bool {
        let mut last = 0;
        key.chars().all(|c| {
            let before = std::mem::replace(&mut last, self.combining_class(c));
            last == 0 || before <= last
        })
    }

    fn combining_class(&self, c: char) -> u8 {
        if c.is_ascii() { 0 } else { self.get(c).map_or(0, |entry| entry.combining_class) }
    }
}

/// Whether ASCII text has no white space but single spaces between words: then collapsing it changes nothing.
fn is_collapsed(text: &[u8]) -> bool {
    let at_the_ends = text.first() == Some(&b' ') || text.last() == Some(&b' ');
    // Without leaving early, so that many bytes are looked at at once. Control characters, of which some are white
    // space, take the long way.
    let doubled = text.iter().zip(text.iter().skip(1)).fold(false, |any, (&l, &r)| any | (l == b' ') & (r == b' '));
    !at_the_ends && !text.iter().fold(doubled, |any, &byte| any | (byte < b' '))
}

/// The plain key of ASCII text, white space collapsed on the way.
fn push_plain_ascii(key: &mut String, text: &str) {
    // White space that is written as soon as something follows it.
    let mut space = false;
    for byte in text.bytes() {
        let is_and = byte == b'&';
        space |= is_and || matches!(byte, b'-' | b'/' | b'_') || byte.is_ascii_whitespace();
        if is_and || byte.is_ascii_alphanumeric() {
            if space && !key.is_empty() {
                key.push(' ');
            }
            space = is_and;
            if is_and {
                key.push_str("and");
            } else {
                key.push(char::from(byte.to_ascii_lowercase()));
            }
        }
    }
}

/// Hangul syllables decompose by arithmetic (The Unicode Standard, section 3.12).
fn push_decomposed_hangul(key: &mut String, c: char) {
    const FIRST: u32 = 0xAC00;
    const LEADING: u32 = 0x1100;
    const VOWEL: u32 = 0x1161;
    const TRAILING: u32 = 0x11A7;
    const VOWELS: u32 = 21;
    const TRAILINGS: u32 = 28;
    let index = u32::from(c).wrapping_sub(FIRST);
    if index >= 19 * VOWELS * TRAILINGS {
        key.push(c);
        return;
    }
    let parts =
        [LEADING + index / (VOWELS * TRAILINGS), VOWEL + index / TRAILINGS % VOWELS, TRAILING + index % TRAILINGS];
    let count = if parts[2] == TRAILING { 2 } else { 3 };
    key.extend(parts[..count].iter().filter_map(|&part| char::from_u32(part)));
}

/// Appends the words of a text with single spaces between them.
pub fn push_collapsed(out: &mut String, text: &str) {
    if text.is_ascii() && is_collapsed(text.as_bytes()) {
        out.push_str(text);
        return;
    }
    let mut words = text.split_whitespace();
    if let Some(first) = words.next() {
        out.push_str(first);
    }
    for word in words {
        out.push(' ');
        out.push_str(word);
    }
}

fn collapse_white_space(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_collapsed(&mut out, text);
    out
}

/// The part of an exactly folded title that names the work: without "- remastered 2011", "(feat. …)", "[deluxe]", …
///
/// Only suffixes are cut, only where their words say that they tell versions of one work apart, and never everything.
#[must_use]
pub fn without_version_suffix(folded_title: &str) -> &str {
    let mut title = folded_title.trim_end();
    // Most titles have no suffix, and most of those nothing that one could begin with.
    let begins_one = |pair: &[u8]| pair[0] == b' ' && matches!(pair[1], b'-' | b'f' | 0xE2);
    let bytes = title.as_bytes();
    if !matches!(bytes.last(), Some(b')' | b']')) && !bytes.windows(2).any(begins_one) {
        return title;
    }
    loop {
        let head = bracketed_suffix(title)
            .or_else(|| dashed_suffix(title))
            .or_else(|| featuring_suffix(title))
            .map(str::trim_end);
        match head {
            Some(head) if !head.is_empty() => title = head,
            _ => return title,
        }
    }
}

fn bracketed_suffix(title: &str) -> Option<&str> {
    let (open, close) = match title.as_bytes().last()? {
        b')' => (b'(', b')'),
        b']' => (b'[', b']'),
        _ => return None,
    };
    let mut depth = 0_usize;
    for (at, &byte) in title.as_bytes().iter().enumerate().rev() {
        if byte == close {
            depth += 1;
        } else if byte == open {
            depth -= 1;
            if depth == 0 {
                let inside = &title[at + 1..title.len() - 1];
                return names_a_version(inside, true).then_some(&title[..at]);
            }
        }
    }
    None
}

fn dashed_suffix(title: &str) -> Option<&str> {
    // Dashes of whole characters that begin with an ASCII space: the positions are those of characters.
    let dash_at =
        |at: usize| [" - ", " – ", " — "].into_iter().find(|dash| title.as_bytes()[at..].starts_with(dash.as_bytes()));
    let mut spaces = (0..title.len()).rev().filter(|&at| title.as_bytes()[at] == b' ');
    let (at, dash) = spaces.find_map(|at| Some((at, dash_at(at)?)))?;
    names_a_version(&title[at + dash.len()..], false).then_some(&title[..at])
}

fn featuring_suffix(title: &str) -> Option<&str> {
    let words = [" feat. ", " ft. ", " featuring "];
    let is_one = |&at: &usize| words.iter().any(|word| title.as_bytes()[at..].starts_with(word.as_bytes()));
    (0..title.len()).filter(|&at| title.as_bytes()[at] == b' ').find(is_one).map(|at| &title[..at])
}

/// Whether a suffix names a version of a work rather than another work ("part 2", "interlude" do not).
fn names_a_version(suffix: &str, bracketed: bool) -> bool {
    const ANYWHERE: [&str; 33] = [
        "remaster",
        "remastered",
        "remasterizado",
        "remasterisé",
        "feat",
        "ft",
        "featuring",
        "version",
        "versión",
        "edit",
        "mix",
        "remix",
        "rmx",
        "mixed",
        "deluxe",
        "mono",
        "stereo",
        "acoustic",
        "demo",
        "bonus",
        "soundtrack",
        "edition",
        "anniversary",
        "instrumental",
        "karaoke",
        "explicit",
        "unplugged",
        "session",
        "sessions",
        "recorded",
        "recording",
        "extended",
        "outtake",
    ];
    const AT_AN_END: [&str; 5] = ["live", "single", "album", "original", "radio"];
    let mut words = suffix
        .split(|c: char| c.is_whitespace() || (c.is_ascii_punctuation() && c != '\''))
        .filter(|word| !word.is_empty());
    let Some(first) = words.clone().next() else { return false };
    let last = words.clone().next_back().unwrap_or(first);
    words.any(|word| ANYWHERE.contains(&word))
        || AT_AN_END.contains(&first)
        || AT_AN_END.contains(&last)
        || (first == "from" && suffix.contains(['"', '“', '\'']))
        || (bracketed && first == "with")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table() -> FoldTable {
        let entry = |from, combining_class, exact: &str, plain: &str| FoldEntry {
            from,
            combining_class,
            exact: exact.into(),
            plain: plain.into(),
        };
        FoldTable::new(vec![
            entry('É', 0, "e\u{301}", "e"),
            entry('é', 0, "e\u{301}", "e"),
            entry('\u{301}', 230, "\u{301}", ""),
            entry('\u{323}', 220, "\u{323}", ""),
            entry('’', 0, "’", ""),
        ])
    }

    #[test]
    fn composed_and_decomposed_accents_have_one_exact_key() {
        assert_eq!(table().exact("CAFÉ"), table().exact("cafe\u{301}"));
        assert_ne!(table().exact("café"), table().exact("cafe"));
    }

    #[test]
    fn combining_marks_are_put_in_canonical_order() {
        assert_eq!(table().exact("a\u{301}\u{323}"), table().exact("a\u{323}\u{301}"));
    }

    #[test]
    fn the_plain_key_drops_accents_quotes_and_punctuation() {
        assert_eq!(table().plain("Café  del Mar!"), "cafe del mar");
        assert_eq!(table().plain("Don’t"), table().plain("DON'T"));
        assert_eq!(table().plain("Rock & Roll"), table().plain("rock and roll"));
        assert_eq!(table().plain("Stop-Start"), "stop start");
    }

    #[test]
    fn a_name_of_punctuation_alone_keeps_its_exact_key() {
        assert_eq!(table().plain("???"), "???");
    }

    #[test]
    fn hangul_decomposes_by_arithmetic() {
        assert_eq!(FoldTable::default().exact("한글"), "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}");
    }

    proptest! {
        #[test]
        fn ascii_names_fold_as_they_do_among_other_characters(name in "[a-cA-C .&/_\\t\\x0B-]{0,12}") {
            // A character beyond ASCII that the table knows and drops makes the name take the long way.
            let table = table();
            let (exact, plain) = (table.exact(&name), table.plain(&name));
            prop_assert!(table.has_exact_key(&name, &exact));
            prop_assert_eq!(&exact, &name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase());
            let long_way = table.exact(&format!("{name} ’"));
            prop_assert_eq!(long_way.trim_end_matches('’').trim_end(), &exact);
            let long_way = table.plain(&format!("’{name}"));
            if !long_way.starts_with('’') {
                prop_assert_eq!(plain, long_way);
            }
            let head = without_version_suffix(&exact);
            prop_assert!(exact.starts_with(head));
        }
    }

    proptest! {
        #[test]
        fn a_key_is_told_without_making_it(name in "[aAbé ]{0,4}", other in "[aAbé ]{0,4}") {
            let key = table().exact(&other);
            prop_assert_eq!(table().has_exact_key(&name, &key), table().exact(&name) == key);
        }
    }

    #[test]
    fn version_suffixes_are_cut() {
        for title in [
            "yesterday - remastered 2009",
            "yesterday (remastered)",
            "yesterday [deluxe edition]",
            "yesterday - live at the bbc",
            "yesterday (feat. somebody)",
            "yesterday feat. somebody else",
            "yesterday (with somebody) - radio edit",
            "yesterday - from \"help!\"",
            "yesterday - 2015 version / live",
        ] {
            assert_eq!(without_version_suffix(title), "yesterday", "{title}");
        }
    }

    #[test]
    fn other_suffixes_and_whole_titles_stay() {
        for title in [
            "single ladies (put a ring on it)",
            "live and let die",
            "another brick in the wall - pt. 2",
            "(remix)",
            "remix",
            "with or without you",
            "unbalanced)",
            "who wants to live forever",
        ] {
            assert_eq!(without_version_suffix(title), title);
        }
    }
}
