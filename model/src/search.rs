//! Search as you type: songs whose title and artist contain the words, then those that nearly do.

use crate::Model;
use crate::grams::Grams;
use crate::song::SongId;

/// Longest query that is searched with typing errors, in bytes: the word size of the bit-parallel matcher.
const LONGEST_INEXACT: usize = 64;

/// What a search finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// The best songs, best first, as many as were asked for.
    pub songs: Vec<SongId>,
    /// How many songs there are in all; of those with typing errors, only the ones in `songs` count.
    pub total: usize,
}

/// Songs for what has been typed so far, best first: those of [`hits`].
#[must_use]
pub fn search(model: &Model, query: &str, limit: usize) -> Vec<SongId> {
    hits(model, query, limit).songs
}

/// Songs for what has been typed so far, best first, and how many there are.
///
/// Songs that contain every word of the query come first, words found at a beginning of a word before those inside
/// one, and popular songs first among equals. Only when they do not fill the list, songs that contain the query with
/// typing errors follow: one error for each four letters.
#[must_use]
pub fn hits(model: &Model, query: &str, limit: usize) -> Hits {
    let catalogue = model.catalogue();
    let query = catalogue.fold().plain(query);
    if query.is_empty() || limit == 0 {
        return Hits::default();
    }
    let words: Vec<&str> = query.split(' ').collect();
    let grams = words.iter().map(|word| Grams::of(word.as_bytes())).fold(Grams::default(), |all, one| all | one);
    let mut ranked = Ranked::new(RANKS, limit);
    for song in catalogue.songs() {
        if grams.missing_in(catalogue.grams(song)) > 0 {
            continue;
        }
        if let Some(rank) = containment(&query, &words, catalogue.plain_title(song), catalogue.plain_artist(song)) {
            ranked.add(rank, song);
        }
    }
    let mut total = ranked.total;
    let mut songs = ranked.best();
    if songs.len() < limit {
        let missing = limit - songs.len();
        let near = nearest(model, &query, &songs, missing);
        total += near.len();
        songs.extend(near);
    }
    Hits { songs, total }
}

/// Songs as they come, most popular first, by how well they fit: the best come first, popular songs first among equals.
struct Ranked {
    /// Songs of each rank, no more than are wanted.
    songs: Vec<Vec<SongId>>,
    /// How many are wanted.
    limit: usize,
    /// How many came.
    total: usize,
}

impl Ranked {
    fn new(ranks: usize, limit: usize) -> Self {
        Self { songs: vec![Vec::new(); ranks], limit, total: 0 }
    }

    fn add(&mut self, rank: usize, song: SongId) {
        self.total += 1;
        if self.songs[rank].len() < self.limit {
            self.songs[rank].push(song);
        }
    }

    fn best(self) -> Vec<SongId> {
        self.songs.into_iter().flatten().take(self.limit).collect()
    }
}

/// How many values [`containment`] has.
const RANKS: usize = 4;

/// How well a song contains all words: 0 the title is the query, 1 the title begins with it, 2 every word begins a
/// word, 3 every word is somewhere.
fn containment(query: &str, words: &[&str], title: &str, artist: &str) -> Option<usize> {
    if title.starts_with(query) {
        return Some(usize::from(title.len() != query.len()));
    }
    let mut rank = 2;
    for word in words {
        if begins_a_word(title, word) || begins_a_word(artist, word) {
            continue;
        }
        if title.contains(word) || artist.contains(word) {
            rank = 3;
        } else {
            return None;
        }
    }
    Some(rank)
}

fn begins_a_word(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let begins = |at: usize| text[at..].starts_with(word);
    begins(0) || text.iter().zip(1..).any(|(&byte, next)| byte == b' ' && begins(next))
}

/// Songs whose title, or artist and title, contain the query with the fewest errors.
fn nearest(model: &Model, query: &str, already: &[SongId], limit: usize) -> Vec<SongId> {
    let allowed = (query.chars().count() / 4) as u32;
    if allowed == 0 || query.len() > LONGEST_INEXACT {
        return Vec::new();
    }
    let catalogue = model.catalogue();
    let pattern = Pattern::new(query.as_bytes());
    let mut text = Vec::new();
    let grams = Grams::of(query.as_bytes());
    let mut ranked = Ranked::new(allowed as usize + 1, limit);
    for song in catalogue.songs() {
        // An error spoils two pairs of letters at most.
        if grams.missing_in(catalogue.grams(song)) > 2 * allowed {
            continue;
        }
        let (title, artist) = (catalogue.plain_title(song), catalogue.plain_artist(song));
        let mut errors = pattern.errors_in(title.as_bytes());
        if errors > allowed && !artist.is_empty() {
            for (first, second) in [(title, artist), (artist, title)] {
                text.clear();
                text.extend_from_slice(first.as_bytes());
                text.push(b' ');
                text.extend_from_slice(second.as_bytes());
                errors = errors.min(pattern.errors_in(&text));
            }
        }
        if errors <= allowed && !already.contains(&song) {
            ranked.add(errors as usize, song);
        }
    }
    ranked.best()
}

/// A query prepared for approximate matching: Myers, "A fast bit-vector algorithm for approximate string matching
/// based on dynamic programming", J. ACM 46(3), 1999.
struct Pattern {
    /// For each byte the positions of the pattern where it stands.
    positions: [u64; 256],
    length: u32,
}

impl Pattern {
    /// A pattern of 1 to 64 bytes.
    fn new(pattern: &[u8]) -> Self {
        let mut positions = [0; 256];
        for (at, &byte) in pattern.iter().enumerate() {
            positions[usize::from(byte)] |= 1 << at;
        }
        Self { positions, length: pattern.len() as u32 }
    }

    /// Fewest insertions, deletions and substitutions that turn the pattern into a substring of `text`.
    fn errors_in(&self, text: &[u8]) -> u32 {
        let last = 1_u64 << (self.length - 1);
        let (mut rises, mut falls) = (u64::MAX, 0_u64);
        let mut errors = self.length;
        let mut best = errors;
        for &byte in text {
            let equal = self.positions[usize::from(byte)];
            let vertical = equal | falls;
            let diagonal = ((equal & rises).wrapping_add(rises) ^ rises) | equal;
            let mut up = falls | !(diagonal | rises);
            let mut down = rises & diagonal;
            if up & last != 0 {
                errors += 1;
            } else if down & last != 0 {
                errors -= 1;
            }
            // A match may begin anywhere in the text: nothing is carried into the first row.
            up <<= 1;
            down <<= 1;
            rises = down | !(vertical | up);
            falls = up & vertical;
            best = best.min(errors);
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The textbook dynamic program (Sellers 1980).
    fn errors_by_table(pattern: &[u8], text: &[u8]) -> u32 {
        let mut column: Vec<u32> = (0..=pattern.len() as u32).collect();
        let mut best = pattern.len() as u32;
        for &byte in text {
            let mut diagonal = 0;
            for at in 0..pattern.len() {
                let substituted = diagonal + u32::from(pattern[at] != byte);
                diagonal = column[at + 1];
                column[at + 1] = substituted.min(column[at] + 1).min(column[at + 1] + 1);
            }
            best = best.min(column[pattern.len()]);
        }
        best
    }

    proptest! {
        #[test]
        fn the_bit_vector_counts_what_the_table_counts(pattern in "[abc]{1,64}", text in "[abc ]{0,80}") {
            let expected = errors_by_table(pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(Pattern::new(pattern.as_bytes()).errors_in(text.as_bytes()), expected);
        }
    }

    proptest! {
        #[test]
        fn an_error_spoils_two_pairs_of_letters_at_most(pattern in "[abc ]{2,20}", text in "[abc ]{0,40}") {
            let errors = errors_by_table(pattern.as_bytes(), text.as_bytes());
            let missing = Grams::of(pattern.as_bytes()).missing_in(Grams::of(text.as_bytes()));
            prop_assert!(missing <= 2 * errors, "{missing} pairs are missing after {errors} errors");
        }

        #[test]
        fn a_word_begins_where_the_text_does_or_behind_a_space(text in "[ab ]{0,12}", word in "[ab]{1,3}") {
            let expected = text.match_indices(&word).any(|(at, _)| at == 0 || text.as_bytes()[at - 1] == b' ');
            prop_assert_eq!(begins_a_word(&text, &word), expected);
        }
    }

    #[test]
    fn beginnings_rank_before_insides() {
        assert_eq!(containment("help", &["help"], "help", ""), Some(0));
        assert_eq!(containment("he", &["he"], "help", ""), Some(1));
        assert_eq!(containment("me", &["me"], "help me", ""), Some(2));
        assert_eq!(containment("elp", &["elp"], "help me", ""), Some(3));
        assert_eq!(containment("help beatles", &["help", "beatles"], "help", "the beatles"), Some(2));
        assert_eq!(containment("x", &["x"], "help", "the beatles"), None);
    }
}
