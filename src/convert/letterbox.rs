//! Where a picture lies inside the model's input, in both directions.

use crate::convert::fitted::fitted;
use crate::types::{BBox, Size};

/// What a model wants to see; comes from its manifest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputSpec {
    /// Nominal input size; need not be square.
    pub size: Size,
    /// Other sizes do as well if both sides are multiples of this; `None` where the model takes `size` alone.
    pub multiple_of: Option<u32>,
    /// Blue first instead of red first.
    pub bgr: bool,
    /// Subtracted from values of 0–255, in the tensor's channel order.
    pub mean: [f32; 3],
    /// Divides afterwards; never zero.
    pub std: [f32; 3],
    /// How a picture of another shape is brought in.
    pub fit: Fit,
}

/// How a picture is brought into an input of another shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fit {
    /// Keeps the aspect ratio and pads the rest with this value of 0–255.
    Letterbox(Align, u8),
    /// Fills the input and distorts the picture.
    Stretch,
}

/// Where the picture lies between the padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Padding on both sides.
    Center,
    /// Padding to the right and below.
    TopLeft,
}

impl InputSpec {
    /// The input size for a picture of this size.
    pub fn size_for(&self, picture: Size) -> Size {
        match self.multiple_of {
            Some(multiple_of) => fitted(self.size, multiple_of, picture),
            None => self.size,
        }
    }
}

/// Where a picture lies inside the model's input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Letterbox {
    /// Size of the input.
    pub input: Size,
    /// Left edge of the picture in input pixels.
    pub left: u32,
    /// Upper edge of the picture in input pixels.
    pub top: u32,
    /// Size of the picture in input pixels.
    pub inner: Size,
}

impl Letterbox {
    /// Where a picture of `from` pixels lies inside `spec`'s input.
    pub fn new(from: Size, spec: &InputSpec) -> Self {
        let to = spec.size_for(from);
        let Fit::Letterbox(align, _) = spec.fit else {
            return Self {
                input: to,
                left: 0,
                top: 0,
                inner: to,
            };
        };
        let scale = (f64::from(to.width) / f64::from(from.width))
            .min(f64::from(to.height) / f64::from(from.height));
        let side =
            |length: u32, max: u32| ((f64::from(length) * scale).round() as u32).clamp(1, max);
        let inner = Size::new(side(from.width, to.width), side(from.height, to.height));
        let (left, top) = match align {
            Align::Center => ((to.width - inner.width) / 2, (to.height - inner.height) / 2),
            Align::TopLeft => (0, 0),
        };
        Self {
            input: to,
            left,
            top,
            inner,
        }
    }

    /// A box in input pixels, normalised to the picture and clipped to it; `None` when it lies outside.
    pub fn to_frame(&self, [x1, y1, x2, y2]: [f32; 4]) -> Option<BBox> {
        let x = |v: f32| (v - self.left as f32) / self.inner.width as f32;
        let y = |v: f32| (v - self.top as f32) / self.inner.height as f32;
        BBox::clipped(x(x1), y(y1), x(x2), y(y2))
    }

    /// A normalised box in input pixels.
    pub fn to_model(&self, bbox: BBox) -> [f32; 4] {
        let [x1, y1, x2, y2] = bbox.corners();
        let x = |v: f32| v * self.inner.width as f32 + self.left as f32;
        let y = |v: f32| v * self.inner.height as f32 + self.top as f32;
        [x(x1), y(y1), x(x2), y(y2)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spec(width: u32, height: u32, fit: Fit) -> InputSpec {
        let size = Size::new(width, height);
        InputSpec {
            size,
            multiple_of: None,
            bgr: false,
            mean: [0.0; 3],
            std: [1.0; 3],
            fit,
        }
    }

    #[test]
    fn a_wide_picture_is_padded_above_and_below() {
        let letterbox = Letterbox::new(
            Size::new(640, 360),
            &spec(416, 256, Fit::Letterbox(Align::Center, 114)),
        );
        assert_eq!(
            letterbox,
            Letterbox {
                input: Size::new(416, 256),
                left: 0,
                top: 11,
                inner: Size::new(416, 234)
            }
        );
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_box(
            (w, h) in (16u32..4000, 16u32..4000),
            (x, y, bw, bh) in (0.0f32..0.8, 0.0f32..0.8, 0.05f32..0.2, 0.05f32..0.2),
            fit in prop_oneof![
                Just(Fit::Stretch),
                Just(Fit::Letterbox(Align::Center, 114)),
                Just(Fit::Letterbox(Align::TopLeft, 0)),
            ],
        ) {
            let letterbox = Letterbox::new(Size::new(w, h), &spec(416, 256, fit));
            let bbox = BBox::clipped(x, y, x + bw, y + bh).expect("has an area");
            let back = letterbox.to_frame(letterbox.to_model(bbox)).expect("still inside");
            for (a, b) in bbox.corners().iter().zip(back.corners()) {
                prop_assert!((a - b).abs() < 1e-3);
            }
        }
    }
}
