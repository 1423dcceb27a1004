//! The songs to ask about: named, or drawn from a CSV file.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use fastrand::Rng;
use flate2::bufread::MultiGzDecoder;
use segue_model::api::SongQuery;
use segue_playlists::csv::{Columns, Reader};

/// Which songs to ask about.
#[derive(Clone, Debug, Args)]
pub(crate) struct Seeds {
    /// Songs: a title, "artist - title", or a track's URI
    #[arg(value_name = "SONG", required_unless_present = "songs_from")]
    songs: Vec<String>,

    /// CSV file (with a header such as artist_name,track_name; .gz too) to draw songs from
    #[arg(long, value_name = "CSV", conflicts_with = "songs")]
    songs_from: Option<PathBuf>,

    /// How many songs to draw for a request
    #[arg(long, default_value = "5", value_name = "N", requires = "songs_from")]
    pick: NonZeroUsize,

    /// Seed of the draw: the same seed draws the same songs
    #[arg(long, default_value_t = 1, value_name = "S", requires = "songs_from")]
    seed: u64,
}

/// Gives the songs of one request after another.
pub(crate) enum Draw {
    Same(Vec<SongQuery>),
    From { songs: Vec<Song>, pick: usize, random: Rng },
}

/// A song of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Song {
    pub(crate) artist: String,
    pub(crate) title: String,
}

/// What a file holds.
pub(crate) struct SongFile {
    pub(crate) songs: Vec<Song>,
    /// Rows that could not be read; the first one says why.
    pub(crate) unreadable: usize,
    pub(crate) first_unreadable: Option<String>,
}

impl Seeds {
    /// Reads the file, if there is one.
    pub(crate) fn open(&self) -> anyhow::Result<Draw> {
        let Some(file) = &self.songs_from else {
            return Ok(Draw::Same(self.songs.iter().map(|song| song.as_str().into()).collect()));
        };
        let songs = SongFile::read(file)?.songs;
        let pick = self.pick.get();
        if pick > songs.len() {
            bail!("--pick {pick}: {} has {} songs", file.display(), songs.len());
        }
        Ok(Draw::From { songs, pick, random: Rng::with_seed(self.seed) })
    }
}

impl Draw {
    /// The songs of the next request.
    pub(crate) fn next(&mut self) -> Vec<SongQuery> {
        match self {
            Self::Same(songs) => songs.clone(),
            Self::From { songs, pick, random } => {
                // The first steps of a shuffle (Fisher and Yates): each song at most once.
                for at in 0..*pick {
                    let other = random.usize(at..songs.len());
                    songs.swap(at, other);
                }
                songs[..*pick].iter().map(Song::query).collect()
            }
        }
    }
}

impl Song {
    fn query(&self) -> SongQuery {
        let (title, artist) = (self.title.clone(), self.artist.clone());
        if artist.is_empty() { SongQuery::Text(title) } else { SongQuery::Named { title, artist } }
    }
}

impl SongFile {
    /// Reads every song of a CSV file, gzipped or not. Unreadable rows are passed over and counted.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let about = || format!("cannot read songs from {}", path.display());
        let mut file = BufReader::with_capacity(1 << 16, File::open(path).with_context(about)?);
        let is_gzip = segue_playlists::is_gzip(file.fill_buf().with_context(about)?);
        let input: Box<dyn BufRead> = if is_gzip {
            Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(file)))
        } else {
            Box::new(file)
        };
        let mut reader = Reader::new(input, Columns::Songs).with_context(about)?;
        let mut read = Self { songs: Vec::new(), unreadable: 0, first_unreadable: None };
        while let Some(row) = reader.next_row().with_context(about)? {
            match row {
                Ok(row) => {
                    read.songs.push(Song { artist: row.artist.to_owned(), title: row.title.to_owned() });
                }
                Err(row) => {
                    read.unreadable += 1;
                    read.first_unreadable.get_or_insert_with(|| row.to_string());
                }
            }
        }
        if read.songs.is_empty() {
            bail!("{} has no songs: {}", path.display(), read.first_unreadable.as_deref().unwrap_or("only a header"));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(seed: u64) -> Draw {
        let song = |n: usize| Song { artist: "The Lanterns".into(), title: format!("Song {n}") };
        Draw::From { songs: (0..10).map(song).collect(), pick: 4, random: Rng::with_seed(seed) }
    }

    #[test]
    fn a_seed_draws_the_same_songs_every_time() {
        let (mut one, mut same, mut other) = (draw(7), draw(7), draw(8));
        let (first, second) = (one.next(), one.next());
        assert_eq!((&first, &second), (&same.next(), &same.next()));
        assert_ne!(first, second);
        assert_ne!(first, other.next());
    }

    #[test]
    fn a_song_is_drawn_once_at_most() {
        let mut draw = draw(3);
        for _ in 0..100 {
            let songs = draw.next();
            assert!((1..4).all(|at| !songs[..at].contains(&songs[at])), "{songs:?}");
        }
    }

    #[test]
    fn files_may_be_gzipped_and_have_bad_rows() {
        let folder = tempfile::tempdir().unwrap();
        let content = "artist_name,track_name\nThe Lanterns,\"Harbour Light, Part 2\"\nMira Sole,\n,Orchard Road\n";
        let (plain, gzipped) = (folder.path().join("songs.csv"), folder.path().join("songs.csv.gz"));
        std::fs::write(&plain, content).unwrap();
        let mut coded = Vec::new();
        let mut encoder = flate2::bufread::GzEncoder::new(content.as_bytes(), flate2::Compression::fast());
        std::io::Read::read_to_end(&mut encoder, &mut coded).unwrap();
        std::fs::write(&gzipped, coded).unwrap();
        for file in [plain, gzipped] {
            let read = SongFile::read(&file).unwrap();
            let queries: Vec<SongQuery> = read.songs.iter().map(Song::query).collect();
            let title = "Harbour Light, Part 2".to_owned();
            assert_eq!(queries, [SongQuery::Named { title, artist: "The Lanterns".into() }, "Orchard Road".into()]);
            assert_eq!(read.unreadable, 1);
            assert!(read.first_unreadable.unwrap().contains("line 3"));
        }
    }
}
