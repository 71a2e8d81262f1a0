//! A lens out of focus: every point becomes a disc.

use image::RgbImage;

use super::{Severity, pixels};
use crate::dice::Dice;

/// Radius of the disc.
const RADIUS: [f32; 5] = [0.003, 0.006, 0.010, 0.015, 0.022];

pub fn apply(picture: &RgbImage, severity: Severity, _: &mut Dice) -> RgbImage {
    let radius = pixels(picture, severity.of(RADIUS)).max(1.0);
    let sums = RowSums::new(picture);
    let (width, height) = (i64::from(picture.width()), i64::from(picture.height()));
    let rows = radius as i64;
    let mut spoiled = picture.clone();
    for (x, y, pixel) in spoiled.enumerate_pixels_mut() {
        let (mut total, mut count) = ([0u32; 3], 0);
        for offset in -rows..=rows {
            // Beyond the edge the lens sees what is not in the picture; the disc is cut there.
            let row = i64::from(y) + offset;
            let reach = (radius * radius - (offset * offset) as f32).sqrt() as i64;
            let (from, to) = (
                (i64::from(x) - reach).max(0),
                (i64::from(x) + reach + 1).min(width),
            );
            if (0..height).contains(&row) {
                sums.add(row as usize, from as usize..to as usize, &mut total);
                count += (to - from) as u32;
            }
        }
        pixel.0 = total.map(|sum| ((sum + count / 2) / count) as u8);
    }
    spoiled
}

/// For each row, the sum of each channel up to every pixel: a part of a row is then one difference, however long.
struct RowSums {
    sums: Vec<[u32; 3]>,
    stride: usize,
}

impl RowSums {
    fn new(picture: &RgbImage) -> Self {
        let stride = picture.width() as usize + 1;
        let mut sums = Vec::with_capacity(stride * picture.height() as usize);
        for row in picture.rows() {
            let mut sum = [0u32; 3];
            sums.push(sum);
            for pixel in row {
                sum = std::array::from_fn(|channel| sum[channel] + u32::from(pixel[channel]));
                sums.push(sum);
            }
        }
        Self { sums, stride }
    }

    fn add(&self, row: usize, columns: std::ops::Range<usize>, total: &mut [u32; 3]) {
        let row = &self.sums[row * self.stride..][..self.stride];
        let (from, to) = (row[columns.start], row[columns.end]);
        *total = std::array::from_fn(|channel| total[channel] + to[channel] - from[channel]);
    }
}
