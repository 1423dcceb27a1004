//! Association rules with several antecedent songs: exact, found by their consequent.

use crate::song::{SongId, Support};

/// A rule antecedent → consequent with its counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// The song that follows.
    pub consequent: SongId,
    /// Two songs or more, ascending, without the consequent.
    pub antecedent: Vec<SongId>,
    /// Playlists with all of them.
    pub together: Support,
    /// Playlists with the antecedent.
    pub antecedent_support: Support,
}

impl Rule {
    /// support(antecedent ∪ consequent) / support(antecedent).
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.together.as_f64() / self.antecedent_support.as_f64()
    }
}

/// The multi-item rules of a model, ordered by consequent, then antecedent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleTable {
    rules: Vec<Rule>,
}

impl RuleTable {
    /// A table of these rules, in any order.
    #[must_use]
    pub fn new(mut rules: Vec<Rule>) -> Self {
        crate::sort::sort(&mut rules);
        rules.dedup();
        Self { rules }
    }

    /// All rules, ordered by consequent, then antecedent.
    #[must_use]
    pub fn all(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules that lead to a song.
    #[must_use]
    pub fn leading_to(&self, consequent: SongId) -> &[Rule] {
        let start = self.rules.partition_point(|rule| rule.consequent < consequent);
        let end = self.rules.partition_point(|rule| rule.consequent <= consequent);
        &self.rules[start..end]
    }

    /// The strongest rule to `consequent` whose antecedent is among `seeds` (ascending): highest confidence, then
    /// highest support, then first in order.
    #[must_use]
    pub fn strongest(&self, seeds: &[SongId], consequent: SongId) -> Option<&Rule> {
        let applies = |rule: &&Rule| rule.antecedent.iter().all(|song| seeds.binary_search(song).is_ok());
        self.leading_to(consequent).iter().filter(applies).reduce(|best, rule| {
            let better = rule.confidence().total_cmp(&best.confidence()).then(rule.together.cmp(&best.together));
            if better.is_gt() { rule } else { best }
        })
    }
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
        assert_eq!(table.strongest(&seeds, SongId(5)), Some(&rule(&[1, 2], 5, 3, 6)));
        let seeds = [SongId(1), SongId(2), SongId(3)];
        assert_eq!(table.strongest(&seeds, SongId(5)), Some(&rule(&[1, 2, 3], 5, 4, 4)));
        assert_eq!(table.strongest(&[SongId(2)], SongId(5)), None);
        assert_eq!(table.strongest(&seeds, SongId(9)), None);
    }
}
