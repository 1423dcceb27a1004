//! Building: from baskets to the parts of a model file.

use segue_model::catalogue::{CatalogueParts, Names};
use segue_model::file::{Parts, TailParts};
use segue_model::fold::without_version_suffix;
use segue_model::metadata::{DataSet, Metadata, Mining};
use segue_model::rules::{Rule, RuleTable};
use segue_model::scoring::Scoring;
use segue_model::song::{ArtistId, SongId, Support};
use segue_model::uris::Uris;

use crate::baskets::Baskets;
use crate::counts::Incidence;
use crate::itemsets::{Database, Itemsets, Search, Wanted};
use crate::rules::{RuleBounds, Threshold, for_each_rule};
use crate::support::MinSupport;
use crate::weights::weigh;

/// Playlists that must have a song for it to carry pairs.
const CATALOGUE_SUPPORT: u32 = 2;

/// What to build.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Playlists that a multi-item rule's songs must share.
    pub min_support: MinSupport,
    /// Most sets of songs that are looked at for rules; more make the minimum support rise.
    pub max_itemsets: usize,
    /// How to count and what to keep; `min_support` in it is what was chosen in the end.
    pub mining: Mining,
    /// How the model is to score.
    pub scoring: Scoring,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            min_support: MinSupport::Share { numerator: 1, denominator: 100 },
            max_itemsets: 100_000,
            mining: Mining { min_confidence: 0.3, max_length: 4, ..Mining::default() },
            scoring: Scoring::default(),
        }
    }
}

/// What was decided on the way, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Minimum support of multi-item rules, as a count.
    pub min_support: u32,
    /// Whether that is higher than asked for, because too many sets of songs were frequent.
    pub raised: bool,
}

/// Counts, weighs and mines rules.
#[must_use]
pub fn build(baskets: &Baskets, data_set: DataSet, plan: &Plan) -> (Parts, Decisions) {
    let numbering = Numbering::of(baskets);
    let incidence = numbering.incidence(baskets, plan.mining.playlist_exponent);
    let weighted = weigh(&incidence, &plan.mining);
    let (rules, decisions) = multi_item_rules(baskets, &numbering, plan);

    let (artists, artist_numbers) = numbering.artists(baskets);
    let artist_of = |song: u32| ArtistId(artist_numbers[baskets.song_artists[song as usize] as usize]);
    let title_of = |song: &u32| baskets.titles.get(*song as usize);
    let has_uris = baskets.uris.iter().any(|&uri| uri != 0);
    let mut mining = plan.mining.clone();
    mining.min_support = decisions.min_support;
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
        scale: weighted.scale,
        pairs: weighted.pairs,
        together: weighted.together,
        rules,
        tail: TailParts {
            titles: Names::new(numbering.tail.iter().map(title_of)),
            artists: numbering.tail.iter().map(|&song| artist_of(song)).collect(),
        },
        uris: has_uris.then(|| Uris::new(numbering.songs.iter().map(|&song| baskets.uris[song as usize]).collect())),
    };
    (parts, decisions)
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
        let artist_rank = |song: u32| artist_ranks[baskets.song_artists[song as usize] as usize];
        let title_key = |song: u32| baskets.title_keys.get(song as usize);
        let (mut songs, mut tail): (Vec<u32>, Vec<u32>) = (0..supports.len() as u32)
            .filter(|&song| supports[song as usize] > 0)
            .partition(|&song| supports[song as usize] >= CATALOGUE_SUPPORT);
        // Numbers first: few songs have the same of both, and only their titles are looked at.
        let by_artist_and_title = |&left: &u32, &right: &u32| {
            artist_rank(left).cmp(&artist_rank(right)).then_with(|| title_key(left).cmp(title_key(right)))
        };
        songs.sort_unstable_by(|left, right| {
            let better_known = supports[*right as usize].cmp(&supports[*left as usize]);
            better_known.then_with(|| by_artist_and_title(left, right))
        });
        tail.sort_unstable_by(by_artist_and_title);
        let mut ids = vec![None; supports.len()];
        for (id, &song) in (0..).zip(&songs) {
            ids[song as usize] = Some(id);
        }
        Self { songs, tail, ids }
    }

    /// The playlists in ids. A playlist's weight comes from all its songs, those of the tail included.
    fn incidence(&self, baskets: &Baskets, playlist_exponent: f64) -> Incidence {
        let playlists = baskets.iter().map(|songs| {
            let weight = libm::pow(songs.len() as f64, -playlist_exponent);
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
    let mut sorted: Vec<u32> = (0..names.len() as u32).collect();
    sorted.sort_unstable_by_key(|&name| names.get(name as usize));
    let mut ranks = vec![0; sorted.len()];
    for (rank, &name) in (0..).zip(&sorted) {
        ranks[name as usize] = rank;
    }
    ranks
}

/// Rules with several antecedent songs, under a minimum support that rises until their number is bearable.
fn multi_item_rules(baskets: &Baskets, numbering: &Numbering, plan: &Plan) -> (RuleTable, Decisions) {
    let asked = plan.min_support.count(baskets.len()).max(CATALOGUE_SUPPORT);
    let mut wanted = Wanted {
        min_support: asked,
        max_length: plan.mining.max_length as usize,
        max_itemsets: plan.max_itemsets as u64,
        ..Wanted::default()
    };
    let itemsets = loop {
        match Search::new(Database::from(baskets), wanted).and_then(Search::collect) {
            Ok(itemsets) => break itemsets,
            Err(_) if wanted.min_support as usize > baskets.len() => break Itemsets::default(),
            Err(_) => wanted.min_support += wanted.min_support.div_ceil(2),
        }
    };
    let mut rules = Vec::new();
    // What is no number is no confidence that a rule could have.
    let min_confidence = Threshold::from_f64(plan.mining.min_confidence).unwrap_or(Threshold::ONE);
    let bounds = RuleBounds { min_confidence, ..RuleBounds::default() };
    for_each_rule(&itemsets, baskets.len(), &bounds, |rule| {
        if rule.antecedent.len() < 2 {
            return;
        }
        // Every song of a frequent set is in the catalogue.
        let id = |song: &u32| numbering.ids[*song as usize].map(SongId);
        let antecedent: Option<Vec<SongId>> = rule.antecedent.iter().map(id).collect();
        if let (Some(mut antecedent), Some(consequent)) = (antecedent, rule.consequent.first().and_then(id)) {
            antecedent.sort_unstable();
            rules.push(Rule {
                consequent,
                antecedent,
                together: Support(rule.counts.together),
                antecedent_support: Support(rule.counts.antecedent),
            });
        }
    });
    let raised = wanted.min_support > asked;
    (RuleTable::new(rules), Decisions { min_support: wanted.min_support, raised })
}
