//! The API's description as a page to read: made from the description itself, without scripts, so that it needs nothing
//! from anywhere and nothing that the content security policy forbids.

use std::fmt::Write as _;

use serde_json::Value;

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}\
code,pre{font:.9em/1.4 ui-monospace,monospace}pre{overflow:auto;padding:.75rem;border:1px solid #8886}\
h1,h2,h3{line-height:1.2}section{margin:2.5rem 0}dt{margin-top:.75rem}dd{margin:0 0 0 1.5rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;\
border-bottom:1px solid #8884}.method{font-weight:700}";

/// The page of a description (OpenAPI 3.1).
#[must_use]
pub fn page(description: &Value) -> String {
    let mut html = String::new();
    let title = text(&description["info"]["title"]);
    let _ = write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}: the API</title>\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><style>{STYLE}</style></head><body><main>\
         <h1>{title}: the API</h1><p>{}</p><p>Version {}. For programs: <a href=\"/api/openapi.json\">openapi.json</a>.</p>",
        text(&description["info"]["description"]),
        text(&description["info"]["version"])
    );
    let operations: Vec<(&str, &str, &Value)> = members(&description["paths"])
        .flat_map(|(path, methods)| members(methods).map(move |(method, operation)| (path, method, operation)))
        .collect();
    for tag in items(&description["tags"]) {
        let _ = write!(html, "<section><h2>{}</h2>", text(&tag["description"]));
        for &(path, method, operation) in &operations {
            if items(&operation["tags"]).any(|of| of == &tag["name"]) {
                write_operation(&mut html, path, method, operation);
            }
        }
        html.push_str("</section>");
    }
    html.push_str("<section><h2>Types</h2>");
    for (name, schema) in members(&description["components"]["schemas"]) {
        write_schema(&mut html, name, schema);
    }
    html.push_str("</section></main></body></html>\n");
    html
}

fn write_operation(html: &mut String, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        html,
        "<h3><span class=\"method\">{}</span> <code>{}</code></h3><p>{}</p>",
        escape(&method.to_uppercase()),
        escape(path),
        text(&operation["summary"])
    );
    paragraph(html, &operation["description"]);
    let mut parameters = items(&operation["parameters"]).peekable();
    if parameters.peek().is_some() {
        html.push_str("<table><tr><th>Parameter</th><th>In</th><th>Type</th><th></th></tr>");
        for parameter in parameters {
            let _ = write!(
                html,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
                text(&parameter["name"]),
                text(&parameter["in"]),
                kind(&parameter["schema"]),
                text(&parameter["description"])
            );
        }
        html.push_str("</table>");
    }
    for (media_type, content) in members(&operation["requestBody"]["content"]) {
        let _ = write!(html, "<p>Body: <code>{}</code>, {}</p>", escape(media_type), kind(&content["schema"]));
    }
    html.push_str("<table><tr><th>Status</th><th>Answer</th><th></th></tr>");
    for (status, response) in members(&operation["responses"]) {
        let types: Vec<String> = members(&response["content"])
            .map(|(media_type, content)| format!("<code>{}</code> {}", escape(media_type), kind(&content["schema"])))
            .collect();
        let (status, types, said) = (escape(status), types.join("<br>"), text(&response["description"]));
        let _ = write!(html, "<tr><td>{status}</td><td>{types}</td><td>{said}</td></tr>");
    }
    html.push_str("</table>");
}

fn write_schema(html: &mut String, name: &str, schema: &Value) {
    let name = escape(name);
    let _ = write!(html, "<h3 id=\"{name}\"><code>{name}</code></h3>");
    paragraph(html, &schema["description"]);
    if schema["properties"].is_null() {
        let _ = write!(html, "<p>{}</p>", kind(schema));
        return;
    }
    html.push_str("<dl>");
    for (field, property) in members(&schema["properties"]) {
        let needed = items(&schema["required"]).any(|name| name == field);
        let _ = write!(html, "<dt><code>{}</code>: {}", escape(field), kind(property));
        if !needed {
            html.push_str(", may be left out");
        }
        for (bound, words) in
            [("minimum", "at least"), ("maximum", "at most"), ("default", "otherwise"), ("example", "such as")]
        {
            if !property[bound].is_null() {
                let _ = write!(html, ", {words} <code>{}</code>", escape(&property[bound].to_string()));
            }
        }
        let _ = write!(html, "</dt><dd>{}</dd>", text(&property["description"]));
    }
    html.push_str("</dl>");
}

/// A type, as HTML; those with a name link to it.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = escape(reference.rsplit('/').next().unwrap_or_default());
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if schema[several].is_array() {
            return items(&schema[several]).map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    if schema["enum"].is_array() {
        let values = items(&schema["enum"]).map(|value| format!("<code>{}</code>", escape(&value.to_string())));
        return values.collect::<Vec<_>>().join(" or ");
    }
    let name = |value: &Value| match value.as_str() {
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some(name) => escape(name),
        None => "anything".to_owned(),
    };
    match &schema["type"] {
        Value::Array(types) => types.iter().map(name).collect::<Vec<_>>().join(" or "),
        other => name(other),
    }
}

fn paragraph(html: &mut String, value: &Value) {
    if value.as_str().is_some_and(|text| !text.is_empty()) {
        let _ = write!(html, "<p>{}</p>", text(value));
    }
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use utoipa::OpenApi as _;

    use super::*;
    use crate::openapi::Description;

    #[test]
    fn everything_that_is_described_is_on_the_page() {
        let description = serde_json::to_value(Description::openapi()).unwrap();
        let page = page(&description);
        for (path, methods) in members(&description["paths"]) {
            assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
            for (_, operation) in members(methods) {
                assert!(page.contains(&text(&operation["summary"])), "{path}");
            }
        }
        for (name, schema) in members(&description["components"]["schemas"]) {
            assert!(page.contains(&format!("id=\"{name}\"")), "{name}");
            for (field, _) in members(&schema["properties"]) {
                assert!(page.contains(&format!("<dt><code>{field}</code>")), "{name}.{field}");
            }
        }
    }

    #[test]
    fn every_link_leads_somewhere_and_nothing_is_fetched_or_run() {
        let page = page(&serde_json::to_value(Description::openapi()).unwrap());
        for link in page.split("href=\"#").skip(1) {
            let name = link.split('"').next().unwrap();
            assert!(page.contains(&format!("id=\"{name}\"")), "{name}");
        }
        for forbidden in ["<script", " src=", "@import", "url(", "//"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn what_would_be_markup_is_written_out() {
        let mut html = String::new();
        write_schema(&mut html, "A", &serde_json::json!({"type": "string", "description": "<b> & \"c\""}));
        assert!(html.contains("&lt;b&gt; &amp; &quot;c&quot;"), "{html}");
    }
}
