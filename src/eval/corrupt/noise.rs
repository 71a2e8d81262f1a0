//! Gaussian noise, as of a sensor at high gain.

use image::RgbImage;

use super::{Severity, sample};
use crate::dice::Dice;

/// Standard deviation in steps of 255.
const DEVIATION: [f32; 5] = [8.0, 16.0, 26.0, 40.0, 60.0];

pub fn apply(picture: &RgbImage, severity: Severity, dice: &mut Dice) -> RgbImage {
    let deviation = severity.of(DEVIATION);
    let mut spoiled = picture.clone();
    for value in spoiled.iter_mut() {
        *value = sample(f32::from(*value) + deviation * dice.normal());
    }
    spoiled
}
