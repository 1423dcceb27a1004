//! Queries for other programs, and their rankings: how a system that is not part of Segue is judged on the same
//! queries.
//!
//! Three text files, each line the numbers of some songs with spaces between; songs are numbered from 0, and those
//! that training playlists have come without gaps:
//!
//! - `training.dat`: a training playlist a line (after the first line this is a FIMI file);
//! - `seeds.dat`: a query a line;
//! - `truth.dat`: the songs to be found for that query.
//!
//! A rankings file has a line for each line of `seeds.dat`: songs, the best first, no seed among them. All begin with
//! the same line, `# segue-miner evaluate` and a fingerprint of the seeds, so that no ranking is judged on other
//! queries than it was made for.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::LIST_LENGTH;
use super::queries::Queries;
use super::split::Split;

/// Rankings that cannot be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RankingsError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// They were made for other queries.
    #[error(
        "{path}: its first line is {found:?} instead of {expected:?}: these rankings are for other queries; export \
         again with the same options, rank, and copy the first line of seeds.dat"
    )]
    OtherQueries {
        /// The file.
        path: PathBuf,
        /// The line it should begin with.
        expected: String,
        /// The line it begins with.
        found: String,
    },
    /// There are too few or too many.
    #[error("{path}: {found} rankings for {expected} queries: one line for each line of seeds.dat is needed")]
    Count {
        /// The file.
        path: PathBuf,
        /// Number of queries.
        expected: usize,
        /// Number of rankings.
        found: usize,
    },
    /// A line is no ranking.
    #[error("{path}, line {line}: {problem}")]
    Line {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

/// Writes `training.dat`, `seeds.dat` and `truth.dat` into a directory, which is made if it is not there.
///
/// # Errors
/// The directory cannot be written.
pub fn export(directory: &Path, split: &Split, queries: &Queries) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let numbers = Numbers::of(queries);
    let first = first_line(queries);
    let write = |name: &str, lines: &mut dyn Iterator<Item = &[u32]>| -> io::Result<()> {
        let mut file = BufWriter::new(File::create(directory.join(name))?);
        writeln!(file, "{first}")?;
        for songs in lines {
            let songs: Vec<String> = songs.iter().map(|&song| numbers.outside[song as usize].to_string()).collect();
            writeln!(file, "{}", songs.join(" "))?;
        }
        file.flush()
    };
    write("training.dat", &mut split.training.iter())?;
    write("seeds.dat", &mut queries.all.iter().map(|query| query.seeds.as_slice()))?;
    write("truth.dat", &mut queries.all.iter().map(|query| query.truth.as_slice()))
}

/// Reads the rankings that some program made for exported queries; songs beyond the first 500 are passed over.
///
/// # Errors
/// The file cannot be read, belongs to other queries, or is no file of rankings.
pub fn read_rankings(path: &Path, queries: &Queries) -> Result<Vec<Vec<u32>>, RankingsError> {
    let unreadable = |source| RankingsError::Unreadable { path: path.to_owned(), source };
    let mut lines = BufReader::new(File::open(path).map_err(unreadable)?).lines();
    let numbers = Numbers::of(queries);
    let expected = first_line(queries);
    let found = lines.next().transpose().map_err(unreadable)?.unwrap_or_default();
    if found.trim_end() != expected {
        return Err(RankingsError::OtherQueries { path: path.to_owned(), expected, found });
    }
    let mut rankings = Vec::with_capacity(queries.all.len());
    for (line, at) in lines.zip(2..) {
        let line = line.map_err(unreadable)?;
        let failed = |problem: String| RankingsError::Line { path: path.to_owned(), line: at, problem };
        let mut ranking = Vec::new();
        for number in line.split_whitespace().take(LIST_LENGTH) {
            let known = number.parse().ok().and_then(|number: usize| numbers.inside.get(number));
            ranking.push(*known.ok_or_else(|| failed(format!("{number} is not the number of a song")))?);
        }
        let mut once = ranking.clone();
        once.sort_unstable();
        if once.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(failed("a song is there twice".to_owned()));
        }
        if let Some(query) = queries.all.get(rankings.len())
            && query.seeds.iter().any(|seed| once.binary_search(seed).is_ok())
        {
            return Err(failed("a seed of the query is among the songs: leave seeds out".to_owned()));
        }
        rankings.push(ranking);
    }
    if rankings.len() != queries.all.len() {
        let (expected, found) = (queries.all.len(), rankings.len());
        return Err(RankingsError::Count { path: path.to_owned(), expected, found });
    }
    Ok(rankings)
}

fn first_line(queries: &Queries) -> String {
    format!("# segue-miner evaluate {:016x}", queries.fingerprint())
}

/// Known songs numbered without gaps.
struct Numbers {
    /// From the evaluation's numbers; nothing sensible for unknown songs.
    outside: Vec<u32>,
    /// To them.
    inside: Vec<u32>,
}

impl Numbers {
    fn of(queries: &Queries) -> Self {
        let known = (0..).zip(&queries.supports).filter(|(_, support)| **support > 0);
        let inside: Vec<u32> = known.map(|(song, _)| song).collect();
        let mut outside = vec![u32::MAX; queries.supports.len()];
        for (&song, number) in inside.iter().zip(0..) {
            outside[song as usize] = number;
        }
        Self { outside, inside }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::BasketsBuilder;
    use crate::evaluate::rank_all;
    use crate::evaluate::recommenders::Popularity;

    fn example() -> (Split, Queries) {
        let mut builder = BasketsBuilder::default();
        for playlist in 0..30_u32 {
            for song in 0..5 {
                builder.add(&playlist.to_string(), "", &((playlist * (song + 3)) % 11).to_string(), None);
            }
            builder.add(&playlist.to_string(), "", &format!("only in {playlist}"), None);
        }
        let split = Split::seeded(&builder.finish(), 0.3, 1);
        let queries = Queries::new(&split, &[1, 2], 1);
        (split, queries)
    }

    #[test]
    fn rankings_made_outside_are_those_made_inside() {
        let (split, queries) = example();
        let folder = tempfile::tempdir().unwrap();
        export(folder.path(), &split, &queries).unwrap();
        let lines = |name: &str| -> Vec<Vec<usize>> {
            let text = fs::read_to_string(folder.path().join(name)).unwrap();
            let numbers = |line: &str| line.split(' ').map(|number| number.parse().unwrap()).collect();
            text.lines().skip(1).map(numbers).collect()
        };
        // The most popular songs, by nothing but the files.
        let mut supports = vec![0_usize; queries.known_songs()];
        lines("training.dat").iter().flatten().for_each(|&song| supports[song] += 1);
        assert!(supports.iter().all(|&support| support > 0), "numbers without gaps");
        let mut order: Vec<usize> = (0..supports.len()).collect();
        order.sort_by_key(|&song| (std::cmp::Reverse(supports[song]), song));
        let seeds = fs::read_to_string(folder.path().join("seeds.dat")).unwrap();
        let mut made = vec![seeds.lines().next().unwrap().to_owned()];
        for seeds in lines("seeds.dat") {
            let ranking = order.iter().filter(|song| !seeds.contains(song));
            made.push(ranking.map(ToString::to_string).collect::<Vec<_>>().join(" "));
        }
        let path = folder.path().join("popular.dat");
        fs::write(&path, made.join("\n")).unwrap();
        assert_eq!(read_rankings(&path, &queries).unwrap(), rank_all(&Popularity::new(&split.training), &queries));
        assert_eq!(lines("truth.dat").len(), queries.all.len());

        fs::write(&path, made[..made.len() - 1].join("\n")).unwrap();
        assert!(matches!(read_rankings(&path, &queries), Err(RankingsError::Count { .. })));
        for wrong in ["0 0", "x", "99", "-1"] {
            made[1] = wrong.to_owned();
            fs::write(&path, made.join("\n")).unwrap();
            assert!(matches!(read_rankings(&path, &queries), Err(RankingsError::Line { line: 2, .. })), "{wrong}");
        }
        made[1] = lines("seeds.dat")[0][0].to_string();
        fs::write(&path, made.join("\n")).unwrap();
        assert!(read_rankings(&path, &queries).unwrap_err().to_string().contains("leave seeds out"));
    }

    #[test]
    fn rankings_for_other_queries_are_refused() {
        let (split, queries) = example();
        let others = Queries::new(&split, &[1, 2], 2);
        let folder = tempfile::tempdir().unwrap();
        export(folder.path(), &split, &queries).unwrap();
        let path = folder.path().join("truth.dat");
        assert!(matches!(read_rankings(&path, &others), Err(RankingsError::OtherQueries { .. })));
        assert!(read_rankings(&path, &queries).is_ok());
    }
}
