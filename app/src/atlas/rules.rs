//! Rules as the page shows them: filtered, sorted, and only as many drawn as are in sight.

use segue_model::Model;
use segue_model::rules::Rule;
use segue_model::song::{SongId, Support};
use segue_model::sort::sort_by;

/// Most rules in a table. Beyond that the best supported are shown: nobody scrolls through a million rows.
pub const MOST: usize = 100_000;

/// A rule antecedent → consequent with its counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// One song or more.
    pub antecedent: Box<[SongId]>,
    /// The song that follows.
    pub consequent: SongId,
    /// Playlists with all of them.
    pub together: u32,
    /// Playlists with the antecedent.
    pub support: u32,
    /// How many times more often the consequent follows than chance would have it.
    pub lift: f64,
}

impl Row {
    /// The part of the playlists with the antecedent that also have the consequent, 0 to 1.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        f64::from(self.together) / f64::from(self.support.max(1))
    }
}

/// The rules of a model, the best supported first, at most `most` of them; and how many there are.
///
/// Pairs are rules in both directions. Without the evidence section pairs have no counts and are left out.
#[must_use]
pub fn rows(model: &Model, most: usize) -> (Vec<Row>, u64) {
    let playlists = f64::from(model.metadata().data_set.playlists.max(1));
    let catalogue = model.catalogue();
    let row = |antecedent: Box<[SongId]>, consequent: SongId, together: u32, support: Support| {
        let expected = support.as_f64() * catalogue.support(consequent).as_f64();
        let lift = if expected > 0.0 { f64::from(together) * playlists / expected } else { 0.0 };
        Row { antecedent, consequent, together, support: support.0, lift }
    };
    let several: Vec<Rule<&[SongId]>> = model.rules().map(|rules| rules.all().collect()).unwrap_or_default();
    let pairs = model.pairs().forward_pairs();
    let counts: Vec<u32> = model.evidence().map(|evidence| evidence.all().collect()).unwrap_or_default();
    let all = several.len() as u64 + 2 * counts.len() as u64;

    // A support that no more than `most` rules reach is found first, so that the others are never made.
    let supports = several.iter().map(|rule| (rule.together.0, 1)).chain(counts.iter().map(|&count| (count, 2)));
    let least = least_support(supports, most);
    let mut rows: Vec<Row> = several
        .iter()
        .filter(|rule| rule.together.0 >= least)
        .map(|rule| row(rule.antecedent.into(), rule.consequent, rule.together.0, rule.antecedent_support))
        .collect();
    let mut begin = 0;
    for (song, &end) in pairs.ends.iter().enumerate() {
        let one = SongId(song as u32);
        for at in begin..end as usize {
            let Some(&together) = counts.get(at).filter(|&&together| together >= least) else { continue };
            let other = SongId(pairs.others[at]);
            rows.push(row([one].into(), other, together, catalogue.support(one)));
            rows.push(row([other].into(), one, together, catalogue.support(other)));
        }
        begin = end as usize;
    }
    sort_by(&mut rows, |left, right| {
        let by_support = right.together.cmp(&left.together);
        by_support.then_with(|| left.antecedent.cmp(&right.antecedent)).then(left.consequent.cmp(&right.consequent))
    });
    rows.truncate(most);
    (rows, all)
}

/// Supports beyond this one are told apart no further when rules are too many.
const MOST_COUNTED: usize = 1 << 20;

/// The largest support that at least `most` rules reach, given supports and how many rules have each; 0 where there are
/// not so many rules.
fn least_support(supports: impl Iterator<Item = (u32, usize)>, most: usize) -> u32 {
    let mut rules_with: Vec<usize> = Vec::new();
    for (support, rules) in supports {
        let support = (support as usize).min(MOST_COUNTED);
        if support >= rules_with.len() {
            rules_with.resize(support + 1, 0);
        }
        rules_with[support] += rules;
    }
    let mut reached = 0;
    let reaches = |rules: &usize| {
        reached += *rules;
        reached >= most
    };
    rules_with.iter().rposition(reaches).unwrap_or(0) as u32
}

/// What rules can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The name of the first song.
    Antecedent,
    /// The name of the song that follows.
    Consequent,
    /// Playlists with all songs.
    Support,
    /// Confidence.
    Confidence,
    /// Lift.
    Lift,
}

impl Column {
    /// All, from left to right.
    pub const ALL: [Self; 5] = [Self::Antecedent, Self::Consequent, Self::Support, Self::Confidence, Self::Lift];

    /// Whether the largest comes first when this column is chosen: names begin at A, numbers at the top.
    #[must_use]
    pub fn begins_with_largest(self) -> bool {
        !matches!(self, Self::Antecedent | Self::Consequent)
    }
}

/// Which rules are shown, in which order.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Words that one song of the antecedent must have, in title or artist; empty for any.
    pub antecedent: String,
    /// The same for the consequent.
    pub consequent: String,
    /// Playlists that must have all songs.
    pub support: u32,
    /// Least confidence in hundredths.
    pub confidence: u32,
    /// Least lift.
    pub lift: u32,
    /// What is sorted by.
    pub column: Column,
    /// Whether the largest comes first.
    pub largest_first: bool,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            antecedent: String::new(),
            consequent: String::new(),
            support: 0,
            confidence: 0,
            lift: 0,
            column: Column::Support,
            largest_first: true,
        }
    }
}

impl Query {
    /// The query after a click on the head of a column: sorted by it, or the other way round if it was already.
    #[must_use]
    pub fn sorted_by(self, column: Column) -> Self {
        let largest_first = if self.column == column { !self.largest_first } else { column.begins_with_largest() };
        Self { column, largest_first, ..self }
    }
}

/// Places in `rows` of the rules that a query asks for, in its order. Equal ones stay in the order of `rows`.
#[must_use]
pub fn select(model: &Model, rows: &[Row], query: &Query) -> Vec<u32> {
    let (before, after) = (named(model, &query.antecedent), named(model, &query.consequent));
    let is_named = |named: &Option<Vec<bool>>, song: &SongId| match named {
        Some(named) => named.get(song.0 as usize) == Some(&true),
        None => true,
    };
    let least_confidence = f64::from(query.confidence) / 100.0;
    let is_asked = |row: &Row| {
        row.together >= query.support
            && row.confidence() >= least_confidence
            && row.lift >= f64::from(query.lift)
            && row.antecedent.iter().any(|song| is_named(&before, song))
            && is_named(&after, &row.consequent)
    };
    let mut places: Vec<u32> = (0..rows.len() as u32).filter(|&place| is_asked(&rows[place as usize])).collect();
    // Names are compared by their rank: once sorted, not for every comparison.
    let ranks = match query.column {
        Column::Antecedent | Column::Consequent => ranks(model),
        _ => Vec::new(),
    };
    let key = |place: u32| {
        let row = &rows[place as usize];
        let rank = |song: Option<&SongId>| {
            song.and_then(|song| ranks.get(song.0 as usize)).map_or(0.0, |&rank| f64::from(rank))
        };
        match query.column {
            Column::Antecedent => rank(row.antecedent.first()),
            Column::Consequent => rank(Some(&row.consequent)),
            Column::Support => f64::from(row.together),
            Column::Confidence => row.confidence(),
            Column::Lift => row.lift,
        }
    };
    let mut keyed: Vec<(f64, u32)> = places.iter().map(|&place| (key(place), place)).collect();
    sort_by(&mut keyed, |left, right| {
        let order = left.0.total_cmp(&right.0);
        if query.largest_first { order.reverse() } else { order }.then(left.1.cmp(&right.1))
    });
    places.clear();
    places.extend(keyed.into_iter().map(|(_, place)| place));
    places
}

/// For each song whether its title and artist have all words of a text; `None` if it has none.
fn named(model: &Model, text: &str) -> Option<Vec<bool>> {
    let catalogue = model.catalogue();
    let text = catalogue.fold().plain(text);
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let has_all = |song: SongId| {
        let (title, artist) = (catalogue.plain_title(song), catalogue.plain_artist(song));
        words.iter().all(|word| title.contains(word) || artist.contains(word))
    };
    if words.is_empty() { None } else { Some(catalogue.songs().map(has_all).collect()) }
}

/// For each song its place in the alphabet.
fn ranks(model: &Model) -> Vec<u32> {
    let catalogue = model.catalogue();
    let mut songs: Vec<SongId> = catalogue.songs().collect();
    sort_by(&mut songs, |&left, &right| {
        catalogue.plain_title(left).cmp(catalogue.plain_title(right)).then(left.cmp(&right))
    });
    let mut ranks = vec![0; songs.len()];
    for (rank, song) in songs.into_iter().enumerate() {
        ranks[song.0 as usize] = rank as u32;
    }
    ranks
}

/// The rows to draw: those in sight and a few around them, so that scrolling never shows a gap.
///
/// `top` and `height` are those of the scrolled window, `row` the height of a row, all in CSS pixels.
#[must_use]
pub fn in_sight(top: f64, height: f64, row: f64, count: usize) -> std::ops::Range<usize> {
    const AROUND: usize = 8;
    let first = (top.max(0.0) / row) as usize;
    let shown = (height.max(0.0) / row).ceil() as usize + 1;
    let end = (first + shown + AROUND).min(count);
    first.saturating_sub(AROUND).min(end)..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::neighbourhood::tests::model;
    use proptest::prelude::*;

    #[test]
    fn pairs_are_rules_in_both_directions_with_their_counts() {
        let model = model();
        let (rows, all) = rows(&model, MOST);
        assert_eq!(rows.len() as u64, all);
        let rule = |from: u32, to: u32| {
            rows.iter().find(|row| *row.antecedent == [SongId(from)] && row.consequent == SongId(to)).cloned()
        };
        let there = rule(0, 1).expect("a pair of the model");
        let back = rule(1, 0).expect("the same pair");
        assert_eq!((there.together, there.support, back.support), (20, 50, 40));
        assert!((there.lift - back.lift).abs() < 1e-12, "lift has no direction");
        assert!((there.lift - 20.0 * 100.0 / (50.0 * 40.0)).abs() < 1e-12);
        assert!((there.confidence() - 0.4).abs() < 1e-12);
        assert!(rows.iter().any(|row| row.antecedent.len() == 2), "rules with several songs are there too");
    }

    #[test]
    fn of_too_many_rules_the_best_supported_are_shown() {
        let model = model();
        let (all, count) = rows(&model, MOST);
        let (some, same) = rows(&model, 3);
        assert_eq!((some.len(), same), (3, count));
        assert_eq!(some, all[..3]);
    }

    #[test]
    fn a_filter_keeps_rules_with_a_song_that_has_every_word_on_the_side_that_is_asked_for() {
        let model = model();
        let (rows, _) = rows(&model, MOST);
        let found = |query: &Query| -> Vec<&Row> {
            select(&model, &rows, query).into_iter().map(|place| &rows[place as usize]).collect()
        };
        let words = || "BEATLES yester".to_owned();
        let before = found(&Query { antecedent: words(), ..Query::default() });
        let after = found(&Query { consequent: words(), ..Query::default() });
        assert!(before.iter().all(|row| row.antecedent.contains(&SongId(0))));
        assert!(before.iter().any(|row| row.antecedent.len() == 2), "one of several songs is enough");
        assert!(after.iter().all(|row| row.consequent == SongId(0)));
        let with = |is: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
        assert_eq!(before.len(), with(&|row| row.antecedent.contains(&SongId(0))));
        assert_eq!(after.len(), with(&|row| row.consequent == SongId(0)));
        let both = found(&Query { antecedent: words(), consequent: "queen".into(), ..Query::default() });
        assert!(matches!(both[..], [row] if *row.antecedent == [SongId(0)] && row.consequent == SongId(1)));

        let strict = found(&Query { antecedent: words(), confidence: 45, ..Query::default() });
        assert!(strict.len() < before.len() && strict.iter().all(|row| row.confidence() >= 0.45));
        assert!(found(&Query { consequent: "xyzzy".into(), ..Query::default() }).is_empty());
    }

    #[test]
    fn a_column_is_sorted_by_and_the_other_way_round_at_the_second_click() {
        let model = model();
        let (rows, _) = rows(&model, MOST);
        for column in Column::ALL {
            let once = Query { column: Column::Support, ..Query::default() };
            let once = if column == Column::Support { Query { largest_first: false, ..once } } else { once };
            let first = once.sorted_by(column);
            let second = first.clone().sorted_by(column);
            assert_eq!(first.largest_first, column.begins_with_largest());
            assert_eq!(second.largest_first, !first.largest_first);
            let there = select(&model, &rows, &first);
            assert_eq!(there.len(), rows.len());
            let back = select(&model, &rows, &second);
            assert_ne!(there, back, "by {column:?}");
        }
        let by_lift = select(&model, &rows, &Query { column: Column::Lift, ..Query::default() });
        assert!(by_lift.windows(2).all(|two| rows[two[0] as usize].lift >= rows[two[1] as usize].lift));
        let by_name =
            select(&model, &rows, &Query { column: Column::Consequent, largest_first: false, ..Query::default() });
        let title = |place: u32| model.catalogue().plain_title(rows[place as usize].consequent).to_owned();
        assert!(by_name.windows(2).all(|two| title(two[0]) <= title(two[1])));
    }

    proptest! {
        #[test]
        fn every_row_in_sight_is_drawn_and_few_others(top in 0.0..4e6_f64, height in 0.0..2000.0_f64, count in 0_usize..100_000) {
            let drawn = in_sight(top, height, 40.0, count);
            prop_assert!(drawn.end <= count && drawn.len() <= 80);
            for row in [(top / 40.0) as usize, ((top + height) / 40.0) as usize] {
                if row < count {
                    prop_assert!(drawn.contains(&row), "{row} is not in {drawn:?}");
                }
            }
        }
    }
}
