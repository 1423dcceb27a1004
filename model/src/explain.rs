//! Evidence: the counts behind a suggestion.

use crate::Model;
use crate::api::{Because, MultiItemRule};
use crate::resolve::name_of;
use crate::song::{SongId, Support};

/// Songs named as reasons for one suggestion.
const REASONS: usize = 3;

/// The exact number of playlists with both songs, for every pair of the pair table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// In the order in which pairs are stored; [`LARGE`] stands for a count that is among the larger ones.
    counts: Vec<u8>,
    /// Pairs with [`LARGE`] or more, ascending, with their counts.
    larger: Vec<(u32, u32)>,
}

/// Smallest count that does not fit in.
const LARGE: u8 = u8::MAX;

impl Evidence {
    /// Room for so many pairs.
    pub(crate) fn with_capacity(pairs: usize) -> Self {
        Self { counts: Vec::with_capacity(pairs), larger: Vec::new() }
    }

    /// Adds the numbers of the next pairs.
    pub(crate) fn extend(&mut self, together: &[u32]) {
        for &together in together {
            if together >= u32::from(LARGE) {
                self.larger.push((self.counts.len() as u32, together));
            }
            self.counts.push(u8::try_from(together).unwrap_or(LARGE));
        }
    }

    /// The number of playlists with both songs of a pair, by its place in [`crate::pairs::ForwardPairs`].
    #[must_use]
    pub fn together(&self, pair: usize) -> Option<u32> {
        let count = *self.counts.get(pair)?;
        if count != LARGE {
            return Some(u32::from(count));
        }
        let at = self.larger.binary_search_by_key(&pair, |&(pair, _)| pair as usize).ok()?;
        Some(self.larger[at].1)
    }

    /// These numbers for all pairs, in that order.
    pub fn all(&self) -> impl Iterator<Item = u32> {
        (0..self.counts.len()).filter_map(|pair| self.together(pair))
    }
}

/// The songs of `voters` that speak for `song`, strongest first. Empty without the evidence section.
pub(crate) fn because(model: &Model, voters: &[(SongId, f64)], song: SongId) -> Vec<Because> {
    let Some(evidence) = model.evidence() else { return Vec::new() };
    let mut votes: Vec<(f64, usize, SongId)> = voters
        .iter()
        .enumerate()
        .filter_map(|(at, &(voter, weight))| Some((weight * model.pairs().weight(voter, song)?, at, voter)))
        .collect();
    crate::sort::sort_by(&mut votes, |left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
    votes
        .into_iter()
        .take(REASONS)
        .filter_map(|(_, _, voter)| {
            let together = Support(evidence.together(model.pairs().pair_index(voter, song)?)?);
            let support = model.catalogue().support(voter);
            Some(Because {
                song: name_of(model, voter).to_owned(),
                together: together.0,
                support: support.0,
                confidence: together.as_f64() / support.as_f64(),
                lift: lift(model, together, support, song),
            })
        })
        .collect()
}

/// The strongest rule from several seeds (ascending) to `song`. `None` without the rules section.
pub(crate) fn rule(model: &Model, seeds: &[SongId], song: SongId) -> Option<MultiItemRule> {
    let rule = model.rules()?.strongest(seeds, song)?;
    Some(MultiItemRule {
        songs: rule.antecedent.iter().map(|&song| name_of(model, song).to_owned()).collect(),
        together: rule.together.0,
        support: rule.antecedent_support.0,
        confidence: rule.confidence(),
        lift: lift(model, rule.together, rule.antecedent_support, song),
    })
}

/// Confidence over the relative support of the consequent.
fn lift(model: &Model, together: Support, antecedent: Support, consequent: SongId) -> f64 {
    let playlists = f64::from(model.metadata().data_set.playlists);
    let consequent = model.catalogue().support(consequent);
    together.as_f64() * playlists / (antecedent.as_f64() * consequent.as_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_comes_back() {
        let counts = [1, 254, 255, 7, 256, 3_000_000_000, 0];
        let mut evidence = Evidence::with_capacity(counts.len());
        for part in counts.chunks(4) {
            evidence.extend(part);
        }
        assert_eq!(evidence.all().collect::<Vec<u32>>(), counts);
        assert_eq!(evidence.together(5), Some(3_000_000_000));
        assert_eq!(evidence.together(counts.len()), None);
    }
}
