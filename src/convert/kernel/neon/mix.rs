//! Rows: one instruction multiplies eight bytes and adds the products to sums of 16 bits, which the compiler makes of two or three.

use std::arch::aarch64::{
    uint8x16_t, uint16x8_t, vdupq_n_u8, vdupq_n_u16, vget_low_u8, vld1q_u8, vmlal_high_u8,
    vmlal_u8, vreinterpretq_s16_u16, vst1q_s16,
};

use crate::convert::kernel::{Strip, portable};

/// Samples that are made at once.
const BLOCK: usize = 64;
/// Bytes in a register.
const BYTES: usize = 16;

#[target_feature(enable = "neon")]
pub(in crate::convert::kernel) fn mix(strip: Strip<'_>, weights: &[u16], out: &mut [i16]) {
    let len = out.len();
    if strip.bits > 8 || len < BLOCK {
        return portable::mix(strip, weights, out);
    }
    let needed = (weights.len() - 1) * strip.stride + len;
    assert!(strip.bytes.len() >= needed, "every row is whole");
    // The last block is made of the last samples, some of which are there already.
    let starts = (0..len - BLOCK).step_by(BLOCK).chain([len - BLOCK]);
    for start in starts {
        let mut sums = [[vdupq_n_u16(0); 2]; BLOCK / BYTES];
        for (number, weight) in weights.iter().enumerate() {
            // They are 128 at most.
            let weight = vdupq_n_u8(*weight as u8);
            for (i, sums) in sums.iter_mut().enumerate() {
                let at = number * strip.stride + start + i * BYTES;
                // SAFETY: `bytes` has all rows, which are `len` long, and a block begins at `start`.
                let bytes = unsafe { vld1q_u8(strip.bytes.as_ptr().add(at)) };
                add(sums, bytes, weight);
            }
        }
        for (i, sum) in sums.into_iter().flatten().enumerate() {
            // SAFETY: `out` is `len` long, of which a block begins at `start`; two registers of eight are one of bytes.
            unsafe {
                let out = out.as_mut_ptr().add(start + i * BYTES / 2);
                vst1q_s16(out, vreinterpretq_s16_u16(sum));
            }
        }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn add([low, high]: &mut [uint16x8_t; 2], bytes: uint8x16_t, weight: uint8x16_t) {
    *low = vmlal_u8(*low, vget_low_u8(bytes), vget_low_u8(weight));
    *high = vmlal_high_u8(*high, bytes, weight);
}
