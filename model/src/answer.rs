//! The one implementation of a request's options: server, browser and command line all answer through [`answer`].

use std::borrow::Cow;

use crate::Model;
use crate::api::{DebugInfo, InvalidRequest, Matched, Recommendation, Request, Response, SongQuery, Source, Unknown};
use crate::explain;
use crate::resolve::{Found, Resolved, alternatives, name_of, resolve, version_of};
use crate::scoring::{Query, Scratch, rank};
use crate::search::search;
use crate::song::{ArtistId, SongId, TailId};

/// Suggestions for a seed that was not found.
const NEAREST: usize = 3;
/// Seeds that get such suggestions: each takes a search through all names.
const EXPLAINED_UNKNOWN: usize = 20;

/// Answers a request.
///
/// Equal sections and equal requests give equal answers, bit for bit, in all but `version` and `debug_info`, which
/// whoever answers fills in: here `version` is empty, and of `debug_info` only what the model knows is set.
///
/// # Errors
/// An option of the request is out of its range.
pub fn answer<'m>(
    model: &'m Model,
    request: &Request,
    scratch: &mut Scratch,
) -> Result<Response<Cow<'m, str>>, InvalidRequest> {
    request.validate()?;
    // Taken out of their buffers' place, and put back.
    let mut resolved = std::mem::take(&mut scratch.resolved);
    resolved.clear();
    resolved.extend(request.songs.iter().map(|song| resolve(model, song)));
    let query = query(model, request, &resolved, std::mem::take(&mut scratch.query));
    let ranking = rank(model, &query, scratch);

    let songs: Vec<Cow<'m, str>> =
        ranking.songs.iter().map(|ranked| Cow::Borrowed(name_of(model, ranked.song))).collect();
    songs.iter().for_each(|name| fetch(name));
    let found = resolved.iter().flatten().count();
    let mut response = Response {
        songs,
        version: Cow::Borrowed(""),
        model_date: Cow::Borrowed(&model.metadata().model_date),
        total_rules: model.metadata().counts.total_rules(),
        debug_info: DebugInfo {
            data_set: Cow::Borrowed(&model.metadata().data_set.name),
            matched: found,
            unknown: resolved.len() - found,
            filled: ranking.songs.iter().filter(|ranked| ranked.source != Source::Pair).count(),
            ..DebugInfo::default()
        },
        recommendations: None,
        matched: None,
        unknown: None,
    };
    if request.explain {
        let seeds: Vec<(SongId, f64)> = {
            let exponent = model.metadata().scoring.seed_exponent;
            let weight = |song| libm::pow(model.catalogue().support(song).as_f64(), -exponent);
            query.seeds.iter().map(|&song| (song, weight(song))).collect()
        };
        let mut sorted_seeds = query.seeds.clone();
        crate::sort::sort(&mut sorted_seeds);
        let recommendation = |ranked: &crate::scoring::Ranked| {
            let catalogue = model.catalogue();
            let voters = match ranked.source {
                Source::Pair => seeds.as_slice(),
                Source::TwoHop => ranking.in_between.as_slice(),
                _ => &[],
            };
            Recommendation {
                title: catalogue.title(ranked.song).to_owned(),
                artist: catalogue.artist_name(catalogue.artist(ranked.song)).to_owned(),
                uri: model.uris().and_then(|uris| uris.text(ranked.song)),
                score: ranked.score,
                source: ranked.source,
                because: explain::because(model, voters, ranked.song),
                rule: explain::rule(model, &sorted_seeds, ranked.song),
            }
        };
        response.recommendations = Some(ranking.songs.iter().map(recommendation).collect());
        let asked = || request.songs.iter().zip(&resolved);
        response.matched = Some(asked().filter_map(|(query, found)| Some(matched(model, query, (*found)?))).collect());
        response.unknown = Some(
            asked()
                .filter(|(_, found)| found.is_none())
                .enumerate()
                .map(|(at, (query, _))| unknown(model, query, at < EXPLAINED_UNKNOWN))
                .collect(),
        );
    }
    (scratch.resolved, scratch.query) = (resolved, query);
    Ok(response)
}

/// Reads a little of a name: those of all songs come into the processor's caches side by side, while they are written one
/// after the other.
fn fetch(name: &str) {
    std::hint::black_box(name.as_bytes().first());
}

/// A request in ids, in the buffers of a former one. Seeds named twice count once.
fn query(model: &Model, request: &Request, resolved: &[Option<Resolved>], former: Query) -> Query {
    let catalogue = model.catalogue();
    let mut query = Query {
        limit: usize::try_from(request.limit).unwrap_or(usize::MAX),
        max_per_artist: request.max_per_artist.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX)),
        novelty: request.novelty,
        ..former
    };
    query.seeds.clear();
    query.artists.clear();
    query.exclude.clear();
    for (at, found) in resolved.iter().enumerate().filter_map(|(at, resolved)| Some((at, (*resolved)?.found))) {
        if resolved[..at].iter().flatten().any(|earlier| earlier.found == found) {
            continue;
        }
        match found {
            Found::Song(song) => query.seeds.push(song),
            // It has no pairs, but no other version of it is to be suggested.
            Found::Tail(song) => query.exclude.extend(version_of_tail(model, song)),
            Found::Artist(_) => {}
        }
        if let Some(artist) = artist_of(model, found) {
            match query.artists.iter_mut().find(|(known, _)| *known == artist) {
                Some((_, seeds)) => *seeds += 1,
                None => query.artists.push((artist, 1)),
            }
        }
    }
    for excluded in &request.exclude {
        match resolve(model, excluded).map(|resolved| resolved.found) {
            Some(Found::Song(song)) => query.exclude.push(song),
            Some(Found::Tail(song)) => query.exclude.extend(version_of_tail(model, song)),
            // An artist is excluded by `exclude_artists`.
            Some(Found::Artist(_)) | None => {}
        }
    }
    query.exclude_artists = request.exclude_artists.iter().filter_map(|name| catalogue.find_artist(name)).collect();
    query
}

/// A version of a song of the tail that could be suggested.
fn version_of_tail(model: &Model, song: TailId) -> Option<SongId> {
    let tail = model.tail()?;
    version_of(model, tail.artist(song), tail.title(song))
}

fn artist_of(model: &Model, found: Found) -> Option<ArtistId> {
    match found {
        Found::Song(song) => Some(model.catalogue().artist(song)),
        Found::Tail(song) => Some(model.tail()?.artist(song)),
        Found::Artist(artist) => Some(artist),
    }
}

fn matched(model: &Model, query: &SongQuery, resolved: Resolved) -> Matched {
    let catalogue = model.catalogue();
    let title = match resolved.found {
        Found::Song(song) => catalogue.title(song),
        Found::Tail(song) => model.tail().map_or("", |tail| tail.title(song)),
        Found::Artist(_) => "",
    };
    Matched {
        query: query.to_string(),
        title: title.to_owned(),
        artist: artist_of(model, resolved.found).map_or("", |artist| catalogue.artist_name(artist)).to_owned(),
        support: match resolved.found {
            Found::Song(song) => catalogue.support(song).0,
            Found::Tail(_) => 1,
            Found::Artist(_) => 0,
        },
        tier: resolved.tier,
        alternatives: alternatives(model, query, resolved)
            .into_iter()
            .map(|song| name_of(model, song).to_owned())
            .collect(),
    }
}

fn unknown(model: &Model, query: &SongQuery, explained: bool) -> Unknown {
    let text = match query {
        SongQuery::Text(text) => text,
        SongQuery::Named { title, .. } => title,
    };
    let nearest = if explained { search(model, text, NEAREST) } else { Vec::new() };
    Unknown {
        query: query.to_string(),
        suggestions: nearest.into_iter().map(|song| name_of(model, song).to_owned()).collect(),
    }
}
