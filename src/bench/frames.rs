//! Frames to measure with: pictures of a clip, brought to the size and layout that is asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fast_image_resize as fir;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use serde::{Deserialize, Serialize};

use crate::capture::replay::{Pace, Replay};
use crate::capture::{CaptureError, FrameSource};
use crate::clock::SystemClock;
use crate::types::{self, Colour, Frame, Monotonic, PixelFormat, Size};

/// Pictures kept in memory; few, so that they do not count for much in the resident size.
const KEPT: usize = 4;
/// Every n-th picture of the clip is used, so that people have moved between two.
const EVERY: usize = 10;
/// A clip that is not paced answers at once.
const PATIENCE: Duration = Duration::from_secs(1);
/// What cameras use.
const JPEG_QUALITY: u8 = 85;

/// What the frames look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Packed 4:2:2, as most USB cameras offer.
    Yuyv,
    /// Two planes, as most CSI cameras offer.
    Nv12,
    /// JPEG, as USB cameras offer at large sizes.
    Mjpeg,
}

impl Layout {
    /// As data sheets write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yuyv => "YUYV",
            Self::Nv12 => "NV12",
            Self::Mjpeg => "MJPEG",
        }
    }
}

/// Why there are no frames to measure with.
#[derive(Debug, thiserror::Error)]
pub enum FramesError {
    /// A size that the layouts cannot have.
    #[error("width and height must be even and above zero, found {0}")]
    Size(Size),
    /// The clip cannot be read.
    #[error("cannot read the clip {}", path.display())]
    Clip {
        /// The clip.
        path: PathBuf,
        /// Why.
        source: CaptureError,
    },
    /// A picture cannot be decoded or encoded.
    #[error("a picture of the clip cannot be used")]
    Picture(#[from] image::ImageError),
    /// A picture cannot be brought to the size.
    #[error("a picture of the clip cannot be brought to the size: {0}")]
    Resize(String),
}

/// Frames that can be had over and over.
pub struct Frames {
    size: Size,
    format: PixelFormat,
    stride: usize,
    bytes: Vec<Vec<u8>>,
}

impl Frames {
    /// Reads the clip at `path` and converts some of its pictures.
    ///
    /// # Errors
    ///
    /// When the clip cannot be read, or the layout cannot have the size.
    pub fn prepare(path: &Path, layout: Layout, size: Size) -> Result<Self, FramesError> {
        let even = size.width.is_multiple_of(2) && size.height.is_multiple_of(2);
        if !even || size.area() == 0 {
            return Err(FramesError::Size(size));
        }
        let unreadable = |source| FramesError::Clip {
            path: path.to_owned(),
            source,
        };
        let mut bytes = Vec::new();
        let pace = Pace {
            repeat: true,
            unpaced: true,
        };
        let mut clip = Replay::open(path, pace, Arc::new(SystemClock)).map_err(unreadable)?;
        for i in 0..KEPT * EVERY {
            let frame = clip.next_frame(PATIENCE).map_err(unreadable)?;
            if i % EVERY == 0 {
                let picture = image::load_from_memory(frame.bytes.planes()[0])?;
                bytes.push(encode(&resized(picture.into_rgb8(), size)?, layout)?);
            }
        }
        let format = match layout {
            Layout::Yuyv => PixelFormat::Yuyv,
            Layout::Nv12 => PixelFormat::Nv12,
            Layout::Mjpeg => PixelFormat::Mjpeg,
        };
        Ok(Self {
            size,
            format,
            stride: format.min_stride(size.width),
            bytes,
        })
    }

    /// Their size.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The `i`-th frame, captured at `at`; a copy, because the flow may blank parts of it.
    pub fn frame(&self, i: usize, at: Monotonic) -> Frame {
        Frame {
            format: self.format,
            colour: Colour::default(),
            size: self.size,
            layout: types::Layout::Whole {
                stride: self.stride,
            },
            seq: i as u64,
            captured_at: at,
            bytes: Box::new(self.bytes[i % self.bytes.len()].clone()),
        }
    }
}

fn resized(picture: RgbImage, size: Size) -> Result<RgbImage, FramesError> {
    let failed = |error: &dyn std::fmt::Display| FramesError::Resize(error.to_string());
    let from = fir::images::Image::from_vec_u8(
        picture.width(),
        picture.height(),
        picture.into_raw(),
        fir::PixelType::U8x3,
    )
    .map_err(|error| failed(&error))?;
    let mut to = fir::images::Image::new(size.width, size.height, fir::PixelType::U8x3);
    fir::Resizer::new()
        .resize(&from, &mut to, None)
        .map_err(|error| failed(&error))?;
    let resized = RgbImage::from_raw(size.width, size.height, to.into_vec());
    Ok(resized.expect("the resizer gave the size that it was asked for"))
}

fn encode(picture: &RgbImage, layout: Layout) -> Result<Vec<u8>, FramesError> {
    match layout {
        Layout::Yuyv => Ok(yuyv(picture)),
        Layout::Nv12 => Ok(nv12(picture)),
        Layout::Mjpeg => {
            let mut jpeg = Vec::new();
            JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY).encode_image(picture)?;
            Ok(jpeg)
        }
    }
}

/// A YUV 4:2:2 pair of pixels after the next, row by row.
fn yuyv(picture: &RgbImage) -> Vec<u8> {
    let pair = |pixels: &[u8]| {
        let (left, right) = pixels.split_at(3);
        let [u, v] = chroma(left);
        [luma(left), u, luma(right), v]
    };
    picture.as_raw().chunks_exact(6).flat_map(pair).collect()
}

/// All luma, then the chroma of every second pixel of every second row.
fn nv12(picture: &RgbImage) -> Vec<u8> {
    let mut bytes: Vec<u8> = picture.as_raw().chunks_exact(3).map(luma).collect();
    let row_len = picture.width() as usize * 3;
    for row in picture.as_raw().chunks_exact(row_len).step_by(2) {
        bytes.extend(row.chunks_exact(6).flat_map(|pixels| chroma(&pixels[..3])));
    }
    bytes
}

/// Luma of an RGB pixel, ITU-R BT.601, limited range.
fn luma(rgb: &[u8]) -> u8 {
    let [r, g, b] = [rgb[0], rgb[1], rgb[2]].map(f32::from);
    (16.0 + 0.257 * r + 0.504 * g + 0.098 * b).round() as u8
}

/// Chroma of an RGB pixel, ITU-R BT.601, limited range: U, then V.
fn chroma(rgb: &[u8]) -> [u8; 2] {
    let [r, g, b] = [rgb[0], rgb[1], rgb[2]].map(f32::from);
    let u = 128.0 - 0.148 * r - 0.291 * g + 0.439 * b;
    let v = 128.0 + 0.439 * r - 0.368 * g - 0.071 * b;
    [u.round() as u8, v.round() as u8]
}
