//! How colourful a picture is: enough to tell infra-red from daylight.

use super::Picture;
use super::picture::Planes;

/// One chroma sample of so many is looked at, across and down.
const EVERY: usize = 8;

impl Picture<'_> {
    /// How much the colours of the picture differ from each other: the mean distance of its chroma samples from their own mean,
    /// in levels of 255. 0 is a picture in one colour, as infra-red is with any cast. `None` where the format has no colour.
    pub fn tint(&self) -> Option<f32> {
        let mut samples: Vec<[f32; 2]> = Vec::new();
        let mut take = |u: u8, v: u8| samples.push([f32::from(u), f32::from(v)]);
        match &self.planes {
            Planes::Grey(_) | Planes::Deep { .. } => return None,
            Planes::Packed { pairs, order } => rows(pairs, |row| {
                let pairs = row.as_chunks::<4>().0.iter().step_by(EVERY);
                pairs.for_each(|pair| take(pair[order.u], pair[order.v]));
            }),
            Planes::SemiPlanar { uv, .. } => rows(uv, |row| {
                let pairs = row.as_chunks::<2>().0.iter().step_by(EVERY);
                pairs.for_each(|pair| take(pair[0], pair[1]));
            }),
            Planes::Planar { u, v, .. } => {
                let all = u
                    .bytes()
                    .chunks_exact(u.stride())
                    .zip(v.bytes().chunks_exact(v.stride()));
                for (u, v) in all.step_by(EVERY) {
                    let pairs = u.iter().zip(v).step_by(EVERY);
                    pairs.for_each(|(u, v)| take(*u, *v));
                }
            }
            // Half of a difference of two primaries is about as large as a chroma sample.
            Planes::Rgb { pixels, .. } => rows(pixels, |row| {
                let pixels = row.as_chunks::<3>().0.iter().step_by(EVERY);
                let half = |a: u8, b: u8| (a / 2).wrapping_sub(b / 2).wrapping_add(128);
                pixels.for_each(|p| take(half(p[0], p[1]), half(p[2], p[1])));
            }),
        }
        let count = samples.len().max(1) as f32;
        let mean = [0, 1].map(|i| samples.iter().map(|sample| sample[i]).sum::<f32>() / count);
        let far = |sample: &[f32; 2]| (sample[0] - mean[0]).abs() + (sample[1] - mean[1]).abs();
        Some(samples.iter().map(far).sum::<f32>() / count)
    }
}

/// Some of the rows, with what lies between them, which is too little to count.
fn rows(plane: &super::picture::Plane<'_>, look: impl FnMut(&[u8])) {
    let rows = plane.bytes().chunks_exact(plane.stride().max(1));
    rows.step_by(EVERY).for_each(look);
}
