//! The server's answer, read by the browser.

use segue_model::api::{Because, DebugInfo, Matched, MultiItemRule, Recommendation, Response, Source, Tier, Unknown};

use crate::json::Json;

const SOURCES: [Source; 4] = [Source::Pair, Source::TwoHop, Source::Artist, Source::Popular];
const TIERS: [Tier; 6] = [Tier::Uri, Tier::ArtistTitle, Tier::Title, Tier::PlainTitle, Tier::BaseTitle, Tier::Artist];

/// A response; `None` where something is missing that every response has.
pub(super) fn response(json: &Json) -> Option<Response> {
    let debug = json.get("debug_info");
    Some(Response {
        songs: texts(&json.get("songs")),
        version: text(json, "version")?,
        model_date: text(json, "model_date")?,
        total_rules: json.get("total_rules").number()? as u64,
        debug_info: DebugInfo {
            computed_by: text(&debug, "computed_by")?,
            model_hash: text(&debug, "model_hash").unwrap_or_default(),
            data_set: text(&debug, "data_set")?,
            matched: whole(&debug, "matched")? as usize,
            unknown: whole(&debug, "unknown")? as usize,
            filled: whole(&debug, "filled").unwrap_or_default() as usize,
            took_ms: debug.get("took_ms").number(),
        },
        recommendations: each(&json.get("recommendations"), recommendation),
        matched: each(&json.get("matched"), matched),
        unknown: each(&json.get("unknown"), unknown),
    })
}

fn recommendation(json: &Json) -> Option<Recommendation> {
    let source = text(json, "source")?;
    Some(Recommendation {
        title: text(json, "title")?,
        artist: text(json, "artist")?,
        uri: text(json, "uri"),
        score: json.get("score").number()?,
        source: SOURCES.into_iter().find(|known| known.as_str() == source)?,
        because: each(&json.get("because"), because)?,
        rule: rule(&json.get("rule")),
    })
}

fn because(json: &Json) -> Option<Because> {
    Some(Because {
        song: text(json, "song")?,
        together: whole(json, "together")?,
        support: whole(json, "support")?,
        confidence: json.get("confidence").number()?,
        lift: json.get("lift").number()?,
    })
}

fn rule(json: &Json) -> Option<MultiItemRule> {
    // What follows from the songs has the fields of a reason.
    Some(MultiItemRule {
        songs: texts(&json.get("songs")),
        together: whole(json, "together")?,
        support: whole(json, "support")?,
        confidence: json.get("confidence").number()?,
        lift: json.get("lift").number()?,
    })
}

fn matched(json: &Json) -> Option<Matched> {
    let tier = text(json, "tier")?;
    Some(Matched {
        query: text(json, "query")?,
        title: text(json, "title")?,
        artist: text(json, "artist")?,
        support: whole(json, "support")?,
        tier: TIERS.into_iter().find(|known| known.as_str() == tier)?,
        alternatives: texts(&json.get("alternatives")),
    })
}

fn unknown(json: &Json) -> Option<Unknown> {
    Some(Unknown { query: text(json, "query")?, suggestions: texts(&json.get("suggestions")) })
}

fn text(json: &Json, name: &str) -> Option<String> {
    json.get(name).text()
}

fn whole(json: &Json, name: &str) -> Option<u32> {
    Some(json.get(name).number()? as u32)
}

fn texts(json: &Json) -> Vec<String> {
    json.items().iter().filter_map(Json::text).collect()
}

/// The items of a list, all of which must be understood; `None` where there is no list either.
fn each<T>(json: &Json, read: fn(&Json) -> Option<T>) -> Option<Vec<T>> {
    if json.is_list() { json.items().iter().map(read).collect() } else { None }
}
