//! Building: from baskets to the parts of a model file.

pub mod budget;
mod multi_item_rules;

pub use budget::TooSmall;
pub use multi_item_rules::Choice;

use segue_model::catalogue::{CatalogueParts, Names};
use segue_model::file::{Parts, TailParts};
use segue_model::fold::without_version_suffix;
use segue_model::metadata::{DataSet, Metadata, Mining};
use segue_model::pairs::{ForwardPairs, LEVELS, Scale};
use segue_model::scoring::Scoring;
use segue_model::song::{ArtistId, SongId, Support};
use segue_model::uris::Uris;

use crate::baskets::Baskets;
use crate::counts::Incidence;
use crate::size::ByteSize;
use crate::support::MinSupport;
use crate::weights::{WeighedPairs, weigh};

/// Playlists that must have a song for it to carry pairs.
const CATALOGUE_SUPPORT: u32 = 2;

/// What to build.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Playlists that a multi-item rule's songs must share; without it, as few as leave at most `max_rules` rules.
    pub min_support: Option<MinSupport>,
    /// Most multi-item rules, where no minimum support is given.
    pub max_rules: usize,
    /// Most sets of songs that are looked at for rules; more make the minimum support rise.
    pub max_itemsets: usize,
    /// How to count and what to keep; `min_support` and `budget` in it are what was chosen in the end.
    pub mining: Mining,
    /// What the file up to the end of its core may take, compressed; without it every pair within
    /// [`Mining::neighbours`] is kept.
    pub budget: Option<ByteSize>,
    /// How the model is to score.
    pub scoring: Scoring,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            min_support: None,
            max_rules: 20_000,
            max_itemsets: 100_000,
            mining: Mining { min_confidence: 0.3, max_length: 4, ..Mining::default() },
            budget: None,
            scoring: Scoring::default(),
        }
    }
}

/// What was decided on the way, for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Pairs that there were to choose from; the model has fewer where a budget makes it so.
    pub candidates: usize,
    /// Minimum support of multi-item rules, as a count.
    pub min_support: u32,
    /// Why.
    pub choice: Choice,
}

/// Counts, weighs and mines rules; `report` is told what goes on.
///
/// # Errors
/// The plan has a budget to which no model of these playlists keeps.
pub fn build(
    baskets: &Baskets,
    data_set: DataSet,
    plan: &Plan,
    report: Report<'_>,
) -> Result<(Parts, Decisions), TooSmall> {
    let draft = Draft::new(baskets, data_set, plan, report);
    let decisions = draft.decisions;
    Ok((draft.into_parts(plan.budget)?, decisions))
}

/// Is told in a few words what goes on now, for those who wait.
pub type Report<'a> = &'a (dyn Fn(&str) + Sync);

/// A model of which all is known but the pairs that it will keep.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What was decided so far.
    pub decisions: Decisions,
    /// Without pairs.
    parts: Parts,
    pairs: WeighedPairs,
}

impl Draft {
    /// Counts, weighs and mines rules. The plan's budget only says how many neighbours are worth weighing.
    #[must_use]
    pub fn new(baskets: &Baskets, data_set: DataSet, plan: &Plan, report: Report<'_>) -> Self {
        let numbering = Numbering::of(baskets);
        let incidence = numbering.incidence(baskets, plan.mining.playlist_exponent);
        let mut mining = plan.mining.clone();
        if let Some(budget) = plan.budget {
            mining.neighbours = budget::neighbours_to_weigh(mining.neighbours, budget, incidence.len());
        }
        let pairs = weigh(&incidence, &mining, report);
        report("mining rules of several songs");
        let rules = multi_item_rules::mine(baskets, plan, |song| numbering.ids[song as usize], &pairs.together);
        mining.min_support = rules.min_support;
        let decisions =
            Decisions { min_support: rules.min_support, choice: rules.choice, candidates: pairs.others.len() };

        let (artists, artist_numbers) = numbering.artists(baskets);
        let artist_of = |song: u32| ArtistId(artist_numbers[baskets.song_artists[song as usize] as usize]);
        let title_of = |song: &u32| baskets.titles.get(*song as usize);
        let uris = baskets
            .uris
            .iter()
            .any(|&uri| uri != 0)
            .then(|| Uris::new(numbering.songs.iter().map(|&song| baskets.uris[song as usize])));
        let parts = Parts {
            metadata: Metadata { data_set, mining, scoring: plan.scoring.clone(), ..Metadata::default() },
            catalogue: CatalogueParts {
                titles: Names::new(numbering.songs.iter().map(title_of)),
                artists,
                song_artists: numbering.songs.iter().map(|&song| artist_of(song)).collect(),
                supports: (0..incidence.len() as u32).map(|song| Support(incidence.support(song))).collect(),
                works: numbering.works(baskets),
                fold: baskets.fold.clone(),
            },
            scale: Scale { low: 0.0, high: 0.0 },
            pairs: ForwardPairs::default(),
            together: Vec::new(),
            rules: rules.into_table(),
            tail: TailParts {
                titles: Names::new(numbering.tail.iter().map(title_of)),
                artists: numbering.tail.iter().map(|&song| artist_of(song)).collect(),
            },
            uris,
        };
        Self { decisions, parts, pairs }
    }

    /// The parts of the model: with all pairs, or with those that a budget allows.
    ///
    /// # Errors
    /// No model of these playlists keeps to the budget.
    pub fn into_parts(self, budget: Option<ByteSize>) -> Result<Parts, TooSmall> {
        let Self { mut parts, pairs, .. } = self;
        let weighted = match budget {
            None => pairs.quantised(LEVELS as u32),
            Some(budget) => {
                let fitted = budget::fit(&parts.catalogue, &parts.metadata.data_set, pairs, budget)?;
                parts.metadata.mining.budget = Some(fitted.budget);
                fitted.weighted
            }
        };
        Ok(Parts { scale: weighted.scale, pairs: weighted.pairs, together: weighted.together, ..parts })
    }
}

/// Which songs carry pairs, and under which number.
struct Numbering {
    /// Songs of the catalogue in the order of their ids: falling support, then artist and title.
    songs: Vec<u32>,
    /// The other songs, by artist and title.
    tail: Vec<u32>,
    /// The id of each song; `None` for those of the tail.
    ids: Vec<Option<u32>>,
}

impl Numbering {
    fn of(baskets: &Baskets) -> Self {
        let mut supports = vec![0_u32; baskets.titles.len()];
        for &song in &baskets.songs {
            supports[song as usize] += 1;
        }
        let artist_ranks = ranks(&baskets.artist_keys);
        let title_key = |song: u32| baskets.title_keys.get(song as usize);
        let mut sorted: Vec<(u64, u32)> = (0..)
            .zip(&supports)
            .filter(|&(_, &support)| support > 0)
            .map(|(song, &support)| {
                let known = if support >= CATALOGUE_SUPPORT { support } else { 0 };
                let artist = artist_ranks[baskets.song_artists[song as usize] as usize];
                (u64::from(!known) << 32 | u64::from(artist), song)
            })
            .collect();
        sorted.sort_unstable_by_key(|&(key, _)| key);
        // Few songs have both support and artist in common: only their titles are looked at.
        for alike in sorted.chunk_by_mut(|left, right| left.0 == right.0).filter(|songs| songs.len() > 1) {
            alike.iter_mut().for_each(|(key, song)| *key = beginning(title_key(*song)));
            sort_names(alike, title_key);
        }
        let mut songs: Vec<u32> = sorted.into_iter().map(|(_, song)| song).collect();
        let tail = songs.split_off(songs.partition_point(|&song| supports[song as usize] >= CATALOGUE_SUPPORT));
        let mut ids = vec![None; supports.len()];
        for (id, &song) in (0..).zip(&songs) {
            ids[song as usize] = Some(id);
        }
        Self { songs, tail, ids }
    }

    /// The playlists in ids. A playlist's weight comes from all its songs, those of the tail included.
    fn incidence(&self, baskets: &Baskets, playlist_exponent: f64) -> Incidence {
        let playlists = baskets.iter().map(|songs| {
            let weight = libm::pow(songs.len() as f64, -playlist_exponent) as f32;
            (songs.iter().filter_map(|&song| self.ids[song as usize]), weight)
        });
        Incidence::from_iterators(self.songs.len(), playlists)
    }

    /// Artists in the order of their first song, and the new number of each old one.
    fn artists(&self, baskets: &Baskets) -> (Names, Vec<u32>) {
        let mut names = Names::default();
        let mut numbers = vec![u32::MAX; baskets.artists.len()];
        for &song in self.songs.iter().chain(&self.tail) {
            let artist = baskets.song_artists[song as usize] as usize;
            if numbers[artist] == u32::MAX {
                numbers[artist] = names.len() as u32;
                names.push(baskets.artists.get(artist));
            }
        }
        (names, numbers)
    }

    /// For each song the most supported song of one artist and one title but for version suffixes.
    fn works(&self, baskets: &Baskets) -> Vec<SongId> {
        let mut works: Vec<SongId> = (0..self.songs.len() as u32).map(SongId).collect();
        let mut by_artist: Vec<(u32, u32)> =
            (0..).zip(&self.songs).map(|(id, &song)| (baskets.song_artists[song as usize], id)).collect();
        by_artist.sort_unstable();
        // Most artists have one song here, which needs no key.
        for songs in by_artist.chunk_by(|left, right| left.0 == right.0).filter(|songs| songs.len() > 1) {
            let key = |&(_, id): &(u32, u32)| {
                let title = baskets.title_keys.get(self.songs[id as usize] as usize);
                (baskets.fold.plain(without_version_suffix(title)), id)
            };
            let mut keys: Vec<(String, u32)> = songs.iter().map(key).collect();
            keys.sort_unstable();
            for work in keys.chunk_by(|left, right| left.0 == right.0) {
                for (_, id) in work {
                    // Ids ascend within a work, and the first is the most supported.
                    works[*id as usize] = SongId(work[0].1);
                }
            }
        }
        works
    }
}

/// The rank of each name among all of them, sorted.
fn ranks(names: &Names) -> Vec<u32> {
    let mut sorted: Vec<(u64, u32)> = names.iter().map(beginning).zip(0..).collect();
    sort_names(&mut sorted, |name| names.get(name as usize));
    let mut ranks = vec![0; sorted.len()];
    for (rank, &(_, name)) in (0..).zip(&sorted) {
        ranks[name as usize] = rank;
    }
    ranks
}

/// The first bytes of a name as a number: it mostly decides which of two names comes first, without a look at them.
fn beginning(name: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = name.len().min(bytes.len());
    bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
}

/// Sorts names, each with its beginning.
fn sort_names<'a>(names: &mut [(u64, u32)], name: impl Fn(u32) -> &'a str) {
    names.sort_unstable_by(|left, right| left.0.cmp(&right.0).then_with(|| name(left.1).cmp(name(right.1))));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranks_are_those_of_sorted_names(names in prop::collection::btree_set("[ab\\x00]{0,12}", 0..40), seed in any::<u64>()) {
            let mut shuffled: Vec<&String> = names.iter().collect();
            shuffled.sort_by_key(|name| xxhash_rust::xxh3::xxh3_64_with_seed(name.as_bytes(), seed));
            let expected: Vec<u32> =
                shuffled.iter().map(|name| names.iter().position(|other| other == *name).unwrap() as u32).collect();
            prop_assert_eq!(ranks(&Names::new(&shuffled)), expected);
        }
    }
}
