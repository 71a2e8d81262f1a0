//! Which size of picture is wanted, and which sizes will do.

use std::fmt;

use crate::capture::negotiate::SIDE_MAX;
use crate::capture::offer::Extent;
use crate::config::USUAL_SIZE;
use crate::convert::{InputSpec, Letterbox};
use crate::types::Size;

/// Shapes that differ by less are the same: 1366×768 is 16:9 for anybody who looks.
const SHAPE_PERCENT: u64 = 3;

/// Which size of picture is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WantedSize {
    /// This, or what covers it.
    Size(Size),
    /// As small as can be without being enlarged in this input of a model: every pixel beyond costs and is thrown away.
    Filling(InputSpec),
}

/// What is wanted where neither a size nor a model is known.
impl Default for WantedSize {
    fn default() -> Self {
        Self::Size(USUAL_SIZE)
    }
}

impl fmt::Display for WantedSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size(size) => size.fmt(f),
            Self::Filling(input) => write!(f, "the model's {}", input.size),
        }
    }
}

impl WantedSize {
    /// What is wanted where the configuration names no size, and models take this input if one is known.
    pub fn of(input: Option<InputSpec>) -> Self {
        input.map_or_else(Self::default, Self::Filling)
    }

    /// Whether a picture of this size has all the pixels that are wanted.
    pub fn is_covered_by(&self, size: Size) -> bool {
        let covers = |wanted: Size| size.width >= wanted.width && size.height >= wanted.height;
        match self {
            Self::Size(wanted) => covers(*wanted),
            Self::Filling(input) => covers(Letterbox::new(size, input).inner),
        }
    }

    /// The size to ask for where a camera offers `extent`: the smallest that will do, in the shape of its whole view if the
    /// shape is left to us.
    pub fn nearest(&self, extent: Extent) -> Size {
        match (self, extent) {
            (_, Extent::Fixed(size)) => size,
            (Self::Size(wanted), _) => extent.nearest(*wanted),
            (Self::Filling(input), _) => extent.nearest(filling(input, whole(extent))),
        }
    }

    /// The size to ask for where a camera does not say what it offers.
    pub fn unseen(&self) -> Size {
        match self {
            Self::Size(wanted) => *wanted,
            Self::Filling(_) if self.is_covered_by(USUAL_SIZE) => USUAL_SIZE,
            Self::Filling(input) => filling(input, USUAL_SIZE),
        }
    }

    /// Whether `size` has the shape of `view`, the camera's largest picture. Another shape is often cut out of that, and
    /// whoever walks past outside of the cut is not seen. Somebody who names a size has decided that.
    pub fn keeps_view(&self, size: Size, view: Size) -> bool {
        let cross = |a: u32, b: u32| u64::from(a) * u64::from(b);
        let (one, other) = (
            cross(size.width, view.height),
            cross(size.height, view.width),
        );
        matches!(self, Self::Size(_)) || one.abs_diff(other) * 100 <= one.max(other) * SHAPE_PERCENT
    }
}

/// A picture with the shape of a mode's whole view: its largest. Drivers that say that they take everything up to a huge square
/// know no shape.
pub(super) fn whole(extent: Extent) -> Size {
    let Size { width, height } = extent.largest();
    let is_anything = width.max(height) > SIDE_MAX || width == height && width >= SIDE_MAX / 2;
    match extent {
        Extent::Stepwise { .. } if is_anything => USUAL_SIZE,
        _ => Size::new(width, height),
    }
}

/// The smallest picture in the shape of `view` that is not enlarged in `input`; of even sides, as formats with shared colour have
/// them.
fn filling(input: &InputSpec, view: Size) -> Size {
    let Size { width, height } = Letterbox::new(view, input).inner;
    Size::new(width.next_multiple_of(2), height.next_multiple_of(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::tests::plain;

    fn input(width: u32, height: u32, multiple_of: Option<u32>) -> WantedSize {
        WantedSize::Filling(InputSpec {
            multiple_of,
            ..plain(Size::new(width, height))
        })
    }

    #[test]
    fn a_picture_covers_an_input_when_nothing_is_enlarged() {
        let check = |wanted: WantedSize, covering: &[(u32, u32)], short: &[(u32, u32)]| {
            for &(width, height) in covering {
                let size = Size::new(width, height);
                assert!(wanted.is_covered_by(size), "{size} for {wanted}");
            }
            for &(width, height) in short {
                let size = Size::new(width, height);
                assert!(!wanted.is_covered_by(size), "{size} for {wanted}");
            }
        };
        check(
            input(416, 256, Some(32)),
            &[(640, 360), (424, 240), (352, 288), (640, 480)],
            &[(320, 240), (320, 180), (1, 1)],
        );
        check(
            input(416, 256, None),
            &[(352, 288), (424, 240)],
            &[(320, 240)],
        );
        check(
            input(640, 640, None),
            &[(640, 360), (640, 480)],
            &[(424, 240)],
        );
    }

    #[test]
    fn a_range_of_sizes_is_asked_for_the_smallest_in_the_shape_of_the_largest() {
        let range = |width, height| Extent::Stepwise {
            min: Size::new(32, 32),
            max: Size::new(width, height),
            step: Size::new(2, 2),
        };
        let wanted = input(416, 256, Some(32));
        assert_eq!(wanted.nearest(range(1920, 1080)), Size::new(416, 234));
        assert_eq!(wanted.nearest(range(2592, 1944)), Size::new(384, 288));
        assert_eq!(wanted.nearest(range(160, 120)), Size::new(160, 120));
        assert_eq!(wanted.nearest(range(8192, 8192)), Size::new(416, 234));
        let odd = input(416, 256, None);
        assert_eq!(odd.nearest(range(1600, 1200)), Size::new(342, 256));
        let large = input(1920, 1088, None);
        assert!(large.is_covered_by(large.unseen()));
    }

    #[test]
    fn a_cut_does_not_keep_the_view() {
        let (wanted, hd) = (input(416, 256, Some(32)), Size::new(1920, 1080));
        assert!(wanted.keeps_view(Size::new(640, 360), hd));
        assert!(wanted.keeps_view(Size::new(1366, 768), hd));
        assert!(!wanted.keeps_view(Size::new(640, 480), hd));
        assert!(WantedSize::default().keeps_view(Size::new(640, 480), hd));
    }
}
