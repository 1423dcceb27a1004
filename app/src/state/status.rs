//! Where answers come from, and whether they will still come without the server.

/// Everything the status line is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// How much of a model this page has opened.
    pub at_hand: AtHand,
    /// SHA-256 of that model file.
    pub hash: Option<String>,
    /// When that model was made, RFC 3339.
    pub model_date: Option<String>,
    /// What is known of the server.
    pub server: Server,
    /// The server's model, where it is another than the one at hand.
    pub newer: Option<String>,
    /// Whether a download is under way.
    pub downloading: bool,
    /// Whether the model at hand outlives the page.
    pub model_kept: Kept,
    /// Whether the page itself opens without the server.
    pub page_kept: Kept,
    /// What went wrong last, with what is done about it.
    pub trouble: Option<String>,
    /// Whether there is a newer version of the page itself.
    pub outdated: bool,
}

/// How much of a model is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AtHand {
    /// Nothing: the server answers.
    #[default]
    Nothing,
    /// The core: suggestions come from this device, the counts behind them from the server.
    Core,
    /// All of it.
    Everything,
}

/// What is known of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Server {
    /// It has not answered yet.
    #[default]
    Unasked,
    /// It answers.
    Reachable,
    /// It answers, but has no model.
    WithoutModel,
    /// It does not answer.
    Unreachable,
}

/// Whether something is stored on this device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kept {
    /// Not yet.
    #[default]
    NotYet,
    /// It is.
    Yes,
    /// It cannot be: the browser offers no storage here.
    Impossible,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The server named the model it serves.
    ServerServes(String),
    /// The server has no model yet.
    ServerHasNoModel,
    /// The server does not answer.
    ServerGone,
    /// A download began.
    DownloadBegan,
    /// A download ended, with whatever is opened by now.
    DownloadEnded,
    /// The core of a model was opened.
    CoreOpened {
        /// SHA-256 of the file.
        hash: String,
        /// When it was made.
        model_date: String,
    },
    /// Its last section was attached.
    Completed,
    /// The model is stored, or cannot be.
    ModelKept(Kept),
    /// The page is stored, or cannot be.
    PageKept(Kept),
    /// Something went wrong.
    Trouble(String),
    /// The server has a newer version of the page.
    PageOutdated,
}

/// The status after an event.
#[must_use]
pub fn reduce(status: Status, event: Event) -> Status {
    match event {
        Event::ServerServes(hash) => {
            let newer = if status.hash.as_ref().is_some_and(|at_hand| *at_hand != hash) { Some(hash) } else { None };
            Status { server: Server::Reachable, newer, ..status }
        }
        Event::ServerHasNoModel => Status { server: Server::WithoutModel, ..status },
        Event::ServerGone => Status { server: Server::Unreachable, ..status },
        Event::DownloadBegan => Status { downloading: true, ..status },
        Event::DownloadEnded => Status { downloading: false, ..status },
        Event::CoreOpened { hash, model_date } => {
            let newer = status.newer.filter(|newer| *newer != hash);
            let same = status.hash.as_ref() == Some(&hash);
            let model_kept = if same { status.model_kept } else { Kept::NotYet };
            let model_date = Some(model_date);
            Status { at_hand: AtHand::Core, hash: Some(hash), model_date, newer, model_kept, ..status }
        }
        Event::Completed => Status { at_hand: AtHand::Everything, trouble: None, ..status },
        Event::ModelKept(model_kept) => Status { model_kept, ..status },
        Event::PageKept(page_kept) => Status { page_kept, ..status },
        Event::Trouble(trouble) => Status { trouble: Some(trouble), ..status },
        Event::PageOutdated => Status { outdated: true, ..status },
    }
}

/// How the status reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summary {
    /// Nothing is here yet, the server is being asked.
    Starting,
    /// The server answers while the model is on its way.
    ServerAnswers,
    /// This device answers; the rest of the model is on its way.
    Fetching,
    /// This device answers; part of the model could not be fetched.
    Incomplete,
    /// This device answers and all of the model is here, but nothing of it outlives the page.
    OnlyWhileOpen,
    /// All of the model is here and is being stored.
    Keeping,
    /// The page works without the server, also after a reload.
    ReadyOffline,
    /// The server is gone, and the page works without it.
    Offline,
    /// The server has no model, and neither has this device.
    NoModel,
    /// There is no server and no model.
    Nothing,
}

impl Status {
    /// The one thing to say.
    #[must_use]
    pub fn summary(&self) -> Summary {
        match (self.at_hand, self.server) {
            (AtHand::Nothing, Server::Unasked) => Summary::Starting,
            (AtHand::Nothing, Server::Reachable) => Summary::ServerAnswers,
            (AtHand::Nothing, Server::WithoutModel) => Summary::NoModel,
            (AtHand::Nothing, Server::Unreachable) => Summary::Nothing,
            (AtHand::Core, Server::Unreachable) => Summary::Incomplete,
            (AtHand::Core, _) if self.downloading => Summary::Fetching,
            (AtHand::Core, _) => Summary::Incomplete,
            (AtHand::Everything, Server::Unreachable) => Summary::Offline,
            (AtHand::Everything, _) => match (self.model_kept, self.page_kept) {
                (Kept::Yes, Kept::Yes) => Summary::ReadyOffline,
                (Kept::Impossible, _) | (_, Kept::Impossible) => Summary::OnlyWhileOpen,
                _ => Summary::Keeping,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(events: Vec<Event>) -> Status {
        events.into_iter().fold(Status::default(), reduce)
    }

    fn opened(hash: &str) -> Event {
        Event::CoreOpened { hash: hash.into(), model_date: "2026-11-12T08:00:00Z".into() }
    }

    #[test]
    fn it_is_ready_offline_only_with_the_whole_model_and_the_page_kept() {
        let mut events = vec![Event::ServerServes("a".into()), Event::DownloadBegan, opened("a"), Event::Completed];
        events.push(Event::DownloadEnded);
        for (event, summary) in [
            (Event::ModelKept(Kept::Yes), Summary::Keeping),
            (Event::PageKept(Kept::Yes), Summary::ReadyOffline),
            (Event::ServerGone, Summary::Offline),
        ] {
            events.push(event);
            assert_eq!(after(events.clone()).summary(), summary);
        }
    }

    #[test]
    fn a_first_visit_goes_from_the_server_to_this_device() {
        let mut status = Status::default();
        assert_eq!(status.summary(), Summary::Starting);
        for (event, summary) in [
            (Event::ServerServes("a".into()), Summary::ServerAnswers),
            (Event::DownloadBegan, Summary::ServerAnswers),
            (opened("a"), Summary::Fetching),
            (Event::Completed, Summary::Keeping),
        ] {
            status = reduce(status, event);
            assert_eq!(status.summary(), summary);
        }
    }

    #[test]
    fn without_storage_it_never_claims_to_work_offline() {
        let events = vec![
            Event::ServerServes("a".into()),
            opened("a"),
            Event::Completed,
            Event::PageKept(Kept::Impossible),
            Event::ModelKept(Kept::Yes),
        ];
        assert_eq!(after(events).summary(), Summary::OnlyWhileOpen);
    }

    #[test]
    fn a_model_at_hand_in_part_is_not_called_offline_ready() {
        assert_eq!(after(vec![opened("a"), Event::ServerGone]).summary(), Summary::Incomplete);
    }

    #[test]
    fn a_newer_model_is_noticed_and_forgotten_once_it_is_at_hand() {
        let status = after(vec![opened("a"), Event::ServerServes("a".into())]);
        assert_eq!(status.newer, None);
        let status = reduce(status, Event::ServerServes("b".into()));
        assert_eq!(status.newer.as_deref(), Some("b"));
        let status = reduce(status, opened("b"));
        assert_eq!(status.newer, None);
    }

    #[test]
    fn a_newer_model_is_not_kept_because_the_older_one_was() {
        let status = after(vec![opened("a"), Event::ModelKept(Kept::Yes), opened("b")]);
        assert_eq!(status.model_kept, Kept::NotYet);
    }

    #[test]
    fn trouble_is_shown_until_the_model_is_whole_and_not_taken_back_by_every_attempt() {
        let status = after(vec![opened("a"), Event::Trouble("no".into()), Event::DownloadEnded, Event::DownloadBegan]);
        assert_eq!(status.trouble.as_deref(), Some("no"));
        assert_eq!(reduce(status, Event::Completed).trouble, None);
    }

    #[test]
    fn a_newer_page_is_remembered() {
        assert!(after(vec![Event::PageOutdated, opened("a"), Event::Completed]).outdated);
    }

    #[test]
    fn a_server_without_a_model_and_no_server_differ() {
        assert_eq!(after(vec![Event::ServerHasNoModel]).summary(), Summary::NoModel);
        assert_eq!(after(vec![Event::ServerGone]).summary(), Summary::Nothing);
    }
}
