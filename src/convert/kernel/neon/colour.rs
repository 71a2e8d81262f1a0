//! A channel in bytes, sixteen at a time: four registers of numbers become one of bytes, by instructions that also take what is
//! below 0 for 0 and what is above 255 for 255.

use std::arch::aarch64::{
    float32x4_t, int16x4_t, vaddq_f32, vcombine_s16, vcombine_u8, vcvtnq_s32_f32, vdupq_n_f32,
    vld1q_f32, vmulq_f32, vqmovn_s32, vqmovun_s16, vst1q_u8,
};

use crate::convert::colour::Channel;
use crate::convert::kernel::{blocks, portable};

/// Bytes that are made at once.
const BLOCK: usize = 16;
/// Floats in a register.
const LANES: usize = 4;

#[target_feature(enable = "neon")]
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
    for start in blocks::<BLOCK>(len) {
        // SAFETY: rows and `out` are `len` long, and a block of four registers begins at `start`.
        unsafe {
            let [a, b, c, d] = [0, 1, 2, 3].map(|i| sum.whole(samples, start + i * LANES));
            let (low, high) = (vcombine_s16(a, b), vcombine_s16(c, d));
            let bytes = vcombine_u8(vqmovun_s16(low), vqmovun_s16(high));
            vst1q_u8(out.as_mut_ptr().add(start), bytes);
        }
    }
}

/// A channel's weights and bias, each in all lanes of a register.
struct Sum {
    weights: [float32x4_t; 3],
    bias: float32x4_t,
}

impl Sum {
    #[inline]
    #[target_feature(enable = "neon")]
    fn new(channel: &Channel) -> Self {
        Self {
            weights: channel.weights.map(|weight| vdupq_n_f32(weight)),
            bias: vdupq_n_f32(channel.bias),
        }
    }

    /// Four numbers of the channel, rounded to the nearest whole ones. Order and steps of the sum are those of [`Channel::write`]: an
    /// instruction that multiplies and adds at once would round less often.
    ///
    /// # Safety
    ///
    /// Each row has four samples from `start` on.
    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn whole(&self, rows: [&[f32]; 3], start: usize) -> int16x4_t {
        // SAFETY: the caller promises that the samples are there, and they need not be aligned.
        let [a, b, c] = rows.map(|row| unsafe { vld1q_f32(row.as_ptr().add(start)) });
        let [wa, wb, wc] = self.weights;
        let sum = vaddq_f32(vmulq_f32(wa, a), vmulq_f32(wb, b));
        let sum = vaddq_f32(vaddq_f32(sum, vmulq_f32(wc, c)), self.bias);
        vqmovn_s32(vcvtnq_s32_f32(sum))
    }
}
