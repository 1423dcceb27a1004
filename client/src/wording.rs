//! Answers for people.

use segue_model::api::{Because, Matched, Recommendation, Source, Tier, Unknown};

/// Why a song is suggested, as a sentence.
pub(crate) fn reason(song: &Recommendation) -> String {
    if let Some(rule) = &song.rule {
        return together(rule.together, rule.support, &listed(&rule.songs));
    }
    match (song.source, song.because.first()) {
        (Source::Pair, Some(because)) => counts(because),
        (Source::Pair, None) => "in playlists together with your songs".to_owned(),
        (Source::TwoHop, Some(because)) => format!("{}; that song goes with yours", counts(because)),
        (Source::TwoHop, None) => "goes with songs that go with yours".to_owned(),
        (Source::Artist, _) => format!("by {}, like one of your songs", song.artist),
        _ => "in many playlists".to_owned(),
    }
}

/// The further counts that speak for a song.
pub(crate) fn further_reasons(song: &Recommendation) -> impl Iterator<Item = String> {
    // Without a rule the first one is the reason already.
    song.because.iter().skip(usize::from(song.rule.is_none())).map(counts)
}

/// How a seed was understood.
pub(crate) fn understood(matched: &Matched) -> String {
    let found = match matched.tier {
        Tier::Artist => format!("no such song, but songs by {}", matched.artist),
        _ if matched.artist.is_empty() => matched.title.clone(),
        _ => format!("{} by {}", matched.title, matched.artist),
    };
    let playlists = match matched.support {
        0 => String::new(),
        1 => ", in 1 playlist".to_owned(),
        support => format!(", in {support} playlists"),
    };
    let others = if matched.alternatives.is_empty() || matched.tier == Tier::Artist {
        String::new()
    } else {
        format!("; not {}", matched.alternatives.join(", "))
    };
    format!("{} → {found}{playlists} ({}){others}", matched.query, matched.tier.as_str())
}

/// That a seed was not found, and what may have been meant.
pub(crate) fn not_found(unknown: &Unknown) -> String {
    let meant = match unknown.suggestions.as_slice() {
        [] => String::new(),
        suggestions => format!("; did you mean {}?", suggestions.join(", or ")),
    };
    format!("not known: {}{meant}", unknown.query)
}

/// A text cut to a number of characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

fn counts(because: &Because) -> String {
    together(because.together, because.support, &because.song)
}

fn together(together: u32, support: u32, songs: &str) -> String {
    let have = if together == 1 { "has" } else { "have" };
    match support {
        1 => format!("the only playlist with {songs} also has it"),
        _ if together == support => format!("all {support} playlists with {songs} also have it"),
        _ => format!("{together} of the {support} playlists with {songs} also {have} it"),
    }
}

fn listed(songs: &[String]) -> String {
    match songs {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => songs.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::api::MultiItemRule;

    fn song(source: Source, counts: Option<(u32, u32)>, rule: Option<&[&str]>) -> Recommendation {
        let because = |(together, support)| Because {
            song: "Low Tide".into(),
            together,
            support,
            confidence: f64::from(together) / f64::from(support),
            lift: 2.0,
        };
        Recommendation {
            title: "Harbour Light".into(),
            artist: "The Lanterns".into(),
            uri: None,
            score: 1.0,
            source,
            because: counts.into_iter().map(because).collect(),
            rule: rule.map(|songs| MultiItemRule {
                songs: songs.iter().copied().map(str::to_owned).collect(),
                together: 31,
                support: 40,
                confidence: 0.775,
                lift: 3.0,
            }),
        }
    }

    #[test]
    fn reasons_are_sentences_with_their_counts() {
        for (song, expected) in [
            (song(Source::Pair, Some((47, 85)), None), "47 of the 85 playlists with Low Tide also have it"),
            (song(Source::Pair, Some((1, 3)), None), "1 of the 3 playlists with Low Tide also has it"),
            (song(Source::Pair, Some((3, 3)), None), "all 3 playlists with Low Tide also have it"),
            (song(Source::Pair, None, None), "in playlists together with your songs"),
            (
                song(Source::Pair, Some((4, 9)), Some(&["A", "B", "C"])),
                "31 of the 40 playlists with A, B and C also have it",
            ),
            (
                song(Source::TwoHop, Some((2, 5)), None),
                "2 of the 5 playlists with Low Tide also have it; that song goes with yours",
            ),
            (song(Source::Artist, None, None), "by The Lanterns, like one of your songs"),
            (song(Source::Popular, None, None), "in many playlists"),
        ] {
            assert_eq!(reason(&song), expected);
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("Für Elise", 9), "Für Elise");
        assert_eq!(cut("Für Elise", 4), "Für…");
    }
}
