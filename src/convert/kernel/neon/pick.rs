//! The first of every two samples: one instruction loads them and takes the pairs apart, for which the compiler moves each sample
//! by itself. With threes it does well.

use std::arch::aarch64::{vld2q_s16, vst1q_s16};

use crate::convert::kernel::portable;

/// Samples in a register.
const LANES: usize = 8;

#[target_feature(enable = "neon")]
pub(in crate::convert::kernel) fn pick(samples: &[i16], step: usize, out: &mut [i16]) {
    if step != 2 {
        return portable::pick(samples, step, out);
    }
    let whole = out.len().min(samples.len() / 2) / LANES * LANES;
    let (outs, rest) = out.split_at_mut(whole);
    let (pairs, left) = samples.split_at(whole * 2);
    let outs = outs.as_chunks_mut::<LANES>().0.iter_mut();
    for (out, pairs) in outs.zip(pairs.as_chunks::<{ LANES * 2 }>().0) {
        // SAFETY: the pairs fill two registers and `out` one; they need not be aligned.
        unsafe { vst1q_s16(out.as_mut_ptr(), vld2q_s16(pairs.as_ptr()).0) };
    }
    portable::pick(left, step, rest);
}
