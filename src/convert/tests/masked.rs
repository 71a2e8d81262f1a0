//! What lies under a mask: it may be anything, and nothing behind the mask may tell.
//!
//! Two frames differ in every sample that a mask touches and in no other. What is made of them must be the same to the last
//! bit: the tensor, by the fused kernel and by the plain one, the luminance that motion and the view look at, and the tint.

use proptest::prelude::*;
use turbojpeg::Subsamp;

use super::formats::{Areas, Case, raw};
use super::jpeg::encoded;
use super::{plain, scene};
use crate::convert::kernel::Kernel;
use crate::convert::mask::Mask;
use crate::convert::picture::Chroma;
use crate::convert::{Converter, Decoder, TensorMut};
use crate::types::{Frame, Monotonic, PixelFormat, Point, Polygon, Size};

/// Everything that is made of a masked picture.
#[derive(Debug, PartialEq)]
struct Made {
    tensors: [Vec<f32>; 2],
    luma: Vec<u16>,
    tint: Option<f32>,
}

fn made(mut frame: Frame, masks: &[Polygon], input: Size) -> Made {
    let spec = plain(input);
    let mut decoder = Decoder::new(spec);
    let mut picture = decoder.open(&mut frame).expect("a whole frame");
    Mask::new(masks).apply(&mut picture);
    let tensors = [Kernel::best(), Kernel::portable()].map(|kernel| {
        let mut tensor = vec![f32::NAN; input.area() * 3];
        let mut converter = Converter::with(kernel, spec);
        converter
            .write(&picture, TensorMut::Float(&mut tensor))
            .expect("fits");
        tensor
    });
    let luma = picture.luma();
    let size = luma.size();
    let rows = (0..size.height).flat_map(|row| {
        let mut sums = vec![0; size.width as usize];
        luma.add_row(row, &mut sums);
        sums
    });
    Made {
        luma: rows.collect(),
        tint: picture.tint(),
        tensors,
    }
}

/// The pixels whose picture the byte `at` of a row of a plane is part of: from, across and down.
fn pixels(format: PixelFormat, plane: usize, at: u32, row: u32) -> [u32; 4] {
    use PixelFormat as P;
    let is_luma_at = |first: u32| at % 2 == first;
    match (format, plane) {
        (P::Yuyv | P::Yvyu, _) if is_luma_at(0) => [at / 2, row, 1, 1],
        (P::Uyvy, _) if is_luma_at(1) => [at / 2, row, 1, 1],
        (P::Yuyv | P::Yvyu | P::Uyvy, _) => [at / 4 * 2, row, 2, 1],
        (P::Nv12 | P::Nv21, 1) => [at / 2 * 2, row * 2, 2, 2],
        (P::Yu12 | P::Yv12, 1 | 2) => [at * 2, row * 2, 2, 2],
        (P::Y10 | P::Y16, _) => [at / 2, row, 1, 1],
        (P::Rgb3 | P::Bgr3, _) => [at / 3, row, 1, 1],
        _ => [at, row, 1, 1],
    }
}

/// Whether a polygon touches a pixel, by sixteen points of it.
fn touches(polygon: &Polygon, x: u32, y: u32, size: Size) -> bool {
    (0..16u32).any(|k| {
        polygon.contains(Point {
            x: (x as f32 + (k % 4) as f32 * 0.25 + 0.125) / size.width as f32,
            y: (y as f32 + (k / 4) as f32 * 0.25 + 0.125) / size.height as f32,
        })
    })
}

/// The frame of the scene, and the same with another content under `mask`; gives how many bytes differ too.
fn twins(case: &Case, mask: &Polygon) -> (Frame, Frame, usize) {
    let (format, size) = (case.format, case.size);
    let mut areas = scene::areas(format, size, case.layout());
    let mut changed = 0;
    let whole = !case.apart;
    let mut offset = 0;
    for plane in 0..3 {
        let Some(rows) = format.rows(plane, size) else {
            continue;
        };
        let stride = case.stride(plane);
        let area = &mut areas[if whole { 0 } else { plane }];
        for (row, at) in (0..rows.count).flat_map(|row| (0..rows.len).map(move |at| (row, at))) {
            let [x, y, across, down] = pixels(format, plane, at as u32, row as u32);
            let (across, down) = (
                x..(x + across).min(size.width),
                y..(y + down).min(size.height),
            );
            let under = down
                .flat_map(|y| across.clone().map(move |x| (x, y)))
                .any(|(x, y)| touches(mask, x, y, size));
            if under {
                area[offset + row * stride + at] ^= 0x5a;
                changed += 1;
            }
        }
        if whole {
            offset += stride * rows.count;
        }
    }
    let other = Frame {
        bytes: Box::new(Areas(areas)),
        ..case.frame()
    };
    (case.frame(), other, changed)
}

fn polygon(points: &[(f32, f32)]) -> Polygon {
    let points = points.iter().map(|&(x, y)| Point { x, y }).collect();
    Polygon::new(points).expect("three points in the frame")
}

/// A coordinate, often on the very edge of the picture.
fn coordinate() -> impl Strategy<Value = f32> {
    prop_oneof![Just(0.0f32), Just(1.0f32), 0.0f32..=1.0, 0.0f32..=1.0]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn nothing_under_a_mask_reaches_the_tensor_in_any_raw_format(
        points in prop::collection::vec((coordinate(), coordinate()), 3..7),
        (width, height) in (8u32..70, 8u32..50),
        format in prop::sample::select(raw().collect::<Vec<_>>()),
        (gap, apart) in (0usize..3, any::<bool>()),
    ) {
        let packed = matches!(format, PixelFormat::Yuyv | PixelFormat::Uyvy | PixelFormat::Yvyu);
        let width = if packed { width / 2 * 2 } else { width };
        let case = Case { gap: gap * 2, apart, ..Case::new(format, Size::new(width, height)) };
        let mask = polygon(&points);
        let (frame, other, _) = twins(&case, &mask);
        let masks = [mask];
        let input = Size::new(32, 32);
        prop_assert_eq!(made(frame, &masks, input), made(other, &masks, input), "{:?}", case);
    }
}

#[test]
fn without_the_mask_the_twins_are_told_apart_in_every_format() {
    let middle = polygon(&[(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)]);
    for format in raw() {
        let case = Case::new(format, Size::new(66, 50));
        let (frame, other, changed) = twins(&case, &middle);
        assert!(changed > 0, "{format}");
        let input = Size::new(32, 32);
        assert!(
            made(frame, &[], input) != made(other, &[], input),
            "{format}"
        );
    }
}

/// A JPEG of the scene whose samples in whole blocks of 32 pixels from `from` to `to` are others.
fn jpeg(size: Size, subsamp: Subsamp, chroma: Chroma, [from, to]: [[u32; 2]; 2]) -> Vec<u8> {
    let mut pixels = scene::planar(size, chroma);
    let mut start = 0;
    for (across, down) in [
        (1, 1),
        (chroma.across, chroma.down),
        (chroma.across, chroma.down),
    ] {
        let (width, height) = (size.width / across, size.height / down);
        for y in (from[1] / down)..(to[1] / down) {
            for x in (from[0] / across)..(to[0] / across) {
                pixels[start + (y * width + x) as usize] ^= 0x5a;
            }
        }
        start += (width * height) as usize;
    }
    encoded(&pixels, size, subsamp)
}

#[test]
fn nothing_under_a_mask_reaches_the_tensor_of_a_jpeg_at_any_scale() {
    let size = Size::new(320, 192);
    let kinds = [
        (Subsamp::Sub2x2, Chroma { across: 2, down: 2 }),
        (Subsamp::Sub2x1, Chroma { across: 2, down: 1 }),
        (Subsamp::Sub1x2, Chroma { across: 1, down: 2 }),
        (Subsamp::None, Chroma { across: 1, down: 1 }),
    ];
    // In the middle, and in each corner up to the edges of the picture.
    let places = [
        [[96, 64], [224, 128]],
        [[0, 0], [64, 96]],
        [[256, 128], [320, 192]],
        [[0, 160], [320, 192]],
    ];
    for (subsamp, chroma) in kinds {
        for [from, to] in places {
            let [(x1, y1), (x2, y2)] =
                [from, to].map(|[x, y]: [u32; 2]| (x as f32 / 320.0, y as f32 / 192.0));
            let masks = [polygon(&[(x1, y1), (x2, y1), (x2, y2), (x1, y2)])];
            let [scene, other] =
                [[from, from], [from, to]].map(|changed| jpeg(size, subsamp, chroma, changed));
            // Decoded whole, and at a half and less.
            for input in [size, Size::new(104, 64), Size::new(40, 24)] {
                let made = |bytes: &[u8], masks: &[Polygon]| {
                    let frame = Frame::mjpeg(bytes.to_vec(), size, 0, Monotonic::default());
                    made(frame, masks, input)
                };
                let case = format!("{subsamp:?} {from:?}–{to:?} to {input}");
                assert!(
                    made(&scene, &[]) != made(&other, &[]),
                    "{case} without the mask"
                );
                assert!(made(&scene, &masks) == made(&other, &masks), "{case}");
            }
        }
    }
}
