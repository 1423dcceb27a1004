//! The state of the page, held in signals. Every change goes through the reducers of [`crate::state`].

use std::time::Duration;

use leptos::prelude::*;

use crate::engine::Engine;
use crate::examples::examples;
use crate::language::Language;
use crate::later::Arrival;
use crate::saved;
use crate::server_api::{DataSet, ServerError};
use crate::state::answer::Answer;
use crate::state::import::Importing;
use crate::state::library::{self, Library};
use crate::state::picker::{self, Picker};
use crate::state::playlist::{self, Playlist};
use crate::state::preferences::{self, Preferences};
use crate::state::route::Route;
use crate::state::song::Song;
use crate::state::status::{self, Status};

/// How long a loss is offered to be undone.
const UNDO_OFFERED: Duration = Duration::from_secs(12);

/// Does something now, and again whenever the state that it reads has changed.
pub(crate) fn follow(effect: impl FnMut() + 'static) {
    // Boxed: an effect is compiled anew for every type.
    let effect: Box<dyn FnMut()> = Box::new(effect);
    Effect::new(effect);
}

/// What can lie over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sheet {
    /// Where a list becomes a playlist.
    Import,
    /// Where a playlist becomes a link or a file.
    Share,
}

/// Handles to everything the page knows; a copy is as good as the original.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) library: RwSignal<Library>,
    pub(crate) preferences: RwSignal<Preferences>,
    pub(crate) picker: RwSignal<Picker>,
    pub(crate) status: RwSignal<Status>,
    pub(crate) answer: RwSignal<Answer>,
    /// The suggestion whose rules are shown.
    pub(crate) unfolded: RwSignal<Option<Song>>,
    /// What lies over the page.
    pub(crate) sheet: RwSignal<Option<Sheet>>,
    /// The list that is being brought into a playlist.
    pub(crate) importing: RwSignal<Importing>,
    /// Whether the playlist is being given another name.
    pub(crate) renaming: RwSignal<bool>,
    /// The part of the program that comes later.
    pub(crate) later: RwSignal<Arrival>,
    pub(crate) examples: RwSignal<Vec<Vec<Song>>>,
    pub(crate) data_set: RwSignal<Option<DataSet>>,
    pub(crate) language: RwSignal<Language>,
    pub(crate) route: RwSignal<Route>,
    /// How many parts of the page may be drawn by now: see [`crate::components::live::part`].
    pub(crate) parts: RwSignal<usize>,
    /// Counts the changes after which the same question may have another answer: more of the model, another model, the
    /// server being back.
    pub(crate) sources: RwSignal<u32>,
    /// Hash of a model that was refused, which is not to be fetched again and again.
    pub(crate) refused: StoredValue<Option<String>>,
    /// Written by `loading` alone, through [`Session::install`] and [`Session::with_engine`].
    engine: StoredValue<Option<Engine>>,
}

impl Session {
    /// A session that begins with what was saved.
    pub(crate) fn new() -> Self {
        let session = Self {
            library: RwSignal::new(saved::library()),
            preferences: RwSignal::new(saved::preferences()),
            picker: RwSignal::default(),
            status: RwSignal::new(Status::default()),
            answer: RwSignal::default(),
            unfolded: RwSignal::default(),
            sheet: RwSignal::default(),
            importing: RwSignal::default(),
            renaming: RwSignal::default(),
            later: RwSignal::default(),
            examples: RwSignal::default(),
            data_set: RwSignal::default(),
            language: RwSignal::new(saved::language()),
            route: RwSignal::default(),
            parts: RwSignal::default(),
            sources: RwSignal::default(),
            refused: StoredValue::new(None),
            engine: StoredValue::new(None),
        };
        follow(move || session.library.with(saved::save_library));
        follow(move || session.preferences.with(saved::save_preferences));
        let mut before = None;
        follow(move || {
            let language = session.language.get();
            if before.replace(language).is_some_and(|before| before != language) {
                saved::save_language(language);
            }
        });
        session
    }

    /// The session of the page this is called in.
    pub(crate) fn here() -> Self {
        expect_context()
    }

    /// Something of the playlist being continued, which is followed.
    pub(crate) fn of_playlist<T>(self, part: impl FnOnce(&Playlist) -> T) -> T {
        self.library.with(|library| part(library.playlist()))
    }

    pub(crate) fn change_playlist(self, event: playlist::Event) {
        self.change_library(library::Event::InPlaylist(event));
    }

    pub(crate) fn change_library(self, event: library::Event) {
        self.library.update(|library| *library = library::reduce(std::mem::take(library), event));
        // Offered for a while, and no longer in the way then.
        let loss = self.library.with_untracked(|library| library.loss().cloned());
        if loss.is_some() {
            let settle = move || {
                if self.library.with_untracked(|library| library.loss() == loss.as_ref()) {
                    self.change_library(library::Event::Settle);
                }
            };
            set_timeout(settle, UNDO_OFFERED);
        }
    }

    pub(crate) fn change_preferences(self, event: preferences::Event) {
        self.preferences.update(|preferences| *preferences = preferences::reduce(*preferences, event));
    }

    pub(crate) fn change_status(self, event: status::Event) {
        self.status.update(|status| *status = status::reduce(std::mem::take(status), event));
    }

    /// Changes the picker and does what that asks for.
    pub(crate) fn change_picker(self, event: picker::Event) {
        let (next, effect) = picker::reduce(self.picker.get_untracked(), event);
        if self.picker.with_untracked(|picker| *picker != next) {
            self.picker.set(next);
        }
        match effect {
            Some(picker::Effect::Search(text)) => crate::answering::search(self, text),
            Some(picker::Effect::Pick(song)) => self.change_playlist(playlist::Event::Add(song)),
            Some(picker::Effect::RemoveLast) => self.change_playlist(playlist::Event::RemoveLast),
            None => {}
        }
    }

    /// Makes this the model that answers.
    pub(crate) fn install(self, mut engine: Engine, hash: String) {
        let metadata = engine.model().metadata();
        let model_date = metadata.model_date.clone();
        let data_set = &metadata.data_set;
        self.data_set.set(Some(DataSet {
            name: data_set.name.clone(),
            notice: data_set.notice.clone(),
            playlists: data_set.playlists,
        }));
        self.examples.set(examples(&mut engine));
        let complete = engine.is_complete();
        self.engine.set_value(Some(engine));
        self.change_status(status::Event::CoreOpened { hash, model_date });
        if complete {
            self.change_status(status::Event::Completed);
        }
        self.ask_again();
        // What was typed while nothing could answer.
        let typed = self.picker.with_untracked(|picker| (!picker.is_current()).then(|| picker.text.clone()));
        if let Some(text) = typed {
            crate::answering::search(self, text);
        }
    }

    /// Works with the model that answers, if there is one.
    pub(crate) fn with_engine<T>(self, work: impl FnOnce(&mut Engine) -> T) -> Option<T> {
        self.engine.try_update_value(|engine| engine.as_mut().map(work)).flatten()
    }

    /// Notes what an error says of the server.
    pub(crate) fn heard(self, error: &ServerError) {
        match error {
            ServerError::Unreachable => self.change_status(status::Event::ServerGone),
            ServerError::WithoutModel => self.change_status(status::Event::ServerHasNoModel),
            // It is there and well; whoever asked deals with its answer.
            ServerError::AnotherModel | ServerError::Refused(_) => {}
        }
    }

    /// Has the question answered again: something that answers has changed.
    pub(crate) fn ask_again(self) {
        self.sources.update(|sources| *sources = sources.wrapping_add(1));
    }
}
