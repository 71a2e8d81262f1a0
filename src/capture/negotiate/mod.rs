//! What is offered and what is wanted → what is asked for.
//!
//! A format that the configuration names goes before all others. Then size comes first, because a model needs its
//! pixels: of the sizes that cover what is [`WantedSize`], at a rate that is high enough and that the bus carries, the smallest,
//! for every pixel costs; where none covers it, the largest. Where the configuration names no size, the model's input says
//! what has to be covered, and sizes in the shape of the camera's whole view go before others. Raw then goes before MJPEG,
//! which costs a decoder's time on every frame (1.8 ms at 1280×720, see docs/performance.md), and colour before grey. The
//! lowest rate that is high enough is asked for: frames beyond it would only be thrown away.

use std::cmp::Reverse;
use std::fmt;

use crate::capture::bandwidth::Bus;
use crate::capture::offer::{FourCc, Interval, Offer};
use crate::config::USUAL_FPS;
use crate::types::{PixelFormat, Size};

mod candidate;
#[cfg(test)]
mod properties;
mod reason;
#[cfg(test)]
mod tests;
mod wanted_size;

use candidate::Candidate;
pub use wanted_size::WantedSize;

/// Larger pictures are taken for a driver's mistake. A frame's length then fits into 32 bits.
pub const SIDE_MAX: u32 = 8192;

/// What is wanted of a camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// Picture size.
    pub size: WantedSize,
    /// Frames a second.
    pub fps: u32,
    /// Format; `None` leaves the choice to [`choose`].
    pub format: Option<PixelFormat>,
}

/// What is asked of a camera.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Format, by V4L2's name.
    pub fourcc: FourCc,
    /// Format.
    pub pixel: PixelFormat,
    /// Picture size; never empty.
    pub size: Size,
    /// Time between frames.
    pub interval: Interval,
    /// Why this one, for people.
    pub reason: String,
    /// The configuration names a format that the camera does not offer.
    pub against_wish: bool,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fps = (self.interval.fps() * 100.0).round() / 100.0;
        let Self {
            fourcc,
            size,
            reason,
            ..
        } = self;
        write!(f, "{fourcc} {size} at {fps} fps: {reason}")
    }
}

/// The best of `offers`; `None` when none of them can be read.
pub fn choose(offers: &[Offer], wish: Wish, bus: Bus) -> Option<Choice> {
    let all = candidate::candidates(offers, wish, bus);
    let view = candidate::view(&all, wish);
    let keeps_view =
        |candidate: &Candidate| view.is_none_or(|view| wish.size.keeps_view(candidate.size, view));
    let best = all
        .iter()
        .min_by_key(|candidate| rank(candidate, wish, keeps_view(candidate)))?;
    Some(Choice {
        fourcc: best.fourcc,
        pixel: best.pixel,
        size: best.size,
        interval: best.interval.unwrap_or_else(|| wish.interval()),
        reason: reason::reason(best, keeps_view(best), &all, wish, bus),
        against_wish: wish.format.is_some_and(|wished| wished != best.pixel),
    })
}

/// What holds where nothing is configured.
impl Default for Wish {
    fn default() -> Self {
        Self {
            size: WantedSize::default(),
            fps: USUAL_FPS,
            format: None,
        }
    }
}

impl Wish {
    fn interval(self) -> Interval {
        Interval::new(1, self.fps.max(1)).expect("both are above zero")
    }

    /// Whether `fps` is enough; 29.97 passes for 30.
    fn reached_by(self, fps: f32) -> bool {
        fps >= self.fps as f32 * 0.99
    }
}

/// Less is better, the first difference decides.
fn rank(candidate: &Candidate, wish: Wish, keeps_view: bool) -> impl Ord + use<> {
    let other_format = wish.format.is_some_and(|wished| wished != candidate.pixel);
    let too_slow = !candidate.reaches(wish);
    // A picture that is too small is too small at any rate; one that covers the wish at too low a rate is no better than
    // a larger one that reaches it.
    let size = if wish.size.is_covered_by(candidate.size) {
        (0, !keeps_view, too_slow, candidate.area())
    } else {
        (1, !keeps_view, false, u64::MAX - candidate.area())
    };
    // Of the slow ones the fastest, of the fast ones any.
    let arriving = if too_slow {
        ordered(candidate.arriving_fps)
    } else {
        0
    };
    (
        other_format,
        size,
        (too_slow, Reverse(arriving)),
        format_rank(candidate.pixel),
        ordered(candidate.asked_fps(wish)),
    )
}

/// Rates as numbers that have an order: the bits of floats that are not below zero have theirs.
const fn ordered(fps: f32) -> u32 {
    fps.max(0.0).to_bits()
}

/// Less is better.
const fn format_rank(pixel: PixelFormat) -> u8 {
    match pixel {
        PixelFormat::Yuyv | PixelFormat::Uyvy | PixelFormat::Yvyu => 0,
        PixelFormat::Nv12 | PixelFormat::Nv21 | PixelFormat::Yu12 | PixelFormat::Yv12 => 1,
        // Half as many bytes again as 4:2:2, on the bus and to read.
        PixelFormat::Rgb3 | PixelFormat::Bgr3 => 2,
        PixelFormat::Grey => 3,
        PixelFormat::Y10 | PixelFormat::Y16 => 4,
        PixelFormat::Mjpeg => 5,
    }
}
