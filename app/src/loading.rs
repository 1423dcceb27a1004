//! How the model comes: from this device if it is the server's current one, else from the server; and how the page
//! learns that there is a newer one.

use std::cell::RefCell;
use std::pin::Pin;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use segue_model::file::SectionKind;
use web_sys::RequestCache;

use crate::browser::{now, within};
use crate::engine::Engine;
use crate::later::{self, Arrival};
use crate::model_cache::ModelCache;
use crate::server_api::{self, ServerError};
use crate::session::Session;
use crate::state::status::{AtHand, Event, Kept, Server};
use crate::{phrases, slices, wording};

/// How long the server is waited for when a model is kept that could answer, milliseconds.
const PATIENCE: i32 = 2_000;
/// How often the server is asked for a newer model, milliseconds.
const RARELY: f64 = 300_000.0;
/// How often it is asked while there is something to wait for, milliseconds.
const OFTEN: f64 = 5_000.0;
/// Shortest time between two questions, milliseconds: switching to and fro between windows is no reason to ask.
const AT_LEAST: f64 = 2_000.0;
/// Times that a download starts over because the server's model changed in its midst.
const ATTEMPTS: usize = 3;

/// Brings a model, and from then on watches for newer ones.
pub(crate) fn begin(session: Session) {
    let asked = StoredValue::new(0.0_f64);
    let ask = move || {
        asked.set_value(now());
        spawn_local(async move { look(session).await });
    };
    spawn_local(async move {
        first(session).await;
        asked.set_value(now());
        let due = move |after: f64| now() - asked.get_value() >= after;
        let on_tick = move || {
            let visible = !document().hidden();
            if visible && due(if waiting(session) { OFTEN } else { RARELY }) {
                ask();
            }
        };
        let _ = set_interval_with_handle(on_tick, std::time::Duration::from_secs(1));
        for event in ["focus", "online"] {
            let _ = window_event_listener_untyped(event, move |_| {
                if due(AT_LEAST) {
                    ask();
                }
            });
        }
        let _ = window_event_listener(ev::offline, move |_| session.change_status(Event::ServerGone));
    });
}

/// Brings the server's model though another one is at hand.
pub(crate) fn load_newer(session: Session) {
    spawn_local(async move {
        if let Some(hash) = session.status.with_untracked(|status| status.newer.clone()) {
            load_current(session, hash).await;
        }
    });
}

/// Whether there is something to ask the server for again soon.
fn waiting(session: Session) -> bool {
    session.status.with_untracked(|status| {
        !status.downloading && (status.at_hand != AtHand::Everything || status.server != Server::Reachable)
    })
}

/// The first model of a visit.
async fn first(session: Session) {
    let cache = ModelCache::open().await;
    let kept = match &cache {
        Some(cache) => cache.kept().await,
        None => None,
    };
    let asked = match kept {
        Some(_) => within(PATIENCE, server_api::info()).await.unwrap_or(Err(ServerError::Unreachable)),
        None => server_api::info().await,
    };
    let mut refused = None;
    match asked {
        Ok(info) => {
            session.data_set.set(Some(info.data_set));
            session.change_status(Event::ServerServes(info.hash.clone()));
            refused = load_current(session, info.hash).await;
        }
        Err(error) => session.heard(&error),
    }
    if let (Some(hash), true) = (kept, nothing_at_hand(session) || refused.is_some()) {
        match (load(session, &hash).await, refused) {
            (Ok(()), Some((refused, why))) => {
                session.change_status(Event::ServerServes(refused));
                session.change_status(Event::Trouble(why.text(session)));
            }
            (Ok(()), None) => {}
            (Err(trouble), _) => session.change_status(Event::Trouble(trouble.text(session))),
        }
    }
    if nothing_at_hand(session) {
        // Whoever waits for an answer is told what is the matter.
        session.ask_again();
    }
}

/// Asks which model the server has, and brings it if this page lacks one.
async fn look(session: Session) {
    match server_api::info().await {
        Ok(info) => {
            if let Arrival::Here(later) = session.later.get_untracked()
                && (later.is_outdated)().await
            {
                session.change_status(Event::PageOutdated);
            }
            let was_away = session.status.with_untracked(|status| status.server != Server::Reachable);
            session.change_status(Event::ServerServes(info.hash.clone()));
            let refused = session.refused.with_value(|refused| refused.as_ref() == Some(&info.hash));
            let incomplete = !refused
                && session.status.with_untracked(|status| !status.downloading && status.at_hand != AtHand::Everything);
            if incomplete {
                if nothing_at_hand(session) {
                    session.data_set.set(Some(info.data_set));
                }
                if was_away {
                    session.ask_again();
                }
                load_current(session, info.hash).await;
            }
        }
        Err(error) => session.heard(&error),
    }
}

/// Brings the server's model, which may change meanwhile. Gives the hash of one that was refused, and why.
async fn load_current(session: Session, mut hash: String) -> Option<(String, Trouble)> {
    let mut refused = None;
    session.change_status(Event::DownloadBegan);
    for _ in 0..ATTEMPTS {
        match load(session, &hash).await {
            Ok(()) => break,
            Err(Trouble::Server(ServerError::AnotherModel)) => match server_api::info().await {
                Ok(info) => {
                    session.change_status(Event::ServerServes(info.hash.clone()));
                    hash = info.hash;
                }
                Err(error) => {
                    session.heard(&error);
                    break;
                }
            },
            Err(trouble) => {
                session.change_status(Event::Trouble(trouble.text(session)));
                if let Trouble::Refused(_) = &trouble {
                    session.refused.set_value(Some(hash.clone()));
                    refused = Some((hash, trouble));
                }
                break;
            }
        }
    }
    session.change_status(Event::DownloadEnded);
    refused
}

/// Why a model did not come.
#[derive(Debug)]
pub(crate) enum Trouble {
    Server(ServerError),
    Refused(String),
}

impl Trouble {
    fn text(&self, session: Session) -> String {
        let what = match self {
            Self::Server(ServerError::Unreachable) => phrases::model_not_whole().to_owned(),
            Self::Server(error) => wording::model_missing(&error.to_string()),
            Self::Refused(reason) => wording::model_refused(reason),
        };
        let who = if nothing_at_hand(session) {
            phrases::server_answers_meanwhile()
        } else {
            phrases::model_at_hand_answers_meanwhile()
        };
        what + " " + who
    }
}

/// Brings the model of this hash, part by part, each from this device if it is there and sound, else from the server.
///
/// If nothing is at hand, it answers from the moment its core is here; otherwise it replaces what is at hand when it is
/// whole.
async fn load(session: Session, hash: &str) -> Result<(), Trouble> {
    let cache = ModelCache::open().await;
    let mut parts = Parts { session, cache, hash: hash.to_owned(), engine: RefCell::default() };
    let resumes = session.status.with_untracked(|status| status.hash.as_deref() == Some(hash));
    let at_once = nothing_at_hand(session) || resumes;

    if !resumes {
        parts.take(SectionKind::Core, open_core).await?;
        if at_once && let Some(opened) = parts.engine.get_mut().take() {
            session.install(opened, hash.to_owned());
        }
    }
    let later = later::load(session).await.ok_or(Trouble::Server(ServerError::Unreachable))?;
    (later.complete)(parts).await
}

/// What [`complete`] gives.
pub(crate) type Completed = Pin<Box<dyn Future<Output = Result<(), Trouble>>>>;

/// Brings the sections of a model behind its core, and keeps the whole on this device: of the model made ready, or of the
/// one that answers.
pub(crate) fn complete(parts: Parts) -> Completed {
    Box::pin(async move {
        let session = parts.session;
        let sections = parts.with_engine(|engine| engine.sections()).unwrap_or_default();
        let names: Vec<&str> =
            std::iter::once(SectionKind::Core.name()).chain(sections.iter().map(|kind| kind.name())).collect();
        for kind in sections {
            parts.take(kind, attach).await?;
        }
        match parts.engine.take() {
            Some(engine) => session.install(engine, parts.hash.clone()),
            None => {
                session.change_status(Event::Completed);
                session.ask_again();
            }
        }
        let kept = match &parts.cache {
            Some(cache) => cache.holds(&parts.hash, &names).await && cache.keep(&parts.hash).await,
            None => false,
        };
        session.change_status(Event::ModelKept(if kept { Kept::Yes } else { Kept::Impossible }));
        Ok(())
    })
}

/// The parts of one model, wherever they are.
pub(crate) struct Parts {
    session: Session,
    cache: Option<ModelCache>,
    hash: String,
    /// The model being made ready, if that is not the one that answers.
    engine: RefCell<Option<Engine>>,
}

/// A part being taken up, or why not.
type TakenUp<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;

/// What takes up the bytes of a part: those of the core begin where the file does.
type TakeUp = for<'a> fn(&'a Parts, SectionKind, &'a [u8]) -> TakenUp<'a>;

fn open_core<'a>(parts: &'a Parts, _: SectionKind, bytes: &'a [u8]) -> TakenUp<'a> {
    Box::pin(async move {
        let engine = slices::open(bytes).await.map_err(|error| error.to_string())?;
        parts.engine.replace(Some(engine));
        Ok(())
    })
}

fn attach<'a>(parts: &'a Parts, kind: SectionKind, bytes: &'a [u8]) -> TakenUp<'a> {
    Box::pin(async move {
        let gone = "there is no model to add it to";
        let model = parts.with_engine(|engine| engine.shared_model()).ok_or(gone)?;
        let section = slices::read_section(model, kind, bytes).await.map_err(|error| error.to_string())?;
        let added = parts.with_engine(|engine| engine.add(section)).ok_or(gone)?;
        added.map_err(|error| error.to_string())
    })
}

impl Parts {
    /// Works with the model that the parts are of.
    fn with_engine<T>(&self, work: impl FnOnce(&mut Engine) -> T) -> Option<T> {
        match self.engine.borrow_mut().as_mut() {
            Some(engine) => Some(work(engine)),
            None => self.session.with_engine(work),
        }
    }

    /// Takes up a part. A stored part that is refused is forgotten and fetched again.
    async fn take(&self, kind: SectionKind, take_up: TakeUp) -> Result<(), Trouble> {
        let part = kind.name();
        if let Some(cache) = &self.cache
            && let Some(bytes) = cache.read(&self.hash, part).await
        {
            match take_up(self, kind, &bytes).await {
                Ok(()) => return Ok(()),
                Err(reason) => {
                    cache.forget(&self.hash, part).await;
                    self.session.change_status(Event::Trouble(wording::model_damaged(&reason)));
                }
            }
        }
        // What arrived damaged once, the browser would give again and again: these addresses never change.
        let mut bytes = Vec::new();
        let mut refused = None;
        for from in [RequestCache::Default, RequestCache::Reload] {
            bytes = server_api::part(&self.hash, part, from).await.map_err(Trouble::Server)?;
            refused = take_up(self, kind, &bytes).await.err();
            if refused.is_none() {
                break;
            }
        }
        if let Some(reason) = refused {
            return Err(Trouble::Refused(reason));
        }
        if let Some(cache) = &self.cache {
            cache.write(&self.hash, part, &bytes).await;
        }
        Ok(())
    }
}

fn nothing_at_hand(session: Session) -> bool {
    session.status.with_untracked(|status| status.at_hand == AtHand::Nothing)
}
