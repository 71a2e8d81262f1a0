//! The cells that a map's rows belong to.

use crate::types::Size;

/// Number of cells that are `stride` input pixels apart.
pub fn len(input: Size, stride: u32) -> usize {
    input.width.div_ceil(stride) as usize * input.height.div_ceil(stride) as usize
}

/// Column and row of each cell, in the order of the map: row by row from the upper left.
pub fn cells(input: Size, stride: u32) -> impl Iterator<Item = (f32, f32)> {
    let (columns, rows) = (input.width.div_ceil(stride), input.height.div_ceil(stride));
    (0..rows).flat_map(move |y| (0..columns).map(move |x| (x as f32, y as f32)))
}
