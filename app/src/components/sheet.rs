//! What lies over the page for a while: a modal dialog, which the browser itself keeps the focus in and closes by Escape.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::live::{flag, on, text, when};
use super::playlist::cross;
use crate::later;
use crate::phrases;
use crate::session::{Session, Sheet};
use crate::state::import::Importing;

/// The dialog.
#[component]
pub(crate) fn SheetView() -> impl IntoView {
    let session = Session::here();
    let shown = move || session.sheet.get();
    let title = move || match shown() {
        Some(Sheet::Import) => phrases::bring_a_playlist(),
        Some(Sheet::Share) => phrases::take_it_with_you(),
        None => "",
    };
    let closed = move |_: leptos::ev::Event| {
        session.sheet.set(None);
        session.importing.set(Importing::Asking);
    };
    // Drawn anew in another language, the dialog is closed.
    session.sheet.set(None);
    view! {
        <dialog id="sheet" class="sheet" aria-labelledby="sheet-title" on:close=on(closed)>
            <div class="head">
                // The focus begins here, and not on the button that ends it all.
                <h2 id="sheet-title" tabindex="-1" autofocus>{text(move || title().to_owned())}</h2>
                <button
                    type="button"
                    class="icon"
                    aria-label=phrases::close()
                    on:click=on(|_: MouseEvent| close())
                >
                    {cross()}
                </button>
            </div>
            {when(flag(move || shown() == Some(Sheet::Import)), || later::view(|later| (later.import)()))}
            {when(flag(move || shown() == Some(Sheet::Share)), || later::view(|later| (later.share)()))}
        </dialog>
    }
}

/// Lays this over the page.
pub(crate) fn open(session: Session, sheet: Sheet) {
    session.sheet.set(Some(sheet));
    if let Some(dialog) = dialog().filter(|dialog| !dialog.open()) {
        let _ = dialog.show_modal();
    }
}

/// Takes it away again.
pub(crate) fn close() {
    if let Some(dialog) = dialog() {
        dialog.close();
    }
}

fn dialog() -> Option<web_sys::HtmlDialogElement> {
    document().get_element_by_id("sheet")?.dyn_into().ok()
}
