//! Random requests over a catalogue: what people send, and what nobody should.

use fastrand::Rng;
use segue_model::Model;
use segue_model::api::{Request, SongQuery};
use segue_model::resolve::name_of;
use segue_model::song::SongId;
use unicode_normalization::UnicodeNormalization as _;

/// Most seeds in one request.
const MOST_SEEDS: usize = 50;

/// What other catalogues put behind a title.
const SUFFIXES: [&str; 4] = [" - Remastered 1999", " (feat. Somebody)", " - Live at Home", " [Deluxe Edition]"];

/// Draws requests. Equal seeds draw equal requests from equal catalogues.
pub(crate) struct RandomRequests<'a> {
    model: &'a Model,
    /// Songs whose names have letters beyond ASCII.
    accented: Vec<SongId>,
    random: Rng,
}

impl<'a> RandomRequests<'a> {
    pub(crate) fn new(model: &'a Model, seed: u64) -> Self {
        let catalogue = model.catalogue();
        let is_accented = |song: &SongId| {
            let artist = catalogue.artist_name(catalogue.artist(*song));
            !catalogue.title(*song).is_ascii() || !artist.is_ascii()
        };
        Self { model, accented: catalogue.songs().filter(is_accented).collect(), random: Rng::with_seed(seed) }
    }

    pub(crate) fn accented(&self) -> usize {
        self.accented.len()
    }

    pub(crate) fn draw(&mut self) -> Request {
        let mut songs: Vec<SongQuery> = Vec::new();
        for _ in 0..self.random.usize(1..=MOST_SEEDS) {
            let again = self.random.u8(0..10) == 0 && !songs.is_empty();
            let song = if again { songs[self.random.usize(..songs.len())].clone() } else { self.song() };
            songs.push(song);
        }
        let mut request = Request::new(songs);
        request.explain = self.random.u8(0..3) > 0;
        request.limit = match self.random.u8(0..10) {
            0 => 1,
            1 => 500,
            2 | 3 => self.random.u64(1..=500),
            _ => self.random.u64(1..=30),
        };
        if self.random.u8(0..3) == 0 {
            request.novelty = if self.random.u8(0..4) == 0 { 1.0 } else { self.random.f64() };
        }
        if self.random.u8(0..3) == 0 {
            request.max_per_artist = Some(self.random.u64(1..=3));
        }
        if self.random.u8(0..3) == 0 {
            request.exclude = (0..self.random.usize(1..10)).map(|_| self.song()).collect();
        }
        if self.random.u8(0..4) == 0 {
            request.exclude_artists = (0..self.random.usize(1..4))
                .map(|_| {
                    let song = self.any_song();
                    let artist = self.names(song).1.to_owned();
                    self.rewritten(&artist)
                })
                .collect();
        }
        request
    }

    /// The name of a song as it may be sent.
    fn song(&mut self) -> SongQuery {
        let song = self.any_song();
        let (title, artist) = self.names(song);
        let (title, artist) = (title.to_owned(), artist.to_owned());
        let text = match self.random.u8(0..10) {
            0 | 1 => name_of(self.model, song).to_owned(),
            2 => title,
            3 => format!("{title}{}", self.random.choice(SUFFIXES).unwrap_or_default()),
            4 => format!("{artist} - {title}"),
            5 => format!("{title} - {artist}"),
            6 => format!("{artist}\t{title}"),
            7 => return SongQuery::Named { title: self.rewritten(&title), artist: self.rewritten(&artist) },
            8 => return SongQuery::Named { title: self.mistyped(&title), artist },
            _ => self.mistyped(&title),
        };
        SongQuery::Text(self.rewritten(&text))
    }

    fn any_song(&mut self) -> SongId {
        if !self.accented.is_empty() && self.random.u8(0..8) == 0 {
            return self.accented[self.random.usize(..self.accented.len())];
        }
        // Popular songs more often, as in life: ids are ranks.
        let share = self.random.f64() * self.random.f64();
        SongId((share * self.model.catalogue().len() as f64) as u32)
    }

    fn names(&self, song: SongId) -> (&'a str, &'a str) {
        let catalogue = self.model.catalogue();
        (catalogue.title(song), catalogue.artist_name(catalogue.artist(song)))
    }

    /// The same name in other characters.
    fn rewritten(&mut self, text: &str) -> String {
        match self.random.u8(0..8) {
            0 => text.nfd().collect(),
            1 => text.to_uppercase(),
            2 => text.to_uppercase().nfd().collect(),
            3 => text.nfd().filter(char::is_ascii).collect(),
            4 => text.replace('\'', "\u{2019}"),
            5 => format!("  {} ", text.replace(' ', "  ")),
            _ => text.to_owned(),
        }
    }

    /// A name with a letter too many, too few or another; or no name at all.
    fn mistyped(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        let at = self.random.usize(..=letters.len());
        match self.random.u8(0..4) {
            0 => letters.insert(at, self.random.lowercase()),
            1 if at < letters.len() => drop(letters.remove(at)),
            2 if at < letters.len() => letters[at] = self.random.alphabetic(),
            _ => letters = (0..self.random.usize(0..20)).map(|_| self.random.char(..)).collect(),
        }
        letters.into_iter().collect()
    }
}
