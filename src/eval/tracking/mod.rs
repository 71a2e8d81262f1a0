//! How well people are told apart over time: the figures of the MOTChallenge on its own files.
//!
//! | file | idea |
//! |---|---|
//! | `line`, `file` | a file in MOTChallenge's format, and a line of it → boxes with names |
//! | `sequence` | the truth and a tracker's answer → what counts, and how alike each two boxes are |
//! | `hota`, `clear`, `identity` | a sequence → HOTA; MOTA and identity switches; IDF1 |
//! | `figures` | all of them, of one sequence or of several together |
//! | `replay` | boxes of a detector → our tracker's answer |
//! | [`crowd`] | people who never were, with truth, and a faulty detector: what a tracker is tried on |
//! | `assign` | the pairs of greatest sum, which every figure needs |
//!
//! Only `file` reads. The figures are those of `trackeval` 1.3.0, the reference of the MOTChallenge; the tests hold known
//! answers of it, and `tests/tracking/against_trackeval.py` compares on any files.

mod assign;
mod clear;
pub mod crowd;
mod figures;
mod file;
mod hota;
mod identity;
mod line;
mod replay;
mod sequence;

pub use clear::Clear;
pub use figures::{TrackingFigures, TrackingSums};
pub use file::{MotFileError, read_boxes, read_results, read_truth};
pub use hota::Hota;
pub use identity::Identity;
pub use line::{LineError, MotBox};
pub use replay::{Replay, replay};
pub use sequence::Sequence;

#[cfg(test)]
mod tests;
