//! The loops in plain Rust. They are always inlined, so that whoever calls them decides what they are compiled for.

use crate::convert::kernel::Strip;
use crate::convert::taps::{ACROSS, Across, CHUNK, LANES};

/// Rows that are read at once: their sum stays in registers.
const AT_ONCE: usize = 4;
/// What [`mix`] makes of one.
const MIXED: u32 = 128;
/// Brings a sum of [`narrow`] back to 0–255.
pub(super) const UNIT: f32 = 1.0 / (MIXED * ACROSS) as f32;

#[inline(always)]
pub(super) fn mix(strip: Strip<'_>, weights: &[u16], out: &mut [i16]) {
    match strip.bits {
        8 => mix_rows::<u8, 1>(strip, weights, out),
        _ => mix_rows::<[u8; 2], 2>(strip, weights, out),
    }
}

/// A sample of `BYTES` bytes.
trait Sample<const BYTES: usize>: Copy {
    /// As 16 bits of which 8 are behind the point, when the weight is a 256th; `bits` is how many of it count.
    fn times(self, weight: u16, bits: u32) -> u16;
    /// The samples in these bytes.
    fn all(bytes: &[u8]) -> &[Self];
}

impl Sample<1> for u8 {
    #[inline(always)]
    fn times(self, weight: u16, _: u32) -> u16 {
        u16::from(self) * weight
    }

    #[inline(always)]
    fn all(bytes: &[u8]) -> &[Self] {
        bytes
    }
}

impl Sample<2> for [u8; 2] {
    #[inline(always)]
    fn times(self, weight: u16, bits: u32) -> u16 {
        let sample = u32::from(u16::from_le_bytes(self)).min((1 << bits) - 1);
        (((sample << (16 - bits)) * u32::from(weight)) >> 8) as u16
    }

    #[inline(always)]
    fn all(bytes: &[u8]) -> &[Self] {
        bytes.as_chunks().0
    }
}

#[inline(always)]
fn mix_rows<S: Sample<BYTES>, const BYTES: usize>(
    strip: Strip<'_>,
    weights: &[u16],
    out: &mut [i16],
) {
    let (len, last) = (out.len(), weights.len() - 1);
    // The last group is filled up with a row that is there, without weight.
    let row = |number: usize| {
        let row = &strip.bytes[number.min(last) * strip.stride..];
        &S::all(&row[..len * BYTES])[..len]
    };
    let weight = |number: usize| weights.get(number).copied().unwrap_or(0);
    for first in (0..weights.len()).step_by(AT_ONCE) {
        let numbers = [0, 1, 2, 3].map(|i| first + i);
        let group = (numbers.map(row), numbers.map(weight), strip.bits);
        match (first == 0, first + AT_ONCE > last) {
            (true, true) => mix_group::<S, BYTES, true, true>(group, out),
            (true, false) => mix_group::<S, BYTES, true, false>(group, out),
            (false, true) => mix_group::<S, BYTES, false, true>(group, out),
            (false, false) => mix_group::<S, BYTES, false, false>(group, out),
        }
    }
}

/// Between two groups `out` holds the sums with 16 bits, and behind the last with 15, so that they have room for a sign.
#[inline(always)]
fn mix_group<S: Sample<BYTES>, const BYTES: usize, const FIRST: bool, const LAST: bool>(
    (rows, weights, bits): ([&[S]; AT_ONCE], [u16; AT_ONCE], u32),
    out: &mut [i16],
) {
    let [a, b, c, d] = rows.map(|row| &row[..out.len()]);
    let [wa, wb, wc, wd] = weights;
    for (i, out) in out.iter_mut().enumerate() {
        let before = if FIRST { 0 } else { *out as u16 };
        let sum = before
            + a[i].times(wa, bits)
            + b[i].times(wb, bits)
            + c[i].times(wc, bits)
            + d[i].times(wd, bits);
        *out = if LAST { sum >> 1 } else { sum } as i16;
    }
}

#[inline(always)]
pub(super) fn pick(samples: &[i16], step: usize, out: &mut [i16]) {
    match step {
        2 => pick_every::<2>(samples, out),
        3 => pick_every::<3>(samples, out),
        _ => pick_every::<4>(samples, out),
    }
}

#[inline(always)]
fn pick_every<const STEP: usize>(samples: &[i16], out: &mut [i16]) {
    for (out, group) in out.iter_mut().zip(samples.as_chunks::<STEP>().0) {
        *out = group[0];
    }
}

#[inline(always)]
pub(super) fn narrow(samples: &[i16], taps: &Across, out: &mut [f32]) {
    let outs = out.as_chunks_mut::<LANES>().0.iter_mut();
    for (group, (out, starts)) in outs.zip(taps.starts()).enumerate() {
        for (lane, (out, start)) in out.iter_mut().zip(starts).enumerate() {
            let near = samples[*start as usize..].chunks_exact(CHUNK);
            let chunk = |(samples, weights): (&[i16], &[i16])| {
                let products = samples.iter().zip(weights);
                products
                    .map(|(s, w)| i32::from(*s) * i32::from(*w))
                    .sum::<i32>()
            };
            *out = near.zip(taps.of(group, lane)).map(chunk).sum::<i32>() as f32 * UNIT;
        }
    }
}
