//! A channel in bytes, thirty-two at a time: four registers of numbers become one of bytes in three instructions, which also take
//! what is below 0 for 0 and what is above 255 for 255.
//!
//! Closures in `map` of an array stay calls here, through memory: the standard library's part of them is compiled without AVX2.

use std::arch::x86_64::{
    __m256, __m256i, _mm256_add_ps, _mm256_cvtps_epi32, _mm256_loadu_ps, _mm256_mul_ps,
    _mm256_packs_epi32, _mm256_packus_epi16, _mm256_permutevar8x32_epi32, _mm256_set1_ps,
    _mm256_setr_epi32, _mm256_storeu_si256,
};

use crate::convert::colour::Channel;
use crate::convert::kernel::{blocks, portable};

/// Bytes that are made at once.
const BLOCK: usize = 32;
/// Floats in a register.
const LANES: usize = 8;

#[target_feature(enable = "avx2")]
pub(in crate::convert::kernel) fn colour_bytes(
    channel: &Channel,
    samples: &[Vec<f32>; 3],
    out: &mut [u8],
) {
    let len = out.len();
    if len < BLOCK {
        return portable::colour_bytes(channel, samples, out);
    }
    let samples = samples.each_ref().map(|row| &row[..len]);
    let sum = Sum::new(channel);
    // Packing works on each half of a register by itself; this puts the halves back in order.
    let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    for start in blocks::<BLOCK>(len) {
        // SAFETY: rows and `out` are `len` long, and a block of four registers begins at `start`.
        unsafe {
            let (a, b) = (sum.whole(samples, start), sum.whole(samples, start + LANES));
            let (c, d) = (
                sum.whole(samples, start + 2 * LANES),
                sum.whole(samples, start + 3 * LANES),
            );
            let bytes = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
            let bytes = _mm256_permutevar8x32_epi32(bytes, order);
            _mm256_storeu_si256(out.as_mut_ptr().add(start).cast(), bytes);
        }
    }
}

/// A channel's weights and bias, each in all lanes of a register.
struct Sum {
    weights: [__m256; 3],
    bias: __m256,
}

impl Sum {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(channel: &Channel) -> Self {
        Self {
            weights: channel.weights.map(|weight| _mm256_set1_ps(weight)),
            bias: _mm256_set1_ps(channel.bias),
        }
    }

    /// Eight numbers of the channel, rounded to the nearest whole ones. The order of the sum is that of [`Channel::write`].
    ///
    /// # Safety
    ///
    /// Each row has eight samples from `start` on.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn whole(&self, rows: [&[f32]; 3], start: usize) -> __m256i {
        // SAFETY: the caller promises that the samples are there, and they need not be aligned.
        let (a, b, c) = unsafe {
            (
                _mm256_loadu_ps(rows[0].as_ptr().add(start)),
                _mm256_loadu_ps(rows[1].as_ptr().add(start)),
                _mm256_loadu_ps(rows[2].as_ptr().add(start)),
            )
        };
        let [wa, wb, wc] = self.weights;
        let sum = _mm256_add_ps(_mm256_mul_ps(wa, a), _mm256_mul_ps(wb, b));
        let sum = _mm256_add_ps(sum, _mm256_mul_ps(wc, c));
        let sum = _mm256_add_ps(sum, self.bias);
        _mm256_cvtps_epi32(sum)
    }
}
