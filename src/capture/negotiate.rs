//! What a camera offers and what is wanted → what is asked for.
//!
//! Size comes first, because a model needs its pixels: the wanted size, else the smallest that covers it, else the
//! largest. At that size a format that reaches the wanted rate goes before one that does not, and raw goes before
//! MJPEG, which costs a decoder's time on every frame.

use crate::capture::offer::{FourCc, Interval, Offer, Rates};
use crate::types::{PixelFormat, Size};

/// What is wanted of a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Picture size.
    pub size: Size,
    /// Frames a second.
    pub fps: u32,
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
    /// Why this one, for the log.
    pub reason: String,
}

/// The best of `offers`; `None` when none of them can be read.
pub fn choose(offers: &[Offer], wish: Wish) -> Option<Choice> {
    let best = offers
        .iter()
        .flat_map(|offer| candidates(offer, wish))
        .filter(|candidate| candidate.size.width > 0 && candidate.size.height > 0)
        .min_by(|a, b| a.compare(b, wish))?;
    Some(Choice {
        reason: best.reason(wish),
        interval: best
            .rate
            .map_or_else(|| wish.interval(), |rate| rate.interval),
        fourcc: best.fourcc,
        pixel: best.pixel,
        size: best.size,
    })
}

impl Wish {
    fn interval(self) -> Interval {
        Interval::new(1, self.fps.max(1)).expect("both are above zero")
    }

    /// Whether `interval` is short enough; 29.97 passes for 30.
    fn reached_by(self, interval: Interval) -> bool {
        interval.fps() >= self.fps as f32 * 0.99
    }

    fn covered_by(self, size: Size) -> bool {
        size.width >= self.size.width && size.height >= self.size.height
    }
}

struct Candidate {
    fourcc: FourCc,
    pixel: PixelFormat,
    size: Size,
    /// `None` when the driver does not list its rates: it gets the benefit of the doubt.
    rate: Option<Rate>,
}

#[derive(Clone, Copy)]
struct Rate {
    interval: Interval,
    reaches: bool,
}

fn candidates(offer: &Offer, wish: Wish) -> Vec<Candidate> {
    let Some(pixel) = offer.fourcc.pixel_format() else {
        return Vec::new();
    };
    let fourcc = offer.fourcc;
    let unlisted = Candidate {
        fourcc,
        pixel,
        size: wish.size,
        rate: None,
    };
    if offer.modes.is_empty() {
        return vec![unlisted];
    }
    offer
        .modes
        .iter()
        .map(|mode| {
            let size = mode.extent.nearest(wish.size);
            Candidate {
                fourcc,
                pixel,
                size,
                rate: nearest_rate(&mode.rates, wish),
            }
        })
        .collect()
}

/// The lowest rate that reaches the wish, or the highest there is.
fn nearest_rate(rates: &Rates, wish: Wish) -> Option<Rate> {
    let interval = match rates {
        Rates::Unknown => None,
        Rates::Listed(intervals) => {
            let reaching = intervals.iter().copied().filter(|i| wish.reached_by(*i));
            let slowest = reaching.min_by(|a, b| a.fps().total_cmp(&b.fps()));
            let fastest = || {
                intervals
                    .iter()
                    .copied()
                    .max_by(|a, b| a.fps().total_cmp(&b.fps()))
            };
            slowest.or_else(fastest)
        }
        Rates::Between { shortest, longest } => {
            let wanted = wish.interval();
            if wanted.fps() > shortest.fps() {
                Some(*shortest)
            } else if wanted.fps() < longest.fps() {
                Some(*longest)
            } else {
                Some(wanted)
            }
        }
    }?;
    Some(Rate {
        interval,
        reaches: wish.reached_by(interval),
    })
}

impl Candidate {
    /// Less is better.
    fn compare(&self, other: &Self, wish: Wish) -> std::cmp::Ordering {
        size_rank(self.size, wish)
            .cmp(&size_rank(other.size, wish))
            .then_with(|| other.reaches().cmp(&self.reaches()))
            .then_with(|| other.shortfall_fps().total_cmp(&self.shortfall_fps()))
            .then_with(|| format_rank(self.pixel).cmp(&format_rank(other.pixel)))
    }

    fn reaches(&self) -> bool {
        self.rate.is_none_or(|rate| rate.reaches)
    }

    /// Its rate if that is too low, so that of two slow formats the faster wins; equal for all that are fast enough.
    fn shortfall_fps(&self) -> f32 {
        match self.rate {
            Some(rate) if !rate.reaches => rate.interval.fps(),
            _ => f32::INFINITY,
        }
    }

    fn reason(&self, wish: Wish) -> String {
        let size = if self.size == wish.size {
            "the wanted size".to_owned()
        } else if wish.covered_by(self.size) {
            format!("the smallest size that covers {}", wish.size)
        } else {
            format!("the largest size, {} was wanted", wish.size)
        };
        let rate = match self.rate {
            None => "the driver lists no rates".to_owned(),
            Some(rate) if rate.reaches => format!("{} fps", rate.interval.fps()),
            Some(rate) => format!(
                "at most {} fps, {} were wanted",
                rate.interval.fps(),
                wish.fps
            ),
        };
        format!("{size}; {rate}")
    }
}

/// Less is better: those that cover the wish by growing area, then the others by shrinking area.
fn size_rank(size: Size, wish: Wish) -> (u8, u64) {
    let area = u64::from(size.width) * u64::from(size.height);
    if wish.covered_by(size) {
        (0, area)
    } else {
        (1, u64::MAX - area)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::offer::{Extent, Mode};

    const HD: Size = Size::new(1280, 720);
    const VGA: Size = Size::new(640, 480);
    const FULL_HD: Size = Size::new(1920, 1080);

    type Modes<'a> = &'a [(Size, &'a [u32])];

    fn camera(formats: &[(&[u8; 4], Modes)]) -> Vec<Offer> {
        let offer = |(name, modes): &(&[u8; 4], Modes)| Offer {
            fourcc: FourCc::new(**name),
            description: String::new(),
            modes: modes.iter().map(mode).collect(),
        };
        formats.iter().map(offer).collect()
    }

    fn mode((size, rates): &(Size, &[u32])) -> Mode {
        let interval = |&fps| Interval::new(1, fps).expect("above zero");
        let rates = match rates {
            [] => Rates::Unknown,
            rates => Rates::Listed(rates.iter().map(interval).collect()),
        };
        Mode {
            extent: Extent::Fixed(*size),
            rates,
        }
    }

    fn check(offers: &[Offer], (size, fps): (Size, u32), expected: (&[u8; 4], Size, f32)) {
        let choice = choose(offers, Wish { size, fps }).expect("something can be read");
        let found = (choice.fourcc, choice.size, choice.interval.fps());
        let expected = (FourCc::new(*expected.0), expected.1, expected.2);
        assert_eq!(found, expected, "{} for {size} at {fps}", choice.reason);
    }

    #[test]
    fn a_webcam_whose_raw_format_is_slow_is_read_raw_only_where_that_is_fast_enough() {
        let webcam = camera(&[
            (
                b"MJPG",
                &[(VGA, &[30, 15]), (HD, &[30, 15]), (FULL_HD, &[30])],
            ),
            (
                b"YUYV",
                &[(VGA, &[30, 15]), (HD, &[10, 5]), (FULL_HD, &[5])],
            ),
        ]);
        check(&webcam, (VGA, 30), (b"YUYV", VGA, 30.0));
        check(&webcam, (HD, 10), (b"YUYV", HD, 10.0));
        check(&webcam, (HD, 15), (b"MJPG", HD, 15.0));
        check(&webcam, (HD, 20), (b"MJPG", HD, 30.0));
        check(&webcam, (Size::new(1920, 1200), 5), (b"YUYV", FULL_HD, 5.0));
        check(&webcam, (Size::new(1000, 700), 12), (b"MJPG", HD, 15.0));
    }

    #[test]
    fn nothing_fast_enough_gives_the_fastest() {
        let slow = camera(&[(b"YUYV", &[(HD, &[5])]), (b"MJPG", &[(HD, &[10, 20])])]);
        check(&slow, (HD, 30), (b"MJPG", HD, 20.0));
    }

    #[test]
    fn raw_goes_before_grey_and_grey_before_mjpeg() {
        let [yuyv, nv12, grey, mjpeg]: [(&[u8; 4], Modes); 4] = [
            (b"YUYV", &[(HD, &[30])]),
            (b"NV12", &[(HD, &[30])]),
            (b"GREY", &[(HD, &[30])]),
            (b"JPEG", &[(HD, &[30])]),
        ];
        check(
            &camera(&[mjpeg, grey, nv12, yuyv]),
            (HD, 30),
            (b"YUYV", HD, 30.0),
        );
        check(&camera(&[mjpeg, grey, nv12]), (HD, 30), (b"NV12", HD, 30.0));
        check(&camera(&[mjpeg, grey]), (HD, 30), (b"GREY", HD, 30.0));
        check(&camera(&[mjpeg]), (HD, 30), (b"JPEG", HD, 30.0));
    }

    #[test]
    fn a_driver_that_lists_no_sizes_is_asked_for_the_wanted_one() {
        check(&camera(&[(b"YUYV", &[])]), (HD, 15), (b"YUYV", HD, 15.0));
        check(
            &camera(&[(b"YUYV", &[(HD, &[])])]),
            (HD, 15),
            (b"YUYV", HD, 15.0),
        );
    }

    #[test]
    fn an_empty_size_is_never_chosen() {
        let empty = Size::new(0, 0);
        assert_eq!(
            choose(
                &camera(&[(b"YUYV", &[(empty, &[30])])]),
                Wish { size: HD, fps: 15 }
            ),
            None
        );
        check(
            &camera(&[(b"YUYV", &[(empty, &[30]), (VGA, &[30])])]),
            (HD, 15),
            (b"YUYV", VGA, 30.0),
        );
    }

    #[test]
    fn a_bayer_sensor_has_nothing_to_choose_from() {
        let sensor = camera(&[
            (b"pRAA", &[(FULL_HD, &[30])]),
            (b"BG10", &[(FULL_HD, &[30])]),
        ]);
        assert_eq!(choose(&sensor, Wish { size: HD, fps: 15 }), None);
    }

    #[test]
    fn a_range_of_rates_gives_the_wanted_one_or_its_nearest_end() {
        let interval = |n, d| Interval::new(n, d).expect("above zero");
        let extent = Extent::Stepwise {
            min: Size::new(64, 64),
            max: FULL_HD,
            step: Size::new(2, 2),
        };
        let rates = Rates::Between {
            shortest: interval(1, 30),
            longest: interval(1, 5),
        };
        let sensor = [Offer {
            fourcc: FourCc::new(*b"NV12"),
            description: String::new(),
            modes: vec![Mode { extent, rates }],
        }];
        check(&sensor, (HD, 15), (b"NV12", HD, 15.0));
        check(&sensor, (HD, 60), (b"NV12", HD, 30.0));
        check(&sensor, (HD, 1), (b"NV12", HD, 5.0));
    }

    #[test]
    fn the_reason_says_what_was_not_reached() {
        let webcam = camera(&[(b"YUYV", &[(VGA, &[10])])]);
        let choice = choose(&webcam, Wish { size: HD, fps: 15 }).expect("something can be read");
        assert_eq!(
            choice.reason,
            "the largest size, 1280×720 was wanted; at most 10 fps, 15 were wanted"
        );
    }
}
