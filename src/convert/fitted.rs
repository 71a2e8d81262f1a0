//! Which input size shows most of a picture for the cost of another one.

use crate::types::Size;

/// The most pixels that an input may have, in hundredths of the nominal one's: 384×288, which fits 4:3 exactly, has 104
/// hundredths of 416×256.
const AREA_MAX_PERCENT: u64 = 105;
/// Of inputs that show a picture about as large, the smallest is taken: hundredths of the largest scale.
const SCALE_MIN_PERCENT: u64 = 98;

/// The size, both sides multiples of `multiple_of`, in which a picture of `picture` pixels is largest while the area stays
/// about that of `nominal`.
///
/// A model that takes any size then spends its multiplications on the picture and not on padding: upright pictures of 3:4
/// become 1.5 times as large in 288×384 as in 416×256.
pub fn fitted(nominal: Size, multiple_of: u32, picture: Size) -> Size {
    let near = || near(nominal, multiple_of, picture);
    let largest = near().map(|input| scale(input, picture)).max();
    let enough = largest.unwrap_or(0) * SCALE_MIN_PERCENT;
    let large = near().filter(|&input| scale(input, picture) * 100 >= enough);
    large.min_by_key(|input| input.area()).unwrap_or(nominal)
}

/// The nominal size, and those around the one that would have the picture's shape and the area exactly.
fn near(nominal: Size, multiple_of: u32, picture: Size) -> impl Iterator<Item = Size> {
    let area_max = nominal.area() as u64 * AREA_MAX_PERCENT / 100;
    let ratio = f64::from(picture.width.max(1)) / f64::from(picture.height.max(1));
    let steps = move |side: f64| {
        let whole = (side / f64::from(multiple_of)) as u32;
        (whole.saturating_sub(1).max(1)..=whole + 1).map(move |steps| steps * multiple_of)
    };
    let (widths, height) = (
        steps((area_max as f64 * ratio).sqrt()),
        (area_max as f64 / ratio).sqrt(),
    );
    let around =
        widths.flat_map(move |width| steps(height).map(move |height| Size::new(width, height)));
    let around = around.filter(move |input| input.area() as u64 <= area_max);
    std::iter::once(nominal).chain(around)
}

/// How large the picture is in the input, in a unit of its own.
fn scale(input: Size, picture: Size) -> u64 {
    let across = u64::from(input.width) * u64::from(picture.height);
    let down = u64::from(input.height) * u64::from(picture.width);
    across.min(down)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOMINAL: Size = Size::new(416, 256);

    fn check(picture: (u32, u32), expected: (u32, u32)) {
        let picture = Size::new(picture.0, picture.1);
        let found = fitted(NOMINAL, 32, picture);
        assert_eq!(found, Size::new(expected.0, expected.1), "for {picture}");
    }

    #[test]
    fn each_shape_of_picture_has_its_input() {
        check((1280, 720), (416, 256));
        check((1920, 1080), (416, 256));
        check((640, 480), (384, 288));
        check((1920, 1280), (384, 256));
        check((512, 342), (384, 256));
        check((400, 400), (320, 320));
        check((480, 640), (288, 384));
        check((720, 1280), (256, 416));
        check((1920, 800), (480, 224));
    }

    #[test]
    fn shapes_beyond_sense_get_what_there_is() {
        check((8192, 1), (416, 256));
        check((1, 8192), (416, 256));
        check((1, 1), (320, 320));
    }

    proptest! {
        #[test]
        fn a_picture_is_as_large_as_in_the_nominal_input_and_costs_about_as_much(
            (width, height) in (1u32..8192, 1u32..8192),
            (columns, rows) in (1u32..40, 1u32..40),
        ) {
            let (nominal, picture) = (Size::new(columns * 32, rows * 32), Size::new(width, height));
            let input = fitted(nominal, 32, picture);
            prop_assert_eq!((input.width % 32, input.height % 32), (0, 0));
            prop_assert!(input.area() as u64 * 100 <= nominal.area() as u64 * AREA_MAX_PERCENT);
            let (found, nominal) = (scale(input, picture), scale(nominal, picture));
            prop_assert!(found * 100 >= nominal * SCALE_MIN_PERCENT, "{found} < {nominal}");
        }
    }
}
