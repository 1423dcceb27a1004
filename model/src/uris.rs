//! URIs of songs: 128-bit ids, as Spotify writes them in base 62.

use std::sync::Arc;

use crate::song::SongId;

const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LENGTH: usize = 22;

/// The value of each byte as a digit, 255 for those that are none.
const VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        values[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    values
};
const PREFIX: &str = "spotify:track:";

/// An id's bytes, the lowest first.
pub type UriBytes = [u8; 16];

/// The URI of each song that has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uris {
    /// Ids by song as the file has them, 0 where there is none.
    by_song: Arc<[UriBytes]>,
    /// Songs that have one, sorted by it.
    by_id: Vec<SongId>,
}

impl Uris {
    /// URIs by song, 0 where there is none.
    #[must_use]
    pub fn new(by_song: impl IntoIterator<Item = u128>) -> Self {
        Self::from_bytes(by_song.into_iter().map(u128::to_le_bytes).collect())
    }

    pub(crate) fn from_bytes(by_song: Arc<[UriBytes]>) -> Self {
        let key = |song: &SongId| (u128::from_le_bytes(by_song[song.index()]), *song);
        let mut by_id: Vec<SongId> = (0..by_song.len() as u32).map(SongId).filter(|song| key(song).0 != 0).collect();
        crate::sort::sort_by(&mut by_id, |left, right| key(left).cmp(&key(right)));
        Self { by_song, by_id }
    }

    /// Ids by song, 0 where there is none: the bytes of the file's section, to be shared by whoever sends it.
    #[must_use]
    pub fn by_song(&self) -> &Arc<[UriBytes]> {
        &self.by_song
    }

    /// The song of a URI ("spotify:track:…") or a link to it ("https://open.spotify.com/track/…").
    #[must_use]
    pub fn find(&self, text: &str) -> Option<SongId> {
        let id = parse_uri(text)?;
        let at = self.by_id.binary_search_by_key(&id, |song| u128::from_le_bytes(self.by_song[song.index()])).ok()?;
        Some(self.by_id[at])
    }

    /// The URI of a song.
    #[must_use]
    pub fn text(&self, song: SongId) -> Option<String> {
        let mut id = u128::from_le_bytes(*self.by_song.get(song.index())?);
        if id == 0 {
            return None;
        }
        let mut digits = [b'0'; LENGTH];
        for digit in digits.iter_mut().rev() {
            *digit = DIGITS[(id % 62) as usize];
            id /= 62;
        }
        let digits = digits.iter().copied().map(char::from);
        Some(PREFIX.chars().chain(digits).collect())
    }
}

/// The id in a track URI or link; `None` for anything else.
#[must_use]
pub fn parse_uri(text: &str) -> Option<u128> {
    let text = text.trim();
    let digits = match text.strip_prefix(PREFIX) {
        Some(digits) => digits,
        None => {
            let (_, rest) = text.strip_prefix("https://open.spotify.com/")?.split_once("track/")?;
            rest.split(['?', '#', '/']).next()?
        }
    };
    if digits.len() != LENGTH {
        return None;
    }
    // Ten digits of 62 fit into 64 bits, which are quicker than 128.
    let (beginning, end) = digits.as_bytes().split_at(LENGTH - 10);
    let (beginning, middle) = beginning.split_at(LENGTH - 20);
    let high = u128::from(number(beginning)?) * RADIX_TO_TENTH + u128::from(number(middle)?);
    high.checked_mul(RADIX_TO_TENTH)?.checked_add(number(end)?.into())
}

/// Ten digits' worth.
const RADIX_TO_TENTH: u128 = 62_u128.pow(10);

/// The number that at most ten digits stand for.
fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, &byte| {
        let digit = Some(VALUES[usize::from(byte)]).filter(|&digit| digit != u8::MAX)?;
        Some(number * 62 + u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_and_links_find_their_song() {
        let uri = "spotify:track:0AbCdEfGhIjKlMnOpQrStU";
        let uris = Uris::new([0, parse_uri(uri).unwrap()]);
        assert_eq!(uris.text(SongId(1)).as_deref(), Some(uri));
        assert_eq!(uris.text(SongId(0)), None);
        assert_eq!(uris.find(uri), Some(SongId(1)));
        assert_eq!(uris.find("https://open.spotify.com/intl-de/track/0AbCdEfGhIjKlMnOpQrStU?si=1"), Some(SongId(1)));
        assert_eq!(uris.find("spotify:track:0AbCdEfGhIjKlMnOpQrStV"), None);
    }

    #[test]
    fn what_is_no_uri_is_none() {
        for text in
            ["", "spotify:track:", "spotify:track:ZZZZZZZZZZZZZZZZZZZZZZ", "spotify:album:0AbCdEfGhIjKlMnOpQrStU"]
        {
            assert_eq!(parse_uri(text), None, "{text}");
        }
    }
}
