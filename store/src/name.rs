//! Names that are safe to make file names of.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The name of a model or of an alias: 1 to 64 ASCII letters, digits, `.`, `_` and `-`, beginning with
/// a letter or digit.
///
/// So it is one component of a path, never `..`, never hidden, and never a temporary file's name.
///
/// ```
/// use segue_store::Name;
/// assert!("production".parse::<Name>().is_ok());
/// assert!("../production".parse::<Name>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

const LONGEST: usize = 64;

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = Error;

    fn from_str(text: &str) -> Result<Name, Error> {
        let begins_well = text.starts_with(|first: char| first.is_ascii_alphanumeric());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if begins_well && text.len() <= LONGEST && text.bytes().all(allowed) {
            Ok(Name(text.to_owned()))
        } else {
            Err(Error::InvalidName { name: text.chars().take(2 * LONGEST).collect() })
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_could_leave_the_directory_are_refused() {
        for name in ["", ".", "..", "../x", "a/b", "a\\b", "/etc", ".hidden", "-x", "a\0b", "a b", "café", "a\n"] {
            assert!(matches!(name.parse::<Name>(), Err(Error::InvalidName { .. })), "{name:?}");
        }
        assert!("a".repeat(65).parse::<Name>().is_err());
    }

    #[test]
    fn ordinary_names_are_taken() {
        for name in ["production", "experiment-2", "v1.2_rc", "7", &"a".repeat(64)] {
            assert_eq!(name.parse::<Name>().expect("an ordinary name").as_str(), name);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_taken_is_one_component_of_a_path(name in "[a-z./\\\\~ \0-]{0,8}") {
            if let Ok(name) = name.parse::<Name>() {
                let components: Vec<_> = Path::new(name.as_str()).components().collect();
                prop_assert!(matches!(components[..], [Component::Normal(_)]));
            }
        }
    }
}
