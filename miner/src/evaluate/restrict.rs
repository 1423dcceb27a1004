//! Which songs count: those in enough playlists, those of a list.

use std::collections::HashSet;
use std::io::BufRead;

use segue_playlists::csv::{self, Columns};

use super::identity::{SongIdentity, of_baskets};
use crate::baskets::Baskets;
use crate::unicode::fold_table;

/// Songs by artist and title.
#[derive(Clone, Debug, Default)]
pub struct SongList {
    songs: HashSet<SongIdentity>,
}

impl SongList {
    /// Reads a CSV with columns for artist and title, such as `artist_name,track_name`. Rows that cannot be read are
    /// left out; the second value says how many.
    ///
    /// # Errors
    /// It is no CSV with a title column, or breaks off.
    pub fn read(input: impl BufRead) -> Result<(Self, u64), csv::Error> {
        let mut reader = csv::Reader::new(input, Columns::Songs)?;
        let (mut names, mut unreadable) = (Vec::new(), 0);
        while let Some(row) = reader.next_row()? {
            match row {
                Ok(row) => names.push((row.artist.to_owned(), row.title.to_owned())),
                Err(_) => unreadable += 1,
            }
        }
        let fold = fold_table(names.iter().flat_map(|(artist, title)| artist.chars().chain(title.chars())));
        let songs = names.iter().map(|(artist, title)| SongIdentity::of(&fold.exact(artist), &fold.exact(title)));
        Ok((Self { songs: songs.collect() }, unreadable))
    }

    /// How many different songs it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.songs.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.songs.is_empty()
    }
}

/// Leaves only songs that are in at least `min_playlists` of the playlists and, if there is a list, in that list.
pub fn restrict(baskets: &mut Baskets, min_playlists: u32, list: Option<&SongList>) {
    let supports = supports(baskets);
    let listed: Option<Vec<bool>> =
        list.map(|list| of_baskets(baskets).iter().map(|identity| list.songs.contains(identity)).collect());
    baskets.retain(
        |_| true,
        |song| supports[song as usize] >= min_playlists && listed.as_ref().is_none_or(|listed| listed[song as usize]),
    );
}

/// In how many playlists each song is, by its number.
#[must_use]
pub fn supports(baskets: &Baskets) -> Vec<u32> {
    let mut supports = vec![0_u32; baskets.titles.len()];
    for &song in &baskets.songs {
        supports[song as usize] += 1;
    }
    supports
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::BasketsBuilder;

    #[test]
    fn rare_and_unlisted_songs_go_and_so_do_playlists_of_nothing_else() {
        let mut builder = BasketsBuilder::default();
        for (playlist, title) in
            [("1", "Häufig"), ("2", "Häufig"), ("2", "often"), ("3", "often"), ("3", "once"), ("4", "alone")]
        {
            builder.add(playlist, "x", title, None);
        }
        let all = builder.finish();
        let mut frequent = all.clone();
        restrict(&mut frequent, 2, None);
        assert_eq!(frequent.iter().collect::<Vec<_>>(), [&[0][..], &[0, 1], &[1]]);
        assert_eq!(frequent.rows, 4);
        let (list, unreadable) =
            SongList::read("artist_name,track_name\nX,HÄUFIG\nx,alone\ny,often\n".as_bytes()).unwrap();
        assert_eq!((list.len(), unreadable), (3, 0));
        let mut listed = all.clone();
        restrict(&mut listed, 2, Some(&list));
        assert_eq!(listed.iter().collect::<Vec<_>>(), [&[0][..], &[0]]);
    }
}
