//! Rows: one instruction multiplies eight bytes and adds the products to sums of 16 bits, which the compiler makes of two or three.

use std::arch::aarch64::{
    uint8x16_t, uint16x8_t, vdupq_n_u8, vdupq_n_u16, vget_low_u8, vld1q_u8, vmlal_high_u8,
    vmlal_u8, vreinterpretq_s16_u16, vst1q_s16, vuzp1q_u16, vuzp2q_u16,
};

use crate::convert::kernel::{Strip, blocks, portable};

/// Samples that are made at once.
const BLOCK: usize = 64;
/// Bytes in a register.
const BYTES: usize = 16;

#[target_feature(enable = "neon")]
pub(in crate::convert::kernel) fn mix(strip: Strip<'_>, weights: &[u16], out: &mut [i16]) {
    if strip.bits > 8 || out.len() < BLOCK {
        return portable::mix(strip, weights, out);
    }
    let rows = Rows::new(strip, weights, out.len());
    for start in blocks::<BLOCK>(rows.len) {
        // SAFETY: a block begins there.
        let sums = unsafe { rows.sums(start) };
        for (i, sum) in sums.into_iter().flatten().enumerate() {
            // SAFETY: `out` is as long as the rows, and eight registers are a block.
            unsafe { store(sum, out.as_mut_ptr().add(start + i * BYTES / 2)) };
        }
    }
}

#[target_feature(enable = "neon")]
pub(in crate::convert::kernel) fn mix_apart(
    strip: Strip<'_>,
    weights: &[u16],
    [even, odd]: [&mut [i16]; 2],
) {
    let len = even.len();
    assert!(odd.len() == len, "there are as many of one as of the other");
    if len < BLOCK / 2 {
        return portable::mix_apart(strip, weights, [even, odd]);
    }
    let rows = Rows::new(strip, weights, 2 * len);
    for start in blocks::<BLOCK>(rows.len) {
        // SAFETY: a block begins there.
        let sums = unsafe { rows.sums(start) };
        for (i, [low, high]) in sums.into_iter().enumerate() {
            let at = (start + i * BYTES) / 2;
            // SAFETY: both are half as long as the rows, and four registers are half a block.
            unsafe {
                store(vuzp1q_u16(low, high), even.as_mut_ptr().add(at));
                store(vuzp2q_u16(low, high), odd.as_mut_ptr().add(at));
            }
        }
    }
}

/// Rows and their weights, all of which are 128 at most.
struct Rows<'a> {
    strip: Strip<'a>,
    weights: &'a [u16],
    len: usize,
}

impl<'a> Rows<'a> {
    /// `len` samples each.
    fn new(strip: Strip<'a>, weights: &'a [u16], len: usize) -> Self {
        let needed = (weights.len() - 1) * strip.stride + len;
        assert!(strip.bytes.len() >= needed, "every row is whole");
        Self {
            strip,
            weights,
            len,
        }
    }

    /// The sums of a block's samples.
    ///
    /// # Safety
    ///
    /// A block begins at `start`.
    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn sums(&self, start: usize) -> [[uint16x8_t; 2]; BLOCK / BYTES] {
        let mut sums = [[vdupq_n_u16(0); 2]; BLOCK / BYTES];
        for (number, weight) in self.weights.iter().enumerate() {
            let weight = vdupq_n_u8(*weight as u8);
            for (i, sums) in sums.iter_mut().enumerate() {
                let at = number * self.strip.stride + start + i * BYTES;
                // SAFETY: all rows are there and `len` long, and the caller promises that a block begins at `start`.
                let bytes = unsafe { vld1q_u8(self.strip.bytes.as_ptr().add(at)) };
                add(sums, bytes, weight);
            }
        }
        sums
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn add([low, high]: &mut [uint16x8_t; 2], bytes: uint8x16_t, weight: uint8x16_t) {
    *low = vmlal_u8(*low, vget_low_u8(bytes), vget_low_u8(weight));
    *high = vmlal_high_u8(*high, bytes, weight);
}

/// # Safety
///
/// There is room for eight numbers.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn store(sums: uint16x8_t, out: *mut i16) {
    // SAFETY: the caller promises the room, and it need not be aligned.
    unsafe { vst1q_s16(out, vreinterpretq_s16_u16(sums)) };
}
