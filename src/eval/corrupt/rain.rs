//! Rain: bright streaks in the wind's direction, in front of a veil that takes contrast away.

use image::RgbImage;

use super::{Severity, pixels, sample};
use crate::dice::Dice;

/// Streaks in the picture.
const STREAKS: [usize; 5] = [80, 160, 280, 440, 650];
/// Share of the veil in each pixel.
const VEIL: [f32; 5] = [0.05, 0.10, 0.16, 0.23, 0.31];
const VEIL_GREY: f32 = 165.0;
/// What a streak looks like where it covers a pixel wholly.
const STREAK_GREY: f32 = 225.0;
/// Furthest lean from the vertical, as a share of the length.
const LEAN_MAX: f32 = 0.4;

pub fn apply(picture: &RgbImage, severity: Severity, dice: &mut Dice) -> RgbImage {
    let mut spoiled = picture.clone();
    for value in spoiled.iter_mut() {
        *value = mixed(*value, VEIL_GREY, severity.of(VEIL));
    }
    let lean = dice.between(-LEAN_MAX, LEAN_MAX);
    for _ in 0..severity.of(STREAKS) {
        streak(&mut spoiled, lean, dice);
    }
    spoiled
}

/// One drop's way while the shutter is open. Near drops are long, wide and hardly there; far ones short and thin.
fn streak(picture: &mut RgbImage, lean: f32, dice: &mut Dice) {
    let nearness = dice.between(0.0, 1.0);
    let length = pixels(picture, 0.03 + 0.09 * nearness);
    let width = (pixels(picture, 0.001 + 0.003 * nearness)).max(1.0) as i64;
    let opacity = 0.55 - 0.25 * nearness;
    let left = dice.between(0.0, picture.width() as f32);
    let top = dice.between(-length, picture.height() as f32);
    for step in 0..length as i64 {
        let (x, y) = (left + lean * step as f32, top as i64 + step);
        for x in x as i64..x as i64 + width {
            let inside = (0..i64::from(picture.width())).contains(&x)
                && (0..i64::from(picture.height())).contains(&y);
            if inside {
                let pixel = picture.get_pixel_mut(x as u32, y as u32);
                pixel.0 = pixel.0.map(|value| mixed(value, STREAK_GREY, opacity));
            }
        }
    }
}

fn mixed(value: u8, with: f32, share: f32) -> u8 {
    sample(f32::from(value) * (1.0 - share) + with * share)
}
