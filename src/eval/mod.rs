//! How good a detector is: on labelled pictures, on spoiled ones, and on footage that shows nobody.
//!
//! | file | idea |
//! |---|---|
//! | `labels`, `set` | an annotation file in COCO's format, and the pictures that it is about |
//! | `measure` | a detector and a labelled set → everything below |
//! | `matching`, `curve`, `figures` | labels and boxes → precision over recall → COCO's figures |
//! | `operating` | precision, recall and false boxes at one threshold |
//! | `light` | whether a picture is in colour, dark or grey |
//! | [`corrupt`], `robustness` | spoiled pictures, and what is left of the accuracy on them |
//! | `outcome`, [`plot`] | all of it together, and the curve as a picture |
//! | [`tracking`] | tracks and the truth about them → HOTA, MOTA, IDF1 |
//! | [`footage`], `alarms` | footage that shows nobody through the daemon's own flow → false alarms an hour |
//!
//! Only `labels`, `set` and `footage` read files. Whoever wants a verdict on a model calls [`measure()`] with a
//! [`LabelledSet`] and a [`Plan`]; the command line adds nothing but words.
//!
//! The figures are an own implementation of one class of the COCO protocol. The crate `hotcoco` (1.3.1, MIT) has all of it
//! and is as exact, but the program would carry 30,000 lines, `rayon`, `png` and `quick-xml` for what is two hundred lines
//! here, and still need its own matching for precision at a threshold. So it is the judge in the tests instead: figures of
//! random pictures differ by less than 1e-9. Against `pycocotools` 2.0.11 there is a known answer, and
//! `tests/eval/against_pycocotools.py` for real sets.

mod alarms;
pub mod corrupt;
mod curve;
mod figures;
pub mod footage;
mod labels;
mod light;
mod matching;
mod measure;
mod operating;
mod outcome;
pub mod plot;
mod robustness;
mod set;
pub mod tracking;

pub use alarms::Alarms;
pub use curve::{Answer, Curve, CurvePoint};
pub use figures::Figures;
pub use labels::{LabelError, LabelledImage, Labels, Person};
pub use light::{DARK_LUMA, GREY_SATURATION, Light};
pub use measure::{MeasureError, Measured, Plan, measure};
pub use operating::{AtThreshold, WithoutPeople};
pub use outcome::{LightOutcome, Outcome};
pub use robustness::{Retained, Robustness};
pub use set::{LabelledSet, PictureError};

/// A box in pixels with its score, as COCO counts: left, top, width, height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Left, top, width and height in pixels.
    pub bbox: [f64; 4],
    /// 0–1.
    pub score: f64,
}
