//! Too much light: what is bright becomes white, and nothing can be told apart in it.

use image::RgbImage;

use super::{Severity, light, sample};
use crate::dice::Dice;

/// How many times as much light.
const EXPOSURE: [f32; 5] = [1.6, 2.4, 3.6, 5.5, 8.5];

pub fn apply(picture: &RgbImage, severity: Severity, _: &mut Dice) -> RgbImage {
    let exposure = severity.of(EXPOSURE);
    let encoded = light::linear().map(|light| sample(light::encoded(light * exposure)));
    let mut spoiled = picture.clone();
    for value in spoiled.iter_mut() {
        *value = encoded[usize::from(*value)];
    }
    spoiled
}
