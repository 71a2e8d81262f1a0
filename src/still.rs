//! A still picture from a file, and its way into a model: for `watchpost detect` and [`eval`](crate::eval).

use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, RgbImage};

use crate::convert::{ConvertError, Converter, Letterbox, Picture};
use crate::detect::{DetectError, Detector};
use crate::types::Size;

/// Longest side of a picture: more than any camera's, and bounds the memory that a file can claim to need.
const SIDE_MAX: u32 = 16_384;

/// A picture with red, green and blue.
pub struct Still(RgbImage);

/// Why a file gives no picture.
#[derive(Debug, thiserror::Error)]
pub enum StillError {
    /// It cannot be opened or read.
    #[error("cannot read picture {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Its content is something else, or broken.
    #[error("cannot read picture {} (a JPEG or PNG file is needed)", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ImageError,
    },
    /// It is too large.
    #[error("picture {} is {found}; the longest side may have {SIDE_MAX} pixels", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        found: Size,
    },
}

/// Why a picture does not come into a model.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It cannot be converted.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// The model has no input for it.
    #[error(transparent)]
    Detect(#[from] DetectError),
}

impl Still {
    /// The picture in a JPEG or PNG file, turned upright where `upright` and the file says how.
    pub fn open(path: &Path, upright: bool) -> Result<Self, StillError> {
        let at = || path.to_owned();
        let read = |source| StillError::Read { path: at(), source };
        let form = |source| StillError::Form { path: at(), source };
        let reader = ImageReader::open(path).map_err(read)?;
        let reader = reader.with_guessed_format().map_err(read)?;
        let mut decoder = reader.into_decoder().map_err(form)?;
        let (width, height) = decoder.dimensions();
        if width.max(height) > SIDE_MAX {
            let found = Size::new(width, height);
            return Err(StillError::TooLarge { path: at(), found });
        }
        let orientation = decoder.orientation().map_err(form)?;
        let mut image = DynamicImage::from_decoder(decoder).map_err(form)?;
        if upright {
            image.apply_orientation(orientation);
        }
        Ok(Self(image.into_rgb8()))
    }

    /// The picture with these pixels.
    pub const fn new(pixels: RgbImage) -> Self {
        Self(pixels)
    }

    /// Its size in pixels.
    pub fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }

    /// Its pixels.
    pub const fn pixels(&self) -> &RgbImage {
        &self.0
    }

    /// Its pixels.
    pub const fn pixels_mut(&mut self) -> &mut RgbImage {
        &mut self.0
    }

    /// Puts the picture into the input tensor, in the way that frames of a camera come there.
    pub fn write(
        &mut self,
        converter: &mut Converter,
        detector: &mut Detector,
    ) -> Result<Letterbox, WriteError> {
        let size = self.size();
        let picture = Picture::from_rgb(&mut self.0, size)?;
        Ok(converter.write(&picture, detector.input_mut(size)?)?)
    }
}
