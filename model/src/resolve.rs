//! Resolving: from what a person typed to a song, and back.
//!
//! The ways are tried from the surest to the vaguest, and the [`Tier`] that succeeded is reported. A string that holds
//! " - " may be "artist - title" or "title - artist", at each of the first splits; "artist⇥title" is always artist and title.

use crate::Model;
use crate::api::{SongQuery, Tier};
use crate::catalogue::{TitleKey, TitleKeys};
use crate::fold::without_version_suffix;
use crate::memo::{self, Name};
use crate::song::{ArtistId, SongId, TailId};

/// Another song is taken instead of the literally named one when its work has this many times the support:
/// "Yesterday" means the Beatles' remaster, not a rarity of just that title.
const FAR_BETTER_KNOWN: u64 = 5;

/// Alternatives offered with a match.
const ALTERNATIVES: usize = 5;

/// Most places where a name is split into artist and title: each costs a look-up of both. No name has so many that is not made
/// to.
const MOST_SPLITS: usize = 8;

/// What a query stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A song of the catalogue.
    Song(SongId),
    /// A song seen in one playlist.
    Tail(TailId),
    /// No song, but an artist.
    Artist(ArtistId),
}

/// A successful look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// What was found.
    pub found: Found,
    /// How.
    pub tier: Tier,
}

/// Finds what a query stands for; `None` if nothing by that name is known.
#[must_use]
pub fn resolve(model: &Model, query: &SongQuery) -> Option<Resolved> {
    let (found, tier) = match query {
        SongQuery::Text(text) => resolve_text(model, text)?,
        SongQuery::Named { title, artist } if artist.trim().is_empty() => resolve_text(model, title)?,
        SongQuery::Named { title, artist } => find_by_artist(model, artist, title)?,
    };
    Some(Resolved { found, tier })
}

/// As [`find`] does, which takes longer than to look up a song's own name.
fn resolve_text(model: &Model, text: &str) -> Option<(Found, Tier)> {
    if let Some((song, tier)) = model.memo.song(text) {
        return Some((Found::Song(song), tier));
    }
    let (found, tier) = find(model, text)?;
    if let Found::Song(song) = found
        && memo::LOOKS_UP
    {
        // It may be the song's own name, which is looked up the next time.
        let _its_own = name_of(model, song);
    }
    Some((found, tier))
}

/// Other songs that may have been meant by a query that was resolved, best first.
#[must_use]
pub fn alternatives(model: &Model, query: &SongQuery, resolved: Resolved) -> Vec<SongId> {
    let (SongQuery::Text(title) | SongQuery::Named { title, .. }) = query;
    match (resolved.tier, resolved.found) {
        (Tier::Uri | Tier::ArtistTitle, _) => Vec::new(),
        (_, Found::Artist(artist)) => model.catalogue().songs_of(artist).iter().copied().take(ALTERNATIVES).collect(),
        (_, found) => other_works(model, found, title),
    }
}

fn find(model: &Model, text: &str) -> Option<(Found, Tier)> {
    if let Some(found) = by_uri(model, text) {
        return Some(found);
    }
    if let Some((artist, title)) = text.split_once('\t') {
        return find_by_artist(model, artist, title);
    }
    // Most names have none, which is quickly seen.
    let has_dash = text.as_bytes().contains(&b'-');
    let dashes = || has_dash.then(|| text.match_indices(" - ")).into_iter().flatten().take(MOST_SPLITS);
    let splits = || dashes().map(|(at, dash)| (&text[..at], &text[at + dash.len()..]));
    splits()
        .find_map(|(left, right)| by_artist_and_title(model, left, right))
        .or_else(|| splits().find_map(|(left, right)| by_artist_and_title(model, right, left)))
        .map(|found| (found, Tier::ArtistTitle))
        .or_else(|| by_title(model, text))
        .or_else(|| splits().find_map(|(left, _)| by_artist_alone(model, left)))
        .or_else(|| by_artist_behind(model, text))
}

fn by_uri(model: &Model, text: &str) -> Option<(Found, Tier)> {
    Some((Found::Song(model.uris()?.find(text)?), Tier::Uri))
}

/// "title - artist" of an unknown title. Not where the text ends like a version: no "- Live" means the band of that name.
fn by_artist_behind(model: &Model, text: &str) -> Option<(Found, Tier)> {
    let exact = model.catalogue().fold().exact(text);
    if without_version_suffix(&exact) != exact {
        return None;
    }
    text.rmatch_indices(" - ").take(MOST_SPLITS).find_map(|(at, dash)| by_artist_alone(model, &text[at + dash.len()..]))
}

/// The catalogue's best known song by this artist with this title, version suffixes aside.
#[must_use]
pub fn version_of(model: &Model, artist: ArtistId, title: &str) -> Option<SongId> {
    let catalogue = model.catalogue();
    let keys = TitleKeys::of(catalogue.fold(), title);
    let versions = catalogue.title_index().base(catalogue.fold(), catalogue.titles(), &keys);
    versions.into_iter().map(SongId).find(|&song| catalogue.artist(song) == artist)
}

fn find_by_artist(model: &Model, artist: &str, title: &str) -> Option<(Found, Tier)> {
    by_artist_and_title(model, artist, title)
        .map(|found| (found, Tier::ArtistTitle))
        .or_else(|| by_artist_alone(model, artist))
        .or_else(|| by_title(model, title))
}

/// A song of this very artist: by the exact title, the plain one, or that without version suffix.
fn by_artist_and_title(model: &Model, artist: &str, title: &str) -> Option<Found> {
    let catalogue = model.catalogue();
    let artist = catalogue.find_artist(artist)?;
    let is_theirs = |&song: &SongId| catalogue.artist(song) == artist;
    let (index, titles, fold) = (catalogue.title_index(), catalogue.titles(), catalogue.fold());
    let exact = fold.exact(title);
    if let Some(song) = index.first_exact(fold, titles, &exact, |song| is_theirs(&SongId(song))) {
        return Some(Found::Song(SongId(song)));
    }
    let keys = TitleKeys::of_exact(fold, exact);
    let theirs = |songs: Vec<u32>| songs.into_iter().map(SongId).find(is_theirs);
    let in_tail = |tier: Tier| in_tail(model, &keys, tier, Some(artist));
    in_tail(Tier::Title)
        .or_else(|| theirs(index.plain(&keys)).map(Found::Song))
        .or_else(|| in_tail(Tier::PlainTitle))
        .or_else(|| theirs(index.base(fold, titles, &keys)).map(Found::Song))
        .or_else(|| in_tail(Tier::BaseTitle))
}

fn by_artist_alone(model: &Model, artist: &str) -> Option<(Found, Tier)> {
    // Without artists every song has the artist "", which says nothing.
    if model.catalogue().fold().exact(artist).is_empty() {
        return None;
    }
    Some((Found::Artist(model.catalogue().find_artist(artist)?), Tier::Artist))
}

/// A bare title: the most supported work of the surest tier, unless a work of a vaguer tier is far better known.
fn by_title(model: &Model, title: &str) -> Option<(Found, Tier)> {
    let catalogue = model.catalogue();
    let (index, titles, fold) = (catalogue.title_index(), catalogue.titles(), catalogue.fold());
    let exact = fold.exact(title);
    if exact.is_empty() {
        return None;
    }
    let first = index.exact(fold, titles, &exact).next().map(SongId);
    if let Some((song, tier)) = first.and_then(|first| model.memo.title(first)) {
        return Some((Found::Song(song), tier));
    }
    let keys = TitleKeys::of_exact(fold, exact);
    let mut chosen: Option<(Found, Tier, u64)> = None;
    for (tier, songs) in songs_by_tier(model, &keys) {
        // The most supported work, and in it the most supported song.
        let better = |&song: &SongId| (catalogue.work_support(song), std::cmp::Reverse(song));
        if let Some(song) = songs.into_iter().max_by_key(better) {
            let support = u64::from(catalogue.work_support(song).0);
            if chosen.is_none_or(|(_, _, known)| support >= FAR_BETTER_KNOWN * known) {
                chosen = Some((Found::Song(song), tier, support));
            }
        }
        if chosen.is_none() {
            // A song of the tail is in one playlist.
            chosen = in_tail(model, &keys, tier, None).map(|found| (found, tier, 1));
        }
    }
    let (found, tier, _) = chosen?;
    // What a title means depends on its exact key alone.
    if let (Some(first), Found::Song(song)) = (first, found) {
        model.memo.keep_title(first, song, tier);
    }
    Some((found, tier))
}

/// The catalogue's songs of a title, by the tiers of titles; each tier holds those before it, spellings aside.
fn songs_by_tier(model: &Model, keys: &TitleKeys) -> [(Tier, Vec<SongId>); 3] {
    let catalogue = model.catalogue();
    let (index, titles, fold) = (catalogue.title_index(), catalogue.titles(), catalogue.fold());
    let songs = |ids: Vec<u32>| ids.into_iter().map(SongId).collect();
    [
        (Tier::Title, index.exact(fold, titles, &keys.exact).map(SongId).collect()),
        (Tier::PlainTitle, songs(index.plain(keys))),
        (Tier::BaseTitle, songs(index.base(fold, titles, keys))),
    ]
}

/// The first song of the tail with a title of this tier, by this artist if one is given.
fn in_tail(model: &Model, keys: &TitleKeys, tier: Tier, artist: Option<ArtistId>) -> Option<Found> {
    let key = match tier {
        Tier::Title => TitleKey::Exact,
        Tier::PlainTitle => TitleKey::Plain,
        _ => TitleKey::Base,
    };
    model.tail()?.first(model.catalogue().fold(), keys, key, artist).map(Found::Tail)
}

/// The best song of every other work that the title may have meant.
fn other_works(model: &Model, found: Found, title: &str) -> Vec<SongId> {
    let catalogue = model.catalogue();
    let keys = TitleKeys::of(catalogue.fold(), title);
    let mut songs: Vec<SongId> = songs_by_tier(model, &keys).into_iter().flat_map(|(_, songs)| songs).collect();
    let key = |song: SongId| (std::cmp::Reverse(catalogue.work_support(song)), catalogue.work(song), song);
    crate::sort::sort_by(&mut songs, |&left, &right| key(left).cmp(&key(right)));
    songs.dedup_by_key(|song| catalogue.work(*song));
    if let Found::Song(found) = found {
        songs.retain(|&song| catalogue.work(song) != catalogue.work(found));
    }
    songs.truncate(ALTERNATIVES);
    songs
}

/// The shortest string that resolves to this very song.
///
/// The title alone where that is enough, otherwise "artist - title"; "title - artist", the URI, or "artist⇥title"
/// only where another song's names read the same.
#[must_use]
pub fn name_of(model: &Model, song: SongId) -> &str {
    model.memo.name(song, |song| find_name(model, song))
}

fn find_name(model: &Model, song: SongId) -> Name {
    let catalogue = model.catalogue();
    let title = catalogue.title(song);
    let artist = catalogue.artist_name(catalogue.artist(song));
    let that_finds_it = |text: String| {
        let (found, tier) = find(model, &text)?;
        (found == Found::Song(song)).then_some(Name { text, tier: Some(tier) })
    };
    let tabbed = [artist, title].join("\t");
    that_finds_it(title.to_owned())
        .or_else(|| that_finds_it([artist, title].join(" - ")))
        .or_else(|| that_finds_it([title, artist].join(" - ")))
        .or_else(|| that_finds_it(model.uris()?.text(song)?))
        .or_else(|| that_finds_it(tabbed.clone()))
        .unwrap_or(Name { text: tabbed, tier: None })
}
