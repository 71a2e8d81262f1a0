//! Everything that could be asked of a camera, one by one.

use crate::capture::bandwidth::Bus;
use crate::capture::negotiate::wanted_size::whole;
use crate::capture::negotiate::{SIDE_MAX, Wish};
use crate::capture::offer::{FourCc, Interval, Offer, Rates};
use crate::types::{PixelFormat, Size};

/// Fewer frames a second are no film: webcams have modes for still pictures, larger than all others, of another shape and with two
/// frames a second.
const FILM_FPS_MIN: f32 = 5.0;

/// One format, size and rate that a camera offers, seen with what is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub fourcc: FourCc,
    pub pixel: PixelFormat,
    pub size: Size,
    /// A picture in the shape of all that this mode can show; `None` when the driver does not list its sizes.
    pub view: Option<Size>,
    /// `None` when the driver does not list its rates: it gets the benefit of the doubt.
    pub interval: Option<Interval>,
    /// The rate that would arrive: what is asked for, or less where the bus does not carry that.
    pub arriving_fps: f32,
}

/// All that can be read and can be.
pub(super) fn candidates(offers: &[Offer], wish: Wish, bus: Bus) -> Vec<Candidate> {
    offers
        .iter()
        .flat_map(|offer| of_offer(offer, wish, bus))
        .collect()
}

/// A picture in the shape of the camera's whole view: that of its largest mode, of film in the wished format if there is any.
pub(super) fn view(all: &[Candidate], wish: Wish) -> Option<Size> {
    let fps_min = FILM_FPS_MIN.min(wish.fps as f32);
    let views = all.iter().filter_map(|candidate| {
        let wished = wish.format.is_none_or(|format| format == candidate.pixel);
        let film = wished && candidate.arriving_fps >= fps_min;
        candidate.view.map(|view| (film, wished, view))
    });
    let best = views.max_by_key(|(film, wished, view)| (*film, *wished, view.area()));
    best.map(|(_, _, view)| view)
}

fn is_possible(size: Size) -> bool {
    let side = 1..=SIDE_MAX;
    side.contains(&size.width) && side.contains(&size.height)
}

fn of_offer(offer: &Offer, wish: Wish, bus: Bus) -> Vec<Candidate> {
    let Some(pixel) = offer.fourcc.pixel_format() else {
        return Vec::new();
    };
    let candidate = |size: Size, view: Option<Size>, interval: Option<Interval>| Candidate {
        fourcc: offer.fourcc,
        pixel,
        size,
        view,
        interval,
        arriving_fps: interval
            .unwrap_or_else(|| wish.interval())
            .fps()
            .min(bus_fps_max(pixel, size, bus)),
    };
    if offer.modes.is_empty() {
        let size = wish.size.unseen();
        let wished = is_possible(size).then(|| candidate(size, None, None));
        return wished.into_iter().collect();
    }
    let mut all = Vec::new();
    for mode in &offer.modes {
        let size = wish.size.nearest(mode.extent);
        if !is_possible(size) {
            continue;
        }
        let view = Some(whole(mode.extent));
        match &mode.rates {
            Rates::Unknown => all.push(candidate(size, view, None)),
            Rates::Listed(intervals) => {
                all.extend(
                    intervals
                        .iter()
                        .map(|rate| candidate(size, view, Some(*rate))),
                );
            }
            Rates::Between { shortest, longest } => {
                let rate = within(wish.interval(), *shortest, *longest);
                all.push(candidate(size, view, Some(rate)));
            }
        }
    }
    all
}

/// Raw frames have a known length; JPEG is as long as the camera makes it, which is what it is there for.
fn bus_fps_max(pixel: PixelFormat, size: Size, bus: Bus) -> f32 {
    frame_bytes(pixel, size).map_or(f32::INFINITY, |bytes| bus.fps_max(bytes))
}

/// Bytes of one raw frame without padding.
pub(super) fn frame_bytes(pixel: PixelFormat, size: Size) -> Option<u64> {
    pixel
        .frame_len(size, pixel.min_stride(size.width))
        .map(|bytes| bytes as u64)
}

fn within(wanted: Interval, shortest: Interval, longest: Interval) -> Interval {
    if wanted.fps() > shortest.fps() {
        shortest
    } else if wanted.fps() < longest.fps() {
        longest
    } else {
        wanted
    }
}

impl Candidate {
    pub fn is_raw(&self) -> bool {
        self.pixel != PixelFormat::Mjpeg
    }

    pub fn asked_fps(&self, wish: Wish) -> f32 {
        self.interval.unwrap_or_else(|| wish.interval()).fps()
    }

    pub fn is_carried(&self, wish: Wish) -> bool {
        self.arriving_fps >= self.asked_fps(wish)
    }

    pub fn reaches(&self, wish: Wish) -> bool {
        wish.reached_by(self.arriving_fps)
    }

    pub fn area(&self) -> u64 {
        u64::from(self.size.width) * u64::from(self.size.height)
    }
}
