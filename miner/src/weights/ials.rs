//! Learned factors of songs: implicit-feedback alternating least squares.
//!
//! Hu, Koren, Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM 2008: playlists P and songs V
//! get vectors such that Σ c (1 − p·v)² over the songs in playlists, plus Σ (p·v)² over all other pairs, plus
//! λ (Σ |p|² + Σ |v|²) is small. Playlists and songs are solved for in turn, each row by a few steps of conjugate
//! gradients from where it was (Takács, Pilászy, Tikk, "Applications of the conjugate gradient method for implicit
//! feedback collaborative filtering", RecSys 2011).

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;
use segue_model::metadata::Learned;

use crate::counts::Incidence;

/// Rows that are added up, or solved, at a time: sums are of these blocks in their order, whatever the threads.
const ROWS_IN_A_BLOCK: usize = 64;

/// How to learn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learning {
    /// Length of the vectors.
    pub factors: usize,
    /// c: how much more a song in a playlist counts than one that is not.
    pub confidence: f32,
    /// λ: higher keeps vectors shorter.
    pub regularization: f32,
    /// How often playlists and songs are solved for.
    pub sweeps: usize,
    /// Steps of conjugate gradients for a row in a sweep.
    pub steps: usize,
    /// Seed of the random beginning.
    pub seed: u64,
}

impl From<&Learned> for Learning {
    fn from(learned: &Learned) -> Self {
        Self {
            factors: learned.factors as usize,
            confidence: learned.confidence as f32,
            regularization: learned.regularization as f32,
            sweeps: learned.sweeps as usize,
            steps: learned.steps as usize,
            seed: learned.seed,
        }
    }
}

/// Vectors, one a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    /// Length of a vector.
    pub width: usize,
    /// The vectors, one after the other.
    pub values: Vec<f32>,
}

impl Factors {
    /// Small random numbers: uniform in ±0.005, by SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
    fn random(rows: usize, width: usize, seed: u64) -> Self {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut bits = state;
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((bits ^ (bits >> 31)) >> 40) as f32 / (1 << 24) as f32
        };
        Self { width, values: (0..rows * width).map(|_| (next() - 0.5) * 0.01).collect() }
    }

    /// One row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..][..self.width]
    }

    /// VᵀV + λI, column by column.
    pub(super) fn gram(&self, regularization: f32) -> Vec<f32> {
        let width = self.width;
        let mut gram = vec![0.0_f32; width * width];
        if !self.values.is_empty() {
            let rows = MatRef::from_row_major_slice(&self.values, self.values.len() / width, width);
            let gram = MatMut::from_column_major_slice_mut(&mut gram, width, width);
            matmul(gram, Accum::Replace, rows.transpose(), rows, 1.0, Par::Seq);
        }
        (0..width).for_each(|at| gram[at * width + at] += regularization);
        gram
    }
}

/// The factors of songs. `report` is called after each sweep with how many are done.
#[must_use]
pub fn song_factors(incidence: &Incidence, learning: &Learning, report: &(dyn Fn(usize) + Sync)) -> Factors {
    let width = learning.factors;
    let mut songs = Factors::random(incidence.len(), width, learning.seed);
    let mut playlists = Factors { width, values: vec![0.0; incidence.playlists() * width] };
    for sweep in 0..learning.sweeps {
        solve_rows(&mut playlists, &songs, |playlist| incidence.songs_of(playlist as u32), learning);
        solve_rows(&mut songs, &playlists, |song| incidence.playlists_of(song as u32), learning);
        report(sweep + 1);
    }
    songs
}

/// Moves each row x towards the solution of (YᵀY + λI + (c − 1) Σ y yᵀ) x = c Σ y, over the rows y of `others` that go
/// with it.
fn solve_rows<'a>(rows: &mut Factors, others: &Factors, with: impl Fn(usize) -> &'a [u32] + Sync, learning: &Learning) {
    let width = rows.width;
    let gram = others.gram(learning.regularization);
    let blocks = rows.values.par_chunks_mut(ROWS_IN_A_BLOCK * width).enumerate();
    blocks.for_each_init(
        || Solver::new(width),
        |solver, (block, values)| {
            for (at, row) in values.chunks_exact_mut(width).enumerate() {
                let with = with(block * ROWS_IN_A_BLOCK + at);
                solver.solve(&gram, others, with, learning, row);
            }
        },
    );
}

/// Buffers for solving one row after another.
struct Solver {
    residual: Vec<f32>,
    direction: Vec<f32>,
    image: Vec<f32>,
}

impl Solver {
    fn new(width: usize) -> Self {
        let zeros = || vec![0.0; width];
        Self { residual: zeros(), direction: zeros(), image: zeros() }
    }

    fn solve(&mut self, gram: &[f32], others: &Factors, with: &[u32], learning: &Learning, row: &mut [f32]) {
        let Self { residual, direction, image } = self;
        let confidence = learning.confidence;
        if with.is_empty() {
            return row.fill(0.0);
        }
        // r = c Σ y − A x, in one pass over the rows: Σ (c − (c − 1) y·x) y − (YᵀY + λI) x.
        multiply(gram, row, image);
        residual.iter_mut().zip(image.iter()).for_each(|(residual, image)| *residual = -image);
        for &other in with {
            let other = others.row(other as usize);
            add(residual, confidence - (confidence - 1.0) * dot(other, row), other);
        }
        direction.copy_from_slice(residual);
        let mut length = dot(residual, residual);
        for _ in 0..learning.steps {
            if length < 1e-20 {
                break;
            }
            multiply(gram, direction, image);
            for &other in with {
                let other = others.row(other as usize);
                add(image, (confidence - 1.0) * dot(other, direction), other);
            }
            let step = length / dot(direction, image);
            add(row, step, direction);
            add(residual, -step, image);
            let before = std::mem::replace(&mut length, dot(residual, residual));
            let share = length / before;
            direction.iter_mut().zip(residual.iter()).for_each(|(to, from)| *to = from + share * *to);
        }
    }
}

/// A symmetric matrix times a vector.
fn multiply(matrix: &[f32], vector: &[f32], product: &mut [f32]) {
    product.fill(0.0);
    for (column, &factor) in matrix.chunks_exact(vector.len()).zip(vector) {
        add(product, factor, column);
    }
}

/// Adds `factor` times a vector to another.
fn add(to: &mut [f32], factor: f32, vector: &[f32]) {
    to.iter_mut().zip(vector).for_each(|(to, from)| *to += factor * from);
}

/// The scalar product, in eight sums side by side.
pub(crate) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (left, left_rest) = left.as_chunks::<8>();
    let (right, right_rest) = right.as_chunks::<8>();
    for (left, right) in left.iter().zip(right) {
        for lane in 0..8 {
            sums[lane] += left[lane] * right[lane];
        }
    }
    let rest: f32 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two groups of playlists that share no song.
    fn two_groups() -> Incidence {
        let lists: Vec<Vec<u32>> = (0..40_u32)
            .map(|at| (0..10).filter(|song| (at + song) % 4 != 0).map(|song| song + 10 * (at % 2)).collect())
            .collect();
        Incidence::new(20, lists.iter().map(|list| (&list[..], 1.0)))
    }

    const LEARNING: Learning =
        Learning { factors: 8, confidence: 20.0, regularization: 1.0, sweeps: 10, steps: 8, seed: 1 };

    #[test]
    fn songs_of_the_same_playlists_get_similar_vectors() {
        let factors = song_factors(&two_groups(), &Learning { factors: 2, ..LEARNING }, &|_| {});
        let cosine = |one: usize, other: usize| {
            let (one, other) = (factors.row(one), factors.row(other));
            dot(one, other) / (dot(one, one) * dot(other, other)).sqrt()
        };
        for song in 1..10 {
            assert!(cosine(0, song) > 0.5, "{song}: {}", cosine(0, song));
            assert!(cosine(0, 10 + song).abs() < 0.1, "{song}: {}", cosine(0, 10 + song));
        }
    }

    #[test]
    fn rows_solve_their_equations() {
        let incidence = two_groups();
        let songs = song_factors(&incidence, &LEARNING, &|_| {});
        let mut playlists = Factors { width: 8, values: vec![0.0; 8 * incidence.playlists()] };
        let learning = Learning { steps: 30, ..LEARNING };
        solve_rows(&mut playlists, &songs, |playlist| incidence.songs_of(playlist as u32), &learning);
        let gram = songs.gram(learning.regularization);
        for playlist in 0..incidence.playlists() {
            let solution = playlists.row(playlist);
            let mut left = vec![0.0; 8];
            multiply(&gram, solution, &mut left);
            let mut right = vec![0.0; 8];
            for &song in incidence.songs_of(playlist as u32) {
                let song = songs.row(song as usize);
                add(&mut left, (learning.confidence - 1.0) * dot(song, solution), song);
                add(&mut right, learning.confidence, song);
            }
            let scale = dot(&right, &right).sqrt();
            for (left, right) in left.iter().zip(&right) {
                assert!((left - right).abs() < 1e-3 * scale, "{left} {right}");
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| song_factors(&two_groups(), &LEARNING, &|_| {}))
        };
        assert_eq!(on(1), on(3));
        assert_ne!(on(1), song_factors(&two_groups(), &Learning { seed: 2, ..LEARNING }, &|_| {}));
    }
}
