//! Songs seen in one playlist.

use super::key_index::KeyIndex;
use super::{Names, TitleKeys, hash, keys_of_each};
use crate::fold::FoldTable;
use crate::pace::Pace;
use crate::song::{ArtistId, TailId};

/// Songs seen in one playlist: names only.
///
/// There are about twice as many as songs of the catalogue, and they are asked for seldom: so what a title's keys are is
/// not kept, but found out again of those that a look-up comes to.
#[derive(Clone, Debug)]
pub struct Tail {
    titles: Names,
    artists: Vec<ArtistId>,
    plain: KeyIndex,
    base: KeyIndex,
}

impl Tail {
    pub(crate) async fn new(pace: &Pace<'_>, fold: &FoldTable, titles: Names, artists: Vec<ArtistId>) -> Self {
        let [mut plain_hashes, mut base_hashes] = [(); 2].map(|()| Vec::with_capacity(titles.len()));
        keys_of_each(pace, fold, &titles, |_, plain, base| {
            plain_hashes.push(hash(plain));
            base_hashes.push(hash(base));
        })
        .await;
        let plain = KeyIndex::new(pace, &plain_hashes).await;
        let base = KeyIndex::new(pace, &base_hashes).await;
        Self { titles, artists, plain, base }
    }

    /// How many songs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.artists.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.artists.is_empty()
    }

    /// Title of a song.
    pub(crate) fn title(&self, song: TailId) -> &str {
        self.titles.get(song.index())
    }

    /// Artist of a song.
    pub(crate) fn artist(&self, song: TailId) -> ArtistId {
        self.artists[song.index()]
    }

    /// Songs whose title has the exact key of these, ascending: they are among those of the same base key, which follows
    /// from it.
    pub(crate) fn exact(&self, fold: &FoldTable, keys: &TitleKeys) -> impl Iterator<Item = TailId> {
        self.base.candidates(&keys.base).map(TailId).filter(|&song| fold.has_exact_key(self.title(song), &keys.exact))
    }

    /// Songs whose title has this plain key, ascending.
    pub(crate) fn plain(&self, fold: &FoldTable, keys: &TitleKeys) -> impl Iterator<Item = TailId> {
        self.plain
            .candidates(&keys.plain)
            .map(TailId)
            .filter(|&song| fold.plain(&fold.exact(self.title(song))) == keys.plain)
    }

    /// Songs whose title has this base key, ascending.
    pub(crate) fn base(&self, fold: &FoldTable, keys: &TitleKeys) -> impl Iterator<Item = TailId> {
        self.base.candidates(&keys.base).map(TailId).filter(|&song| fold.base(self.title(song)) == keys.base)
    }
}
