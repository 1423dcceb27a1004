//! Resolving: from what a person typed to a song, and back.
//!
//! The ways are tried from the surest to the vaguest, and the [`Tier`] that succeeded is reported. A string that holds
//! " - " may be "artist - title" or "title - artist", at each of the first splits; "artist⇥title" is always artist and title.

use std::borrow::Cow;
use std::ops::Range;

use crate::Model;
use crate::api::{SongQuery, Tier};
use crate::catalogue::{TitleKeys, hash};
use crate::fold::without_version_suffix;
use crate::memo::NameForm;
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
        SongQuery::Text(text) => find(model, text)?,
        SongQuery::Named { title, artist } if artist.trim().is_empty() => find(model, title)?,
        SongQuery::Named { title, artist } => find_by_artist(model, artist, title)?,
    };
    Some(Resolved { found, tier })
}

/// Resolves songs, as [`resolve`] does one.
pub(crate) fn resolve_all(model: &Model, queries: &[SongQuery]) -> Vec<Option<Resolved>> {
    if cfg!(target_arch = "wasm32") {
        return queries.iter().map(|query| resolve(model, query)).collect(); // Less code, and nobody else waits.
    }
    let fold = model.catalogue().fold();
    // Mostly these are bare titles. What they are looked up by is made first, so that what has to be read for several of them
    // comes into the processor's caches side by side.
    let mut keys = String::with_capacity(KEY_BYTES * queries.len());
    let bare_title = |query| {
        let SongQuery::Text(text): &SongQuery = query else { return None };
        // Without leaving early, so that many bytes are looked at at once.
        let may_have_parts = text.bytes().fold(false, |any, byte| any | (byte == b'-') | (byte == b'\t'));
        if may_have_parts {
            return None;
        }
        let start = keys.len();
        fold.push_exact(text, &mut keys);
        Some(BareTitle { text, key: start..keys.len(), hash: hash(&keys[start..]) })
    };
    let bare: Vec<Option<BareTitle<'_>>> = queries.iter().map(bare_title).collect();
    fetch_titles(model, bare.iter().flatten().map(|title| title.hash));
    let one = |(query, bare): (_, Option<BareTitle<'_>>)| {
        let Some(BareTitle { text, key, hash }) = bare else { return resolve(model, query) };
        let (found, tier) = by_uri(model, text).or_else(|| by_exact_title(model, &keys[key], hash))?;
        Some(Resolved { found, tier })
    };
    queries.iter().zip(bare).map(one).collect()
}

/// A query that has no artist in it.
struct BareTitle<'a> {
    text: &'a str,
    /// Where its exact key is among those of all.
    key: Range<usize>,
    hash: u32,
}

/// Bytes of a title's key, usually.
const KEY_BYTES: usize = 24;

/// Reads a little of what is going to be read for titles with these hashes, as [`fetch_names`] does for names.
fn fetch_titles(model: &Model, hashes: impl Iterator<Item = u32>) {
    let catalogue = model.catalogue();
    for song in hashes.filter_map(|hash| catalogue.title_index().probably_first(hash)).map(SongId) {
        std::hint::black_box((catalogue.titles().first_byte(song.index()), model.memo.title(song)));
    }
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
    let in_tail = |songs: Vec<u32>| {
        let tail = model.tail()?;
        songs.into_iter().find(|&song| tail.artists[song as usize] == artist).map(|song| Found::Tail(TailId(song)))
    };
    in_tail(model.tail().map_or_else(Vec::new, |tail| tail.index.exact(fold, &tail.titles, &keys.exact).collect()))
        .or_else(|| theirs(index.plain(&keys)).map(Found::Song))
        .or_else(|| in_tail(model.tail()?.index.plain(&keys)))
        .or_else(|| theirs(index.base(fold, titles, &keys)).map(Found::Song))
        .or_else(|| in_tail(model.tail()?.index.base(fold, &model.tail()?.titles, &keys)))
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
    let exact = model.catalogue().fold().exact(title);
    by_exact_title(model, &exact, hash(&exact))
}

/// The same for the title's exact key, which has this hash.
fn by_exact_title(model: &Model, exact: &str, hash: u32) -> Option<(Found, Tier)> {
    if exact.is_empty() {
        return None;
    }
    let catalogue = model.catalogue();
    let first = catalogue.title_index().first_of_hash(catalogue.fold(), catalogue.titles(), exact, hash).map(SongId);
    if let Some((song, tier)) = first.and_then(|first| model.memo.title(first)) {
        return Some((Found::Song(song), tier));
    }
    let keys = TitleKeys::of_exact(catalogue.fold(), exact.to_owned());
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
            let in_tail = model.tail().and_then(|tail| {
                let songs = match tier {
                    Tier::Title => tail.index.exact(catalogue.fold(), &tail.titles, &keys.exact).collect(),
                    Tier::PlainTitle => tail.index.plain(&keys),
                    _ => tail.index.base(catalogue.fold(), &tail.titles, &keys),
                };
                songs.first().copied()
            });
            // A song of the tail is in one playlist.
            chosen = in_tail.map(|song| (Found::Tail(TailId(song)), tier, 1));
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
pub fn name_of(model: &Model, song: SongId) -> Cow<'_, str> {
    in_form(model, song, form_of(model, song)).unwrap_or_default()
}

/// Reads a little of what [`name_of`] is going to read for these songs: that comes into the processor's caches side by side,
/// while names are put together one after the other.
pub(crate) fn fetch_names(model: &Model, songs: impl Iterator<Item = SongId> + Clone) {
    if cfg!(target_arch = "wasm32") {
        return; // One listener's songs are there from one request to the next.
    }
    let catalogue = model.catalogue();
    let (titles, artists) = (catalogue.titles(), &catalogue.parts().artists);
    // First what says where to read next: a few instructions for each, so that none waits for another.
    for song in songs.clone() {
        std::hint::black_box((titles.start(song.index()), catalogue.artist(song)));
    }
    for song in songs {
        std::hint::black_box((titles.first_byte(song.index()), artists.start(catalogue.artist(song).index())));
    }
}

fn form_of(model: &Model, song: SongId) -> NameForm {
    model.memo.form(song, || {
        let finds_it = |form: &NameForm| {
            let text = in_form(model, song, *form);
            text.is_some_and(|text| find(model, &text).is_some_and(|(found, _)| found == Found::Song(song)))
        };
        let forms = [NameForm::Title, NameForm::ArtistTitle, NameForm::TitleArtist, NameForm::Uri];
        forms.into_iter().find(finds_it).unwrap_or(NameForm::Tabbed)
    })
}

/// A song's name in a form; `None` for the URI of a song that has none.
fn in_form(model: &Model, song: SongId, form: NameForm) -> Option<Cow<'_, str>> {
    let catalogue = model.catalogue();
    let title = catalogue.title(song);
    let artist = || catalogue.artist_name(catalogue.artist(song));
    Some(match form {
        NameForm::Title => Cow::Borrowed(title),
        NameForm::ArtistTitle => Cow::Owned([artist(), title].join(" - ")),
        NameForm::TitleArtist => Cow::Owned([title, artist()].join(" - ")),
        NameForm::Uri => Cow::Owned(model.uris()?.text(song)?),
        NameForm::Tabbed => Cow::Owned([artist(), title].join("\t")),
    })
}
