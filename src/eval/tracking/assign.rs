//! The pairs of greatest sum, as exactly as the figures want them.

use crate::assignment;

/// Steps of a weight of 1: sums are counted in whole numbers, and a weight of a thousand leaves room for 9,000 of them.
const STEPS: f64 = 1e12;

/// Pairs rows with columns, each at most once, so that the sum of their weights is greatest; pairs of weight 0 are left
/// out. Weights are 0 or above.
pub fn assign(
    rows: usize,
    columns: usize,
    weight: impl Fn(usize, usize) -> f64,
) -> Vec<(usize, usize)> {
    let steps = |row, column| (weight(row, column) * STEPS) as i64;
    assignment::pairs(rows, columns, steps)
}
