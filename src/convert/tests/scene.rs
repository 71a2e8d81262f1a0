//! A made picture with slopes, edges, colours and fine texture, in every format.

use crate::convert::picture::Chroma;
use crate::types::{Layout, PLANES_MAX, PixelFormat, Size};

/// Y, U and V of one pixel, within the limited range and within what red, green and blue can show.
pub(super) fn pixel(x: u32, y: u32, size: Size) -> [u8; 3] {
    let (fx, fy) = (x as f32 / size.width as f32, y as f32 / size.height as f32);
    let box_at =
        |left: f32, top: f32| (left..left + 0.25).contains(&fx) && (top..top + 0.4).contains(&fy);
    let texture = 12.0 * ((fx * 37.0).sin() + (fy * 29.0).cos());
    let luma = 70.0 + 60.0 * fx + 30.0 * fy + texture + if box_at(0.5, 0.3) { 40.0 } else { 0.0 };
    let u = 128.0 + 20.0 * (fx * 5.0).sin() - if box_at(0.1, 0.2) { 20.0 } else { 0.0 };
    let v = 128.0 + 20.0 * (fy * 4.0).cos() + if box_at(0.3, 0.5) { 15.0 } else { 0.0 };
    [luma, u, v].map(|value| value.round() as u8)
}

/// The scene as a frame of this format; what lies between the rows is noise that must not be read.
pub(super) fn areas(format: PixelFormat, size: Size, layout: Layout) -> [Vec<u8>; PLANES_MAX] {
    let plane = |number: usize| {
        let stride = match layout {
            Layout::Whole { stride } => format.plane_stride(number, stride),
            Layout::Apart { strides } => strides[number],
        };
        let Some(rows) = format.rows(number, size) else {
            return Vec::new();
        };
        let mut bytes = noise(stride * rows.count);
        for (y, row) in bytes.chunks_exact_mut(stride).enumerate() {
            for (at, byte) in row[..rows.len].iter_mut().enumerate() {
                *byte = sample(format, number, at as u32, y as u32, size);
            }
        }
        bytes
    };
    let planes = [0, 1, 2].map(plane);
    match layout {
        Layout::Whole { .. } => [planes.concat(), Vec::new(), Vec::new()],
        Layout::Apart { .. } => planes,
    }
}

/// The byte `at` of a row of a plane.
fn sample(format: PixelFormat, plane: usize, at: u32, row: u32, size: Size) -> u8 {
    use PixelFormat as P;
    let luma = |x: u32| pixel(x, row, size)[0];
    let quarter = |x: u32, sample: usize| pixel(x * 2, row * 2, size)[sample];
    let packed = |order: [usize; 4]| match order[at as usize % 4] {
        0 => luma(at / 2),
        chroma => pixel(at / 4 * 2, row, size)[chroma],
    };
    match (format, plane) {
        (P::Yuyv, _) => packed([0, 1, 0, 2]),
        (P::Uyvy, _) => packed([1, 0, 2, 0]),
        (P::Yvyu, _) => packed([0, 2, 0, 1]),
        (P::Nv12 | P::Nv21 | P::Yu12 | P::Yv12 | P::Grey, 0) => luma(at),
        (P::Nv12, _) => quarter(at / 2, 1 + at as usize % 2),
        (P::Nv21, _) => quarter(at / 2, 2 - at as usize % 2),
        (P::Yu12, plane) => quarter(at, plane),
        (P::Yv12, plane) => quarter(at, 3 - plane),
        (P::Y10 | P::Y16, _) => deep(format, at / 2, row, size).to_le_bytes()[at as usize % 2],
        (P::Rgb3, _) => pixel(at / 3, row, size)[at as usize % 3],
        (P::Bgr3, _) => pixel(at / 3, row, size)[2 - at as usize % 3],
        (P::Grey | P::Mjpeg, _) => unreachable!("it has no such plane"),
    }
}

/// Luminance of one pixel with more than eight bits.
pub(super) fn deep(format: PixelFormat, x: u32, y: u32, size: Size) -> u16 {
    let luma = u16::from(pixel(x, y, size)[0]);
    match format {
        PixelFormat::Y10 => luma << 2 | (x % 4) as u16,
        _ => luma << 8 | (x * 37 % 256) as u16,
    }
}

/// The scene as planes without gaps, the luma plane grown to whole chroma samples.
pub(super) fn planar(size: Size, chroma: Chroma) -> Vec<u8> {
    let small = chroma.plane(size);
    let grown = Size::new(small.width * chroma.across, small.height * chroma.down);
    let plane = |of: Size, step: Chroma, sample: usize| {
        let at = move |x: u32, y: u32| {
            let last = Size::new(size.width - 1, size.height - 1);
            pixel(
                (x * step.across).min(last.width),
                (y * step.down).min(last.height),
                size,
            )[sample]
        };
        (0..of.height).flat_map(move |y| (0..of.width).map(move |x| at(x, y)))
    };
    let each = Chroma { across: 1, down: 1 };
    let luma = plane(grown, each, 0);
    luma.chain(plane(small, chroma, 1))
        .chain(plane(small, chroma, 2))
        .collect()
}

/// Bytes that no picture contains in a row.
fn noise(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 97 % 251) as u8).collect()
}
