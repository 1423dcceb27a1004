//! The neighbourhood of a song as a picture that can be walked.

use std::sync::Arc;

use crate::components::live::{flag, on, text};
use crate::navigation;
use crate::session::Session;
use crate::state::playlist;
use crate::state::route::Route;
use crate::state::song::Song;
use crate::wording;
use leptos::prelude::*;
use segue_model::Model;
use segue_model::resolve::{Found, resolve};
use segue_model::song::SongId;
use wasm_bindgen::JsCast as _;

use super::rules_page::name;
use crate::atlas::neighbourhood::{Edge, Neighbourhood, neighbourhood, places, walk};
use crate::atlas::phrases;

/// Half the picture's width and height, and the radius of the circle, in its own units.
const HALF: (f64, f64) = (240.0, 170.0);
const RADIUS: f64 = 125.0;
/// Letters of a title in the picture.
const LETTERS: usize = 16;

/// The song that a route names.
pub(crate) fn song_of(model: &Model, route: &Route) -> Option<SongId> {
    match route {
        Route::Rules { song } if !song.is_empty() => match resolve(model, &song.as_str().into())?.found {
            Found::Song(song) => Some(song),
            _ => None,
        },
        _ => None,
    }
}

/// The address of a song's neighbourhood.
pub(crate) fn address_of(model: &Model, song: SongId) -> String {
    navigation::address(&Route::Rules { song: name(model, song) })
}

/// The picture, with the same in words below; or what to do to see one.
pub(crate) fn graph(model: &Arc<Model>, song: Option<SongId>) -> AnyView {
    let session = Session::here();
    let Some(song) = song else {
        return view! { <p class="instead">{phrases::pick_a_rule()}</p> }.into_any();
    };
    let picture = Arc::new(neighbourhood(model, song));
    // The song that is looked at: by the mouse, or by the focus.
    let active = RwSignal::new(0_usize);
    let at = places(picture.songs.len());
    let at: Vec<(f64, f64)> = at.into_iter().map(|(x, y)| (x * RADIUS * 1.05, y * RADIUS)).collect();
    let lines = picture.edges.iter().map(|edge| line(model, &picture, *edge, &at, active)).collect_view();
    let counts = picture.edges.iter().filter(|edge| edge.one == 0).map(|edge| count(*edge, &at)).collect_view();
    let nodes = (0..picture.songs.len()).map(|place| node(model, &picture, place, at[place], active)).collect_view();
    let catalogue = model.catalogue();
    let (title, artist) = (catalogue.title(song).to_owned(), catalogue.artist_name(catalogue.artist(song)).to_owned());
    let added = RwSignal::new(false);
    let add = {
        let song = Song::new(&title, &artist);
        on(move |_: leptos::ev::MouseEvent| {
            session.change_playlist(playlist::Event::Add(song.clone()));
            added.set(true);
        })
    };
    let counted = picture.edges.first().filter(|edge| edge.together.is_some());
    let numbers = counted.map(|edge| wording::numbers_of(edge.support));
    let words = {
        let (model, picture) = (model.clone(), picture.clone());
        move || joined(&model, &picture, active.get())
    };
    view! {
        <p class="names">
            <span class="title">{title}</span>
            " "
            <span class="artist">{artist}</span>
        </p>
        <button type="button" on:click=add disabled=flag(move || added.get())>
            {text(move || if added.get() { phrases::added() } else { phrases::add_to_playlist() }.to_owned())}
        </button>
        <svg
            id="graph"
            class="graph"
            role="group"
            aria-label=phrases::neighbourhood()
            viewBox=[-HALF.0, -HALF.1, 2.0 * HALF.0, 2.0 * HALF.1].map(whole).join(" ")
        >
            <g class="edges">{lines}</g>
            <g class="counts" aria-hidden="true">{counts}</g>
            <g class="nodes">{nodes}</g>
        </svg>
        <p class="lead-text">{phrases::neighbourhood_lead()} " " {numbers}</p>
        <h3>{phrases::together_here()}</h3>
        <ul class="evidence" id="evidence" aria-live="polite">
            {move || words().into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view()}
        </ul>
    }
    .into_any()
}

/// A line, which says what it stands for where a mouse rests on it.
fn line(model: &Model, picture: &Neighbourhood, edge: Edge, at: &[(f64, f64)], active: RwSignal<usize>) -> AnyView {
    let ((x1, y1), (x2, y2)) = (at[edge.one], at[edge.other]);
    let touched = flag(move || [edge.one, edge.other].contains(&active.get()));
    // Hundredths are fine enough, and whole numbers are lighter to write.
    let width = (50.0 + 350.0 * edge.strength) as u32;
    view! {
        <line
            x1=whole(x1)
            y1=whole(y1)
            x2=whole(x2)
            y2=whole(y2)
            class:touched=touched
            stroke-width=format!("{}.{:02}", width / 100, width % 100)
            on:pointerenter=on(move |_: leptos::ev::PointerEvent| active.set(edge.other))
        >
            <title>{evidence(model, picture, edge, edge.one)}</title>
        </line>
    }
    .into_any()
}

/// The evidence on a line from the middle.
fn count(edge: Edge, at: &[(f64, f64)]) -> AnyView {
    let (x, y) = at[edge.other];
    let words = edge.together.map(|together| wording::grouped(together.into())).unwrap_or_default();
    view! { <text x=whole(x * 0.6) y=whole(y * 0.6 + 4.0) text-anchor="middle">{words}</text> }.into_any()
}

fn node(
    model: &Arc<Model>,
    picture: &Arc<Neighbourhood>,
    place: usize,
    (x, y): (f64, f64),
    active: RwSignal<usize>,
) -> AnyView {
    let song = picture.songs[place];
    let songs = picture.songs.len();
    let catalogue = model.catalogue();
    let title = catalogue.title(song);
    let label = format!("{title}, {}", catalogue.artist_name(catalogue.artist(song)));
    let short = if title.chars().count() > LETTERS {
        // Between words, so that what is read out has the words that are seen.
        let beginning: String = title.chars().take(LETTERS - 1).collect();
        let words = beginning.rsplit_once(' ').map_or(beginning.as_str(), |(words, _)| words);
        format!("{words}\u{2026}")
    } else {
        title.to_owned()
    };
    // Names stand outside of the circle.
    let (anchor, dx) = if x > 20.0 {
        ("start", 10.0)
    } else if x < -20.0 {
        ("end", -10.0)
    } else {
        ("middle", 0.0)
    };
    let dy = if dx != 0.0 {
        4.0
    } else if y < 0.0 {
        -12.0
    } else {
        20.0
    };
    let address = address_of(model, song);
    let session = Session::here();
    let go = move || navigation::follow(session, &address);
    let on_key = {
        let go = go.clone();
        on(move |event: leptos::ev::KeyboardEvent| {
            let key = event.key();
            if key == "Enter" {
                event.prevent_default();
                go();
                // The song is in the middle then, and the focus goes with it.
                request_animation_frame(|| focus(0));
            } else if let Some(next) = walk(songs, place, &key) {
                event.prevent_default();
                active.set(next);
                focus(next);
            }
        })
    };
    view! {
        <g
            id=format!("node-{place}")
            class="node"
            class:middle=place == 0
            class:active=flag(move || active.get() == place)
            role="link"
            aria-label=label
            tabindex=text(move || if active.get() == place { "0" } else { "-1" }.to_owned())
            on:click=on(move |_: leptos::ev::MouseEvent| go())
            on:keydown=on_key
            on:focus=on(move |_: leptos::ev::FocusEvent| active.set(place))
            on:pointerenter=on(move |_: leptos::ev::PointerEvent| active.set(place))
        >
            <circle cx=whole(x) cy=whole(y) r=if place == 0 { "8" } else { "6" } />
            <text x=whole(x + dx) y=whole(y + dy) text-anchor=anchor>{short}</text>
        </g>
    }
    .into_any()
}

fn focus(place: usize) {
    let element = document().get_element_by_id(&format!("node-{place}"));
    if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::SvgElement>().ok()) {
        let _ = element.focus();
    }
}

/// What joins a song of the picture with the others, a sentence for each edge.
fn joined(model: &Model, picture: &Neighbourhood, place: usize) -> Vec<String> {
    let edges = picture.edges.iter().filter(|edge| edge.one == place || edge.other == place);
    edges.map(|edge| evidence(model, picture, *edge, place)).collect()
}

/// What an edge stands for, in a sentence that begins with the song at one end of it.
fn evidence(model: &Model, picture: &Neighbourhood, edge: Edge, place: usize) -> String {
    let title = |place: usize| wording::name(model.catalogue().title(picture.songs[place]));
    let (other, support) = if edge.one == place { (edge.other, edge.support) } else { (edge.one, edge.other_support) };
    match edge.together {
        Some(together) => wording::pair(&title(place), &title(other), together, support),
        None => format!("{} \u{2013} {}", title(place), title(other)),
    }
}

fn whole(number: f64) -> String {
    (number.round() as i32).to_string()
}
