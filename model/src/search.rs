//! Search as you type: songs whose title and artist contain the words, then those that nearly do.

use crate::Model;
use crate::catalogue::Catalogue;
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
    hits_in(model.catalogue(), query, limit)
}

fn hits_in(catalogue: &Catalogue, query: &str, limit: usize) -> Hits {
    let query = catalogue.fold().plain(query);
    if query.is_empty() || limit == 0 {
        return Hits::default();
    }
    let words: Vec<&[u8]> = query.split(' ').map(str::as_bytes).collect();
    let grams = words.iter().map(|word| Grams::of(word)).fold(Grams::default(), |all, one| all | one);
    let mut ranked = Ranked::new(RANKS, limit);
    for song in catalogue.songs() {
        if grams.missing_in(catalogue.grams(song)) > 0 {
            continue;
        }
        let (title, artist) = (catalogue.plain_title(song).as_bytes(), catalogue.plain_artist(song).as_bytes());
        // Popular songs come first: once the list is full of songs that fit well, others are only counted.
        let told_apart = ranked.has_place(BEGINNINGS);
        if let Some(rank) = containment(query.as_bytes(), &words, title, artist, told_apart) {
            ranked.add(rank, song);
        }
    }
    let mut total = ranked.total;
    let mut songs = ranked.best();
    if songs.len() < limit {
        let missing = limit - songs.len();
        let near = nearest(catalogue, &query, &songs, missing);
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

    /// Whether there is a place for one more song of this rank.
    fn has_place(&self, rank: usize) -> bool {
        self.songs[..=rank].iter().map(Vec::len).sum::<usize>() < self.limit
    }

    fn best(self) -> Vec<SongId> {
        self.songs.into_iter().flatten().take(self.limit).collect()
    }
}

/// How many values [`containment`] has.
const RANKS: usize = 4;
/// The value of songs in which every word begins a word; better are those whose title begins with all of them.
const BEGINNINGS: usize = 2;

/// How well a song contains all words: 0 the title is the query, 1 the title begins with it, 2 every word begins a
/// word, 3 every word is somewhere; where that is not `told_apart`, 2 and 3 stand for each other.
fn containment(query: &[u8], words: &[&[u8]], title: &[u8], artist: &[u8], told_apart: bool) -> Option<usize> {
    if title.starts_with(query) {
        return Some(usize::from(title.len() != query.len()));
    }
    let mut rank = BEGINNINGS;
    for word in words {
        let place = match place(title, word, told_apart) {
            Place::Beginning => Place::Beginning,
            Place::Inside if !told_apart => Place::Inside,
            in_title => in_title.min(place(artist, word, told_apart)),
        };
        match place {
            Place::Beginning => {}
            Place::Inside => rank = BEGINNINGS + 1,
            Place::Nowhere => return None,
        }
    }
    Some(rank)
}

/// Where a text has a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// At the beginning of one of its words.
    Beginning,
    /// Only inside its words.
    Inside,
    /// It has not.
    Nowhere,
}

/// The best place of a word in a text; where they are not `told_apart`, its first.
fn place(text: &[u8], word: &[u8], told_apart: bool) -> Place {
    let Some((&first, rest)) = word.split_first() else { return Place::Beginning };
    let mut place = Place::Nowhere;
    let mut before = b' ';
    let mut left = text;
    while let Some((&byte, behind)) = left.split_first() {
        if byte == first && behind.starts_with(rest) {
            if before == b' ' {
                return Place::Beginning;
            }
            place = Place::Inside;
            if !told_apart {
                break;
            }
        }
        (before, left) = (byte, behind);
    }
    place
}

/// Songs whose title, or artist and title, contain the query with the fewest errors.
fn nearest(catalogue: &Catalogue, query: &str, already: &[SongId], limit: usize) -> Vec<SongId> {
    let allowed = (query.chars().count() / 4) as u32;
    if allowed == 0 || query.len() > LONGEST_INEXACT {
        return Vec::new();
    }
    let pattern = Pattern::new(query.as_bytes());
    // What is longer than this has more errors than are allowed.
    let longest = query.len() + allowed as usize;
    let grams = Grams::of(query.as_bytes());
    let mut ranked = Ranked::new(allowed as usize + 1, limit);
    // Popular songs come first: once the list is full of songs with so many errors, only those with fewer are wanted.
    let mut worth = allowed;
    for song in catalogue.songs() {
        // An error spoils two pairs of letters at most.
        if grams.missing_in(catalogue.grams(song)) > 2 * worth {
            continue;
        }
        let (title, artist) = (catalogue.plain_title(song).as_bytes(), catalogue.plain_artist(song).as_bytes());
        let mut matching = Matching::of(&pattern);
        matching.read(&pattern, title);
        if matching.best > allowed && !artist.is_empty() {
            matching.read(&pattern, b" ");
            matching.read(&pattern, artist);
            // Within title or artist alone nothing else is found than before: only across their border.
            let mut across = Matching::of(&pattern);
            across.read(&pattern, &artist[artist.len().saturating_sub(longest)..]);
            across.read(&pattern, b" ");
            across.read(&pattern, &title[..title.len().min(longest)]);
            matching.best = matching.best.min(across.best);
        }
        if matching.best <= worth && !already.contains(&song) {
            ranked.add(matching.best as usize, song);
            while !ranked.has_place(worth as usize) {
                match worth.checked_sub(1) {
                    Some(less) => worth = less,
                    None => return ranked.best(),
                }
            }
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
}

/// A text being read for a pattern.
struct Matching {
    rises: u64,
    falls: u64,
    /// Fewest errors of the whole pattern with a text that ends here.
    errors: u32,
    /// Fewest insertions, deletions and substitutions that turn the pattern into a substring of what was read.
    best: u32,
}

impl Matching {
    fn of(pattern: &Pattern) -> Self {
        Self { rises: u64::MAX, falls: 0, errors: pattern.length, best: pattern.length }
    }

    fn read(&mut self, pattern: &Pattern, text: &[u8]) {
        let last = 1_u64 << (pattern.length - 1);
        let Self { mut rises, mut falls, mut errors, mut best } = *self;
        for &byte in text {
            let equal = pattern.positions[usize::from(byte)];
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
        *self = Self { rises, falls, errors, best };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{CatalogueParts, Names};
    use crate::fold::FoldTable;
    use crate::pace::at_once;
    use crate::song::{ArtistId, Support};
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

    /// All songs that are found, by looking at each with the textbook's means.
    fn hits_by_table(catalogue: &Catalogue, query: &str, limit: usize) -> Hits {
        let query = catalogue.fold().plain(query);
        let allowed = query.chars().count() as u32 / 4;
        let mut found = Vec::new();
        let mut total = 0;
        for song in catalogue.songs().filter(|_| !query.is_empty()) {
            let (title, artist) = (catalogue.plain_title(song), catalogue.plain_artist(song));
            let begins =
                |word: &str| [title, artist].iter().any(|text| format!(" {text}").contains(&format!(" {word}")));
            let rank = match () {
                () if title == query => 0,
                () if title.starts_with(&query) => 1,
                () if query.split(' ').all(begins) => 2,
                () if query.split(' ').all(|word| title.contains(word) || artist.contains(word)) => 3,
                () => {
                    let errors = |text: &str| errors_by_table(query.as_bytes(), text.as_bytes());
                    let both = || errors(&format!("{title} {artist}")).min(errors(&format!("{artist} {title}")));
                    let in_title = errors(title);
                    let errors = if in_title > allowed && !artist.is_empty() { both() } else { in_title };
                    if allowed == 0 || errors > allowed {
                        continue;
                    }
                    4 + errors
                }
            };
            total += usize::from(rank < 4);
            found.push((rank, song));
        }
        found.sort_unstable();
        found.truncate(limit);
        total += found.iter().filter(|(rank, _)| *rank >= 4).count();
        Hits { songs: found.into_iter().map(|(_, song)| song).collect(), total }
    }

    fn catalogue(songs: &[(String, usize)], artists: &[String]) -> Catalogue {
        let count = songs.len() as u32;
        let parts = CatalogueParts {
            titles: Names::new(songs.iter().map(|(title, _)| title)),
            artists: Names::new(artists),
            song_artists: songs.iter().map(|(_, artist)| ArtistId((artist % artists.len()) as u32)).collect(),
            supports: (0..count).map(|song| Support(count - song)).collect(),
            works: (0..count).map(SongId).collect(),
            fold: FoldTable::default(),
        };
        at_once(async |pace| Catalogue::new(pace, parts).await)
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_looking_at_every_song_finds(
            songs in prop::collection::vec(("[abc ]{0,14}", 0_usize..4), 0..60),
            artists in prop::collection::vec("[abcd]{0,6}( [ab]{1,5})?", 1..4),
            query in "[abc]{0,4}[abce ]{0,14}",
            limit in 1_usize..9,
        ) {
            let catalogue = catalogue(&songs, &artists);
            prop_assert_eq!(hits_in(&catalogue, &query, limit), hits_by_table(&catalogue, &query, limit));
        }

        #[test]
        fn the_bit_vector_counts_what_the_table_counts(
            pattern in "[abc]{1,64}",
            first in "[abc ]{0,60}",
            second in "[abc ]{0,20}",
        ) {
            let prepared = Pattern::new(pattern.as_bytes());
            let mut matching = Matching::of(&prepared);
            matching.read(&prepared, first.as_bytes());
            prop_assert_eq!(matching.best, errors_by_table(pattern.as_bytes(), first.as_bytes()));
            matching.read(&prepared, second.as_bytes());
            let both = first + &second;
            prop_assert_eq!(matching.best, errors_by_table(pattern.as_bytes(), both.as_bytes()));
        }

        #[test]
        fn an_error_spoils_two_pairs_of_letters_at_most(pattern in "[abc ]{2,20}", text in "[abc ]{0,40}") {
            let errors = errors_by_table(pattern.as_bytes(), text.as_bytes());
            let missing = Grams::of(pattern.as_bytes()).missing_in(&Grams::of(text.as_bytes()));
            prop_assert!(missing <= 2 * errors, "{missing} pairs are missing after {errors} errors");
        }

        #[test]
        fn a_word_begins_where_the_text_does_or_behind_a_space(text in "[ab ]{0,12}", word in "[ab]{1,3}") {
            let begins = text.match_indices(&word).any(|(at, _)| at == 0 || text.as_bytes()[at - 1] == b' ');
            let expected = match text.contains(&word) {
                true if begins => Place::Beginning,
                true => Place::Inside,
                false => Place::Nowhere,
            };
            prop_assert_eq!(place(text.as_bytes(), word.as_bytes(), true), expected);
            let is_there = place(text.as_bytes(), word.as_bytes(), false) != Place::Nowhere;
            prop_assert_eq!(is_there, text.contains(&word));
        }
    }

    #[test]
    fn beginnings_rank_before_insides() {
        let rank = |query: &str, title: &str, artist: &str| {
            let words: Vec<&[u8]> = query.split(' ').map(str::as_bytes).collect();
            containment(query.as_bytes(), &words, title.as_bytes(), artist.as_bytes(), true)
        };
        assert_eq!(rank("help", "help", ""), Some(0));
        assert_eq!(rank("he", "help", ""), Some(1));
        assert_eq!(rank("me", "help me", ""), Some(2));
        assert_eq!(rank("elp", "help me", ""), Some(3));
        assert_eq!(rank("help beatles", "help", "the beatles"), Some(2));
        assert_eq!(rank("x", "help", "the beatles"), None);
    }
}
