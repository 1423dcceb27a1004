//! A list from elsewhere, on its way into a playlist: what each line means, as far as the model knows, and what the
//! listener decides where it does not.
//!
//! The questions are ordinary requests for suggestions, so that whoever answers those (the model here or the server) reads
//! lists too. [`Import::questions`] says what to ask and [`Import::answered`] takes the answer, until there is nothing more
//! to ask.

use segue_model::api::{MAX_SEEDS, Request, Response, SongQuery, Tier};

use super::song::Song;

/// Unknown songs of one request that get suggestions.
const EXPLAINED_UNKNOWN: usize = 20;

/// How many times more of them are asked for. What is far from everything in long lists is not worth more.
const NEAREST_ROUNDS: u8 = 10;

/// A line, as it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The title; artist and title in one where the artist is empty.
    pub title: String,
    /// The artist, where it is known apart from the title.
    pub artist: String,
    /// The song's URI, or nothing.
    pub uri: String,
}

/// A list being read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// The list's name, or nothing.
    pub name: String,
    /// Lines that name no song, or came after the last one that fits.
    pub left_over: usize,
    /// Its lines, in order.
    pub rows: Vec<Row>,
    stage: Stage,
}

/// How far the way of a list into a playlist is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Importing {
    /// A list is asked for.
    #[default]
    Asking,
    /// It is being read.
    Reading,
    /// It could not be read; why, and what to do.
    Failed(String),
    /// It is read, and waits for the listener's decisions.
    Read(Import),
}

/// What a line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line.
    pub given: Given,
    /// How it was understood.
    pub verdict: Verdict,
    /// The songs it may mean, the likeliest first.
    pub options: Vec<Song>,
    /// Which of them is taken; `None` to leave the line out.
    pub choice: Option<usize>,
    /// Names of `options`, as the model gave them.
    names: Vec<String>,
    /// Whether the nearest songs were asked for on their own.
    searched: bool,
}

/// How a line was understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// It means one song.
    Sure,
    /// It may mean several; the best known is taken.
    Ambiguous,
    /// Only its artist is known.
    ArtistOnly,
    /// Nothing of that name is known.
    #[default]
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Asking for this reading of each line that is not understood yet.
    Reading(usize),
    /// Asking for the nearest songs to lines that got none: an answer has them for its first few unknown songs only.
    /// So many more times.
    Nearest(u8),
    /// Asking what the names of the options stand for.
    Naming,
    Done,
}

impl Default for Stage {
    fn default() -> Self {
        Self::Reading(0)
    }
}

impl Import {
    /// Begins to read a list.
    #[must_use]
    pub fn new(name: String, lines: Vec<Given>, unreadable: usize) -> Self {
        let all = lines.len();
        let askable = |line: &Given| line.as_song().can_be_asked_for();
        let row = |given| Row {
            given,
            verdict: Verdict::Unknown,
            options: Vec::new(),
            choice: None,
            names: Vec::new(),
            searched: false,
        };
        let rows: Vec<Row> = lines.into_iter().filter(askable).take(MAX_SEEDS).map(row).collect();
        Self { name, left_over: unreadable + all - rows.len(), rows, stage: Stage::default() }
    }

    /// What to ask next; `None` when everything is read.
    pub fn questions(&mut self) -> Option<Request> {
        loop {
            let songs = match self.stage {
                Stage::Reading(reading) => self.open_rows(reading).map(|(_, query)| query).collect(),
                Stage::Nearest(_) => self.far_rows().map(|at| self.rows[at].given.as_song().query()).collect(),
                Stage::Naming => self.names().into_iter().map(SongQuery::Text).collect::<Vec<_>>(),
                Stage::Done => return None,
            };
            if songs.is_empty() {
                self.next_stage();
            } else {
                return Some(Request { limit: 1, explain: true, ..Request::new(songs) });
            }
        }
    }

    /// Takes the answer to [`Import::questions`].
    pub fn answered(&mut self, response: &Response) {
        match self.stage {
            Stage::Reading(reading) => {
                let asked: Vec<(usize, SongQuery)> = self.open_rows(reading).collect();
                let queries = asked.iter().map(|(_, query)| query.to_string());
                for ((at, _), meaning) in asked.iter().zip(meanings(response, queries)) {
                    self.rows[*at].take(meaning);
                }
            }
            Stage::Nearest(_) => {
                let asked: Vec<usize> = self.far_rows().collect();
                let queries: Vec<String> =
                    asked.iter().map(|&at| self.rows[at].given.as_song().query().to_string()).collect();
                for (at, meaning) in asked.into_iter().zip(meanings(response, queries.into_iter())) {
                    self.rows[at].take(meaning);
                    self.rows[at].searched = true;
                }
            }
            Stage::Naming => {
                let names = self.names();
                let songs: Vec<Option<Song>> = meanings(response, names.iter().cloned())
                    .map(|meaning| match meaning {
                        Meaning::Matched { song, .. } => Some(song),
                        Meaning::Unknown(_) => None,
                    })
                    .collect();
                let song_of = |name: &String| songs[names.iter().position(|other| other == name)?].clone();
                for row in &mut self.rows {
                    row.options.extend(row.names.iter().filter_map(song_of));
                }
            }
            Stage::Done => return,
        }
        self.next_stage();
    }

    /// Lines understood in this way.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.rows.iter().filter(|row| row.verdict == verdict).count()
    }

    /// The songs that are taken, in order.
    #[must_use]
    pub fn songs(&self) -> Vec<Song> {
        self.rows.iter().filter_map(|row| row.options.get(row.choice?).cloned()).collect()
    }

    /// Takes another option for a line, or leaves it out.
    pub fn choose(&mut self, row: usize, option: Option<usize>) {
        if let Some(row) = self.rows.get_mut(row) {
            row.choice = option.filter(|&option| option < row.options.len());
        }
    }

    fn next_stage(&mut self) {
        self.stage = match self.stage {
            Stage::Reading(reading) if self.open_rows(reading + 1).next().is_some() => Stage::Reading(reading + 1),
            Stage::Reading(_) => Stage::Nearest(NEAREST_ROUNDS),
            Stage::Nearest(left) if left > 0 && self.far_rows().next().is_some() => Stage::Nearest(left - 1),
            Stage::Nearest(_) => Stage::Naming,
            Stage::Naming | Stage::Done => {
                if self.stage == Stage::Naming {
                    self.rows.iter_mut().for_each(Row::settle);
                }
                Stage::Done
            }
        };
    }

    /// Lines that are not understood yet, as far as they can be read in so many ways.
    fn open_rows(&self, reading: usize) -> impl Iterator<Item = (usize, SongQuery)> {
        let open = self.rows.iter().enumerate().filter(|(_, row)| !row.is_understood());
        open.filter_map(move |(at, row)| Some((at, row.given.readings().into_iter().nth(reading)?)))
    }

    /// The next few lines of which nothing is known, not even what is near.
    fn far_rows(&self) -> impl Iterator<Item = usize> {
        let is_far = |row: &Row| row.verdict == Verdict::Unknown && row.names.is_empty() && row.options.is_empty();
        let far = self.rows.iter().enumerate().filter(move |(_, row)| !row.searched && is_far(row));
        far.map(|(at, _)| at).take(EXPLAINED_UNKNOWN)
    }

    /// Names of options, none twice; no more than fit a request.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.rows.iter().flat_map(|row| &row.names) {
            if names.len() < MAX_SEEDS && !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }
}

impl Given {
    /// The line in one piece.
    #[must_use]
    pub fn line(&self) -> String {
        if self.artist.is_empty() { self.title.clone() } else { format!("{} \u{2013} {}", self.artist, self.title) }
    }

    fn as_song(&self) -> Song {
        Song::new(&self.title, &self.artist)
    }

    /// What the line may mean, the likeliest first.
    fn readings(&self) -> Vec<SongQuery> {
        let text = |text: &str| SongQuery::Text(text.to_owned());
        let named = |title: &str, artist: &str| SongQuery::Named { title: title.into(), artist: artist.into() };
        let mut readings = vec![self.as_song().query()];
        if !self.uri.is_empty() {
            readings.push(text(&self.uri));
        }
        if !self.artist.is_empty() {
            // "Simon & Garfunkel, Someone Else": the first artist is the one that catalogues have.
            if let Some((first, _)) = self.artist.split_once([',', ';']) {
                readings.push(named(&self.title, first.trim()));
            }
            return readings;
        }
        let bare = without_bullet(&self.title);
        let dashed = bare.replace(" \u{2013} ", " - ").replace(" \u{2014} ", " - ");
        if dashed != self.title {
            readings.push(text(&dashed));
        }
        if let Some((left, right)) = bare.split_once('\t') {
            readings.push(named(left, right));
        }
        if let Some((title, artist)) = bare.rsplit_once(" by ") {
            readings.push(named(title, artist));
        }
        readings
    }
}

/// A line of a list without its number or bullet.
fn without_bullet(line: &str) -> &str {
    let after_number = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let after = match after_number.strip_prefix(['.', ')']) {
        Some(rest) if after_number.len() < line.len() => rest,
        _ => line.strip_prefix(['-', '*', '\u{2022}']).unwrap_or(line),
    };
    if after.starts_with(char::is_whitespace) { after.trim_start() } else { line }
}

impl Row {
    fn is_understood(&self) -> bool {
        matches!(self.verdict, Verdict::Sure | Verdict::Ambiguous)
    }

    /// Whether the listener should look at it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.verdict != Verdict::Sure
    }

    fn take(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Matched { tier: Tier::Artist, alternatives, .. } => {
                self.verdict = Verdict::ArtistOnly;
                self.names = alternatives;
            }
            // A song of that title by somebody else: near, but not what was meant.
            Meaning::Matched { tier, song, alternatives }
                if !self.given.artist.is_empty() && !matches!(tier, Tier::ArtistTitle | Tier::Uri) =>
            {
                self.verdict = Verdict::Unknown;
                self.options = vec![song];
                self.names = alternatives;
            }
            Meaning::Matched { song, alternatives, .. } => {
                self.verdict = if alternatives.is_empty() { Verdict::Sure } else { Verdict::Ambiguous };
                self.options = vec![song];
                self.names = alternatives;
            }
            Meaning::Unknown(suggestions) if self.names.is_empty() && self.options.is_empty() => {
                self.names = suggestions;
            }
            Meaning::Unknown(_) => {}
        }
    }

    /// Decides for the listener what is most likely wanted.
    fn settle(&mut self) {
        let mut seen = Vec::new();
        self.options.retain(|song| {
            !seen.contains(song) && {
                seen.push(song.clone());
                true
            }
        });
        if self.is_understood() {
            self.choice = Some(0);
            return;
        }
        // A song that the model does not know can be kept for the sake of the list, and an artist speaks even so. A mere
        // line may be anything.
        let as_it_is = self.options.len();
        self.options.push(self.given.as_song());
        self.choice = (self.verdict == Verdict::ArtistOnly || !self.given.artist.is_empty()).then_some(as_it_is);
    }
}

/// What an answer says of one query.
enum Meaning {
    Matched { song: Song, tier: Tier, alternatives: Vec<String> },
    Unknown(Vec<String>),
}

/// What an answer says of each query: it lists those found and those not found apart, both in the order asked.
fn meanings(response: &Response, queries: impl Iterator<Item = String>) -> impl Iterator<Item = Meaning> {
    let mut matched = response.matched.iter().flatten().peekable();
    let mut unknown = response.unknown.iter().flatten().peekable();
    queries.map(move |query| match matched.next_if(|found| found.query == query) {
        Some(found) => Meaning::Matched {
            song: Song::new(&found.title, &found.artist),
            tier: found.tier,
            alternatives: found.alternatives.clone(),
        },
        None => {
            let next = unknown.next_if(|other| other.query == query);
            Meaning::Unknown(next.map(|other| other.suggestions.clone()).unwrap_or_default())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::engine::tests::model_of;

    const SONGS: [(&str, &str); 6] = [
        ("Yesterday", "The Beatles"),
        ("Home", "Edward Sharpe"),
        ("Home", "Michael Bublé"),
        ("Jolene", "Dolly Parton"),
        ("America", "Simon & Garfunkel"),
        ("99 Problems", "Jay-Z"),
    ];

    fn import(lines: Vec<Given>) -> Import {
        let mut engine = Engine::open(&model_of(&SONGS)).expect("a model file");
        let mut import = Import::new("List".into(), lines, 0);
        while let Some(request) = import.questions() {
            import.answered(&engine.answer(&request).expect("every question is valid"));
        }
        import
    }

    fn line(text: &str) -> Given {
        Given { title: text.into(), ..Given::default() }
    }

    fn named(title: &str, artist: &str) -> Given {
        Given { title: title.into(), artist: artist.into(), uri: String::new() }
    }

    fn only(given: Given) -> Row {
        import(vec![given]).rows.remove(0)
    }

    #[test]
    fn lines_are_read_however_lists_are_written() {
        let yesterday = Song::new("Yesterday", "The Beatles");
        for text in [
            "Yesterday",
            "The Beatles - Yesterday",
            "Yesterday - the beatles",
            "1. Yesterday",
            "12) The Beatles \u{2013} Yesterday",
            "- Yesterday by The Beatles",
            "\u{2022} Yesterday",
            "Yesterday\tThe Beatles",
            "The Beatles\tYesterday",
        ] {
            let row = only(line(text));
            assert_eq!((row.verdict, &row.options[..]), (Verdict::Sure, &[yesterday.clone()][..]), "{text}");
        }
        assert_eq!(only(line("99 Problems")).options[0].title, "99 Problems");
    }

    #[test]
    fn of_several_artists_the_first_counts_unless_all_are_one() {
        assert_eq!(only(named("Jolene", "Dolly Parton, Someone")).verdict, Verdict::Sure);
        assert_eq!(only(named("America", "Simon & Garfunkel;Someone")).verdict, Verdict::Sure);
    }

    #[test]
    fn a_title_of_several_songs_is_a_choice() {
        let mut import = import(vec![line("Home"), line("Jolene")]);
        assert_eq!((import.count(Verdict::Ambiguous), import.count(Verdict::Sure)), (1, 1));
        assert_eq!(import.rows[0].options.len(), 2);
        assert_eq!(import.songs()[0], Song::new("Home", "Edward Sharpe"));
        import.choose(0, Some(1));
        assert_eq!(import.songs()[0], Song::new("Home", "Michael Bublé"));
        import.choose(0, None);
        assert_eq!(import.songs(), [Song::new("Jolene", "Dolly Parton")]);
    }

    #[test]
    fn a_misspelt_title_has_its_nearest_songs_to_choose_from_and_is_left_out_until_then() {
        let mut import = import(vec![line("Yesterdey")]);
        assert_eq!(import.rows[0].verdict, Verdict::Unknown);
        assert_eq!(import.rows[0].options, [Song::new("Yesterday", "The Beatles"), Song::new("Yesterdey", "")]);
        assert_eq!(import.songs(), []);
        import.choose(0, Some(0));
        assert_eq!(import.songs(), [Song::new("Yesterday", "The Beatles")]);
    }

    #[test]
    fn every_misspelt_title_of_a_long_list_has_its_nearest_songs() {
        let lines = (0..50).map(|at| line(if at % 2 == 0 { "Yesterdey" } else { "Jolenne" })).collect();
        assert!(import(lines).rows.iter().all(|row| row.options.len() == 2));
    }

    #[test]
    fn a_song_that_is_not_known_is_kept_as_it_is() {
        let obscure = Song::new("Nobody Knows This", "No One");
        assert_eq!(import(vec![named("Nobody Knows This", "No One")]).songs(), [obscure]);
        let row = only(named("Home", "No One"));
        assert_eq!(row.verdict, Verdict::Unknown, "a song of that title by somebody else is another song");
        assert_eq!(row.options[row.choice.expect("kept")], Song::new("Home", "No One"));
        assert!(row.options.contains(&Song::new("Home", "Michael Bublé")));
    }

    #[test]
    fn a_known_artist_speaks_even_where_the_song_is_not_known() {
        let row = only(named("Coat of Many Colours", "Dolly Parton"));
        assert_eq!(row.verdict, Verdict::ArtistOnly);
        assert_eq!(
            row.options,
            [Song::new("Jolene", "Dolly Parton"), Song::new("Coat of Many Colours", "Dolly Parton")]
        );
        assert_eq!(row.choice, Some(1));
    }

    #[test]
    fn what_cannot_be_asked_for_is_counted() {
        let mut lines = vec![line("Jolene"); MAX_SEEDS + 2];
        lines[0] = line(&"x".repeat(2_000));
        let import = Import::new(String::new(), lines, 3);
        assert_eq!((import.rows.len(), import.left_over), (MAX_SEEDS, 5));
    }

    #[test]
    fn an_empty_list_asks_nothing() {
        assert_eq!(Import::new(String::new(), Vec::new(), 0).questions(), None);
    }
}
