//! Demo playlists: invented, embedded, the same bytes on every machine.
//!
//! [`playlists`] makes about 3,600 playlists over a hand-made catalogue of real songs (`demo/songs.csv`). Nobody ever
//! listened to them: each follows a theme drawn at random (styles that go together, a decade, a mood, favourite
//! artists, how strictly it holds to all that), so that what ends up side by side makes sense to a human, popular songs
//! are in many of them, and a stray song is in each now and then.
//!
//! ```
//! let first = segue_miner::demo::playlists().next().expect("there are 3,600");
//! println!("{}", first.name);
//! for song in &first.songs {
//!     println!("  {} - {} ({})", song.artist, song.title, song.year);
//! }
//! ```
//!
//! The playlists depend on the catalogue and on integer arithmetic alone (no floating point, no hash-map order, no
//! clock), so a model mined from them has the same hash everywhere. Any change of the catalogue or of the generator
//! makes other playlists: a test pins the bytes so that this never happens unnoticed.
//!
//! Inside: `songs` reads the catalogue, `style` knows which styles go together, `theme` draws what a playlist is about,
//! `draw` takes songs by weight, `length` and `naming` do what they say, `random` is the generator of numbers.

mod draw;
mod length;
mod naming;
mod random;
mod songs;
mod style;
mod theme;

use std::io;

pub use songs::{Mood, Moods, Song, songs};
pub use style::Style;

use draw::Urn;
use random::Random;
use songs::Catalogue;
use theme::Theme;

/// What the demo data set calls itself.
pub const NAME: &str = "Segue demo playlists (invented)";

/// What everybody who sees suggestions from the demo playlists should be told.
pub const NOTICE: &str = "The songs are real; the playlists are invented by a generator. Nobody's listening is in them: \
                          mine your own playlists to get suggestions from real ones.";

/// How many playlists there are.
pub const PLAYLISTS: u32 = 3_600;

/// The header of what [`write_csv`] writes.
pub const CSV_HEADER: [&str; 4] = ["pid", "name", "artist_name", "track_name"];

/// Another number here makes other playlists of the same kind.
const SEED: u64 = 20_260_517;

/// Fewer songs than this make no playlist.
const SHORTEST: usize = 15;

/// A theme needs this many songs to choose from ([`Urn::effective_songs`]).
const ENOUGH: usize = 30;

/// One invented playlist.
#[derive(Clone, Debug)]
pub struct DemoPlaylist {
    /// Its number, from 0.
    pub id: u32,
    /// A name made from the words of its theme, such as "Rainy Sunday soul". Names repeat, as they do in life.
    pub name: String,
    /// Its songs in the order they were added; no song twice.
    pub songs: Vec<&'static Song>,
}

/// How much [`write_csv`] wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DemoSummary {
    /// Playlists.
    pub playlists: u32,
    /// Rows below the header: one song in one playlist each.
    pub rows: u64,
    /// Different songs in the rows.
    pub songs: u32,
    /// Different artists in the rows.
    pub artists: u32,
}

/// The demo playlists, made one after the other as they are asked for.
#[must_use]
pub fn playlists() -> DemoPlaylists {
    DemoPlaylists { catalogue: songs::catalogue(), next: 0 }
}

/// The iterator that [`playlists`] returns.
#[derive(Clone, Debug)]
pub struct DemoPlaylists {
    catalogue: &'static Catalogue,
    next: u32,
}

impl Iterator for DemoPlaylists {
    type Item = DemoPlaylist;

    fn next(&mut self) -> Option<DemoPlaylist> {
        let id = self.next;
        if id >= PLAYLISTS {
            return None;
        }
        self.next += 1;
        Some(playlist(self.catalogue, id))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (PLAYLISTS - self.next) as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for DemoPlaylists {}

/// Writes all demo playlists as CSV with the columns `pid,name,artist_name,track_name` ([`CSV_HEADER`]), a row for each
/// song of each playlist: a layout that the miner reads like anybody's file. There are no URIs, as none would be true.
///
/// # Errors
/// Whatever `out` reports.
pub fn write_csv(out: impl io::Write) -> io::Result<DemoSummary> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(CSV_HEADER)?;
    let mut summary = DemoSummary::default();
    let catalogue = songs::catalogue();
    let mut song_seen = vec![false; catalogue.songs.len()];
    let mut artist_seen = vec![false; catalogue.artists];
    for playlist in playlists() {
        let pid = playlist.id.to_string();
        for song in &playlist.songs {
            writer.write_record([&pid, &playlist.name, &song.artist, &song.title])?;
            summary.songs += u32::from(!std::mem::replace(&mut song_seen[song.index], true));
            summary.artists += u32::from(!std::mem::replace(&mut artist_seen[song.artist_index], true));
        }
        summary.playlists += 1;
        summary.rows += playlist.songs.len() as u64;
    }
    writer.flush()?;
    Ok(summary)
}

/// Makes one playlist. Each has random numbers of its own, so none depends on those before it.
fn playlist(catalogue: &'static Catalogue, id: u32) -> DemoPlaylist {
    let mut random = Random::for_playlist(SEED, id);
    let (theme, urn) = theme_with_songs(catalogue, &mut random);
    let name = naming::name(&theme, &mut random);
    // Narrow themes make short playlists rather than such as hold every song that fits.
    let length = length::draw(&mut random).min(urn.effective_songs()).max(SHORTEST);
    let songs = take(catalogue, &theme, urn, length, &mut random);
    DemoPlaylist { id, name, songs }
}

/// A theme that enough songs fit, and the songs by how well they do.
fn theme_with_songs(catalogue: &'static Catalogue, random: &mut Random) -> (Theme, Urn) {
    loop {
        let theme = Theme::draw(catalogue, random);
        let urn = Urn::new(catalogue.songs.iter().map(|song| theme.weight(song)).collect());
        // One theme in a few is too narrow ("Sad Brazilian metal of the 30s"): its maker thinks again.
        if urn.effective_songs() >= ENOUGH {
            return (theme, urn);
        }
    }
}

/// Takes up to `length` songs: by the theme's weights, sometimes another of the artist just taken, now and then a stray.
fn take(
    catalogue: &'static Catalogue,
    theme: &Theme,
    mut urn: Urn,
    length: usize,
    random: &mut Random,
) -> Vec<&'static Song> {
    let mut taken: Vec<&'static Song> = Vec::with_capacity(length);
    let mut song_taken = vec![false; catalogue.songs.len()];
    let mut work_taken = vec![false; catalogue.songs.len()];
    while taken.len() < length {
        let drawn = if random.percent(theme.strays) {
            catalogue.any_by_popularity(random)
        } else if let Some(last) = taken.last().filter(|_| random.percent(theme.clinging)) {
            another_by_the_artist(catalogue, &urn, last, random).or_else(|| urn.draw(random))
        } else {
            urn.draw(random)
        };
        let Some(index) = drawn.or_else(|| urn.draw(random)) else { break };
        urn.remove(index);
        let song = &catalogue.songs[index];
        let second_version = work_taken[song.work] && !random.percent(SECOND_VERSION);
        if song_taken[index] || second_version {
            continue;
        }
        song_taken[index] = true;
        work_taken[song.work] = true;
        taken.push(song);
    }
    taken
}

/// In how many of 100 cases a second version of a song that is already in the playlist may join it.
const SECOND_VERSION: u64 = 5;

/// One of the songs by the artist of `last` that fit the theme, if any are left.
fn another_by_the_artist(catalogue: &Catalogue, urn: &Urn, last: &Song, random: &mut Random) -> Option<usize> {
    let candidates = &catalogue.songs_of_artist[last.artist_index];
    random.choose_by_weight(candidates.iter().map(|&index| (index, urn.weight(index))))
}

#[cfg(test)]
mod tests;
