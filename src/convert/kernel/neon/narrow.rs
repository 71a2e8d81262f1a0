//! New samples, four at a time: products of sixteen bits are added in four lanes each, and the lanes of all four are brought
//! into one register by adding neighbours in pairs.

use std::arch::aarch64::{
    int16x4_t, int16x8_t, int32x4_t, vcvtq_f32_s32, vdupq_n_s32, vget_low_s16, vld1_s16, vld1q_s16,
    vld2_s16, vmlal_high_s16, vmlal_s16, vmull_s16, vmulq_n_f32, vpaddq_s32, vst1q_f32,
};

use crate::convert::kernel::portable;
use crate::convert::taps::{Across, CHUNK, HALF, LANES};

/// New samples that are made at once: half of a group.
const AT_ONCE: usize = LANES / 2;

#[target_feature(enable = "neon")]
pub(in crate::convert::kernel) fn narrow(samples: &[i16], taps: &Across, out: &mut [f32]) {
    assert!(
        samples.len() >= taps.reach(),
        "the row goes on for as long as its taps reach"
    );
    match (taps.chunk(), taps.chunks()) {
        (CHUNK, 1) => narrow_by::<1>(samples, taps, out),
        (CHUNK, 2) => narrow_by::<2>(samples, taps, out),
        (CHUNK, 3) => narrow_by::<3>(samples, taps, out),
        (CHUNK, 4) => narrow_by::<4>(samples, taps, out),
        (HALF, 1) => narrow_by_half(samples, taps, out),
        _ => portable::narrow(samples, taps, out),
    }
}

/// New samples that are made of a chunk or some.
#[target_feature(enable = "neon")]
fn narrow_by<const CHUNKS: usize>(samples: &[i16], taps: &Across, out: &mut [f32]) {
    let weights = taps.weights().as_chunks::<CHUNKS>().0;
    let weights = weights.as_chunks::<AT_ONCE>().0;
    let outs = out.as_chunks_mut::<LANES>().0;
    for ((out, starts), weights) in outs.iter_mut().zip(taps.starts()).zip(weights) {
        for (side, out) in halves(out).into_iter().enumerate() {
            let sums = |i: usize| {
                let start = starts[side * AT_ONCE + i] as usize;
                let mut sums = vdupq_n_s32(0);
                for (chunk, row) in weights[i].iter().enumerate() {
                    // SAFETY: no chunk of these taps ends behind `reach`, which `samples` has; a row of weights has two.
                    let (near, weights) = unsafe {
                        (
                            load(samples, start + chunk * CHUNK),
                            load(row, side * CHUNK),
                        )
                    };
                    sums = vmlal_s16(sums, vget_low_s16(near), vget_low_s16(weights));
                    sums = vmlal_high_s16(sums, near, weights);
                }
                sums
            };
            store([sums(0), sums(1), sums(2), sums(3)], out);
        }
    }
}

/// New samples that are made of half a chunk, as chroma is in a picture that shrinks to a third.
#[target_feature(enable = "neon")]
fn narrow_by_half(samples: &[i16], taps: &Across, out: &mut [f32]) {
    let weights = taps.weights().as_chunks::<2>().0;
    let outs = out.as_chunks_mut::<LANES>().0;
    for ((out, starts), weights) in outs.iter_mut().zip(taps.starts()).zip(weights) {
        for (side, out) in halves(out).into_iter().enumerate() {
            let sums = |i: usize| {
                let start = starts[side * AT_ONCE + i] as usize;
                // SAFETY: no half of a chunk of these taps ends behind `reach`, which `samples` has; a row of weights has four.
                unsafe {
                    let near = load_half(samples, start);
                    let weights = load_half(&weights[i / 2], side * CHUNK + i % 2 * HALF);
                    vmull_s16(near, weights)
                }
            };
            store([sums(0), sums(1), sums(2), sums(3)], out);
        }
    }
}

#[target_feature(enable = "neon")]
pub(in crate::convert::kernel) fn narrow_two(
    samples: &[i16],
    taps: &Across,
    outs: [&mut [f32]; 2],
) {
    assert!(
        samples.len() >= 2 * taps.reach(),
        "the row goes on for as long as its taps reach"
    );
    match (taps.chunk(), taps.chunks()) {
        (HALF, 1) => narrow_two_by::<1, 2>(samples, taps, outs),
        (CHUNK, 1) => narrow_two_by::<2, 4>(samples, taps, outs),
        (CHUNK, 2) => narrow_two_by::<4, 8>(samples, taps, outs),
        _ => portable::narrow_two(samples, taps, outs),
    }
}

/// New samples that are made of so many `HALVES` of a chunk, whose weights fill so many `ROWS` a group.
#[target_feature(enable = "neon")]
fn narrow_two_by<const HALVES: usize, const ROWS: usize>(
    samples: &[i16],
    taps: &Across,
    [one, other]: [&mut [f32]; 2],
) {
    let weights = taps.weights().as_chunks::<ROWS>().0;
    let outs = one
        .as_chunks_mut::<LANES>()
        .0
        .iter_mut()
        .zip(other.as_chunks_mut::<LANES>().0);
    for (((one, other), starts), weights) in outs.zip(taps.starts()).zip(weights) {
        let sums = |lane: usize| {
            let (start, i, side) = (starts[lane] as usize, lane % AT_ONCE, lane / AT_ONCE);
            let mut sums = [vdupq_n_s32(0); 2];
            for half in 0..HALVES {
                let number = i * HALVES + half;
                // SAFETY: no half of a chunk of these taps ends behind `reach`, and `samples` has twice as many; a row of
                // weights has four.
                unsafe {
                    let weights = load_half(&weights[number / 2], side * CHUNK + number % 2 * HALF);
                    // It takes apart what comes by turns.
                    let near = vld2_s16(samples.as_ptr().add(2 * (start + half * HALF)));
                    sums[0] = vmlal_s16(sums[0], near.0, weights);
                    sums[1] = vmlal_s16(sums[1], near.1, weights);
                }
            }
            sums
        };
        let ([low_one, high_one], [low_other, high_other]) = (halves(one), halves(other));
        store_two([sums(0), sums(1), sums(2), sums(3)], low_one, low_other);
        store_two([sums(4), sums(5), sums(6), sums(7)], high_one, high_other);
    }
}

/// The new samples 0 to 3 of a group, and 4 to 7.
#[inline]
fn halves(group: &mut [f32; LANES]) -> [&mut [f32; AT_ONCE]; 2] {
    let [low, high] = group.as_chunks_mut().0 else {
        unreachable!("a group is two halves");
    };
    [low, high]
}

/// The sums of four new samples' lanes, as samples of 0–255.
#[inline]
#[target_feature(enable = "neon")]
fn store([a, b, c, d]: [int32x4_t; AT_ONCE], out: &mut [f32; AT_ONCE]) {
    let sums = vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d));
    let values = vmulq_n_f32(vcvtq_f32_s32(sums), portable::UNIT);
    // SAFETY: `out` has four numbers, and they need not be aligned.
    unsafe { vst1q_f32(out.as_mut_ptr(), values) };
}

/// The same of two kinds.
#[inline]
#[target_feature(enable = "neon")]
fn store_two(
    [a, b, c, d]: [[int32x4_t; 2]; AT_ONCE],
    one: &mut [f32; AT_ONCE],
    other: &mut [f32; AT_ONCE],
) {
    store([a[0], b[0], c[0], d[0]], one);
    store([a[1], b[1], c[1], d[1]], other);
}

/// A chunk of samples or weights.
///
/// # Safety
///
/// `numbers` has a chunk from `at` on.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn load(numbers: &[i16], at: usize) -> int16x8_t {
    // SAFETY: the caller promises that the eight numbers are there, and they need not be aligned.
    unsafe { vld1q_s16(numbers.as_ptr().add(at)) }
}

/// Half a chunk of samples or weights.
///
/// # Safety
///
/// `numbers` has half a chunk from `at` on.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn load_half(numbers: &[i16], at: usize) -> int16x4_t {
    // SAFETY: the caller promises that the four numbers are there, and they need not be aligned.
    unsafe { vld1_s16(numbers.as_ptr().add(at)) }
}
