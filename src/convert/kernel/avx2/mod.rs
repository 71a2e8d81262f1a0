//! The loops for processors with AVX2: Intel since 2013, AMD since 2015.
//!
//! The compiler makes good code of these; [`colour_bytes`], [`mix`] and [`narrow`] have instructions that it does not find.

mod colour;
mod mix;
mod narrow;

use crate::convert::colour::Channel;
use crate::convert::kernel::portable;

pub(super) use colour::colour_bytes;
pub(super) use mix::{mix, mix_apart};
pub(super) use narrow::{narrow, narrow_two};

#[target_feature(enable = "avx2")]
pub(super) fn colour(channel: &Channel, samples: &[Vec<f32>; 3], out: &mut [f32]) {
    portable::colour(channel, samples, out);
}

#[target_feature(enable = "avx2")]
pub(super) fn pick(samples: &[i16], out: &mut [i16]) {
    portable::pick(samples, out);
}
