//! Frames to measure with: pictures of a clip, brought to the size and layout that is asked for.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use fast_image_resize as fir;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use super::Layout;
use crate::capture::FrameSource;
use crate::capture::replay::{Pace, Replay};
use crate::clock::SystemClock;
use crate::types::{Frame, Monotonic, PixelFormat, Size};

/// Pictures kept in memory; few, so that they do not count for much in the resident size.
const KEPT: usize = 4;
/// Every n-th picture of the clip is used, so that people have moved between two.
const EVERY: usize = 10;
/// What cameras use.
const JPEG_QUALITY: u8 = 85;

/// Frames that can be had over and over.
pub struct Frames {
    size: Size,
    format: PixelFormat,
    stride: usize,
    bytes: Vec<Vec<u8>>,
}

impl Frames {
    /// Reads the clip at `path` and converts some of its pictures.
    pub fn prepare(path: &Path, layout: Layout, size: Size) -> anyhow::Result<Self> {
        let even = size.width.is_multiple_of(2) && size.height.is_multiple_of(2);
        ensure!(
            even && size.area() > 0,
            "width and height must be even, found {size}"
        );
        let mut bytes = Vec::new();
        let pace = Pace {
            repeat: true,
            unpaced: true,
        };
        let mut clip = Replay::open(path, pace, Arc::new(SystemClock))?;
        for i in 0..KEPT * EVERY {
            let frame = clip.next_frame(Duration::from_secs(1))?;
            if i % EVERY == 0 {
                let picture = image::load_from_memory(frame.bytes.as_slice())?;
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

    /// The `i`-th frame, captured at `at`; a copy, because the flow may blank parts of it.
    pub fn frame(&self, i: usize, at: Monotonic) -> Frame {
        Frame {
            format: self.format,
            size: self.size,
            stride: self.stride,
            seq: i as u64,
            captured_at: at,
            bytes: Box::new(self.bytes[i % self.bytes.len()].clone()),
        }
    }
}

fn resized(picture: RgbImage, size: Size) -> anyhow::Result<RgbImage> {
    let from = fir::images::Image::from_vec_u8(
        picture.width(),
        picture.height(),
        picture.into_raw(),
        fir::PixelType::U8x3,
    )?;
    let mut to = fir::images::Image::new(size.width, size.height, fir::PixelType::U8x3);
    fir::Resizer::new().resize(&from, &mut to, None)?;
    RgbImage::from_raw(size.width, size.height, to.into_vec()).context("the resizer kept the size")
}

fn encode(picture: &RgbImage, layout: Layout) -> anyhow::Result<Vec<u8>> {
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
