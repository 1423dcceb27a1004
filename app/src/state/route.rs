//! Which page an address shows.

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// A playlist and what could come next.
    #[default]
    Playlist,
    /// The rules, and the neighbourhood of a song if one is named.
    Rules {
        /// The song as it is named in answers; empty for none.
        song: String,
    },
    /// What the model is made of and how good it is.
    Model,
    /// No page.
    Nowhere,
}

impl Route {
    /// The page at an address below `base`, the path that the app is served from: a path that begins and ends with `/`.
    ///
    /// `query` is what stands behind the question mark, decoded by `decode`.
    #[must_use]
    pub fn at(base: &str, path: &str, query: &str, decode: impl Fn(&str) -> String) -> Self {
        let Some(rest) = path.strip_prefix(base) else { return Self::Nowhere };
        match rest.trim_end_matches('/') {
            "" | "index.html" => Self::Playlist,
            "rules" => {
                let song = query.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix("song="));
                Self::Rules { song: song.map(|song| decode(&song.replace('+', " "))).unwrap_or_default() }
            }
            "model" => Self::Model,
            _ => Self::Nowhere,
        }
    }

    /// Its address, to be put behind the base. `encode` makes a text fit for a query.
    #[must_use]
    pub fn address(&self, encode: impl Fn(&str) -> String) -> String {
        match self {
            Self::Playlist | Self::Nowhere => String::new(),
            Self::Rules { song } if song.is_empty() => "rules".into(),
            Self::Rules { song } => format!("rules?song={}", encode(song)),
            Self::Model => "model".into(),
        }
    }

    /// Whether both are the same page, whatever it is about.
    #[must_use]
    pub fn is_page_of(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As much of URL coding as the tests need.
    fn encode(text: &str) -> String {
        text.replace('%', "%25").replace('&', "%26").replace(' ', "%20")
    }

    fn decode(text: &str) -> String {
        text.replace("%20", " ").replace("%26", "&").replace("%25", "%")
    }

    #[test]
    fn every_page_has_an_address_that_leads_back_to_it() {
        let rules = |song: &str| Route::Rules { song: song.into() };
        for route in [Route::Playlist, rules(""), rules("Me & You 100%"), Route::Model] {
            for base in ["/", "/music/"] {
                let address = format!("{base}{}", route.address(encode));
                let (path, query) = address.split_once('?').unwrap_or((&address, ""));
                assert_eq!(Route::at(base, path, query, decode), route);
            }
        }
    }

    #[test]
    fn a_slash_at_the_end_makes_no_difference() {
        assert_eq!(Route::at("/", "/model/", "", decode), Route::Model);
        assert_eq!(Route::at("/", "/index.html", "", decode), Route::Playlist);
    }

    #[test]
    fn anything_else_is_nowhere() {
        assert_eq!(Route::at("/", "/nothing", "", decode), Route::Nowhere);
        assert_eq!(Route::at("/music/", "/model", "", decode), Route::Nowhere);
    }

    #[test]
    fn a_page_about_another_song_is_the_same_page() {
        assert!(Route::Rules { song: "a".into() }.is_page_of(&Route::Rules { song: String::new() }));
        assert!(!Route::Model.is_page_of(&Route::Playlist));
    }
}
