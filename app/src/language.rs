//! The languages that the page speaks.
//!
//! The language is that of the whole page, so it is kept here rather than passed to everything that says something:
//! [`current`] is asked wherever a sentence is made, and when it changes, everything is said anew.
//!
//! A phrase that is always the same is in [`crate::phrases`], a sentence with numbers and names in [`crate::wording`].

use std::cell::Cell;

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Brazilian Portuguese.
    Portuguese,
}

thread_local! {
    static CURRENT: Cell<Language> = const { Cell::new(Language::English) };
}

/// The language spoken now.
#[must_use]
pub fn current() -> Language {
    CURRENT.get()
}

/// Speaks this language from now on.
pub fn speak(language: Language) {
    CURRENT.set(language);
}

/// One text or the other, by the language spoken now.
#[must_use]
pub fn say<T>(english: T, portuguese: T) -> T {
    match current() {
        Language::English => english,
        Language::Portuguese => portuguese,
    }
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Portuguese];

    /// Its BCP 47 tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Portuguese => "pt-BR",
        }
    }

    /// What it calls itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Portuguese => "Português",
        }
    }

    /// The language for a BCP 47 tag; any region will do, so that a reader from Portugal is not given English.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag()[..2].eq_ignore_ascii_case(primary))
    }

    /// The first language that a reader understands, of those that they named; English where there is none.
    #[must_use]
    pub fn first_of<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        tags.into_iter().find_map(Self::from_tag).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_is_spoken_here_is_taken() {
        assert_eq!(Language::first_of(["de-DE", "pt-BR", "en"]), Language::Portuguese);
        assert_eq!(Language::first_of(["pt-PT"]), Language::Portuguese);
        assert_eq!(Language::first_of(["en-GB", "pt"]), Language::English);
        assert_eq!(Language::first_of(["de", "ja"]), Language::English);
        assert_eq!(Language::first_of([""]), Language::English);
    }

    #[test]
    fn tags_are_understood_again() {
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
        }
    }

    #[test]
    fn what_is_said_follows_the_language() {
        speak(Language::Portuguese);
        assert_eq!(say("yes", "sim"), "sim");
        speak(Language::English);
        assert_eq!(say("yes", "sim"), "yes");
    }
}
