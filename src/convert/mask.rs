//! Blanks the areas that nobody may see, before anything else looks at a picture.

use std::cell::RefCell;
use std::ops::Range;

use crate::convert::Picture;
use crate::convert::picture::{Order, Planes};
use crate::types::{Point, Polygon, Size};

/// Chroma without colour.
const NEUTRAL: u8 = 128;

/// Areas that nobody may see. Every pixel that an area touches is blanked, and every chroma sample of such a pixel.
///
/// Areas are filled by the non-zero winding rule: what a polygon encloses stays hidden where it crosses itself.
pub struct Mask {
    polygons: Vec<Polygon>,
    /// The masked parts of the rows of the latest picture's size; a camera has one size.
    spans: RefCell<Option<(Size, Vec<Span>)>>,
}

/// Masked pixels of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    row: u32,
    pixels: Range<u32>,
}

impl Mask {
    /// A mask of these areas.
    pub fn new(polygons: &[Polygon]) -> Self {
        Self {
            polygons: polygons.to_vec(),
            spans: RefCell::new(None),
        }
    }

    /// Blanks the masked pixels of `picture`.
    pub fn apply(&self, picture: &mut Picture<'_>) {
        if self.polygons.is_empty() {
            return;
        }
        let size = picture.size();
        let mut cached = self.spans.borrow_mut();
        let (_, spans) = match &mut *cached {
            Some(hit) if hit.0 == size => hit,
            other => other.insert((size, spans(&self.polygons, size))),
        };
        for span in &*spans {
            let black = picture.black();
            blank(&mut picture.planes, span, black);
        }
    }

    /// Whether nothing was left to see of the latest picture.
    pub fn hides_all(&self) -> bool {
        let cached = self.spans.borrow();
        cached.as_ref().is_some_and(|(size, spans)| {
            let hidden: usize = spans.iter().map(|span| span.pixels.len()).sum();
            hidden == size.area()
        })
    }
}

/// Blanks one row's pixels in all planes.
fn blank(planes: &mut Planes<'_>, Span { row, pixels }: &Span, black: u8) {
    let row = *row;
    match planes {
        Planes::Grey(y) => y.row_mut(row)[bytes(pixels, 1)].fill(black),
        Planes::Deep { y, bits } => {
            let black = u16::from(black) << (*bits - 8);
            let samples = &mut y.row_mut(row)[bytes(pixels, 2)];
            samples.as_chunks_mut().0.fill(black.to_le_bytes());
        }
        Planes::Rgb { pixels: rgb, .. } => rgb.row_mut(row)[bytes(pixels, 3)].fill(0),
        Planes::SemiPlanar { y, uv, .. } => {
            y.row_mut(row)[bytes(pixels, 1)].fill(black);
            uv.row_mut(row / 2)[bytes(&touched(pixels, 2), 2)].fill(NEUTRAL);
        }
        Planes::Planar { y, u, v, chroma } => {
            y.row_mut(row)[bytes(pixels, 1)].fill(black);
            let samples = bytes(&touched(pixels, chroma.across), 1);
            for plane in [u, v] {
                plane.row_mut(row / chroma.down)[samples.clone()].fill(NEUTRAL);
            }
        }
        Planes::Packed { pairs, order } => {
            blank_packed(pairs.row_mut(row), pixels, order.y, pair(*order, black));
        }
    }
}

/// A pair of packed pixels without light and colour.
const fn pair(order: Order, black: u8) -> [u8; 4] {
    let mut pair = [NEUTRAL; 4];
    pair[order.y] = black;
    pair[order.y + 2] = black;
    pair
}

/// Blanks whole pairs, and gives the neighbours that share one with a masked pixel their luminance back, which is the byte
/// `luma` of a pixel's two.
fn blank_packed(row: &mut [u8], pixels: &Range<u32>, luma: usize, blank: [u8; 4]) {
    let pairs = touched(pixels, 2);
    let neighbours = [pairs.start * 2..pixels.start, pixels.end..pairs.end * 2];
    let kept = neighbours.map(|pixel| (!pixel.is_empty()).then(|| bytes(&pixel, 2).start + luma));
    let kept = kept.map(|at| at.map(|at| (at, row[at])));
    row[bytes(&pairs, 4)].as_chunks_mut().0.fill(blank);
    for (at, luma) in kept.into_iter().flatten() {
        row[at] = luma;
    }
}

/// The bytes of `samples` of `len` bytes each.
const fn bytes(samples: &Range<u32>, len: usize) -> Range<usize> {
    samples.start as usize * len..samples.end as usize * len
}

/// The chroma samples that belong to `pixels`, when `shared` pixels share one.
fn touched(pixels: &Range<u32>, shared: u32) -> Range<u32> {
    pixels.start / shared..pixels.end.div_ceil(shared)
}

/// The pixels that `polygons` touch in a picture of `size`, row by row, without overlaps.
fn spans(polygons: &[Polygon], size: Size) -> Vec<Span> {
    let scaled: Vec<Vec<[f64; 2]>> = polygons.iter().map(|p| corners(p, size)).collect();
    (0..size.height)
        .flat_map(|row| {
            let covered = scaled
                .iter()
                .flat_map(|corners| shadow(corners, row))
                .collect();
            let pixels = merged(covered, size.width);
            pixels.into_iter().map(move |pixels| Span { row, pixels })
        })
        .collect()
}

/// The corners in pixels.
fn corners(polygon: &Polygon, size: Size) -> Vec<[f64; 2]> {
    let scale = |&Point { x, y }: &Point| {
        [
            f64::from(x) * f64::from(size.width),
            f64::from(y) * f64::from(size.height),
        ]
    };
    polygon.points().iter().map(scale).collect()
}

/// The part of the x axis that a polygon covers within a row of pixels.
///
/// Straight above a point inside the polygon lies, still within the row, either an edge or the row's upper border. So the
/// polygon covers what its edges cover there, and what is inside it along that border.
fn shadow(corners: &[[f64; 2]], row: u32) -> Vec<[f64; 2]> {
    let (top, bottom) = (f64::from(row), f64::from(row) + 1.0);
    let edges = || corners.iter().zip(corners.iter().cycle().skip(1));
    let mut covered: Vec<[f64; 2]> = edges()
        .filter(|(a, b)| a[1].max(b[1]) > top && a[1].min(b[1]) < bottom)
        .map(|(a, b)| extent(*a, *b, top, bottom))
        .collect();
    let mut crossings: Vec<(f64, i32)> = edges()
        .filter(|(a, b)| (a[1] <= top) != (b[1] <= top))
        .map(|(a, b)| (x_at(*a, *b, top), if a[1] < b[1] { 1 } else { -1 }))
        .collect();
    crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut winding = 0;
    for pair in crossings.windows(2) {
        winding += pair[0].1;
        if winding != 0 {
            covered.push([pair[0].0, pair[1].0]);
        }
    }
    covered
}

/// From where to where an edge reaches between two heights.
fn extent(a: [f64; 2], b: [f64; 2], top: f64, bottom: f64) -> [f64; 2] {
    let (low, high) = (a[1].min(b[1]), a[1].max(b[1]));
    let [from, to] = if low < high {
        [top, bottom].map(|y| x_at(a, b, y.clamp(low, high)))
    } else {
        [a[0], b[0]]
    };
    [from.min(to), from.max(to)]
}

/// Where an edge that is not level passes through this height.
fn x_at(a: [f64; 2], b: [f64; 2], y: f64) -> f64 {
    a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1])
}

/// Whole pixels that contain `covered`, in order and without overlaps.
fn merged(mut covered: Vec<[f64; 2]>, width: u32) -> Vec<Range<u32>> {
    covered.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let mut merged: Vec<Range<u32>> = Vec::new();
    for [from, to] in covered {
        let pixels = from.floor() as u32..(to.ceil() as u32).min(width);
        match merged.last_mut() {
            _ if pixels.is_empty() => {}
            Some(last) if pixels.start <= last.end => last.end = last.end.max(pixels.end),
            _ => merged.push(pixels),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::picture::Chroma;
    use crate::types::{Colour, Layout, PixelFormat};
    use proptest::prelude::*;

    fn polygon(points: &[(f32, f32)]) -> Polygon {
        let points = points.iter().map(|&(x, y)| Point { x, y }).collect();
        Polygon::new(points).expect("three points in the frame")
    }

    fn masked(polygons: &[Polygon], size: Size) -> Vec<bool> {
        let mut pixels = vec![false; size.area()];
        for Span { row, pixels: range } in spans(polygons, size) {
            for x in range {
                pixels[(row * size.width + x) as usize] = true;
            }
        }
        pixels
    }

    #[test]
    fn a_mask_on_pixel_borders_hides_exactly_those_pixels() {
        let half = polygon(&[(0.25, 0.5), (0.75, 0.5), (0.75, 1.0), (0.25, 1.0)]);
        let found = spans(&[half], Size::new(8, 4));
        let expected = [2, 3].map(|row| Span { row, pixels: 2..6 });
        assert_eq!(found, expected);
    }

    #[test]
    fn a_mask_knows_whether_anything_is_left_to_see() {
        let check = |right: f32, expected| {
            let points = [(0.0, 0.0), (right, 0.0), (right, 1.0), (0.0, 1.0)];
            let mask = Mask::new(&[polygon(&points)]);
            let mut bytes = vec![0; 4 * 2 * 3];
            let picture = Picture::from_rgb(&mut bytes, Size::new(4, 2));
            mask.apply(&mut picture.expect("three bytes a pixel"));
            assert_eq!(mask.hides_all(), expected, "{right}");
        };
        check(1.0, true);
        check(0.5, false);
        assert!(!Mask::new(&[]).hides_all());
    }

    #[test]
    fn what_a_self_crossing_mask_encloses_stays_hidden() {
        let star = [(0.5, 0.0), (0.8, 1.0), (0.0, 0.35), (1.0, 0.35), (0.2, 1.0)];
        let size = Size::new(50, 50);
        assert!(masked(&[polygon(&star)], size)[25 * 50 + 25]);
    }

    const CANARY: u8 = 200;

    /// What a camera or the JPEG decoder can deliver.
    #[derive(Clone, Copy, Debug)]
    enum Kind {
        Raw(PixelFormat),
        Apart(PixelFormat),
        Jpeg(Option<Chroma>),
    }

    fn kinds() -> Vec<Kind> {
        use PixelFormat as P;
        let raw = P::ALL.into_iter().filter(|format| *format != P::Mjpeg);
        let jpeg = [(2, 2), (2, 1), (1, 2), (1, 1), (4, 1)];
        let jpeg = jpeg.map(|(across, down)| Some(Chroma { across, down }));
        raw.map(Kind::Raw)
            .chain([P::Nv12, P::Nv21, P::Yu12, P::Yv12].map(Kind::Apart))
            .chain(jpeg.into_iter().chain([None]).map(Kind::Jpeg))
            .collect()
    }

    /// One picture of canaries, masked, and which of its pixels still show one.
    fn survivors(kind: Kind, polygons: &[Polygon], size: Size) -> Vec<bool> {
        let mut areas = [(); 3].map(|()| vec![CANARY; size.area() * 6 + 64]);
        let [first, second, third] = &mut areas;
        let raw = |format, layout, areas| {
            Picture::from_raw(format, Colour::default(), size, layout, areas)
        };
        let mut picture = match kind {
            Kind::Raw(format) => {
                let stride = format.min_stride(size.width) + 4;
                raw(format, Layout::Whole { stride }, [first, &mut [], &mut []])
            }
            Kind::Apart(format) => {
                let row = |plane| format.rows(plane, size).map_or(0, |rows| rows.len + plane);
                let strides = [0, 1, 2].map(row);
                raw(format, Layout::Apart { strides }, [first, second, third])
            }
            Kind::Jpeg(chroma) => Picture::from_planar(first, size, chroma),
        }
        .expect("a picture of this size");
        Mask::new(polygons).apply(&mut picture);
        let pixels = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
        pixels
            .map(|(x, y)| shows(&mut picture.planes, x, y))
            .collect()
    }

    fn shows(planes: &mut Planes<'_>, x: u32, row: u32) -> bool {
        let at = x as usize;
        match planes {
            Planes::Grey(y) => y.row_mut(row)[at] == CANARY,
            Planes::Deep { y, .. } => y.row_mut(row)[at * 2..][..2].contains(&CANARY),
            Planes::Rgb { pixels, .. } => pixels.row_mut(row)[at * 3..][..3].contains(&CANARY),
            Planes::Packed { pairs, order } => {
                let pair = &pairs.row_mut(row)[at / 2 * 4..][..4];
                [pair[order.y + at % 2 * 2], pair[order.u], pair[order.v]].contains(&CANARY)
            }
            Planes::SemiPlanar { y, uv, .. } => {
                let pair = &uv.row_mut(row / 2)[at / 2 * 2..][..2];
                pair.contains(&CANARY) || y.row_mut(row)[at] == CANARY
            }
            Planes::Planar { y, u, v, chroma } => {
                let (cx, cy) = (at / chroma.across as usize, row / chroma.down);
                let samples = [y.row_mut(row)[at], u.row_mut(cy)[cx], v.row_mut(cy)[cx]];
                samples.contains(&CANARY)
            }
        }
    }

    #[test]
    fn a_whole_frame_mask_leaves_no_canary_in_any_format() {
        let all = [polygon(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])];
        for kind in kinds() {
            let shown = survivors(kind, &all, Size::new(10, 7));
            assert!(!shown.contains(&true), "{kind:?}");
        }
    }

    #[test]
    fn pixels_beside_a_mask_keep_their_luminance() {
        let left = [polygon(&[(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)])];
        for kind in kinds() {
            let shown = survivors(kind, &left, Size::new(8, 2));
            assert_eq!(
                shown,
                [[false; 4], [true; 4], [false; 4], [true; 4]].concat(),
                "{kind:?}"
            );
        }
    }

    proptest! {
        /// Sixteen points of every pixel are asked, so that a pixel which a mask merely grazes is found as well.
        #[test]
        fn no_masked_pixel_survives_in_any_format(
            points in prop::collection::vec((0.0f32..=1.0, 0.0f32..=1.0), 3..7),
            half_width in 1u32..20,
            height in 1u32..30,
            kind in prop::sample::select(kinds()),
        ) {
            let size = Size::new(half_width * 2, height);
            let area = polygon(&points);
            let shown = survivors(kind, std::slice::from_ref(&area), size);
            for (i, shown) in shown.into_iter().enumerate() {
                let (x, y) = (i as u32 % size.width, i as u32 / size.width);
                let inside = (0..16u32).any(|k| area.contains(Point {
                    x: (x as f32 + (k % 4) as f32 * 0.25 + 0.125) / size.width as f32,
                    y: (y as f32 + (k / 4) as f32 * 0.25 + 0.125) / size.height as f32,
                }));
                prop_assert!(!(inside && shown), "{kind:?} {size} pixel {x},{y}");
            }
        }
    }
}
