//! Explaining: the reasons for a suggestion, from the counts behind it.

use crate::Model;
use crate::api::{Because, MultiItemRule};
use crate::resolve::name_of;
use crate::song::{SongId, Support};

/// Songs named as reasons for one suggestion.
const REASONS: usize = 3;

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
