//! What has been found out about names, kept so that it is found out once.
//!
//! Everything here follows from the model alone, so it does not matter who finds it out first, nor whether two do at
//! once: both write the same. Nothing is ever waited for.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use crate::api::Tier;
use crate::song::SongId;

/// Memory about the names of a catalogue's songs.
#[derive(Debug, Default)]
pub(crate) struct NameMemo {
    /// For each song how it is named, 0 where that is not known yet.
    forms: Box<[AtomicU8]>,
    /// For each song that is the first of its exact title: the song that the bare title means, and its tier; 0 where
    /// that is not known yet.
    titles: Box<[AtomicU32]>,
}

/// How a song is named so that the name resolves to it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameForm {
    /// "title"
    Title,
    /// "artist - title"
    ArtistTitle,
    /// "title - artist"
    TitleArtist,
    /// The URI.
    Uri,
    /// "artist⇥title"
    Tabbed,
}

const FORMS: [NameForm; 5] =
    [NameForm::Title, NameForm::ArtistTitle, NameForm::TitleArtist, NameForm::Uri, NameForm::Tabbed];

/// Tiers that a bare title can be found by.
const TIERS: [Tier; 3] = [Tier::Title, Tier::PlainTitle, Tier::BaseTitle];

impl NameMemo {
    /// Nothing known, for this many songs.
    pub(crate) fn new(songs: usize) -> Self {
        Self {
            forms: (0..songs).map(|_| AtomicU8::new(0)).collect(),
            titles: (0..songs).map(|_| AtomicU32::new(0)).collect(),
        }
    }

    /// How a song is named.
    pub(crate) fn form(&self, song: SongId, find_out: impl FnOnce() -> NameForm) -> NameForm {
        let Some(slot) = self.forms.get(song.index()) else { return find_out() };
        if let Some(form) = FORMS.get(usize::from(slot.load(Ordering::Relaxed)).wrapping_sub(1)) {
            return *form;
        }
        let form = find_out();
        slot.store(form as u8 + 1, Ordering::Relaxed);
        form
    }

    /// What the bare title means whose first song this is.
    pub(crate) fn title(&self, first: SongId) -> Option<(SongId, Tier)> {
        let known = self.titles.get(first.index())?.load(Ordering::Relaxed).checked_sub(1)?;
        let tiers = TIERS.len() as u32;
        Some((SongId(known / tiers), TIERS[(known % tiers) as usize]))
    }

    /// Keeps what the bare title means whose first song this is.
    pub(crate) fn keep_title(&self, first: SongId, song: SongId, tier: Tier) {
        let Some(slot) = self.titles.get(first.index()) else { return };
        let Some(at) = (0..).zip(TIERS).find_map(|(at, known)| (known == tier).then_some(at)) else { return };
        let known = song.0.checked_mul(TIERS.len() as u32).and_then(|known| known.checked_add(at + 1));
        // A catalogue of a thousand million songs would have some that are found out each time.
        slot.store(known.unwrap_or(0), Ordering::Relaxed);
    }
}

impl Clone for NameMemo {
    /// Nothing known, for as many songs.
    fn clone(&self) -> Self {
        Self::new(self.forms.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_out_is_not_asked_again() {
        let memo = NameMemo::new(2);
        for form in [NameForm::Tabbed, NameForm::Title] {
            assert_eq!(memo.form(SongId(1), || form), NameForm::Tabbed);
        }
        assert_eq!(memo.form(SongId(0), || NameForm::Uri), NameForm::Uri);
    }

    #[test]
    fn a_titles_meaning_comes_back_with_its_tier() {
        let memo = NameMemo::new(3);
        for (song, tier) in [(SongId(0), Tier::Title), (SongId(2), Tier::BaseTitle), (SongId(1), Tier::PlainTitle)] {
            memo.keep_title(SongId(1), song, tier);
            assert_eq!(memo.title(SongId(1)), Some((song, tier)));
        }
        assert_eq!(memo.title(SongId(0)), None);
    }

    #[test]
    fn what_does_not_fit_is_not_kept() {
        let memo = NameMemo::new(1);
        memo.keep_title(SongId(0), SongId(u32::MAX / 2), Tier::Title);
        assert_eq!(memo.title(SongId(0)), None);
        memo.keep_title(SongId(9), SongId(0), Tier::Title);
        assert_eq!(memo.title(SongId(9)), None);
        assert_eq!(memo.form(SongId(9), || NameForm::Uri), NameForm::Uri);
    }
}
