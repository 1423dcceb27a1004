//! The JSON of an answer, most of which is songs' names.

use std::borrow::Cow;

use segue_model::api::Response;

/// What it begins with.
const BEGINNING: &[u8] = br#"{"songs":["#;

/// Bytes of a name that are looked at together.
const TOGETHER: usize = 8;

/// Writes an answer as `serde_json` writes it, which looks at every byte of a name by itself.
///
/// # Errors
/// None that are known: writing is to memory.
pub(crate) fn write(mut answer: Response<Cow<'_, str>>, into: &mut Vec<u8>) -> serde_json::Result<()> {
    let songs = std::mem::take(&mut answer.songs);
    into.extend_from_slice(BEGINNING);
    for (at, name) in songs.iter().enumerate() {
        if at > 0 {
            into.push(b',');
        }
        write_name(name, into)?;
    }
    let names_end = into.len();
    // The same with no names goes on as this one does.
    serde_json::to_writer(&mut *into, &answer)?;
    into.drain(names_end..names_end + BEGINNING.len());
    Ok(())
}

fn write_name(name: &str, into: &mut Vec<u8>) -> serde_json::Result<()> {
    if has_escapes(name.as_bytes()) {
        return serde_json::to_writer(into, name);
    }
    into.push(b'"');
    into.extend_from_slice(name.as_bytes());
    into.push(b'"');
    Ok(())
}

/// Whether some of these bytes cannot be in a string as they are (RFC 8259, 7).
fn has_escapes(bytes: &[u8]) -> bool {
    // Without a branch, so that they are looked at side by side.
    let any =
        |bytes: &[u8]| bytes.iter().fold(false, |any, &byte| any | (byte < b' ') | (byte == b'"') | (byte == b'\\'));
    let Some(last) = bytes.last_chunk::<TOGETHER>() else { return any(bytes) };
    bytes.as_chunks::<TOGETHER>().0.iter().chain([last]).fold(false, |found, bytes| found | any(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use segue_model::api::DebugInfo;

    use super::*;

    fn written(answer: Response<Cow<'_, str>>) -> String {
        let mut text = Vec::new();
        write(answer, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    fn answer(songs: &[String]) -> Response<Cow<'_, str>> {
        Response {
            songs: songs.iter().map(|name| Cow::Borrowed(name.as_str())).collect(),
            version: Cow::Borrowed("1.2.3"),
            model_date: Cow::Borrowed("2026-03-01T12:00:00Z"),
            total_rules: 12,
            debug_info: DebugInfo { took_ms: Some(0.123), ..DebugInfo::default() },
            recommendations: None,
            matched: None,
            unknown: Some(Vec::new()),
        }
    }

    #[test]
    fn every_byte_at_every_place_is_written_as_serde_json_does() {
        for length in 1..40 {
            for place in 0..length {
                for byte in 0..0x80_u8 {
                    let mut name = vec![b'a'; length];
                    name[place] = byte;
                    let name = [String::from_utf8(name).unwrap()];
                    assert_eq!(written(answer(&name)), serde_json::to_string(&answer(&name)).unwrap());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn answers_are_written_as_serde_json_does(songs in prop::collection::vec(any::<String>(), 0..9)) {
            prop_assert_eq!(written(answer(&songs)), serde_json::to_string(&answer(&songs)).unwrap());
        }
    }
}
