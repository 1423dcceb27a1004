//! Where a name shows what was searched for.

use segue_model::fold::FoldTable;

/// The pieces of a name, each with whether it is what was searched for. Together they are the name.
///
/// Words are compared as the search compares them, without case, accents and punctuation, and marked where they begin a
/// word; one that begins none is marked where it stands inside.
#[must_use]
pub fn pieces(fold: &FoldTable, name: &str, query: &str) -> Vec<(String, bool)> {
    let query = fold.plain(query);
    let (plain, origin) = plain_with_origin(fold, name);
    let mut marked = vec![false; name.len()];
    for word in query.split(' ').filter(|word| !word.is_empty()) {
        let places: Vec<usize> = plain.match_indices(word).map(|(at, _)| at).collect();
        let begins = |at: &&usize| **at == 0 || plain.as_bytes()[**at - 1] == b' ';
        if let Some(&at) = places.iter().find(begins).or(places.first()) {
            let (first, last) = (origin[at].0, origin[at + word.len() - 1].1);
            marked[first..last].fill(true);
        }
    }
    let mut pieces: Vec<(String, bool)> = Vec::new();
    for (at, letter) in name.char_indices() {
        match pieces.last_mut() {
            Some((piece, is_marked)) if *is_marked == marked[at] => piece.push(letter),
            _ => pieces.push((letter.into(), marked[at])),
        }
    }
    pieces
}

/// The plain key of a name, and for each of its bytes the bytes of the name that it comes from.
fn plain_with_origin(fold: &FoldTable, name: &str) -> (String, Vec<(usize, usize)>) {
    let mut plain = String::new();
    let mut origin = Vec::new();
    for (at, letter) in name.char_indices() {
        // Behind a letter: punctuation alone would stand for itself.
        let mut folded = fold.plain(&format!("a{letter}"))[1..].to_owned();
        let separates = letter.is_whitespace() || "-/_".contains(letter);
        if letter == '&' || (separates && folded.is_empty()) {
            folded.push(' ');
        }
        let folded = if plain.is_empty() || plain.ends_with(' ') { folded.trim_start() } else { &folded };
        plain.push_str(folded);
        origin.resize(plain.len(), (at, at + letter.len_utf8()));
    }
    (plain, origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use segue_model::fold::FoldEntry;

    fn fold() -> FoldTable {
        let entry = |from: char, exact: &str, plain: &str| FoldEntry {
            from,
            combining_class: 0,
            exact: exact.into(),
            plain: plain.into(),
        };
        FoldTable::new(vec![entry('É', "e\u{301}", "e"), entry('é', "e\u{301}", "e"), entry('ß', "ss", "ss")])
    }

    fn marked(name: &str, query: &str) -> String {
        let shown = |(piece, is_marked): (String, bool)| if is_marked { format!("[{piece}]") } else { piece };
        pieces(&fold(), name, query).into_iter().map(shown).collect()
    }

    #[test]
    fn words_are_marked_where_they_begin_and_else_where_they_stand() {
        assert_eq!(marked("Love Me Do", "love"), "[Love] Me Do");
        assert_eq!(marked("Glove Love", "lov"), "Glove [Lov]e");
        assert_eq!(marked("Yesterday", "day"), "Yester[day]");
        assert_eq!(marked("Hey Jude", "ju he"), "[He]y [Ju]de");
        assert_eq!(marked("Hey Jude", "xyz"), "Hey Jude");
    }

    #[test]
    fn accents_punctuation_and_letters_that_fold_to_several_are_marked_as_they_are_written() {
        assert_eq!(marked("L'Été", "lete"), "[L'Été]");
        assert_eq!(marked("Große Straße", "gros"), "[Groß]e Straße");
        assert_eq!(marked("Simon & Garfunkel", "and garf"), "Simon [&] [Garf]unkel");
        assert_eq!(marked("AC/DC", "dc"), "AC/[DC]");
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_name(name in "\\PC{0,30}", query in "\\PC{0,10}") {
            let together: String = pieces(&fold(), &name, &query).into_iter().map(|(piece, _)| piece).collect();
            prop_assert_eq!(together, name);
        }
    }
}
