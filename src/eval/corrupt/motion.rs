//! A camera that moves while the shutter is open: every point becomes a line, all in one direction.

use std::f32::consts::PI;

use image::RgbImage;

use super::{Severity, pixels};
use crate::dice::Dice;

/// Length of the line.
const LENGTH: [f32; 5] = [0.008, 0.016, 0.028, 0.042, 0.060];

pub fn apply(picture: &RgbImage, severity: Severity, dice: &mut Dice) -> RgbImage {
    let length = pixels(picture, severity.of(LENGTH)).max(2.0);
    let angle = dice.between(0.0, PI);
    let steps = length.ceil() as i32;
    let offsets: Vec<(i64, i64)> = (0..=steps)
        .map(|step| (step as f32 / steps as f32 - 0.5) * length)
        .map(|along| (along * angle.cos(), along * angle.sin()))
        .map(|(x, y)| (x.round() as i64, y.round() as i64))
        .collect();
    let mut spoiled = picture.clone();
    for (x, y, pixel) in spoiled.enumerate_pixels_mut() {
        let seen = offsets.iter().map(|&(dx, dy)| {
            picture.get_pixel(near(x, dx, picture.width()), near(y, dy, picture.height()))
        });
        let total = seen.fold([0u32; 3], |total, seen| {
            std::array::from_fn(|channel| total[channel] + u32::from(seen[channel]))
        });
        let count = offsets.len() as u32;
        pixel.0 = total.map(|sum| ((sum + count / 2) / count) as u8);
    }
    spoiled
}

/// `place` moved by `by`, at most to the picture's edge.
fn near(place: u32, by: i64, len: u32) -> u32 {
    (i64::from(place) + by).clamp(0, i64::from(len) - 1) as u32
}
