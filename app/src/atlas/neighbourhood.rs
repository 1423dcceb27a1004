//! The neighbourhood of a song: the songs that go with it best, and which of them go with one another.

use segue_model::Model;
use segue_model::song::SongId;

/// Songs around the one in the middle.
pub const AROUND: usize = 12;

/// A song and its strongest neighbours, as a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbourhood {
    /// The song in the middle, then those around it, the strongest first, clockwise from the top.
    pub songs: Vec<SongId>,
    /// What joins them.
    pub edges: Vec<Edge>,
}

/// Two songs that go together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Place of one song in [`Neighbourhood::songs`]; 0 is the middle.
    pub one: usize,
    /// Place of the other, larger than `one`.
    pub other: usize,
    /// Playlists with both; `None` without the evidence section.
    pub together: Option<u32>,
    /// Playlists with the first.
    pub support: u32,
    /// Playlists with the other.
    pub other_support: u32,
    /// The pair's weight, 0 to 1, relative to the strongest in the picture.
    pub strength: f64,
}

/// The neighbourhood of a song.
#[must_use]
pub fn neighbourhood(model: &Model, middle: SongId) -> Neighbourhood {
    let pairs = model.pairs();
    let mut around: Vec<(f64, SongId)> = pairs.neighbours(middle).map(|(song, weight)| (weight, song)).collect();
    segue_model::sort::sort_by(&mut around, |left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
    around.truncate(AROUND);
    let songs: Vec<SongId> = std::iter::once(middle).chain(around.into_iter().map(|(_, song)| song)).collect();
    let strongest = pairs.scale().high;
    let mut edges = Vec::new();
    for one in 0..songs.len() {
        for other in one + 1..songs.len() {
            if let Some(weight) = pairs.weight(songs[one], songs[other]) {
                let support = |song: usize| model.catalogue().support(songs[song]).0;
                edges.push(Edge {
                    one,
                    other,
                    together: together(model, songs[one], songs[other]),
                    support: support(one),
                    other_support: support(other),
                    strength: if strongest > 0.0 { weight } else { weight.min(1.0) },
                });
            }
        }
    }
    let most = edges.iter().map(|edge| edge.strength).fold(0.0, f64::max);
    if most > 0.0 {
        for edge in &mut edges {
            edge.strength /= most;
        }
    }
    Neighbourhood { songs, edges }
}

/// Playlists with both songs.
#[must_use]
pub fn together(model: &Model, one: SongId, other: SongId) -> Option<u32> {
    let at = model.pairs().pair_index(one, other)?;
    model.evidence()?.together(at)
}

/// Where the songs of a picture are, in a square from −1 to 1: the first in the middle, the others on a circle.
#[must_use]
pub fn places(count: usize) -> Vec<(f64, f64)> {
    std::iter::once((0.0, 0.0)).chain(CLOCK).take(count).collect()
}

/// The hours of a clock, from twelve on: written out, because sines would weigh more than the rest of the picture.
const CLOCK: [(f64, f64); AROUND] = {
    const LONG: f64 = 0.866_025_403_784_438_6;
    [
        (0.0, -1.0),
        (0.5, -LONG),
        (LONG, -0.5),
        (1.0, 0.0),
        (LONG, 0.5),
        (0.5, LONG),
        (0.0, 1.0),
        (-0.5, LONG),
        (-LONG, 0.5),
        (-1.0, 0.0),
        (-LONG, -0.5),
        (-0.5, -LONG),
    ]
};

/// The song that an arrow key leads to: left and right go around, up goes out, down to the middle.
#[must_use]
pub fn walk(count: usize, from: usize, key: &str) -> Option<usize> {
    let last = count.checked_sub(1).filter(|&last| last > 0)?;
    match (key, from) {
        ("ArrowRight" | "ArrowUp", 0) => Some(1),
        ("ArrowLeft", 0) => Some(last),
        ("ArrowRight", from) => Some(if from == last { 1 } else { from + 1 }),
        ("ArrowLeft", from) => Some(if from == 1 { last } else { from - 1 }),
        ("ArrowDown", from) if from > 0 => Some(0),
        ("Home", _) => Some(0),
        ("End", _) => Some(last),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use segue_model::catalogue::{CatalogueParts, Names};
    use segue_model::file::{Parts, TailParts, write};
    use segue_model::fold::FoldTable;
    use segue_model::metadata::Metadata;
    use segue_model::pairs::{ForwardPairs, Scale};
    use segue_model::rules::{Rule, RuleTable};
    use segue_model::song::{ArtistId, Support};

    use super::*;

    /// Four songs of two artists; all pairs but that of the last two, and one rule with two songs before it.
    pub(crate) fn model() -> Model {
        let mut metadata = Metadata { model_date: "2026-11-12T08:00:00Z".into(), ..Metadata::default() };
        metadata.data_set.playlists = 100;
        let parts = Parts {
            metadata,
            catalogue: CatalogueParts {
                titles: Names::new(["Yesterday", "Bohemian Rhapsody", "Help!", "Jolene"]),
                artists: Names::new(["The Beatles", "Queen", "Dolly Parton"]),
                song_artists: [0, 1, 0, 2].map(ArtistId).into(),
                supports: [50, 40, 30, 20].map(Support).into(),
                works: (0..4).map(SongId).collect(),
                fold: FoldTable::default(),
            },
            scale: Scale { low: -3.0, high: 0.0 },
            together: vec![20, 18, 5, 9, 4],
            pairs: ForwardPairs { ends: vec![3, 5, 5, 5], others: vec![1, 2, 3, 2, 3], levels: vec![15, 14, 3, 8, 2] },
            rules: RuleTable::new(vec![Rule {
                consequent: SongId(2),
                antecedent: vec![SongId(0), SongId(1)],
                together: Support(8),
                antecedent_support: Support(20),
            }]),
            tail: TailParts::default(),
            uris: None,
        };
        Model::open(&write(parts).expect("the parts fit together")).expect("a model file")
    }

    #[test]
    fn a_song_is_in_the_middle_of_those_that_go_with_it() {
        let model = model();
        let picture = neighbourhood(&model, SongId(0));
        assert_eq!(picture.songs, [0, 1, 2, 3].map(SongId));
        let edge = picture.edges.iter().find(|edge| (edge.one, edge.other) == (0, 1)).expect("an edge");
        assert_eq!((edge.together, edge.support, edge.other_support), (Some(20), 50, 40));
        assert!((edge.strength - 1.0).abs() < 1e-12, "the strongest");
        assert!(picture.edges.iter().all(|edge| edge.together.is_some()), "evidence on every edge");
        assert!(!picture.edges.iter().any(|edge| (edge.one, edge.other) == (2, 3)), "those two do not go together");
    }

    #[test]
    fn songs_lie_on_a_circle_around_the_first() {
        let places = places(5);
        assert_eq!(places[0], (0.0, 0.0));
        assert!((places[1].1 + 1.0).abs() < 1e-12, "the strongest at the top");
        assert!(places[1..].iter().all(|(x, y)| (x * x + y * y - 1.0).abs() < 1e-12));
        assert!(places[2].0 > 0.4 && places[4].0 > 0.9, "and on clockwise");
    }

    #[test]
    fn arrows_go_around_the_circle_and_to_the_middle() {
        assert_eq!(walk(4, 0, "ArrowRight"), Some(1));
        assert_eq!(walk(4, 3, "ArrowRight"), Some(1));
        assert_eq!(walk(4, 1, "ArrowLeft"), Some(3));
        assert_eq!(walk(4, 2, "ArrowDown"), Some(0));
        assert_eq!(walk(4, 0, "ArrowDown"), None);
        assert_eq!(walk(1, 0, "ArrowRight"), None);
        assert_eq!(walk(4, 2, "x"), None);
    }
}
