//! Model files: opened, or refused with a reason; what is opened answers anything.

use segue_model::Model;
use segue_model::answer::answer;
use segue_model::api::{Request, Response, SongQuery};
use segue_model::file::{SectionKind, read_header};
use segue_model::resolve::{alternatives, name_of, resolve};
use segue_model::scoring::{Query, Scratch, rank};
use segue_model::search::hits;
use segue_model::song::SongId;

use crate::mend::mend;

/// Names taken from a model to ask it about.
const ASKED: usize = 4;

/// Opens the bytes as they are and mended, and asks what opens: the server's side.
pub fn whole(input: &[u8]) {
    let _ = read_header(input);
    let _ = Model::open(input);
    if let Ok(model) = Model::open(&mend(input)) {
        interrogate(&model);
    }
}

/// Opens a mended file's beginning and adds its sections in another order, as a browser does: nothing that is not of
/// the file is taken, and in the end the answers are those of the whole file.
pub fn parts(input: &[u8]) {
    let Some((&choice, file)) = input.split_first() else { return };
    let file = mend(file);
    let Ok(header) = read_header(&file) else { return };
    // Cut off anywhere, the beginning is refused or as good as the whole.
    let cut = header.core_length().saturating_sub(u64::from(choice) / 16) as usize;
    assert!(cut as u64 >= header.core_length() || Model::open_core(&file[..cut.min(file.len())]).is_err());
    let Ok(mut model) = Model::open_core(&file[..file.len().min(header.core_length() as usize)]) else { return };
    let before = answers(&model);
    let mut kinds: Vec<SectionKind> = SectionKind::ALL
        .into_iter()
        .filter(|kind| *kind != SectionKind::Core && header.section(*kind).is_some())
        .collect();
    let turn = usize::from(choice) % kinds.len().max(1);
    kinds.rotate_left(turn);
    let mut taken = true;
    for kind in kinds {
        let entry = header.section(kind).expect("only those that the header has were chosen");
        let Some(body) = file.get(entry.offset as usize..(entry.offset + entry.length) as usize) else { return };
        // Of another length, or altered: refused, and nothing has changed.
        assert!(model.attach(kind, &body[..body.len() / 2]).is_err() || body.is_empty());
        let mut altered = body.to_vec();
        if let Some(byte) = altered.get_mut(usize::from(choice)) {
            *byte ^= 1;
            assert!(model.attach(kind, &altered).is_err());
        }
        taken &= model.attach(kind, body).is_ok();
    }
    match Model::open(&file) {
        Ok(whole) => {
            assert!(taken && model.is_complete());
            assert!(answers(&model) == answers(&whole), "parts and whole answer differently");
            // The sections behind the core add songs that are found, never change who is suggested for known ones.
            assert_eq!(before.len(), answers(&whole).len());
        }
        Err(_) => drop(answers(&model)),
    }
}

/// Asks a model about its own names and others.
fn interrogate(model: &Model) {
    let catalogue = model.catalogue();
    for query in queries(model) {
        let Some(resolved) = resolve(model, &query) else { continue };
        for song in alternatives(model, &query, resolved) {
            assert!(song.index() < catalogue.len());
            let _name = name_of(model, song);
        }
    }
    for typed in ["a", "the lan", "garden glas", "\u{e9}\u{301}", "-"] {
        let found = hits(model, typed, 7);
        assert!(found.songs.len() <= 7 && found.total >= found.songs.len());
    }
    let mut scratch = Scratch::default();
    for (limit, novelty) in [(1, 0.0), (500, 0.0), (5, 1.0)] {
        let seeds: Vec<SongId> = catalogue.songs().take(ASKED).collect();
        let artists = seeds.first().map(|&seed| (catalogue.artist(seed), 1)).into_iter().collect();
        let query = Query { seeds, artists, limit, novelty, max_per_artist: usize::MAX, ..Query::default() };
        let ranking = rank(model, &query, &mut scratch);
        assert!(ranking.songs.len() <= limit);
        for (at, ranked) in ranking.songs.iter().enumerate() {
            assert!(ranked.score.is_finite(), "{ranked:?}");
            assert!(!query.seeds.contains(&ranked.song), "a seed is suggested");
            assert!(ranking.songs[..at].iter().all(|before| before.song != ranked.song), "a song comes twice");
        }
        assert!(ranking.songs.is_sorted_by(|a, b| a.score >= b.score), "not sorted: {:?}", ranking.songs);
        // What is left in the buffers from one request must not reach the next.
        let again = rank(model, &query, &mut Scratch::default());
        assert_eq!(ranking.songs, again.songs, "buffers that were used before change the answer");
    }
    for answer in answers(model) {
        assert!(serde_json::to_vec(&answer).is_ok());
    }
}

/// Answers to requests made of a model's own names.
fn answers(model: &Model) -> Vec<Response> {
    let queries = queries(model);
    let mut scratch = Scratch::default();
    let ask = |request: Request| answer(model, &request, &mut scratch).ok().map(Response::into_owned);
    [
        Request { explain: true, ..Request::new(queries.clone()) },
        Request { limit: 500, novelty: 0.5, max_per_artist: Some(2), ..Request::new(queries.clone()) },
        Request { exclude: queries.clone(), ..Request::new(vec!["Nobody Knows This".into()]) },
    ]
    .into_iter()
    .filter_map(ask)
    .collect()
}

/// The names of some songs, in several forms, shortened to what a request may hold.
fn queries(model: &Model) -> Vec<SongQuery> {
    let catalogue = model.catalogue();
    let short = |text: &str| text.chars().take(200).collect::<String>();
    let mut queries: Vec<SongQuery> = Vec::new();
    for song in catalogue.songs().take(ASKED) {
        let (title, artist) = (short(catalogue.title(song)), short(catalogue.artist_name(catalogue.artist(song))));
        queries.push(SongQuery::Text(title.clone()));
        queries.push(SongQuery::Text(format!("{artist} - {title}")));
        queries.push(SongQuery::Text(format!("{title} - {artist}")));
        queries.push(SongQuery::Named { title, artist });
    }
    if let Some(uri) = catalogue.songs().next().and_then(|song| model.uris()?.text(song)) {
        queries.push(SongQuery::Text(uri));
    }
    queries.push("Only Once (Live)".into());
    queries
}
