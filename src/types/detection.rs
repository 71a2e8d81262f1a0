//! A person found in one frame.

use crate::types::BBox;

/// How sure the model is: finite and within 0–1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Score(f32);

impl Score {
    /// The lowest score.
    pub const NONE: Self = Self(0.0);

    /// `value` as a score; `None` unless it is finite and within 0–1.
    pub fn new(value: f32) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// The number, 0–1.
    pub const fn get(self) -> f32 {
        self.0
    }

    /// The larger of two scores.
    pub fn max(self, other: Self) -> Self {
        if self.0 >= other.0 { self } else { other }
    }
}

/// A person found in one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Where, normalised to the frame.
    pub bbox: BBox,
    /// How sure the model is.
    pub score: Score,
}
