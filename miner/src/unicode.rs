//! The fold table of a catalogue, from full Unicode tables.

use std::collections::BTreeSet;

use segue_model::fold::{FoldEntry, FoldTable};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// Letters that people without the right keyboard write otherwise, though Unicode does not decompose them.
const SPELLED_OUT: [(char, &str); 14] = [
    ('ø', "o"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ı', "i"),
    ('ħ', "h"),
    ('ŋ', "n"),
    ('ŧ', "t"),
    ('ĸ', "k"),
    ('ə', "e"),
    ('ŀ', "l"),
];

/// Blocks whose letters are variants of ASCII, Greek or Cyrillic ones, and the marks that combine with them: people
/// type these for a catalogue that has another form of the same letter.
const OFTEN_TYPED: [std::ops::Range<u32>; 7] =
    [0x80..0x250, 0x300..0x370, 0x370..0x530, 0x1E00..0x2000, 0x2010..0x2040, 0x2100..0x2140, 0xFF01..0xFF5F];

/// A table for names made of these characters, and for what people type for them.
///
/// It holds every character given, and of the blocks of accented Latin, Greek, Cyrillic and punctuation each one that
/// folds to letters of ASCII or to letters given.
#[must_use]
pub fn fold_table(characters: impl IntoIterator<Item = char>) -> FoldTable {
    let given: BTreeSet<char> = characters.into_iter().filter(|c| !c.is_ascii()).collect();
    let mut entries: Vec<FoldEntry> = given.iter().map(|&c| entry(c)).collect();
    // Every character of a key must fold to itself, so they are given too.
    let within: BTreeSet<char> = entries.iter().flat_map(|entry| entry.exact.chars()).collect();
    entries.extend(within.iter().map(|&c| entry(c)));
    for c in OFTEN_TYPED.into_iter().flatten().filter_map(char::from_u32) {
        let typed = entry(c);
        if typed.plain.chars().all(|c| c.is_ascii() || within.contains(&c)) {
            entries.extend(typed.exact.chars().filter(|c| !c.is_ascii()).map(entry));
            entries.push(typed);
        }
    }
    entries.retain(|folded| {
        // What stands for itself needs no entry.
        let itself = folded.from.to_string();
        folded.combining_class != 0 || folded.exact != itself || folded.plain != itself
    });
    FoldTable::new(entries)
}

fn entry(c: char) -> FoldEntry {
    // Lower case of the upper case comes near to full case folding: ß and ẞ become ss, ς and σ become σ.
    let folded: String = c.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfd().collect();
    let plain = folded
        .chars()
        .filter(|&c| !is_combining_mark(c))
        .flat_map(|c| match SPELLED_OUT.iter().find(|(letter, _)| *letter == c) {
            Some((_, spelling)) => spelling.chars().collect::<Vec<char>>(),
            None if c.is_alphanumeric() => vec![c],
            None if is_dash_or_space(c) => vec![' '],
            None if is_symbol_with_meaning(c) => vec![c],
            None => Vec::new(),
        })
        .collect();
    FoldEntry { from: c, combining_class: canonical_combining_class(c), exact: folded, plain }
}

fn is_dash_or_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2044}')
}

/// Characters beyond punctuation, such as arrows, symbols and emoji: titles consist of them.
fn is_symbol_with_meaning(c: char) -> bool {
    c >= '\u{2100}' && !matches!(c, '\u{3000}'..='\u{303F}' | '\u{FE00}'..='\u{FE6F}' | '\u{FF00}'..='\u{FFEF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_the_world_fold() {
        let table = fold_table("Sigur Rós Motörhead Águas Σίσυφος Кино 宇多田ヒカル".chars());
        assert_eq!(table.plain("SIGUR RÓS"), "sigur ros");
        assert_eq!(table.plain("Motorhead"), table.plain("MOTÖRHEAD"));
        assert_eq!(table.exact("ΣΊΣΥΦΟΣ"), table.exact("σίσυφος"));
        assert_eq!(table.exact("КИНО"), table.exact("кино"));
        assert_eq!(table.exact("宇多田ヒカル"), "宇多田ヒカル");
        assert_ne!(table.exact("Ros"), table.exact("Rós"));
    }

    #[test]
    fn letters_the_catalogue_lacks_still_fold_to_ascii() {
        let table = fold_table(std::iter::empty());
        assert_eq!(table.plain("Bjørk Straße Æther Łódź"), "bjork strasse aether lodz");
        assert_eq!(table.plain("Don’t “Stop” – now…"), "dont stop now");
    }

    proptest! {
        #[test]
        fn names_equal_in_nfc_but_for_case_have_one_exact_key(name in "\\PC{0,12}") {
            let upper: String = name.chars().flat_map(char::to_uppercase).collect();
            let composed: String = name.nfc().collect();
            let decomposed: String = name.nfd().collect();
            let table = fold_table(name.chars().chain(composed.chars()).chain(decomposed.chars()).chain(upper.chars()));
            prop_assert_eq!(table.exact(&composed), table.exact(&name));
            prop_assert_eq!(table.exact(&decomposed), table.exact(&name));
            prop_assert_eq!(table.exact(&table.exact(&name)), table.exact(&name));
            prop_assert_eq!(table.plain(&table.exact(&name)), table.plain(&name));
        }
    }
}
