//! Brings the planes of a picture to the size that they have in the model's input.
//!
//! Bilinear with a window that grows with the scale (a triangle filter), so that nothing is skipped when a picture shrinks.
//! Planes are scaled before colours are converted: at 1280×720 → 416×234 there are nine times fewer pixels to convert.

use std::mem::size_of;

use fast_image_resize::images::{TypedCroppedImage, TypedImage, TypedImageRef};
use fast_image_resize::pixels::{InnerPixel, U8, U8x2, U8x3};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use crate::convert::Picture;
use crate::convert::colour::Encoding;
use crate::convert::picture::{Plane, Planes};
use crate::types::Size;

/// Brings planes to another size; keeps the buffers between two frames.
#[derive(Default)]
pub(super) struct Scaler {
    resizer: Resizer,
    rows: PackedRows,
    scaled: [Vec<u8>; 3],
}

/// A picture's samples at their new size, rows without gaps.
pub(super) struct Scaled<'a> {
    width: usize,
    samples: Samples<'a>,
}

enum Samples<'a> {
    /// Y and interleaved U V, limited range.
    Pairs { y: &'a [u8], uv: &'a [u8] },
    /// Y, U and V, full range.
    Planes([&'a [u8]; 3]),
    /// Full-range luminance.
    Grey(&'a [u8]),
    /// Red, green and blue, 3 bytes a pixel.
    Rgb(&'a [u8]),
}

impl Scaled<'_> {
    /// What the three samples of a pixel mean.
    pub(super) const fn encoding(&self) -> Encoding {
        match self.samples {
            Samples::Pairs { .. } => Encoding::Limited,
            Samples::Planes(_) | Samples::Grey(_) => Encoding::Full,
            Samples::Rgb(_) => Encoding::Rgb,
        }
    }

    /// The three samples of each pixel in this row.
    pub(super) fn row(&self, number: usize, [a, b, c]: &mut [Vec<f32>; 3]) {
        let of_row = |pixel: usize| number * self.width * pixel..(number + 1) * self.width * pixel;
        match self.samples {
            Samples::Pairs { y, uv } => {
                widen(&y[of_row(1)], a);
                every::<2>(&uv[of_row(2)], [b, c]);
            }
            Samples::Planes(planes) => {
                for (plane, out) in planes.into_iter().zip([a, b, c]) {
                    widen(&plane[of_row(1)], out);
                }
            }
            Samples::Grey(y) => {
                widen(&y[of_row(1)], a);
                for chroma in [b, c] {
                    chroma.clear();
                    chroma.resize(self.width, 128.0);
                }
            }
            Samples::Rgb(rgb) => every::<3>(&rgb[of_row(3)], [a, b, c]),
        }
    }
}

/// One sample a pixel, as floats.
fn widen(samples: &[u8], out: &mut Vec<f32>) {
    out.clear();
    out.extend(samples.iter().copied().map(f32::from));
}

/// `N` samples a pixel, each in a row of its own.
fn every<const N: usize>(samples: &[u8], outs: [&mut Vec<f32>; N]) {
    for (i, out) in outs.into_iter().enumerate() {
        out.clear();
        out.extend(samples.chunks_exact(N).map(|pixel| f32::from(pixel[i])));
    }
}

impl Scaler {
    /// The samples of `picture` at size `to`.
    pub(super) fn scale(&mut self, picture: &Picture<'_>, to: Size) -> Scaled<'_> {
        let from = picture.size();
        let resizer = &mut self.resizer;
        let [first, second, third] = &mut self.scaled;
        let samples = match &picture.planes {
            Planes::Yuyv(packed) => {
                let [y, uv] = self.rows.of(resizer, packed, from, to.height);
                resize::<U8>(resizer, &y, to, first);
                resize::<U8x2>(resizer, &uv, to, second);
                Samples::Pairs {
                    y: first,
                    uv: second,
                }
            }
            Planes::Nv12 { y, uv } => {
                let half = Size::new(from.width.div_ceil(2), from.height.div_ceil(2));
                resize::<U8>(resizer, &Source::of(y, from), to, first);
                resize::<U8x2>(resizer, &Source::of(uv, half), to, second);
                Samples::Pairs {
                    y: first,
                    uv: second,
                }
            }
            Planes::Planar { y, u, v, chroma } => {
                let small = chroma.plane(from);
                resize::<U8>(resizer, &Source::of(y, from), to, first);
                resize::<U8>(resizer, &Source::of(u, small), to, second);
                resize::<U8>(resizer, &Source::of(v, small), to, third);
                Samples::Planes([first, second, third])
            }
            Planes::Grey(y) => {
                resize::<U8>(resizer, &Source::of(y, from), to, first);
                Samples::Grey(first)
            }
            Planes::Rgb(rgb) => {
                resize::<U8x3>(resizer, &Source::of(rgb, from), to, first);
                Samples::Rgb(first)
            }
        };
        Scaled {
            width: to.width as usize,
            samples,
        }
    }

    /// Where the buffers lie and how large they are.
    #[cfg(test)]
    pub(super) fn buffers(&self) -> impl Iterator<Item = (usize, usize)> {
        let PackedRows {
            packed,
            luma,
            pairs,
        } = &self.rows;
        let own = self.scaled.iter().chain([packed, luma, pairs]);
        let inner = (0, self.resizer.size_of_internal_buffers());
        own.map(|v| (v.as_ptr() as usize, v.capacity()))
            .chain([inner])
    }
}

/// YUYV scaled in height alone, and taken apart.
///
/// Packed pixels can be scaled in height as plain bytes, without knowing what each byte is. Taking apart the few rows that
/// remain is cheaper than taking apart the whole picture.
#[derive(Default)]
struct PackedRows {
    packed: Vec<u8>,
    luma: Vec<u8>,
    pairs: Vec<u8>,
}

impl PackedRows {
    /// The Y plane and the U V plane of `packed`, `height` pixels high.
    fn of(
        &mut self,
        resizer: &mut Resizer,
        packed: &Plane<'_>,
        from: Size,
        height: u32,
    ) -> [Source<'_>; 2] {
        let bytes = Size::new(from.width * 2, from.height);
        let tall = Size::new(bytes.width, height);
        resize::<U8>(resizer, &Source::of(packed, bytes), tall, &mut self.packed);
        take_apart(&self.packed, &mut self.luma, &mut self.pairs);
        [
            Source::tight::<U8>(&self.luma, Size::new(from.width, height)),
            Source::tight::<U8x2>(&self.pairs, Size::new(from.width / 2, height)),
        ]
    }
}

/// Y U Y V … → Y Y … and U V ….
fn take_apart(packed: &[u8], luma: &mut Vec<u8>, pairs: &mut Vec<u8>) {
    luma.resize(packed.len() / 2, 0);
    pairs.resize(packed.len() / 2, 0);
    for ((packed, y), uv) in packed.chunks_exact(2).zip(luma).zip(pairs) {
        *y = packed[0];
        *uv = packed[1];
    }
}

/// One plane before it is scaled: `size` counts pixels of one or more bytes.
struct Source<'a> {
    bytes: &'a [u8],
    stride: usize,
    size: Size,
}

impl<'a> Source<'a> {
    fn of(plane: &'a Plane<'_>, size: Size) -> Self {
        Self {
            bytes: plane.bytes(),
            stride: plane.stride(),
            size,
        }
    }

    /// A plane whose rows have no gaps.
    fn tight<P>(bytes: &'a [u8], size: Size) -> Self {
        let stride = size.width as usize * size_of::<P>();
        Self {
            bytes,
            stride,
            size,
        }
    }
}

/// `source` at size `to` in `out`.
fn resize<P: InnerPixel + PixelTrait>(
    resizer: &mut Resizer,
    source: &Source<'_>,
    to: Size,
    out: &mut Vec<u8>,
) {
    const FITS: &str = "Picture has checked sizes and strides";
    let pixel = size_of::<P>();
    out.resize(to.area() * pixel, 0);
    let (pitch, Size { width, height }) = ((source.stride / pixel) as u32, source.size);
    // Rows of RGB pictures have no gaps, so a stride is always whole pixels.
    let whole = TypedImageRef::<P>::from_buffer(pitch, height, source.bytes).expect(FITS);
    let from = TypedCroppedImage::from_ref(&whole, 0, 0, width, height).expect(FITS);
    let mut into = TypedImage::<P>::from_buffer(to.width, to.height, out).expect(FITS);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
        .use_alpha(false);
    resizer
        .resize_typed(&from, &mut into, &options)
        .expect("the whole source is within itself");
}
