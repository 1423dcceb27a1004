//! Names for playlists, made from the words of their themes.

use super::random::Random;
use super::songs::Mood;
use super::style::Style;
use super::theme::{Era, Kind, Theme};

/// A name for a playlist of this theme, such as "Rainy Sunday soul" or "Motorway rock, 70s".
pub(super) fn name(theme: &Theme, random: &mut Random) -> String {
    let style = *random.choose(theme.styles[0].words());
    let name = match (theme.kind, theme.era, theme.mood) {
        (Kind::Artists, ..) if !theme.favourites.is_empty() => of_artists(theme, random),
        (Kind::Crowd, ..) => (*random.choose(CROWDS)).to_owned(),
        (Kind::Decade, Some(era), None) => of_decade(era, style, random),
        (_, Some(era), Some(mood)) => {
            let moment = *random.choose(moments(mood));
            match random.below(3) {
                0 => format!("{} {style} {moment}", era_words(era)),
                1 => format!("{moment}: {style}, {}", era_words(era)),
                _ => format!("{} {} {style}", random.choose(adjectives(mood)), era_words(era)),
            }
        }
        (_, Some(era), None) => match random.below(3) {
            0 => format!("{style}, {}", era_words(era)),
            1 => format!("{} {style} favourites", era_words(era)),
            _ => format!("{} {style}", era_words(era)),
        },
        (_, None, Some(mood)) => match random.below(3) {
            0 => format!("{} {style}", random.choose(adjectives(mood))),
            1 => format!("{style} for {}", random.choose(occasions(mood))),
            _ => format!("{} {style}", random.choose(moments(mood))),
        },
        (_, None, None) => of_styles(&theme.styles, style, random),
    };
    capitalised(&name)
}

fn of_artists(theme: &Theme, random: &mut Random) -> String {
    let names: Vec<&str> = theme.favourites.iter().map(|&(_, name)| name).collect();
    match (names.as_slice(), random.below(3)) {
        ([first, second, ..], 0) => format!("{first}, {second} and so on"),
        ([first, second, ..], 1) => format!("{first} & {second}"),
        ([first, ..], 2) => format!("{first} and neighbours"),
        (names, _) => format!("if you like {}", names[0]),
    }
}

fn of_decade(era: Era, style: &str, random: &mut Random) -> String {
    let decade = era_words(era);
    match random.below(5) {
        0 => format!("the {decade}"),
        1 => format!("{decade} radio"),
        2 => format!("born in the {decade}"),
        3 => format!("{decade} mixtape"),
        _ => format!("{decade}: mostly {style}"),
    }
}

fn of_styles(styles: &[Style], style: &str, random: &mut Random) -> String {
    match (styles, random.below(5)) {
        ([_, second, ..], 0 | 1) => format!("{style} and {}", random.choose(second.words())),
        (_, 0 | 2) => format!("my {style}"),
        (_, 1 | 3) => format!("{style} {}", random.choose(&["essentials", "box", "shelf", "starter", "mixtape"])),
        _ => style.to_owned(),
    }
}

const CROWDS: &[&str] = &[
    "Wedding, everybody dances",
    "Something for everyone",
    "Office party",
    "Birthday, all ages",
    "Sing along",
    "Family road trip",
    "Barbecue",
    "Karaoke night",
    "New Year's Eve",
    "All time favourites",
    "Songs we all know",
    "House warming",
];

fn adjectives(mood: Mood) -> &'static [&'static str] {
    match mood {
        Mood::Calm => &["quiet", "gentle", "slow", "soft"],
        Mood::Energetic => &["loud", "fast", "wide awake", "full power"],
        Mood::Romantic => &["romantic", "tender", "starlit", "love-struck"],
        Mood::Melancholy => &["sad", "blue", "lonesome", "rainy Sunday"],
        Mood::Happy => &["sunny", "cheerful", "bright", "good mood"],
        Mood::Party => &["dancing", "party", "Saturday night", "midnight"],
        Mood::Driving => &["motorway", "road trip", "open window", "long distance"],
        Mood::Focus => &["deep work", "study", "unhurried", "background"],
    }
}

fn moments(mood: Mood) -> &'static [&'static str] {
    match mood {
        Mood::Calm => &["Sunday morning", "late evening", "hammock"],
        Mood::Energetic => &["morning run", "gym", "alarm clock"],
        Mood::Romantic => &["candlelight", "slow dance", "first date"],
        Mood::Melancholy => &["rainy day", "after midnight", "last train"],
        Mood::Happy => &["first day of spring", "breakfast", "day off"],
        Mood::Party => &["Friday night", "kitchen party", "rooftop"],
        Mood::Driving => &["on the road", "coast road", "night drive"],
        Mood::Focus => &["at the desk", "library", "exam weeks"],
    }
}

fn occasions(mood: Mood) -> &'static [&'static str] {
    match mood {
        Mood::Calm => &["slow mornings", "reading", "the bath"],
        Mood::Energetic => &["running", "cleaning the flat", "getting up"],
        Mood::Romantic => &["two", "dinner at home", "anniversaries"],
        Mood::Melancholy => &["grey days", "missing you", "November"],
        Mood::Happy => &["sunny days", "cooking", "the balcony"],
        Mood::Party => &["dancing", "the dance floor", "Saturday"],
        Mood::Driving => &["the road", "driving home", "long drives"],
        Mood::Focus => &["working", "writing", "concentration"],
    }
}

/// "70s", "60s and 70s", "2000s".
fn era_words(era: Era) -> String {
    let first = decade_words(era.first);
    let last = decade_words(era.last - era.last % 10);
    if first == last { first } else { format!("{first} and {last}") }
}

fn decade_words(first_year: u16) -> String {
    match first_year {
        1900..2000 => format!("{}s", first_year % 100),
        _ => format!("{first_year}s"),
    }
}

/// The name with its first letter in upper case; the rest keeps what it has.
fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eras_are_named_as_people_say_them() {
        assert_eq!(era_words(Era { first: 1970, last: 1979 }), "70s");
        assert_eq!(era_words(Era { first: 1990, last: 2009 }), "90s and 2000s");
    }

    #[test]
    fn only_the_first_letter_is_raised() {
        assert_eq!(capitalised("motorway MPB"), "Motorway MPB");
        assert_eq!(capitalised("álbum"), "Álbum");
        assert_eq!(capitalised(""), "");
    }
}
