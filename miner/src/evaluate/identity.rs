//! Songs and playlists that are the same in different files: by folded names, not by numbers.

use segue_model::catalogue::Catalogue;
use xxhash_rust::xxh3::xxh3_128;

use crate::baskets::Baskets;

/// A song whatever its number: a hash of its folded artist and title, wide enough that no two songs share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SongIdentity(pub u128);

impl SongIdentity {
    /// Of a song by the exact keys of its artist's name and its title.
    #[must_use]
    pub fn of(artist_key: &str, title_key: &str) -> Self {
        Self::of_key(&format!("{artist_key}\n{title_key}"))
    }

    /// Of a song by both keys with a line break between them.
    fn of_key(key: &str) -> Self {
        Self(xxh3_128(key.as_bytes()))
    }
}

/// The identity of each song, by its number.
#[must_use]
pub fn of_baskets(baskets: &Baskets) -> Vec<SongIdentity> {
    let mut key = String::new();
    let songs = baskets.title_keys.iter().zip(&baskets.song_artists);
    let identity = |(title, &artist): (_, &u32)| {
        key.clear();
        key.extend([baskets.artist_keys.get(artist as usize), "\n", title]);
        SongIdentity::of_key(&key)
    };
    songs.map(identity).collect()
}

/// The identity of each song of a catalogue, by its id.
#[must_use]
pub fn of_catalogue(catalogue: &Catalogue) -> Vec<SongIdentity> {
    let fold = catalogue.fold();
    let identity = |song| {
        let artist = catalogue.artist_name(catalogue.artist(song));
        SongIdentity::of(&fold.exact(artist), &fold.exact(catalogue.title(song)))
    };
    catalogue.songs().map(identity).collect()
}

/// A hash of what is in a playlist, whatever its name, its order and the numbers of its songs.
#[must_use]
pub fn of_playlist(songs: &[u32], identities: &[SongIdentity]) -> u128 {
    let mut content: Vec<u128> = songs.iter().map(|&song| identities[song as usize].0).collect();
    content.sort_unstable();
    let bytes: Vec<u8> = content.iter().flat_map(|identity| identity.to_le_bytes()).collect();
    xxh3_128(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::BasketsBuilder;

    fn baskets(rows: &[(&str, &str, &str)]) -> Baskets {
        let mut builder = BasketsBuilder::default();
        for (playlist, artist, title) in rows {
            builder.add(playlist, artist, title, None);
        }
        builder.finish()
    }

    #[test]
    fn the_same_playlist_has_the_same_hash_in_another_file() {
        let one = baskets(&[("1", "Beyoncé", "Halo"), ("1", "Texas", "Halo"), ("2", "Texas", "Halo")]);
        let other = baskets(&[("x", "Кино", "Пачка"), ("y", "TEXAS", "halo"), ("y", "BEYONCE\u{301}", " halo ")]);
        let hash = |baskets: &Baskets, at: usize| {
            of_playlist(baskets.iter().nth(at).expect("a playlist"), &of_baskets(baskets))
        };
        assert_eq!(hash(&one, 0), hash(&other, 1));
        assert_ne!(hash(&one, 1), hash(&other, 1));
        assert_ne!(hash(&one, 0), hash(&other, 0));
    }

    #[test]
    fn artist_and_title_do_not_run_into_each_other() {
        assert_ne!(SongIdentity::of("ab", "c"), SongIdentity::of("a", "bc"));
    }
}
