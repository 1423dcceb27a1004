//! `cargo xtask bench scoring --model FILE [SEEDS…]`: how long ranking and whole answers take, by number of seeds.
//!
//! Seeds are drawn from the model's songs as playlists have them: the more playlists a song is in, the more often.
//! Buffers are kept from one call to the next, as the server and the browser keep them. *Ranking* begins with ids and
//! ends with ids; an *answer* begins with a request that names songs and ends with a response that does.

#![allow(missing_docs)]

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use segue_model::Model;
use segue_model::answer::answer;
use segue_model::api::{Request, SongQuery};
use segue_model::resolve::name_of;
use segue_model::scoring::{Query, Scratch, rank};
use segue_model::song::{ArtistId, SongId};

/// Calls timed for each number of seeds, after as many that are not.
const CALLS: usize = 2_000;

/// Numbers of seeds, unless others are asked for.
const SEEDS: [usize; 5] = [1, 5, 10, 25, 100];

/// Suggestions asked for: what the API gives unless told.
const LIMIT: usize = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (Some("--model"), Some(path)) = (arguments.next().as_deref(), arguments.next()) else {
        // `cargo test --all-targets` runs benches too, with other words.
        println!("cargo xtask bench scoring --model FILE [SEEDS…] (a path from the root of the workspace)");
        return Ok(());
    };
    let asked: Vec<usize> = arguments.map(|seeds| seeds.parse()).collect::<Result<_, _>>()?;
    // Benches run in the folder of their crate.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let model = Model::open(&std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?)?;
    println!("{} songs, {} pairs, {LIMIT} suggestions; microseconds\n", model.catalogue().len(), model.pairs().len());
    println!("| seeds | neighbours | ranking, p50 | p95 | p99 | answer, p50 | p95 | p99 |");
    println!("|---|---|---|---|---|---|---|---|");
    let mut draw = Draw::new(&model);
    let mut scratch = Scratch::default();
    for &seeds in if asked.is_empty() { &SEEDS[..] } else { &asked } {
        let queries: Vec<Query> = (0..CALLS).map(|_| draw.query(seeds)).collect();
        let neighbours: usize =
            queries.iter().flat_map(|query| &query.seeds).map(|&seed| model.pairs().neighbours(seed).count()).sum();
        let ranking = percentiles(&queries, |query| {
            black_box(rank(&model, query, &mut scratch));
        });
        let requests: Vec<Request> = queries.iter().map(|query| request(&model, query)).collect();
        let answers = percentiles(&requests, |request| {
            let _ = black_box(answer(&model, request, &mut scratch));
        });
        println!("| {seeds} | {} | {ranking} | {answers} |", neighbours / CALLS);
    }
    Ok(())
}

/// Times `call` on each input, and tells of the median and the slow ones.
fn percentiles<I>(inputs: &[I], mut call: impl FnMut(&I)) -> String {
    inputs.iter().for_each(&mut call);
    let mut times: Vec<f64> = inputs
        .iter()
        .map(|input| {
            let start = Instant::now();
            call(black_box(input));
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    format!("{:.1} | {:.1} | {:.1}", at(50), at(95), at(99))
}

/// The request that asks by name what a query asks by id.
fn request(model: &Model, query: &Query) -> Request {
    Request::new(query.seeds.iter().map(|&song| SongQuery::from(name_of(model, song))).collect())
}

/// Draws songs in proportion to their support.
struct Draw<'a> {
    model: &'a Model,
    /// Sum of supports up to and with each song.
    sums: Vec<u64>,
    state: u64,
}

impl<'a> Draw<'a> {
    fn new(model: &'a Model) -> Self {
        let mut sum = 0;
        let sums = model
            .catalogue()
            .songs()
            .map(|song| {
                sum += u64::from(model.catalogue().support(song).0);
                sum
            })
            .collect();
        Self { model, sums, state: 1 }
    }

    fn query(&mut self, seeds: usize) -> Query {
        let mut query = Query { limit: LIMIT, max_per_artist: usize::MAX, ..Query::default() };
        while query.seeds.len() < seeds.min(self.sums.len()) {
            let song = self.song();
            if !query.seeds.contains(&song) {
                query.seeds.push(song);
                let artist = self.model.catalogue().artist(song);
                count(&mut query.artists, artist);
            }
        }
        query
    }

    fn song(&mut self) -> SongId {
        // A linear congruential generator (Knuth, TAOCP 2, 3.3.4); its upper half is random enough.
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = (self.state >> 33) % self.sums.last().copied().unwrap_or(1).max(1);
        SongId(self.sums.partition_point(|&sum| sum <= place) as u32)
    }
}

fn count(artists: &mut Vec<(ArtistId, u32)>, artist: ArtistId) {
    match artists.iter_mut().find(|(known, _)| *known == artist) {
        Some((_, seeds)) => *seeds += 1,
        None => artists.push((artist, 1)),
    }
}
