//! Bytes into text, whatever program wrote them.

/// The text of a file: UTF-8 or UTF-16 with or without a byte order mark, and Latin-1 where it is none of these, as old
/// players write `.m3u` files.
pub(super) fn decode(bytes: &[u8]) -> String {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => bytes.iter().copied().map(char::from).collect(),
            }
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().copied().map(unit);
    char::decode_utf16(units).map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_encoding_is_read() {
        let text = "Águas de Março";
        let little: Vec<u8> = "\u{feff}Águas de Março".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}Águas de Março".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let latin: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
        for bytes in [text.as_bytes(), "\u{feff}Águas de Março".as_bytes(), &little, &big, &latin] {
            assert_eq!(decode(bytes), text);
        }
    }
}
