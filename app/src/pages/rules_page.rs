//! Rules to browse, and the neighbourhood of a song among them.

use std::sync::Arc;

use crate::components::live::{flag, number, on, rows, text, when};
use crate::session::Session;
use crate::wording::{grouped, rounded, rules_counted};
use leptos::prelude::*;
use segue_model::Model;
use segue_model::resolve::name_of;
use segue_model::song::SongId;
use wasm_bindgen::JsCast as _;

use super::graph::{address_of, graph, song_of};
use crate::atlas::phrases;
use crate::atlas::rules::{self, Column, MOST, Query, Row, in_sight, select};

/// What the parts of the page share.
#[derive(Clone)]
struct Table {
    model: Arc<Model>,
    rows: Arc<Vec<Row>>,
    query: RwSignal<Query>,
    places: Memo<Vec<u32>>,
    window: RwSignal<Window>,
}

/// The part of the table that is in sight, in CSS pixels.
#[derive(Clone, Copy, PartialEq)]
struct Window {
    top: f64,
    height: f64,
    row: f64,
}

/// The rows that are drawn.
#[derive(Clone, Copy)]
struct InSight(Memo<std::ops::Range<usize>>);

/// The page.
pub(crate) fn rules_page(model: &Arc<Model>) -> AnyView {
    let (all, count) = rules::rows(model, MOST);
    let all = Arc::new(all);
    let query = RwSignal::new(Query::default());
    let places = {
        let (model, all) = (model.clone(), all.clone());
        Memo::new(move |_| query.with(|query| select(&model, &all, query)))
    };
    let table = Table {
        model: model.clone(),
        rows: all,
        query,
        places,
        window: RwSignal::new(Window { top: 0.0, height: 800.0, row: 56.0 }),
    };
    provide_context(table.clone());
    let route = Session::here().route;
    let song = {
        let model = model.clone();
        Memo::new(move |_| route.with(|route| song_of(&model, route)))
    };
    let shown = table.rows.len();
    let counted = move || rules_counted(places.with(Vec::len) as u64, shown as u64, count);
    let graph_model = model.clone();
    view! {
        <div class="atlas">
            <section class="around" aria-labelledby="around">
                <h2 id="around">{phrases::neighbourhood()}</h2>
                {move || graph(&graph_model, song.get())}
            </section>
            <section class="browse" aria-labelledby="rules">
                <div class="head">
                    <h2 id="rules">{phrases::rules()}</h2>
                    <p class="origin" role="status" id="rules-count">{text(counted)}</p>
                </div>
                <p class="lead-text">{phrases::rules_lead()}</p>
                {filters(query)}
                {grid(shown)}
            </section>
        </div>
    }
    .into_any()
}

fn filters(query: RwSignal<Query>) -> AnyView {
    let number = move |id: &'static str, words: &'static str, change: fn(&mut Query, u32)| {
        view! {
            <label>
                <input
                    id=id
                    type="number"
                    min="0"
                    inputmode="numeric"
                    value="0"
                    on:input=on(move |event| {
                        let least = event_target_value(&event).parse().unwrap_or(0);
                        query.update(|query| change(query, least));
                    })
                />
                {words}
            </label>
        }
        .into_any()
    };
    let song = move |id: &'static str, words: &'static str, change: fn(&mut Query, String)| {
        view! {
            <label class="wide">
                {words}
                <input
                    id=id
                    type="search"
                    maxlength="200"
                    autocomplete="off"
                    placeholder=phrases::song_or_artist()
                    on:input=on(move |event| {
                        let words = event_target_value(&event);
                        query.update(|query| change(query, words));
                    })
                />
            </label>
        }
        .into_any()
    };
    view! {
        <form class="controls" role="search" on:submit=on(|event: leptos::ev::SubmitEvent| event.prevent_default())>
            {song("rules-antecedent", phrases::antecedent(), |query, words| query.antecedent = words)}
            {song("rules-consequent", phrases::consequent(), |query, words| query.consequent = words)}
            <div class="least" role="group" aria-labelledby="at-least">
                <span id="at-least">{phrases::at_least()}</span>
                {number("least-support", phrases::playlists(), |query, least| query.support = least)}
                {number("least-confidence", phrases::confidence_percent(), |query, least| query.confidence = least)}
                {number("least-lift", phrases::times_chance(), |query, least| query.lift = least)}
            </div>
        </form>
    }
    .into_any()
}

fn grid(shown: usize) -> AnyView {
    if shown == 0 {
        return view! { <p class="instead">{phrases::no_rules()}</p> }.into_any();
    }
    let Table { places, window, query, .. } = expect_context();
    let visible = Memo::new(move |_| {
        let Window { top, height, row } = window.get();
        in_sight(top, height, row, places.with(Vec::len))
    });
    provide_context(InSight(visible));
    let count = number(move || visible.with(std::ops::Range::len));
    let height = text(move || format!("{}px", (places.with(Vec::len) as f64 * window.get().row) as u64));
    let measure = move |list: &web_sys::Element| {
        let row =
            list.query_selector(".rule").ok().flatten().and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok());
        let row = row.map(|row| f64::from(row.offset_height()));
        let before = window.get_untracked();
        let row = row.filter(|row| *row > 1.0).unwrap_or(before.row);
        let next = Window { top: f64::from(list.scroll_top()), height: f64::from(list.client_height()), row };
        if next != before {
            window.set(next);
        }
    };
    let on_scroll = move |event: leptos::ev::Event| {
        if let Some(list) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) {
            measure(&list);
        }
    };
    // Another order begins at its top.
    Effect::new(move || {
        query.track();
        request_animation_frame(move || {
            if let Some(list) = document().get_element_by_id("rules-list") {
                list.set_scroll_top(0);
                measure(&list);
            }
        });
    });
    let resized = window_event_listener_untyped("resize", move |_| {
        if let Some(list) = document().get_element_by_id("rules-list") {
            measure(&list);
        }
    });
    on_cleanup(move || resized.remove());
    view! {
        <div class="grid" role="table" aria-label=phrases::rules_table() aria-rowcount=text(move || (places.with(Vec::len) + 1).to_string())>
            <div role="rowgroup">
                <div class="rule heads" role="row" aria-rowindex="1">{Column::ALL.map(head).into_iter().collect_view()}</div>
            </div>
            <div id="rules-list" class="rows" role="rowgroup" tabindex="0" aria-label=phrases::rules_table() on:scroll=on(on_scroll)>
                <div class="extent" role="presentation" style:height=height>{rows(count, row)}</div>
            </div>
        </div>
        {when(flag(move || places.with(Vec::is_empty)), || view! { <p class="instead">{phrases::no_rule()}</p> }.into_any())}
    }
    .into_any()
}

fn head(column: Column) -> AnyView {
    let Table { query, .. } = expect_context();
    let words = match column {
        Column::Antecedent => phrases::antecedent(),
        Column::Consequent => phrases::consequent(),
        Column::Support => phrases::support(),
        Column::Confidence => phrases::confidence(),
        Column::Lift => phrases::lift(),
    };
    let sorted = text(move || {
        let (by, largest_first) = query.with(|query| (query.column, query.largest_first));
        match (by == column, largest_first) {
            (false, _) => "none",
            (true, true) => "descending",
            (true, false) => "ascending",
        }
        .to_owned()
    });
    let sort = on(move |_: leptos::ev::MouseEvent| query.update(|query| *query = query.clone().sorted_by(column)));
    let number = column.begins_with_largest();
    view! {
        <div role="columnheader" class:figure=number aria-sort=sorted>
            <button type="button" class="quiet" on:click=sort>{words}</button>
        </div>
    }
    .into_any()
}

/// A place in the table. What stands there follows the scrolling.
fn row(at: usize) -> AnyView {
    let table: Table = expect_context();
    let InSight(visible) = expect_context();
    let (places, window) = (table.places, table.window);
    let index = move || visible.with(|visible| visible.start) + at;
    let cell = {
        let table = table.clone();
        move |part: fn(&Model, &Row) -> String| {
            let table = table.clone();
            text(move || {
                let place = table.places.with(|places| places.get(index()).copied());
                place
                    .and_then(|place| table.rows.get(place as usize))
                    .map(|row| part(&table.model, row))
                    .unwrap_or_default()
            })
        }
    };
    let there = text(move || format!("translateY({}px)", (index() as f64 * window.get().row) as u64));
    let hidden = flag(move || index() >= places.with(Vec::len));
    view! {
        <div class="rule" role="row" hidden=hidden style:transform=there aria-rowindex=text(move || (index() + 2).to_string())>
            <div role="cell">
                <a data-page="" href=cell(|model, row| address_of(model, first(row)))>
                    <span class="title">{cell(titles)}</span>
                    " "
                    <span class="artist">{cell(|model, row| artists(model, &row.antecedent))}</span>
                </a>
            </div>
            <div role="cell">
                <a data-page="" href=cell(|model, row| address_of(model, row.consequent))>
                    <span class="title">{cell(|model, row| model.catalogue().title(row.consequent).to_owned())}</span>
                    " "
                    <span class="artist">{cell(|model, row| artists(model, &[row.consequent]))}</span>
                </a>
            </div>
            <div role="cell" class="figure">{cell(|_, row| grouped(row.together.into()))}</div>
            <div role="cell" class="figure">{cell(|_, row| format!("{}\u{202f}%", rounded(row.confidence() * 100.0, 0)))}</div>
            <div role="cell" class="figure">{cell(|_, row| format!("{}\u{d7}", rounded(row.lift, 1)))}</div>
        </div>
    }
    .into_any()
}

fn first(row: &Row) -> SongId {
    row.antecedent.first().copied().unwrap_or(row.consequent)
}

fn titles(model: &Model, row: &Row) -> String {
    row.antecedent.iter().map(|&song| model.catalogue().title(song)).collect::<Vec<_>>().join(" + ")
}

fn artists(model: &Model, songs: &[SongId]) -> String {
    let catalogue = model.catalogue();
    let mut names: Vec<&str> = songs.iter().map(|&song| catalogue.artist_name(catalogue.artist(song))).collect();
    names.dedup();
    names.join(", ")
}

/// How a song is named in an address: as answers name it, so that it is found again.
pub(crate) fn name(model: &Model, song: SongId) -> String {
    name_of(model, song).to_owned()
}
