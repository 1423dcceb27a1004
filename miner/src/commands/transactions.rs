//! Baskets for the commands about itemsets, with what their items are called.

use std::borrow::Cow;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use segue_miner::baskets::Baskets;
use segue_miner::fetch::{self, Input};
use segue_miner::itemsets::Database;
use segue_miner::itemsets::dat::{self, ItemNames};
use segue_playlists::Format;

use super::progress::Progress;
use super::{InputArguments, summary};

/// Baskets of items.
pub(crate) struct Transactions {
    pub(crate) database: Database,
    pub(crate) items: Items,
    /// How long reading took.
    pub(crate) took: Duration,
}

/// What items are called.
pub(crate) enum Items {
    /// As they stand in a `.dat` file.
    Dat(ItemNames),
    /// Songs: "artist - title".
    Songs(Box<Baskets>),
}

impl Items {
    pub(crate) fn name(&self, item: u32) -> Cow<'_, str> {
        match self {
            Self::Dat(names) => names.name(item),
            Self::Songs(baskets) => {
                let title = baskets.titles.get(item as usize);
                match baskets.artists.get(baskets.song_artists[item as usize] as usize) {
                    "" => title.into(),
                    artist => format!("{artist} - {title}").into(),
                }
            }
        }
    }
}

impl Transactions {
    /// Reads the baskets. `.dat` files are taken as they are, numbers as numbers; in all other formats spellings of one song are
    /// one item, as in a model.
    pub(crate) fn read(arguments: &InputArguments, threads: usize) -> anyhow::Result<Self> {
        let inputs = fetch::inputs(arguments.named())?;
        if arguments.max_baskets == 0 && inputs.iter().all(|input| input.format == Format::Dat) {
            return read_dat(&inputs, arguments.max_unreadable, threads);
        }
        let playlists = arguments.read()?;
        let mut baskets = playlists.baskets;
        let database = Database::from(&baskets);
        // The names are all that is still needed of them.
        (baskets.songs, baskets.ends) = (Vec::new(), Vec::new());
        Ok(Self { database, items: Items::Songs(Box::new(baskets)), took: playlists.took })
    }

    /// Says on the standard error what was read.
    pub(crate) fn summarise(&self) {
        let rows = self.database.rows();
        let per_second = rows as f64 / self.took.as_secs_f64().max(1e-9);
        summary::line("baskets", self.database.len());
        summary::line("rows", format_args!("{rows}, read at {} a second", summary::short(per_second)));
    }
}

fn read_dat(inputs: &[Input], max_unreadable: f64, threads: usize) -> anyhow::Result<Transactions> {
    let begun = Instant::now();
    let progress = Progress::spinner("reading");
    let named = || inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>().join(", ");
    let files = inputs.iter().map(Input::bytes).collect::<Result<Vec<_>, _>>()?;
    let file =
        dat::read(Joined { files: files.into_iter(), current: None, last: b'\n' }, threads).with_context(named)?;
    progress.done();
    let (lines, unreadable) = (file.database.len() + file.unreadable.len(), file.unreadable.len());
    let first = file.unreadable.iter().take(10).map(|line| format!("\n  {line}")).collect::<String>();
    let allowed = (lines as f64 * max_unreadable) as usize;
    if unreadable > allowed {
        bail!(
            "{}: {unreadable} of {lines} lines cannot be read, more than the {allowed} allowed (see --max-unreadable):{first}",
            named()
        );
    }
    if unreadable > 0 {
        eprintln!("{unreadable} lines could not be read and are left out:{first}");
    }
    if file.database.is_empty() {
        bail!("{}: no baskets in it: the file is empty", named());
    }
    Ok(Transactions { database: file.database, items: Items::Dat(file.items), took: begun.elapsed() })
}

/// Files one behind the other, each beginning on a line of its own.
struct Joined<I> {
    files: I,
    current: Option<Box<dyn io::BufRead + Send>>,
    /// The last byte that was handed out.
    last: u8,
}

impl<I: Iterator<Item = Box<dyn io::BufRead + Send>>> Read for Joined<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(file) = &mut self.current {
                let count = file.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    self.last = buffer.get(count.wrapping_sub(1)).copied().unwrap_or(self.last);
                    return Ok(count);
                }
            }
            self.current = self.files.next();
            if self.current.is_none() {
                return Ok(0);
            }
            if self.last != b'\n'
                && let Some(first) = buffer.first_mut()
            {
                (*first, self.last) = (b'\n', b'\n');
                return Ok(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_files_begin_on_lines_of_their_own() {
        for (files, joined) in
            [(&["1 2", "3\n", "", "4"][..], "1 2\n3\n4"), (&["1\n", "2\n"], "1\n2\n"), (&["", "1"], "1"), (&[], "")]
        {
            let boxed = files.iter().map(|&text| Box::new(text.as_bytes()) as Box<dyn io::BufRead + Send>);
            let mut found = String::new();
            Joined { files: boxed, current: None, last: b'\n' }.read_to_string(&mut found).unwrap();
            assert_eq!(found, joined);
        }
    }
}
