//! The catalogue that the demo playlists draw from: `songs.csv`, read once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::draw::Urn;
use super::random::Random;
use super::style::Style;

/// The catalogue file: comment lines begin with `#`, and say what the columns mean.
const SONGS_CSV: &str = include_str!("songs.csv");

/// A song of the demo's catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Song {
    /// The artist, as credited.
    pub artist: String,
    /// The title, with the suffix that tells a version apart ("- Remastered 2009") if it is one.
    pub title: String,
    /// When this recording first came out; for a remaster, when the original did.
    pub year: u16,
    /// The style it is filed under.
    pub style: Style,
    /// The moods it suits: one or more.
    pub moods: Moods,
    /// How well known it is, 1 (to those who love the style) to 5 (to everybody).
    pub popularity: u8,
    /// Its place in the file.
    pub(super) index: usize,
    /// Its artist, in the order of their first songs in the file.
    pub(super) artist_index: usize,
    /// The index of the first song that is a version of the same work: often its own.
    pub(super) work: usize,
}

/// What a song can be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Mood {
    /// To slow down with.
    Calm,
    /// To wake up or run with.
    Energetic,
    /// For two.
    Romantic,
    /// For grey days.
    Melancholy,
    /// For good ones.
    Happy,
    /// To dance.
    Party,
    /// For the road.
    Driving,
    /// To work beside.
    Focus,
}

impl Mood {
    /// All moods, with their names in the catalogue file.
    const NAMES: [(&str, Self); 8] = [
        ("calm", Self::Calm),
        ("energetic", Self::Energetic),
        ("romantic", Self::Romantic),
        ("melancholy", Self::Melancholy),
        ("happy", Self::Happy),
        ("party", Self::Party),
        ("driving", Self::Driving),
        ("focus", Self::Focus),
    ];
}

/// A set of [`Mood`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moods(u8);

impl Moods {
    /// Whether `mood` is in the set.
    #[must_use]
    pub fn contains(self, mood: Mood) -> bool {
        self.0 & (1 << mood as u8) != 0
    }

    /// The moods of the set, in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Mood> + Clone {
        Mood::NAMES.into_iter().map(|(_, mood)| mood).filter(move |&mood| self.contains(mood))
    }

    /// Reads names of moods, separated by blanks; `Err` is the first that is none.
    fn parse(names: &str) -> Result<Self, String> {
        let mut moods = Self::default();
        for name in names.split_whitespace() {
            let (_, mood) = Mood::NAMES.into_iter().find(|&(known, _)| known == name).ok_or(name)?;
            moods.0 |= 1 << mood as u8;
        }
        Ok(moods)
    }
}

/// All songs of the demo's catalogue, in the order of the file.
#[must_use]
pub fn songs() -> &'static [Song] {
    &catalogue().songs
}

/// The songs, and what is looked up about them.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) songs: Vec<Song>,
    /// How many artists there are.
    pub(super) artists: usize,
    /// The songs of each artist.
    pub(super) songs_of_artist: Vec<Vec<usize>>,
    /// The songs of each style.
    pub(super) songs_of_style: Vec<Vec<usize>>,
    /// The sum of what the songs of each style weigh by [`FAME`].
    pub(super) fame_of_style: Vec<u64>,
    /// All songs, weighed by [`FAME`].
    by_popularity: Urn,
}

impl Catalogue {
    /// Any song, by how well it is known in the world at large.
    pub(super) fn any_by_popularity(&self, random: &mut Random) -> Option<usize> {
        self.by_popularity.draw(random)
    }

    /// A song of `style`, by how well it is known.
    pub(super) fn of_style_by_popularity(&self, style: Style, random: &mut Random) -> Option<&Song> {
        let songs = self.songs_of_style[style.index()].iter().map(|&index| &self.songs[index]);
        random.choose_by_weight(songs.map(|song| (song, FAME[usize::from(song.popularity)])))
    }
}

/// How often a song of each popularity is thought of. Songs get more with each step down and are thought of less, though
/// not so little that the least known would have no company to speak of.
pub(super) const FAME: [u64; 6] = [0, 4, 6, 10, 18, 32];

/// The embedded catalogue.
pub(super) fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> =
        LazyLock::new(|| read(SONGS_CSV).expect("the embedded catalogue is sound, as its tests show"));
    &CATALOGUE
}

/// What is wrong with a catalogue file.
#[derive(Debug, thiserror::Error)]
enum CatalogueError {
    /// The line does not have the columns, or a column has a value that means nothing.
    #[error("songs.csv: {0}")]
    Row(#[from] csv::Error),
    /// A mood that is none of [`Mood::NAMES`].
    #[error("songs.csv, {artist} - {title}: \"{mood}\" is no mood")]
    Mood { artist: String, title: String, mood: String },
    /// A popularity other than 1 to 5.
    #[error("songs.csv, {artist} - {title}: popularity is 1 to 5, not {popularity}")]
    Popularity { artist: String, title: String, popularity: u8 },
}

/// A line of the file.
#[derive(Debug, Deserialize)]
struct Row {
    artist: String,
    title: String,
    year: u16,
    style: Style,
    moods: String,
    popularity: u8,
}

/// Reads a catalogue file.
fn read(text: &str) -> Result<Catalogue, CatalogueError> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let mut catalogue = Catalogue {
        songs: Vec::new(),
        artists: 0,
        songs_of_artist: Vec::new(),
        songs_of_style: vec![Vec::new(); Style::COUNT],
        fame_of_style: vec![0; Style::COUNT],
        by_popularity: Urn::new(Vec::new()),
    };
    let mut artists: BTreeMap<String, usize> = BTreeMap::new();
    let mut works: BTreeMap<(usize, String), usize> = BTreeMap::new();
    for row in reader.deserialize() {
        let Row { artist, title, year, style, moods, popularity } = row?;
        let moods = match Moods::parse(&moods) {
            Ok(moods) => moods,
            Err(mood) => return Err(CatalogueError::Mood { artist, title, mood }),
        };
        if !(1..=5).contains(&popularity) {
            return Err(CatalogueError::Popularity { artist, title, popularity });
        }
        let index = catalogue.songs.len();
        let artist_index = *artists.entry(artist.clone()).or_insert(catalogue.artists);
        if artist_index == catalogue.artists {
            catalogue.artists += 1;
            catalogue.songs_of_artist.push(Vec::new());
        }
        let work = *works.entry((artist_index, work_title(&title).to_lowercase())).or_insert(index);
        catalogue.songs_of_artist[artist_index].push(index);
        catalogue.songs_of_style[style.index()].push(index);
        catalogue.fame_of_style[style.index()] += FAME[usize::from(popularity)];
        catalogue.songs.push(Song { artist, title, year, style, moods, popularity, index, artist_index, work });
    }
    let fame = catalogue.songs.iter().map(|song| FAME[usize::from(song.popularity)]);
    catalogue.by_popularity = Urn::new(fame.collect());
    Ok(catalogue)
}

/// The title without the suffix that tells versions apart. In `songs.csv` only such suffixes follow a dash.
fn work_title(title: &str) -> &str {
    title.split_once(" - ").map_or(title, |(work, _)| work)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "artist,title,year,style,moods,popularity\n";

    #[test]
    fn the_catalogue_is_large_and_varied() {
        let catalogue = catalogue();
        assert!(catalogue.songs.len() >= 400, "{} songs", catalogue.songs.len());
        assert!(catalogue.artists >= 60, "{} artists", catalogue.artists);
        for style in Style::ALL {
            let songs = catalogue.songs_of_style[style.index()].len();
            assert!(songs >= 20, "{style:?} has {songs} songs");
        }
    }

    #[test]
    fn no_song_is_listed_twice() {
        let mut names: Vec<(String, String)> =
            songs().iter().map(|song| (song.artist.to_lowercase(), song.title.to_lowercase())).collect();
        names.sort_unstable();
        for pair in names.windows(2) {
            assert_ne!(pair[0], pair[1]);
        }
    }

    #[test]
    fn an_artist_is_always_written_the_same_way() {
        let mut spellings: BTreeMap<String, &str> = BTreeMap::new();
        for song in songs() {
            let letters = song.artist.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
            assert_eq!(*spellings.entry(letters).or_insert(&song.artist), song.artist);
        }
    }

    #[test]
    fn years_names_and_moods_are_plausible() {
        for song in songs() {
            assert!((1920..=2025).contains(&song.year), "{song:?}");
            assert!(song.moods.iter().next().is_some(), "{song:?} has no mood");
            for name in [&song.artist, &song.title] {
                assert!(!name.is_empty() && name.trim() == name && !name.contains("  "), "{song:?}");
            }
        }
    }

    #[test]
    fn each_popularity_is_rarer_than_the_one_below_it() {
        let mut counts = [0; 6];
        for song in songs() {
            counts[usize::from(song.popularity)] += 1;
        }
        assert!(counts[5] < counts[4] && counts[4] < counts[3], "{counts:?}");
    }

    #[test]
    fn versions_of_one_work_know_each_other() {
        let of = |title: &str| songs().iter().find(|song| song.title == title).expect("it is in the catalogue");
        assert_eq!(of("Yesterday").work, of("Yesterday - Remastered 2009").work);
        assert_eq!(of("Bohemian Rhapsody").work, of("Bohemian Rhapsody - Remastered 2011").work);
        assert_ne!(of("Yesterday").work, of("Bohemian Rhapsody").work);
    }

    #[test]
    fn songs_of_the_same_title_by_different_artists_are_different_works() {
        let hurts: Vec<&Song> = songs().iter().filter(|song| song.title == "Hurt").collect();
        assert!(hurts.len() >= 2);
        assert_ne!(hurts[0].work, hurts[1].work);
    }

    #[test]
    fn comments_and_quoted_commas_are_read() {
        let text = format!("# words\n{HEADER}\"Earth, Wind & Fire\",September,1978,disco,party happy,5\n");
        let catalogue = read(&text).expect("it is sound");
        assert_eq!(catalogue.songs[0].artist, "Earth, Wind & Fire");
        assert!(catalogue.songs[0].moods.contains(Mood::Party));
        assert!(!catalogue.songs[0].moods.contains(Mood::Calm));
    }

    #[test]
    fn a_wrong_line_is_refused_with_what_is_wrong() {
        let message = |line: &str| read(&format!("{HEADER}{line}\n")).expect_err("it is wrong").to_string();
        assert!(message("A,B,1970,polka,calm,3").contains("line: 2"), "{}", message("A,B,1970,polka,calm,3"));
        assert_eq!(message("A,B,1970,jazz,calm sleepy,3"), "songs.csv, A - B: \"sleepy\" is no mood");
        assert_eq!(message("A,B,1970,jazz,calm,6"), "songs.csv, A - B: popularity is 1 to 5, not 6");
    }
}
