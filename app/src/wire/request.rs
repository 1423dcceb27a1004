//! Requests: written for the server, and read from scripts.

use segue_model::api::{Request, SongQuery};
use serde_json::Value;
use wasm_bindgen::JsValue;

use crate::json::{list, object};

/// A request in JSON.
pub(super) fn written(request: &Request) -> JsValue {
    let songs = |songs: &[SongQuery]| list(songs.iter().map(song));
    let artists = request.exclude_artists.iter().map(|artist| JsValue::from_str(artist));
    object(&[
        ("songs", songs(&request.songs)),
        ("limit", (request.limit as f64).into()),
        ("exclude", songs(&request.exclude)),
        ("exclude_artists", list(artists)),
        ("max_per_artist", request.max_per_artist.map(|most| most as f64).into()),
        ("novelty", request.novelty.into()),
        ("explain", request.explain.into()),
    ])
}

fn song(song: &SongQuery) -> JsValue {
    match song {
        SongQuery::Text(text) => text.into(),
        SongQuery::Named { title, artist } => object(&[("title", title.into()), ("artist", artist.into())]),
    }
}

/// What a request in JSON asks; what it leaves out is as usual. Numbers are read as the server reads them, which the
/// browser does not: in the last place of a long one they differ.
///
/// # Errors
/// It is no JSON, or a field is not understood.
pub(super) fn read(text: &str) -> Result<Request, String> {
    let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let items = |name: &str| json.get(name).and_then(Value::as_array).into_iter().flatten();
    let songs = |name: &str| -> Result<Vec<SongQuery>, String> {
        let read = items(name).map(query).collect::<Option<_>>();
        read.ok_or_else(|| format!("{name}: a song is a string, or an object with \"title\" and \"artist\""))
    };
    let number = |name: &str| json.get(name).and_then(Value::as_f64);
    let whole = |name: &str| -> Result<Option<u64>, String> {
        let number = number(name);
        let whole = number.map(|number| number as u64);
        // Casts round towards 0 and saturate, so only whole numbers in range come back as they were.
        let is_whole = whole.map(|whole| whole as f64) == number;
        if is_whole { Ok(whole) } else { Err(format!("{name}: a whole number")) }
    };
    let mut request = Request::new(songs("songs")?);
    request.limit = whole("limit")?.unwrap_or(request.limit);
    request.exclude = songs("exclude")?;
    request.exclude_artists = items("exclude_artists").filter_map(Value::as_str).map(str::to_owned).collect();
    request.max_per_artist = whole("max_per_artist")?;
    request.novelty = number("novelty").unwrap_or_default();
    request.explain = json.get("explain").and_then(Value::as_bool).unwrap_or_default();
    Ok(request)
}

fn query(json: &Value) -> Option<SongQuery> {
    let text = |json: &Value| json.as_str().map(str::to_owned);
    if let Some(text) = text(json) {
        return Some(SongQuery::Text(text));
    }
    let title = json.get("title").and_then(text)?;
    Some(match json.get("artist").and_then(text) {
        Some(artist) => SongQuery::Named { title, artist },
        None => SongQuery::Text(title),
    })
}
