//! Songs seen in one playlist.

use super::key_index::KeyIndex;
use super::{Names, TitleKey, TitleKeys, key_hashes};
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
        let [_, plain, base] = key_hashes(pace, fold, &titles, None).await;
        let [plain, base] = [&plain, &base].map(|hashes| KeyIndex::new(hashes));
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

    /// The first song whose title has this one of the keys, by this artist if one is given.
    pub(crate) fn first(
        &self,
        fold: &FoldTable,
        keys: &TitleKeys,
        key: TitleKey,
        artist: Option<ArtistId>,
    ) -> Option<TailId> {
        let mut candidates = match key {
            TitleKey::Plain => self.plain.candidates(&keys.plain),
            // Titles with the same exact key have the same base key too, which follows from it.
            TitleKey::Exact | TitleKey::Base => self.base.candidates(&keys.base),
        };
        let has_key = |title: &str| match key {
            TitleKey::Exact => fold.has_exact_key(title, &keys.exact),
            TitleKey::Plain => TitleKeys::of(fold, title).plain == keys.plain,
            TitleKey::Base => fold.base(title) == keys.base,
        };
        let is_theirs = |song: TailId| artist.is_none_or(|artist| self.artist(song) == artist);
        candidates.find(|&song| is_theirs(TailId(song)) && has_key(self.title(TailId(song)))).map(TailId)
    }
}
