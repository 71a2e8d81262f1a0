//! New samples, eight at a time.
//!
//! The compiler takes each of them out of a register of its own; the sums of all eight can be brought into one by adding
//! neighbours in pairs.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm_setr_epi8, _mm256_add_epi32, _mm256_broadcastsi128_si256,
    _mm256_castps_si256, _mm256_castsi128_si256, _mm256_castsi256_ps, _mm256_cvtepi32_ps,
    _mm256_hadd_epi32, _mm256_inserti128_si256, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_mul_ps, _mm256_set_epi64x, _mm256_set1_ps, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_shuffle_ps, _mm256_storeu_ps, _mm256_unpackhi_epi64, _mm256_unpacklo_epi64,
};

use crate::convert::kernel::portable;
use crate::convert::taps::{Across, CHUNK, HALF, LANES};

/// Registers that hold two new samples each.
const PAIRS: usize = LANES / 2;

#[target_feature(enable = "avx2")]
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
#[target_feature(enable = "avx2")]
fn narrow_by<const CHUNKS: usize>(samples: &[i16], taps: &Across, out: &mut [f32]) {
    let weights = taps.weights().as_chunks::<CHUNKS>().0;
    let weights = weights.as_chunks::<PAIRS>().0;
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
        store(_mm256_hadd_epi32(low, high), out);
    }
}

/// New samples that are made of half a chunk, as chroma is in a picture that shrinks to a third.
#[target_feature(enable = "avx2")]
fn narrow_by_half(samples: &[i16], taps: &Across, out: &mut [f32]) {
    let weights = taps.weights().as_chunks::<2>().0;
    let outs = out.as_chunks_mut::<LANES>().0;
    for ((out, starts), weights) in outs.iter_mut().zip(taps.starts()).zip(weights) {
        let sums = |row: usize| {
            let at = [0, 1, 4, 5].map(|lane| starts[2 * row + lane] as usize);
            // SAFETY: no half of a chunk of these taps ends behind `reach`, which `samples` has.
            let near = unsafe { load_four(samples, at) };
            _mm256_madd_epi16(near, load(&weights[row]))
        };
        store(_mm256_hadd_epi32(sums(0), sums(1)), out);
    }
}

#[target_feature(enable = "avx2")]
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

/// New samples that are made of so many `HALVES` of a chunk, whose weights fill so many `ROWS` a group. Half a chunk of two kinds
/// fills half of a register, as a chunk of one does.
#[target_feature(enable = "avx2")]
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
    for ((outs, starts), weights) in outs.zip(taps.starts()).zip(weights) {
        let sums = |pair: usize| {
            let mut sums = _mm256_setzero_si256();
            for half in 0..HALVES {
                let at = [pair, pair + PAIRS].map(|lane| 2 * (starts[lane] as usize + half * HALF));
                // SAFETY: no half of a chunk of these taps ends behind `reach`, and `samples` has twice as many.
                let near = unsafe { load_two(samples, at) };
                // The weights of a new sample lie side by side, those of half a chunk in a half of a row's half.
                let number = pair * HALVES + half;
                let row = load(&weights[number / 2]);
                let weights = match number % 2 {
                    0 => _mm256_unpacklo_epi64(row, row),
                    _ => _mm256_unpackhi_epi64(row, row),
                };
                sums = _mm256_add_epi32(sums, _mm256_madd_epi16(apart(near), weights));
            }
            sums
        };
        // One and the other by turns, of the new samples 0, 1, 4 and 5, and of 2, 3, 6 and 7.
        let outer = _mm256_castsi256_ps(_mm256_hadd_epi32(sums(0), sums(1)));
        let inner = _mm256_castsi256_ps(_mm256_hadd_epi32(sums(2), sums(3)));
        store(
            _mm256_castps_si256(_mm256_shuffle_ps::<0b10_00_10_00>(outer, inner)),
            outs.0,
        );
        store(
            _mm256_castps_si256(_mm256_shuffle_ps::<0b11_01_11_01>(outer, inner)),
            outs.1,
        );
    }
}

/// Two kinds that come by turns: in each half of the register first four of one, then four of the other.
#[inline]
#[target_feature(enable = "avx2")]
fn apart(samples: __m256i) -> __m256i {
    let order = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15,
    ));
    _mm256_shuffle_epi8(samples, order)
}

/// Sums of products as samples of 0–255.
#[inline]
#[target_feature(enable = "avx2")]
fn store(sums: __m256i, out: &mut [f32; LANES]) {
    let values = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_set1_ps(portable::UNIT));
    // SAFETY: `out` has eight numbers, and they need not be aligned.
    unsafe { _mm256_storeu_ps(out.as_mut_ptr(), values) };
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

/// Half a chunk of samples in each quarter of a register.
///
/// # Safety
///
/// `samples` has half a chunk at all four places.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load_four(samples: &[i16], at: [usize; 4]) -> __m256i {
    // SAFETY: the caller promises that the four numbers of 16 bits at each place are there.
    let halves = at.map(|at| unsafe { samples.as_ptr().add(at).cast::<i64>().read_unaligned() });
    _mm256_set_epi64x(halves[3], halves[2], halves[1], halves[0])
}
