//! The part of the program that comes later: what nobody needs for a first suggestion is in a module of its own, which is
//! loaded when something of it is asked for, and otherwise when the model is whole and the page has nothing to do.
//!
//! [`parts`] is the seam. Whatever only it leads to is cut out of the program by `cargo xtask ui` (cfg `split`) and becomes
//! that module; it works with the same memory, signals and runtime as the rest. Without the cut everything is in one
//! module and there at once.

use std::pin::Pin;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use crate::components::{import, library, notices, share, suggestions};
use crate::loading::{self, Completed, Parts};
use crate::pages::about_model;
use crate::session::Session;
use crate::transfer::lists;
use crate::{page_keeper, phrases};

/// The functions that come later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Later {
    /// What a list becomes a playlist in.
    pub(crate) import: fn() -> AnyView,
    /// What a playlist becomes a link or a file in.
    pub(crate) share: fn() -> AnyView,
    /// Brings the rest of a model: see [`loading::complete`].
    pub(crate) complete: fn(Parts) -> Completed,
    /// Keeps the page on this device: see [`page_keeper::keep_page`].
    pub(crate) keep_page: fn() -> Pin<Box<dyn Future<Output = bool>>>,
    /// Whether there is a newer page: see [`page_keeper::is_outdated`].
    pub(crate) is_outdated: fn() -> Pin<Box<dyn Future<Output = bool>>>,
    /// The rules behind a suggestion.
    pub(crate) rules_behind: fn(usize) -> AnyView,
    /// The field for another name of the playlist.
    pub(crate) name: fn() -> AnyView,
    /// That there is a newer model.
    pub(crate) newer: fn() -> AnyView,
    /// That there is a newer page.
    pub(crate) outdated: fn() -> AnyView,
    /// An artist that is not suggested.
    pub(crate) blocked_artist: fn(usize) -> AnyView,
    /// A song that was turned down.
    pub(crate) dismissed_song: fn(usize) -> AnyView,
    /// The page of the rules.
    pub(crate) rules: fn() -> AnyView,
    /// The page of the model.
    pub(crate) model: fn() -> AnyView,
    /// Reads a list: see [`lists::read`].
    pub(crate) read_list: fn(Session, &str, &[u8]),
}

/// Whether it is here.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Arrival {
    /// Nobody asked for it, or it is on its way.
    #[default]
    Awaited,
    /// It is here.
    Here(Later),
    /// It could not be loaded; whoever needs it tries again.
    Failed,
}

#[cfg_attr(split, leptos::wasm_split::wasm_split(later, wasm_split_path = leptos::wasm_split, fallible))]
fn parts() -> Result<Later, SplitLoaderError> {
    Ok(Later {
        import: import::import,
        share: share::share,
        read_list: lists::read,
        complete: loading::complete,
        keep_page: page_keeper::keep_page,
        is_outdated: page_keeper::is_outdated,
        rules_behind: suggestions::rules_behind,
        name: library::name,
        newer: notices::newer,
        outdated: notices::outdated,
        blocked_artist: notices::blocked_artist,
        dismissed_song: notices::dismissed_song,
        rules: about_model::rules,
        model: about_model::model,
    })
}

/// Brings it, unless it is here.
pub(crate) async fn load(session: Session) -> Option<Later> {
    if let Arrival::Here(later) = session.later.get_untracked() {
        return Some(later);
    }
    #[cfg(split)]
    let loaded = parts().await;
    #[cfg(not(split))]
    let loaded = parts();
    let arrival = loaded.as_ref().map_or(Arrival::Failed, |later| Arrival::Here(*later));
    // Somebody else may have asked too: what is drawn already is not to be drawn again.
    if !matches!(session.later.get_untracked(), Arrival::Here(_)) {
        session.later.set(arrival);
    }
    loaded.ok()
}

/// A piece of view from it, or what is there until it has come.
pub(crate) fn view(piece: fn(Later) -> AnyView) -> AnyView {
    draw(Box::new(piece))
}

/// The same for a place in a list.
pub(crate) fn view_at(place: usize, piece: fn(Later) -> fn(usize) -> AnyView) -> AnyView {
    draw(Box::new(move |later| piece(later)(place)))
}

fn draw(piece: Box<dyn Fn(Later) -> AnyView + Send + Sync>) -> AnyView {
    let session = Session::here();
    spawn_local(async move {
        load(session).await;
    });
    let draw = move || match session.later.get() {
        Arrival::Here(later) => piece(later),
        Arrival::Awaited => view! { <p class="instead" role="status">{phrases::one_moment()}</p> }.into_any(),
        Arrival::Failed => view! { <p class="instead" role="alert">{phrases::part_did_not_come()}</p> }.into_any(),
    };
    draw.into_any()
}
