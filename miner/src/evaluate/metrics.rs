//! Metrics: how near rankings come to the truth.

use rayon::prelude::*;
use serde::Serialize;

use super::queries::Queries;
use super::{LIST_LENGTH, OTHER_SONG};

/// Songs of a list that [`Metric::Coverage10`], [`Metric::Popularity10`] and [`Metric::ArtistDiversity10`] look at.
const TOP: usize = 10;

/// A figure about rankings. T is the set of true songs, L the ranked list, L_n its first n songs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Metric {
    /// |T ∩ L₁₀| / |T| (Herlocker, Konstan, Terveen, Riedl, "Evaluating collaborative filtering recommender systems",
    /// ACM TOIS 22(1), 2004). A list of 10 cannot reach 1 where |T| > 10.
    Recall10,
    /// |T ∩ L₅₀| / |T|.
    Recall50,
    /// |T ∩ L_|T|| / |T|: the share of true songs among as many as there are (Manning, Raghavan, Schütze,
    /// "Introduction to Information Retrieval", 2008, section 8.4), by songs alone, without the credit for artists of
    /// the RecSys Challenge.
    RPrecision,
    /// DCG / IDCG over L₅₀ with DCG = Σ 1/log₂(i + 1) over the positions i (from 1) of true songs and IDCG that of a
    /// list which begins with min(|T|, 50) true songs (Järvelin, Kekäläinen, "Cumulated gain-based evaluation of IR
    /// techniques", ACM TOIS 20(4), 2002; the discount of Burges et al., ICML 2005, which is usual today).
    Ndcg50,
    /// The same over L₁₀₀.
    Ndcg100,
    /// 1 if L₁₀ holds a true song, otherwise 0: the hit rate (Deshpande, Karypis, "Item-based top-N recommendation
    /// algorithms", ACM TOIS 22(1), 2004).
    HitRate10,
    /// 1 / position of the first true song, 0 without one: its mean is MRR (Voorhees, "The TREC-8 question answering
    /// track report", 1999).
    ReciprocalRank,
    /// How often a listener who is shown ten songs at a time has to ask for more before one is a true one:
    /// ⌊(position of the first true song − 1) / 10⌋, 51 if none is among 500 (Chen, Lamere, Schedl, Zamani, "RecSys
    /// Challenge 2018: automatic music playlist continuation", RecSys 2018). Less is better.
    Clicks,
    /// Share of all known songs that are in L₁₀ of at least one query (catalogue coverage: Ge, Delgado-Battenfeld,
    /// Jannach, "Beyond accuracy: evaluating recommender systems by coverage and serendipity", RecSys 2010). Grows with
    /// the number of queries; the mean over numbers of seeds is a mean of coverages.
    Coverage10,
    /// Mean over L₁₀ of the share of known songs that are in fewer training playlists (those in as many count half):
    /// the average recommendation popularity of Yin, Cui, Li, Yao, Chen ("Challenging the long tail recommendation",
    /// VLDB 2012) as a percentile. 1 is the best known song; neither more nor less is better by itself.
    Popularity10,
    /// Share of the pairs of songs in L₁₀ that are of two artists: intra-list diversity (Smyth, McClave, "Similarity
    /// vs. diversity", ICCBR 2001; Ziegler et al., "Improving recommendation lists through topic diversification",
    /// WWW 2005) where songs of one artist are alike and others are not. 1 for lists of fewer than two songs.
    ArtistDiversity10,
}

impl Metric {
    /// Every metric, in the order of tables.
    pub const ALL: [Self; 11] = [
        Self::Recall10,
        Self::Recall50,
        Self::RPrecision,
        Self::Ndcg50,
        Self::Ndcg100,
        Self::HitRate10,
        Self::ReciprocalRank,
        Self::Clicks,
        Self::Coverage10,
        Self::Popularity10,
        Self::ArtistDiversity10,
    ];

    /// Its name in the field, with the cut-off.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recall10 => "Recall@10",
            Self::Recall50 => "Recall@50",
            Self::RPrecision => "R-precision",
            Self::Ndcg50 => "NDCG@50",
            Self::Ndcg100 => "NDCG@100",
            Self::HitRate10 => "HR@10",
            Self::ReciprocalRank => "MRR",
            Self::Clicks => "clicks",
            Self::Coverage10 => "coverage@10",
            Self::Popularity10 => "popularity@10",
            Self::ArtistDiversity10 => "artist diversity@10",
        }
    }

    /// The metric of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name().eq_ignore_ascii_case(name))
    }

    /// Whether it is a figure of each query, whose mean is reported; otherwise it is one of all queries together.
    #[must_use]
    pub fn is_of_query(self) -> bool {
        self != Self::Coverage10
    }
}

impl Serialize for Metric {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The figures of one ranking, in the order of [`Metric::ALL`]; 0 for what is no figure of a single query.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Values([f64; Metric::ALL.len()]);

impl Values {
    /// The figure of one metric.
    #[must_use]
    pub fn get(&self, metric: Metric) -> f64 {
        self.0[metric as usize]
    }
}

/// The figures of all rankings of one recommender.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// By query.
    pub values: Vec<Values>,
    /// [`Metric::Coverage10`] by number of seeds, in the order of [`Queries::seed_counts`].
    pub coverage: Vec<f64>,
}

/// Judges one ranking for each query, in the order of the queries.
///
/// # Panics
/// There are not as many rankings as queries.
#[must_use]
pub fn judge_rankings(rankings: &[Vec<u32>], queries: &Queries) -> Judgement {
    assert_eq!(rankings.len(), queries.all.len(), "one ranking for each query");
    let popularity = percentiles(&queries.supports);
    let values = rankings
        .par_iter()
        .zip(&queries.all)
        .map(|(ranking, query)| judge_ranking(ranking, &query.truth, &popularity, &queries.song_artists))
        .collect();
    let known = queries.known_songs();
    let coverage = |&count: &usize| {
        let mut seen = vec![false; queries.supports.len()];
        for ranking in &rankings[queries.with_seeds(count)] {
            for &song in ranking.iter().take(TOP).filter(|&&song| song != OTHER_SONG) {
                seen[song as usize] = queries.supports[song as usize] > 0;
            }
        }
        seen.iter().filter(|&&seen| seen).count() as f64 / known.max(1) as f64
    };
    Judgement { values, coverage: queries.seed_counts.iter().map(coverage).collect() }
}

/// Judges one ranking. `truth` is ascending and not empty; `popularity` and `artists` are by song.
fn judge_ranking(ranking: &[u32], truth: &[u32], popularity: &[f64], artists: &[u32]) -> Values {
    let ranking = &ranking[..ranking.len().min(LIST_LENGTH)];
    // Positions of the true songs, from 0.
    let hits: Vec<usize> =
        (0..).zip(ranking).filter(|(_, song)| truth.binary_search(song).is_ok()).map(|(at, _)| at).collect();
    let among = |count: usize| hits.partition_point(|&at| at < count) as f64;
    let gain = |at: usize| 1.0 / ((at + 2) as f64).log2();
    let ndcg = |cut: usize| {
        let reached: f64 = hits.iter().filter(|&&at| at < cut).map(|&at| gain(at)).sum();
        let ideal: f64 = (0..truth.len().min(cut)).map(gain).sum();
        reached / ideal
    };
    let first = hits.first();
    let top = &ranking[..ranking.len().min(TOP)];
    let mut values = Values::default();
    for metric in Metric::ALL {
        values.0[metric as usize] = match metric {
            Metric::Recall10 => among(10) / truth.len() as f64,
            Metric::Recall50 => among(50) / truth.len() as f64,
            Metric::RPrecision => among(truth.len()) / truth.len() as f64,
            Metric::Ndcg50 => ndcg(50),
            Metric::Ndcg100 => ndcg(100),
            Metric::HitRate10 => among(10).min(1.0),
            Metric::ReciprocalRank => first.map_or(0.0, |&at| 1.0 / (at + 1) as f64),
            Metric::Clicks => first.map_or(51.0, |&at| (at / 10) as f64),
            Metric::Coverage10 => 0.0,
            Metric::Popularity10 => {
                let of = |&song: &u32| popularity.get(song as usize).copied().unwrap_or(0.0);
                top.iter().map(of).sum::<f64>() / top.len().max(1) as f64
            }
            Metric::ArtistDiversity10 => artist_diversity(top, artists),
        };
    }
    values
}

fn artist_diversity(songs: &[u32], artists: &[u32]) -> f64 {
    // Songs unknown here are of artists unknown here.
    let artist = |song: u32| artists.get(song as usize);
    let pairs = (0..songs.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
    let alike = pairs
        .filter(|&(one, other)| artist(songs[one]).is_some() && artist(songs[one]) == artist(songs[other]))
        .count();
    match songs.len() {
        0 | 1 => 1.0,
        count => 1.0 - alike as f64 / (count * (count - 1) / 2) as f64,
    }
}

/// For each song the share of known songs with less support, those with as much counting half; 0 for unknown songs.
fn percentiles(supports: &[u32]) -> Vec<f64> {
    let mut sorted: Vec<u32> = supports.iter().copied().filter(|&support| support > 0).collect();
    sorted.sort_unstable();
    let percentile = |&support: &u32| {
        let below = sorted.partition_point(|&other| other < support);
        let up_to = sorted.partition_point(|&other| other <= support);
        (below + up_to) as f64 / (2 * sorted.len()) as f64
    };
    supports.iter().map(|support| if *support == 0 { 0.0 } else { percentile(support) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::queries::Query;
    use proptest::prelude::*;

    fn values(ranking: &[u32], truth: &[u32]) -> Values {
        judge_ranking(ranking, truth, &[], &[])
    }

    #[test]
    fn figures_are_those_computed_by_hand() {
        // Hits at positions 2 and 4 (from 1), three true songs.
        let found = values(&[9, 1, 8, 3, 7], &[1, 2, 3]);
        assert_eq!(found.get(Metric::Recall10), 2.0 / 3.0);
        assert_eq!(found.get(Metric::Recall50), 2.0 / 3.0);
        assert_eq!(found.get(Metric::RPrecision), 1.0 / 3.0);
        // 1/log₂3 + 1/log₂5 over 1 + 1/log₂3 + 1/log₂4.
        let expected = (0.630_929_753_571 + 0.430_676_558_073) / (1.0 + 0.630_929_753_571 + 0.5);
        assert!((found.get(Metric::Ndcg50) - expected).abs() < 1e-9);
        assert!((found.get(Metric::Ndcg100) - expected).abs() < 1e-9);
        assert_eq!(found.get(Metric::HitRate10), 1.0);
        assert_eq!(found.get(Metric::ReciprocalRank), 0.5);
        assert_eq!(found.get(Metric::Clicks), 0.0);
    }

    #[test]
    fn cut_offs_cut_where_they_say() {
        let ranking: Vec<u32> = (0..600).collect();
        let at = |position: u32, metric| values(&ranking, &[position]).get(metric);
        assert_eq!((at(9, Metric::Recall10), at(10, Metric::Recall10)), (1.0, 0.0));
        assert_eq!((at(9, Metric::HitRate10), at(10, Metric::HitRate10)), (1.0, 0.0));
        assert_eq!((at(49, Metric::Recall50), at(50, Metric::Recall50)), (1.0, 0.0));
        assert!(at(49, Metric::Ndcg50) > 0.0 && at(50, Metric::Ndcg50) == 0.0);
        assert!(at(99, Metric::Ndcg100) > 0.0 && at(100, Metric::Ndcg100) == 0.0);
        assert_eq!((at(0, Metric::RPrecision), at(1, Metric::RPrecision)), (1.0, 0.0));
        let clicks: Vec<f64> = [0, 9, 10, 499, 500].map(|position| at(position, Metric::Clicks)).to_vec();
        assert_eq!(clicks, [0.0, 0.0, 1.0, 49.0, 51.0]);
        assert_eq!(at(500, Metric::ReciprocalRank), 0.0);
    }

    #[test]
    fn popularity_is_a_percentile_and_diversity_counts_pairs() {
        let popularity = percentiles(&[5, 0, 1, 1, 9]);
        assert_eq!(popularity, [0.625, 0.0, 0.25, 0.25, 0.875]);
        let found = judge_ranking(&[0, 4, OTHER_SONG], &[2], &popularity, &[7, 0, 0, 0, 7]);
        assert_eq!(found.get(Metric::Popularity10), 0.5);
        assert!((found.get(Metric::ArtistDiversity10) - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(judge_ranking(&[0], &[2], &popularity, &[7]).get(Metric::ArtistDiversity10), 1.0);
    }

    #[test]
    fn coverage_counts_each_known_song_once() {
        let query = |seeds: &[u32]| Query { playlist: 0, seeds: seeds.to_vec(), truth: vec![0] };
        let queries = Queries {
            all: vec![query(&[0]), query(&[1]), query(&[0, 1])],
            seed_counts: vec![1, 2],
            supports: vec![1, 1, 1, 1, 0],
            song_artists: vec![0; 5],
            held_out: 1,
            places: 0,
            unknown_places: 0,
        };
        let rankings = [vec![2, 3], vec![3, OTHER_SONG], vec![2, 4]];
        assert_eq!(judge_rankings(&rankings, &queries).coverage, [0.5, 0.25]);
    }

    proptest! {
        #[test]
        fn shares_are_from_0_to_1_and_a_perfect_ranking_reaches_1(
            ranking in prop::collection::btree_set(0_u32..200, 0..150).prop_map(Vec::from_iter).prop_shuffle(),
            truth in prop::collection::btree_set(0_u32..200, 1..120).prop_map(Vec::from_iter),
        ) {
            let found = values(&ranking, &truth);
            for metric in Metric::ALL.into_iter().filter(|&metric| metric != Metric::Clicks) {
                prop_assert!((0.0..=1.0 + 1e-12).contains(&found.get(metric)), "{} {found:?}", metric.name());
            }
            let perfect = values(&truth, &truth);
            for metric in [Metric::RPrecision, Metric::Ndcg50, Metric::Ndcg100, Metric::HitRate10] {
                prop_assert!((perfect.get(metric) - 1.0).abs() < 1e-12, "{}", metric.name());
            }
            prop_assert_eq!(perfect.get(Metric::Recall50), (50.0 / truth.len() as f64).min(1.0));
        }

        #[test]
        fn moving_a_true_song_up_never_makes_a_figure_worse(
            ranking in prop::collection::btree_set(0_u32..200, 2..150).prop_map(Vec::from_iter).prop_shuffle(),
            truth in prop::collection::btree_set(0_u32..200, 1..120).prop_map(Vec::from_iter),
            at in any::<prop::sample::Index>(),
        ) {
            let at = 1 + at.index(ranking.len() - 1);
            prop_assume!(truth.contains(&ranking[at]));
            let mut better = ranking.clone();
            better.swap(at - 1, at);
            let (before, after) = (values(&ranking, &truth), values(&better, &truth));
            for metric in [Metric::Recall10, Metric::Recall50, Metric::RPrecision, Metric::Ndcg50, Metric::Ndcg100,
                Metric::HitRate10, Metric::ReciprocalRank] {
                prop_assert!(after.get(metric) >= before.get(metric) - 1e-12, "{}", metric.name());
            }
            prop_assert!(after.get(Metric::Clicks) <= before.get(Metric::Clicks));
        }
    }
}
