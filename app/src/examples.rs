//! Playlists to start from with one click.

use segue_model::api::{Request, SongQuery, Tier};
use segue_model::resolve::{Found, resolve};
use segue_model::song::{ArtistId, SongId};

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
/// A popular song with what the model suggests to it, each by another artist and none of an artist of an earlier
/// example. Fewer in a catalogue that is too small.
#[must_use]
pub fn examples(engine: &mut Engine) -> Vec<Vec<Song>> {
    let mut examples = Vec::new();
    let mut used: Vec<ArtistId> = Vec::new();
    if let Some(favourites) = favourites(engine) {
        used.extend(favourites.iter().map(|&song| engine.model().catalogue().artist(song)));
        examples.push(favourites.into_iter().map(|song| engine.song(song)).collect());
    }
    let has_artists = engine.model().catalogue().artist_count() > 1;
    let mut popular = engine.model().catalogue().songs();
    while examples.len() < EXAMPLES {
        let catalogue = engine.model().catalogue();
        let Some(first) = popular.find(|&song| !used.contains(&catalogue.artist(song)) || !has_artists) else { break };
        let songs = with_companions(engine, first, &mut used, has_artists);
        if songs.len() > 1 {
            examples.push(songs);
        }
    }
    examples
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

fn with_companions(engine: &mut Engine, first: SongId, used: &mut Vec<ArtistId>, has_artists: bool) -> Vec<Song> {
    let mut songs = vec![engine.song(first)];
    used.push(engine.model().catalogue().artist(first));
    let request = Request { explain: true, ..Request::new(vec![songs[0].query()]) };
    // The request is valid: one song, and the defaults.
    let suggestions = engine.answer(&request).ok().and_then(|response| response.recommendations).unwrap_or_default();
    for suggestion in suggestions {
        let Some(artist) = engine.model().catalogue().find_artist(&suggestion.artist) else { continue };
        if has_artists && used.contains(&artist) {
            continue;
        }
        used.push(artist);
        songs.push(Song::new(suggestion.title, suggestion.artist));
        if songs.len() > COMPANIONS {
            break;
        }
    }
    songs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::model_of;

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
