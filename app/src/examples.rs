//! Playlists to start from with one click.

use segue_model::Model;
use segue_model::api::{Request, SongQuery, Tier};
use segue_model::resolve::{Found, resolve};
use segue_model::song::SongId;

use crate::engine::Engine;
use crate::state::song::Song;

/// How many playlists are offered.
pub const EXAMPLES: usize = 3;

/// Songs that go with the first one of an example.
const COMPANIONS: usize = 2;

/// Offered first where the catalogue has them.
const FAVOURITES: [(&str, &str); 2] = [("Yesterday", "The Beatles"), ("Bohemian Rhapsody", "Queen")];

/// Three short playlists of songs that the catalogue has, the same for the same model.
///
/// Each is a popular song with what the model suggests to it, all by different artists. It begins with a song that has
/// nothing to do with the examples before it, so that they show different corners of the catalogue, as long as there is
/// such a song. Fewer in a catalogue that is too small.
#[must_use]
pub fn examples(engine: &mut Engine) -> Vec<Vec<Song>> {
    let mut used = favourites(engine).unwrap_or_default();
    let mut examples = Vec::new();
    if !used.is_empty() {
        examples.push(used.clone());
    }
    for apart in [true, false] {
        let songs = engine.model().catalogue().songs();
        for first in songs {
            if examples.len() == EXAMPLES {
                break;
            }
            if is_new(engine.model(), first, &used, apart) {
                let songs = with_companions(engine, first, &used);
                if songs.len() > 1 {
                    used.extend(&songs);
                    examples.push(songs);
                }
            }
        }
    }
    examples.into_iter().map(|songs| songs.into_iter().map(|song| engine.song(song)).collect()).collect()
}

/// Whether a song is by another artist than all of these and, if they are to be apart, never beside one of them.
fn is_new(model: &Model, song: SongId, used: &[SongId], apart: bool) -> bool {
    let catalogue = model.catalogue();
    // In a catalogue without artists all songs have the same one.
    let has_artists = catalogue.artist_count() > 1;
    used.iter().all(|&other| {
        let same = if has_artists { catalogue.artist(song) == catalogue.artist(other) } else { song == other };
        !same && (!apart || model.pairs().weight(song, other).is_none())
    })
}

fn favourites(engine: &Engine) -> Option<Vec<SongId>> {
    FAVOURITES
        .into_iter()
        .map(|(title, artist)| {
            let query = SongQuery::Named { title: title.into(), artist: artist.into() };
            match resolve(engine.model(), &query) {
                Some(resolved) if resolved.tier == Tier::ArtistTitle => match resolved.found {
                    Found::Song(song) => Some(song),
                    _ => None,
                },
                _ => None,
            }
        })
        .collect()
}

/// A song with the best suggestions to it that are new.
fn with_companions(engine: &mut Engine, first: SongId, used: &[SongId]) -> Vec<SongId> {
    let mut songs = vec![first];
    let request = Request::new(vec![engine.song(first).query()]);
    // The request is valid: one song, and the defaults.
    let suggestions = engine.answer(&request).map(|response| response.songs).unwrap_or_default();
    for suggestion in suggestions {
        let Some(Found::Song(song)) = resolve(engine.model(), &suggestion.as_str().into()).map(|found| found.found)
        else {
            continue;
        };
        if is_new(engine.model(), song, used, false) && is_new(engine.model(), song, &songs, false) {
            songs.push(song);
        }
        if songs.len() > COMPANIONS {
            break;
        }
    }
    songs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::{model_of, model_with_pairs};

    fn examples_of(songs: &[(&str, &str)]) -> Vec<Vec<Song>> {
        examples(&mut Engine::open(&model_of(songs)).expect("a model file"))
    }

    #[test]
    fn the_favourites_come_first_where_the_catalogue_has_them() {
        let songs =
            [("One", "A"), ("Bohemian Rhapsody", "Queen"), ("Two", "B"), ("Yesterday", "The Beatles"), ("Three", "C")];
        let examples = examples_of(&songs);
        assert_eq!(examples[0], [Song::new("Yesterday", "The Beatles"), Song::new("Bohemian Rhapsody", "Queen")]);
        assert_eq!(examples[1][0], Song::new("One", "A"));
    }

    #[test]
    fn without_them_all_examples_are_popular_songs_of_different_artists() {
        let songs: Vec<(String, String)> =
            (0..12).map(|number| (format!("Song {number}"), format!("Artist {}", number % 10))).collect();
        let songs: Vec<(&str, &str)> = songs.iter().map(|(title, artist)| (title.as_str(), artist.as_str())).collect();
        let examples = examples_of(&songs);
        assert_eq!(examples.len(), EXAMPLES);
        let mut artists: Vec<&String> = examples.iter().flatten().map(|song| &song.artist).collect();
        let all = artists.len();
        artists.sort();
        artists.dedup();
        assert_eq!((all, artists.len()), (9, 9));
        assert_eq!(examples[0][0].title, "Song 0");
        assert_eq!(examples, examples_of(&songs), "the same for the same model");
    }

    #[test]
    fn examples_show_different_corners_of_the_catalogue() {
        let songs: Vec<(String, String)> =
            (0..30).map(|number| (format!("Song {number}"), format!("Artist {number}"))).collect();
        let songs: Vec<(&str, &str)> = songs.iter().map(|(title, artist)| (title.as_str(), artist.as_str())).collect();
        // Three corners: the first ten songs, the next ten, the last ten.
        let file = model_with_pairs(&songs, |one, other| one / 10 == other / 10);
        let examples = examples(&mut Engine::open(&file).expect("a model file"));
        let firsts: Vec<&str> = examples.iter().map(|songs| songs[0].title.as_str()).collect();
        assert_eq!(firsts, ["Song 0", "Song 10", "Song 20"]);
    }

    #[test]
    fn a_catalogue_without_artists_has_examples_too() {
        let songs: Vec<String> = (0..8).map(|number| format!("Song {number}")).collect();
        let songs: Vec<(&str, &str)> = songs.iter().map(|title| (title.as_str(), "")).collect();
        assert_eq!(examples_of(&songs).len(), EXAMPLES);
    }

    #[test]
    fn a_tiny_catalogue_has_fewer_examples() {
        assert_eq!(examples_of(&[("One", "A")]), Vec::<Vec<Song>>::new());
        assert_eq!(examples_of(&[("One", "A"), ("Two", "B")]).len(), 1);
    }
}
