//! The pairs of greatest sum, by the Hungarian method (Kuhn 1955, <https://doi.org/10.1002/nav.3800020109>). Pure.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

/// Pairs rows with columns, each at most once, so that the sum of their weights is greatest; pairs of weight 0 are left out.
/// Weights are 0 or above; whole numbers, so that sums are exact.
pub fn pairs(
    rows: usize,
    columns: usize,
    weight: impl Fn(usize, usize) -> i64,
) -> Vec<(usize, usize)> {
    if rows == 0 || columns == 0 {
        return Vec::new();
    }
    let weights = Matrix::from_fn(rows, columns, |(row, column)| weight(row, column));
    let mut pairs: Vec<(usize, usize)> = if rows <= columns {
        kuhn_munkres(&weights).1.into_iter().enumerate().collect()
    } else {
        let rows_of_columns = kuhn_munkres(&weights.transposed()).1.into_iter();
        let turned = rows_of_columns.enumerate();
        turned.map(|(column, row)| (row, column)).collect()
    };
    pairs.retain(|&pair| weights[pair] > 0);
    pairs
}
