//! How good a detector is: labelled pictures and what was found in them → COCO figures. Pure but for [`Labels::read`].
//!
//! The figures are an own implementation of one class of the COCO protocol. The crate `hotcoco` (1.3.1, MIT, several
//! releases a year) has all of it and is as exact, but the program would carry 30,000 lines, `rayon`, `png` and
//! `quick-xml` for what is two hundred lines here, and still need its own matching for precision at a threshold. So it is
//! the judge in the tests instead: figures of random pictures differ by less than 1e-9. Against `pycocotools` 2.0.11
//! there is a known answer, and `tests/eval/against_pycocotools.py` for real sets.

pub mod corrupt;
mod curve;
mod figures;
mod labels;
mod light;
mod matching;
mod operating;

pub use curve::{Answer, Curve, CurvePoint};
pub use figures::Figures;
pub use labels::{LabelError, LabelledImage, Labels, Person};
pub use light::{DARK_LUMA, GREY_SATURATION, Light};
pub use operating::{AtThreshold, WithoutPeople};

/// A box in pixels with its score, as COCO counts: left, top, width, height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Left, top, width and height in pixels.
    pub bbox: [f64; 4],
    /// 0–1.
    pub score: f64,
}
