//! What a playlist is about.

use super::random::Random;
use super::songs::{Catalogue, FAME, Mood, Song};
use super::style::Style;

/// The theme of a playlist: what decides how well a song fits.
#[derive(Clone, Debug)]
pub(super) struct Theme {
    /// What the playlist's maker began with.
    pub(super) kind: Kind,
    /// The styles in it, the leading one first.
    pub(super) styles: Vec<Style>,
    /// How well a song of each style fits, by [`Style::index`].
    style_weights: [u64; Style::COUNT],
    /// The decades it keeps to.
    pub(super) era: Option<Era>,
    /// The mood it is for.
    pub(super) mood: Option<Mood>,
    /// Artists that its maker loves, by index, with their names.
    pub(super) favourites: Vec<(usize, &'static str)>,
    /// How strictly it holds to style, era and mood.
    strictness: Strictness,
    /// How much fame counts, by a song's popularity.
    fame: [u64; 6],
    /// In how many of 100 cases the song after another is by the same artist.
    pub(super) clinging: u64,
    /// How many songs of 100 have nothing to do with the theme.
    pub(super) strays: u64,
}

/// What the maker of a playlist began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A style.
    Style,
    /// A decade.
    Decade,
    /// A mood.
    Mood,
    /// Some artists.
    Artists,
    /// Guests with different tastes.
    Crowd,
}

/// Years from `first` to `last`, both included; both are the ends of decades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Era {
    pub(super) first: u16,
    pub(super) last: u16,
}

impl Era {
    /// How many years `year` is away from the era: 0 inside.
    fn distance(self, year: u16) -> u16 {
        self.first.saturating_sub(year).max(year.saturating_sub(self.last))
    }
}

/// What is left, of 100, of the weight of a song that breaks a rule of the theme.
#[derive(Clone, Copy, Debug)]
struct Strictness {
    /// This one is the weight itself, beside those of [`weights_from_shares`].
    other_style: u64,
    near_era: u64,
    other_era: u64,
    other_mood: u64,
}

const STRICT: Strictness = Strictness { other_style: 0, near_era: 15, other_era: 0, other_mood: 5 };
const FAIR: Strictness = Strictness { other_style: 0, near_era: 35, other_era: 3, other_mood: 12 };
const LOOSE: Strictness = Strictness { other_style: 20, near_era: 60, other_era: 12, other_mood: 30 };

/// The share of the leading style, and what the other styles' shares count from.
const LEAD: u64 = 100;

/// How much more a favourite artist's songs are wanted.
const FAVOURITE: u64 = 6;

/// Years on both sides of an era that still sound like it.
const NEAR: u16 = 3;

/// Fame for playlists of hits, and for those of people who dig; [`FAME`] is between them.
const FAME_OF_HITS: [u64; 6] = [0, 2, 4, 10, 26, 64];
const FAME_OF_DIGGERS: [u64; 6] = [0, 14, 18, 22, 26, 30];

impl Theme {
    /// Draws a theme.
    pub(super) fn draw(catalogue: &'static Catalogue, random: &mut Random) -> Self {
        let kinds =
            [(Kind::Style, 46), (Kind::Decade, 17), (Kind::Mood, 15), (Kind::Artists, 14), (Kind::Crowd, 8_u64)];
        let kind = pick(random, &kinds, Kind::Style);
        let lead = pick(random, &Style::ALL.map(|style| (style, style.share())), Style::Pop);
        // The rest of the theme is what somebody would come to who has one song of the style in the ear.
        let anchor = catalogue.of_style_by_popularity(lead, random);
        let era = anchor.filter(|_| random.percent(kind.with_era())).map(|song| era_around(song.year, random));
        let mood = anchor
            .filter(|_| random.percent(kind.with_mood()))
            .and_then(|song| random.choose_by_weight(song.moods.iter().map(|mood| (mood, 1))));
        let breadth = random.between(kind.breadth().0, kind.breadth().1) as usize;
        let (styles, shares) = draw_styles(lead, breadth, kind == Kind::Crowd, random);
        let style_weights = weights_from_shares(catalogue, &shares);
        let strictness = pick(random, &[(STRICT, 4), (FAIR, 4), (LOOSE, 2)], FAIR);
        let fame = pick(
            random,
            &[(FAME, 5), (FAME_OF_HITS, if kind == Kind::Crowd { 8 } else { 3 }), (FAME_OF_DIGGERS, 2)],
            FAME,
        );
        let loved = match kind {
            Kind::Artists => random.between(2, 5),
            _ => random.between(0, 2),
        };
        let favourites = draw_favourites(catalogue, &styles, loved, random);
        let clinging = random.between(4, 24);
        let strays = random.between(0, 5);
        Self { kind, styles, style_weights, era, mood, favourites, strictness, fame, clinging, strays }
    }

    /// How much a song is wanted in the playlist: 0 never.
    pub(super) fn weight(&self, song: &Song) -> u64 {
        let style = match self.style_weights[song.style.index()] {
            0 => self.strictness.other_style,
            weight => weight,
        };
        if style == 0 {
            return 0;
        }
        let era = match self.era.map_or(0, |era| era.distance(song.year)) {
            0 => 100,
            1..=NEAR => self.strictness.near_era,
            _ => self.strictness.other_era,
        };
        let mood = match self.mood {
            Some(mood) if !song.moods.contains(mood) => self.strictness.other_mood,
            _ => 100,
        };
        let loved = self.favourites.iter().any(|&(artist, _)| artist == song.artist_index);
        self.fame[usize::from(song.popularity)] * style * era * mood * if loved { FAVOURITE } else { 1 }
    }
}

impl Kind {
    /// In how many of 100 cases the playlist keeps to an era.
    fn with_era(self) -> u64 {
        match self {
            Self::Style => 35,
            Self::Decade => 100,
            Self::Mood | Self::Artists => 15,
            Self::Crowd => 10,
        }
    }

    /// In how many of 100 cases the playlist is for a mood.
    fn with_mood(self) -> u64 {
        match self {
            Self::Style => 30,
            Self::Decade => 20,
            Self::Mood => 100,
            Self::Artists => 5,
            Self::Crowd => 60,
        }
    }

    /// The fewest and the most styles in it.
    fn breadth(self) -> (u64, u64) {
        match self {
            Self::Style => (1, 4),
            Self::Decade => (3, 6),
            Self::Mood => (2, 5),
            Self::Artists => (1, 3),
            Self::Crowd => (7, 11),
        }
    }
}

/// The decade of `year`, often with the one before or after it.
fn era_around(year: u16, random: &mut Random) -> Era {
    let first = year - year % 10;
    match random.below(5) {
        0 => Era { first: first - 10, last: first + 9 },
        1 => Era { first, last: first + 19 },
        _ => Era { first, last: first + 9 },
    }
}

/// `breadth` styles that begin with `lead` and go from neighbour to neighbour, each with a smaller share than the one it
/// came from; a crowd's are almost equal.
fn draw_styles(lead: Style, breadth: usize, crowd: bool, random: &mut Random) -> (Vec<Style>, [u64; Style::COUNT]) {
    let mut styles = vec![lead];
    let mut shares = [0; Style::COUNT];
    shares[lead.index()] = LEAD;
    // Everything may be next to everything once in a while: the attempts are bounded, so is the walk.
    for _ in 0..4 * breadth {
        if styles.len() == breadth {
            break;
        }
        let from = if random.percent(70) { lead } else { *random.choose(&styles) };
        let next = pick(random, from.neighbours(), lead);
        if shares[next.index()] == 0 {
            let kept = if crowd { random.between(60, 95) } else { random.between(20, 60) };
            shares[next.index()] = shares[from.index()] * kept / 100;
            styles.push(next);
        }
    }
    (styles, shares)
}

/// What a song weighs for its style. Were it the style's share alone, the many songs of a large style would drown the few
/// of a small one that leads; divided by the whole fame of the style, a small style in a minor part would be there with
/// every song it has. The root of it is between the two.
fn weights_from_shares(catalogue: &Catalogue, shares: &[u64; Style::COUNT]) -> [u64; Style::COUNT] {
    let mut weights = [0; Style::COUNT];
    for ((weight, share), fame) in weights.iter_mut().zip(shares).zip(&catalogue.fame_of_style) {
        *weight = share * 1_000 / fame.isqrt().max(1);
    }
    weights
}

/// Up to `wanted` artists of the theme's styles.
fn draw_favourites(
    catalogue: &'static Catalogue,
    styles: &[Style],
    wanted: u64,
    random: &mut Random,
) -> Vec<(usize, &'static str)> {
    let mut favourites: Vec<(usize, &'static str)> = Vec::new();
    for turn in 0..wanted {
        // The first is of the leading style.
        let style = if turn == 0 { styles[0] } else { *random.choose(styles) };
        if let Some(song) = catalogue.of_style_by_popularity(style, random) {
            let artist = (song.artist_index, song.artist.as_str());
            if !favourites.contains(&artist) {
                favourites.push(artist);
            }
        }
    }
    favourites
}

/// One of `choices` by weight; `otherwise` if none has any.
fn pick<T: Copy>(random: &mut Random, choices: &[(T, u64)], otherwise: T) -> T {
    random.choose_by_weight(choices.iter().copied()).unwrap_or(otherwise)
}
