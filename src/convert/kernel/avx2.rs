//! The loops for processors with AVX2: Intel since 2013, AMD since 2015.
//!
//! The compiler makes good code of the others. What it does not see in [`portable::narrow`] is
//! that the sums of eight new samples can be brought into one register by adding neighbours in pairs; it takes each of them
//! out of its own.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_add_epi32, _mm256_castsi128_si256, _mm256_cvtepi32_ps,
    _mm256_hadd_epi32, _mm256_inserti128_si256, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_mul_ps, _mm256_set1_ps, _mm256_setzero_si256, _mm256_storeu_ps,
};

use crate::convert::colour::Channel;
use crate::convert::kernel::{Strip, portable};
use crate::convert::taps::{Across, CHUNK, LANES};

/// Registers that hold two new samples each.
const PAIRS: usize = LANES / 2;

#[target_feature(enable = "avx2")]
pub(super) fn mix(strip: Strip<'_>, weights: &[u16], out: &mut [i16]) {
    portable::mix(strip, weights, out);
}

#[target_feature(enable = "avx2")]
pub(super) fn colour(channel: &Channel, samples: &[Vec<f32>; 3], out: &mut [f32]) {
    channel.write(samples, out);
}

#[target_feature(enable = "avx2")]
pub(super) fn pick(samples: &[i16], step: usize, out: &mut [i16]) {
    portable::pick(samples, step, out);
}

#[target_feature(enable = "avx2")]
pub(super) fn narrow(samples: &[i16], taps: &Across, out: &mut [f32]) {
    match taps.chunks() {
        1 => narrow_by::<1>(samples, taps, out),
        2 => narrow_by::<2>(samples, taps, out),
        3 => narrow_by::<3>(samples, taps, out),
        4 => narrow_by::<4>(samples, taps, out),
        _ => portable::narrow(samples, taps, out),
    }
}

#[target_feature(enable = "avx2")]
fn narrow_by<const CHUNKS: usize>(samples: &[i16], taps: &Across, out: &mut [f32]) {
    assert!(
        samples.len() >= taps.reach(),
        "the row goes on for as long as its taps reach"
    );
    let weights = taps
        .weights()
        .as_chunks::<CHUNKS>()
        .0
        .as_chunks::<PAIRS>()
        .0;
    let outs = out.as_chunks_mut::<LANES>().0;
    for ((out, starts), weights) in outs.iter_mut().zip(taps.starts()).zip(weights) {
        let sums = |pair: usize| {
            let mut sums = _mm256_setzero_si256();
            for (chunk, weights) in weights[pair].iter().enumerate() {
                let at = [pair, pair + PAIRS].map(|lane| starts[lane] as usize + chunk * CHUNK);
                // SAFETY: no chunk of these taps ends behind `reach`, which `samples` has.
                let near = unsafe { load_two(samples, at) };
                let products = _mm256_madd_epi16(near, load(weights));
                sums = _mm256_add_epi32(sums, products);
            }
            sums
        };
        let low = _mm256_hadd_epi32(sums(0), sums(1));
        let high = _mm256_hadd_epi32(sums(2), sums(3));
        let whole = _mm256_cvtepi32_ps(_mm256_hadd_epi32(low, high));
        let values = _mm256_mul_ps(whole, _mm256_set1_ps(portable::UNIT));
        // SAFETY: `out` has eight numbers, and they need not be aligned.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr(), values) };
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(weights: &[i16; 2 * CHUNK]) -> __m256i {
    // SAFETY: sixteen numbers of 16 bits are the 32 bytes that are read, and they need not be aligned.
    unsafe { _mm256_loadu_si256(weights.as_ptr().cast()) }
}

/// Two chunks of samples in the two halves of a register.
///
/// # Safety
///
/// `samples` has a chunk at both places.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load_two(samples: &[i16], at: [usize; 2]) -> __m256i {
    // SAFETY: the caller promises that the eight numbers of 16 bits at both places are there.
    let [low, high] = at.map(|at| unsafe { _mm_loadu_si128(samples.as_ptr().add(at).cast()) });
    _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(low), high)
}
