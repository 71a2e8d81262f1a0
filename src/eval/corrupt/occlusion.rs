//! Leaves, dirt on the lens, posts: opaque patches over the picture, until a share of it is covered.
//!
//! Patches fall anywhere, and not only on people, so that a detector cannot take one for a hint; their sides are a few
//! hundredths of the picture's, so that somebody near is hidden in part and somebody far away perhaps wholly.

use image::{Rgb, RgbImage};

use super::{Severity, pixels};
use crate::dice::Dice;

/// Share of the picture that is covered.
const COVERED: [f32; 5] = [0.05, 0.10, 0.18, 0.27, 0.38];
/// Sides of a patch.
const SIDE: (f32, f32) = (0.02, 0.08);

pub fn apply(picture: &RgbImage, severity: Severity, dice: &mut Dice) -> RgbImage {
    let (width, height) = (picture.width(), picture.height());
    let wanted = (severity.of(COVERED) * width as f32 * height as f32) as usize;
    let mut covered = vec![false; width as usize * height as usize];
    let mut count = 0;
    let mut spoiled = picture.clone();
    while count < wanted {
        let patch = Patch::fall(picture, dice);
        for y in patch.top..(patch.top + patch.height).min(height) {
            for x in patch.left..(patch.left + patch.width).min(width) {
                spoiled.put_pixel(x, y, patch.colour);
                let place = y as usize * width as usize + x as usize;
                count += usize::from(!std::mem::replace(&mut covered[place], true));
            }
        }
    }
    spoiled
}

struct Patch {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
    colour: Rgb<u8>,
}

impl Patch {
    fn fall(picture: &RgbImage, dice: &mut Dice) -> Self {
        let mut side = || pixels(picture, dice.between(SIDE.0, SIDE.1)).max(1.0) as u32;
        let (width, height) = (side(), side());
        let mut place = |len: u32| (dice.between(0.0, len as f32) as u32).min(len - 1);
        let (left, top) = (place(picture.width()), place(picture.height()));
        // Bark, leaves, mud: dull, and not of one brightness.
        let dull = dice.between(20.0, 150.0);
        let colour = Rgb([dull * 0.9, dull, dull * 0.75].map(|value| value as u8));
        Self {
            left,
            top,
            width,
            height,
            colour,
        }
    }
}
