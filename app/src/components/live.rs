//! Values and pieces of a view that follow the state.
//!
//! Views could hold closures instead, and would look the same; but what draws a closure is compiled anew for each one.
//! Here all of them have one type, which makes the page a quarter smaller; what a closure computes is boxed for the same
//! reason.

use leptos::prelude::*;

use crate::session::Session;

/// Text that follows the state.
pub(crate) fn text(value: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    let value: Box<dyn Fn() -> String + Send + Sync> = Box::new(value);
    Signal::derive(value)
}

/// A number that follows the state.
pub(crate) fn number(value: impl Fn() -> usize + Send + Sync + 'static) -> Signal<usize> {
    let value: Box<dyn Fn() -> usize + Send + Sync> = Box::new(value);
    Signal::derive(value)
}

/// A condition that follows the state.
pub(crate) fn flag(value: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    let value: Box<dyn Fn() -> bool + Send + Sync> = Box::new(value);
    Signal::derive(value)
}

/// What an event does.
pub(crate) fn on<E>(handler: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(handler)
}

/// A piece of view that is there while a condition holds, and is drawn anew only when that changes.
pub(crate) fn when(condition: Signal<bool>, view: fn() -> AnyView) -> impl IntoView {
    let settled = Memo::new(move |_| condition.get());
    move || settled.get().then(view)
}

/// The part of the page that is drawn as this one, the first being 0: one task each when the page starts, since a browser
/// compiles what is run for the first time, and nothing else can happen meanwhile. From then on at once.
pub(crate) fn part(number: usize, view: fn() -> AnyView) -> impl IntoView {
    let session = Session::here();
    when(flag(move || session.parts.get() > number), view)
}

/// How many parts there are.
pub(crate) const PARTS: usize = 8;

/// As many rows as the count says. A row knows its place alone; what stands there may change.
pub(crate) fn rows(count: Signal<usize>, row: fn(usize) -> AnyView) -> impl IntoView {
    view! { <For each=move || 0..count.get() key=|at| *at children=row /> }
}

/// A name with what was searched for marked in it.
pub(crate) fn pieces(pieces: impl Fn() -> Vec<(String, bool)> + Send + Sync + 'static) -> impl IntoView {
    move || {
        let piece = |(text, marked): (String, bool)| {
            if marked { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() }
        };
        pieces().into_iter().map(piece).collect::<Vec<AnyView>>()
    }
}
