//! The model in the page: the same [`segue_model::answer`] that the server runs.

use std::sync::Arc;

use segue_model::Model;
use segue_model::answer::answer;
use segue_model::api::{InvalidRequest, Request, Response};
use segue_model::file::{OpenError, Section, SectionKind};
use segue_model::resolve::{Found, resolve};
use segue_model::scoring::Scratch;
use segue_model::search::hits;
use segue_model::song::SongId;

use crate::highlight::pieces;
use crate::state::picker::Hit;
use crate::state::song::Song;

/// An opened model, ready to answer.
#[derive(Debug)]
pub struct Engine {
    /// Shared with the pages that are drawn from it.
    model: Arc<Model>,
    scratch: Scratch,
}

impl Engine {
    /// Opens a model file, or its beginning up to the end of its core.
    ///
    /// # Errors
    /// The bytes are no model file, damaged, or of another format version.
    pub fn open(bytes: &[u8]) -> Result<Self, OpenError> {
        Ok(Self::of(Model::open_core(bytes)?))
    }

    /// Answers from this model.
    #[must_use]
    pub fn of(model: Model) -> Self {
        Self { model: Arc::new(model), scratch: Scratch::default() }
    }

    /// Adds a section of the same file.
    ///
    /// # Errors
    /// It is of another file; the model stays as it is.
    pub fn add(&mut self, section: Section) -> Result<(), OpenError> {
        match Arc::get_mut(&mut self.model) {
            Some(model) => model.add(section),
            // Only what is whole is drawn from, and nothing is added to that.
            None => Ok(()),
        }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The model, to be held for as long as something is drawn from it.
    #[must_use]
    pub fn shared_model(&self) -> Arc<Model> {
        self.model.clone()
    }

    /// Whether every section of the file is here, so that answers are the server's in all their parts.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.model.is_complete()
    }

    /// The sections besides the core, in the order in which they are worth having.
    #[must_use]
    pub fn sections(&self) -> Vec<SectionKind> {
        let has = |kind: &SectionKind| *kind != SectionKind::Core && self.model.header().section(*kind).is_some();
        SectionKind::ALL.into_iter().filter(has).collect()
    }

    /// Answers a request.
    ///
    /// # Errors
    /// An option of the request is out of its range.
    pub fn answer(&mut self, request: &Request) -> Result<Response, InvalidRequest> {
        let mut response = answer(&self.model, request, &mut self.scratch)?.into_owned();
        response.debug_info.computed_by = "browser".into();
        Ok(response)
    }

    /// Songs for what has been typed, best first, and how many there are.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> (Vec<Hit>, usize) {
        let hits = hits(&self.model, text, limit);
        let fold = self.model.catalogue().fold();
        let hit = |id: SongId| {
            let song = self.song(id);
            let (title, artist) = (pieces(fold, &song.title, text), pieces(fold, &song.artist, text));
            Hit { song, support: self.model.catalogue().support(id).0, title, artist }
        };
        (hits.songs.into_iter().map(hit).collect(), hits.total)
    }

    /// The URI of a song, where the model has one.
    #[must_use]
    pub fn uri(&self, song: &Song) -> Option<String> {
        match resolve(&self.model, &song.query())?.found {
            Found::Song(id) => self.model.uris()?.text(id),
            _ => None,
        }
    }

    /// A song's names.
    #[must_use]
    pub fn song(&self, song: SongId) -> Song {
        let catalogue = self.model.catalogue();
        Song::new(catalogue.title(song), catalogue.artist_name(catalogue.artist(song)))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use segue_model::catalogue::{CatalogueParts, Names};
    use segue_model::file::{Parts, TailParts, read_header, write};
    use segue_model::fold::FoldTable;
    use segue_model::metadata::Metadata;
    use segue_model::pairs::{ForwardPairs, Scale};
    use segue_model::rules::RuleTable;
    use segue_model::song::{ArtistId, Support};

    use super::*;

    /// Songs with their artists, the most supported first; every song goes with every other.
    pub(crate) fn model_of(songs: &[(&str, &str)]) -> Vec<u8> {
        model_with_pairs(songs, |_, _| true)
    }

    /// The same, where only these pairs (the smaller id first) go together.
    pub(crate) fn model_with_pairs(songs: &[(&str, &str)], together: impl Fn(u32, u32) -> bool) -> Vec<u8> {
        let count = songs.len() as u32;
        let mut artists: Vec<&str> = Vec::new();
        for (_, artist) in songs {
            if !artists.contains(artist) {
                artists.push(artist);
            }
        }
        let artist = |name: &str| ArtistId(artists.iter().position(|artist| *artist == name).map_or(0, |at| at as u32));
        let mut pairs = ForwardPairs::default();
        for song in 0..count {
            pairs.others.extend((song + 1..count).filter(|&other| together(song, other)));
            pairs.ends.push(pairs.others.len() as u32);
        }
        pairs.levels = pairs.others.iter().map(|other| 15 - (other % 16) as u8).collect();
        let mut metadata = Metadata { model_date: "2026-11-12T08:00:00Z".into(), ..Metadata::default() };
        metadata.data_set.playlists = 100;
        let parts = Parts {
            metadata,
            catalogue: CatalogueParts {
                titles: Names::new(songs.iter().map(|(title, _)| title)),
                artists: Names::new(&artists),
                song_artists: songs.iter().map(|(_, name)| artist(name)).collect(),
                supports: (0..count).map(|song| Support(50 - song)).collect(),
                works: (0..count).map(SongId).collect(),
                fold: FoldTable::default(),
            },
            scale: Scale { low: -3.0, high: 0.0 },
            together: vec![7; pairs.others.len()],
            pairs,
            rules: RuleTable::default(),
            tail: TailParts::default(),
            uris: None,
        };
        write(parts).expect("the parts fit together")
    }

    const SONGS: [(&str, &str); 4] = [
        ("Yesterday", "The Beatles"),
        ("Bohemian Rhapsody", "Queen"),
        ("So What", "Miles Davis"),
        ("Jolene", "Dolly Parton"),
    ];

    fn request() -> Request {
        Request { explain: true, ..Request::new(vec!["Yesterday".into()]) }
    }

    #[test]
    fn the_beginning_of_a_file_answers_and_its_sections_add_the_reasons() {
        let file = model_of(&SONGS);
        let header = read_header(&file).expect("a model file");
        let mut engine = Engine::open(&file[..header.core_length() as usize]).expect("the core is there");
        let early = engine.answer(&request()).expect("a valid request");
        assert!(!engine.is_complete());
        for kind in engine.sections() {
            let entry = *header.section(kind).expect("the engine names sections of the file");
            let bytes = &file[entry.offset as usize..(entry.offset + entry.length) as usize];
            let section = engine.model().read_section(kind, bytes).expect("its own section");
            engine.add(section).expect("its own section");
        }
        assert!(engine.is_complete());
        let late = engine.answer(&request()).expect("a valid request");
        assert_eq!(early.songs, late.songs);
        let reasons = |response: &Response| {
            response.recommendations.iter().flatten().filter(|song| !song.because.is_empty()).count()
        };
        assert_eq!((reasons(&early), reasons(&late)), (0, 3));
        assert_eq!(late.debug_info.computed_by, "browser");
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let mut file = model_of(&SONGS);
        let length = read_header(&file).expect("a model file").core_length() as usize;
        file[length - 1] ^= 1;
        assert_eq!(Engine::open(&file).err(), Some(OpenError::Damaged { part: "core" }));
    }

    #[test]
    fn search_finds_names() {
        let engine = Engine::open(&model_of(&SONGS)).expect("a model file");
        let found = |text: &str| {
            let (hits, total) = engine.search(text, 1);
            (hits.into_iter().map(|hit| hit.song).collect::<Vec<_>>(), total)
        };
        assert_eq!(found("yest"), (vec![Song::new("Yesterday", "The Beatles")], 1));
        assert_eq!(found("davis"), (vec![Song::new("So What", "Miles Davis")], 1));
        assert_eq!(found("o").1, 3, "one is shown, all are counted");
    }
}
