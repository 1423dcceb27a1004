//! The song picker: an editable combobox with list autocomplete, as the WAI-ARIA Authoring Practices describe it.
//!
//! The focus stays in the text field; [`Picker::active`] is the option that assistive technology is told of. Enter takes
//! the active option, and the first one while none is active, because the best match is what most people mean.

use super::song::Song;

/// What the picker shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picker {
    /// The text in the field.
    pub text: String,
    /// The songs found, best first.
    pub options: Vec<Hit>,
    /// How many songs were found in all; the best of them are `options`.
    pub total: usize,
    /// What `options` were found for. Until the search for `text` is done they are those of an earlier text.
    pub found_for: String,
    /// The option chosen with the arrow keys.
    pub active: Option<usize>,
    /// Whether the list is shown.
    pub open: bool,
}

/// A song that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The song.
    pub song: Song,
    /// Playlists with it, which tells songs of like names apart.
    pub support: u32,
    /// Its title in pieces, each with whether it is what was searched for.
    pub title: Vec<(String, bool)>,
    /// Its artist likewise.
    pub artist: Vec<(String, bool)>,
}

/// What happens to the picker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The field now holds this text.
    Typed(String),
    /// A search is done.
    Found {
        /// What was searched for.
        query: String,
        /// What was found, best first.
        hits: Vec<Hit>,
        /// How many there are in all.
        total: usize,
    },
    /// Arrow down with Alt: the list is shown, and nothing in it chosen.
    Show,
    /// Arrow up with Alt: the list is put away.
    Hide,
    /// Arrow down.
    Down,
    /// Arrow up.
    Up,
    /// Home, End, arrow left or right: the cursor moves in the text, so the focus is in the field again.
    CursorMoved,
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Backspace, before it changes the text.
    Backspace,
    /// An option was clicked or tapped.
    Clicked(usize),
    /// The focus went elsewhere.
    Left,
}

/// What the page has to do after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Search for this text and report [`Event::Found`].
    Search(String),
    /// Add this song to the playlist.
    Pick(Song),
    /// Take the last song off the playlist.
    RemoveLast,
}

impl Picker {
    /// Whether the options are those of the text in the field.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.found_for == self.text
    }

    /// The option that Enter would take.
    #[must_use]
    pub fn would_take(&self) -> Option<usize> {
        let first = if self.is_current() && !self.options.is_empty() { Some(0) } else { None };
        if self.open { self.active.or(first) } else { None }
    }
}

/// The picker after an event, and what is to be done about it.
#[must_use]
pub fn reduce(picker: Picker, event: Event) -> (Picker, Option<Effect>) {
    match event {
        Event::Typed(text) if text.trim().is_empty() => (Picker { text, ..Picker::default() }, None),
        Event::Typed(text) => {
            let search = Effect::Search(text.clone());
            (Picker { text, active: None, open: true, ..picker }, Some(search))
        }
        Event::Found { query, hits, total } => {
            if query == picker.text {
                (Picker { options: hits, total, found_for: query, active: None, ..picker }, None)
            } else {
                (picker, None)
            }
        }
        Event::Show => (Picker { open: !picker.text.trim().is_empty(), ..picker }, None),
        Event::Hide => (Picker { open: false, active: None, ..picker }, None),
        Event::Down => {
            (move_to(picker, |active, last| if active == Some(last) { 0 } else { active.map_or(0, |at| at + 1) }), None)
        }
        Event::Up => (move_to(picker, |active, last| active.and_then(|at| at.checked_sub(1)).unwrap_or(last)), None),
        Event::CursorMoved => (Picker { active: None, ..picker }, None),
        Event::Enter => match picker.would_take() {
            Some(option) => take(picker, option),
            None => (picker, None),
        },
        Event::Escape if picker.open => (Picker { open: false, active: None, ..picker }, None),
        Event::Escape => (Picker::default(), None),
        Event::Backspace if picker.text.is_empty() => (picker, Some(Effect::RemoveLast)),
        Event::Backspace => (picker, None),
        Event::Clicked(option) => take(picker, option),
        Event::Left => (Picker { open: false, active: None, ..picker }, None),
    }
}

/// Opens the list, or moves within it.
fn move_to(picker: Picker, next: impl FnOnce(Option<usize>, usize) -> usize) -> Picker {
    match picker.options.len().checked_sub(1) {
        None => picker,
        Some(last) => Picker { active: Some(next(picker.active, last)), open: true, ..picker },
    }
}

fn take(picker: Picker, option: usize) -> (Picker, Option<Effect>) {
    match picker.options.get(option) {
        Some(hit) => (Picker::default(), Some(Effect::Pick(hit.song.clone()))),
        None => (picker, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str, titles: &[&str]) -> Event {
        let hit = |title: &&str| Hit {
            song: Song::new(*title, "The Beatles"),
            support: 7,
            title: vec![((*title).to_owned(), false)],
            artist: vec![("The Beatles".to_owned(), false)],
        };
        Event::Found { query: query.into(), hits: titles.iter().map(hit).collect(), total: titles.len() }
    }

    fn after(picker: Picker, event: Event) -> Picker {
        reduce(picker, event).0
    }

    /// "he" typed, three songs found.
    fn with_options() -> Picker {
        let picker = after(Picker::default(), Event::Typed("he".into()));
        after(picker, found("he", &["Help!", "Hey Jude", "Here Comes the Sun"]))
    }

    #[test]
    fn typing_opens_the_list_and_searches() {
        let (picker, effect) = reduce(Picker::default(), Event::Typed("he".into()));
        assert!(picker.open);
        assert_eq!(effect, Some(Effect::Search("he".into())));
        assert_eq!(with_options().options.len(), 3);
    }

    #[test]
    fn an_answer_to_an_earlier_text_is_dropped() {
        let picker = after(Picker::default(), Event::Typed("help".into()));
        let late = after(picker.clone(), found("he", &["Hey Jude"]));
        assert_eq!(late, picker);
    }

    #[test]
    fn options_stay_in_sight_while_the_next_text_is_searched_for() {
        let picker = after(with_options(), Event::Typed("hey".into()));
        assert_eq!(picker.options.len(), 3);
        assert!(!picker.is_current());
        // But Enter does not take what was found for something else.
        assert_eq!(reduce(picker.clone(), Event::Enter), (picker, None));
    }

    #[test]
    fn down_goes_through_the_options_and_around() {
        let mut picker = with_options();
        for expected in [0, 1, 2, 0] {
            picker = after(picker, Event::Down);
            assert_eq!(picker.active, Some(expected));
        }
    }

    #[test]
    fn up_begins_at_the_last_option() {
        let mut picker = with_options();
        for expected in [2, 1, 0, 2] {
            picker = after(picker, Event::Up);
            assert_eq!(picker.active, Some(expected));
        }
    }

    #[test]
    fn an_arrow_opens_a_closed_list_and_does_nothing_without_options() {
        let closed = after(with_options(), Event::Escape);
        assert!(!closed.open);
        assert_eq!(after(closed, Event::Down), Picker { active: Some(0), ..with_options() });
        assert_eq!(after(Picker::default(), Event::Down), Picker::default());
    }

    #[test]
    fn alt_with_an_arrow_shows_and_hides_the_list_and_chooses_nothing() {
        let hidden = after(after(with_options(), Event::Down), Event::Hide);
        assert_eq!((hidden.open, hidden.active, hidden.text.as_str()), (false, None, "he"));
        assert_eq!(after(hidden, Event::Show), with_options());
        assert_eq!(after(Picker::default(), Event::Show), Picker::default());
    }

    #[test]
    fn home_and_end_bring_the_focus_back_to_the_text() {
        let picker = after(after(with_options(), Event::Down), Event::CursorMoved);
        assert_eq!(picker, with_options());
    }

    #[test]
    fn enter_takes_the_active_option_and_empties_the_field() {
        let picker = after(after(with_options(), Event::Down), Event::Down);
        let (picker, effect) = reduce(picker, Event::Enter);
        assert_eq!(effect, Some(Effect::Pick(Song::new("Hey Jude", "The Beatles"))));
        assert_eq!(picker, Picker::default());
    }

    #[test]
    fn enter_takes_the_best_match_while_no_option_is_active() {
        let (_, effect) = reduce(with_options(), Event::Enter);
        assert_eq!(effect, Some(Effect::Pick(Song::new("Help!", "The Beatles"))));
    }

    #[test]
    fn enter_takes_nothing_from_a_closed_or_an_empty_list() {
        let closed = after(with_options(), Event::Escape);
        assert_eq!(reduce(closed.clone(), Event::Enter), (closed, None));
        let picker = after(Picker::default(), Event::Typed("xyzzy".into()));
        let empty = after(picker, found("xyzzy", &[]));
        assert_eq!(reduce(empty.clone(), Event::Enter), (empty, None));
    }

    #[test]
    fn escape_closes_the_list_and_then_empties_the_field() {
        let picker = after(with_options(), Event::Escape);
        assert_eq!((picker.open, picker.text.as_str()), (false, "he"));
        assert_eq!(after(picker, Event::Escape), Picker::default());
    }

    #[test]
    fn a_search_that_ends_after_escape_does_not_open_the_list_again() {
        let picker = after(after(Picker::default(), Event::Typed("he".into())), Event::Escape);
        let picker = after(picker, found("he", &["Help!"]));
        assert!(!picker.open);
        assert_eq!(picker.would_take(), None);
    }

    #[test]
    fn backspace_takes_the_last_song_off_only_when_the_field_is_empty() {
        assert_eq!(reduce(Picker::default(), Event::Backspace).1, Some(Effect::RemoveLast));
        assert_eq!(reduce(with_options(), Event::Backspace), (with_options(), None));
    }

    #[test]
    fn emptying_the_field_closes_the_list() {
        assert_eq!(after(with_options(), Event::Typed(String::new())), Picker::default());
    }

    #[test]
    fn a_click_takes_its_option_and_one_beyond_the_list_does_nothing() {
        assert_eq!(
            reduce(with_options(), Event::Clicked(2)).1,
            Some(Effect::Pick(Song::new("Here Comes the Sun", "The Beatles")))
        );
        assert_eq!(reduce(with_options(), Event::Clicked(3)), (with_options(), None));
    }

    #[test]
    fn leaving_closes_the_list_and_keeps_the_text() {
        let picker = after(after(with_options(), Event::Down), Event::Left);
        assert_eq!((picker.open, picker.active, picker.text.as_str()), (false, None, "he"));
    }
}
