//! Association rules with several antecedent songs: exact, found by their consequent.

use crate::song::{SongId, Support};

/// A rule antecedent → consequent with its counts. Its antecedent may be its own or lent by a [`RuleTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule<Antecedent = Vec<SongId>> {
    /// The song that follows.
    pub consequent: SongId,
    /// Two songs or more, ascending, without the consequent.
    pub antecedent: Antecedent,
    /// Playlists with all of them.
    pub together: Support,
    /// Playlists with the antecedent.
    pub antecedent_support: Support,
}

impl<Antecedent> Rule<Antecedent> {
    /// support(antecedent ∪ consequent) / support(antecedent).
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.together.as_f64() / self.antecedent_support.as_f64()
    }
}

/// The multi-item rules of a model, ordered by consequent, then antecedent.
#[derive(Clone, Debug, Default)]
pub struct RuleTable {
    /// Each with the place of its antecedent among those of all.
    rules: Vec<Rule<Place>>,
    /// The songs of all antecedents.
    songs: Vec<SongId>,
}

/// Where an antecedent begins and ends.
type Place = (u32, u32);

impl RuleTable {
    /// A table of these rules, in any order, with fewer than 2³² antecedent songs in all.
    #[must_use]
    pub fn new<A: AsRef<[SongId]>>(rules: impl IntoIterator<Item = Rule<A>>) -> Self {
        let (mut places, mut songs) = (Vec::new(), Vec::new());
        for rule in rules {
            let start = songs.len() as u32;
            songs.extend_from_slice(rule.antecedent.as_ref());
            places.push(rule.with((start, songs.len() as u32)));
        }
        let mut table = Self { rules: places, songs };
        let Self { rules, songs } = &mut table;
        crate::sort::sort_by(rules, |left, right| lent(songs, left).cmp(&lent(songs, right)));
        rules.dedup_by(|left, right| lent(songs, left) == lent(songs, right));
        table
    }

    /// All rules, ordered by consequent, then antecedent.
    pub fn all(&self) -> impl ExactSizeIterator<Item = Rule<&[SongId]>> {
        self.rules.iter().map(|rule| lent(&self.songs, rule))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules that lead to a song.
    pub fn leading_to(&self, consequent: SongId) -> impl Iterator<Item = Rule<&[SongId]>> {
        let start = self.rules.partition_point(|rule| rule.consequent < consequent);
        let end = self.rules.partition_point(|rule| rule.consequent <= consequent);
        self.rules[start..end].iter().map(|rule| lent(&self.songs, rule))
    }

    /// The strongest rule to `consequent` whose antecedent is among `seeds` (ascending): highest confidence, then
    /// highest support, then first in order.
    #[must_use]
    pub fn strongest(&self, seeds: &[SongId], consequent: SongId) -> Option<Rule<&[SongId]>> {
        let applies = |rule: &Rule<&[SongId]>| rule.antecedent.iter().all(|song| seeds.binary_search(song).is_ok());
        self.leading_to(consequent).filter(applies).reduce(|best, rule| {
            let better = rule.confidence().total_cmp(&best.confidence()).then(rule.together.cmp(&best.together));
            if better.is_gt() { rule } else { best }
        })
    }
}

impl<A> Rule<A> {
    /// The same rule with its antecedent held in another way.
    fn with<B>(&self, antecedent: B) -> Rule<B> {
        let Self { consequent, together, antecedent_support, .. } = *self;
        Rule { consequent, antecedent, together, antecedent_support }
    }
}

/// A rule with its songs.
fn lent<'a>(songs: &'a [SongId], rule: &Rule<Place>) -> Rule<&'a [SongId]> {
    let (start, end) = rule.antecedent;
    rule.with(&songs[start as usize..end as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(antecedent: &[u32], consequent: u32, together: u32, antecedent_support: u32) -> Rule {
        Rule {
            consequent: SongId(consequent),
            antecedent: antecedent.iter().copied().map(SongId).collect(),
            together: Support(together),
            antecedent_support: Support(antecedent_support),
        }
    }

    #[test]
    fn the_strongest_rule_that_applies_is_found() {
        let table = RuleTable::new(vec![
            rule(&[1, 2], 5, 3, 6),
            rule(&[1, 3], 5, 4, 5),
            rule(&[1, 2, 3], 5, 4, 4),
            rule(&[1, 2], 6, 6, 6),
        ]);
        let seeds = [SongId(1), SongId(2)];
        let strongest =
            |seeds: &[SongId]| table.strongest(seeds, SongId(5)).map(|rule| rule.with(rule.antecedent.to_vec()));
        assert_eq!(strongest(&seeds), Some(rule(&[1, 2], 5, 3, 6)));
        let seeds = [SongId(1), SongId(2), SongId(3)];
        assert_eq!(strongest(&seeds), Some(rule(&[1, 2, 3], 5, 4, 4)));
        assert_eq!(strongest(&[SongId(2)]), None);
        assert_eq!(table.strongest(&seeds, SongId(9)), None);
    }
}
