//! Little light: fewer photons, and therefore more noise for the signal that is left.

use image::RgbImage;

use super::{Severity, light, sample};
use crate::dice::Dice;

/// Share of the light that is left.
const EXPOSURE: [f32; 5] = [0.30, 0.14, 0.07, 0.035, 0.018];
/// Variance of the noise: for each unit of light (of the photons), and in the dark (of the sensor).
const SHOT: f32 = 2e-4;
const READ: f32 = 1e-6;

pub fn apply(picture: &RgbImage, severity: Severity, dice: &mut Dice) -> RgbImage {
    let exposure = severity.of(EXPOSURE);
    let linear = light::linear();
    let mut spoiled = picture.clone();
    for value in spoiled.iter_mut() {
        let photons = linear[usize::from(*value)] * exposure;
        let noise = (SHOT * photons + READ).sqrt() * dice.normal();
        *value = sample(light::encoded(photons + noise));
    }
    spoiled
}
