//! A still picture from a file.

use std::path::Path;

use anyhow::Context;
use image::{DynamicImage, ImageDecoder, ImageReader, RgbImage};

use crate::convert::{ConvertError, Converter, Letterbox, Picture};
use crate::detect::Detector;
use crate::types::Size;

/// A picture with red, green and blue.
pub struct Still(RgbImage);

impl Still {
    /// The picture in a JPEG or PNG file, turned upright where `upright` and the file says how.
    pub fn open(path: &Path, upright: bool) -> anyhow::Result<Self> {
        let still = || -> anyhow::Result<Self> {
            let mut decoder = ImageReader::open(path)?
                .with_guessed_format()?
                .into_decoder()?;
            let orientation = decoder.orientation()?;
            let mut image = DynamicImage::from_decoder(decoder)?;
            if upright {
                image.apply_orientation(orientation);
            }
            Ok(Self(image.into_rgb8()))
        };
        still().with_context(|| format!("cannot read picture {}", path.display()))
    }

    /// Its size in pixels.
    pub fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }

    /// Its pixels.
    pub fn pixels_mut(&mut self) -> &mut RgbImage {
        &mut self.0
    }

    /// Puts the picture into the input tensor, in the way that frames of a camera come there.
    pub fn write(
        &mut self,
        converter: &mut Converter,
        detector: &mut Detector,
    ) -> Result<Letterbox, ConvertError> {
        let size = self.size();
        let picture = Picture::from_rgb(&mut self.0, size)?;
        converter.write(&picture, detector.input_mut())
    }
}
