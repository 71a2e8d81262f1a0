//! How good a detector is: labelled pictures and what was found in them → COCO figures. Pure but for [`Labels::read`].
//!
//! An own implementation of one class of the COCO protocol: the crates that have it bring all of its other tasks along,
//! and this is two hundred lines. Against `pycocotools` 2.0.11 its figures differ by less than 1e-9.

mod figures;
mod labels;
mod matching;

pub use figures::{Figures, figures};
pub use labels::{LabelError, LabelledImage, Labels, Person};

/// A box in pixels with its score, as COCO counts: left, top, width, height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Left, top, width and height in pixels.
    pub bbox: [f64; 4],
    /// 0–1.
    pub score: f64,
}
