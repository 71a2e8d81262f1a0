//! The first of every two or three samples: one instruction loads them and takes the groups apart, for which the compiler moves
//! each sample by itself.

use std::arch::aarch64::{vld2q_s16, vld3q_s16, vst1q_s16};

use crate::convert::kernel::portable;

/// Samples in a register.
const LANES: usize = 8;

#[target_feature(enable = "neon")]
pub(in crate::convert::kernel) fn pick(samples: &[i16], step: usize, out: &mut [i16]) {
    let whole = out.len().min(samples.len() / step) / LANES * LANES;
    let (outs, rest) = out.split_at_mut(whole);
    let (groups, left) = samples.split_at(whole * step);
    let outs = outs.as_chunks_mut::<LANES>().0.iter_mut();
    for (out, group) in outs.zip(groups.chunks_exact(LANES * step)) {
        // SAFETY: a group has a register for each sample of a step, and `out` is one; they need not be aligned.
        unsafe {
            let first = match step {
                2 => vld2q_s16(group.as_ptr()).0,
                _ => vld3q_s16(group.as_ptr()).0,
            };
            vst1q_s16(out.as_mut_ptr(), first);
        }
    }
    portable::pick(left, step, rest);
}
