//! `segue recommend`: suggestions as a table or JSON.

use std::io::{Write, stdout};

use clap::Args;
use segue_model::api::{DEFAULT_LIMIT, MAX_LIMIT, Request, Response};

use crate::answerer::{Answer, From};
use crate::songs::Seeds;
use crate::wording;

/// Longest title and artist in the table, characters.
const WIDEST: usize = 36;

/// Suggest songs that go with the given ones
#[derive(Debug, Args)]
pub(crate) struct Recommend {
    #[command(flatten)]
    seeds: Seeds,

    #[command(flatten)]
    from: From,

    #[command(flatten)]
    options: Options,

    /// Print the whole answer as JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// The options of a request.
#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// How many suggestions
    #[arg(long, default_value_t = DEFAULT_LIMIT, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_LIMIT))]
    limit: u64,

    /// Song never to suggest, in any version (may be repeated)
    #[arg(long, value_name = "SONG")]
    exclude: Vec<String>,

    /// Artist never to suggest (may be repeated)
    #[arg(long, value_name = "ARTIST")]
    exclude_artist: Vec<String>,

    /// Most suggestions by one artist
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_per_artist: Option<u64>,

    /// From 0 (what fits best) to 1 (less popular songs first)
    #[arg(long, default_value_t = 0.0, value_name = "0–1")]
    novelty: f64,

    /// Also say how each song was understood, and all that speaks for a suggestion
    #[arg(long)]
    explain: bool,
}

impl Options {
    fn request(&self, songs: Vec<segue_model::api::SongQuery>) -> Request {
        Request {
            limit: self.limit,
            exclude: self.exclude.iter().map(|song| song.as_str().into()).collect(),
            exclude_artists: self.exclude_artist.clone(),
            max_per_artist: self.max_per_artist,
            novelty: self.novelty,
            explain: self.explain,
            ..Request::new(songs)
        }
    }
}

impl Recommend {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut request = self.options.request(self.seeds.open()?.next());
        // The table shows reasons anyway.
        request.explain |= !self.json;
        let Answer { response, text } = self.from.open()?.ask(&request)?;
        let mut out = stdout().lock();
        if self.json {
            writeln!(out, "{text}")?;
        } else {
            print(&mut out, &response, self.options.explain)?;
        }
        Ok(())
    }
}

fn print(out: &mut impl Write, response: &Response, explain: bool) -> std::io::Result<()> {
    if explain {
        for matched in response.matched.iter().flatten() {
            writeln!(out, "{}", wording::understood(matched))?;
        }
    }
    for unknown in response.unknown.iter().flatten() {
        eprintln!("{}", wording::not_found(unknown));
    }
    let songs = response.recommendations.as_deref().unwrap_or_default();
    let width = |column: fn(&segue_model::api::Recommendation) -> &str, heading: &str| {
        let widest = songs.iter().map(|song| column(song).chars().count().min(WIDEST)).max();
        widest.unwrap_or(0).max(heading.len())
    };
    let (title, artist) = (width(|song| &song.title, "title"), width(|song| &song.artist, "artist"));
    writeln!(out, "{:>3}  {:title$}  {:artist$}  {:>5}  {:7}  why", "", "title", "artist", "score", "source")?;
    for (place, song) in (1..).zip(songs) {
        writeln!(
            out,
            "{place:>3}  {:title$}  {:artist$}  {:>5.2}  {:7}  {}",
            wording::cut(&song.title, WIDEST),
            wording::cut(&song.artist, WIDEST),
            song.score,
            song.source.as_str(),
            wording::reason(song),
        )?;
        if explain {
            for reason in wording::further_reasons(song) {
                writeln!(out, "{:indent$}{reason}", "", indent = 3 + 2 + title + 2 + artist + 2 + 5 + 2 + 7 + 2)?;
            }
        }
    }
    let debug = &response.debug_info;
    let took = debug.took_ms.map_or_else(String::new, |took| format!(" in {took:.1} ms"));
    writeln!(
        out,
        "\nmodel of {} from {}, answered by the {}{took}",
        response.model_date, debug.data_set, debug.computed_by
    )
}
