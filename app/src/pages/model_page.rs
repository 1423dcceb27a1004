//! What the model is made of, and how good it is.

use std::sync::Arc;

use crate::wording::{day, grouped, rounded};
use leptos::prelude::*;
use segue_model::Model;

use crate::atlas::phrases;
use crate::atlas::plots::{popularity, scatter};
use crate::atlas::rules::{self, MOST};

/// Size of the plots, in their own units.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 220.0;

/// The page.
pub(crate) fn model_page(model: &Arc<Model>) -> AnyView {
    let metadata = model.metadata();
    let (set, counts, mining) = (&metadata.data_set, &metadata.counts, &metadata.mining);
    let header = model.header();
    let kilobytes = header.file_length().div_ceil(1000);
    let number = |words: &'static str, count: u64| fact(words, grouped(count));
    let origin = [
        fact(phrases::made_on(), day(&metadata.model_date)),
        fact(phrases::by_miner(), metadata.miner_version.clone()),
        fact(phrases::data_set(), set.name.clone()),
        fact(phrases::notice(), if set.notice.is_empty() { "\u{2013}".into() } else { set.notice.clone() }),
        fact(phrases::fingerprint(), set.sha256.clone()),
    ];
    let holds = [
        number(phrases::rows(), set.rows),
        number(phrases::support(), set.playlists.into()),
        number(phrases::songs(), counts.songs.into()),
        number(phrases::tail_songs(), counts.tail_songs.into()),
        number(phrases::artists(), counts.artists.into()),
        number(phrases::pairs(), counts.pairs),
        number(phrases::several_rules(), counts.multi_item_rules),
        fact(phrases::size(), format!("{} kB", grouped(kilobytes))),
    ];
    // Names of parameters are the miner's own, in every language.
    let mut mined = vec![
        fact("antecedent_exponent", rounded(mining.antecedent_exponent, 2)),
        fact("consequent_exponent", rounded(mining.consequent_exponent, 2)),
        fact("playlist_exponent", rounded(mining.playlist_exponent, 2)),
        number("neighbours", mining.neighbours.into()),
        number("min_support", mining.min_support.into()),
        fact("min_confidence", rounded(mining.min_confidence, 2)),
        number("max_length", mining.max_length.into()),
        number("max_baskets", mining.max_baskets),
    ];
    if let Some(learned) = &mining.learned {
        mined.extend([
            number("factors", learned.factors.into()),
            fact("confidence", rounded(learned.confidence, 1)),
            fact("regularization", rounded(learned.regularization, 1)),
            number("sweeps", learned.sweeps.into()),
            fact("weight", rounded(learned.weight, 2)),
        ]);
    }
    view! {
        <div class="model-page">
            <section aria-labelledby="about">
                <h2 id="about">{phrases::model()}</h2>
                <dl>{origin.into_iter().collect_view()}</dl>
            </section>
            <section aria-labelledby="holds">
                <h2 id="holds">{phrases::what_it_holds()}</h2>
                <dl>{holds.into_iter().collect_view()}</dl>
            </section>
            <section aria-labelledby="good">
                <h2 id="good">{phrases::how_good_it_is()}</h2>
                {metrics(model)}
            </section>
            <section aria-labelledby="falls">
                <h2 id="falls">{phrases::popularity()}</h2>
                {tail(model)}
            </section>
            <section aria-labelledby="lie">
                <h2 id="lie">{phrases::where_rules_lie()}</h2>
                {rules_plot(model)}
            </section>
            <section aria-labelledby="mined">
                <h2 id="mined">{phrases::how_it_was_mined()}</h2>
                <dl>{mined.into_iter().collect_view()}</dl>
            </section>
        </div>
    }
    .into_any()
}

fn fact(words: &'static str, value: String) -> AnyView {
    view! { <div class="fact"><dt>{words}</dt><dd>{value}</dd></div> }.into_any()
}

fn metrics(model: &Model) -> AnyView {
    let metrics = &model.metadata().evaluation;
    if metrics.is_empty() {
        return view! { <p class="instead">{phrases::not_evaluated()}</p> }.into_any();
    }
    let bars = metrics.iter().map(|metric| {
        let share = (metric.value.clamp(0.0, 1.0) * 1000.0) as u32;
        view! {
            <div class="fact">
                <dt>{metric.name.clone()}</dt>
                <dd class="measured">
                    <span class="bar" aria-hidden="true"><span style:width=format!("{}.{}%", share / 10, share % 10)></span></span>
                    <span class="number">{rounded(metric.value, 3)}</span>
                </dd>
            </div>
        }
    });
    view! { <dl>{bars.collect_view()}</dl> }.into_any()
}

fn tail(model: &Model) -> AnyView {
    let supports = &model.catalogue().parts().supports;
    let points: Vec<String> =
        popularity(supports, 80).into_iter().map(|(x, y)| format!("{},{}", whole(right(x)), whole(up(y)))).collect();
    let ends = |at: Option<&segue_model::song::Support>| grouped(at.map_or(0, |support| support.0).into());
    let (most, least) = (ends(supports.first()), ends(supports.last()));
    let label =
        format!("{}: 1 \u{2192} {}, {most} \u{2192} {least}", phrases::popularity(), grouped(supports.len() as u64));
    view! {
        <figure>
            <svg class="plot" role="img" aria-label=label viewBox=frame()>
                {axes()}
                <polyline points=points.join(" ") />
                <text x="4" y="12">{most}</text>
                <text x="4" y=whole(HEIGHT - 6.0)>{least}</text>
                <text x=whole(WIDTH) y=whole(HEIGHT + 16.0) text-anchor="end">{grouped(supports.len() as u64)}</text>
                <text x="0" y=whole(HEIGHT + 16.0)>"1"</text>
            </svg>
            <figcaption>{phrases::popularity_text()}</figcaption>
        </figure>
    }
    .into_any()
}

fn rules_plot(model: &Model) -> AnyView {
    let (rows, _) = rules::rows(model, MOST);
    let cells = scatter(&rows, 32, 18);
    let most = cells.iter().map(|cell| f64::from(cell.rules)).fold(1.0, f64::max);
    let highest = cells.iter().map(|cell| cell.lift).fold(1.0, f64::max);
    let dots = cells
        .iter()
        .map(|cell| {
            let radius = 15.0 + 50.0 * (f64::from(cell.rules) / most).sqrt();
            let opacity = 25.0 + 75.0 * (cell.lift.max(1.0).ln() / highest.ln().max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
            view! {
                <circle
                    cx=whole(right(cell.at.0))
                    cy=whole(up(cell.at.1))
                    r=format!("{}.{}", radius as u32 / 10, radius as u32 % 10)
                    opacity=format!("{}%", opacity as u32)
                />
            }
        })
        .collect_view();
    let supports = (rows.last().map_or(0, |row| row.together), rows.first().map_or(0, |row| row.together));
    let label = format!("{}: {}", phrases::where_rules_lie(), grouped(rows.len() as u64));
    view! {
        <figure>
            <svg class="plot" role="img" aria-label=label viewBox=frame()>
                {axes()}
                {dots}
                <text x="4" y="12">"100\u{202f}%"</text>
                <text x="0" y=whole(HEIGHT + 16.0)>{grouped(supports.0.into())}</text>
                <text x=whole(WIDTH) y=whole(HEIGHT + 16.0) text-anchor="end">{grouped(supports.1.into())}</text>
            </svg>
            <figcaption>{phrases::scatter_text()}</figcaption>
        </figure>
    }
    .into_any()
}

fn axes() -> AnyView {
    view! { <path class="axes" d=format!("M0 0V{}H{}", whole(HEIGHT), whole(WIDTH)) /> }.into_any()
}

fn frame() -> String {
    format!("-8 -8 {} {}", whole(WIDTH + 16.0), whole(HEIGHT + 30.0))
}

fn right(share: f64) -> f64 {
    (share * WIDTH).round()
}

fn up(share: f64) -> f64 {
    ((1.0 - share) * HEIGHT).round()
}

fn whole(number: f64) -> String {
    (number.round() as i32).to_string()
}
