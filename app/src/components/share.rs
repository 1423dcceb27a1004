//! Where a playlist becomes a link or a file.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use segue_playlists::song_list::ListFormat;

use super::live::{on, text};
use crate::session::Session;
use crate::transfer::lists;
use crate::{phrases, wording};

/// The ways out of the page for a playlist.
pub(crate) fn share() -> AnyView {
    let session = Session::here();
    let playlist = session.library.with_untracked(|library| library.playlist().clone());
    let link = lists::link_to(&playlist);
    let plain = lists::written(session, &playlist, ListFormat::Text);
    let name = file_name(&wording::playlist_name(&playlist));
    let files: Vec<AnyView> = ListFormat::ALL
        .into_iter()
        .map(|format| {
            let content: String = js_sys::encode_uri_component(&lists::written(session, &playlist, format)).into();
            let address = format!("data:{};charset=utf-8,{content}", format.media_type());
            let words = match format {
                ListFormat::Text => phrases::plain_text().to_owned(),
                format => format.ending().to_uppercase(),
            };
            let file = format!("{name}.{}", format.ending());
            view! { <a class="button" href=address download=file>{words}</a> }.into_any()
        })
        .collect();
    let outcome = RwSignal::new(String::new());
    let copy = move |text: String| {
        on(move |_: MouseEvent| {
            let text = text.clone();
            spawn_local(async move {
                let copied = lists::copy(&text).await;
                let words = if copied { phrases::copied() } else { phrases::copy_it_yourself() };
                outcome.set(words.to_owned());
            });
        })
    };
    view! {
        <div class="form">
            <label for="link">{phrases::link_to_it()}</label>
            <input id="link" type="text" readonly value=link.clone() />
            <p class="buttons">
                <button type="button" class="main" on:click=copy(link)>{phrases::copy_link()}</button>
                <button type="button" on:click=copy(plain)>{phrases::copy_as_text()}</button>
                <span class="aside" role="status">{text(move || outcome.get())}</span>
            </p>
            <p class="buttons">{phrases::save_as()} {files}</p>
        </div>
    }
    .into_any()
}

/// A name that every file system takes.
fn file_name(name: &str) -> String {
    name.replace(|letter: char| letter.is_control() || "/\\:*?\"<>|".contains(letter), "_")
}
