//! Segue's model, asked as the product asks it.

use std::collections::HashMap;

use segue_model::Model;
use segue_model::file::{self, OpenError, WriteError};
use segue_model::metadata::DataSet;
use segue_model::resolve::version_of;
use segue_model::scoring::{Query, Scratch, rank};
use segue_model::song::{ArtistId, SongId};

use crate::baskets::Baskets;
use crate::build::{Draft, Plan, TooSmall};
use crate::evaluate::identity::{SongIdentity, of_baskets, of_catalogue};
use crate::evaluate::{OTHER_SONG, Ranker, Recommender};
use crate::size::ByteSize;
use crate::support::MinSupport;

/// A model that could not be made in memory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// It does not fit the size that was asked for.
    #[error(transparent)]
    TooSmall(#[from] TooSmall),
    /// It does not fit the file format.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// What was written cannot be read: a fault of this program.
    #[error("the model just written cannot be opened")]
    Open(#[from] OpenError),
}

/// Builds a model of some playlists, by way of the bytes that would be its file. Rules of several songs, which do not
/// take part in ranking, are left out.
///
/// # Errors
/// The model does not fit its file format, or its budget.
pub fn build_model(training: &Baskets, plan: &Plan) -> Result<Model, BuildError> {
    open(draft_model(training, plan), plan.budget)
}

/// A draft of such a model, to be [opened](open) with several budgets.
#[must_use]
pub fn draft_model(training: &Baskets, plan: &Plan) -> Draft {
    // No set of songs has that support.
    let plan = Plan { min_support: Some(MinSupport::Count(u32::MAX)), ..plan.clone() };
    let playlists = u32::try_from(training.len()).unwrap_or(u32::MAX);
    Draft::new(training, DataSet { playlists, ..DataSet::default() }, &plan, &|_| {})
}

/// The model of a draft, by way of the bytes that would be its file.
///
/// # Errors
/// As [`build_model`].
pub fn open(draft: Draft, budget: Option<ByteSize>) -> Result<Model, BuildError> {
    Ok(Model::open(&file::write(draft.into_parts(budget)?)?)?)
}

/// What the product lets its users choose about a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// From 0 (what fits best) to 1 (less popular songs first).
    pub novelty: f64,
    /// Most songs by one artist.
    pub max_per_artist: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { novelty: 0.0, max_per_artist: usize::MAX }
    }
}

/// A model with the way from the evaluation's song numbers to its ids and back, by artist and title.
#[derive(Clone, Debug)]
pub struct ModelRecommender<'a> {
    model: &'a Model,
    /// By song number.
    ids: Vec<Option<SongId>>,
    /// By song number: the artist in the model.
    artists: Vec<Option<ArtistId>>,
    /// By song number, for songs without id: another version that has one.
    versions: Vec<Option<SongId>>,
    /// By id.
    numbers: Vec<u32>,
    options: Options,
}

impl<'a> ModelRecommender<'a> {
    /// Finds the model's songs among those of some baskets. Songs of the model that the baskets lack stay in its
    /// rankings, as [`OTHER_SONG`].
    #[must_use]
    pub fn new(model: &'a Model, baskets: &Baskets) -> Self {
        let by_identity: HashMap<SongIdentity, u32> = of_baskets(baskets).into_iter().zip(0..).collect();
        let mut ids = vec![None; baskets.titles.len()];
        let mut numbers = vec![OTHER_SONG; model.catalogue().len()];
        for (identity, id) in of_catalogue(model.catalogue()).iter().zip(0..) {
            if let Some(&number) = by_identity.get(identity) {
                ids[number as usize] = Some(SongId(id));
                numbers[id as usize] = number;
            }
        }
        let artists: Vec<Option<ArtistId>> =
            baskets.artists.iter().map(|name| model.catalogue().find_artist(name)).collect();
        let artists: Vec<Option<ArtistId>> =
            baskets.song_artists.iter().map(|&artist| artists[artist as usize]).collect();
        let version = |song: usize| match (ids[song], artists[song]) {
            (None, Some(artist)) => version_of(model, artist, baskets.titles.get(song)),
            _ => None,
        };
        let versions = (0..ids.len()).map(version).collect();
        Self { model, ids, artists, versions, numbers, options: Options::default() }
    }

    /// The same model, asked with these options.
    #[must_use]
    pub fn with_options(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// The query that the product makes of these seeds: songs without pairs still speak for their artist.
    fn query(&self, seeds: &[u32], limit: usize) -> Query {
        let Options { novelty, max_per_artist } = self.options;
        let mut query = Query { limit, novelty, max_per_artist, ..Query::default() };
        for &seed in seeds {
            query.seeds.extend(self.ids[seed as usize]);
            query.exclude.extend(self.versions[seed as usize]);
            if let Some(artist) = self.artists[seed as usize] {
                match query.artists.iter_mut().find(|(known, _)| *known == artist) {
                    Some((_, count)) => *count += 1,
                    None => query.artists.push((artist, 1)),
                }
            }
        }
        query
    }
}

impl Recommender for ModelRecommender<'_> {
    fn ranker(&self) -> Ranker<'_> {
        let mut scratch = Scratch::default();
        Box::new(move |seeds, count| {
            let ranking = rank(self.model, &self.query(seeds, count), &mut scratch);
            ranking.songs.iter().map(|ranked| self.numbers[ranked.song.index()]).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::BasketsBuilder;
    use segue_model::answer::answer;
    use segue_model::api::{Request, SongQuery};

    #[test]
    fn it_ranks_what_the_product_answers() {
        let mut builder = BasketsBuilder::default();
        for at in 0..40_u32 {
            for step in 0..6_u32 {
                let song = (at * at + step * 7) % 23;
                builder.add(&at.to_string(), &format!("artist {}", song % 5), &format!("song {song}"), None);
            }
        }
        builder.add("once", "artist 1", "rare", None);
        builder.add("live", "artist 1", "song 1 - Live", None);
        let baskets = builder.finish();
        let model = build_model(&baskets, &Plan::default()).unwrap();
        let recommender = ModelRecommender::new(&model, &baskets);
        let mut rank = recommender.ranker();
        let songs = baskets.titles.len() as u32;
        for seeds in (0..songs).map(|song| vec![song]).chain([vec![songs - 1, 3], vec![songs - 2, 3], vec![1, 2, 3, 4]])
        {
            let named = |&song: &u32| SongQuery::Named {
                title: baskets.titles.get(song as usize).to_owned(),
                artist: baskets.artists.get(baskets.song_artists[song as usize] as usize).to_owned(),
            };
            let mut request = Request::new(seeds.iter().map(named).collect());
            request.limit = 20;
            request.explain = true;
            let response = answer(&model, &request, &mut Scratch::default()).unwrap();
            let answered: Vec<String> = response.recommendations.into_iter().flatten().map(|song| song.title).collect();
            let ranked: Vec<String> =
                rank(&seeds, 20).iter().map(|&song| baskets.titles.get(song as usize).to_owned()).collect();
            assert_eq!(ranked, answered);
        }
    }

    #[test]
    fn songs_that_the_evaluation_lacks_keep_their_place() {
        let mut builder = BasketsBuilder::default();
        for at in 0..4 {
            ["a", "b", "c"].iter().for_each(|title| builder.add(&at.to_string(), "x", title, None));
        }
        let model = build_model(&builder.finish(), &Plan::default()).unwrap();
        let mut builder = BasketsBuilder::default();
        ["new", "c", "a"].iter().for_each(|title| builder.add("1", "x", title, None));
        let baskets = builder.finish();
        let recommender = ModelRecommender::new(&model, &baskets);
        assert_eq!(recommender.ranker()(&[2], 5), [OTHER_SONG, 1]);
        assert_eq!(recommender.ranker()(&[0], 1).len(), 1, "an unknown song by a known artist");
    }
}
