//! Distilling: what learned factors say about pairs of songs.

use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{MatMut, MatRef, Par, Side};

use super::ials::{Factors, dot};

/// The learned factors as an item-to-item model.
///
/// A playlist's vector is a linear function of its songs, so a song's score given another is an entry of the symmetric
/// matrix D = V(VᵀV + λI)⁻¹Vᵀ. With the Cholesky factor L of VᵀV + λI, it is the scalar product of two rows of V L⁻ᵀ:
/// any entry can be had without the rest of the matrix.
#[derive(Clone, Debug)]
pub struct Distilled {
    rows: Factors,
}

impl Distilled {
    /// From the factors of songs and the regularization they were learned with.
    #[must_use]
    pub fn new(mut factors: Factors, regularization: f32) -> Self {
        let width = factors.width;
        let gram = factors.gram(regularization);
        match MatRef::from_column_major_slice(&gram, width, width).llt(Side::Lower) {
            Ok(cholesky) => {
                let songs = factors.values.len() / width;
                let columns = MatMut::from_column_major_slice_mut(&mut factors.values, width, songs);
                solve_lower_triangular_in_place(cholesky.L(), columns, Par::Seq);
            }
            // Not positive definite: the factors grew beyond what numbers hold. There is nothing to learn from them.
            Err(_) => factors.values.fill(0.0),
        }
        Self { rows: factors }
    }

    /// The vector of a song: entries of D are scalar products of two of them.
    pub(crate) fn row(&self, song: u32) -> &[f32] {
        self.rows.row(song as usize)
    }

    /// Length of these vectors.
    pub(crate) fn width(&self) -> usize {
        self.rows.width
    }

    /// D for two songs, at least 0; the same bits in either order.
    #[must_use]
    pub fn entry(&self, one: u32, other: u32) -> f64 {
        f64::from(dot(self.row(one), self.row(other)).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_those_of_the_matrix() {
        // V = diag(2, 3) over a third song (2, 3), λ = 1: VᵀV + I = [[9, 6], [6, 19]], of determinant 135.
        let factors = Factors { width: 2, values: vec![2.0, 0.0, 0.0, 3.0, 2.0, 3.0] };
        let distilled = Distilled::new(factors, 1.0);
        let inverse = [[19.0 / 135.0, -6.0 / 135.0], [-6.0 / 135.0, 9.0 / 135.0]];
        let rows = [[2.0, 0.0], [0.0, 3.0], [2.0, 3.0]];
        for (one, left) in rows.iter().enumerate() {
            for (other, right) in rows.iter().enumerate() {
                let exact: f64 = (0..2)
                    .flat_map(|i| (0..2).map(move |j| (i, j)))
                    .map(|(i, j)| left[i] * inverse[i][j] * right[j])
                    .sum();
                let entry = distilled.entry(one as u32, other as u32);
                assert!((entry - exact.max(0.0)).abs() < 1e-6, "{one} {other}: {entry} {exact}");
                assert_eq!(entry, distilled.entry(other as u32, one as u32));
            }
        }
    }

    #[test]
    fn vectors_that_are_no_numbers_say_nothing() {
        let distilled = Distilled::new(Factors { width: 1, values: vec![f32::NAN, 1.0] }, 1.0);
        assert_eq!(distilled.entry(0, 1), 0.0);
    }
}
