//! The loops in plain Rust. They are always inlined, so that whoever calls them decides what they are compiled for.

use crate::convert::colour::Channel;
use crate::convert::kernel::Strip;
use crate::convert::taps::{ACROSS, Across, DOWN, LANES};

/// Rows that are read at once: their sum stays in registers.
const AT_ONCE: usize = 4;
/// Brings a sum of [`narrow`] back to 0–255.
pub(super) const UNIT: f32 = 1.0 / (DOWN * ACROSS) as f32;

#[inline(always)]
pub(super) fn mix(strip: Strip<'_>, weights: &[u16], out: &mut [i16]) {
    match strip.bits {
        8 => mix_rows::<u8, 1, 1>(strip, 0, weights, out),
        _ => mix_rows::<[u8; 2], 2, 1>(strip, 0, weights, out),
    }
}

#[inline(always)]
pub(super) fn mix_apart(strip: Strip<'_>, weights: &[u16], outs: [&mut [i16]; 2]) {
    for (first, out) in outs.into_iter().enumerate() {
        mix_rows::<u8, 1, 2>(strip, first, weights, out);
    }
}

/// A sample of `BYTES` bytes.
trait Sample<const BYTES: usize>: Copy {
    /// As 15 bits of which 7 are behind the point, when the weight is a 128th; `bits` is how many of it count.
    fn times(self, weight: u16, bits: u32) -> i16;
    /// The samples in these bytes.
    fn all(bytes: &[u8]) -> &[Self];
}

impl Sample<1> for u8 {
    #[inline(always)]
    fn times(self, weight: u16, _: u32) -> i16 {
        (u16::from(self) * weight) as i16
    }

    #[inline(always)]
    fn all(bytes: &[u8]) -> &[Self] {
        bytes
    }
}

impl Sample<2> for [u8; 2] {
    #[inline(always)]
    fn times(self, weight: u16, bits: u32) -> i16 {
        let sample = u32::from(u16::from_le_bytes(self)).min((1 << bits) - 1);
        (((sample << (16 - bits)) * u32::from(weight)) >> 8) as i16
    }

    #[inline(always)]
    fn all(bytes: &[u8]) -> &[Self] {
        bytes.as_chunks().0
    }
}

/// Of one of every `STEP` samples, from the one with the number `first` on.
#[inline(always)]
fn mix_rows<S: Sample<BYTES>, const BYTES: usize, const STEP: usize>(
    strip: Strip<'_>,
    first: usize,
    weights: &[u16],
    out: &mut [i16],
) {
    let (len, last) = (out.len() * STEP, weights.len() - 1);
    // The last group is filled up with a row that is there, without weight.
    let row = |number: usize| {
        let row = &strip.bytes[number.min(last) * strip.stride..];
        &S::all(&row[..len * BYTES])[..len]
    };
    let weight = |number: usize| weights.get(number).copied().unwrap_or(0);
    for begin in (0..weights.len()).step_by(AT_ONCE) {
        let numbers = [0, 1, 2, 3].map(|i| begin + i);
        let group = (numbers.map(row), numbers.map(weight), strip.bits);
        match begin {
            0 => mix_group::<S, BYTES, STEP, true>(group, first, out),
            _ => mix_group::<S, BYTES, STEP, false>(group, first, out),
        }
    }
}

/// Adds to what is in `out`, but for the first group.
#[inline(always)]
fn mix_group<S: Sample<BYTES>, const BYTES: usize, const STEP: usize, const FIRST: bool>(
    (rows, weights, bits): ([&[S]; AT_ONCE], [u16; AT_ONCE], u32),
    first: usize,
    out: &mut [i16],
) {
    // Whole steps, so that the compiler sees that none ends behind its row.
    let [a, b, c, d] = rows.map(|row| row.as_chunks::<STEP>().0);
    let [a, b, c, d] = [a, b, c, d].map(|steps| &steps[..out.len()]);
    let [wa, wb, wc, wd] = weights;
    for (i, out) in out.iter_mut().enumerate() {
        let before = if FIRST { 0 } else { *out };
        *out = before
            + a[i][first].times(wa, bits)
            + b[i][first].times(wb, bits)
            + c[i][first].times(wc, bits)
            + d[i][first].times(wd, bits);
    }
}

#[inline(always)]
pub(super) fn pick(samples: &[i16], out: &mut [i16]) {
    for (out, [first, ..]) in out.iter_mut().zip(samples.as_chunks::<3>().0) {
        *out = *first;
    }
}

#[inline(always)]
pub(super) fn narrow(samples: &[i16], taps: &Across, out: &mut [f32]) {
    narrow_every::<1>(samples, 0, taps, out);
}

#[inline(always)]
pub(super) fn narrow_two(samples: &[i16], taps: &Across, outs: [&mut [f32]; 2]) {
    for (first, out) in outs.into_iter().enumerate() {
        narrow_every::<2>(samples, first, taps, out);
    }
}

/// Of one of every `STEP` samples, from the one with the number `first` on.
#[inline(always)]
fn narrow_every<const STEP: usize>(samples: &[i16], first: usize, taps: &Across, out: &mut [f32]) {
    let outs = out.as_chunks_mut::<LANES>().0.iter_mut();
    for (group, (out, starts)) in outs.zip(taps.starts()).enumerate() {
        for (lane, (out, start)) in out.iter_mut().zip(starts).enumerate() {
            let own = samples[STEP * *start as usize + first..]
                .iter()
                .step_by(STEP);
            let products = own
                .zip(taps.of(group, lane).flatten())
                .map(|(s, w)| i32::from(*s) * i32::from(*w));
            *out = products.sum::<i32>() as f32 * UNIT;
        }
    }
}

#[inline(always)]
pub(super) fn colour(channel: &Channel, samples: &[Vec<f32>; 3], out: &mut [f32]) {
    channel.write(samples, out, |value| value);
}

/// A float of this size has its whole numbers in its lowest bits, which becomes vector code where `as u8` does not: with that
/// the whole conversion of a frame took 2.4 times as long.
#[inline(always)]
pub(super) fn colour_bytes(channel: &Channel, samples: &[Vec<f32>; 3], out: &mut [u8]) {
    const WHOLE: f32 = (3 << 22) as f32;
    channel.write(samples, out, |value| (value + WHOLE).to_bits() as u8);
}
