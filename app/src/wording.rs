//! What the page says: reasons as sentences, numbers rounded to what is meant.

use segue_model::api::{Because, Recommendation, Source};

use crate::state::status::{Status, Summary};

/// Where an answer was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this page.
    Device,
    /// By the server.
    Server,
}

/// Why a song is suggested, in a sentence. `None` where the counts that show it are not here yet.
#[must_use]
pub fn reason(recommendation: &Recommendation) -> Option<String> {
    let because = recommendation.because.first();
    match recommendation.source {
        Source::Pair => {
            let first = because?;
            let rule = recommendation.rule.as_ref().filter(|rule| rule.confidence > first.confidence);
            if let Some(rule) = rule {
                return Some(format!(
                    "{} with {} also {} it.",
                    share(rule.together, rule.support),
                    all(&rule.songs),
                    have(rule.support)
                ));
            }
            let second = recommendation.because.get(1).map(also).unwrap_or_default();
            Some(format!(
                "{} with {} also {} it{second}.",
                share(first.together, first.support),
                name(&first.song),
                have(first.support)
            ))
        }
        Source::TwoHop => {
            let between = because?;
            Some(format!(
                "{} goes with your songs, and {} with it also {} this one.",
                name(&between.song),
                share(between.together, between.support),
                have(between.support)
            ))
        }
        Source::Artist => Some(format!("By {}, whom you picked.", recommendation.artist)),
        _ => Some("In many of the playlists; your songs left room.".into()),
    }
}

fn also(second: &Because) -> String {
    let verb = if second.together == 1 { "does" } else { "do" };
    format!(", as {verb} {} with {}", share_after(second), name(&second.song))
}

fn share_after(because: &Because) -> String {
    format!("{} of the {}", grouped(because.together.into()), grouped(because.support.into()))
}

/// "47 of the 85 playlists".
fn share(together: u32, support: u32) -> String {
    match (together, support) {
        (1, 1) => "The only playlist".into(),
        (2, 2) => "Both playlists".into(),
        (together, support) if together == support => format!("All {} playlists", grouped(support.into())),
        (together, support) => format!("{} of the {} playlists", grouped(together.into()), grouped(support.into())),
    }
}

fn have(support: u32) -> &'static str {
    if support == 1 { "has" } else { "have" }
}

fn all(songs: &[String]) -> String {
    let names: Vec<String> = songs.iter().map(|song| name(song)).collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, [first])) => format!("both {first} and {last}"),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// A song as it is named in answers, which may have a tab between artist and title.
fn name(song: &str) -> String {
    format!("\u{201c}{}\u{201d}", song.replace('\t', " \u{2013} "))
}

/// A suggestion's source, in words.
#[must_use]
pub fn source(source: Source) -> &'static str {
    match source {
        Source::Pair => "heard together",
        Source::TwoHop => "one song further",
        Source::Artist => "same artist",
        Source::Popular => "popular",
        _ => "suggested",
    }
}

/// Where an answer was computed, and how long that took.
#[must_use]
pub fn place_and_time(place: Place, milliseconds: f64) -> String {
    let place = match place {
        Place::Device => "on this device",
        Place::Server => "server",
    };
    format!("{place}, {}", duration(milliseconds))
}

fn duration(milliseconds: f64) -> String {
    if milliseconds < 0.1 {
        "under 0.1 ms".into()
    } else if milliseconds < 9.95 {
        format!("{milliseconds:.1} ms")
    } else {
        format!("{milliseconds:.0} ms")
    }
}

/// A count with its thousands apart: 1,234.
#[must_use]
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1 song", "2 songs".
#[must_use]
pub fn songs(count: usize) -> String {
    if count == 1 { "1 song".into() } else { format!("{} songs", grouped(count as u64)) }
}

/// Names in a list, the first few of them.
#[must_use]
pub fn some_of(names: &[String]) -> String {
    const SOME: usize = 5;
    let shown = names.iter().take(SOME).map(|name| name.replace('\t', " \u{2013} ")).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SOME) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {} more", grouped(more as u64)),
    }
}

/// Which playlists were counted.
#[must_use]
pub fn counted_in(data_set: &str, playlists: u32) -> String {
    format!("Counted in {} playlists: {data_set}.", grouped(playlists.into()))
}

/// The day of an RFC 3339 date, in words; the text itself if it is none.
#[must_use]
pub fn day(date: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = date.get(..10).unwrap_or_default().split('-');
    let mut number = || parts.next()?.parse::<usize>().ok();
    let (Some(year), Some(month), Some(day)) = (number(), number(), number()) else { return date.to_owned() };
    match month.checked_sub(1).and_then(|month| MONTHS.get(month)) {
        Some(month) => format!("{day} {month} {year}"),
        None => date.to_owned(),
    }
}

/// The status line: short, and the sentence behind it.
#[must_use]
pub fn status(status: &Status) -> (&'static str, String) {
    let date = status.model_date.as_deref().map(day).unwrap_or_default();
    match status.summary() {
        Summary::Starting => ("Starting", "Looking for the server and for a model kept on this device.".into()),
        Summary::ServerAnswers => {
            ("The server answers", "The model is on its way to this device; until then the server answers.".into())
        }
        Summary::Fetching => {
            ("This device answers", "Suggestions are computed here; the counts behind them are still on their way.".into())
        }
        Summary::Incomplete => (
            "This device answers, without reasons",
            "Suggestions are computed here, but the counts behind them could not be fetched.".into(),
        ),
        Summary::OnlyWhileOpen => (
            "This device answers",
            "It needs no server while this page is open. To keep it for later visits, open it over HTTPS or on localhost."
                .into(),
        ),
        Summary::Keeping => ("This device answers", "All of the model is here and is being kept.".into()),
        Summary::ReadyOffline => {
            ("Ready to work offline", format!("Page and model of {date} are kept on this device."))
        }
        Summary::Offline => {
            ("Offline", format!("The server cannot be reached. Everything here works with the model of {date}."))
        }
        Summary::NoModel => ("No model yet", "The server runs, but has nothing to answer from.".into()),
        Summary::Nothing => ("No connection", "The server cannot be reached.".into()),
    }
}

/// What to do where there is nothing to answer from; `None` where there is.
#[must_use]
pub fn way_out(summary: Summary) -> Option<&'static str> {
    match summary {
        Summary::NoModel => Some(
            "There is no model yet. Mine playlists into the server’s store, for example with “segue-miner demo --store \
             store”: this page notices by itself.",
        ),
        Summary::Nothing => Some(
            "The server cannot be reached, and no model is kept on this device. This page tries again by itself; once it \
             has the model, it works without the server.",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::api::MultiItemRule;

    fn because(song: &str, together: u32, support: u32) -> Because {
        let confidence = f64::from(together) / f64::from(support);
        Because { song: song.into(), together, support, confidence, lift: 2.0 }
    }

    fn recommendation(source: Source, because: Vec<Because>, rule: Option<MultiItemRule>) -> Recommendation {
        Recommendation {
            title: "Help!".into(),
            artist: "The Beatles".into(),
            uri: None,
            score: 1.0,
            source,
            because,
            rule,
        }
    }

    #[test]
    fn a_pair_is_told_in_counts() {
        let one = recommendation(Source::Pair, vec![because("Yesterday", 47, 85)], None);
        assert_eq!(reason(&one).as_deref(), Some("47 of the 85 playlists with “Yesterday” also have it."));
        let two =
            recommendation(Source::Pair, vec![because("Yesterday", 1047, 2085), because("Queen\tHelp", 1, 9)], None);
        assert_eq!(
            reason(&two).as_deref(),
            Some("1,047 of the 2,085 playlists with “Yesterday” also have it, as does 1 of the 9 with “Queen – Help”.")
        );
    }

    #[test]
    fn whole_numbers_are_told_in_words() {
        for (together, support, expected) in [
            (1, 1, "The only playlist with “Yesterday” also has it."),
            (2, 2, "Both playlists with “Yesterday” also have it."),
            (7, 7, "All 7 playlists with “Yesterday” also have it."),
            (1, 7, "1 of the 7 playlists with “Yesterday” also have it."),
        ] {
            let one = recommendation(Source::Pair, vec![because("Yesterday", together, support)], None);
            assert_eq!(reason(&one).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_rule_is_told_where_it_says_more_than_the_pair() {
        let rule = |together, songs: &[&str]| MultiItemRule {
            songs: songs.iter().map(|&song| song.to_owned()).collect(),
            together,
            support: 40,
            confidence: f64::from(together) / 40.0,
            lift: 3.0,
        };
        let stronger = recommendation(Source::Pair, vec![because("A", 5, 10)], Some(rule(31, &["A", "B"])));
        assert_eq!(reason(&stronger).as_deref(), Some("31 of the 40 playlists with both “A” and “B” also have it."));
        let three = recommendation(Source::Pair, vec![because("A", 5, 10)], Some(rule(31, &["A", "B", "C"])));
        assert_eq!(reason(&three).as_deref(), Some("31 of the 40 playlists with “A”, “B” and “C” also have it."));
        let weaker = recommendation(Source::Pair, vec![because("A", 5, 10)], Some(rule(3, &["A", "B"])));
        assert_eq!(reason(&weaker).as_deref(), Some("5 of the 10 playlists with “A” also have it."));
    }

    #[test]
    fn the_other_sources_have_sentences_of_their_own() {
        let hop = recommendation(Source::TwoHop, vec![because("Help!", 12, 30)], None);
        assert_eq!(
            reason(&hop).as_deref(),
            Some("“Help!” goes with your songs, and 12 of the 30 playlists with it also have this one.")
        );
        let artist = recommendation(Source::Artist, vec![], None);
        assert_eq!(reason(&artist).as_deref(), Some("By The Beatles, whom you picked."));
        assert!(reason(&recommendation(Source::Popular, vec![], None)).is_some());
    }

    #[test]
    fn without_counts_there_is_no_sentence_about_them() {
        assert_eq!(reason(&recommendation(Source::Pair, vec![], None)), None);
        assert_eq!(reason(&recommendation(Source::TwoHop, vec![], None)), None);
    }

    #[test]
    fn times_are_rounded_to_what_is_meant() {
        assert_eq!(place_and_time(Place::Device, 0.26), "on this device, 0.3 ms");
        assert_eq!(place_and_time(Place::Device, 0.0), "on this device, under 0.1 ms");
        assert_eq!(place_and_time(Place::Server, 12.4), "server, 12 ms");
        assert_eq!(place_and_time(Place::Server, 9.97), "server, 10 ms");
    }

    #[test]
    fn thousands_are_kept_apart() {
        for (count, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (240_000, "240,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(count), text);
        }
    }

    #[test]
    fn long_lists_of_names_are_cut() {
        let names: Vec<String> = (1..=7).map(|number| format!("Song {number}")).collect();
        assert_eq!(some_of(&names[..2]), "Song 1, Song 2");
        assert_eq!(some_of(&names), "Song 1, Song 2, Song 3, Song 4, Song 5 and 2 more");
        assert_eq!((songs(1), songs(1000)), ("1 song".into(), "1,000 songs".into()));
    }

    #[test]
    fn a_date_is_told_in_words_and_anything_else_as_it_is() {
        assert_eq!(day("2026-11-12T08:00:00Z"), "12 November 2026");
        assert_eq!(day("2026-13-12"), "2026-13-12");
        assert_eq!(day("soon"), "soon");
    }
}
