//! SHA-256 values with a meaning each.

use std::fmt;
use std::io;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::Error;

macro_rules! sha256_newtype {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                from_hex(text).map($name).ok_or_else(|| Error::NotAHash { text: text.chars().take(80).collect() })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

sha256_newtype! {
    /// The SHA-256 of a model file's bytes: its name in the store. Shown as 64 lower-case hexadecimal digits.
    ModelHash
}

sha256_newtype! {
    /// What a model was mined from, as a hash: the data, the parameters, the miner's version. Two runs
    /// with equal keys make the same model, so the second need not mine. Shown as 64 lower-case hexadecimal digits.
    InputKey
}

impl ModelHash {
    /// The hash of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> ModelHash {
        ModelHash(Sha256::digest(bytes).into())
    }

    /// The hash of all that can be read here, and how many bytes that is.
    pub(crate) fn of_reader(mut bytes: impl io::Read) -> io::Result<(ModelHash, u64)> {
        let mut hasher = Sha256::new();
        let length = io::copy(&mut bytes, &mut hasher)?;
        Ok((ModelHash(hasher.finalize().into()), length))
    }
}

impl InputKey {
    /// The key of a run with these inputs, in this order. Each part counts with its length, so
    /// `["ab", "c"]` and `["a", "bc"]` differ.
    #[must_use]
    pub fn of<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> InputKey {
        let mut hasher = Sha256::new();
        for part in parts {
            let part = part.as_ref();
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        InputKey(hasher.finalize().into())
    }
}

/// 64 lower-case hexadecimal digits. Upper case is refused: one hash has one file name.
fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_nothing_is_the_published_one() {
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(ModelHash::of(b"").to_string(), text);
        assert_eq!(text.parse::<ModelHash>().expect("a hash"), ModelHash::of(b""));
    }

    #[test]
    fn what_is_not_64_lower_case_digits_is_refused() {
        let good = ModelHash::of(b"").to_string();
        for text in ["", "e3", &good.to_uppercase(), &format!("{good}0"), &good.replace('e', "/"), &"é".repeat(32)] {
            assert!(matches!(text.parse::<ModelHash>(), Err(Error::NotAHash { .. })), "{text}");
        }
    }

    #[test]
    fn input_keys_depend_on_where_parts_end() {
        assert_ne!(InputKey::of(["ab", "c"]), InputKey::of(["a", "bc"]));
        assert_ne!(InputKey::of(["ab"]), InputKey::of(["ab", ""]));
        assert_eq!(InputKey::of(["ab", "c"]), InputKey::of(["ab", "c"]));
    }
}
