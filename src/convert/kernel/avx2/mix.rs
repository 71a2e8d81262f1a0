//! Rows, two at a time: woven byte by byte, one instruction multiplies both and adds them.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi16, _mm256_loadu_si256, _mm256_maddubs_epi16, _mm256_permute2x128_si256,
    _mm256_set1_epi16, _mm256_setzero_si256, _mm256_storeu_si256, _mm256_unpackhi_epi8,
    _mm256_unpacklo_epi8,
};

use crate::convert::kernel::{Strip, portable};

/// Samples that [`mix_by`] makes at once.
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
    let len = out.len();
    assert!(len >= BLOCK, "a row has a block");
    let row = |number: usize| &strip.bytes[number.min(weights.len() - 1) * strip.stride..][..len];
    let pairs: [_; PAIRS] = std::array::from_fn(|i| [row(2 * i), row(2 * i + 1)]);
    let factors: [_; PAIRS] = std::array::from_fn(|i| factors(weights, i));
    // The last block is made of the last samples, some of which are there already.
    let starts = (0..len - BLOCK).step_by(BLOCK).chain([len - BLOCK]);
    for start in starts {
        let (mut low, mut high) = (_mm256_setzero_si256(), _mm256_setzero_si256());
        for (rows, factor) in pairs.iter().zip(factors) {
            // SAFETY: all rows are `len` long, and a block begins at `start`.
            let [one, other] = rows.map(|row| unsafe { load_bytes(row, start) });
            let products = [
                _mm256_unpacklo_epi8(one, other),
                _mm256_unpackhi_epi8(one, other),
            ]
            .map(|woven| _mm256_maddubs_epi16(woven, factor));
            low = _mm256_add_epi16(low, products[0]);
            high = _mm256_add_epi16(high, products[1]);
        }
        let first = _mm256_permute2x128_si256::<0x20>(low, high);
        let second = _mm256_permute2x128_si256::<0x31>(low, high);
        // SAFETY: `out` is `len` long, of which a block begins at `start`; two registers are one.
        unsafe {
            let out = out.as_mut_ptr().add(start);
            _mm256_storeu_si256(out.cast(), first);
            _mm256_storeu_si256(out.add(BLOCK / 2).cast(), second);
        }
    }
}

/// The weights of a pair of rows in each two bytes. They have a sign, so that the largest is 127: a row that has all of the
/// weight is its own neighbour, and both have half.
#[target_feature(enable = "avx2")]
fn factors(weights: &[u16], pair: usize) -> __m256i {
    let [one, other] = [2 * pair, 2 * pair + 1].map(|i| weights.get(i).copied().unwrap_or(0));
    let (one, other) = match weights {
        [whole] => (whole - whole / 2, whole / 2),
        _ => (one, other),
    };
    _mm256_set1_epi16((one | other << 8) as i16)
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
