//! Which sizes and rates a driver lists for a format. Crate `v4l` asks until the driver says that there are no more, which one
//! that answers every number with its one range never does; here lists are bounded, and end with a range.

use v4l::device::Handle;

use crate::capture::negotiate::WantedSize;
use crate::capture::offer::{Extent, FourCc, Interval, Mode, Rates};
use crate::capture::v4l2::ioctl::{self, Span};
use crate::types::Size;

/// Most sizes of a format that are looked at; cameras list a few dozen.
const SIZES_MAX: u32 = 256;
/// Most intervals of a size that are looked at; cameras list about ten.
const INTERVALS_MAX: u32 = 64;

/// The sizes of a format, each with its rates. Of a range of sizes they are those of the size nearest to `wanted`.
pub(super) fn modes(device: &Handle, fourcc: FourCc, wanted: &WantedSize) -> Vec<Mode> {
    let sizes = listed(SIZES_MAX, |index| {
        ioctl::enum_size(device, fourcc.code(), index).ok()
    });
    let mode = |size: Span<Size>| {
        let extent = extent(size);
        let size = wanted.nearest(extent);
        let intervals = listed(INTERVALS_MAX, |index| {
            ioctl::enum_interval(device, fourcc.code(), size, index).ok()
        });
        Mode {
            extent,
            rates: rates(&intervals),
        }
    };
    sizes.into_iter().map(mode).collect()
}

/// What `entry` answers, number by number: up to a range, of which there is one and nothing behind it.
fn listed<T>(most: u32, mut entry: impl FnMut(u32) -> Option<Span<T>>) -> Vec<Span<T>> {
    let mut list = Vec::new();
    for found in (0..most).map_while(&mut entry) {
        let last = matches!(found, Span::Range { .. });
        list.push(found);
        if last {
            break;
        }
    }
    list
}

fn extent(size: Span<Size>) -> Extent {
    match size {
        Span::One(size) => Extent::Fixed(size),
        Span::Range { min, max, step } => Extent::Stepwise { min, max, step },
    }
}

fn rates(intervals: &[Span<(u32, u32)>]) -> Rates {
    let interval = |(numerator, denominator)| Interval::new(numerator, denominator);
    let range = intervals.iter().find_map(|found| match *found {
        Span::Range { min, max, .. } => interval(min).zip(interval(max)),
        Span::One(_) => None,
    });
    if let Some((shortest, longest)) = range {
        return Rates::Between { shortest, longest };
    }
    let one = |found: &Span<(u32, u32)>| match *found {
        Span::One(fraction) => interval(fraction),
        Span::Range { .. } => None,
    };
    match intervals.iter().filter_map(one).collect::<Vec<_>>() {
        none if none.is_empty() => Rates::Unknown,
        intervals => Rates::Listed(intervals),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(numerator: u32, denominator: u32) -> Interval {
        Interval::new(numerator, denominator).expect("is a time")
    }

    #[test]
    fn a_list_ends_where_the_driver_says_so() {
        let sizes = [Size::new(640, 480), Size::new(1280, 720)];
        let found = listed(SIZES_MAX, |index| {
            sizes.get(index as usize).copied().map(Span::One)
        });
        assert_eq!(found, sizes.map(Span::One));
    }

    #[test]
    fn a_driver_that_answers_every_number_is_asked_so_often_and_no_more() {
        let one = listed(SIZES_MAX, |_| Some(Span::One(Size::new(640, 480))));
        assert_eq!(one.len(), SIZES_MAX as usize);
        let range = Span::Range {
            min: Size::new(32, 32),
            max: Size::new(1920, 1080),
            step: Size::new(2, 2),
        };
        assert_eq!(listed(SIZES_MAX, |_| Some(range)), [range]);
    }

    #[test]
    fn rates_are_what_is_listed_or_between_two() {
        assert_eq!(rates(&[]), Rates::Unknown);
        assert_eq!(rates(&[Span::One((0, 0))]), Rates::Unknown);
        let listed = [Span::One((1, 30)), Span::One((0, 1)), Span::One((1, 15))];
        assert_eq!(
            rates(&listed),
            Rates::Listed(vec![interval(1, 30), interval(1, 15)])
        );
        let range = Span::Range {
            min: (1, 60),
            max: (1, 5),
            step: (1, 1),
        };
        let (shortest, longest) = (interval(1, 60), interval(1, 5));
        assert_eq!(rates(&[range]), Rates::Between { shortest, longest });
    }
}
