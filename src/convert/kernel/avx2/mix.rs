//! Rows, two at a time: woven byte by byte, one instruction multiplies both and adds them.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi16, _mm256_and_si256, _mm256_loadu_si256, _mm256_maddubs_epi16,
    _mm256_packus_epi32, _mm256_permute2x128_si256, _mm256_set1_epi16, _mm256_set1_epi32,
    _mm256_setzero_si256, _mm256_srli_epi32, _mm256_storeu_si256, _mm256_unpackhi_epi8,
    _mm256_unpacklo_epi8,
};

use crate::convert::kernel::{Strip, blocks, portable};

/// Samples that are made at once.
const BLOCK: usize = 32;

#[target_feature(enable = "avx2")]
pub(in crate::convert::kernel) fn mix(strip: Strip<'_>, weights: &[u16], out: &mut [i16]) {
    if strip.bits > 8 || out.len() < BLOCK {
        return portable::mix(strip, weights, out);
    }
    match weights.len().div_ceil(2) {
        1 => mix_by::<1>(strip, weights, out),
        2 => mix_by::<2>(strip, weights, out),
        3 => mix_by::<3>(strip, weights, out),
        4 => mix_by::<4>(strip, weights, out),
        5 => mix_by::<5>(strip, weights, out),
        6 => mix_by::<6>(strip, weights, out),
        _ => portable::mix(strip, weights, out),
    }
}

/// Of so many pairs of rows.
#[target_feature(enable = "avx2")]
fn mix_by<const PAIRS: usize>(strip: Strip<'_>, weights: &[u16], out: &mut [i16]) {
    let rows = Rows::<PAIRS>::new(strip, weights, out.len());
    for start in blocks::<BLOCK>(rows.len) {
        // SAFETY: a block begins there.
        let [low, high] = unsafe { rows.sums(start) };
        let first = _mm256_permute2x128_si256::<0x20>(low, high);
        let second = _mm256_permute2x128_si256::<0x31>(low, high);
        // SAFETY: `out` is as long as the rows, and two registers are a block.
        unsafe {
            let out = out.as_mut_ptr().add(start);
            _mm256_storeu_si256(out.cast(), first);
            _mm256_storeu_si256(out.add(BLOCK / 2).cast(), second);
        }
    }
}

#[target_feature(enable = "avx2")]
pub(in crate::convert::kernel) fn mix_apart(
    strip: Strip<'_>,
    weights: &[u16],
    outs: [&mut [i16]; 2],
) {
    if outs[0].len() < BLOCK / 2 {
        return portable::mix_apart(strip, weights, outs);
    }
    match weights.len().div_ceil(2) {
        1 => mix_apart_by::<1>(strip, weights, outs),
        2 => mix_apart_by::<2>(strip, weights, outs),
        3 => mix_apart_by::<3>(strip, weights, outs),
        4 => mix_apart_by::<4>(strip, weights, outs),
        5 => mix_apart_by::<5>(strip, weights, outs),
        6 => mix_apart_by::<6>(strip, weights, outs),
        _ => portable::mix_apart(strip, weights, outs),
    }
}

/// Two samples are taken for one number of 32 bits, of which one is the lower half and the other the upper; narrowed again, those
/// of two registers are in order.
#[target_feature(enable = "avx2")]
fn mix_apart_by<const PAIRS: usize>(
    strip: Strip<'_>,
    weights: &[u16],
    [even, odd]: [&mut [i16]; 2],
) {
    let len = even.len();
    assert!(odd.len() == len, "there are as many of one as of the other");
    let rows = Rows::<PAIRS>::new(strip, weights, 2 * len);
    let lower = _mm256_set1_epi32(0xffff);
    for start in blocks::<BLOCK>(rows.len) {
        // SAFETY: a block begins there.
        let [low, high] = unsafe { rows.sums(start) };
        let evens =
            _mm256_packus_epi32(_mm256_and_si256(low, lower), _mm256_and_si256(high, lower));
        let odds = _mm256_packus_epi32(_mm256_srli_epi32::<16>(low), _mm256_srli_epi32::<16>(high));
        // SAFETY: both are half as long as the rows, and a register is half a block.
        unsafe {
            _mm256_storeu_si256(even.as_mut_ptr().add(start / 2).cast(), evens);
            _mm256_storeu_si256(odd.as_mut_ptr().add(start / 2).cast(), odds);
        }
    }
}

/// Pairs of rows, each with its two factors as [`factors`] has them.
struct Rows<'a, const PAIRS: usize> {
    pairs: [([&'a [u8]; 2], i16); PAIRS],
    len: usize,
}

impl<'a, const PAIRS: usize> Rows<'a, PAIRS> {
    /// `len` samples each. Inlined, for it is done for each new row.
    #[inline(always)]
    fn new(strip: Strip<'a>, weights: &[u16], len: usize) -> Self {
        let row =
            |number: usize| &strip.bytes[number.min(weights.len() - 1) * strip.stride..][..len];
        let pair = |i| ([row(2 * i), row(2 * i + 1)], factors(weights, i));
        Self {
            pairs: std::array::from_fn(pair),
            len,
        }
    }

    /// The sums of a block's samples: 0–7 and 16–23, then 8–15 and 24–31.
    ///
    /// # Safety
    ///
    /// A block begins at `start`.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn sums(&self, start: usize) -> [__m256i; 2] {
        let (mut low, mut high) = (_mm256_setzero_si256(), _mm256_setzero_si256());
        for (rows, factors) in self.pairs {
            let factors = _mm256_set1_epi16(factors);
            // SAFETY: all rows are `len` long, and the caller promises that a block begins at `start`.
            let [one, other] = rows.map(|row| unsafe { load_bytes(row, start) });
            let products = [
                _mm256_unpacklo_epi8(one, other),
                _mm256_unpackhi_epi8(one, other),
            ]
            .map(|woven| _mm256_maddubs_epi16(woven, factors));
            low = _mm256_add_epi16(low, products[0]);
            high = _mm256_add_epi16(high, products[1]);
        }
        [low, high]
    }
}

/// The weights of a pair of rows in two bytes. They have a sign, so that the largest is 127: a row that has all of the
/// weight is its own neighbour, and both have half.
#[inline(always)]
fn factors(weights: &[u16], pair: usize) -> i16 {
    let [one, other] = [2 * pair, 2 * pair + 1].map(|i| weights.get(i).copied().unwrap_or(0));
    let (one, other) = match weights {
        [whole] => (whole - whole / 2, whole / 2),
        _ => (one, other),
    };
    (one | other << 8) as i16
}

/// A block of bytes of a row.
///
/// # Safety
///
/// `row` has a block from `start` on.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load_bytes(row: &[u8], start: usize) -> __m256i {
    // SAFETY: the caller promises that the 32 bytes are there, and they need not be aligned.
    unsafe { _mm256_loadu_si256(row.as_ptr().add(start).cast()) }
}
