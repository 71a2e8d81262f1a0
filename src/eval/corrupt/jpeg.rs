//! Few bits a picture, as a camera on a bad network sends them: blocks, and colours that run.

use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, RgbImage};

use super::Severity;
use crate::dice::Dice;

/// JPEG quality; cameras use 70 to 90.
const QUALITY: [u8; 5] = [30, 18, 11, 7, 4];

pub fn apply(picture: &RgbImage, severity: Severity, _: &mut Dice) -> RgbImage {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, severity.of(QUALITY))
        .encode_image(picture)
        .expect("a picture that was read has sides that JPEG can hold, and memory takes any bytes");
    image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg)
        .expect("we have just written it")
        .into_rgb8()
}
