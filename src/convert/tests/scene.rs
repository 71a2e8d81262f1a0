//! A made picture with slopes, edges, colours and fine texture, in every format.

use crate::convert::picture::Chroma;
use crate::types::Size;

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

/// The scene as packed 4:2:2 with rows `stride` bytes apart; what lies between the rows is noise that must not be read.
pub(super) fn yuyv(size: Size, stride: usize) -> Vec<u8> {
    let mut bytes = noise(stride * size.height as usize);
    for (y, row) in bytes.chunks_exact_mut(stride).enumerate() {
        for x in 0..size.width {
            let [luma, ..] = pixel(x, y as u32, size);
            let [_, u, v] = pixel(x / 2 * 2, y as u32, size);
            row[x as usize * 2] = luma;
            row[x as usize * 2 + 1] = if x % 2 == 0 { u } else { v };
        }
    }
    bytes
}

/// The scene as NV12.
pub(super) fn nv12(size: Size, stride: usize) -> Vec<u8> {
    let (rows, pairs) = (size.height as usize, size.height.div_ceil(2) as usize);
    let mut bytes = noise(stride * (rows + pairs));
    let (luma, chroma) = bytes.split_at_mut(stride * rows);
    for (y, row) in luma.chunks_exact_mut(stride).enumerate() {
        for x in 0..size.width {
            row[x as usize] = pixel(x, y as u32, size)[0];
        }
    }
    for (y, row) in chroma.chunks_exact_mut(stride).enumerate() {
        for x in (0..size.width).step_by(2) {
            let [_, u, v] = pixel(x, y as u32 * 2, size);
            row[x as usize..][..2].copy_from_slice(&[u, v]);
        }
    }
    bytes
}

/// The scene's luminance.
pub(super) fn grey(size: Size, stride: usize) -> Vec<u8> {
    let mut bytes = nv12(size, stride.next_multiple_of(2));
    bytes.truncate(stride.next_multiple_of(2) * size.height as usize);
    bytes
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
