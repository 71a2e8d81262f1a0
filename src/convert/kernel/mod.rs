//! The loops that every byte of a frame goes through, compiled for what the processor can do.
//!
//! [`portable`] is plain Rust and the meaning of it all. On x86-64 the compiler may by default assume SSE2 alone, so the same code is
//! compiled for AVX2 once more. There and on 64-bit ARM some loops are written by hand: see `avx2` and `neon`. All give the same
//! numbers to the last bit.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;

use crate::convert::colour::Channel;
use crate::convert::taps::Across;

/// Where blocks of so many samples begin in a row of `len`, which must have one. The last is made of the last samples, some of
/// which are in the one before. Inlined, so that it is compiled with the loop that it is for.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
fn blocks<const BLOCK: usize>(len: usize) -> impl Iterator<Item = usize> {
    assert!(len >= BLOCK, "a row has a block");
    let last = len - BLOCK;
    (0..last).step_by(BLOCK).chain([last])
}

/// A way to run the loops.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel(Level);

#[derive(Clone, Copy, Debug)]
enum Level {
    Portable,
    /// Made in [`Kernel::best`] alone, where the processor has it.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// The same.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

/// Rows of samples as they lie in a frame.
#[derive(Clone, Copy)]
pub(super) struct Strip<'a> {
    /// From the first row on.
    pub(super) bytes: &'a [u8],
    /// Bytes between two rows.
    pub(super) stride: usize,
    /// Bits of a sample: 8, or more in two bytes, little endian.
    pub(super) bits: u32,
}

impl Kernel {
    /// The fastest on this machine.
    pub(super) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            return Self(Level::Avx2);
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            return Self(Level::Neon);
        }
        Self(Level::Portable)
    }

    /// Whether it has vector code of its own. Plain Rust was 0.4 times as fast as crate `fast_image_resize` (YUYV 720p, SSE2).
    pub(super) const fn is_fast(self) -> bool {
        !matches!(self.0, Level::Portable)
    }

    /// The one that runs anywhere.
    #[cfg(test)]
    pub(super) const fn portable() -> Self {
        Self(Level::Portable)
    }

    /// The weighted sum of as many rows as there are weights: samples of 0–255 as 0–32,640, so with seven more bits.
    pub(super) fn mix(self, strip: Strip<'_>, weights: &[u16], out: &mut [i16]) {
        match self.0 {
            Level::Portable => portable::mix(strip, weights, out),
            // SAFETY: the level is made only where the processor has AVX2.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2::mix(strip, weights, out) },
            // SAFETY: the level is made only where the processor has NEON.
            #[cfg(target_arch = "aarch64")]
            Level::Neon => unsafe { neon::mix(strip, weights, out) },
        }
    }

    /// The same of samples of 8 bits of which every second one goes into a row of its own.
    pub(super) fn mix_apart(self, strip: Strip<'_>, weights: &[u16], outs: [&mut [i16]; 2]) {
        match self.0 {
            Level::Portable => portable::mix_apart(strip, weights, outs),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2::mix_apart(strip, weights, outs) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Level::Neon => unsafe { neon::mix_apart(strip, weights, outs) },
        }
    }

    /// The first of every three samples.
    pub(super) fn pick(self, samples: &[i16], out: &mut [i16]) {
        match self.0 {
            Level::Portable => portable::pick(samples, out),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2::pick(samples, out) },
            #[cfg(target_arch = "aarch64")]
            Level::Neon => neon::pick(samples, out),
        }
    }

    /// The new samples of a mixed row of one kind, in 0–255. `samples` goes on for as long as the taps reach, and `out` has
    /// [`Across::len`] numbers.
    pub(super) fn narrow(self, samples: &[i16], taps: &Across, out: &mut [f32]) {
        match self.0 {
            Level::Portable => portable::narrow(samples, taps, out),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2::narrow(samples, taps, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Level::Neon => unsafe { neon::narrow(samples, taps, out) },
        }
    }

    /// The same of two kinds that come by turns; `samples` goes on for twice as long as the taps reach.
    pub(super) fn narrow_two(self, samples: &[i16], taps: &Across, outs: [&mut [f32]; 2]) {
        match self.0 {
            Level::Portable => portable::narrow_two(samples, taps, outs),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2::narrow_two(samples, taps, outs) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Level::Neon => unsafe { neon::narrow_two(samples, taps, outs) },
        }
    }

    /// One row of a channel from rows of the three samples.
    pub(super) fn colour(self, channel: &Channel, samples: &[Vec<f32>; 3], out: &mut [f32]) {
        match self.0 {
            Level::Portable => portable::colour(channel, samples, out),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2::colour(channel, samples, out) },
            #[cfg(target_arch = "aarch64")]
            Level::Neon => neon::colour(channel, samples, out),
        }
    }

    /// The same of a channel whose numbers are 0–255, rounded; what lies between two goes to the even one.
    pub(super) fn colour_bytes(self, channel: &Channel, samples: &[Vec<f32>; 3], out: &mut [u8]) {
        match self.0 {
            Level::Portable => portable::colour_bytes(channel, samples, out),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2::colour_bytes(channel, samples, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Level::Neon => unsafe { neon::colour_bytes(channel, samples, out) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::InputSpec;
    use crate::convert::taps::DOWN;
    use crate::convert::tests::plain;
    use crate::types::Size;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_kernel_gives_the_same_numbers_to_the_last_bit(
            bytes in prop::collection::vec(any::<u8>(), 4000),
            weights in prop::collection::vec(0u16..10, 1..13),
            (from, to) in (1u32..250, 1u32..120),
            bits in prop::sample::select(vec![8, 10, 16]),
        ) {
            let taps = Across::new(from, to);
            let stride = 4000 / weights.len();
            let len = (from as usize * 2).min(stride / 2);
            let spec = InputSpec { bgr: true, ..plain(Size::new(8, 8)) };
            let strip = Strip { bytes: &bytes, stride, bits };
            let [one, other] = [Kernel::portable(), Kernel::best()].map(|kernel| {
                let mut mixed = vec![0; (2 * taps.reach()).max(len)];
                kernel.mix(strip, &weights, &mut mixed[..len]);
                let mut picked = vec![0; len / 3];
                kernel.pick(&mixed, &mut picked);
                let mut apart = [(); 2].map(|()| vec![0; len / 2]);
                let bytes = Strip { bits: 8, ..strip };
                kernel.mix_apart(bytes, &weights, apart.each_mut().map(|out| &mut out[..]));
                let mut samples = [(); 3].map(|()| vec![0.0; taps.len()]);
                let [luma, chroma @ ..] = &mut samples;
                kernel.narrow(&mixed, &taps, luma);
                kernel.narrow_two(&mixed, &taps, chroma.each_mut().map(|out| &mut out[..]));
                let channel = &Channel::all(&spec, crate::convert::colour::Encoding::Rgb)[1];
                let (mut row, mut bytes) = (vec![0.0; to as usize], vec![0_u8; to as usize]);
                kernel.colour(channel, &samples, &mut row);
                kernel.colour_bytes(channel, &samples, &mut bytes);
                (mixed, picked, apart, samples, row, bytes)
            });
            prop_assert!(one == other);
        }

        #[test]
        fn a_row_that_has_all_of_the_weight_is_itself(bytes in prop::collection::vec(any::<u8>(), 1..100)) {
            let strip = Strip { bytes: &bytes, stride: bytes.len(), bits: 8 };
            let mut mixed = vec![0; bytes.len()];
            Kernel::best().mix(strip, &[DOWN as u16], &mut mixed);
            let back = mixed.iter().map(|sample| sample / DOWN as i16);
            prop_assert!(back.eq(bytes.iter().map(|byte| i16::from(*byte))));
        }
    }
}
