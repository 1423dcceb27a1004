//! `segue survey`: how well a model knows the songs of a file.

use std::collections::BTreeSet;
use std::io::{Write, stdout};
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use segue_model::api::{Request, Response, Source, Tier};
use serde::Serialize;

use crate::answerer::From;
use crate::songs::SongFile;

/// Suggestions that are looked at for each title.
const FIRST: usize = 20;
/// So many of them have to come from pairs for a title to count as well connected.
const ENOUGH: usize = 10;

/// Ask every title of a file alone, and say how it was found and where its suggestions come from
#[derive(Debug, Args)]
pub(crate) struct Survey {
    /// CSV file (with a header such as artist_name,track_name; .gz too) whose titles are asked, each once
    #[arg(long, value_name = "CSV")]
    songs_from: PathBuf,

    #[command(flatten)]
    from: From,

    /// Print the figures as JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl Survey {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let file = SongFile::read(&self.songs_from)?;
        if let Some(first) = &file.first_unreadable {
            eprintln!("{} rows passed over; the first: {first}", file.unreadable);
        }
        let titles: BTreeSet<&str> = file.songs.iter().map(|song| song.title.as_str()).collect();
        let mut answerer = self.from.open()?;
        let style = ProgressStyle::with_template("{pos} of {len} titles {wide_bar} {eta}")?;
        let progress = ProgressBar::new(titles.len() as u64).with_style(style);
        let mut figures = Figures::new(file.songs.len());
        for title in titles {
            let request = Request { limit: FIRST as u64, explain: true, ..Request::new(vec![title.into()]) };
            figures.add(title, &answerer.ask(&request)?.response)?;
            progress.inc(1);
        }
        progress.finish_and_clear();
        let mut out = stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&figures.report())?)?;
        } else {
            figures.report().print(&mut out)?;
        }
        Ok(())
    }
}

const TIERS: [Tier; 6] = [Tier::Uri, Tier::ArtistTitle, Tier::Title, Tier::PlainTitle, Tier::BaseTitle, Tier::Artist];
const SOURCES: [Source; 4] = [Source::Pair, Source::TwoHop, Source::Artist, Source::Popular];

/// Titles that were found alike.
#[derive(Clone, Copy, Default)]
struct Group {
    titles: usize,
    sources: [usize; SOURCES.len()],
    well_connected: usize,
}

impl Group {
    fn with(self, other: Group) -> Group {
        Group {
            titles: self.titles + other.titles,
            sources: std::array::from_fn(|at| self.sources[at] + other.sources[at]),
            well_connected: self.well_connected + other.well_connected,
        }
    }
}

/// What was counted.
struct Figures {
    rows: usize,
    by_tier: [Group; TIERS.len()],
    unknown: Group,
    fewest: usize,
}

impl Figures {
    fn new(rows: usize) -> Self {
        Self { rows, by_tier: Default::default(), unknown: Group::default(), fewest: usize::MAX }
    }

    fn add(&mut self, title: &str, response: &Response) -> anyhow::Result<()> {
        let (Some(songs), Some(matched)) = (&response.recommendations, &response.matched) else {
            bail!("the answer for {title:?} lacks its explanation: is the server an older one?");
        };
        let group = match matched.first().map(|matched| TIERS.iter().position(|tier| *tier == matched.tier)) {
            None => &mut self.unknown,
            Some(Some(tier)) => &mut self.by_tier[tier],
            Some(None) => bail!("the answer for {title:?} has a tier that this client does not know: update it"),
        };
        group.titles += 1;
        let first = &songs[..songs.len().min(FIRST)];
        let counted = SOURCES.map(|source| first.iter().filter(|song| song.source == source).count());
        if counted.iter().sum::<usize>() != first.len() || songs.len() != response.songs.len() {
            bail!("the answer for {title:?} has suggestions without a source that this client knows: update it");
        }
        group.sources = std::array::from_fn(|at| group.sources[at] + counted[at]);
        group.well_connected += usize::from(counted[0] >= ENOUGH);
        self.fewest = self.fewest.min(songs.len());
        Ok(())
    }

    fn report(&self) -> Report {
        let named = TIERS.iter().zip(self.by_tier).map(|(tier, group)| (tier.as_str(), group));
        let matched = self.by_tier.into_iter().fold(Group::default(), Group::with);
        let all = matched.with(self.unknown);
        let line = |(tier, group): (&'static str, Group)| {
            let suggestions = group.sources.iter().sum();
            Line {
                tier,
                titles: group.titles,
                share: share(group.titles, all.titles),
                well_connected_share: share(group.well_connected, group.titles),
                source_shares: group.sources.map(|songs| share(songs, suggestions)),
            }
        };
        Report {
            rows: self.rows,
            titles: all.titles,
            matched_share: share(matched.titles, all.titles),
            well_connected_share: share(all.well_connected, all.titles),
            fewest_suggestions: self.fewest,
            sources: SOURCES.map(Source::as_str),
            lines: named.chain([("unknown", self.unknown), ("all", all)]).map(line).collect(),
        }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The figures, as they are printed.
#[derive(Debug, Serialize)]
struct Report {
    /// Readable rows of the file.
    rows: usize,
    /// Distinct titles, each asked once.
    titles: usize,
    /// Titles that were found.
    matched_share: f64,
    /// Titles of whose first 20 suggestions at least 10 come from pairs.
    well_connected_share: f64,
    /// Suggestions for the title that got the fewest, of at most 20.
    fewest_suggestions: usize,
    /// What `source_shares` are shares of.
    sources: [&'static str; SOURCES.len()],
    lines: Vec<Line>,
}

/// The figures of the titles that were found alike.
#[derive(Debug, Serialize)]
struct Line {
    tier: &'static str,
    titles: usize,
    share: f64,
    well_connected_share: f64,
    source_shares: [f64; SOURCES.len()],
}

impl Report {
    fn print(&self, out: &mut impl Write) -> std::io::Result<()> {
        let [pair, two_hop, artist, popular] = self.sources;
        let enough = format!("≥ {ENOUGH} {pair}");
        writeln!(out, "{:13}  {:>7}  {:>7}  {:>9}   first {FIRST} from:", "found by", "titles", "share", enough)?;
        writeln!(out, "{:>41}   {pair:>7}  {two_hop:>7}  {artist:>7}  {popular:>7}", "")?;
        for line in self.lines.iter().filter(|line| line.titles > 0) {
            write!(
                out,
                "{:13}  {:>7}  {}  {:>9}",
                line.tier,
                line.titles,
                percent(line.share),
                percent(line.well_connected_share)
            )?;
            let [pair, two_hop, artist, popular] = line.source_shares.map(percent);
            writeln!(out, "   {pair}  {two_hop}  {artist}  {popular}")?;
        }
        writeln!(out)?;
        writeln!(out, "{} titles ({} rows), each asked alone", self.titles, self.rows)?;
        writeln!(out, "matched             {}", percent(self.matched_share))?;
        writeln!(out, "{ENOUGH} of {FIRST} from pairs  {}", percent(self.well_connected_share))?;
        writeln!(out, "fewest suggestions  {:>7}", self.fewest_suggestions)
    }
}

fn percent(share: f64) -> String {
    format!("{:>5.1} %", share * 100.0)
}
