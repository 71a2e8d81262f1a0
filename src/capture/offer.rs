//! What a camera offers: formats, sizes and rates, as V4L2 lists them.

use crate::types::{PixelFormat, Size};

/// The four characters that name a pixel format in V4L2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FourCc([u8; 4]);

impl FourCc {
    /// The name made of these characters.
    pub const fn new(characters: [u8; 4]) -> Self {
        Self(characters)
    }

    /// The name that the kernel writes as `code`.
    pub const fn from_code(code: u32) -> Self {
        Self(code.to_le_bytes())
    }

    /// The name as the kernel writes it.
    pub const fn code(self) -> u32 {
        u32::from_le_bytes(self.0)
    }

    /// The format that it names, if Watchpost reads it.
    pub fn pixel_format(self) -> Option<PixelFormat> {
        self.readable().map(|readable| readable.pixel)
    }

    /// Whether the planes of the format that it names lie in areas of memory of their own.
    pub fn apart(self) -> bool {
        self.readable().is_some_and(|readable| readable.apart)
    }

    fn readable(self) -> Option<&'static Readable> {
        READABLE.iter().find(|readable| readable.fourcc == self)
    }
}

/// A format that Watchpost reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readable {
    /// Its name in V4L2.
    pub fourcc: FourCc,
    /// How its bytes are laid out.
    pub pixel: PixelFormat,
    /// Whether its planes lie in areas of memory of their own: the multi-planar formats.
    pub apart: bool,
}

/// Every format that Watchpost reads, the one place that knows.
pub const READABLE: [Readable; 18] = {
    use PixelFormat as P;
    [
        whole(*b"YUYV", P::Yuyv),
        whole(*b"UYVY", P::Uyvy),
        whole(*b"YVYU", P::Yvyu),
        whole(*b"NV12", P::Nv12),
        apart(*b"NM12", P::Nv12),
        whole(*b"NV21", P::Nv21),
        apart(*b"NM21", P::Nv21),
        whole(*b"YU12", P::Yu12),
        apart(*b"YM12", P::Yu12),
        whole(*b"YV12", P::Yv12),
        apart(*b"YM21", P::Yv12),
        whole(*b"RGB3", P::Rgb3),
        whole(*b"BGR3", P::Bgr3),
        whole(*b"GREY", P::Grey),
        whole(*b"Y10 ", P::Y10),
        whole(*b"Y16 ", P::Y16),
        whole(*b"MJPG", P::Mjpeg),
        whole(*b"JPEG", P::Mjpeg),
    ]
};

const fn whole(characters: [u8; 4], pixel: PixelFormat) -> Readable {
    Readable {
        fourcc: FourCc(characters),
        pixel,
        apart: false,
    }
}

const fn apart(characters: [u8; 4], pixel: PixelFormat) -> Readable {
    Readable {
        apart: true,
        ..whole(characters, pixel)
    }
}

/// The names of [`READABLE`], for people: `YUYV, UYVY, … JPEG`.
pub fn readable_names() -> String {
    let names = READABLE.map(|readable| readable.fourcc.to_string());
    names.each_ref().map(|name| name.trim_end()).join(", ")
}

impl std::fmt::Display for FourCc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// Time between two frames: a fraction of seconds above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    numerator: u32,
    denominator: u32,
}

impl Interval {
    /// `numerator` ÷ `denominator` seconds; `None` when either is zero.
    pub const fn new(numerator: u32, denominator: u32) -> Option<Self> {
        if numerator == 0 || denominator == 0 {
            return None;
        }
        Some(Self {
            numerator,
            denominator,
        })
    }

    /// Upper part of the fraction.
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// Lower part of the fraction.
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    /// Frames a second.
    pub fn fps(self) -> f32 {
        (f64::from(self.denominator) / f64::from(self.numerator)) as f32
    }
}

/// The sizes of one mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// One size.
    Fixed(Size),
    /// Every size from `min` to `max` in steps.
    Stepwise {
        /// The smallest.
        min: Size,
        /// The largest.
        max: Size,
        /// Distance between two widths and between two heights.
        step: Size,
    },
}

impl Extent {
    /// The smallest size that covers `wanted`, or the largest there is.
    pub fn nearest(self, wanted: Size) -> Size {
        match self {
            Self::Fixed(size) => size,
            Self::Stepwise { min, max, step } => Size {
                width: round_up(wanted.width, min.width, max.width, step.width),
                height: round_up(wanted.height, min.height, max.height, step.height),
            },
        }
    }

    /// The largest size.
    pub const fn largest(self) -> Size {
        match self {
            Self::Fixed(size) => size,
            Self::Stepwise { max, .. } => max,
        }
    }
}

/// The smallest of `min`, `min + step`, … `max` that is at least `wanted`; the largest of them when none is.
fn round_up(wanted: u32, min: u32, max: u32, step: u32) -> u32 {
    let step = step.max(1);
    let steps_there_are = max.saturating_sub(min) / step;
    let steps = wanted.saturating_sub(min).div_ceil(step);
    min + steps.min(steps_there_are) * step
}

/// The rates of one mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rates {
    /// The driver does not say.
    Unknown,
    /// These and no others.
    Listed(Vec<Interval>),
    /// Everything between two intervals.
    Between {
        /// The highest rate.
        shortest: Interval,
        /// The lowest rate.
        longest: Interval,
    },
}

/// A size, or a range of them, with the rates there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mode {
    /// The sizes.
    pub extent: Extent,
    /// The rates; those of one size in a stepwise extent.
    pub rates: Rates,
}

/// A format that a camera offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its name in V4L2.
    pub fourcc: FourCc,
    /// What the driver calls it.
    pub description: String,
    /// Its sizes; empty when the driver does not list them.
    pub modes: Vec<Mode>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stepwise_extent_offers_the_smallest_size_that_covers() {
        let extent = Extent::Stepwise {
            min: Size::new(48, 32),
            max: Size::new(1920, 1080),
            step: Size::new(16, 2),
        };
        let check = |wanted: (u32, u32), expected: (u32, u32)| {
            let expected = Size::new(expected.0, expected.1);
            assert_eq!(
                extent.nearest(Size::new(wanted.0, wanted.1)),
                expected,
                "{wanted:?}"
            );
        };
        check((640, 480), (640, 480));
        check((641, 481), (656, 482));
        check((1, 1), (48, 32));
        check((4000, 4000), (1920, 1080));
    }

    #[test]
    fn a_stepwise_extent_with_nonsense_in_it_still_answers() {
        let size = Size::new(640, 480);
        let zero = Size::new(0, 0);
        let extent = Extent::Stepwise {
            min: size,
            max: zero,
            step: zero,
        };
        assert_eq!(extent.nearest(Size::new(1280, 720)), size);
        assert_eq!(round_up(u32::MAX, 1, u32::MAX, u32::MAX), 1);
    }

    #[test]
    fn an_interval_of_zero_is_refused() {
        assert_eq!(Interval::new(0, 30), None);
        assert_eq!(Interval::new(1, 0), None);
        assert_eq!(
            Interval::new(1001, 30000).map(Interval::fps),
            Some(29.97003)
        );
    }

    #[test]
    fn an_unprintable_name_is_shown_escaped() {
        assert_eq!(FourCc::new(*b"MJPG").to_string(), "MJPG");
        assert_eq!(FourCc::from_code(0xff00_3031).to_string(), r"10\x00\xff");
    }

    #[test]
    fn every_format_has_a_name_in_v4l2_and_no_name_means_two() {
        for format in PixelFormat::ALL {
            let named = READABLE.iter().any(|readable| readable.pixel == format);
            assert!(named, "{format}");
        }
        for readable in READABLE {
            assert_eq!(readable.fourcc.pixel_format(), Some(readable.pixel));
            assert_eq!(readable.fourcc.apart(), readable.apart);
        }
        assert_eq!(FourCc::new(*b"BG10").pixel_format(), None);
        assert!(FourCc::new(*b"NM12").apart());
    }
}
