//! `GET /api/stats`: how it goes, for people. The numbers are those of `/metrics`, since the server started.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::problem::{Problem, Result};

/// The addresses whose latency is told.
const ANSWERS: &str = "/api/recommend";

/// How it goes, since the server started.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Stats {
    /// Version of the server.
    version: String,
    /// Seconds since the server started.
    uptime_seconds: u64,
    /// Requests answered, by the first digit of their status, such as `2xx`.
    requests: BTreeMap<String, u64>,
    /// Requests being answered right now, this one among them.
    in_flight: u64,
    /// Requests not let in, by reason: `overloaded`, `rate`, `key`.
    refused: BTreeMap<String, u64>,
    /// Lists of suggestions given.
    answers: u64,
    /// Milliseconds within which half of the requests for suggestions were answered, rounded up to a bound of the
    /// histogram; null before the first.
    median_ms: Option<f64>,
    /// The same for 99 of 100.
    p99_ms: Option<f64>,
    /// Share of the songs asked about that were found, 0 to 1; null before the first.
    matched_share: Option<f64>,
    /// Share of the lists that pairs with the seeds alone did not fill, 0 to 1; null before the first.
    filled_share: Option<f64>,
    /// The model being served; null until there is one.
    model: Option<ModelStats>,
    /// Models put in place, the first included.
    model_swaps: u64,
    /// Failures to put a model in place, by reason; those that never occurred are left out.
    models_refused: BTreeMap<String, u64>,
    /// Why the alias cannot be followed right now; null while it can.
    failing: Option<String>,
}

/// The model being served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelStats {
    /// SHA-256 of the model file, in hexadecimal.
    hash: String,
    /// When the model was made, RFC 3339.
    date: String,
    /// Seconds since then; 0 for a date that is still to come.
    age_seconds: u64,
    /// Name of the playlists it was made from.
    data_set: String,
    /// Songs in two playlists or more.
    songs: u32,
    /// Association rules.
    rules: u64,
}

/// How it goes: requests, answers, the model; in numbers for people.
///
/// What is to be drawn and alerted on is in `/metrics`.
#[utoipa::path(get, path = "/api/stats", tag = "operate", responses((status = 200, body = Stats)))]
pub async fn stats(State(app): State<AppState>) -> Result<impl IntoResponse> {
    let text = app.metrics.text().map_err(|_| Problem::internal("the metrics could not be read"))?;
    let samples = Samples(&text);
    let (status, served) = (app.live.status(), app.live.current());
    let (matched, unknown) = (samples.sum("segue_seeds_matched_total"), samples.sum("segue_seeds_unknown_total"));
    let answers = samples.sum("segue_answers_total");
    let mut requests = BTreeMap::new();
    for (class, count) in samples.by("segue_http_requests_total", "status") {
        *requests.entry(format!("{}xx", &class[..class.len().min(1)])).or_default() += count;
    }
    let occurred = |counts: BTreeMap<String, u64>| counts.into_iter().filter(|(_, count)| *count > 0).collect();
    let stats = Stats {
        version: app.code_version.clone(),
        uptime_seconds: app.metrics.uptime().as_secs(),
        requests,
        in_flight: samples.sum("segue_http_requests_in_flight"),
        refused: samples.by("segue_http_requests_refused_total", "reason"),
        answers,
        median_ms: samples.quantile_ms(0.5),
        p99_ms: samples.quantile_ms(0.99),
        matched_share: share(matched, matched + unknown),
        filled_share: share(samples.sum("segue_answers_filled_total"), answers),
        model: served.map(|served| {
            let metadata = served.model.metadata();
            ModelStats {
                hash: served.hash_text.clone(),
                date: metadata.model_date.clone(),
                age_seconds: served.model_date.time().elapsed().unwrap_or_default().as_secs(),
                data_set: metadata.data_set.name.clone(),
                songs: metadata.counts.songs,
                rules: metadata.counts.total_rules(),
            }
        }),
        model_swaps: status.swaps,
        models_refused: occurred(samples.by("segue_models_refused_total", "reason")),
        failing: status.failing,
    };
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(stats)))
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| (part as f64 / of as f64 * 1e4).round() / 1e4)
}

/// Metrics as they are written.
struct Samples<'a>(&'a str);

impl Samples<'_> {
    /// Labels and value of each sample of a metric.
    fn of<'b>(&'b self, metric: &'b str) -> impl Iterator<Item = (&'b str, u64)> {
        self.0.lines().filter_map(move |line| {
            let rest = line.strip_prefix(metric)?;
            let (labels, value) = rest.rsplit_once(' ')?;
            (labels.is_empty() || labels.starts_with('{')).then_some((labels, value.parse().ok()?))
        })
    }

    fn sum(&self, metric: &str) -> u64 {
        self.of(metric).map(|(_, value)| value).sum()
    }

    /// Sums by the value of one label.
    fn by(&self, metric: &str, name: &str) -> BTreeMap<String, u64> {
        let mut sums = BTreeMap::new();
        for (labels, value) in self.of(metric) {
            if let Some(label) = label(labels, name) {
                *sums.entry(label.to_owned()).or_default() += value;
            }
        }
        sums
    }

    /// The bound of the histogram below which this share of the requests for suggestions lies, in milliseconds.
    fn quantile_ms(&self, share: f64) -> Option<f64> {
        let buckets: Vec<(f64, u64)> = self
            .of("segue_http_request_duration_seconds_bucket")
            .filter(|(labels, _)| label(labels, "route") == Some(ANSWERS))
            .filter_map(|(labels, count)| Some((label(labels, "le")?.parse().ok()?, count)))
            .collect();
        let all = buckets.iter().map(|bucket| bucket.1).max().filter(|all| *all > 0)?;
        let mut bounded = buckets.iter().filter(|(bound, _)| bound.is_finite());
        let (bound, _) =
            bounded.clone().find(|(_, count)| *count as f64 >= all as f64 * share).or(bounded.next_back())?;
        Some(bound * 1e3)
    }
}

/// The value of a label in `{name="value",…}`.
fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    labels
        .trim_matches(['{', '}'])
        .split(',')
        .find_map(|label| label.strip_prefix(name)?.strip_prefix("=\"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
segue_answers_total 8
segue_answers_filled_total 2
segue_http_requests_total{route=\"/api/recommend\",method=\"POST\",status=\"200\"} 7
segue_http_requests_total{route=\"/api/recommend\",method=\"POST\",status=\"204\"} 1
segue_http_request_duration_seconds_bucket{le=\"0.0001\",route=\"/api/recommend\"} 4
segue_http_request_duration_seconds_bucket{le=\"0.001\",route=\"/api/recommend\"} 7
segue_http_request_duration_seconds_bucket{le=\"+Inf\",route=\"/api/recommend\"} 8
";

    #[test]
    fn samples_are_added_up_by_label() {
        let samples = Samples(TEXT);
        assert_eq!(samples.sum("segue_answers_total"), 8);
        assert_eq!(samples.sum("segue_answers"), 0, "another metric begins alike");
        let by = samples.by("segue_http_requests_total", "status");
        assert_eq!(by, BTreeMap::from([("200".to_owned(), 7), ("204".to_owned(), 1)]));
    }

    #[test]
    fn quantiles_are_bounds_of_the_histogram() {
        assert_eq!(Samples(TEXT).quantile_ms(0.5), Some(0.1));
        assert_eq!(Samples(TEXT).quantile_ms(0.8), Some(1.0));
        assert_eq!(Samples(TEXT).quantile_ms(1.0), Some(1.0), "what is beyond the last bound counts there");
        assert_eq!(Samples("").quantile_ms(0.5), None);
    }
}
