//! The pages about the model: both are drawn from the whole of it, and anew when another takes its place.

use std::sync::Arc;

use leptos::prelude::*;
use segue_model::Model;

use super::model_page::model_page;
use super::rules_page::rules_page;
use crate::phrases;
use crate::session::Session;
use crate::state::status::AtHand;

/// Its rules, and the neighbourhood of a song.
pub(crate) fn rules() -> AnyView {
    of_model(rules_page)
}

/// What it is made of, and how good it is.
pub(crate) fn model() -> AnyView {
    of_model(model_page)
}

/// Has the styles of these pages hold for the screen.
fn dress() {
    if let Some(style) = document().get_element_by_id("atlas-style") {
        let _ = style.set_attribute("media", "all");
    }
}

fn of_model(page: fn(&Arc<Model>) -> AnyView) -> AnyView {
    dress();
    let session = Session::here();
    let whole = Memo::new(move |_| {
        session.status.with(|status| status.hash.clone().filter(|_| status.at_hand == AtHand::Everything))
    });
    let draw = move || {
        let model = whole.get().and_then(|_| session.with_engine(|engine| engine.shared_model()));
        match model {
            Some(model) => page(&model),
            None => view! { <p class="instead" role="status">{phrases::one_moment_more()}</p> }.into_any(),
        }
    };
    draw.into_any()
}
