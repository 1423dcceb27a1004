//! The catalogue: every song in two playlists or more, with the indexes that find one by name.

mod key_index;
mod supports;
mod tail;

use std::ops::Range;

use crate::fold::{FoldTable, without_version_suffix};
use crate::grams::Grams;
use crate::pace::Pace;
use crate::song::{ArtistId, SongId, Support};
use key_index::KeyIndex;

pub(crate) use key_index::{Packing, hash};
pub(crate) use supports::{BLOCK, SupportClasses};
pub use tail::Tail;

/// Numbers that can be read while a name is folded, about.
const FOLDING: usize = 128;

/// Strings by number, in one allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    text: String,
    /// Where each name ends in `text`.
    ends: Vec<u32>,
}

impl Names {
    /// The names in their order.
    #[must_use]
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Self {
        let mut all = Self::default();
        for name in names {
            all.push(name.as_ref());
        }
        all
    }

    /// Names from their text and where each ends in it; `None` where an end is not between two characters.
    pub(crate) fn from_text(text: String, ends: Vec<u32>) -> Option<Self> {
        let fits = ends.iter().all(|&end| text.is_char_boundary(end as usize)) && ends.is_sorted();
        fits.then_some(Self { text, ends })
    }

    /// No names yet, but room for so many of so many bytes in all.
    #[must_use]
    pub fn with_room(names: usize, bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ends: Vec::with_capacity(names) }
    }

    /// Adds a name at the end.
    pub fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.push(self.text.len() as u32);
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes they have in all.
    #[must_use]
    pub fn text_len(&self) -> usize {
        self.text.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The name at `index`, which must be below [`Names::len`].
    #[must_use]
    pub fn get(&self, index: usize) -> &str {
        &self.text[self.start(index)..self.ends[index] as usize]
    }

    /// Bytes of the name at `index`, for which the text itself is not read.
    fn len_of(&self, index: usize) -> usize {
        self.ends[index] as usize - self.start(index)
    }

    /// Where the name at `index` begins in the text of all.
    fn start(&self, index: usize) -> usize {
        if index == 0 { 0 } else { self.ends[index - 1] as usize }
    }

    /// All names in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// A key of a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TitleKey {
    /// Of the whole title.
    Exact,
    /// Without diacritics and punctuation.
    Plain,
    /// That too without version suffix.
    Base,
}

/// The three keys of a title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TitleKeys {
    /// Exact key.
    pub(crate) exact: String,
    /// Plain key.
    pub(crate) plain: String,
    /// Plain key without version suffix.
    pub(crate) base: String,
}

impl TitleKeys {
    pub(crate) fn of(fold: &FoldTable, title: &str) -> Self {
        Self::of_exact(fold, fold.exact(title))
    }

    /// The keys of a title whose exact key this is.
    pub(crate) fn of_exact(fold: &FoldTable, exact: String) -> Self {
        let plain = fold.plain(&exact);
        let head = without_version_suffix(&exact);
        let base = if head.len() == exact.len() { plain.clone() } else { fold.plain(head) };
        Self { exact, plain, base }
    }
}

/// The hashes of each title's exact, plain and base key; the plain keys themselves are added to names that are given.
async fn key_hashes(
    pace: &Pace<'_>,
    fold: &FoldTable,
    titles: &Names,
    mut plain_keys: Option<&mut Names>,
) -> [Vec<u32>; 3] {
    let mut hashes = [(); 3].map(|()| Vec::with_capacity(titles.len()));
    let (mut exact, mut plain) = (String::new(), String::new());
    for title in titles.iter() {
        fold.exact_into(title, &mut exact);
        fold.plain_into(&exact, &mut plain);
        if let Some(plain_keys) = &mut plain_keys {
            plain_keys.push(&plain);
        }
        let head = without_version_suffix(&exact);
        hashes[0].push(hash(&exact));
        hashes[1].push(hash(&plain));
        if head.len() != exact.len() {
            fold.plain_into(head, &mut plain);
        }
        hashes[2].push(hash(&plain));
        pace.did(FOLDING).await;
    }
    hashes
}

/// Titles with their three indexes.
#[derive(Clone, Debug)]
pub(crate) struct TitleIndex {
    exact: KeyIndex,
    plain: KeyIndex,
    base: KeyIndex,
    /// Plain keys, which search also reads.
    pub(crate) plain_keys: Names,
}

impl TitleIndex {
    pub(crate) async fn new(pace: &Pace<'_>, fold: &FoldTable, titles: &Names) -> Self {
        let mut plain_keys = Names::with_room(titles.len(), titles.text_len());
        let [exact, plain, base] = key_hashes(pace, fold, titles, Some(&mut plain_keys)).await;
        let [exact, plain, base] = [&exact, &plain, &base].map(|hashes| KeyIndex::new(hashes));
        pace.did(FOLDING * titles.len()).await;
        Self { exact, plain, base, plain_keys }
    }

    /// Indexes of the titles with this exact key, ascending.
    pub(crate) fn exact<'a>(
        &'a self,
        fold: &'a FoldTable,
        titles: &'a Names,
        key: &'a str,
    ) -> impl Iterator<Item = u32> {
        self.exact.candidates(key).filter(move |&id| fold.has_exact_key(titles.get(id as usize), key))
    }

    /// The first of these that is `wanted`, which is asked first.
    pub(crate) fn first_exact(
        &self,
        fold: &FoldTable,
        titles: &Names,
        key: &str,
        wanted: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        self.exact.candidates(key).find(|&id| wanted(id) && fold.has_exact_key(titles.get(id as usize), key))
    }

    /// Indexes of the titles with this plain key, ascending.
    pub(crate) fn plain(&self, keys: &TitleKeys) -> Vec<u32> {
        let same = |&id: &u32| self.plain_keys.get(id as usize) == keys.plain;
        self.plain.candidates(&keys.plain).filter(same).collect()
    }

    /// Indexes of the titles with this base key, ascending.
    pub(crate) fn base(&self, fold: &FoldTable, titles: &Names, keys: &TitleKeys) -> Vec<u32> {
        let same = |&id: &u32| fold.base(titles.get(id as usize)) == keys.base;
        self.base.candidates(&keys.base).filter(same).collect()
    }
}

/// What the catalogue is made of; the checked part of the `core` section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogueParts {
    /// Titles by song.
    pub titles: Names,
    /// Artists' names; one empty name in a catalogue without artists.
    pub artists: Names,
    /// Artist of each song.
    pub song_artists: Vec<ArtistId>,
    /// Support of each song, never rising.
    pub supports: Vec<Support>,
    /// For each song the most supported song of its work, possibly itself.
    pub works: Vec<SongId>,
    /// How names fold.
    pub fold: FoldTable,
}

/// Every song in two playlists or more.
#[derive(Clone, Debug)]
pub struct Catalogue {
    parts: CatalogueParts,
    title_index: TitleIndex,
    artist_exact: KeyIndex,
    artist_plain: KeyIndex,
    artist_plain_keys: Names,
    /// Pairs of letters in each song's folded title and artist, whichever stands first.
    grams: Vec<Grams>,
    /// Songs grouped by artist, each group ascending: the songs of artist a are
    /// `songs_by_artist[artist_starts[a]..artist_starts[a + 1]]`.
    songs_by_artist: Vec<SongId>,
    artist_starts: Vec<u32>,
    /// Summed support of the songs of the work that each song leads; 0 for songs that lead none.
    work_supports: Vec<u32>,
    support_classes: SupportClasses,
}

impl Catalogue {
    /// Indexes parts that the checked open has proven consistent (same lengths, ids in range).
    pub(crate) async fn new(pace: &Pace<'_>, parts: CatalogueParts) -> Self {
        let title_index = TitleIndex::new(pace, &parts.fold, &parts.titles).await;
        let mut artist_plain_keys = Names::with_room(parts.artists.len(), parts.artists.text_len());
        let mut key = String::new();
        let mut exact_hashes = Vec::with_capacity(parts.artists.len());
        for name in parts.artists.iter() {
            parts.fold.exact_into(name, &mut key);
            exact_hashes.push(hash(&key));
            parts.fold.plain_into(name, &mut key);
            artist_plain_keys.push(&key);
            pace.did(FOLDING).await;
        }
        let artist_exact = KeyIndex::new(&exact_hashes);
        let artist_plain = KeyIndex::new(&artist_plain_keys.iter().map(hash).collect::<Vec<u32>>());

        let artist_grams: Vec<Grams> = artist_plain_keys.iter().map(|name| Grams::of(name.as_bytes())).collect();
        let mut grams = Vec::with_capacity(parts.song_artists.len());
        for (artist, title) in parts.song_artists.iter().zip(title_index.plain_keys.iter()) {
            let (title, name) = (title.as_bytes(), artist_plain_keys.get(artist.index()).as_bytes());
            let between = Grams::between(title, name) | Grams::between(name, title);
            grams.push(Grams::of(title) | artist_grams[artist.index()] | between);
            pace.did(FOLDING / 2).await;
        }

        let mut artist_starts = vec![0_u32; parts.artists.len() + 1];
        for artist in &parts.song_artists {
            artist_starts[artist.index() + 1] += 1;
        }
        for at in 1..artist_starts.len() {
            artist_starts[at] += artist_starts[at - 1];
        }
        let mut next = artist_starts.clone();
        let mut songs_by_artist = vec![SongId(0); parts.song_artists.len()];
        for (song, artist) in parts.song_artists.iter().enumerate() {
            let slot = &mut next[artist.index()];
            songs_by_artist[*slot as usize] = SongId(song as u32);
            *slot += 1;
        }

        let mut work_supports = vec![0_u32; parts.works.len()];
        for (work, support) in parts.works.iter().zip(&parts.supports) {
            work_supports[work.index()] = work_supports[work.index()].saturating_add(support.0);
        }

        let support_classes = SupportClasses::new(&parts.supports);

        Self {
            parts,
            title_index,
            artist_exact,
            artist_plain,
            artist_plain_keys,
            grams,
            songs_by_artist,
            artist_starts,
            work_supports,
            support_classes,
        }
    }

    /// How many songs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.supports.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.supports.is_empty()
    }

    /// All songs, the most supported first.
    pub fn songs(&self) -> impl ExactSizeIterator<Item = SongId> + use<> {
        (0..self.parts.supports.len() as u32).map(SongId)
    }

    /// Title of a song.
    #[must_use]
    pub fn title(&self, song: SongId) -> &str {
        self.parts.titles.get(song.index())
    }

    /// Artist of a song.
    #[must_use]
    pub fn artist(&self, song: SongId) -> ArtistId {
        self.parts.song_artists[song.index()]
    }

    /// Name of an artist.
    #[must_use]
    pub fn artist_name(&self, artist: ArtistId) -> &str {
        self.parts.artists.get(artist.index())
    }

    /// Whether the name of an artist is empty.
    pub(crate) fn is_nameless(&self, artist: ArtistId) -> bool {
        self.parts.artists.len_of(artist.index()) == 0
    }

    /// How many artists there are, those of the tail's songs included.
    #[must_use]
    pub fn artist_count(&self) -> usize {
        self.parts.artists.len()
    }

    /// Playlists with this song.
    #[must_use]
    pub fn support(&self, song: SongId) -> Support {
        self.parts.supports[song.index()]
    }

    /// The work a song is a version of, named by the work's most supported song.
    #[must_use]
    pub fn work(&self, song: SongId) -> SongId {
        self.parts.works[song.index()]
    }

    /// Summed support of all songs of a song's work.
    #[must_use]
    pub fn work_support(&self, song: SongId) -> Support {
        Support(self.work_supports[self.work(song).index()])
    }

    /// Songs by an artist, the most supported first.
    #[must_use]
    pub fn songs_of(&self, artist: ArtistId) -> &[SongId] {
        &self.songs_by_artist[self.places_of(artist)]
    }

    /// All songs by their artists, those of each artist as [`Catalogue::songs_of`] has them.
    pub(crate) fn songs_by_artist(&self) -> &[SongId] {
        &self.songs_by_artist
    }

    /// Where those of an artist are.
    pub(crate) fn places_of(&self, artist: ArtistId) -> Range<usize> {
        self.artist_starts[artist.index()] as usize..self.artist_starts[artist.index() + 1] as usize
    }

    /// How names fold.
    #[must_use]
    pub fn fold(&self) -> &FoldTable {
        &self.parts.fold
    }

    /// What the catalogue was made from.
    #[must_use]
    pub fn parts(&self) -> &CatalogueParts {
        &self.parts
    }

    /// The artist of this name, folded exactly or else plainly.
    #[must_use]
    pub fn find_artist(&self, name: &str) -> Option<ArtistId> {
        let fold = &self.parts.fold;
        let exact = fold.exact(name);
        let same = |&id: &u32| fold.has_exact_key(self.parts.artists.get(id as usize), &exact);
        let found = self.artist_exact.candidates(&exact).find(same).or_else(|| {
            let plain = fold.plain(name);
            self.artist_plain.candidates(&plain).find(|&id| self.artist_plain_keys.get(id as usize) == plain)
        });
        found.map(ArtistId)
    }

    pub(crate) fn title_index(&self) -> &TitleIndex {
        &self.title_index
    }

    pub(crate) fn titles(&self) -> &Names {
        &self.parts.titles
    }

    /// Title of a song, folded without diacritics and punctuation: what is searched in.
    #[must_use]
    pub fn plain_title(&self, song: SongId) -> &str {
        self.title_index.plain_keys.get(song.index())
    }

    /// Pairs of letters in title and artist of a song, folded as they are searched.
    pub(crate) fn grams(&self, song: SongId) -> &Grams {
        &self.grams[song.index()]
    }

    /// Name of a song's artist, folded likewise.
    #[must_use]
    pub fn plain_artist(&self, song: SongId) -> &str {
        self.artist_plain_keys.get(self.artist(song).index())
    }

    /// The supports that occur.
    pub(crate) fn support_classes(&self) -> &SupportClasses {
        &self.support_classes
    }

    /// Which of them a song has.
    pub(crate) fn support_class(&self, song: SongId) -> usize {
        self.support_classes.of(song)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pace::at_once;
    use crate::song::TailId;

    proptest! {
        #[test]
        fn titles_are_found_under_each_of_their_keys(titles in prop::collection::vec("[a-cA-C '(&-]{0,9}( - live)?", 1..30)) {
            let (fold, names) = (FoldTable::default(), Names::new(&titles));
            let index = at_once(async |pace| TitleIndex::new(pace, &fold, &names).await);
            let artists = (0..names.len() as u32).map(ArtistId).collect();
            let tail = at_once(async |pace| Tail::new(pace, &fold, names.clone(), artists).await);
            for title in &titles {
                let keys = TitleKeys::of(&fold, title);
                let titled = |wanted: fn(TitleKeys) -> String, key: &str| -> Vec<u32> {
                    let has = |title: &String| wanted(TitleKeys::of(&fold, title)) == key;
                    (0..).zip(&titles).filter(|(_, title)| has(title)).map(|(id, _)| id).collect()
                };
                let first = |key| tail.first(&fold, &keys, key, None).map(|song| song.0);
                let expected = titled(|keys| keys.exact, &keys.exact);
                prop_assert_eq!(&index.exact(&fold, &names, &keys.exact).collect::<Vec<u32>>(), &expected);
                prop_assert_eq!(first(TitleKey::Exact), expected.first().copied());
                let expected = titled(|keys| keys.plain, &keys.plain);
                prop_assert_eq!(&index.plain(&keys), &expected);
                prop_assert_eq!(first(TitleKey::Plain), expected.first().copied());
                let expected = titled(|keys| keys.base, &keys.base);
                prop_assert_eq!(&index.base(&fold, &names, &keys), &expected);
                prop_assert_eq!(first(TitleKey::Base), expected.first().copied());
                let last = expected[expected.len() - 1];
                let by_last = tail.first(&fold, &keys, TitleKey::Base, Some(ArtistId(last)));
                prop_assert_eq!(by_last, Some(TailId(last)));
            }
        }
    }
}
