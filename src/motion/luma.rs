//! Shrinks luminance to coarse cells by averaging.
//!
//! Averaging does two things at once: a cell of 16×16 pixels has an eighth of the sensor's noise, even though only every
//! fourth row is read, and 3,600 cells cost next to nothing to compare.

use crate::convert::Luma;
use crate::types::Size;

/// Cells across. A cell is then 1/80 of the width: somebody whose height is 5 % of a 16:9 picture's still covers two of them.
const COLUMNS: u32 = 80;
/// Rows read in a cell: more cost time and take away little more noise.
const ROWS_READ: u32 = 4;

/// Shrinks luminance; keeps its buffers between two frames.
#[derive(Default)]
pub(super) struct Shrinker {
    /// Sums down the rows of one row of cells, a pixel each.
    sums: Vec<u16>,
    /// Where each column of cells begins, and where the last ends.
    borders: Vec<usize>,
    cells: Vec<f32>,
}

impl Shrinker {
    /// The means of the cells, 0–255, row by row.
    pub(super) fn shrink(&mut self, luma: &Luma<'_>) -> &[f32] {
        let (picture, grid) = (luma.size(), grid(luma.size()));
        self.cells.clear();
        self.borders.clear();
        let columns = 0..=grid.width;
        self.borders
            .extend(columns.map(|column| border(column, grid.width, picture.width) as usize));
        let columns_even = picture.width.is_multiple_of(grid.width);
        let even = columns_even.then_some(picture.width / grid.width);
        for row in 0..grid.height {
            let (top, bottom) = (
                border(row, grid.height, picture.height),
                border(row + 1, grid.height, picture.height),
            );
            let read = (bottom - top).min(ROWS_READ);
            self.sums.clear();
            self.sums.resize(picture.width as usize, 0);
            for i in 0..read {
                luma.add_row(top + (bottom - top) * i / read, &mut self.sums);
            }
            self.add_cells(read, even);
        }
        &self.cells
    }

    /// One row of cells, each as wide as its borders say (all `even`, if so) and `rows` high.
    fn add_cells(&mut self, rows: u32, even: Option<u32>) {
        // The compiler makes vector code where it knows the width: at 640, 1280 and 1920 pixels.
        match even {
            Some(8) => self.add_even::<8>(rows),
            Some(16) => self.add_even::<16>(rows),
            Some(24) => self.add_even::<24>(rows),
            _ => {
                let sums = &self.sums;
                let columns = self.borders.array_windows();
                let cells = columns.map(|&[left, right]| mean(&sums[left..right], rows));
                self.cells.extend(cells);
            }
        }
    }

    fn add_even<const WIDTH: usize>(&mut self, rows: u32) {
        let cells = self.sums.as_chunks::<WIDTH>().0;
        self.cells.extend(cells.iter().map(|cell| mean(cell, rows)));
    }

    /// The means of the picture that was shrunk last.
    pub(super) fn cells(&self) -> &[f32] {
        &self.cells
    }
}

/// The mean of pixels, each of which is the sum of so many rows.
#[inline]
fn mean(sums: &[u16], rows: u32) -> f32 {
    let sum: u32 = sums.iter().copied().map(u32::from).sum();
    sum as f32 / (rows as usize * sums.len()) as f32
}

/// How many cells a picture of this size has: about as high as they are wide.
pub(super) fn grid(picture: Size) -> Size {
    let columns = picture.width.min(COLUMNS);
    let rows = (f64::from(picture.height) * f64::from(columns) / f64::from(picture.width)).round();
    Size::new(columns, (rows as u32).clamp(1, picture.height.min(COLUMNS)))
}

/// Where the cell with this number begins, when `cells` of them share `pixels`.
const fn border(number: u32, cells: u32, pixels: u32) -> u32 {
    (number as u64 * pixels as u64 / cells as u64) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cell_is_the_mean_of_its_pixels() {
        let bytes: Vec<u8> = (0..160 * 90).map(|i| ((i % 160) / 2) as u8).collect();
        let luma = Luma::new(&bytes, 160, Size::new(160, 90)).expect("whole");
        let mut shrinker = Shrinker::default();
        let cells = shrinker.shrink(&luma);
        assert_eq!(cells.len(), 80 * 45);
        for (i, cell) in cells.iter().enumerate() {
            assert_eq!(*cell, (i % 80) as f32);
        }
    }

    proptest! {
        #[test]
        fn an_even_picture_of_any_shape_gives_even_cells(
            (width, height) in (1u32..400, 1u32..400), gap in 0usize..9,
        ) {
            let size = Size::new(width, height);
            let stride = width as usize + gap;
            let mut bytes = vec![7; stride * height as usize];
            for row in bytes.chunks_exact_mut(stride) {
                row[..width as usize].fill(90);
            }
            let luma = Luma::new(&bytes, stride, size).expect("whole");
            let mut shrinker = Shrinker::default();
            let cells = shrinker.shrink(&luma);
            prop_assert_eq!(cells.len(), grid(size).area());
            prop_assert!(cells.iter().all(|cell| *cell == 90.0));
        }
    }
}
