//! Association rules as the usual projects use them.

use super::{Popularity, take_best};
use crate::baskets::Baskets;
use crate::evaluate::{Ranker, Recommender};
use crate::itemsets::{Database, Search, Wanted};
use crate::rules::{RuleBounds, Threshold, for_each_rule};
use crate::support::MinSupport;

/// Most sets of songs looked at; more make the minimum support rise.
const MAX_ITEMSETS: u64 = 2_000_000;

/// Rules of up to three songs over a minimum support and a minimum confidence. A song's score is the highest confidence
/// of a rule to it whose antecedent songs are all seeds; lists are filled with popular songs.
#[derive(Clone, Debug)]
pub struct ConfidenceRules {
    /// The rules of each song that leads an antecedent: its other song if there are two, the consequent, confidence.
    by_first: Vec<Vec<(Option<u32>, u32, f64)>>,
    popularity: Popularity,
    /// The minimum support used.
    pub min_support: u32,
    /// How many rules there are.
    pub rules: usize,
}

impl ConfidenceRules {
    /// Mines rules of at least this support and confidence.
    #[must_use]
    pub fn new(training: &Baskets, min_support: MinSupport, min_confidence: f64) -> Self {
        let mut wanted = Wanted {
            min_support: min_support.count(training.len()),
            max_length: 3,
            max_itemsets: MAX_ITEMSETS,
            ..Wanted::default()
        };
        let itemsets = loop {
            match Search::new(Database::from(training), wanted).and_then(Search::collect) {
                Ok(itemsets) => break itemsets,
                Err(_) => wanted.min_support += wanted.min_support.div_ceil(4),
            }
        };
        let mut by_first = vec![Vec::new(); training.titles.len()];
        let mut rules = 0;
        // What is no number is no confidence that a rule could have.
        let min_confidence = Threshold::from_f64(min_confidence).unwrap_or(Threshold::ONE);
        let bounds = RuleBounds { min_confidence, ..RuleBounds::default() };
        for_each_rule(&itemsets, training.len(), &bounds, |rule| {
            if let ([first, others @ ..], [consequent]) = (rule.antecedent, rule.consequent) {
                by_first[*first as usize].push((others.first().copied(), *consequent, rule.counts.confidence()));
                rules += 1;
            }
        });
        Self { by_first, popularity: Popularity::new(training), min_support: wanted.min_support, rules }
    }
}

impl Recommender for ConfidenceRules {
    fn ranker(&self) -> Ranker<'_> {
        let mut best = vec![0.0_f64; self.by_first.len()];
        Box::new(move |seeds, count| {
            let mut sorted = seeds.to_vec();
            sorted.sort_unstable();
            let mut touched = Vec::new();
            for &seed in &sorted {
                for &(other, consequent, confidence) in &self.by_first[seed as usize] {
                    let is_seed = |song: &u32| sorted.binary_search(song).is_ok();
                    if other.is_none_or(|other| is_seed(&other)) && !is_seed(&consequent) {
                        let score = &mut best[consequent as usize];
                        if *score == 0.0 {
                            touched.push(consequent);
                        }
                        *score = score.max(confidence);
                    }
                }
            }
            let score = |song: u32| (song, std::mem::take(&mut best[song as usize]));
            let mut scores: Vec<(u32, f64)> = touched.into_iter().map(score).collect();
            let mut list = take_best(&mut scores, count);
            self.popularity.fill(&mut list, seeds, count);
            list
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::BasketsBuilder;

    #[test]
    fn the_surest_rule_decides_and_popular_songs_follow() {
        let mut builder = BasketsBuilder::default();
        // In the order of numbers: a 0, b 1, c 2, d 3, e 4.
        for (playlist, songs) in ["abc", "abc", "ab", "ad", "de", "de", "e", "e", "e"].iter().enumerate() {
            for song in songs.chars() {
                builder.add(&playlist.to_string(), "", &song.to_string(), None);
            }
        }
        let rules = ConfidenceRules::new(&builder.finish(), MinSupport::Count(2), 0.6);
        let mut rank = rules.ranker();
        // a → b has confidence ¾, b → c and {a, b} → c ⅔; c → anything is sure.
        assert_eq!(rank(&[0], 3), [1, 4, 3]);
        assert_eq!(rank(&[0, 1], 1), [2]);
        assert_eq!(rank(&[2], 2), [0, 1]);
        assert_eq!(rank(&[4], 9), [0, 1, 3, 2], "no rule starts at e: the best known");
    }
}
