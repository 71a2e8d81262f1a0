//! The loops for processors with AVX2: Intel since 2013, AMD since 2015.
//!
//! The compiler makes good code of these; [`mix`] and [`narrow`] have instructions that it does not find.

mod mix;
mod narrow;

use crate::convert::colour::Channel;
use crate::convert::kernel::portable;

pub(super) use mix::mix;
pub(super) use narrow::{narrow, narrow_two};

#[target_feature(enable = "avx2")]
pub(super) fn colour(channel: &Channel, samples: &[Vec<f32>; 3], out: &mut [f32]) {
    channel.write(samples, out);
}

#[target_feature(enable = "avx2")]
pub(super) fn pick(samples: &[i16], step: usize, out: &mut [i16]) {
    portable::pick(samples, step, out);
}
