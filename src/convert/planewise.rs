//! Brings the samples of a picture to the size that they have in the model's input.
//!
//! This is the way for processors that [`kernel`](crate::convert::kernel) has no vector code for (x86-64 before AVX2), where crate
//! `fast_image_resize` has: there the row-by-row loops in plain Rust take more than twice its time.
//!
//! Bilinear with a window that grows with the scale (a triangle filter), so that nothing is skipped when a picture shrinks.
//! Samples are scaled before colours are converted: at 1280×720 → 416×234 there are nine times fewer pixels to convert.
//!
//! Height comes first, on plain bytes, which needs no knowledge of what each byte is. Width comes second, on the few rows
//! that remain, four rows at a time: woven together they look like one picture of four-byte pixels, which is what
//! `fast_image_resize` scales fastest (234 rows from 1280 to 416 samples on a busy machine: 0.24 ms as they are, 0.09 woven).

use fast_image_resize::images::{TypedCroppedImage, TypedImage, TypedImageRef};
use fast_image_resize::pixels::{InnerPixel, U8, U8x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use crate::convert::Picture;
use crate::convert::picture::{Plane, Planes};
use crate::types::Size;

/// Rows woven together.
const LANES: usize = 4;

/// Brings samples to another size; keeps the buffers between two frames.
#[derive(Default)]
pub(super) struct PlaneScaler {
    resizer: Resizer,
    /// One plane at its new height.
    rows: Vec<u8>,
    woven: Vec<u8>,
    /// Samples of more than eight bits, in eight.
    shallow: Vec<u8>,
    /// Each kind of sample at its new size, woven.
    samples: [Vec<u8>; 3],
}

/// A picture's samples at their new size.
pub(super) struct ScaledPlanes<'a> {
    width: usize,
    samples: &'a [Vec<u8>],
}

impl ScaledPlanes<'_> {
    /// The three samples of each pixel in this row; grey has neutral chroma.
    pub(super) fn row(&self, number: usize, outs: &mut [Vec<f32>; 3]) {
        let (group, lane) = (number / LANES, number % LANES);
        for (i, out) in outs.iter_mut().enumerate() {
            out.clear();
            let Some(woven) = self.samples.get(i) else {
                out.resize(self.width, 128.0);
                continue;
            };
            let woven = &woven[group * self.width * LANES..][..self.width * LANES];
            let (pixels, _) = woven.as_chunks::<LANES>();
            // Shifted out of a whole pixel: byte by byte it would not become vector code.
            let sample = |lanes: &[u8; LANES]| (u32::from_le_bytes(*lanes) >> (8 * lane)) as u8;
            out.extend(pixels.iter().map(|lanes| f32::from(sample(lanes))));
        }
    }
}

impl PlaneScaler {
    /// The samples of `picture` at size `to`.
    pub(super) fn scale(&mut self, picture: &Picture<'_>, to: Size) -> ScaledPlanes<'_> {
        let from = picture.size();
        let kinds = match &picture.planes {
            Planes::Packed { pairs, order } => {
                self.heights(pairs, Size::new(from.width * 2, from.height), to);
                self.widths::<2>(0, order.y, to);
                self.widths::<4>(1, order.u, to);
                self.widths::<4>(2, order.v, to);
                3
            }
            Planes::SemiPlanar { y, uv, v_first } => {
                self.heights(y, from, to);
                self.widths::<1>(0, 0, to);
                let pairs = Size::new(from.width.next_multiple_of(2), from.height.div_ceil(2));
                self.heights(uv, pairs, to);
                self.widths::<2>(1, usize::from(*v_first), to);
                self.widths::<2>(2, usize::from(!v_first), to);
                3
            }
            Planes::Planar { y, u, v, chroma } => {
                let small = chroma.plane(from);
                for (kind, (plane, size)) in
                    [(y, from), (u, small), (v, small)].into_iter().enumerate()
                {
                    self.heights(plane, size, to);
                    self.widths::<1>(kind, 0, to);
                }
                3
            }
            Planes::Grey(y) => {
                self.heights(y, from, to);
                self.widths::<1>(0, 0, to);
                1
            }
            Planes::Deep { y, bits } => {
                let mut shallow = std::mem::take(&mut self.shallow);
                flatten(y, *bits, from, &mut shallow);
                self.bytes_to_heights(&shallow, from.width, from, to);
                self.shallow = shallow;
                self.widths::<1>(0, 0, to);
                1
            }
            Planes::Rgb { pixels, blue_first } => {
                self.heights(pixels, Size::new(from.width * 3, from.height), to);
                for kind in 0..3 {
                    let byte = if *blue_first { 2 - kind } else { kind };
                    self.widths::<3>(kind, byte, to);
                }
                3
            }
        };
        ScaledPlanes {
            width: to.width as usize,
            samples: &self.samples[..kinds],
        }
    }

    /// Scales a plane of `bytes` across and down to the height of `to`.
    fn heights(&mut self, plane: &Plane<'_>, bytes: Size, to: Size) {
        self.bytes_to_heights(plane.bytes(), plane.stride() as u32, bytes, to);
    }

    fn bytes_to_heights(&mut self, plane: &[u8], stride: u32, bytes: Size, to: Size) {
        let tall = Size::new(bytes.width, to.height);
        resize::<U8>(
            &mut self.resizer,
            plane,
            stride,
            bytes,
            tall,
            &mut self.rows,
        );
    }

    /// Scales one `kind` of sample, which is the byte `first` of every `STEP` bytes, to the width of `to`.
    fn widths<const STEP: usize>(&mut self, kind: usize, first: usize, to: Size) {
        let len = self.rows.len() / to.height as usize;
        weave::<STEP>(&self.rows, len, first, &mut self.woven);
        let groups = to.height.div_ceil(LANES as u32);
        let width = (len / STEP) as u32;
        let (from, to) = (Size::new(width, groups), Size::new(to.width, groups));
        resize::<U8x4>(
            &mut self.resizer,
            &self.woven,
            width,
            from,
            to,
            &mut self.samples[kind],
        );
    }

    /// Where the buffers lie and how large they are.
    #[cfg(test)]
    pub(super) fn buffers(&self) -> impl Iterator<Item = (usize, usize)> {
        let own = self
            .samples
            .iter()
            .chain([&self.rows, &self.woven, &self.shallow]);
        let inner = (0, self.resizer.size_of_internal_buffers());
        own.map(|v| (v.as_ptr() as usize, v.capacity()))
            .chain([inner])
    }
}

/// A plane of 16-bit samples, of which the lower `bits` count, in eight bits each.
fn flatten(plane: &Plane<'_>, bits: u32, size: Size, out: &mut Vec<u8>) {
    let (shift, most) = (bits - 8, (1u32 << bits) - 1);
    out.clear();
    for row in plane.bytes().chunks_exact(plane.stride()) {
        let samples = row[..size.width as usize * 2].as_chunks().0.iter();
        let rounded = |sample: u32| ((sample.min(most) + (1 << (shift - 1))) >> shift).min(255);
        out.extend(samples.map(|sample| rounded(u16::from_le_bytes(*sample).into()) as u8));
    }
}

/// Weaves each four rows of `len` bytes into one row of four-byte pixels, from the byte `first` of every `STEP` bytes. The
/// last rows are repeated where there are not four left.
fn weave<const STEP: usize>(rows: &[u8], len: usize, first: usize, out: &mut Vec<u8>) {
    assert!(first < STEP, "a sample is one of the bytes of a step");
    let (count, width) = (rows.len() / len, len / STEP);
    out.resize(count.div_ceil(LANES) * width * LANES, 0);
    for (group, out) in out.chunks_exact_mut(width * LANES).enumerate() {
        let row = |lane: usize| {
            let number = (group * LANES + lane).min(count - 1);
            rows[number * len..][..len].as_chunks::<STEP>().0
        };
        let [a, b, c, d] = [row(0), row(1), row(2), row(3)];
        let samples = a.iter().zip(b).zip(c).zip(d);
        for (pixel, (((a, b), c), d)) in out.as_chunks_mut::<LANES>().0.iter_mut().zip(samples) {
            *pixel = [a[first], b[first], c[first], d[first]];
        }
    }
}

/// The plane of `from` pixels in `bytes`, whose rows are `stride` pixels apart, at size `to`.
fn resize<P: InnerPixel + PixelTrait>(
    resizer: &mut Resizer,
    bytes: &[u8],
    stride: u32,
    from: Size,
    to: Size,
    out: &mut Vec<u8>,
) {
    const FITS: &str = "Picture has checked sizes and strides";
    out.resize(to.area() * size_of::<P>(), 0);
    let whole = TypedImageRef::<P>::from_buffer(stride, from.height, bytes).expect(FITS);
    let view = TypedCroppedImage::from_ref(&whole, 0, 0, from.width, from.height).expect(FITS);
    let mut into = TypedImage::<P>::from_buffer(to.width, to.height, out).expect(FITS);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
        .use_alpha(false);
    let resized = resizer.resize_typed(&view, &mut into, &options);
    resized.expect("the whole source is within itself");
}
